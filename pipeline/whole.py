"""What only whole columns tell, put together from what each piece of a table says.

How a column writes day and month, whether most of its dates lie ahead, whether codes are numbers, whether ids are
fractions: a part of the residents must be judged by what holds of all of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from pipeline.across import PAST, latest, mostly_ahead
from pipeline.cells import Bad
from pipeline.normalise import dates
from pipeline.source.raw import ERROR_CELLS, RawTable, Whole, are_fractions
from pipeline.validate import codes_and_numbers, date_columns, date_parser, order_in

# Columns that are looked at row by row; of the others distinct texts are counted.
BY_ROW = ("order_id", "code", "code_system")
# The readings between which the whole column decides.
_READINGS = ("mdy", "dmy", "mixed")


@dataclass(frozen=True)
class Evidence:
    """What a piece of a table says of the whole.

    `orders`: date column → how its dates are written here. `ahead`: of a column of past dates, for each order of day
    and month how many dates there are and how many of them lie far ahead. `codes`: codes that do not name their system,
    and how many of them are numbers. `fractions`: id column → whether each id is a number with `.0`; without an id it
    is not there. `low`, `high`: the first and the last patient id; None without rows. `marks`: every so manieth patient
    id of the rows, sorted. `rows`: how many there are.
    """

    orders: dict[str, str]
    ahead: dict[str, dict[str, tuple[int, int]]]
    codes: tuple[int, int]
    fractions: dict[str, bool]
    low: str | None
    high: str | None
    marks: list[str]
    rows: int

    def with_plain_ids(self) -> "Evidence":
        """The same where the `.0` is taken off each patient id."""
        low, high = (text and text.removesuffix(".0") for text in (self.low, self.high))
        return replace(self, low=low, high=high, marks=[mark.removesuffix(".0") for mark in self.marks])


def needed(raw: RawTable) -> list[str]:
    """The columns of a table whose distinct texts are counted for evidence."""
    return ["patient_id", *date_columns(raw)]


def counted(raw: RawTable) -> dict[str, pd.Series]:
    """Of each needed column how many rows each text has, an empty one too."""
    return {name: raw.frame[name].value_counts(sort=False) for name in needed(raw)}


def evidence(raw: RawTable, counts: Mapping[str, pd.Series], as_of: date, every: int) -> Evidence:
    """What the rows of a piece say.

    Args:
        raw: the table, of which the columns BY_ROW are looked at.
        counts: of the needed columns, as `counted` gives them.
        as_of: the day of the review.
        every: how many rows a mark stands for.
    """
    orders = {name: dates.order_of(texts.index.tolist()) for name, texts in counts.items() if name != "patient_id"}
    ids = counts["patient_id"].sort_index()
    upto = ids.to_numpy().cumsum()
    rows = int(upto[-1]) if len(upto) else 0
    given = {"patient_id": ids.index.to_series()}
    if "order_id" in raw.frame:
        given["order_id"] = raw.frame["order_id"]
    return Evidence(
        orders,
        {name: _ahead(counts[name], orders[name], as_of) for name in PAST.get(raw.table, ()) if name in counts},
        codes_and_numbers(raw),
        {name: are_fractions(texts) for name, texts in given.items() if (texts != "").any()},
        str(ids.index[0]) if rows else None,
        str(ids.index[-1]) if rows else None,
        ids.index[np.searchsorted(upto, np.arange(every, rows + 1, every))].tolist(),
        rows,
    )


def _ahead(counts: pd.Series, order: str, as_of: date) -> dict[str, tuple[int, int]]:
    counts = counts[~counts.index.isin(["", *ERROR_CELLS])]
    limit = np.datetime64(latest(as_of), "s")
    found = {}
    for reading in _READINGS if order else ("",):
        parse = date_parser("date", reading, as_of)
        days = [parse(text) for text in counts.index.tolist()]
        whole = np.array([day is not None and not isinstance(day, Bad) for day in days], dtype=bool)
        far = whole & (
            np.array([day if yes else None for day, yes in zip(days, whole, strict=True)], "datetime64[s]") > limit
        )
        found[reading] = (int(counts[whole].sum()), int(counts[far].sum()))
    return found


def decided(empty: RawTable, pieces: list[Evidence], as_of: date, date_order: str) -> Whole:
    """What holds of the whole table.

    Args:
        empty: the table without its rows.
        pieces: the evidence of all of them.
        as_of: the day of the review.
        date_order: as `validate` takes it.

    Raises:
        InputError: a date column in which day and month cannot be told apart.
    """
    columns = date_columns(empty)
    orders = {name: _together({piece.orders[name] for piece in pieces}) for name in columns}
    numbers = [sum(piece.codes[at] for piece in pieces) for at in (0, 1)]
    so_far = Whole(orders, frozenset(), numbers[1] * 2 > numbers[0], {})
    ahead = set()
    for name in columns:
        order = order_in(replace(empty, whole=so_far), name, date_order)
        counts = [piece.ahead[name].get(order, piece.ahead[name].get("")) for piece in pieces if name in piece.ahead]
        totals = [sum(count[at] for count in counts if count) for at in (0, 1)]
        if mostly_ahead(*totals):
            ahead.add(name)
    return replace(so_far, ahead=frozenset(ahead))


def _together(orders: set[str]) -> str:
    """As `dates.order_of` would decide over all pieces."""
    if "mixed" in orders or {"mdy", "dmy"} <= orders:
        return "mixed"
    return next((order for order in ("mdy", "dmy", "unknown") if order in orders), "")


def fractions(pieces: Iterable[Evidence]) -> frozenset[str]:
    """The id columns of a table each of whose ids is a number with `.0`, which a program has put there."""
    said: dict[str, bool] = {}
    for piece in pieces:
        for name, whole in piece.fractions.items():
            said[name] = said.get(name, True) and whole
    return frozenset(name for name, whole in said.items() if whole)
