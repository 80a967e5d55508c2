"""Reviews on a Dask cluster of worker processes: the same bytes, also when a worker is lost or lacks memory."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.command import program
from tests.inputs import DAY, tree, write_folder
from tests.test_in_parts import PART, damaged, reviewed
from tests.town import shuffled, town, write_parquet

pytestmark = pytest.mark.cluster


@contextmanager
def cluster(workers: int, **options: Any) -> Iterator[Any]:
    """A cluster that runs before the review and after it, as one of several machines would."""
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=workers, threads_per_worker=1, processes=True, dashboard_address="127.0.0.1:0", **options
    ) as started:
        yield started


@pytest.fixture(scope="module")
def running() -> Iterator[Any]:
    with cluster(2) as started:
        yield started


def _in_background(act: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=act, daemon=True)
    thread.start()
    return thread


def test_a_cluster_gives_the_same_bytes(running: Any, tmp_path: Path) -> None:
    source = write_folder(tmp_path / "town", town())
    alone = reviewed(source, tmp_path / "alone")
    address = running.scheduler_address
    assert reviewed(source, tmp_path / "out", engine="dask", scheduler=address, orders=PART) == alone


def test_a_worker_that_is_killed_in_the_middle_is_made_up_for(tmp_path: Path) -> None:
    """Of Parquet that is not sorted by resident, whose rows Dask brings together."""
    source = write_parquet(tmp_path / "town", shuffled(town()))
    alone = reviewed(source, tmp_path / "alone")
    killed = []

    def kill() -> None:
        while not list((tmp_path / ".out.partial" / ".parts").glob("findings/*")):
            time.sleep(0.01)
        nanny = next(iter(started.workers.values()))
        killed.append(nanny.pid)
        os.kill(nanny.pid, signal.SIGKILL)

    with cluster(2) as started:
        thread = _in_background(kill)
        found = reviewed(source, tmp_path / "out", engine="dask", scheduler=started.scheduler_address, orders=15)
        thread.join(timeout=10)
        assert killed and killed[0] not in [nanny.pid for nanny in started.workers.values()]
    assert found == alone


def test_a_worker_with_too_little_memory_spills(tmp_path: Path) -> None:
    """Rows that wait for their part lie on disk when the worker may hold only some hundred kilobytes of them."""
    import dask

    source = write_parquet(tmp_path / "town", shuffled(town(400)), 400)
    alone = reviewed(source, tmp_path / "alone")
    spilled = [0]
    ended = threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            for worker in list(started.scheduler.workers.values()):
                spilled.append(worker.metrics.get("spilled_bytes", {}).get("disk", 0))

    # The target is a share of what the worker manages itself; the worker is not paused or ended for its own size.
    memory = {"target": 0.0001, "spill": False, "pause": False, "terminate": False}
    with (
        dask.config.set({f"distributed.worker.memory.{name}": value for name, value in memory.items()}),
        cluster(1, memory_limit="2GiB") as started,
    ):
        _in_background(watch)
        found = reviewed(source, tmp_path / "out", engine="dask", scheduler=started.scheduler_address, orders=200)
        ended.set()
    assert max(spilled) > 0
    assert found == alone


def test_the_command_starts_its_own_cluster_and_says_when_there_is_none(tmp_path: Path) -> None:
    source = write_parquet(tmp_path / "town", town())
    words = ("review", source, "--as-of", DAY, "--only", "tables", "--engine", "dask", "--quiet", "--out")
    done = program(*words, tmp_path / "out", "--workers", "1")
    assert (done.status, done.out, done.err) == (0, "", "")
    files = tree(tmp_path / "out")
    del files["run.json"], files["ageing.csv"]
    assert files == reviewed(source, tmp_path / "alone")[0]
    at_once = {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "1s"}
    none = program(*words, tmp_path / "none", "--scheduler", "tcp://127.0.0.1:9", **at_once)
    assert none.status == 4 and none.err.startswith("medreview: The Dask scheduler tcp://127.0.0.1:9 cannot be reached")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["alone", "out", "town"]


def test_a_part_that_fails_on_a_cluster_leaves_nothing_behind(running: Any, tmp_path: Path) -> None:
    from pipeline.errors import InputError

    source = damaged(tmp_path)
    with pytest.raises(InputError, match=r"medications\.parquet cannot be read as Parquet"):
        reviewed(source, tmp_path / "out", engine="dask", scheduler=running.scheduler_address, orders=PART)
    assert [path.name for path in tmp_path.iterdir()] == ["town"]
