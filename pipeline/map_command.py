"""`medreview map`: how each heading is understood, and a mapping to edit. Counts only, no patient's data."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from pipeline import tables
from pipeline.errors import InputError, OutputError
from pipeline.mapping_text import Section, mapping_text, once
from pipeline.progress import printable
from pipeline.source.flat import columns_beside
from pipeline.source.grids import STANDARD_INPUT, Grid
from pipeline.source.headers import LOOK_AT, header_row
from pipeline.source.mapping import Mapping, read_mapping
from pipeline.source.names import HOW, Understood, understand
from pipeline.source.raw import cell_text
from pipeline.source.reader import read, survey

EXIT_NOT_USABLE = 4


@dataclass(frozen=True)
class Seen:
    """One sheet or file as understood: the table it was taken for, its headings, and how many cells each has filled.

    `row`: of the headings, as the sheet numbers it. `sure`: whether that row names columns; otherwise it is only the
    row that has most cells. `beside`: columns of other tables, such as `patients.birth_date` → position.
    """

    grid: Grid
    table: str
    row: int
    sure: bool
    headings: list[str]
    understood: Understood
    beside: dict[str, int]
    filled: list[int]
    rows: int

    @property
    def left(self) -> list[int]:
        """The positions of the headings that nothing uses."""
        return [at for at in self.understood.unused if at not in self.beside.values()]


def map_input(source: Path, mapping_name: str, write: Path | None, force: bool) -> None:
    """Prints how the input is understood and, on demand, writes that as a mapping. Exit status 4 where it is not yet
    usable.

    Raises:
        InputError: the input or the mapping cannot be read at all.
        OutputError: the file to write is there already, or cannot be written.
    """
    if source == STANDARD_INPUT:
        raise InputError("`medreview map` reads its input twice. Give a file or a folder, not standard input.")
    mapping = read_mapping(mapping_name) if mapping_name else None
    if write and write.exists() and not force:
        raise OutputError(f"{write} is there already and may have been edited. Choose another name, or add --force.")
    taken, unused = survey(source, mapping)
    sheets = [_seen(grid, table, mapping) for grid, table in taken]
    for sheet in sheets:
        click.echo("\n".join([*_shown(sheet), ""]))
    for name in unused:
        click.echo(f"{printable(name)}: taken for no table\n")
    try:
        found = read(source, mapping)
    except InputError as error:
        click.echo(f"Not usable yet: {error}")
        _written(write, source, sheets, unused, mapping)
        sys.exit(EXIT_NOT_USABLE)
    for table, raw in found.tables.items():
        click.echo(f"{table}: {len(raw.frame)} rows from {printable(raw.place)}")
    _written(write, source, sheets, unused, mapping)


def _seen(grid: Grid, table: str, mapping: Mapping | None) -> Seen:
    header = header_row(grid.rows, table, mapping)
    first = grid.rows[:LOOK_AT]
    likeliest = max(range(len(first)), key=lambda at: len(_texts(first[at])), default=0)
    row = likeliest if header is None else header
    headings = [cell_text(cell) for cell in grid.rows[row]] if grid.rows else []
    understood = understand(headings, table, mapping.tables.get(table) if mapping else None)
    try:
        beside = columns_beside(table, headings, understood.positions, grid.file, mapping)
    except InputError:  # reading the input tells the same
        beside = {}
    below = [[cell_text(cell) for cell in cells] for cells in grid.rows[row + 1 :]]
    filled = [sum(1 for cells in below if at < len(cells) and cells[at]) for at in range(len(headings))]
    rows = sum(1 for cells in below if any(cells))
    return Seen(grid, table, row + 1, header is not None, headings, understood, beside, filled, rows)


def _texts(row: Sequence[object]) -> list[str]:
    return [text for cell in row if (text := cell_text(cell))]


def _shown(seen: Seen) -> list[str]:
    """The lines about one sheet or file."""
    grid, understood = seen.grid, seen.understood
    place = f"{grid.file}, sheet '{grid.sheet}'" if grid.sheet else grid.file
    hidden = " (hidden)" if grid.hidden else ""
    lines = [f"{printable(place)}{hidden}: taken for {seen.table}; {seen.rows} rows below row {seen.row}"]
    if not seen.sure:
        # What stands there may be a resident's data, so it is not shown.
        lines.append("  no row has headings that are known; --write FILE lists those of the likeliest row")
        return lines
    use = {at: (name, HOW.get(understood.how[name], "mapping")) for name, at in understood.positions.items()}
    use |= {at: (name, "column of another table") for name, at in seen.beside.items()}
    use |= {at: (f"{name}?", "choose one") for name, found in understood.ambiguous.items() for at in found}
    use |= dict.fromkeys(understood.ignored, ("-", "ignored by the mapping"))
    use |= dict.fromkeys(seen.left, ("-", "not used"))
    table = [("heading", "column", "how", "filled cells")]
    table += [(printable(seen.headings[at]), *use[at], str(seen.filled[at])) for at in sorted(use)]
    width = [max(len(row[at]) for row in table) for at in range(3)]
    lines += [
        f"  {row[0]:<{width[0]}}  {row[1]:<{width[1]}}  {row[2]:<{width[2]}}  {row[3]:>12}".rstrip() for row in table
    ]
    for name, found in understood.ambiguous.items():
        lines.append(f"  {name} could be {_or([printable(seen.headings[at]) for at in found])}: say which in a mapping")
    absent = [
        name for name in tables.INPUT[seen.table].columns if name not in understood.positions | understood.ambiguous
    ]
    if absent:
        lines.append(f"  not found: {', '.join(absent)}")
    return lines


def _or(headings: Sequence[str]) -> str:
    quoted = [f"'{heading}'" for heading in headings]
    return f"{', '.join(quoted[:-1])} or {quoted[-1]}"


def _written(
    write: Path | None, source: Path, sheets: Sequence[Seen], unused: Sequence[str], mapping: Mapping | None
) -> None:
    """Writes the mapping, where one is asked for."""
    if write is None:
        return
    single = len(sheets) == 1 and not sheets[0].grid.sheet and source.is_file()
    text = mapping_text(source, sections(sheets, not single), unused, mapping.date_order if mapping else "")
    try:
        write.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(f"{write} cannot be written: {error.strerror}.") from error
    click.echo(f"Wrote {write}. Edit it, and give it with --mapping {write}.")


def sections(sheets: Sequence[Seen], with_sources: bool) -> dict[str, Section]:
    """What a mapping says that understands the sheets as they are understood.

    Args:
        sheets: as seen.
        with_sources: whether it names the sheets or files of each table.
    """
    found: dict[str, Section] = {}
    for seen in sheets:
        section = found.setdefault(seen.table, Section())
        section.beside = False
        understood, headings = seen.understood, seen.headings
        if with_sources:
            section.sources.append(seen.grid.sheet or seen.grid.file)
        for name, at in understood.positions.items():
            section.columns[name] = once([*section.columns.get(name, []), headings[at]])
        for name, places in understood.ambiguous.items():
            section.choices[name] = once([*section.choices.get(name, []), *(headings[at] for at in places)])
        section.left = once([*section.left, *(headings[at] for at in seen.left)])
        section.ignored = once([*section.ignored, *(headings[at] for at in understood.ignored)])
        for column, at in seen.beside.items():
            table, _, name = column.partition(".")
            if table == "patients":
                other = found.setdefault(table, Section())
                other.columns.setdefault(name, [headings[at]])
    for section in found.values():
        mapped = {heading for headings in section.columns.values() for heading in headings}
        section.left = [heading for heading in section.left if heading not in mapped]
    return found
