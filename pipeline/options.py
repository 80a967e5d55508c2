"""Options that several commands of the command line take."""

from datetime import date, datetime
from pathlib import Path
from typing import Any

import click

from pipeline.places import place


class Day(click.ParamType):
    name = "YYYY-MM-DD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        if isinstance(value, date):
            return value
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()  # noqa: DTZ007 a day has no time zone
        except ValueError:
            self.fail("must be a day such as 2026-11-01", param, ctx)


class PlaceType(click.Path):
    """A path, or an address such as s3://bucket/folder."""

    name = "place"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        return place(value) if isinstance(value, str) else value


def _today() -> date:
    return datetime.now().astimezone().date()


AS_OF = click.option("--as-of", type=Day(), default=_today, show_default="today", help="The day of the review.")
DATE_ORDER = click.option(
    "--date-order",
    type=click.Choice(["mdy", "dmy"]),
    help="How to read dates such as 3/4/2026 when no date of the column tells: mdy is March 4, dmy is 3 April.",
)
MAPPING = click.option(
    "--mapping",
    metavar="FILE",
    help="A TOML file that says which heading is which column, as `medreview map INPUT --write FILE` writes it; or the "
    "name of one that comes with medreview: fhir, mimic3, mimic4, omop, synthea.",
)
CODES = click.option(
    "--codes",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="A CSV file of your own codes, with the columns system (rxcui, ndc or atc), code and name (of the medicine).",
)
NAMES = click.option(
    "--names",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Right names of drug texts: a population.xlsx with names typed into its sheet “Unrecognised drugs”, or a CSV "
    "file with the columns drug and name.",
)
HISTORY = click.option(
    "--history",
    metavar="FILE",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file that keeps what every run found and what people answered; made if it is not there.",
)
REFERENCE = click.option(
    "--reference",
    type=click.Path(path_type=Path),
    help="A folder of your own rows to lay over the reference, or a whole reference to use instead.",
)
