"""The distinct rows of a table, so that each is read once however often it stands there."""

from collections.abc import Sequence

import numpy as np
import pandas as pd


def distinct_rows(frame: pd.DataFrame, columns: Sequence[str]) -> tuple[np.ndarray, pd.DataFrame]:
    """Of each row its place among the distinct rows of these columns, and those rows in the order they first appear."""
    place = np.zeros(len(frame), dtype=np.int64)
    for column in columns:
        code, values = pd.factorize(frame[column], use_na_sentinel=False)
        if len(values) > 1:
            place = pd.factorize(place * len(values) + code)[0]
    # A place is met for the first time where it is higher than all before.
    first = np.flatnonzero(np.diff(np.maximum.accumulate(place), prepend=-1) > 0)
    return place, frame[list(columns)].iloc[first].reset_index(drop=True)
