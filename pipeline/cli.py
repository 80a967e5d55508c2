"""The command line: options in, one stage after another, messages and exit statuses out."""

import sys
from collections.abc import Callable
from datetime import date, datetime
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from pipeline import __version__
from pipeline.errors import UserError
from pipeline.reference_commands import reference

GATES = ("contraindicated", "major", "moderate", "minor", "unrecognised", "rejected")
EXIT_BUG, EXIT_GATE = 1, 3
_ISSUES = "the project's issue tracker"


class _Day(click.ParamType):
    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 a day has no time zone
        except ValueError:
            self.fail("must be a day such as 2026-11-01", param, ctx)


def _today() -> date:
    return datetime.now().astimezone().date()


_AS_OF = click.option("--as-of", type=_Day(), default=_today, show_default="today", help="The day of the review.")
_DATE_ORDER = click.option(
    "--date-order",
    type=click.Choice(["mdy", "dmy"]),
    help="How to read dates such as 3/4/2026 when no date of the column tells: mdy is March 4, dmy is 3 April.",
)
_MAPPING = click.option(
    "--mapping",
    metavar="FILE",
    help="A TOML file that says which heading is which column, as `medreview map INPUT --write FILE` writes it; or the "
    "name of one that comes with medreview: fhir, mimic3, mimic4, omop, synthea.",
)
_CODES = click.option(
    "--codes",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A CSV file of your own codes, with the columns system (rxcui, ndc or atc), code and name (of the medicine).",
)
_REFERENCE = click.option(
    "--reference",
    type=click.Path(path_type=Path),
    help="A folder of your own rows to lay over the reference, or a whole reference to use instead.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="medreview")
def cli() -> None:
    """Review the medication of everyone in a nursing home: spreadsheets in, findings and reports out. Works offline."""


@cli.command()
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@click.option(
    "--out",
    required=True,
    metavar="DIRECTORY",
    type=click.Path(path_type=Path),
    help="The output folder; it is replaced as a whole.",
)
@_AS_OF
@click.option(
    "--previous", type=click.Path(path_type=Path), help="The output folder of an earlier review to compare with."
)
@click.option(
    "--config",
    type=click.Path(path_type=Path),
    help="A TOML file with codes, date_order, fail_on, low_priority, mapping and reference.",
)
@click.option(
    "--only", type=click.Choice(["findings"]), help="findings: write the tables and the manifest, no workbooks."
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
@_DATE_ORDER
@_MAPPING
@_CODES
@_REFERENCE
@click.option("--quiet", is_flag=True, help="Say nothing unless something goes wrong.")
def review(
    source: Path,
    out: Path,
    as_of: date,
    previous: Path | None,
    config: Path | None,
    only: str | None,
    fail_on: tuple[str, ...],
    low_priority: bool,
    date_order: str | None,
    mapping: str | None,
    codes: Path | None,
    reference: Path | None,
    quiet: bool,
) -> None:
    """Review INPUT and write the reports to a folder.

    INPUT is a workbook (.xlsx, .xlsm, .xls, .ods), a CSV or Parquet file of medications, a folder of such files named
    patients, medications, conditions, allergies and labs, or - for CSV on standard input. `medreview template FILE`
    writes an empty workbook.
    """
    from pipeline import run
    from pipeline.progress import Progress, summary
    from pipeline.settings import Settings, read_settings

    settings = read_settings(config, GATES) if config else Settings()
    with Progress(run.STAGES, quiet) as progress:
        outcome = run.review(
            source,
            out,
            as_of,
            previous=previous,
            reference=reference or settings.reference,
            date_order=date_order or "",
            usual_date_order=settings.date_order,
            low_priority=low_priority or settings.low_priority,
            mapping=mapping or settings.mapping,
            codes=codes or settings.codes,
            workbooks=only != "findings",
            fail_on=fail_on or settings.fail_on,
            stage=progress.stage,
        )
    if not quiet:
        click.echo(summary(outcome.review, out))
    if outcome.reached:
        click.echo(f"medreview: reached the gate {', '.join(outcome.reached)}", err=True)
        sys.exit(EXIT_GATE)


@cli.command()
@click.argument("drugs", metavar="DRUG...", nargs=-1, required=True)
@click.option("--age", type=click.FloatRange(0, 130), help="Years.")
@click.option("--sex", type=click.Choice(["F", "M"], case_sensitive=False))
@click.option("--weight", type=click.FloatRange(0.3, 500), help="Kilograms.")
@click.option("--egfr", type=click.FloatRange(0), help="mL/min/1.73 m².")
@click.option("--crcl", type=click.FloatRange(0), help="Creatinine clearance, mL/min.")
@click.option(
    "--creatinine", type=click.FloatRange(0), help="mg/dL; eGFR needs age and sex too, clearance also weight."
)
@click.option(
    "--lab",
    "labs",
    multiple=True,
    metavar="TEST=VALUE",
    help="Any other result: potassium=5.6. May be given several times.",
)
@click.option(
    "--condition",
    "conditions",
    multiple=True,
    help="A condition in words or as an ICD-10 code. May be given several times.",
)
@click.option("--allergy", "allergies", multiple=True, help="A medicine or a class. May be given several times.")
@click.option("--alcohol", type=click.Choice(["none", "occasional", "moderate", "heavy"]))
@click.option("--hepatic", type=click.Choice(["none", "mild", "moderate", "severe"]), help="Liver impairment.")
@click.option("--pregnant", is_flag=True)
@click.option("--breastfeeding", is_flag=True)
@click.option("--smoker", is_flag=True)
@click.option("--dialysis", is_flag=True)
@click.option("--hospice", is_flag=True)
@click.option("--grapefruit", is_flag=True)
@_AS_OF
@_REFERENCE
def check(**options: Any) -> None:
    """Screen a list of medicines for one person: medreview check "baclofen 20 mg TID" oxycodone --age 81 --egfr 25

    Each DRUG is one order, in quotation marks when it has more than one word. Prints what was found and what could
    not be assessed.
    """
    from pipeline.check import check as screen_list

    screen_list(options)


@cli.command()
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@_AS_OF
@_DATE_ORDER
@_MAPPING
@_CODES
@_REFERENCE
def validate(
    source: Path,
    as_of: date,
    date_order: str | None,
    mapping: str | None,
    codes: Path | None,
    reference: Path | None,
) -> None:
    """Say which rows of INPUT would be set aside, and which drug texts are not recognised. Writes nothing."""
    from pipeline.progress import validation

    click.echo(validation(source, as_of, date_order or "", reference, mapping or "", codes))


@cli.command("map")
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@_MAPPING
@click.option(
    "--write", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write a mapping to edit."
)
@click.option("--force", is_flag=True, help="Replace FILE if it is there already.")
def map_(source: Path, mapping: str | None, write: Path | None, force: bool) -> None:
    """Show how each column of INPUT is understood and what is left over, without any patient's data.

    Exit status 4 when INPUT is not yet usable: the mapping that --write writes then has the choices to make.
    """
    from pipeline.map_command import map_input

    map_input(source, mapping or "", write, force)


@cli.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def template(file: Path) -> None:
    """Write an empty input workbook to FILE: all headings, drop-downs, and a page that explains each column."""
    from pipeline.template import write_template

    write_template(file)
    click.echo(f"Wrote {file}.")


cli.add_command(reference)


def main() -> None:
    """The command `medreview`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal or log that has no ≥ must not end a review
            stream.reconfigure(errors="replace")
    run_command(cli)


def run_command(command: Callable[..., Any]) -> None:
    """Runs a command; what it raises becomes one message and an exit status. A bug says so, without anyone's data."""
    try:
        command()
    except UserError as error:
        click.echo(f"medreview: {error}", err=True)
        sys.exit(error.exit_status)
    except Exception as error:
        click.echo(
            f"medreview: a bug: {_where(error)}. Please report it to {_ISSUES}, with the version {__version__}.",
            err=True,
        )
        sys.exit(EXIT_BUG)


def _where(error: Exception) -> str:
    """The kind of error and the lines it passed, without its message: that may quote a patient's data."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    mine = [
        f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames if "pipeline" in Path(frame.filename).parts
    ]
    return f"{type(error).__name__} at {' < '.join(reversed(mine)) or 'an unknown place'}"
