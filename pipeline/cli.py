"""The command line: options in, one stage after another, messages and exit statuses out."""

import sys
from collections.abc import Callable
from datetime import date
from io import TextIOWrapper
from pathlib import Path
from typing import Any

import click

from pipeline import __version__
from pipeline.config_commands import config_
from pipeline.errors import UserError, where
from pipeline.options import AS_OF, CODES, DATE_ORDER, HISTORY, MAPPING, NAMES, REFERENCE
from pipeline.reference_commands import reference
from pipeline.review_command import review

EXIT_BUG = 1
_ISSUES = "the project's issue tracker"


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="medreview")
def cli() -> None:
    """Review the medication of everyone in a nursing home: spreadsheets in, findings and reports out. Works offline."""


cli.add_command(review)


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
@AS_OF
@REFERENCE
def check(**options: Any) -> None:
    """Screen a list of medicines for one person: medreview check "baclofen 20 mg TID" oxycodone --age 81 --egfr 25

    Each DRUG is one order, in quotation marks when it has more than one word. Prints what was found and what could
    not be assessed.
    """
    from pipeline.check import check as screen_list

    screen_list(options)


@cli.command()
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@AS_OF
@DATE_ORDER
@MAPPING
@CODES
@NAMES
@REFERENCE
def validate(
    source: Path,
    as_of: date,
    date_order: str | None,
    mapping: str | None,
    codes: Path | None,
    names: Path | None,
    reference: Path | None,
) -> None:
    """Say which rows of INPUT would be set aside, and which drug texts are not recognised. Writes nothing."""
    from pipeline.progress import validation

    click.echo(validation(source, as_of, date_order or "", reference, mapping or "", codes, names))


@cli.command()
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@click.option("--patient", required=True, metavar="ID", help="The resident's id.")
@click.option("--finding", metavar="ID", default="", help="The id of one finding, as findings.csv has it.")
@click.option("--low-priority", is_flag=True, help="Do not hold back what the reference lists as of low priority.")
@AS_OF
@DATE_ORDER
@MAPPING
@CODES
@NAMES
@REFERENCE
def explain(
    source: Path,
    patient: str,
    finding: str,
    low_priority: bool,
    as_of: date,
    date_order: str | None,
    mapping: str | None,
    codes: Path | None,
    names: Path | None,
    reference: Path | None,
) -> None:
    """Say why a resident of INPUT has the findings there are: rows, facts, rules, context, and rules not met.

    Prints to the terminal what is known of this one resident, and writes nothing.
    """
    from pipeline.explain import explain as explain_resident

    explain_resident(
        source, patient, finding, as_of,
        date_order=date_order or "", mapping=mapping or "", codes=codes, names=names, reference=reference,
        low_priority=low_priority,
    )  # fmt: skip


@cli.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True, type=click.Path(path_type=Path))
@HISTORY
@click.option(
    "--out", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False), help="Write all responses as CSV."
)
@AS_OF
@DATE_ORDER
def responses(
    paths: tuple[Path, ...], history: Path | None, out: Path | None, as_of: date, date_order: str | None
) -> None:
    """Read back what people answered: in the reports of a review's folder, in its workbook, or in a responses.csv.

    Each PATH is the folder of a review, a report, or a CSV file with the columns finding_id and response. The next
    review reads the folder that it replaces by itself; this command is for reports that came back by another way.
    """
    from pipeline.responses_command import read_responses

    read_responses(paths, as_of, date_order or "", history, out)


@cli.command("map")
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@MAPPING
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


@cli.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def key(file: Path) -> None:
    """Write a new key for --pseudonyms to FILE, which only you can read.

    Keep it apart from what you share, and keep a copy: without it the same residents get other pseudonyms.
    """
    from pipeline.key_file import write_key

    write_key(file)
    click.echo(f"Wrote {file}. Keep it apart from what you share.")


@cli.command()
@click.argument("config", type=click.Path(path_type=Path))
@AS_OF
@click.option("--verbose", is_flag=True, help="Also log the stages, on standard error.")
def nightly(config: Path, as_of: date, verbose: bool) -> None:
    """Review unattended, with the settings of the file CONFIG, and print one line of JSON about it.

    Standard error stays empty unless something is wrong; what is written there are lines of JSON too. No line has
    any patient's data. `medreview config init FILE` writes settings to edit.
    """
    from pipeline.nightly import run_nightly

    sys.exit(run_nightly(config, as_of, verbose))


cli.add_command(config_)
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
            f"medreview: a bug: {where(error)}. Please report it to {_ISSUES}, with the version {__version__}.",
            err=True,
        )
        sys.exit(EXIT_BUG)
