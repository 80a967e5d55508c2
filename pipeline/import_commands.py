"""The commands of `medreview reference import`: other people's tables, and signed workbooks, into folders of rows."""

from pathlib import Path

import click

_DIFFERENCES = "differences.txt"
_MOST = 8  # differences of a kind on a terminal


@click.group("import")
def import_() -> None:
    """Take over a signed workbook, or somebody else's tables, into a folder of your own rows."""


@import_.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--into", required=True, type=click.Path(path_type=Path, file_okay=False), help="Your own folder of rows."
)
def signed(file: Path, into: Path) -> None:
    """Take the rules that were signed or changed in the workbook FILE over into your own folder."""
    from pipeline.rulebook import overlay
    from pipeline.rulebook.signed import take_over

    has_rows = into.is_dir() and any(into.glob("*.csv"))
    taken = take_over(file, overlay.reference(into if has_rows else None), into)
    click.echo(f"Taken over: {', '.join(f'{count} of {name}' for name, count in taken.items())}. Folder: {into}")


_FILES = click.argument("files", metavar="FILE...", type=click.Path(path_type=Path), nargs=-1, required=True)
_GRADES = click.Choice(["contraindicated", "major", "moderate", "minor"])
_INTO_NEW = click.option(
    "--into", required=True, type=click.Path(path_type=Path, file_okay=False), help="A new folder for the rows."
)


@import_.command()
@_FILES
@_INTO_NEW
def ddinter(files: tuple[Path, ...], into: Path) -> None:
    """Make your own copy of DDInter (ddinter_downloads_code_A.csv and so on) a folder to lay over the reference."""
    from pipeline.other_tables import missing_letters

    missing = missing_letters(files)
    if missing:
        click.echo(
            f"WARNING: DDInter lists a pair under the ATC group of either drug. Not given: {', '.join(missing)}. "
            "Pairs of two drugs of those groups will not be found.",
            err=True,
        )
    _interactions(files, None, "", "ddinter", "DDInter", into)


@import_.command()
@_FILES
@click.option("--columns", metavar="FIRST,SECOND[,GRADE]", help="The headings of the two drugs and of the grade.")
@click.option("--grade", type=_GRADES, help="The table has no grade: every pair counts as this.")
@click.option("--name", required=True, help="A short name for the source, such as my-table.")
@click.option("--title", help="What the source is called in reports.")
@_INTO_NEW
def table(
    files: tuple[Path, ...], columns: str | None, grade: str | None, name: str, title: str | None, into: Path
) -> None:
    """Make any interaction table (CSV with two drugs and a grade) a folder to lay over the reference."""
    _interactions(files, columns, grade or "", name, title or name, into)


@import_.command()
@_FILES
@click.option("--columns", metavar="FIRST,SECOND", help="The headings of the two drugs.")
@click.option("--grade", type=_GRADES, default="major", show_default=True, help="What every pair counts as.")
@_INTO_NEW
def onc(files: tuple[Path, ...], columns: str | None, grade: str, into: Path) -> None:
    """Make your own copy of the ONC list of high-priority pairs, which has no grades, a folder to lay over."""
    _interactions(files, columns, grade, "onc", "ONC high-priority interactions", into)


@import_.command()
@_FILES
@_INTO_NEW
def rxnorm(files: tuple[Path, ...], into: Path) -> None:
    """Make names and codes of your own copy of RxNorm: RXNCONSO.RRF and, if you have them, RXNREL.RRF, which tells
    brands without products, and RXNSAT.RRF, which tells NDCs.
    """
    from pipeline.rulebook import overlay
    from pipeline.rulebook.imported import UNMATCHED, write_folder
    from pipeline.rxnorm import read_release, take_over

    taken = take_over(read_release(files), overlay.reference())
    write_folder(
        into,
        {name: rows for name, rows in (("names", taken.names), ("codes", taken.codes)) if rows},
        {UNMATCHED: [["name", "codes", "term_type", "why"], *taken.unmatched]},
    )
    ndcs = sum(system == "ndc" for system, _, _ in taken.codes)
    click.echo(f"Names: {len(taken.names)} new. Codes: {len(taken.codes) - ndcs} RxCUI, {ndcs} NDC")
    click.echo(f"Not matched: {len(taken.unmatched)} names, in {UNMATCHED}")
    click.echo(f"Review with --reference {into}")


@import_.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_INTO_NEW
def atc(file: Path, into: Path) -> None:
    """Make your own table of ATC codes (CSV with atc_code and atc_name) codes of medicines, and tell where it differs
    from ours.
    """
    from pipeline.atc_table import KINDS, read_atc
    from pipeline.normalise.readers import readers
    from pipeline.rulebook import overlay
    from pipeline.rulebook.imported import UNMATCHED, write_folder

    ours = overlay.reference()
    found = read_atc(file, ours, readers(ours).lexicon)
    write_folder(
        into,
        {"codes": found.codes},
        {
            _DIFFERENCES: [["difference", "code", "ours", "theirs"], *found.differences],
            UNMATCHED: [["code", "name", "why"], *found.unmatched],
        },
    )
    click.echo(f"Codes: {len(found.codes)}; {len(found.unmatched)} names not matched, in {UNMATCHED}")
    for kind in KINDS:
        cells = [row for row in found.differences if row[0] == kind]
        click.echo(f"{len(cells)} times {kind}" + (", such as" if cells else ""))
        for _, code, mine, name in cells[:_MOST]:
            click.echo(f"  {code} {', '.join(filter(None, (mine.replace(';', ', '), name)))}")
    click.echo(f"All differences are in {_DIFFERENCES}. Review with --reference {into}")


def _interactions(files: tuple[Path, ...], columns: str | None, grade: str, name: str, title: str, into: Path) -> None:
    from pipeline.normalise.readers import readers
    from pipeline.other_tables import headings, read_interactions
    from pipeline.rulebook import overlay
    from pipeline.rulebook.imported import UNMATCHED, write_interactions

    lexicon = readers(overlay.reference()).lexicon
    found = read_interactions(files, lexicon, headings(columns, not grade) if columns else None, grade)
    counts = write_interactions(found, name, title, into)
    unknown = counts.pop("unknown")
    click.echo(f"Pairs: {', '.join(f'{count} {grade}' for grade, count in counts.items() if count)}")
    click.echo(f"Left out: {unknown} pairs without a grade; {len(found.unmatched)} names not matched, in {UNMATCHED}")
    click.echo(f"Review with --reference {into}")
