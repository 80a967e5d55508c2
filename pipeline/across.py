"""What must hold between the cells of a row, between rows, and between a row and the birth of its resident."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from pipeline.normalise.conditions import over
from pipeline.normalise.labs import LabTests
from pipeline.rejects import Rejects

_OLDEST = 125
_DAYS_AHEAD = 366
# So many dates say something of a column; of fewer each stands for itself.
_A_COLUMN = 10
# Columns of which a date long after the review is a slip of the pen. A last day or a refill may well lie ahead.
_PAST = {"patients": ("admission_date",), "medications": ("start_date",), "labs": ("date",)}
_AFTER_BIRTH = {
    "patients": ("admission_date",),
    "medications": ("start_date", "stop_date"),
    "labs": ("date",),
}  # fmt: skip


@dataclass(frozen=True)
class Light:
    """In the light of what the rows are judged.

    `as_of`: the day of the review. `births`: patient id → day of birth. `lab_tests`: the tests that the reference
    knows, or None. `notes`: what the checks have to say once of the whole input (what is missing, what that stops).
    """

    as_of: date
    births: pd.Series
    lab_tests: LabTests | None
    notes: list[tuple[str, str]]


def check(typed: pd.DataFrame, rejects: Rejects, light: Light) -> None:
    """Sets aside the rows of one table that contradict themselves, each other, or the resident's birth."""
    table = rejects.raw.table
    _CHECKS[table](typed, rejects, light)
    for name in _PAST.get(table, ()):
        _future(typed, name, rejects, light)
    births = light.births.reindex(typed["patient_id"]).set_axis(typed.index)
    for name in _AFTER_BIRTH.get(table, ()):
        rejects.add(typed.index[typed[name] < births], name, "before the date of birth")


def births(patients: pd.DataFrame) -> pd.Series:
    """Patient id → day of birth, as far as it is known."""
    known = patients[patients["birth_date"].notna() & (patients["patient_id"] != "")]
    return known.drop_duplicates("patient_id").set_index("patient_id")["birth_date"]


def _future(typed: pd.DataFrame, name: str, rejects: Rejects, light: Light) -> None:
    """Dates more than a year ahead are slips, unless most of the column lies there: de-identified data are shifted."""
    far = typed[name] > pd.Timestamp(light.as_of) + pd.Timedelta(days=_DAYS_AHEAD)
    given = int(typed[name].notna().sum())
    if given >= _A_COLUMN and far.sum() * 2 > given:
        raw = rejects.raw
        light.notes.append(
            (
                f"dates before the day of the review: most of the column '{raw.headings[name]}' of {raw.place} lie "
                "more than a year after it",
                "whatever has not begun by then; --as-of sets the day of the review",
            )
        )
        return
    rejects.add(typed.index[far], name, "more than a year after the day of the review")


def _patients(typed: pd.DataFrame, rejects: Rejects, light: Light) -> None:
    _unique(typed, "patient_id", rejects)
    today = pd.Timestamp(light.as_of)
    rejects.add(typed.index[typed["birth_date"] > today], "birth_date", "after the day of the review")
    oldest = today - pd.DateOffset(years=_OLDEST + 1)
    rejects.add(
        typed.index[typed["birth_date"] <= oldest],
        "birth_date",
        f"more than {_OLDEST} years before the day of the review",
    )
    by_age = int((typed["birth_date"].isna() & typed["age"].notna()).sum())
    if by_age:
        light.notes.append(
            (
                f"birth dates of residents of whom only the age in years is given ({by_age})",
                "an age that is right to the day",
            )
        )


def _medications(typed: pd.DataFrame, rejects: Rejects, light: Light) -> None:
    stopped_first = typed["stop_date"] < typed["start_date"]
    rejects.add(typed.index[stopped_first], "stop_date", "before the start date")
    _unique(typed, "order_id", rejects)
    _repeated(typed, rejects)
    nobodys = (typed["patient_id"] == "") & (typed["drug"] != "") & ~typed.index.isin(list(rejects.raw.bad_rows))
    if nobodys.any():
        light.notes.append(
            (f"whose orders those without a patient_id are ({int(nobodys.sum())})", "these orders: no review has them")
        )


def _conditions(typed: pd.DataFrame, rejects: Rejects, light: Light) -> None:
    nothing = (typed["code"] == "") & (typed["icd9"] == "") & (typed["description"] == "")
    rejects.add(typed.index[nothing], "description", "neither a code nor a description")
    ended = int(over(typed, light.as_of).sum())
    if ended:
        light.notes.append(
            (
                f"problems that are marked as resolved or inactive ({ended}): they are not used",
                "whatever they speak against",
            )
        )


def _labs(typed: pd.DataFrame, rejects: Rejects, light: Light) -> None:
    """A result after the day of the review is simply not used; one that is no result of its test is set aside."""
    if light.lab_tests is None:
        return
    cells = zip(typed["test"], typed["loinc"], typed["value"], typed["unit"], strict=True)
    readings = [light.lab_tests.read(*cell) for cell in cells]
    bad = np.array([reading.bad for reading in readings], dtype=bool) & (typed["value"] != "").to_numpy()
    reasons = pd.Series([reading.reason for reading in readings], dtype="str")
    rejects.add(typed.index[bad], "value", reasons[bad])


def _allergies(typed: pd.DataFrame, rejects: Rejects, light: Light) -> None:
    """Nothing holds across the columns of an allergy."""


_CHECKS: dict[str, Callable[[pd.DataFrame, Rejects, Light], None]] = {
    "patients": _patients,
    "medications": _medications,
    "conditions": _conditions,
    "allergies": _allergies,
    "labs": _labs,
}


def _unique(typed: pd.DataFrame, column: str, rejects: Rejects) -> None:
    given = typed[typed[column] != ""]
    again = given.index[given[column].duplicated()]
    first = given.drop_duplicates(column).reset_index().set_index(column).iloc[:, 0]
    rows = rejects.raw.rows(pd.Index(first.reindex(given[column].loc[again])))
    reasons = pd.Series([f"the same {column} stands in row {row}" for row in rows], dtype="str")
    rejects.add(again, column, reasons)


def _repeated(typed: pd.DataFrame, rejects: Rejects) -> None:
    """Rows without an order number that repeat an earlier row in every cell."""
    unnumbered = typed[(typed["order_id"] == "") & (typed["patient_id"] != "") & (typed["drug"] != "")]
    again = unnumbered.index[unnumbered.duplicated()]
    rejects.add(again, "drug", "repeats an earlier row in every cell")
