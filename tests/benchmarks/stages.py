"""What the time of one process goes into, stage by stage, for made-up nations of several sizes.

Run from the repository:

    python -m tests.benchmarks.stages
    python -m tests.benchmarks.stages --small
"""

import resource
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from pipeline.assess import assess
from pipeline.rulebook.compile import rulebook
from pipeline.source import read
from tests.benchmarks import nation
from tests.benchmarks.machine import described

STAGES = ("read", "validate", "normalise", "screen", "triage", "measure")


def measured(residents: int) -> dict[str, float]:
    """Processor seconds of each stage, `orders` and `findings`."""
    spent: dict[str, float] = {}

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        start = time.process_time()
        yield
        spent[name] = time.process_time() - start

    with TemporaryDirectory() as folder:
        nation.write(Path(folder), residents)
        with stage("read"):
            source = read(Path(folder))
        review = assess(source, rulebook(), nation.TODAY, stage=stage)
    return spent | {"orders": len(review.medications), "findings": len(review.findings)}


@click.command()
@click.option("--small", is_flag=True, help="2,000 and 10,000 residents.")
def main(small: bool) -> None:
    """Prints the processor seconds of each stage."""
    measured(500)  # imports, the rulebook, and texts that are kept in mind
    click.echo(described())
    click.echo(f"\n| residents | orders | findings | {' | '.join(STAGES)} | µs a resident | MB at most |")
    click.echo("|" + "---|" * (len(STAGES) + 5))
    for residents in (2_000, 10_000) if small else (10_000, 100_000):
        spent = measured(residents)
        total = 1e6 * sum(spent[name] for name in STAGES) / residents
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        cells = " | ".join(f"{spent[name]:.1f}" for name in STAGES)
        counts = f"{spent['orders']:.0f} | {spent['findings']:.0f}"
        click.echo(f"| {residents} | {counts} | {cells} | {total:.0f} | {memory:.0f} |")


if __name__ == "__main__":
    main()
