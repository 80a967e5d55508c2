"""Which row of a grid is the header, which table it belongs to, and which column each heading names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline import headings as systems
from pipeline import tables
from pipeline.errors import InputError
from pipeline.source.flat import columns_beside
from pipeline.source.mapping import Mapping
from pipeline.source.names import ALIAS, folded, lookup, names, understand
from pipeline.source.raw import RawTable, cell_text
from pipeline.source.report_lines import LINE_OF_REPORT, is_line_of_report

if TYPE_CHECKING:
    import pandas as pd

LOOK_AT = 40
MAP_HINT = "`medreview map INPUT --write FILE` writes one to edit, --mapping FILE uses it."
_TABLE_NAMES = {folded(alias): table for table, aliases in systems.TABLES.items() for alias in aliases}
_WEAK_TABLE_NAMES = {folded(alias): table for table, aliases in systems.WEAK_TABLES.items() for alias in aliases}
# A cell that refers to a patient as FHIR does: `Patient/123`, an address that ends so, or `urn:uuid:…`.
_REFERENCE = re.compile(r"^(?:urn:uuid:|(?:.*/)?Patient/)([^/\s]+)(?:/_history/\S*)?$")


def table_of_name(name: str, mapping: Mapping | None = None) -> str | None:
    """The table that a sheet or file of this name holds, if its name says so.

    Where the mapping names the sheets or files of a table, no other one holds that table.
    """
    if mapping:
        for table, mapped in mapping.tables.items():
            if mapped.holds(name):
                return table
    known = _TABLE_NAMES.get(folded(name)) or _WEAK_TABLE_NAMES.get(folded(name))
    return None if known and mapping and mapping.names_sources(known) else known


def is_weak_name(name: str) -> bool:
    """Whether a sheet or file of this name holds its table only if its headings name what the table needs.

    `observation` is a table of laboratory results in one system and one of habits in another.
    """
    return folded(name) in _WEAK_TABLE_NAMES and folded(name) not in _TABLE_NAMES


def fits(rows: Sequence[Sequence[object]], table: str, mapping: Mapping | None = None) -> bool:
    """Whether one of the first rows names every required column of the table."""
    needed = set(tables.required(tables.INPUT[table]))
    return any(needed <= columns_named(row, table, mapping) for row in rows[:LOOK_AT])


def columns_named(row: Sequence[object], table: str, mapping: Mapping | None = None) -> set[str]:
    """The columns of the table that the cells of a row name."""
    known = names(table, mapping.tables.get(table) if mapping else None)
    return {found[0] for cell in row if (found := lookup(cell_text(cell), known))}


def header_row(rows: Sequence[Sequence[object]], table: str, mapping: Mapping | None = None) -> int | None:
    """The index of the row, among the first forty, whose cells name most columns of the table, or None.

    A header names every required column, or at least two columns.
    """
    best, best_named = None, 0
    for index, row in enumerate(rows[:LOOK_AT]):
        named = columns_named(row, table, mapping)
        enough = len(named) >= 2 or set(tables.required(tables.INPUT[table])) <= named
        if enough and len(named) > best_named:
            best, best_named = index, len(named)
    return best


def table_of_headings(rows: Sequence[Sequence[object]], mapping: Mapping | None = None) -> str | None:
    """The table whose required columns, at least two and most altogether, one of the first rows names, or None.

    A heading that could mean anything, such as Description, does not make a sheet a table. Where the mapping names
    the sheets or files of a table, no other one holds it.
    """
    scores = {}
    for table, schema in tables.INPUT.items():
        mapped = mapping.tables.get(table) if mapping else None
        index = header_row(rows, table, mapping)
        if index is None:
            continue
        found = [lookup(cell_text(cell), names(table, mapped)) for cell in rows[index]]
        named = {column for column, rank in filter(None, found) if rank <= ALIAS or column == "patient_id"}
        if len(named) >= 2 and set(tables.required(schema)) <= named:
            scores[table] = len(named)
    # A list of patients needs nothing but an id, so any other table that fits is the better reading.
    others = {table: score for table, score in scores.items() if table not in ("patients", "conditions")}
    best = max(others or scores, key=lambda table: scores[table], default=None)
    return None if best and mapping and mapping.names_sources(best) else best


def match(
    headings: Sequence[str], table: str, place: str, mapping: Mapping | None = None
) -> tuple[dict[str, int], list[str]]:
    """The position of each contract column among the headings, and the headings that name none.

    Where several headings could be one column, the mapping decides, then the contract's own name, then its other
    names, those of systems, and last the headings that name it only for want of a better one.

    Raises:
        InputError: two equally good headings for one column, a required column is missing, or the mapping names a
            heading that is not there.
    """
    understood = understand(headings, table, mapping.tables.get(table) if mapping else None)
    if mapping:
        mapping.check_needed(table, headings, place)
    for name, positions in understood.ambiguous.items():
        raise InputError(f"{place}: {_choice([headings[at] for at in positions], name)}")
    missing = [name for name in tables.required(tables.INPUT[table]) if name not in understood.positions]
    if missing:
        found = ", ".join(f"'{heading}'" for heading in headings if heading) or "none"
        known = "; ".join(
            f"{name} (also: {', '.join(tables.INPUT[table].columns[name].aliases[:4])})" for name in missing
        )
        raise InputError(
            f"{place}: the {table} table lacks the column {known}. Headings found: {found}. "
            f"Name the column so, or say which heading it is in a mapping: {MAP_HINT}"
        )
    return understood.positions, [headings[at] for at in understood.unused]


def _choice(headings: list[str], name: str) -> str:
    """What to do about headings of which any could be the column."""
    if len({folded(heading) for heading in headings}) == 1:
        return f"{len(headings)} columns are headed '{headings[0]}', which is {name}. Rename or delete all but one."
    listed = f"'{headings[0]}' and '{headings[1]}'" if len(headings) == 2 else ", ".join(f"'{h}'" for h in headings)
    both = "both" if len(headings) == 2 else "all"
    return (
        f"the columns {listed} could {both} be {name}. Name the right one {name}, or say which it is in a mapping: "
        f"{MAP_HINT}"
    )


@dataclass(frozen=True)
class Heads:
    """The headings of a grid as understood.

    `row`: the index of the header among the rows. `headings`: as written. `positions`: column → position, those of
    other tables under their names (`patients.birth_date`). `unused`: headings that name no column. `needed`: the
    positions of the columns that a row must have, the patient's first.
    """

    row: int
    headings: list[str]
    positions: dict[str, int]
    unused: tuple[str, ...]
    needed: list[int]

    @property
    def named(self) -> dict[str, str]:
        """Column → heading as written."""
        return {name: self.headings[at] for name, at in self.positions.items()}


def heads(rows: Sequence[Sequence[object]], table: str, place: str, mapping: Mapping | None = None) -> Heads:
    """Finds the header of a grid and what its headings name.

    Raises:
        InputError: no header row, no required column, two headings for one column, or a heading of the mapping that
            is not there.
    """
    header = header_row(rows, table, mapping)
    if header is None:
        needs = ", ".join(tables.required(tables.INPUT[table]))
        if mapping:
            mapping.check_header(table, place)
        raise InputError(
            f"{place}: no header row was found for the {table} table in the first {LOOK_AT} rows. "
            f"It needs the headings {needs}; `medreview template FILE` writes an empty workbook with all of them."
        )
    headings = [cell_text(cell) for cell in rows[header]]
    positions, unused = match(headings, table, place, mapping)
    beside = columns_beside(table, headings, positions, place, mapping)
    left = tuple(heading for heading in unused if heading not in {headings[at] for at in beside.values()})
    positions = positions | beside
    needed = [positions[name] for name in tables.required(tables.INPUT[table])]
    return Heads(header, headings, positions, left, needed)


def why_no_row(texts: Sequence[str], found: Heads) -> str:
    """Why the cells of a row below the header are no row of the table, or empty."""
    if list(texts[: len(found.headings)]) == found.headings:
        return "repeats the headings"
    return LINE_OF_REPORT if is_line_of_report(texts, found.needed) else ""


def without_reference(ids: "pd.Series", heading: str) -> "pd.Series":
    """The patients' numbers, where the column refers to a patient as FHIR does."""
    return ids.str.replace(_REFERENCE, r"\1", regex=True) if folded(heading).endswith("reference") else ids


def raw_table(
    rows: Sequence[Sequence[object]],
    table: str,
    file: str,
    sheet: str = "",
    malformed: dict[int, str] | None = None,
    mapping: Mapping | None = None,
) -> RawTable:
    """A grid of cells as a raw table; row numbers count from 1 at the grid's first row.

    Rows without any text are skipped. `malformed`: given for a delimited file, the rows whose cells cannot be told
    apart and why; a row with more filled cells than the header has headings is set aside too, since they have shifted.

    Raises:
        InputError: as `heads` does.
    """
    import pandas as pd

    found = heads(rows, table, f"{file}, sheet '{sheet}'" if sheet else file, mapping)
    width = len(found.headings)
    numbers: list[int] = []
    cells: list[list[str]] = []
    bad_rows: dict[int, str] = {}
    for number, row in enumerate(rows[found.row + 1 :], start=found.row + 2):
        texts = [cell_text(cell) for cell in row]
        if not any(texts):
            continue
        numbers.append(number)
        cells.append([texts[at] if at < len(texts) else "" for at in found.positions.values()])
        if reason := why_no_row(texts, found):
            bad_rows[number] = reason
        elif malformed and number in malformed:
            bad_rows[number] = malformed[number]
        elif malformed is not None and any(texts[width:]):
            bad_rows[number] = f"the row has {len(texts)} cells, the header {width}: quote cells that hold commas"
    frame = pd.DataFrame(
        cells, columns=list(found.positions), index=pd.Index(numbers, dtype="int64", name="row"), dtype="str"
    )
    frame["patient_id"] = without_reference(frame["patient_id"], found.named["patient_id"])
    return RawTable(table, file, sheet, frame, found.named, found.unused, bad_rows)
