"""The days on which each step of a taper is taken."""

import numpy as np
import pandas as pd

_ONE = np.timedelta64(1, "D")


def laid_out(steps: pd.DataFrame, today: np.datetime64) -> pd.DataFrame:
    """The steps of ingredients of orders, one after the other.

    Where it is not known when the order began or how long a step lasts, the highest dose counts throughout, and of an
    order that ends the last step on its last day: so that a taper is not read as an abrupt stop.

    Args:
        steps: the steps of one ingredient of one order stand together in their order; `step` (from 0), `days` (0: not
            told), `daily_dose`, and the `start_date` and `stop_date` of the whole order.
        today: the day of the review.

    Returns: the steps that are reached, with their own dates, and `shown` where it is the step of that day, or else the
    highest.
    """
    first = np.flatnonzero(steps["step"].to_numpy(dtype=np.int64) == 0)
    size = np.diff(np.append(first, len(steps)))
    last = first + size - 1
    of = np.repeat(np.arange(len(first)), size)
    days = np.ceil(steps["days"].to_numpy(np.float64)).astype(np.int64)
    start, stop = (steps[name].to_numpy("datetime64[D]")[first] for name in ("start_date", "stop_date"))
    total = np.add.reduceat(days, first)
    unknown = np.add.reduceat((days <= 0).astype(np.int64), first)
    backwards = np.isnat(start) & ~np.isnat(stop) & (unknown == 0)
    begun = np.where(backwards, stop - (total - 1) * _ONE, start)
    known = (~np.isnat(begun) & (unknown - (days[last] <= 0) == 0))[of]

    is_last = np.zeros(len(steps), dtype=bool)
    is_last[last] = True
    offset = np.cumsum(days) - days
    offset -= offset[first][of]
    begin = begun[of] + offset * _ONE
    end = np.where(is_last, stop[of], np.fmin(begin + (days - 1) * _ONE, stop[of]))
    reached = np.isnat(stop[of]) | (begin <= stop[of])

    top = _highest(steps["daily_dose"].to_numpy(np.float64), ~known | reached, first, of)
    ending = ~known & ~np.isnat(stop[of]) & ~(start[of] == stop[of]) & ~top[last][of]
    begin = np.where(known, begin, np.where(ending & is_last, stop[of], start[of]))
    end = np.where(known, end, np.where(ending & top, stop[of] - _ONE, stop[of]))
    now = known & reached & (begin <= today) & (np.isnat(end) | (end >= today))
    shown = np.where(np.logical_or.reduceat(now, first)[of], now, top)
    kept = np.where(known, reached, top | (ending & is_last))
    dates = {"start_date": begin, "stop_date": end}
    typed = {name: pd.Series(values, index=steps.index).astype(steps[name].dtype) for name, values in dates.items()}
    return steps.assign(**typed, shown=shown)[kept]


def _highest(dose: np.ndarray, counts: np.ndarray, first: np.ndarray, of: np.ndarray) -> np.ndarray:
    """Of each group the first row of the highest dose; one that is not known may be higher than all."""
    height = np.where(counts, np.where(np.isnan(dose), np.inf, dose), -np.inf)
    at_top = np.flatnonzero(height == np.maximum.reduceat(height, first)[of])
    top = np.zeros(len(dose), dtype=bool)
    top[at_top[np.unique(of[at_top], return_index=True)[1]]] = True
    return top
