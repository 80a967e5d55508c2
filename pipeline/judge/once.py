"""What is said once of a whole review that it could not assess, from counts that add up over its parts."""

from dataclasses import dataclass, field

import pandas as pd

from pipeline.across import Note
from pipeline.choices import STOPPED
from pipeline.normalise.facts import Normalised
from pipeline.rulebook.load import Reference
from pipeline.screen import Screened
from pipeline.source.raw import Source
from pipeline.validate import Accepted

COLUMNS = ("patient_id", "missing", "stops", "rules")
_TABLES = {
    "patients": (
        "age, sex, weight and what else is known of the person",
        "whatever depends on age, sex, weight or habits",
    ),
    "conditions": ("a problem list", "medicines that a disease speaks against, and treatments that are missing"),
    "allergies": ("an allergy list", "medicines given despite an allergy"),
    "labs": ("laboratory results", "kidney function and the monitoring of medicines"),
}


@dataclass(frozen=True)
class Once:
    """`notes`: of validation. `undated`: orders that have stopped, nobody knows when. `unusable`: results of tests that
    the reference does not know, and those `tests`. `skipped`: table, or column of the medications, that the input
    lacks → how many rules that leaves out."""

    notes: tuple[Note, ...] = ()
    undated: int = 0
    unusable: int = 0
    tests: frozenset[str] = frozenset()
    skipped: dict[str, int] = field(default_factory=dict)

    def __add__(self, other: "Once") -> "Once":
        """Of two parts of one input."""
        notes = tuple(
            Note(one.missing, one.stops, None if one.count is None else one.count + (two.count or 0))
            for one, two in zip(self.notes, other.notes, strict=True)
        )
        tests = self.tests | other.tests
        return Once(notes, self.undated + other.undated, self.unusable + other.unusable, tests, self.skipped)


def once_of(accepted: Accepted, normalised: Normalised, screened: Screened) -> Once:
    """The counts of an input, or of a part of it."""
    orders, unusable = normalised.orders.medications, normalised.unusable_labs
    unknown = unusable.loc[unusable["reason"] == "test not known", "test"]
    undated = int(((orders["status"] == STOPPED) & orders["stop_date"].isna()).sum())
    skipped = {str(name): int(count) for name, count in screened.skipped.groupby("missing").size().items()}
    return Once(accepted.notes, undated, len(unknown), frozenset(unknown), skipped)


def of_the_whole(source: Source, reference: Reference, once: Once) -> pd.DataFrame:
    """The rows of not_assessed.csv that are of no resident.

    Args:
        source: of which only the tables' names and headings count.
        reference: for its scope.
        once: the counts.
    """
    rows = [(f"rules beyond what reference {reference.version} covers: {reference.scope}", "everything else", 0)]
    for table, (missing, stops) in _TABLES.items():
        if table not in source.tables:
            rows.append((f"no {table} table: {missing}", stops, once.skipped.get(table, 0)))
    for column in sorted(set(once.skipped) - set(_TABLES)):
        missing = f"the medications have no column {column}"
        rows.append((missing, f"whether each order says its {column}", once.skipped[column]))
    for name in source.unused:
        rows.append((f"not used: {name}", "whatever it holds; its name and headings are those of no table", 0))
    for place, headings in unused_columns(source).items():
        listed = ", ".join(f"'{heading}'" for heading in headings)
        what = "column" if len(headings) == 1 else "columns"
        stops = "whatever is written there; if it matters, a mapping says which column it is"
        rows.append((f"not used: {what} {listed} of {place}", stops, 0))
    if once.undated:
        missing = f"the stop date of {once.undated} orders whose status says that they have stopped"
        rows.append((missing, "with what they were taken, and whether they were stopped too suddenly", 0))
    rows += [(note.text, note.stops, 0) for note in once.notes if note.count != 0]
    if once.unusable:
        missing = f"the meaning of some results ({once.unusable}, tests: {len(once.tests)}): they are not used"
        rows.append((missing, "whatever they tell; no rule asks for a test that the reference does not know", 0))
    return pd.DataFrame([("", *row) for row in rows], columns=list(COLUMNS))


def unused_columns(source: Source) -> dict[str, list[str]]:
    """Sheet or file → the headings of its columns that the review does not use."""
    found: dict[str, list[str]] = {}
    for raw in source.tables.values():
        for part in raw.parts:
            if part.unused:
                found.setdefault(part.place, []).extend(part.unused)
    return {place: list(dict.fromkeys(headings)) for place, headings in found.items()}
