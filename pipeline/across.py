"""What must hold between the cells of a row, between rows, and between a row and the birth of its resident."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from pipeline.normalise.conditions import over
from pipeline.normalise.distinct import positions_in
from pipeline.normalise.labs import LabTests
from pipeline.rejects import Rejects

_OLDEST = 125
_DAYS_AHEAD = 366
# So many dates say something of a column; of fewer each stands for itself.
_A_COLUMN = 10
# Columns of which a date long after the review is a slip of the pen. A last day or a refill may well lie ahead.
PAST = {"patients": ("admission_date",), "medications": ("start_date",), "labs": ("date",)}
_AFTER_BIRTH = {
    "patients": ("admission_date",),
    "medications": ("start_date", "stop_date"),
    "labs": ("date",),
}  # fmt: skip


@dataclass(frozen=True)
class Light:
    """In the light of what the rows are judged.

    `as_of`: the day of the review. `births`: patient id → day of birth. `lab_tests`: the tests that the reference
    knows, or None. `notes`: what the checks have to say once of the whole input.
    """

    as_of: date
    births: pd.Series
    lab_tests: LabTests | None
    notes: list["Note"]


@dataclass(frozen=True)
class Note:
    """What is `missing` in the whole input and what that `stops`. `count`: how many of them there are, which stands for
    {count} in the text; None where it is not counted."""

    missing: str
    stops: str
    count: int | None = None

    @property
    def text(self) -> str:
        """What is missing, with the count."""
        return self.missing if self.count is None else self.missing.replace("{count}", str(self.count))


def check(typed: pd.DataFrame, rejects: Rejects, light: Light) -> None:
    """Sets aside the rows of one table that contradict themselves, each other, or the resident's birth."""
    table = rejects.raw.table
    _CHECKS[table](typed, rejects, light)
    for name in PAST.get(table, ()):
        _future(typed, name, rejects, light)
    if table in _AFTER_BIRTH:
        born = light.births.array.take(positions_in(light.births.index, typed["patient_id"]), allow_fill=True)
        births = pd.Series(born, index=typed.index)
        for name in _AFTER_BIRTH[table]:
            rejects.add(typed.index[typed[name] < births], name, "before the date of birth")


def births(patients: pd.DataFrame) -> pd.Series:
    """Patient id → day of birth, as far as it is known."""
    known = patients[patients["birth_date"].notna() & (patients["patient_id"] != "")]
    return known.drop_duplicates("patient_id").set_index("patient_id")["birth_date"]


def _future(typed: pd.DataFrame, name: str, rejects: Rejects, light: Light) -> None:
    """Dates more than a year ahead are slips, unless most of the column lies there: de-identified data are shifted."""
    raw = rejects.raw
    far = typed[name] > latest(light.as_of)
    if name in raw.whole.ahead if raw.whole else mostly_ahead(int(typed[name].notna().sum()), int(far.sum())):
        light.notes.append(
            Note(
                f"dates before the day of the review: most of the column '{raw.headings[name]}' of {raw.place} lie "
                "more than a year after it",
                "whatever has not begun by then; --as-of sets the day of the review",
            )
        )
        return
    rejects.add(typed.index[far], name, "more than a year after the day of the review")


def latest(as_of: date) -> pd.Timestamp:
    """The last day that a date which lies behind us can have."""
    return pd.Timestamp(as_of) + pd.Timedelta(days=_DAYS_AHEAD)


def mostly_ahead(given: int, far: int) -> bool:
    """Whether so many dates of a column that lie far ahead say that all of them are shifted."""
    return given >= _A_COLUMN and far * 2 > given


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
    missing = "birth dates of residents of whom only the age in years is given ({count})"
    light.notes.append(Note(missing, "an age that is right to the day", by_age))


def _medications(typed: pd.DataFrame, rejects: Rejects, light: Light) -> None:
    stopped_first = typed["stop_date"] < typed["start_date"]
    rejects.add(typed.index[stopped_first], "stop_date", "before the start date")
    _unique(typed, "order_id", rejects)
    _repeated(typed, rejects)
    nobodys = (typed["patient_id"] == "") & (typed["drug"] != "") & ~typed.index.isin(list(rejects.raw.bad_rows))
    missing = "whose orders those without a patient_id are ({count})"
    light.notes.append(Note(missing, "these orders: no review has them", int(nobodys.sum())))


def _conditions(typed: pd.DataFrame, rejects: Rejects, light: Light) -> None:
    nothing = (typed["code"] == "") & (typed["icd9"] == "") & (typed["description"] == "")
    rejects.add(typed.index[nothing], "description", "neither a code nor a description")
    ended = int(over(typed, light.as_of).sum())
    missing = "problems that are marked as resolved or inactive ({count}): they are not used"
    light.notes.append(Note(missing, "whatever they speak against", ended))


def _labs(typed: pd.DataFrame, rejects: Rejects, light: Light) -> None:
    """A result after the day of the review is simply not used; one that is no result of its test is set aside."""
    if light.lab_tests is None:
        return
    place, readings = light.lab_tests.each(typed)
    bad = np.array([reading.bad for reading in readings], dtype=bool)[place] & (typed["value"] != "").to_numpy()
    reasons = np.array([reading.reason for reading in readings], dtype=object)[place[bad]]
    rejects.add(typed.index[bad], "value", pd.Series(reasons, dtype="str"))


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
    given = typed.loc[typed[column] != "", column]
    again = given.index[given.duplicated()]
    elsewhere = rejects.raw.whole.first_rows if rejects.raw.whole and column == "order_id" else {}
    if elsewhere:
        known = given[given.isin(elsewhere.keys())].map(elsewhere)
        again = again.union(known.index[known != known.index])
    if again.empty:
        return
    first = given[given.isin(given.loc[again])].drop_duplicates()
    first_rows = {**dict(zip(first, first.index, strict=True)), **elsewhere}
    rows = rejects.raw.rows(pd.Index([first_rows[text] for text in given.loc[again]]))
    reasons = pd.Series([f"the same {column} stands in row {row}" for row in rows], dtype="str")
    rejects.add(again, column, reasons)


def _repeated(typed: pd.DataFrame, rejects: Rejects) -> None:
    """Rows without an order number that repeat an earlier row in every cell."""
    unnumbered = typed[(typed["order_id"] == "") & (typed["patient_id"] != "") & (typed["drug"] != "")]
    again = unnumbered.index[unnumbered.duplicated()]
    rejects.add(again, "drug", "repeats an earlier row in every cell")
