"""`medreview check`: the whole screen for a list of medicines typed on the command line."""

from pathlib import Path
from typing import Any

import pandas as pd

from pipeline import tables
from pipeline.errors import InputError
from pipeline.find import Found, find
from pipeline.rulebook.compile import reviewed, rulebook
from pipeline.rulebook.rules import Rulebook
from pipeline.source.raw import RawTable, Source

_ID = "this person"
_WIDTH = 120
_FLAGS = ("pregnant", "breastfeeding", "smoker", "dialysis", "hospice", "grapefruit")


def check(options: dict[str, Any]) -> None:
    """Screens the list and prints the result.

    Args:
        options: the options of the command, by name.

    Raises:
        InputError: a result that is not TEST=VALUE, or an unusable reference.
    """
    reference: Path | None = options["reference"]
    book = rulebook(reference)
    found = find(_source(options), book, options["as_of"])
    # A few results typed on the command line do not show which tests were never made.
    findings = found.screened.findings[found.screened.findings["check"] != "monitoring"]
    _print(found, findings.reset_index(drop=True), book)


def _source(options: dict[str, Any]) -> Source:
    """The options as the tables of a review of one person."""
    as_of = options["as_of"]
    born = ""
    if options["age"] is not None:
        # A birthday on the day of the review makes the age in completed years what was asked for.
        born = pd.Timestamp(as_of) - pd.DateOffset(years=int(options["age"]), days=0)
        born = f"{born:%Y-%m-%d}"
    person = {
        "birth_date": born,
        "sex": options["sex"] or "",
        "weight_kg": "" if options["weight"] is None else str(options["weight"]),
        "alcohol_use": options["alcohol"] or "",
        "hepatic_impairment": options["hepatic"] or "",
    } | {name: "yes" if options[name] else "" for name in _FLAGS}
    labs = {name: options[name] for name in ("egfr", "crcl", "creatinine") if options[name] is not None}
    for text in options["labs"]:
        test, sign, value = text.partition("=")
        if not sign:
            raise InputError(f"--lab {text}: write the test, an equals sign and the value, such as potassium=5.6.")
        labs[test.strip()] = value.strip()
    found = {
        "patients": _table("patients", [person]),
        "medications": _table("medications", [{"drug": drug, "directions": drug} for drug in options["drugs"]]),
        "conditions": _table("conditions", [{"code": text, "description": text} for text in options["conditions"]]),
        "allergies": _table("allergies", [{"substance": text} for text in options["allergies"]]),
        "labs": _table(
            "labs", [{"test": test, "value": str(value), "date": as_of.isoformat()} for test, value in labs.items()]
        ),
    }
    return Source({name: table for name, table in found.items() if table is not None}, ())


def _table(name: str, rows: list[dict[str, str]]) -> RawTable | None:
    if not rows:
        return None
    frame = pd.DataFrame([{"patient_id": _ID, **row} for row in rows], dtype="str")
    frame.index = pd.Index(range(1, len(rows) + 1), name="row")
    return RawTable(name, "the command line", "", frame, {column: column for column in frame.columns})


def _print(done: Found, findings: pd.DataFrame, book: Rulebook) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDTH)
    understood = Table(box=box.SIMPLE, title="As understood", title_justify="left", title_style="bold")
    for heading in ("order", "ingredients", "route", "a day", "found as"):
        understood.add_column(heading)
    for order in done.normalised.orders.medications.itertuples():
        dose = f"{order.daily_dose} {order.daily_dose_unit}".strip()
        understood.add_row(
            *map(Text, (order.drug, order.ingredients.replace(";", ", "), order.route, dose, order.match))
        )
    console.print(understood)
    if len(findings):
        found = Table(
            box=box.SIMPLE,
            title=f"{len(findings)} findings",
            title_justify="left",
            title_style="bold",
            show_lines=True,
        )
        for heading, ratio in (("severity", 3), ("what meets", 4), ("what can happen", 7), ("what to do", 8)):
            found.add_column(heading, ratio=ratio, overflow="fold")
        for finding in findings.sort_values("severity", key=_grade, kind="stable").itertuples():
            what = ", ".join(filter(None, [finding.drugs.replace(";", " + "), finding.factor]))
            found.add_row(*map(Text, (finding.severity, what, finding.effect, finding.management)))
        console.print(found)
    own = done.limits[done.limits["patient_id"] != ""]
    if not len(findings):
        console.print("Nothing found" + (" among what could be assessed." if len(own) else "."))
    for limit in own.itertuples():
        console.print(Text(f"Not assessed for want of {limit.missing}: {limit.stops}"))
    for unknown in done.normalised.orders.unrecognised.itertuples():
        perhaps = f" Perhaps {unknown.suggestions.replace(';', ', ')}." if unknown.suggestions else ""
        console.print(Text(f"Not recognised: {unknown.drug}.{perhaps}"))
    for cell in done.accepted.rejected.itertuples():
        console.print(Text(f"Not read: {cell.table}, {cell.column}: {cell.reason}"))
    checked = reviewed(book.rules)
    console.print(
        Text(
            f"Reference {book.reference.version}: "
            f"{checked['checked']} of {checked['rules']} rules checked by a clinician."
        )
    )


def _grade(severities: pd.Series) -> pd.Series:
    return severities.map({name: at for at, name in enumerate(tables.SEVERITIES)})
