"""One input path, whatever it is, as raw tables."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError
from pipeline.places import Place, children, name_of
from pipeline.source import delimited, flat, grids, parquet, parts
from pipeline.source.grids import Grid
from pipeline.source.headers import Heads, fits, heads, is_weak_name, raw_table, table_of_headings, table_of_name
from pipeline.source.mapping import Mapping
from pipeline.source.raw import RawTable, Source, with_whole_ids


def read(path: Place, mapping: Mapping | None = None) -> Source:
    """The tables of a workbook, of one CSV or Parquet file (medications alone), or of a folder of such files.

    Args:
        path: the file or folder, `-` for CSV on standard input, or the address of Parquet.
        mapping: which sheets and headings are which tables and columns, as a person wrote it.

    Raises:
        InputError: there is no such file, it is not what its name says, or it lacks the medications or a needed column.
    """
    try:
        source = _read(path, mapping)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Check its name and its permissions.") from error
    if "medications" not in source.tables:
        folder = isinstance(path, str) or path.is_dir()
        holder = "the file `medications.csv` or `medications.parquet`" if folder else "its sheet `medications`"
        raise InputError(
            f"{path} has no table of medications. Name {holder}, with the headings patient_id and drug. "
            f"Seen and not used: {', '.join(source.unused) or 'nothing'}."
        )
    medications = source.tables["medications"]
    if medications.frame.empty:
        raise InputError(
            f"{medications.place}: the medications table has headings but no rows. Check that the export has finished."
        )
    return source


def _read(path: Place, mapping: Mapping | None) -> Source:
    found = _Found(mapping)
    digest = _fill(path, found)
    if mapping:
        mapping.check_sources(found.seen, name_of(path))
    found.settle()
    whole = flat.split({table: parts.joined(raws) for table, raws in found.tables.items()})
    if mapping:
        mapping.check_columns(whole)
    return Source(whole, tuple(found.unused), digest)


def survey(path: Place, mapping: Mapping | None = None) -> tuple[list[tuple[Grid, str]], list[str]]:
    """Each sheet or file with the table that it is taken for, whatever its headings lack; and those not used.

    Raises:
        InputError: a file cannot be read at all.
    """
    found = _Survey(mapping)
    try:
        _fill(path, found)
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Check its name and its permissions.") from error
    return found.taken, found.unused


def parquet_tables(path: Place, mapping: Mapping | None = None) -> "tuple[Source, dict[str, Pieces]] | None":
    """The tables of an input of Parquet alone, none of whose rows are read: they can be read in pieces.

    Returns:
        A source whose tables have no rows, and each table's pieces; None where the tables must be read as a whole:
        other formats, headings that stand among the rows, columns of one table beside those of another.

    Raises:
        InputError: a file is damaged, or a heading of the mapping is not there.
    """
    if isinstance(path, Path) and not _is_parquet(path):
        return None
    found = _Survey(mapping)
    _fill(path, found)
    tables = [table for _, table in found.taken]
    if "medications" not in tables or len(set(tables)) < len(tables):
        return None
    if mapping:
        mapping.check_sources(found.seen, name_of(path))
    empty, pieces = {}, {}
    for grid, table in found.taken:
        if not isinstance(grid.rows, parquet.Rows):
            return None
        understood = heads(grid.rows, table, grid.file, mapping)
        if understood.row or any("." in column for column in understood.positions):
            return None
        empty[table] = parquet.without_rows(grid.rows, table, understood)
        pieces[table] = Pieces(understood, grid.rows.pieces())
    if mapping:
        mapping.check_columns(empty)
    return Source(empty, tuple(found.unused)), pieces


@dataclass(frozen=True)
class Pieces:
    """A Parquet table in pieces. `heads`: its headings. `pieces`: in the order of its rows."""

    heads: Heads
    pieces: list[parquet.Piece]


def _is_parquet(path: Path) -> bool:
    if path == grids.STANDARD_INPUT or not path.exists():
        return False
    if path.is_dir():
        told = [entry for entry in grids.entries(path) if grids.is_workbook(entry) or grids.is_single(entry)]
        return bool(told) and all(entry.is_dir() or entry.suffix.lower() in grids.PARQUET for entry in told)
    return path.suffix.lower() in grids.PARQUET


def _fill(path: Place, found: "_Found") -> str:
    """Adds everything at the path; gives the digest of what cannot be read again, or an empty text."""
    mapping = found.mapping
    digest = ""
    if isinstance(path, str):
        _address(path, found)
    elif path == grids.STANDARD_INPUT:
        data = grids.standard_input()
        digest = hashlib.sha256(data).hexdigest()
        found.add(grids.from_bytes(data, delimited.STANDARD_INPUT, "medications", mapping), "medications")
    elif not path.exists():
        raise InputError(f"There is no file or folder {path}. Check the path.")
    elif path.is_dir():
        _folder(path, found)
    elif grids.is_workbook(path):
        _workbook(path, found)
    else:
        found.add(grids.single(path, "medications", mapping), "medications")
    return digest


class _Found:
    """What has been read so far: the parts of each table, and the sheets and files that none of them needed."""

    def __init__(self, mapping: Mapping | None) -> None:
        self.mapping = mapping
        self.tables: dict[str, list[RawTable]] = {}
        self.unused: list[str] = []
        self.seen: list[str] = []
        self._hidden: list[tuple[Grid, str]] = []

    def add(self, grid: Grid, table: str) -> None:
        """Reads a grid as a part of the table; a hidden sheet waits until it is known what the others hold."""
        if grid.hidden:
            self._hidden.append((grid, table))
        else:
            self._read(grid, table)

    def _read(self, grid: Grid, table: str) -> None:
        raw = parquet.raw_table(grid.rows, table, self.mapping) if isinstance(grid.rows, parquet.Rows) else None
        raw = raw or raw_table(grid.rows, table, grid.file, grid.sheet, grid.malformed, self.mapping)
        with_whole_ids(raw.frame)
        self.tables.setdefault(table, []).append(raw)

    def settle(self) -> None:
        """Decides on what only the whole can tell: hidden sheets, and orders that have ended at a time not said."""
        # A hidden sheet is mostly an old list; it counts only where no sheet that can be seen holds its table.
        visible = set(self.tables)
        for grid, table in self._hidden:
            if table in visible:
                self.unused.append(f"{_named(grid)} (hidden)")
            else:
                self._read(grid, table)
        orders = self.tables.get("medications", [])
        current = [raw for raw in orders if not parts.has_ended(raw)]
        if current and len(current) < len(orders):
            self.tables["medications"] = current
            ended = [raw for raw in orders if parts.has_ended(raw)]
            self.unused += [f"{_named(raw)} (orders that have ended, without a stop date)" for raw in ended]


class _Survey(_Found):
    """What would be read: the sheets and files with their tables, none of them read as a table."""

    def __init__(self, mapping: Mapping | None) -> None:
        super().__init__(mapping)
        self.taken: list[tuple[Grid, str]] = []

    def add(self, grid: Grid, table: str) -> None:
        """Notes the grid and its table."""
        self.taken.append((grid, table))
        self.tables.setdefault(table, [])


def _named(part: Grid | RawTable) -> str:
    return f"sheet '{part.sheet}'" if part.sheet else part.file


def _workbook(path: Path, found: _Found, *, in_folder: bool = False) -> None:
    """The sheets of a workbook, each told by its name, else (in a folder) by that of the file, else by its headings."""
    mapping = found.mapping
    mapped_patients = mapping is not None and "patients" in mapping.tables and mapping.tables["patients"].sources
    doubtful: list[tuple[Grid, str]] = []
    for grid in grids.workbook(path):
        found.seen.append(grid.name)
        named = table_of_name(grid.name, mapping)
        if named and is_weak_name(grid.name) and not fits(grid.rows, named, mapping):
            named = None
        if named is None:
            named = (_spoken_of(path.stem, grid.rows, mapping) if in_folder else None) or _spoken_of(
                grid.name, grid.rows, mapping
            )
        like = table_of_headings(grid.rows, mapping)
        if not (named or like) or not any(any(cell != "" for cell in row) for row in grid.rows):
            found.unused.append(_idle(path, grid, in_folder))
        elif like and (named is None or (named == "patients" and like == "medications" and not mapped_patients)):
            doubtful.append((grid, like))
        elif named:
            found.add(grid, named)
    told = set(found.tables)
    for grid, table in doubtful:
        if table_of_name(grid.name, mapping) == "patients" and table in told:
            # A list of residents that names their medicines is a list of orders, unless there is one.
            found.add(grid, "patients")
        elif table in told and table != "medications":
            # What has a patient and a code may be anything; where a sheet is called so, it is the one.
            found.unused.append(_idle(path, grid, in_folder))
        else:
            found.add(grid, table)


def _idle(path: Path, grid: Grid, in_folder: bool) -> str:
    """How a sheet that nothing uses is named."""
    empty = not any(any(cell != "" for cell in row) for row in grid.rows)
    return (f"{path.name}, " if in_folder else "") + f"sheet '{grid.sheet}'" + (" (empty)" if empty else "")


def _folder(path: Path, found: _Found) -> None:
    """The files of a folder, told by their names; where no name speaks of medications, by their headings."""
    mapping = found.mapping
    left: list[Path] = []
    for entry in grids.entries(path):
        found.seen.append(entry.stem if entry.is_file() else entry.name)
        if entry.is_file() and grids.is_workbook(entry):
            _workbook(entry, found, in_folder=True)
            continue
        if not grids.is_single(entry):
            found.unused.append(entry.name)
            continue
        name = entry.stem if entry.is_file() else entry.name
        table = table_of_name(name, mapping)
        if table and is_weak_name(name) and not fits(grids.head(entry, mapping), table, mapping):
            table = None
        if table is None and entry.is_file():
            table = _spoken_of(name, grids.head(entry, mapping), mapping)
        if table is None:
            left.append(entry)
        else:
            found.add(grids.single(entry, table, mapping), table)
    for entry in left:
        found.unused.append(entry.name)
    if "medications" not in found.tables:
        for entry in left:
            # Only orders are told by headings alone: what has a patient and a code may be anything.
            if entry.is_file() and table_of_headings(grids.head(entry, mapping), mapping) == "medications":
                found.add(grids.single(entry, "medications", mapping), "medications")
                found.unused.remove(entry.name)


def _address(address: str, found: _Found) -> None:
    """One Parquet file, or the Parquet of a folder, told by its names."""
    entries = children(address)
    if not entries:
        found.add(Grid(name_of(address), "", parquet.Rows(address)), "medications")
    for entry in entries:
        name = grids.stem(name_of(entry))
        found.seen.append(name)
        table = table_of_name(name, found.mapping)
        if table is None or (is_weak_name(name) and not fits(parquet.head(entry), table, found.mapping)):
            found.unused.append(name_of(entry))
        else:
            found.add(Grid(name_of(entry), "", parquet.Rows(entry)), table)


def _spoken_of(name: str, rows: Sequence[Sequence[object]], mapping: Mapping | None) -> str | None:
    """The table that a name begins or ends with, if the headings are those of that table.

    Where the mapping names the sheets or files of a table, no other one holds it.
    """
    table, _ = parts.table_in_name(name) or (None, "")
    named = mapping.tables.get(table) if mapping and table else None
    return table if table and not (named and named.sources) and fits(rows, table, mapping) else None
