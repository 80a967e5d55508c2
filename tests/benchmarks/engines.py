"""How long a whole review takes on each engine, and how much memory, from ten thousand residents to ten million.

Made-up nations (`tests.benchmarks.nation`) as Parquet go in, every check is made, all tables come out as Parquet. Each
review is a program of its own; its memory is that of all its processes together at the worst moment, shared pages
counted in each. Processor seconds are those of all processes, and hold on a machine that others use too. Needs the
extra `dask`. Run from the repository:

    python -m tests.benchmarks.engines            # 10 k, 100 k and 1 M residents
    python -m tests.benchmarks.engines --small    # 2 k and 10 k, under two minutes
    python -m tests.benchmarks.engines --large    # 10 M as well
"""

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import psutil
import pyarrow.parquet as pq

from tests.benchmarks import nation
from tests.benchmarks.machine import described

ENGINES = {"local": (), "processes 2": ("processes", "--workers", "2"), "dask 2": ("dask", "--workers", "2")}
_MOST_LOCAL = 1_000_000  # residents; one process alone would take hours for more
_PROGRAM = "from pipeline.cli import main; main()"


def reviewed(source: Path, out: Path, engine: tuple[str, ...]) -> tuple[float, float, int]:
    """Seconds of a review from start to end, processor seconds, and the most bytes that its processes held together."""
    words = ["review", source, "--out", out, "--as-of", nation.TODAY, "--only", "findings", "--format", "parquet"]
    options = [*(("--engine", *engine) if engine else ()), "--quiet"]
    start, before = time.perf_counter(), _worked()
    running = subprocess.Popen([sys.executable, "-c", _PROGRAM, *map(str, words), *options])
    program, most = psutil.Process(running.pid), 0
    while running.poll() is None:
        most = max(most, _held(program))
        time.sleep(0.05)
    if running.returncode:
        raise click.ClickException(f"the review ended with status {running.returncode}")
    return time.perf_counter() - start, _worked() - before, most


def _worked() -> float:
    """Processor seconds of the programs that have ended, with all the processes that they started."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _held(program: psutil.Process) -> int:
    total = 0
    try:
        for one in (program, *program.children(recursive=True)):
            try:
                total += one.memory_info().rss
            except psutil.NoSuchProcess:
                continue
    except psutil.NoSuchProcess:
        return 0
    return total


@click.command()
@click.option("--small", is_flag=True, help="2 k and 10 k residents.")
@click.option("--large", is_flag=True, help="10 M residents as well, without the local engine.")
@click.option("--engine", "engines", multiple=True, type=click.Choice(list(ENGINES)), help="These engines alone.")
@click.option("--residents", "sizes", multiple=True, type=int, help="These sizes alone.")
@click.option("--folder", type=click.Path(path_type=Path), help="Where nations are kept between runs.")
def main(small: bool, large: bool, engines: tuple[str, ...], sizes: tuple[int, ...], folder: Path | None) -> None:
    """Prints one line for each size and engine."""
    chosen = sizes or ((2_000, 10_000) if small else (10_000, 100_000, 1_000_000, *((10_000_000,) if large else ())))
    click.echo(described("dask"))
    click.echo(
        "| residents | orders | engine | seconds | processor s | residents a second | peak memory MB | findings |"
    )
    click.echo("|---|---|---|---|---|---|---|---|")
    with TemporaryDirectory() as temporary:
        for residents in chosen:
            source = (folder or Path(temporary)) / f"nation-{residents}"
            if not source.exists():
                nation.write(source, residents)
            orders = sum(pq.read_metadata(part).num_rows for part in (source / "medications").iterdir())
            for name in engines or ENGINES:
                if name == "local" and residents > _MOST_LOCAL:
                    continue
                out = Path(temporary) / "out"
                seconds, worked, most = reviewed(source, out, ENGINES[name])
                findings = json.loads((out / "run.json").read_text(encoding="utf-8"))["findings"]
                speed = f"{seconds:.1f} | {worked:.1f} | {residents / seconds:,.0f}"
                click.echo(f"| {residents:,} | {orders:,} | {name} | {speed} | {most / 1e6:,.0f} | {findings:,} |")


if __name__ == "__main__":
    main()
