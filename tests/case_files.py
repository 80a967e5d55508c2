"""The case files: small readable tables, a resident's records above and what a review must say of them below.

A file holds cases. A case begins with `== title` and `as of 2026-01-15`; then come blocks, each a name on a line of
its own and a table whose cells are separated by `|`. `patients`, `medications`, `conditions`, `allergies` and `labs`
are input, in the contract's columns. `findings` must each be found, `absent` must not be, and of `not_assessable` the
words must stand in the limits of that patient. Only the columns given are compared. `#` begins a comment.
"""

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pandas as pd

from pipeline import tables
from pipeline.source.raw import RawTable, Source

# The columns that rules can ask of an order.
ORDER_FIELDS = ("indication", "dose", "frequency", "route", "stop_date", "start_date")
EXPECTATIONS = ("findings", "absent", "not_assessable")


@dataclass
class Case:
    file: str
    title: str
    as_of: date = date(2026, 1, 15)
    blocks: dict[str, list[dict[str, str]]] = field(default_factory=dict)

    def shape(self) -> tuple:
        """What must be equal for cases to be screened together: the day, the tables, and those columns of the orders
        whose absence from an input is something else than an empty cell.
        """
        given = {name: set(rows[0]) for name, rows in self.blocks.items() if name in tables.INPUT and rows}
        told = frozenset(ORDER_FIELDS) & given.get("medications", set())
        return self.as_of, frozenset(given), told


def together(cases: list[Case]) -> tuple[Source, dict[tuple[str, int], Case]]:
    """Cases of one shape as one source, and whose each row of each table is; `3/1` is patient 1 of case 3."""
    found: dict[str, RawTable] = {}
    owner: dict[tuple[str, int], Case] = {}
    for name in tables.INPUT:
        rows = []
        for number, case in enumerate(cases):
            for row in case.blocks.get(name, []):
                owner[name, len(rows) + 2] = case
                ids = {key: f"{number}/{row[key]}" for key in ("patient_id", "order_id") if row.get(key)}
                rows.append(row | ids)
        if rows:
            found[name] = _raw(name, rows)
    return Source(found, ()), owner


def _raw(name: str, rows: list[dict[str, str]]) -> RawTable:
    frame = pd.DataFrame(rows).fillna("").astype("str")
    frame.index = pd.Index(range(2, len(rows) + 2), name="row")
    unknown = set(frame.columns) - set(tables.INPUT[name].columns)
    assert not unknown, f"{name} has no column {unknown}"
    return RawTable(name, name, "", frame, {column: column for column in frame.columns})


def cases(folder: Path) -> list[Case]:
    return [case for path in sorted(folder.glob("*.txt")) for case in _cases(path)]


def _cases(path: Path) -> list[Case]:
    found: list[Case] = []
    heading: list[str] = []
    block = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        if text.startswith("== "):
            found.append(Case(path.stem, text.removeprefix("== ")))
            block = ""
        elif text.startswith("as of "):
            found[-1].as_of = date.fromisoformat(text.removeprefix("as of "))
        elif text in (*tables.INPUT, *EXPECTATIONS):
            block, heading = text, []
            found[-1].blocks[block] = []
        else:
            cells = [cell.strip() for cell in text.split("|")]
            assert block, f"{path.name}: '{text}' stands in no block"
            if not heading:
                heading = cells
            else:
                assert len(cells) == len(heading), f"{path.name}, {found[-1].title}: '{text}' has {len(cells)} cells"
                found[-1].blocks[block].append(dict(zip(heading, cells, strict=True)))
    return found
