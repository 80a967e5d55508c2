"""Parquet: a file, or a folder of part files, here or on a file system that fsspec reaches.

Columns become text as whole arrays, and a table may be read in pieces, one row group each: no more of it need be held
than what is worked on.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, overload

from pipeline.errors import InputError
from pipeline.places import arrow_place, name_of
from pipeline.source.column_texts import as_named, counted, texts
from pipeline.source.headers import LOOK_AT, Heads, heads, why_no_row, without_reference
from pipeline.source.mapping import Mapping
from pipeline.source.raw import RawTable
from pipeline.source.report_lines import beginnings

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    import pyarrow.dataset as ds

FIRST_ROW = 2  # the number of the first record, as in a CSV file


class Rows(Sequence[list[object]]):
    """A Parquet table as a grid: the column names, then the records. Only the first rows are read until more are
    asked for."""

    def __init__(self, place: Path | str) -> None:
        """
        Raises:
            InputError: the file is no Parquet, or is damaged.
        """
        self.name = name_of(place)
        with _damaged(self.name):
            self.data = _dataset(place)
            self._first = self._grid(
                self.data.head(LOOK_AT, batch_size=LOOK_AT, fragment_readahead=0, batch_readahead=0)
            )
            self._count = self.data.count_rows() + 1
        self._all: list[list[object]] = []

    def _grid(self, table: "pa.Table") -> list[list[object]]:
        columns = [texts(column).to_pylist() for column in table.columns]
        return [list(self.data.schema.names), *(list(row) for row in zip(*columns, strict=True))]

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> list[object]: ...
    @overload
    def __getitem__(self, at: slice) -> list[list[object]]: ...
    def __getitem__(self, at: int | slice) -> Any:
        stop = at.stop if isinstance(at, slice) else at + 1
        if stop is not None and 0 <= stop <= len(self._first):
            return self._first[at]
        if not self._all:
            with _damaged(self.name):
                self._all = self._grid(self.data.to_table())
        return self._all[at]

    def pieces(self) -> "list[Piece]":
        """The row groups of the table, in the order of its rows."""
        found, number = [], FIRST_ROW
        with _damaged(self.name):
            for fragment in self.data.get_fragments():
                for one in fragment.split_by_row_group():
                    count = sum(group.num_rows for group in one.row_groups)
                    found.append(Piece(self.name, one, self.data.schema, number, count))
                    number += count
        return found


@dataclass(frozen=True)
class Piece:
    """One row group. `file`: as messages name the table. `fragment`, `schema`: for Arrow. `first`: the number of its
    first row. `rows`: how many it has."""

    file: str
    fragment: "ds.ParquetFileFragment"
    schema: "pa.Schema"
    first: int
    rows: int

    def columns(self, names: Sequence[str] | None = None) -> "pa.Table":
        """These columns, or all of them.

        Raises:
            InputError: the file is damaged.
        """
        with _damaged(self.file):
            return self.fragment.to_table(schema=self.schema, columns=None if names is None else list(names))

    def counted(self, found: Heads, names: Sequence[str]) -> "dict[str, pd.Series]":
        """Of each of these columns of the contract how many rows each text has, an empty one too."""
        named = {name: self.schema.names[found.positions[name]] for name in names}
        table = self.columns(list(named.values()))
        with _damaged(self.file):
            counts = {name: counted(column) for name, column in zip(named, table.columns, strict=True)}
        if "patient_id" in counts:
            ids = counts["patient_id"]
            counts["patient_id"] = as_named(ids, without_reference(ids.index.to_series(), found.named["patient_id"]))
        return counts

    def raw(self, found: Heads, only: Sequence[str] | None = None) -> "tuple[pd.DataFrame, dict[int, str]]":
        """The rows as the frame of a RawTable, and those that are none with the reason.

        Args:
            found: the headings of the table.
            only: the columns of the contract that are needed; then no row is left out.
        """
        named = {name: self.schema.names[at] for name, at in found.positions.items() if only is None or name in only}
        return frame(self.columns(list(named.values())).rename_columns(list(named)), found, self, only is None)


def raw_table(rows: Rows, table: str, mapping: Mapping | None = None) -> RawTable | None:
    """A whole Parquet file or folder as a raw table; None where its headings are not the names of its columns.

    Raises:
        InputError: as `headers.heads` does, or the file is damaged.
    """
    import pandas as pd

    found = heads(rows, table, rows.name, mapping)
    if found.row:
        return None
    read = [piece.raw(found) for piece in rows.pieces()]
    bad_rows: dict[int, str] = {}
    for _, bad in read:
        bad_rows |= bad
    empty = without_rows(rows, table, found)
    return replace(empty, frame=pd.concat([empty.frame, *(one for one, _ in read)]), bad_rows=bad_rows)


def without_rows(rows: Rows, table: str, found: Heads) -> RawTable:
    """The table with its headings alone."""
    import pandas as pd

    index = pd.Index([], dtype="int64", name="row")
    frame = pd.DataFrame(columns=list(found.positions), index=index, dtype="str")
    return RawTable(table, rows.name, "", frame, found.named, found.unused)


def frame(table: "pa.Table", found: Heads, piece: Piece, without_empty: bool) -> "tuple[pd.DataFrame, dict[int, str]]":
    """Columns as text, indexed by row number; rows without any text are left out."""
    import numpy as np
    import pandas as pd

    with _damaged(piece.file):
        cells = {name: texts(column) for name, column in zip(table.column_names, table.columns, strict=True)}
    numbers = pd.Index(np.arange(piece.first, piece.first + piece.rows), dtype="int64", name="row")
    whole = pd.DataFrame({name: pd.array(column, dtype="str") for name, column in cells.items()}, index=numbers)
    bad_rows: dict[int, str] = {}
    if without_empty:
        order = sorted(found.positions, key=found.positions.__getitem__)
        doubtful, empty = _doubtful(whole[order], found)
        stays = np.ones(piece.rows, dtype=bool)
        if len(doubtful) or len(empty):
            # Only with the columns that nothing needs can it be told what these rows are.
            every = [texts(column) for column in piece.columns().columns]
            for at in sorted([*doubtful, *empty]):
                cells_of_row = [column[int(at)].as_py() for column in every]
                if not any(cells_of_row):
                    stays[at] = False
                elif reason := why_no_row(cells_of_row, found):
                    bad_rows[int(numbers[at])] = reason
        whole = whole if stays.all() else whole[stays]
    if "patient_id" in whole:
        whole["patient_id"] = without_reference(whole["patient_id"], found.named["patient_id"])
    return whole, bad_rows


def _doubtful(whole: "pd.DataFrame", found: Heads) -> "tuple[np.ndarray, np.ndarray]":
    """The positions of rows that may be a line of a report or repeat the headings, and of those without any text."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    named = found.named
    open_ = np.ones(len(whole), dtype=bool)
    line = np.zeros(len(whole), dtype=bool)
    for name in whole:
        filled = (whole[name] != "").to_numpy(dtype=bool)
        first = filled & open_
        if first.any():
            values = whole[name] if first.all() else whole[name][first]
            distinct = pa.array(values.unique(), pa.large_string())
            begun = [*beginnings(distinct), *distinct.filter(pc.equal(distinct, named[name])).to_pylist()]
            if begun:
                line |= first & whole[name].isin(begun).to_numpy(dtype=bool)
        open_ &= ~filled
        if not open_.any():
            break
    return np.flatnonzero(line), np.flatnonzero(open_)


def head(place: Path | str) -> list[list[object]]:
    """The column names alone.

    Raises:
        InputError: the file is no Parquet, or is damaged.
    """
    with _damaged(name_of(place)):
        return [list(_dataset(place).schema.names)]


@contextmanager
def _damaged(name: str) -> Iterator[None]:
    import pyarrow as pa

    try:
        yield
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        if isinstance(error, PermissionError):
            raise
        raise InputError(
            f"{name} cannot be read as Parquet: it is damaged, cut short, another kind of file under this name, "
            "or a folder whose parts do not have the same columns. Export it again."
        ) from error


def _dataset(place: Path | str) -> "ds.Dataset":
    """The file or folder; what the names of its subfolders say (`unit=007`) is text, or 007 would become 7."""
    import pyarrow as pa
    import pyarrow.dataset as ds

    path, system = arrow_place(place)
    found = ds.dataset(path, format="parquet", partitioning="hive", filesystem=system)
    first = next(found.get_fragments(), None)
    inside: pa.Schema = first.physical_schema if first else pa.schema([])
    # Few texts of a column differ: they are read, and made plain, once each.
    repeated = {one.name for one in inside if pa.types.is_string(one.type) or pa.types.is_large_string(one.type)}
    names = [name for name in found.schema.names if name not in inside.names]
    text = ds.partitioning(pa.schema([(name, pa.string()) for name in names]), flavor="hive") if names else None
    return ds.dataset(
        path, format=ds.ParquetFileFormat(dictionary_columns=repeated), partitioning=text, filesystem=system
    )
