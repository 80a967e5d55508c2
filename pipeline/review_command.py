"""`medreview review`: its options, which of them go together, and the exit status of a gate."""

import sys
from datetime import date
from pathlib import Path

import click

from pipeline.options import AS_OF, CODES, DATE_ORDER, HISTORY, MAPPING, NAMES, REFERENCE, PlaceType
from pipeline.places import Place
from pipeline.settings import GATES, Settings, read_settings

EXIT_GATE = 3


@click.command()
@click.argument("source", metavar="INPUT", type=PlaceType())
@click.option(
    "--out", required=True, metavar="DIRECTORY", type=PlaceType(), help="The output folder; it is replaced as a whole."
)
@AS_OF
@click.option(
    "--previous", type=click.Path(path_type=Path), help="The output folder of an earlier review to compare with."
)
@HISTORY
@click.option(
    "--responses",
    multiple=True,
    metavar="PATH",
    type=click.Path(path_type=Path),
    help="A file or folder with what people answered. May be given several times. The output folder, --previous and "
    "--history are looked into anyway.",
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="A TOML file with codes, date_order, fail_on, loop, low_priority, mapping, names, pseudonyms, reference and "
    "suppress_below.",
)
@click.option(
    "--only",
    type=click.Choice(["findings", "tables"]),
    help="No workbooks: the tables of what was found, and the manifest; or all tables, changes too.",
)
@click.option(
    "--format",
    "table_format",
    type=click.Choice(["csv", "parquet"]),
    default="csv",
    show_default=True,
    help="Of the tables; parquet goes with --only.",
)
@click.option(
    "--engine",
    type=click.Choice(["local", "processes", "dask"]),
    default="local",
    show_default=True,
    help="Where it runs, with --only: in this process, in processes of this machine, or on a Dask cluster.",
)
@click.option("--workers", type=click.IntRange(1), help="How many processes; as many as there are processors.")
@click.option(
    "--scheduler", metavar="ADDRESS", help="The scheduler of a running Dask cluster, such as tcp://host:8786."
)
@click.option("--pdf", is_flag=True, help="Print the reports of all residents into patients.pdf; needs LibreOffice.")
@click.option("--letters", is_flag=True, help="Write a letter to each prescriber (.docx), with room for the replies.")
@click.option(
    "--pseudonyms",
    metavar="KEYFILE",
    type=click.Path(path_type=Path),
    help="For sharing: write pseudonyms made with this key (`medreview key FILE`) and no names or typed texts.",
)
@click.option(
    "--suppress-below",
    metavar="N",
    type=click.IntRange(2),
    help="For sharing: write figures alone, and hide counts from 1 to N-1 and what would reveal them.",
)
@click.option(
    "--fail-on",
    multiple=True,
    type=click.Choice(GATES),
    help="Exit with status 3 if the review has any such; a severity means that or worse.",
)
@click.option(
    "--low-priority", is_flag=True, help="Also tell what the reference lists as of low priority; else it is held back."
)
@DATE_ORDER
@MAPPING
@CODES
@NAMES
@REFERENCE
@click.option("--quiet", is_flag=True, help="Say nothing unless something goes wrong.")
def review(
    source: Place,
    out: Place,
    as_of: date,
    previous: Path | None,
    history: Path | None,
    responses: tuple[Path, ...],
    config: Path | None,
    only: str | None,
    table_format: str,
    engine: str,
    workers: int | None,
    scheduler: str | None,
    pdf: bool,
    letters: bool,
    pseudonyms: Path | None,
    suppress_below: int | None,
    fail_on: tuple[str, ...],
    low_priority: bool,
    date_order: str | None,
    mapping: str | None,
    codes: Path | None,
    names: Path | None,
    reference: Path | None,
    quiet: bool,
) -> None:
    """Review INPUT and write the reports to a folder.

    INPUT is a workbook (.xlsx, .xlsm, .xls, .ods), a CSV or Parquet file of medications, a folder of such files named
    patients, medications, conditions, allergies and labs, or - for CSV on standard input. `medreview template FILE`
    writes an empty workbook. Parquet may lie at an address such as s3://bucket/folder, and so may --out with --format
    parquet.
    """
    from pipeline import run
    from pipeline.engine_options import check_options
    from pipeline.progress import Progress, summary

    if pdf and only:
        raise click.UsageError("--pdf prints the workbooks that --only leaves out. Give one of the two.")
    if letters and only:
        raise click.UsageError("--letters writes reports, which --only leaves out. Give one of the two.")
    settings = read_settings(config) if config else Settings()
    if (suppress_below or settings.suppress_below) and (only or pdf or letters):
        raise click.UsageError("--suppress-below writes figures alone: leave out --only, --pdf and --letters.")
    check_options(
        source, out, bool(only), table_format, engine, workers, scheduler,
        previous=previous, history=history, responses=responses, pseudonyms=pseudonyms or settings.pseudonyms,
        suppress_below=suppress_below or settings.suppress_below, letters=letters,
    )  # fmt: skip
    with Progress(run.STAGES, quiet) as progress:
        outcome = run.review(
            source,
            out,
            as_of,
            previous=previous,
            history=history,
            responses=responses,
            policy=settings.loop,
            reference=reference or settings.reference,
            date_order=date_order or "",
            usual_date_order=settings.date_order,
            low_priority=low_priority or settings.low_priority,
            mapping=mapping or settings.mapping,
            codes=codes or settings.codes,
            names=names or settings.names,
            workbooks=not only,
            changes=only != "findings",
            pdf=pdf,
            letters=letters,
            pseudonyms=pseudonyms or settings.pseudonyms,
            suppress_below=suppress_below or settings.suppress_below,
            table_format=table_format,
            engine=engine,
            workers=workers or 0,
            scheduler=scheduler or "",
            fail_on=fail_on or settings.fail_on,
            stage=progress.stage,
        )
    if not quiet:
        click.echo(summary(outcome.manifest, outcome.review, out))
    if outcome.reached:
        click.echo(f"medreview: reached the gate {', '.join(outcome.reached)}", err=True)
        sys.exit(EXIT_GATE)
