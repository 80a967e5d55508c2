"""An input as parts: ranges of patient ids, in every table the rows of the same residents.

Where the parts are cut depends on the input alone, so that results do not depend on who works on them.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline import buckets
from pipeline.places import Place
from pipeline.source.parquet import Piece
from pipeline.source.raw import RawTable, Source, Whole
from pipeline.source.reader import Pieces
from pipeline.whole import Evidence

ORDERS = 500_000  # so many orders make a part, some 50,000 residents: 1.5 GB, and little is done again for each
_MARKS = 50  # a part is cut to within a fiftieth of that
_ALIKE = 4  # parts are of one size, and as many as two or four workers share out evenly
# Above that many times the rows of the input, reading the row groups of each part is dearer than sorting them first.
_READ_AGAIN = 4
ROW, BAD, PART = "row", "bad", "part"


def marked_every(orders: int) -> int:
    """How many rows a mark of the evidence stands for, when a part has so many orders."""
    return max(orders // _MARKS, 1)


def cuts(orders: Sequence[Evidence], size: int) -> list[str]:
    """The patient ids at which a new part begins.

    Args:
        orders: the evidence of the pieces of the medications.
        size: so many orders a part has at most, by as much as marks tell.
    """
    marks = sorted(mark for piece in orders for mark in piece.marks)
    count = -(-len(marks) // max(size // marked_every(size), 1))
    if count > 1:
        count = -(-count // _ALIKE) * _ALIKE
    return sorted({marks[len(marks) * at // count] for at in range(1, count)})


@dataclass(frozen=True)
class Range:
    """A part of the residents. `number`: from 0 on. `low`: the first id, empty of the first part. `high`: the id where
    the next part begins, None of the last."""

    number: int
    low: str
    high: str | None

    def has(self, ids: pd.Series) -> np.ndarray:
        """Which of the ids lie in it."""
        mine = (ids >= self.low).to_numpy(dtype=bool)
        return mine if self.high is None else mine & (ids < self.high).to_numpy(dtype=bool)

    def meets(self, piece: Evidence) -> bool:
        """Whether a piece may have rows of it."""
        return (
            piece.low is not None
            and piece.high is not None
            and piece.high >= self.low
            and (self.high is None or piece.low < self.high)
        )


def ranges(cut_at: Sequence[str]) -> list[Range]:
    """The parts between the cuts."""
    return [Range(n, low, high) for n, (low, high) in enumerate(zip(["", *cut_at], [*cut_at, None], strict=True))]


def part_of(ids: pd.Series, cut_at: Sequence[str]) -> np.ndarray:
    """Of each patient id the number of its part."""
    code, distinct = pd.factorize(ids)
    return np.array([bisect_right(cut_at, text) for text in distinct], dtype=np.int64)[code]


def cut(source: Source, cut_at: Sequence[str], wholes: Mapping[str, Whole]) -> Iterator[Source]:
    """A source that is read as a whole, part by part."""
    places = {table: part_of(raw.frame["patient_id"], cut_at) for table, raw in source.tables.items()}
    whole = {table: replace(raw, whole=wholes[table]) for table, raw in source.tables.items()}
    for number in range(len(cut_at) + 1):
        yield replace(source, tables={table: _only(raw, places[table] == number) for table, raw in whole.items()})


def _only(raw: RawTable, mine: np.ndarray) -> RawTable:
    frame = raw.frame[mine]
    bad_rows = {row: reason for row, reason in raw.bad_rows.items() if row in frame.index}
    bad_cells = {cell: reason for cell, reason in raw.bad_cells.items() if cell[0] in frame.index}
    labels = raw.labels
    if labels is not None:
        first = pd.Index(list(raw.whole.first_rows.values()) if raw.whole else [], dtype="int64")
        labels = labels.loc[frame.index.union(first)]
    return replace(raw, frame=frame, bad_rows=bad_rows, bad_cells=bad_cells, labels=labels)


def is_in_order(found: Mapping[str, Sequence[Evidence]], all_ranges: Sequence[Range]) -> bool:
    """Whether the rows lie so that each part can be read from some of the pieces."""
    total = sum(piece.rows for pieces in found.values() for piece in pieces)
    read = sum(piece.rows for pieces in found.values() for piece in pieces for one in all_ranges if one.meets(piece))
    return read <= _READ_AGAIN * total


@dataclass(frozen=True)
class Reader:
    """How the pieces of a Parquet table are read. `empty`: the table without rows. `fractions`: the id columns whose
    `.0` is to be taken away."""

    empty: RawTable
    found: Pieces
    fractions: frozenset[str] = frozenset()

    @property
    def alone(self) -> "Reader":
        """The reader without the list of all pieces, to be sent with one of them."""
        return replace(self, found=replace(self.found, pieces=[]))

    def raw(self, piece: Piece, only: Sequence[str] | None = None) -> RawTable:
        """The rows of a piece; of these columns alone, then with rows that are none."""
        frame, bad_rows = piece.raw(self.found.heads, only)
        for column in self.fractions & set(frame.columns):
            frame[column] = frame[column].str.removesuffix(".0")
        return replace(self.empty, frame=frame, bad_rows=bad_rows)

    def exchanged(self, piece: Piece, cut_at: Sequence[str]) -> pd.DataFrame:
        """The rows of a piece with their number, why they are none, and their part."""
        raw = self.raw(piece)
        bad = pd.Series(raw.bad_rows, index=pd.Index(list(raw.bad_rows), dtype="int64"), dtype="str")
        bad = bad.reindex(raw.frame.index).fillna("").astype("str")
        part = part_of(raw.frame["patient_id"], cut_at)
        whole = raw.frame.assign(**{ROW: raw.frame.index.to_numpy(), BAD: bad, PART: part})
        return whole.reset_index(drop=True)

    def rows_like(self) -> pd.DataFrame:
        """What `exchanged` gives, without rows."""
        kinds = {**dict.fromkeys(self.empty.frame.columns, "str"), ROW: "int64", BAD: "str", PART: "int64"}
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in kinds.items()})

    def put_together(self, rows: pd.DataFrame) -> RawTable:
        """The table of a part from exchanged rows, in the order of the source."""
        frame = rows.sort_values(ROW, kind="stable").set_index(ROW).rename_axis("row")
        told = frame.loc[frame[BAD] != "", BAD]
        bad_rows = {int(row): str(reason) for row, reason in told.items()}
        return replace(self.empty, frame=frame[list(self.empty.frame.columns)], bad_rows=bad_rows)


@dataclass(frozen=True)
class Loader:
    """How a part of a Parquet input is read. `empty`: the input without rows; `readers`, `wholes`: of each table."""

    empty: Source
    readers: Mapping[str, Reader]
    wholes: Mapping[str, Whole]

    def from_pieces(self, one: Range, pieces: Mapping[str, Sequence[Piece]]) -> Source:
        """From the pieces that may have rows of the part."""
        found = {}
        for table, reader in self.readers.items():
            frames = [reader.empty.frame]
            bad_rows: dict[int, str] = {}
            for piece in pieces[table]:
                raw = reader.raw(piece)
                frame = raw.frame[one.has(raw.frame["patient_id"])]
                frames.append(frame)
                bad_rows |= {row: reason for row, reason in raw.bad_rows.items() if row in frame.index}
            found[table] = replace(reader.empty, frame=pd.concat(frames), bad_rows=bad_rows)
        return self._source(found)

    def from_buckets(self, one: Range, dealt: Mapping[str, Sequence[Place]]) -> Source:
        """From files that rows were dealt to."""
        return self.from_rows(one, {table: buckets.gather(places, one.number) for table, places in dealt.items()})

    def from_rows(self, one: Range, rows: Mapping[str, pd.DataFrame]) -> Source:
        """From rows that were brought together."""
        return self._source({table: self.readers[table].put_together(found) for table, found in rows.items()})

    def _source(self, found: Mapping[str, RawTable]) -> Source:
        tables = {table: replace(raw, whole=self.wholes[table]) for table, raw in found.items()}
        return replace(self.empty, tables=tables)


def as_cut(one: Range, source: Source) -> Source:
    """A part that was cut from an input read as a whole."""
    return source
