"""The commands of `medreview reference`: options in, text and workbooks out."""

import sys
from pathlib import Path

import click

from pipeline.import_commands import import_

_REFERENCE = click.option(
    "--reference",
    type=click.Path(path_type=Path),
    help="A folder of your own rows to lay over the reference, or a whole reference to use instead.",
)
_WORKBOOK = click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Also write a workbook (.xlsx)."
)
_MOST = 25  # lines of a list on a terminal


@click.group()
def reference() -> None:
    """The clinical reference: look things up in it, check it, compare it."""


@reference.command()
@_REFERENCE
def lint(reference: Path | None) -> None:
    """Check the reference's tables; name file, line and column of whatever is wrong. Exit status 4 if anything is."""
    from pipeline.paths import reference_folder
    from pipeline.rulebook.lint import lint as problems_of

    problems = problems_of(reference or reference_folder())
    for problem in problems:
        click.echo(problem)
    click.echo(f"{len(problems)} problems" if problems else "The reference is in order.")
    if problems:
        sys.exit(4)


@reference.command()
@click.argument("drug")
@_WORKBOOK
@_REFERENCE
def show(drug: str, out: Path | None, reference: Path | None) -> None:
    """Show what is known of DRUG (any of its names): names, classes, rules, and what it is graded with and why."""
    from pipeline.rulebook.compile import rulebook
    from pipeline.rulebook.known import ingredient_of, known

    book = rulebook(reference)
    found = known(ingredient_of(drug, book), book)
    click.echo(f"{found.ingredient}   ATC {found.atc.replace(';', ', ') or 'none'}, usually {found.route}")
    for kind, names in found.names.groupby("kind")["name"]:
        click.echo(f"  {kind}: {', '.join(names)}")
    classes = [f"{name} ({weight:g})" if weight != 1 else name for name, weight in found.classes.to_numpy().tolist()]
    click.echo(f"Classes: {', '.join(classes) or 'none'}")
    graded = found.partners["severity"].value_counts(sort=False)
    click.echo(
        f"Graded with {len(found.partners)} other ingredients"
        + (f": {', '.join(f'{count} {name}' for name, count in graded.items())}" if len(graded) else "")
    )
    for (rule_id, severity), partners in found.partners.groupby(["rule_id", "severity"], sort=False)["ingredient"]:
        listed = ", ".join(partners[:6]) + (f" and {len(partners) - 6} more" if len(partners) > 6 else "")
        click.echo(f"  {severity}, {rule_id}: {listed}")
    click.echo(f"Rules that speak of it: {len(found.rules)}")
    for rule in found.rules.itertuples():
        click.echo(f"  {rule.severity} {rule.check}, {rule.rule_id} ({rule.sources.replace(';', ', ')})")
    if out:
        from pipeline.report.reference_book import write_frames

        write_frames(
            out,
            f"medreview: {found.ingredient}",
            {"Rules": found.rules, "Graded with": found.partners, "Names": found.names, "Classes": found.classes},
        )
        click.echo(f"Wrote {out}.")


@reference.command("list")
@click.argument("what", type=click.Choice(["rules", "drugs", "classes", "conditions", "tests", "sources"]))
@click.argument("containing", default="")
@_REFERENCE
def list_(what: str, containing: str, reference: Path | None) -> None:
    """List the rules, drugs, classes, conditions, tests or sources whose line contains CONTAINING (default: all)."""
    from pipeline.rulebook.compile import rulebook

    book = rulebook(reference)
    tables, concepts = book.reference.tables, book.concepts
    rules = book.rules
    lines = {
        "rules": lambda: rules["rule_id"] + "   " + rules["severity"] + " " + rules["check"] + ", " + rules["problem"],
        "drugs": lambda: tables["drugs"]["ingredient"] + "   " + tables["drugs"]["atc"],
        "classes": lambda: [f"{name}   {', '.join(members)}" for name, members in concepts.classes.items()],
        "conditions": lambda: concepts.conditions,
        "tests": lambda: concepts.tests,
        "sources": lambda: tables["sources"]["key"] + "   " + tables["sources"]["title"],
    }[what]()
    found = sorted(line for line in lines if containing.casefold() in line.casefold())
    for line in found:
        click.echo(line)
    click.echo(f"{len(found)} {what}", err=True)


@reference.command()
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path), required=False)
@_WORKBOOK
def diff(old: Path, new: Path | None, out: Path | None) -> None:
    """Tell what changes in results from the reference OLD to NEW (default: the program's own): rules, and pairs of
    ingredients that are added, dropped or graded differently.
    """
    from pipeline.rulebook.compile import rulebook
    from pipeline.rulebook.known import difference

    rules, pairs = difference(rulebook(old), rulebook(new))
    counts = rules["change"].value_counts()
    click.echo(f"Rules: {', '.join(f'{counts.get(name, 0)} {name}' for name in ('added', 'dropped', 'changed'))}")
    for rule in rules.head(_MOST).itertuples():
        click.echo(f"  {rule.change}: {rule.rule_id}" + (f" ({rule.columns})" if rule.columns else ""))
    _more(len(rules))
    kinds = pairs.assign(
        before=pairs["before"].replace("", "not graded"), after=pairs["after"].replace("", "not graded")
    )
    click.echo(f"Pairs of ingredients graded differently: {len(pairs)}")
    for (before, after), group in kinds.groupby(["before", "after"]):
        shown = "; ".join(f"{pair.a} + {pair.b}" for pair in group.head(3).itertuples())
        click.echo(f"  {before} to {after}: {len(group)}, such as {shown}")
    if out:
        from pipeline.report.reference_book import write_frames

        write_frames(out, "medreview: difference of two references", {"Rules": rules, "Pairs": pairs})
        click.echo(f"Wrote {out}.")


def _more(count: int) -> None:
    if count > _MOST:
        click.echo(f"  and {count - _MOST} more; --out FILE writes all")


@reference.command()
@click.argument("tables", metavar="TABLE...", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option("--columns", metavar="FIRST,SECOND,GRADE", help="The headings of the two drugs and the grade.")
@click.option(
    "--drugs",
    type=click.Path(path_type=Path),
    help="A file with a drug on each line: compare only pairs of these.",
)
@click.option(
    "--atc",
    default="",
    metavar="LETTERS",
    help="The table holds only pairs of which one drug is in these ATC groups: count only such pairs (ABDH).",
)
@_WORKBOOK
@_REFERENCE
def compare(
    tables: tuple[Path, ...],
    columns: str | None,
    drugs: Path | None,
    atc: str,
    out: Path | None,
    reference: Path | None,
) -> None:
    """Hold the reference against other interaction tables (CSV): what they grade and we do not, and the reverse."""
    from pipeline.compare import NOT_FLAGGED, applied_locally
    from pipeline.compare import compare as compared
    from pipeline.normalise.readers import readers
    from pipeline.other_tables import headings, listed_drugs, read_interactions
    from pipeline.rulebook.compile import rulebook

    book = rulebook(reference)
    lexicon = readers(book.reference).lexicon
    table = read_interactions(tables, lexicon, headings(columns) if columns else None)
    listed = listed_drugs(drugs, lexicon) if drugs else ()
    found = compared(table, book, listed, tuple(atc))
    counted = found.pairs.groupby(["theirs", "ours"]).size()
    click.echo(
        f"{len(table.pairs)} pairs of {len(table.ingredients)} ingredients; {len(table.unmatched)} names not matched"
    )
    local = len(applied_locally(book) & (set(listed) or table.ingredients))
    click.echo(f"Left out: {local} ingredients that are applied locally, since the table tells no routes")
    for (theirs, ours), count in counted.items():
        click.echo(f"  theirs {theirs or 'none'}, ours {ours}: {count}")
    for text, (part, whole) in (
        ("their major pairs that we flag at moderate or above", found.share_flagged("major")),
        ("their moderate pairs that we flag at all", found.share_flagged("moderate", "minor")),
        ("our major pairs that they grade at moderate or above", found.share_known("major")),
    ):
        share = f"{100 * part / whole:.1f} %" if whole else "none to count"
        click.echo(f"{text}: {part} of {whole} ({share})")
    if out:
        from pipeline.report.reference_book import write_frames

        missed = found.pairs[(found.pairs["theirs"] == "major") & (found.pairs["ours"] == NOT_FLAGGED)]
        write_frames(
            out,
            "medreview: comparison with another table",
            {"All pairs": found.pairs, "Their major, not ours": missed, "By drug": found.by_drug(),
             "Names not matched": table.unmatched},
        )  # fmt: skip
        click.echo(f"Wrote {out}.")


@reference.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@_REFERENCE
def export(file: Path, reference: Path | None) -> None:
    """Write all rules and sources to the workbook FILE (.xlsx), for a clinician to correct and sign."""
    from pipeline.report.reference_book import write_rules
    from pipeline.rulebook import overlay

    write_rules(file, overlay.reference(reference))
    click.echo(f"Wrote {file}.")


reference.add_command(import_)
