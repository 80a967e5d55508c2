"""One part of a review: what it is reviewed with, and what it gives back."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any

import numpy as np
import pandas as pd

from pipeline import __version__, buckets, table_files
from pipeline.assess import assess
from pipeline.errors import InputError
from pipeline.judge.once import Once
from pipeline.parts import Range
from pipeline.places import Place, below
from pipeline.review import Review
from pipeline.rulebook.compile import rulebook
from pipeline.rulebook.rules import Rulebook
from pipeline.source.raw import Source

# Tables that are put together of all parts; the others are the parts one after the other.
_TOGETHER = ("rejected", "unrecognised", "measures")
SLICE = 2_000_000  # rows of an input table whose rejected cells are put in order at a time


@dataclass(frozen=True)
class Job:
    """What every part is reviewed with: `as_of`, `reference`, `date_order`, `low_priority`, `codes` and `names` as
    `run.review` takes them. `folder`, `format`: where tables are written, and as what. `reference_hash`, `version`: of
    the program that shares out the work. `left_out`: tables that are not written."""

    as_of: date
    reference: Path | None
    date_order: str
    low_priority: bool
    codes: pd.DataFrame | None
    names: Mapping[str, str] | None
    folder: Place
    format: str
    reference_hash: str
    left_out: tuple[str, ...]
    version: str = __version__

    @property
    def work(self) -> Place:
        """A folder for what is thrown away at the end."""
        return below(self.folder, ".work")

    def book(self) -> Rulebook:
        """The rulebook.

        Raises:
            InputError: this worker has another program or reference than the one that shares out the work.
        """
        book = rulebook(self.reference)
        if (book.reference.hash, __version__) != (self.reference_hash, self.version):
            raise InputError(
                "A worker has another version of medreview or of the reference, or the reference was changed while the "
                "review ran. Install the same on every worker, and run again."
            )
        return book

    def measures(self) -> list[str]:
        """The names of the measures of the reference."""
        return list(dict.fromkeys(self.book().reference.tables["measures"]["measure"]))


@dataclass(frozen=True)
class Told:
    """What a part gives back besides the tables that it wrote: the counts of its manifest, and what only all parts
    together can tell."""

    manifest: dict
    once: Once
    ingredients: frozenset[str]
    unrecognised: pd.DataFrame
    seconds: Counter[str]


def review_part(
    job: Job, slices: Mapping[str, int], one: Range, load: Callable[[Range, Any], Source], held: Any
) -> Told:
    """Reviews one part and writes its part of each table.

    Args:
        job: what it is reviewed with.
        slices: input table → into how many slices of its rows the rejected cells are dealt.
        one: the part.
        load: gives its tables.
        held: from what.
    """
    seconds: Counter[str] = Counter()
    book = job.book()
    with _timed("read", seconds):
        source = load(one, held)
    done = assess(
        source, book, job.as_of,
        date_order=job.date_order, low_priority=job.low_priority, codes=job.codes, names=job.names,
        part=True, with_changes="changes" not in job.left_out, stage=partial(_timed, seconds=seconds),
    )  # fmt: skip
    with _timed("report", seconds):
        _write(done, job, slices, one.number)
    manifest = {name: done.manifest[name] for name in done.manifest if name != "seconds"}
    told = done.limits["patient_id"] != ""
    manifest["not_assessable"] = int(done.limits.loc[told, "rules"].sum())
    manifest["problems"] = len(done.problems)
    return Told(manifest, done.once, done.ingredients, done.unrecognised, seconds)


def _write(done: Review, job: Job, slices: Mapping[str, int], number: int) -> None:
    tables = table_files.tables_of(done, job.left_out)
    own = tables["not_assessed"]
    tables["not_assessed"] = own[own["patient_id"] != ""]
    for name, frame in tables.items():
        if name not in _TOGETHER:
            # Part 0 of a table is what is said of the whole.
            table_files.write_part(frame, name, number + 1, job.folder, job.format)
    kinds = job.measures()
    of = done.measures["measure"].map({name: at for at, name in enumerate(kinds)}).to_numpy(np.int64)
    counts = done.measures.drop(columns=["rate", "ci_low", "ci_high"])
    buckets.deal(counts, of, len(kinds), work_file(job, "measures", number))
    cells = done.rejected
    first = dict(zip(slices, np.cumsum([0, *slices.values()]), strict=False))
    slice_of = [
        first[table] + min(at // SLICE, slices[table] - 1)
        for table, at in zip(cells["table"], cells.get("at", ()), strict=True)
    ]
    cells = cells.reindex(columns=[*tables["rejected"].columns, "at"])
    buckets.deal(
        cells.astype({**dict.fromkeys(tables["rejected"].columns, "str"), "at": "int64"}),
        np.array(slice_of, dtype=np.int64), sum(slices.values()), work_file(job, "rejected", number),
    )  # fmt: skip


def work_file(job: Job, table: str, number: int) -> Place:
    return below(job.work, table, f"{number:05}.arrow")


@contextmanager
def _timed(name: str, seconds: Counter[str]) -> Iterator[None]:
    started = perf_counter()
    yield
    seconds[name] += perf_counter() - started  # type: ignore[assignment]
