"""Which row of a grid is the header, which table it belongs to, and which column each heading names."""

import re
from collections.abc import Sequence

from pipeline import tables
from pipeline.errors import InputError
from pipeline.source.raw import RawTable, cell_text

LOOK_AT = 40


def folded(heading: str) -> str:
    """A heading without case, spaces and punctuation: `Resident_ID`, `resident id` and `ResidentID` are the same."""
    return re.sub(r"[\W_]+", "", heading.casefold())


_COLUMNS = {
    table: {
        folded(heading): name
        for name in schema.columns
        for heading in (name, *tables.aliases(schema, name))
    }
    for table, schema in tables.INPUT.items()
}  # fmt: skip
_TABLE_NAMES = {folded(alias): table for table, names in tables.TABLE_ALIASES.items() for alias in names}


def table_of_name(name: str) -> str | None:
    """The table that a sheet or file of this name holds, if its name says so."""
    return _TABLE_NAMES.get(folded(name))


def columns_named(row: Sequence[object], table: str) -> set[str]:
    """The columns of the table that the cells of a row name."""
    return {name for cell in row if (name := _COLUMNS[table].get(folded(cell_text(cell))))}


def header_row(rows: Sequence[Sequence[object]], table: str) -> int | None:
    """The index of the row, among the first forty, whose cells name most columns of the table, or None.

    A header names every required column, or at least two columns.
    """
    best, best_named = None, 0
    for index, row in enumerate(rows[:LOOK_AT]):
        named = columns_named(row, table)
        enough = len(named) >= 2 or set(tables.required(tables.INPUT[table])) <= named
        if enough and len(named) > best_named:
            best, best_named = index, len(named)
    return best


def table_of_headings(rows: Sequence[Sequence[object]]) -> str | None:
    """The table whose required columns, at least two and most altogether, one of the first rows names, or None."""
    scores = {}
    for table, schema in tables.INPUT.items():
        index = header_row(rows, table)
        if index is None:
            continue
        named = columns_named(rows[index], table)
        if len(named) >= 2 and set(tables.required(schema)) <= named:
            scores[table] = len(named)
    # A list of patients needs nothing but an id, so any other table that fits is the better reading.
    others = {table: score for table, score in scores.items() if table not in ("patients", "conditions")}
    return max(others or scores, key=lambda table: scores[table], default=None)


def match(headings: Sequence[str], table: str, place: str) -> tuple[dict[str, int], list[str]]:
    """The position of each contract column among the headings, and the headings that name none.

    Where two headings could be one column, the contract's own name wins.

    Raises:
        InputError: two headings name the same column and neither is its own name, or a required column is missing.
    """
    positions: dict[str, int] = {}
    unused: list[str] = []
    for position, heading in enumerate(headings):
        name = _COLUMNS[table].get(folded(heading))
        if name is None:
            if heading:
                unused.append(heading)
        elif name not in positions:
            positions[name] = position
        elif folded(headings[positions[name]]) == folded(name):
            unused.append(heading)
        elif folded(heading) == folded(name):
            unused.append(headings[positions[name]])
            positions[name] = position
        else:
            raise InputError(
                f"{place}: the columns '{headings[positions[name]]}' and '{heading}' could both be {name}. "
                f"Name the right one {name}."
            )
    missing = [name for name in tables.required(tables.INPUT[table]) if name not in positions]
    if missing:
        found = ", ".join(f"'{heading}'" for heading in headings if heading) or "none"
        known = "; ".join(
            f"{name} (also: {', '.join(tables.aliases(tables.INPUT[table], name)[:4])})" for name in missing
        )
        raise InputError(
            f"{place}: the {table} table lacks the column {known}. Headings found: {found}. "
            "Name the column so, or run `medreview template FILE` for an empty workbook with the right headings."
        )
    return positions, unused


def raw_table(
    rows: Sequence[Sequence[object]], table: str, file: str, sheet: str = "", malformed: dict[int, str] | None = None
) -> RawTable:
    """A grid of cells as a raw table; row numbers count from 1 at the grid's first row.

    Rows without any text are skipped. `malformed`: given for a delimited file, the rows whose cells cannot be told
    apart and why; a row with more filled cells than the header has headings is set aside too, since they have shifted.

    Raises:
        InputError: no header row, no required column, or two headings for one column.
    """
    import pandas as pd

    place = f"{file}, sheet '{sheet}'" if sheet else file
    header = header_row(rows, table)
    if header is None:
        needs = ", ".join(tables.required(tables.INPUT[table]))
        raise InputError(
            f"{place}: no header row was found for the {table} table in the first {LOOK_AT} rows. "
            f"It needs the headings {needs}; `medreview template FILE` writes an empty workbook with all of them."
        )
    headings = [cell_text(cell) for cell in rows[header]]
    positions, unused = match(headings, table, place)
    numbers: list[int] = []
    cells: list[list[str]] = []
    bad_rows: dict[int, str] = {}
    for number, row in enumerate(rows[header + 1 :], start=header + 2):
        texts = [cell_text(cell) for cell in row]
        if not any(texts):
            continue
        numbers.append(number)
        cells.append([texts[at] if at < len(texts) else "" for at in positions.values()])
        if texts[: len(headings)] == headings:
            bad_rows[number] = "repeats the headings"
        elif malformed and number in malformed:
            bad_rows[number] = malformed[number]
        elif malformed is not None and any(texts[len(headings) :]):
            bad_rows[number] = (
                f"the row has {len(texts)} cells, the header {len(headings)}: quote cells that hold commas"
            )
    frame = pd.DataFrame(
        cells, columns=list(positions), index=pd.Index(numbers, dtype="int64", name="row"), dtype="str"
    )
    named = {name: headings[at] for name, at in positions.items()}
    return RawTable(table, file, sheet, frame, named, tuple(unused), bad_rows)
