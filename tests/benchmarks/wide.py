"""Tables and lists that are wider than any home's: does the time still grow with the size, and no faster?

Prints processor seconds of `find` (validate, normalise, screen) and of `assess` (with all that is judged) for

- residents with 25 to 200 orders each, so many of them that there are always as many orders;
- one resident with 1,000 to 10,000 order rows of years, of which some ten are of today;
- the residents of a made-up nation without and with 250,000 imported pairs that name 2,500 ingredients.

Run from the repository:

    python -m tests.benchmarks.wide
    python -m tests.benchmarks.wide --small
"""

import random
import time
from itertools import combinations
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
import pandas as pd

from pipeline.assess import assess
from pipeline.find import find
from pipeline.other_tables import OtherTable
from pipeline.rulebook.compile import rulebook
from pipeline.rulebook.imported import write_interactions
from pipeline.rulebook.rules import Rulebook
from pipeline.source import read
from pipeline.source.raw import RawTable, Source
from pipeline.tables import SEVERITIES
from tests.benchmarks import chance, nation
from tests.benchmarks.machine import described

ALL_ORDERS, PAIRS, RESIDENTS = 20_000, 250_000, 5_000
_STEPS = (25, 50, 100, 200)
_HISTORIES = (1_000, 5_000, 10_000)


def lists(drawn_from: chance.Catalogue, orders: int, residents: int) -> Source:
    """Residents with so many current orders each, drawn like those of the nation."""
    choose = np.random.default_rng(orders)
    frame = drawn_from.orders.iloc[choose.choice(len(drawn_from.chances), orders * residents, p=drawn_from.chances)]
    frame = frame.assign(patient_id=np.repeat([f"W{at:05d}" for at in range(residents)], orders))
    return _source(frame.assign(order_id=[str(at) for at in range(len(frame))], start_date="2026-09-01"))


def history(drawn_from: chance.Catalogue, rows: int) -> Source:
    """One resident whose ten medicines were ordered anew again and again, each time for some days."""
    choose = np.random.default_rng(rows)
    frame = drawn_from.orders.iloc[
        choose.choice(len(drawn_from.chances), 10, p=drawn_from.chances)[np.arange(rows) % 10]
    ]
    day = np.datetime64(nation.TODAY) - (rows - np.arange(rows)) // 10
    frame = frame.assign(patient_id="H1", order_id=[str(at) for at in range(rows)])
    return _source(frame.assign(start_date=day.astype(str), stop_date=(day + 1).astype(str)))


def _source(orders: pd.DataFrame) -> Source:
    frame = orders.astype("str").reset_index(drop=True)
    frame.index = pd.RangeIndex(2, len(frame) + 2, name="row")
    return Source({"medications": RawTable("medications", "orders", "", frame, {name: name for name in frame})}, ())


def wide_reference(folder: Path, pairs: int) -> Rulebook:
    """The reference with so many random pairs of all its ingredients laid over it."""
    choose = random.Random(1)
    chosen = choose.sample(list(combinations(sorted(rulebook().concepts.ingredients), 2)), pairs)
    grades = choose.choices(SEVERITIES[1:], k=pairs)
    frame = pd.DataFrame(sorted(chosen), columns=["a", "b"], dtype="str").assign(grade=grades)
    nobody = pd.DataFrame({"name": [], "rows": []})
    write_interactions(OtherTable(frame, nobody, frozenset()), "random", "Random pairs", folder)
    return rulebook(folder)


def measured(source: Source, book: Rulebook) -> tuple[float, float, int, int]:
    """Processor seconds of `find` and of `assess`, orders and findings."""
    start = time.process_time()
    find(source, book, nation.TODAY)
    found = time.process_time()
    review = assess(source, book, nation.TODAY)
    return found - start, time.process_time() - found, len(review.medications), len(review.findings)


def _row(what: str, source: Source, book: Rulebook) -> None:
    found, assessed, orders, findings = measured(source, book)
    click.echo(f"| {what} | {orders} | {findings} | {found:.2f} | {assessed:.2f} | {1e6 * assessed / orders:.0f} |")


@click.command()
@click.option("--small", is_flag=True, help="A tenth of the residents.")
def main(small: bool) -> None:
    """Prints the tables."""
    book, drawn_from = rulebook(), chance.catalogue()
    share = 10 if small else 1
    click.echo(described())
    click.echo("\n| | orders | findings | to findings s | with all that is judged s | µs an order |")
    click.echo("|---|---|---|---|---|---|")
    measured(history(drawn_from, 100), book)
    for orders in _STEPS:
        residents = ALL_ORDERS // share // orders
        _row(f"{residents} residents with {orders} orders", lists(drawn_from, orders, residents), book)
    for rows in _HISTORIES:
        _row(f"1 resident with {rows} rows of orders", history(drawn_from, rows), book)
    with TemporaryDirectory() as temporary:
        residents = RESIDENTS // share
        nation.write(Path(temporary) / "nation", residents)
        source = read(Path(temporary) / "nation")
        _row(f"{residents} residents", source, book)
        wide = wide_reference(Path(temporary) / "pairs", PAIRS)
        named = len(wide.concepts.ingredients)
        measured(history(drawn_from, 100), wide)
        _row(f"{residents} residents, {PAIRS} imported pairs of {named} ingredients", source, wide)


if __name__ == "__main__":
    main()
