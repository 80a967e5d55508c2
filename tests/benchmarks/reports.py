"""How long the reports take: a home's full set, the reports of thousands, and a population workbook of many findings.

The sample home is repeated. Run from the repository (`--small` takes a tenth of the residents):

    python -m tests.benchmarks.reports
"""

import os
import platform
import resource
import subprocess
import sys
import time
from datetime import date
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import openpyxl

from pipeline.assess import assess
from pipeline.paths import patient_file_names
from pipeline.report import patient, population, side_by_side
from pipeline.review import Review
from pipeline.rulebook.compile import rulebook
from pipeline.source import read
from tests.benchmarks.homes import repeated

TODAY = date(2026, 11, 1)
_MB = 1024


def _review(copies: int, folder: Path) -> Review:
    repeated(copies, folder)
    return assess(read(folder), rulebook(), TODAY)


def whole_home(copies: int, folder: Path) -> tuple[int, float]:
    """Residents of a home, and the seconds of the command for it, all reports included."""
    residents = repeated(copies, folder / "home")
    start = time.perf_counter()
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "review", folder / "home"]
    options = ["--out", folder / "out", "--as-of", TODAY.isoformat(), "--quiet"]
    subprocess.run([*map(str, command), *map(str, options)], check=True)
    return residents, time.perf_counter() - start


def resident_files(copies: int, folder: Path) -> tuple[int, float, float]:
    """Reports, their seconds in one process, and on all cores."""
    review = _review(copies, folder / "homes")
    names = patient_file_names(review.patients["patient_id"])
    for where in ("one", "all"):
        (folder / where).mkdir()
    start = time.perf_counter()
    patient.write_all(review, folder / "one", lambda patient_id: f"{names[patient_id]}.xlsx")
    between = time.perf_counter()
    with side_by_side.writing(review, folder / "all", names):
        pass
    return len(names), between - start, time.perf_counter() - between


def population_workbook(copies: int, folder: Path) -> tuple[int, float, float, float]:
    """Findings, seconds of the workbook, its size, and how much more memory than the review itself it took, in MB."""
    review = _review(copies, folder / "many")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    start = time.perf_counter()
    population.write(review, folder / "population.xlsx", lambda patient_id: f"patients/{patient_id}.xlsx")
    seconds = time.perf_counter() - start
    more = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    return len(review.findings), seconds, (folder / "population.xlsx").stat().st_size / _MB**2, more / _MB


@click.command()
@click.option("--small", is_flag=True, help="A tenth of the residents.")
def main(small: bool) -> None:
    """Prints what was made and the seconds it took."""
    few = 10 if small else 1
    click.echo(
        f"Python {platform.python_version()}, openpyxl {openpyxl.__version__}, {platform.machine()}, "
        f"{len(os.sched_getaffinity(0))} cores"
    )
    with TemporaryDirectory() as temporary:
        residents, seconds = whole_home(2, Path(temporary))
        click.echo(f"{residents} residents, the whole review with all reports: {seconds:.1f} s")
    with TemporaryDirectory() as temporary:
        reports, one, every = resident_files(84 // few, Path(temporary))
        click.echo(f"{reports} resident reports: {one:.1f} s in one process, {every:.1f} s on all cores")
    # In a process of its own, so that only its own memory is counted.
    with TemporaryDirectory() as temporary, get_context("spawn").Pool(1) as alone:
        findings, seconds, size, more = alone.apply(population_workbook, (515 // few, Path(temporary)))
        click.echo(
            f"population workbook of {findings} findings: {seconds:.1f} s, {size:.0f} MB, {more:.0f} MB of memory"
        )


if __name__ == "__main__":
    main()
