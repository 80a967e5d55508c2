"""Where the parts of a review run: in this process, in processes of this machine, or on a Dask cluster.

An engine maps one function over tasks and gives the results in the order of the tasks. It knows nothing of medicines:
what is computed, and over which parts, is the same whichever it is.
"""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pipeline.errors import PartError, UserError, where

if TYPE_CHECKING:
    import pandas as pd

ENGINES = ("local", "processes", "dask")
LOCAL = "local"
_DASK = "the engine dask needs Dask: install medreview[dask]."


class Local:
    """One task after the other, in this process."""

    workers = 1

    def map(self, function: Callable[..., Any], tasks: Iterable[tuple]) -> Iterator[Any]:
        """The function over the tasks, each the arguments of one call; its errors are raised."""
        _memory_kept()
        for task in tasks:
            yield _result(guarded(function, *task))


class Pooled:
    """Tasks handed to workers, twice as many at a time as there are: a task may hold a part of the input."""

    def __init__(self, submit: Callable[..., Any], workers: Callable[[], int]) -> None:
        self._submit = submit
        self._workers = workers

    @property
    def workers(self) -> int:
        """How many there are now."""
        return max(self._workers(), 1)

    def map(self, function: Callable[..., Any], tasks: Iterable[tuple]) -> Iterator[Any]:
        """The function over the tasks, each the arguments of one call; its errors are raised."""
        waiting: deque[Any] = deque()
        for task in tasks:
            waiting.append(self._submit(guarded, function, *task))
            if len(waiting) >= 2 * self.workers:
                yield _result(waiting.popleft().result())
        while waiting:
            yield _result(waiting.popleft().result())


class Dask(Pooled):
    """The workers of a cluster of Dask, which runs again what is lost with a worker."""

    def __init__(self, client: Any) -> None:
        super().__init__(
            lambda function, *task: client.submit(function, *task, pure=False),
            lambda: sum(client.ncores().values()),
        )
        self._client = client

    def shuffled(
        self, read: Callable[[Any], "pd.DataFrame"], pieces: Sequence[Any], like: "pd.DataFrame", by: str, parts: int
    ) -> list[Any]:
        """The rows of pieces, brought together by a column of their part; for each part a future of its rows.

        Args:
            read: gives the rows of a piece, with the column.
            pieces: of one table.
            like: a frame without rows of the same columns.
            by: the column that numbers the part of each row, from 0 on.
            parts: how many parts there are.
        """
        import dask.dataframe as dd

        frame = dd.from_map(read, list(pieces), meta=like)
        bounds = [*range(parts), parts]
        brought = frame.set_index(by, divisions=bounds, shuffle_method="p2p" if parts > 1 else None)
        return self._client.compute(brought.to_delayed())


Engine = Local | Pooled


@contextmanager
def engine(name: str, workers: int = 0, scheduler: str = "") -> Iterator[Engine]:
    """An engine, and what it needs for as long as the block runs.

    Args:
        name: one of ENGINES.
        workers: how many processes; 0: as many as there are processors.
        scheduler: the address of a running cluster; without one, dask starts its own on this machine.

    Raises:
        UserError: Dask is not installed, the cluster cannot be reached, or workers died.
    """
    if name == "processes":
        with _processes(workers) as pool:
            yield pool
    elif name == "dask":
        with _cluster(workers, scheduler) as client:
            yield Dask(client)
    else:
        yield Local()


@contextmanager
def _processes(workers: int) -> Iterator[Pooled]:
    """Processes that are started anew, not forked: libraries of this one have threads, and a fork of a process with
    threads may hang; it is also what every system can do. They start in two seconds, once."""
    import multiprocessing
    import os
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool

    count = workers or os.cpu_count() or 1
    pool = ProcessPoolExecutor(count, multiprocessing.get_context("spawn"), _set_up)
    try:
        for _ in range(count):  # they start while the caller still prepares the tasks
            pool.submit(os.getpid)
        yield Pooled(pool.submit, lambda: count)
    except BrokenProcessPool as error:
        raise WorkersLostError(
            "A worker process has died, as a rule because memory ran out. Nothing was replaced. "
            "Give fewer --workers, or more memory."
        ) from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _set_up() -> None:
    """Each worker has one processor: Arrow would start as many threads as there are processors."""
    import pyarrow as pa

    import pipeline.part  # noqa: F401  what tasks need

    pa.set_cpu_count(1)
    _memory_kept()


def _memory_kept() -> None:
    """Arrow's own allocator gives memory back to the system and asks for it again, part after part. That of the system
    keeps it and shares it with numpy, which takes a twelfth less time and a fifth less memory."""
    import pyarrow as pa

    pa.set_memory_pool(pa.system_memory_pool())


@contextmanager
def _cluster(workers: int, scheduler: str) -> Iterator[Any]:
    try:
        import dask
        from distributed import Client, KilledWorker, LocalCluster
    except ImportError as error:
        raise WorkersLostError(f"Not available: {_DASK}") from error
    import logging

    # Logs of a cluster quote the arguments of what fails.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    settings = {
        "dataframe.convert-string": True,
        "distributed.worker.multiprocessing-method": "spawn",
        # Dask has its workers give memory back after each array, which takes half as much time again.
        "distributed.nanny.pre-spawn-environ.MALLOC_TRIM_THRESHOLD_": None,
    }
    with dask.config.set(settings):
        own = None
        try:
            if not scheduler:
                own = LocalCluster(
                    n_workers=workers or None, threads_per_worker=1, dashboard_address="127.0.0.1:0",
                    silence_logs=logging.CRITICAL,
                )  # fmt: skip
            with Client(own or scheduler) as client:
                if own is not None:
                    client.run(_set_up)
                yield client
        except KilledWorker as error:
            raise WorkersLostError(
                "Workers of the cluster died again and again at the same part, as a rule because memory ran out. "
                "Nothing was replaced. Give each worker more memory."
            ) from error
        except (OSError, TimeoutError) as error:
            if scheduler and not isinstance(error, UserError):
                raise WorkersLostError(
                    f"The Dask scheduler {scheduler} cannot be reached, or was lost. Nothing was replaced. "
                    "Check --scheduler and that the cluster runs."
                ) from error
            raise
        finally:
            if own is not None:
                own.close()


class WorkersLostError(UserError):
    """The engine cannot be had, or its workers died."""

    exit_status = 4


@dataclass(frozen=True)
class _Failed:
    """What went wrong in a worker: an error of the user's, or where a bug is."""

    error: UserError | None
    bug: str


def guarded(function: Callable[..., Any], *task: Any) -> Any:
    """The result, or what went wrong, as a value: an engine would log an error with the patients' data in it."""
    try:
        return function(*task)
    except UserError as error:
        return _Failed(error, "")
    except Exception as error:
        return _Failed(None, where(error))


def _result(found: Any) -> Any:
    if isinstance(found, _Failed):
        raise found.error or PartError(found.bug)
    return found
