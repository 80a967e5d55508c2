"""How much slower 250,000 imported pairs make a review.

The sample home is repeated to some thousands of residents, and reviewed in turn without and with a folder of random
pairs laid over the reference. Run from the repository:

    python -m tests.benchmarks.imported_pairs --pairs 250000 --copies 50

More findings take longer to screen and to write, whoever brought them. So that the pairs themselves are measured, few
are of medicines that the sample takes: only one in ten of those may be chosen, so that the lists are really met.
"""

import json
import random
import resource
import shutil
import statistics
import subprocess
import sys
from datetime import date
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import pandas as pd

from pipeline import run
from pipeline.other_tables import OtherTable
from pipeline.rulebook.compile import rulebook
from pipeline.rulebook.imported import write_interactions
from pipeline.tables import SEVERITIES
from tests.benchmarks.homes import repeated

TODAY = date(2026, 11, 1)
_MET = 0.1


def random_pairs(count: int, taken: set[str], seed: int = 1) -> pd.DataFrame:
    """Pairs of ingredients of the reference with a grade, few of them of two medicines that are `taken`."""
    choose = random.Random(seed)
    ingredients = sorted(rulebook().concepts.ingredients)
    pairs = [
        pair
        for pair in combinations(ingredients, 2)
        if not (pair[0] in taken and pair[1] in taken) or choose.random() < _MET
    ]
    if len(pairs) < count:
        raise click.ClickException(f"The reference has only {len(pairs)} pairs of ingredients to choose from.")
    chosen = pd.DataFrame(sorted(choose.sample(pairs, count)), columns=["a", "b"], dtype="str")
    return chosen.assign(grade=choose.choices(SEVERITIES[1:], k=count))


def reviewed(source: Path, out: Path, reference: Path | None) -> tuple[float, int]:
    """Seconds that the processor works on the command from start to end, tables alone; and how many findings."""
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "review", source, "--out", out]
    options = ["--as-of", TODAY.isoformat(), "--only", "findings", "--quiet"]
    options += ["--reference", reference] if reference else []
    shutil.rmtree(out, ignore_errors=True)  # an earlier review would be read for replies
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([*map(str, command), *map(str, options)], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return seconds, json.loads((out / "run.json").read_text(encoding="utf-8"))["findings"]


@click.command()
@click.option("--pairs", default=250_000, show_default=True)
@click.option("--copies", default=50, show_default=True)
@click.option("--times", default=3, show_default=True)
def main(pairs: int, copies: int, times: int) -> None:
    """Prints the median processor seconds of a review without and with the pairs, and their ratio."""
    with TemporaryDirectory() as temporary:
        source, out, folder = (Path(temporary) / name for name in ("source", "out", "pairs"))
        residents = repeated(copies, source)
        run.review(source, out, TODAY, workbooks=False)
        orders = pd.read_csv(out / "medications.csv", dtype="str", keep_default_na=False)
        taken = {name for cell in orders["ingredients"].unique() for name in cell.split(";")}
        nobody = pd.DataFrame({"name": [], "rows": []})
        table = OtherTable(random_pairs(pairs, taken), nobody, frozenset())
        write_interactions(table, "random", "Random pairs", folder)
        first, _ = reviewed(source, out, folder)
        without, given, found = [], [], (0, 0)
        for _ in range(times):
            plain, laid = reviewed(source, out, None), reviewed(source, out, folder)
            without.append(plain[0])
            given.append(laid[0])
            found = plain[1], laid[1]
    once, more = statistics.median(without), statistics.median(given)
    click.echo(f"the first time, when the pairs are compiled: {first:.2f} s")
    click.echo(f"{residents} residents, {len(orders)} orders; the pairs are chosen so that few are met:")
    click.echo(f"without pairs:     {once:.2f} s, {found[0]} findings")
    click.echo(f"with {pairs} pairs: {more:.2f} s, {found[1]} findings; {100 * (more / once - 1):+.1f} %")


if __name__ == "__main__":
    main()
