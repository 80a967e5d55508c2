"""How long one waits: a home of 60 from its workbook to findings and to all reports, a check of some drugs, and --help.

Each is a program of its own, timed from its start, imports included; the rulebook is in the user's cache, as after the
first run. The middle of several runs. Run from the repository:

    python -m tests.benchmarks.home
"""

import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from tests.benchmarks.homes import SAMPLE
from tests.benchmarks.machine import described

_PROGRAM = "from pipeline.cli import main; main()"
_REVIEW = ("review", SAMPLE.with_suffix(".xlsx"), "--as-of", "2026-11-01", "--quiet", "--out")


def waited(*words: object) -> tuple[float, float]:
    """Seconds of a run of the program, and processor seconds."""
    before, start = os.times(), time.perf_counter()
    subprocess.run([sys.executable, "-c", _PROGRAM, *map(str, words)], check=True, stdout=subprocess.DEVNULL)
    seconds, after = time.perf_counter() - start, os.times()
    return seconds, sum(after[2:4]) - sum(before[2:4])


@click.command()
@click.option("--times", default=5, show_default=True)
def main(times: int) -> None:
    """Prints how long each takes, and how long it may."""
    click.echo(described())
    click.echo("\n| | seconds | processor s | aim s |")
    click.echo("|---|---|---|---|")
    with TemporaryDirectory() as folder:
        for what, aim, words in (
            ("medreview --help", 0.5, ("--help",)),
            ("medreview check, two drugs", 1.5, ("check", "baclofen 20 mg TID", "Norco 5-325", "--age", 81)),
            ("60 residents, workbook to findings", 3, (*_REVIEW, Path(folder) / "out", "--only", "findings")),
            ("60 residents, all reports", 6, (*_REVIEW, Path(folder) / "out")),
        ):
            waited(*words)
            runs = [waited(*words) for _ in range(times)]
            seconds, processor = (statistics.median(run[at] for run in runs) for at in (0, 1))
            click.echo(f"| {what} | {seconds:.2f} | {processor:.2f} | {aim} |")


if __name__ == "__main__":
    main()
