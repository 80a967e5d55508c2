"""How long a million orders take to normalise, beside the same texts each once.

A home's orders repeat: a million rows have some thousands of distinct texts. Run from the repository:

    python -m tests.benchmarks.normalise --rows 1000000 --texts 5000
"""

import random
import resource
import time
from datetime import date

import click
import numpy as np
import pandas as pd

from pipeline import tables
from pipeline.normalise.orders import understand
from pipeline.normalise.readers import readers
from pipeline.rulebook.compile import rulebook
from pipeline.rulebook.rules import Rulebook

TODAY = date(2026, 11, 1)
_FORMS = ("Tablet", "Oral Capsule", "ER Tablet Extended Release 24 Hour", "Oral Solution", "TAB", "")
_STRENGTHS = ("5 MG", "10 MG", "12.5 MG", "20 MG/5ML", "100 MCG", "325MG", "")
_DIRECTIONS = (
    "Give 1 tablet by mouth two times a day",
    "Give {count} tablet by mouth every {hours} hours as needed for pain",
    "{count} tabs PO daily",
    "Take {count} by mouth at bedtime for {hours} days",
    "Give {count} mL via G-tube every {hours} hours",
)
_FREQUENCIES = ("BID", "daily", "every 6 hours PRN", "at bedtime", "three times daily", "weekly")


def distinct_orders(book: Rulebook, count: int, seed: int = 1) -> pd.DataFrame:
    """Orders of which no two have the same drug text; every second one has its directions in words."""
    choose = random.Random(seed)
    names = [*book.reference.tables["drugs"]["ingredient"], *book.reference.tables["names"]["name"]]
    drugs: dict[str, None] = {}
    while len(drugs) < count:
        parts = (choose.choice(names), choose.choice(_FORMS), choose.choice(_STRENGTHS))
        drugs[" ".join(filter(None, parts))] = None
    rows = []
    for at, drug in enumerate(drugs):
        order = {"drug": drug, "route": choose.choice(("PO", "oral", ""))}
        if at % 2:
            sig = choose.choice(_DIRECTIONS)
            order["directions"] = sig.format(count=choose.randint(1, 4), hours=choose.randint(4, 30))
        else:
            frequency = choose.choice(_FREQUENCIES)
            order |= {"dose": str(choose.randint(1, 90)), "dose_unit": "mg", "frequency": frequency}
        rows.append(order)
    return pd.DataFrame(rows).fillna("")


def accepted(orders: pd.DataFrame, rows: int, seed: int = 1) -> pd.DataFrame:
    """The orders repeated at random to so many rows, as validation would pass them on."""
    random_numbers = np.random.default_rng(seed)
    frame = orders.iloc[random_numbers.permutation(np.arange(rows) % len(orders))].reset_index(drop=True)
    frame["patient_id"] = random_numbers.integers(0, max(rows // 10, 1), rows).astype(str)
    typed = {}
    for name, empty in tables.empty("medications").items():
        missing: object = "" if empty.dtype == "str" else None
        values = frame[name] if name in frame else pd.Series([missing] * rows, dtype=object)
        typed[name] = pd.Series(values.to_numpy()).astype(empty.dtype)
    return pd.DataFrame(typed)


def seconds(frame: pd.DataFrame, book: Rulebook) -> float:
    """How long the frame takes, with readers that have not met its texts before."""
    readers.cache_clear()
    readers(book.reference)
    start = time.perf_counter()
    understood = understand(frame, book, TODAY).medications
    taken = time.perf_counter() - start
    if len(understood) != len(frame):
        raise click.ClickException(f"{len(frame)} rows went in and {len(understood)} came out")
    return taken


@click.command()
@click.option("--rows", default=1_000_000, show_default=True)
@click.option("--texts", default=5_000, show_default=True)
def main(rows: int, texts: int) -> None:
    """Prints the seconds for the distinct texts alone and for all rows."""
    book = rulebook(None)
    orders = distinct_orders(book, texts)
    once = seconds(accepted(orders, texts), book)
    many = seconds(accepted(orders, rows), book)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    click.echo(f"{texts} distinct orders: {once:.2f} s")
    click.echo(f"{rows} rows of them: {many:.2f} s, {many / once:.1f} times as long; {memory:.0f} MB at most")


if __name__ == "__main__":
    main()
