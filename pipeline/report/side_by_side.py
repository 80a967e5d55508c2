"""The reports of many residents, written by all cores at once while this process goes on with the population workbook.

Each process gets the rows of its own residents. A home of a hundred is written here: starting processes would take
longer than they save.
"""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from multiprocessing import get_context
from pathlib import Path

from pipeline.history.trend import Trend
from pipeline.report import patient
from pipeline.review import Review

_FEWEST = 250
_PORTION = 250
_BY_RESIDENT = ("patients", "medications", "findings", "problems", "scales", "changes", "responses")


@contextmanager
def writing(review: Review, folder: Path, names: Mapping[str, str]) -> Iterator[None]:
    """Writes the report of every resident while the block runs, and ends when both are done.

    Args:
        review: the finished review.
        folder: where the reports go.
        names: the file name of each resident's id, without its suffix.

    Raises:
        OSError: a report could not be written.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if cores < 2 or len(names) < _FEWEST:
        _write(review, folder, names)
        yield
        return
    # Not forked: the libraries that read and compute have threads of their own, which a fork would leave half alive.
    pool = ProcessPoolExecutor(cores, mp_context=get_context("spawn"))
    try:
        ids = sorted(names)
        portions = [ids[start : start + _PORTION] for start in range(0, len(ids), _PORTION)]
        parts = ((_of(review, set(some)), folder, {one: names[one] for one in some}) for some in portions)
        running = [pool.submit(_write, *part) for part in parts]
        yield
        for one in running:
            one.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _write(review: Review, folder: Path, names: Mapping[str, str]) -> None:
    patient.write_all(review, folder, lambda patient_id: f"{names[patient_id]}.xlsx")


def _of(review: Review, ids: set[str]) -> Review:
    """The review as the reports of these residents need it."""
    tables = {name: getattr(review, name) for name in _BY_RESIDENT}
    own = {name: table[table["patient_id"].isin(ids)] for name, table in tables.items()}
    limits = review.limits[review.limits["patient_id"].isin({*ids, ""})]
    others = ("held_back", "rejected", "unrecognised", "measures", "ageing", "rules_accepted")
    empty = {name: getattr(review, name).iloc[:0] for name in others}
    return replace(review, **own, **empty, limits=limits, trend=Trend(), snapshot=None)
