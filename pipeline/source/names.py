"""Which column of a table each heading names, and how sure that is."""

import re
from collections.abc import Mapping as Dictionary
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pipeline import headings as systems
from pipeline import tables

if TYPE_CHECKING:
    from pipeline.source.mapping import TableMapping

# How a heading names a column: the contract's name, another of `tables.py`, one of a system, or one that says little.
# The lowest number wins, and below zero stands what a mapping says.
OWN, OTHER, ALIAS, WEAK = 0, 1, 2, 3
HOW = {OWN: "own name", OTHER: "other name", ALIAS: "name in a system", WEAK: "for want of a better one"}
# What stands before the element's name in a table made from FHIR resources.
_RESOURCE = re.compile(
    r"^(?:(?:entry|resource|patient|medicationrequest|medicationstatement|condition|allergyintolerance|observation)"
    r"(?:\[\d+\])?\.)+",
    re.IGNORECASE,
)

# What names a resident where a number of theirs stands beside it.
_NAME_BESIDE_A_NUMBER = frozenset({"resident", "patient", "client"})

Names = Dictionary[str, tuple[str, int]]


@dataclass(frozen=True)
class Understood:
    """A row of headings as understood.

    `positions`: column → position of its heading, in the order of the headings. `how`: column → the rank of that
    heading. `ambiguous`: column → positions of headings of which none is better than another. `unused`: positions of
    the headings that name no column, or one that has a better heading. `ignored`: positions of those that the mapping
    leaves out.
    """

    positions: dict[str, int]
    how: dict[str, int]
    ambiguous: dict[str, list[int]]
    unused: list[int]
    ignored: list[int]


def folded(heading: str) -> str:
    """A heading without case, spaces and punctuation: `Resident_ID`, `resident id` and `ResidentID` are the same.

    The sign # is the word number, or `Order #` would be `Order`.
    """
    return re.sub(r"[\W_]+", "", heading.casefold().replace("#", "number"))


@lru_cache
def names(table: str, mapped: "TableMapping | None" = None) -> Names:
    """Folded heading → the column it names, and its rank; a heading that the mapping ignores names the column ``."""
    schema = tables.INPUT[table]
    known: dict[str, tuple[str, int]] = {}
    for column in schema.columns:
        ranked = (
            (WEAK, systems.WEAK[table].get(column, ())),
            (ALIAS, systems.ALIASES[table].get(column, ())),
            (OTHER, schema.columns[column].aliases),
        )
        for rank, headings in ranked:
            known |= {folded(heading): (column, rank) for heading in headings}
    known |= {folded(column): (column, OWN) for column in schema.columns}
    if mapped:
        for column, headings in mapped.columns:
            first = -len(headings)
            known |= {folded(heading): (column, first + at) for at, heading in enumerate(headings)}
        known |= {folded(heading): ("", OWN) for heading in mapped.ignore}
    return known


def lookup(heading: str, known: Names) -> tuple[str, int] | None:
    """The column that a heading names and its rank, or None."""
    found = known.get(folded(heading)) or known.get(folded(_RESOURCE.sub("", heading)))
    return found if found and found[0] else None


def understand(headings: Sequence[str], table: str, mapped: "TableMapping | None" = None) -> Understood:
    """Every heading held against the names of the table's columns."""
    known = names(table, mapped)
    ignored = {folded(heading) for heading in mapped.ignore} if mapped else set()
    naming: dict[str, list[tuple[int, int]]] = {}
    for position, heading in enumerate(headings):
        if found := lookup(heading, known):
            naming.setdefault(found[0], []).append((found[1], position))
    if table == "patients" and "name" not in naming:
        numbers = naming.get("patient_id", [])
        by_name = [at for rank, at in numbers if rank == WEAK and folded(headings[at]) in _NAME_BESIDE_A_NUMBER]
        if len(by_name) == 1 and any(rank < WEAK for rank, _ in numbers):
            naming["name"] = [(ALIAS, by_name[0])]
    best = {column: min(rank for rank, _ in ranked) for column, ranked in naming.items()}
    first = {column: [at for rank, at in ranked if rank == best[column]] for column, ranked in naming.items()}
    positions = {column: found[0] for column, found in first.items() if len(found) == 1}
    positions = dict(sorted(positions.items(), key=lambda item: item[1]))
    ambiguous = {column: found for column, found in first.items() if len(found) > 1}
    used = {*positions.values(), *(at for found in ambiguous.values() for at in found)}
    left = [at for at, heading in enumerate(headings) if heading and at not in used]
    out = [at for at in left if folded(headings[at]) in ignored]
    return Understood(
        positions, {column: best[column] for column in positions}, ambiguous, [at for at in left if at not in out], out
    )
