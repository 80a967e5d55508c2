"""Texts of many groups joined group by group; the grouped aggregation of pandas takes some ten times as long."""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc


def distinct(keys: np.ndarray) -> np.ndarray:
    """The distinct numbers, sorted. `np.unique` does the same by a table of hashes, which takes a hundred times as long
    for millions of numbers (numpy 2.4).
    """
    in_order = keys if (keys[1:] >= keys[:-1]).all() else np.sort(keys)
    return in_order[np.diff(in_order, prepend=in_order[:1] - 1) != 0]


def order_of(numbers: np.ndarray) -> np.ndarray:
    """The positions of numbers from 0 on in the order of the numbers, equal ones as they stand. Small numbers are
    sorted ten times as fast."""
    small = numbers.max(initial=0) <= np.iinfo(np.uint16).max
    return np.argsort(numbers.astype(np.uint16) if small else numbers, kind="stable")


def runs(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Of sorted numbers where each begins that differs from the one before, and of each its place among these."""
    begins = np.diff(keys, prepend=keys[:1] - 1) != 0
    return np.flatnonzero(begins), np.cumsum(begins) - 1


def in_words(values: np.ndarray, name: Callable[[float], str]) -> np.ndarray:
    """Each number as text, each distinct one written once."""
    code, some = pd.factorize(values)
    return np.array([name(value) for value in some.tolist()], dtype=object)[code]


def spread(place: np.ndarray, lists: Sequence[Sequence[int]]) -> tuple[np.ndarray, np.ndarray]:
    """The elements of the list of each place: which place it is of, and the element."""
    size = np.array([len(one) for one in lists], dtype=np.int64)
    every = np.array([one for part in lists for one in part], dtype=np.int64)
    first, many = (np.cumsum(size) - size)[place], size[place]
    at = np.repeat(first - np.cumsum(many) + many, many) + np.arange(many.sum())
    return np.repeat(np.arange(len(place)), many), every[at]


def joined(
    group: np.ndarray,
    texts: Sequence[str] | np.ndarray | pd.api.extensions.ExtensionArray,
    groups: int,
    separator: str = ";",
) -> pd.arrays.ArrowStringArray:
    """For each group its texts, joined in the order in which they stand; an empty text for a group without any.

    Args:
        group: of each text its group, from 0 to `groups` - 1, in any order.
        texts: as many, or whole numbers.
        groups: how many there are.
        separator: stands between two texts.
    """
    values = pa.array(texts).cast(pa.large_string())
    if isinstance(values, pa.ChunkedArray):
        values = values.combine_chunks()
    if (np.diff(group) < 0).any():
        order = np.argsort(group, kind="stable")
        group, values = group[order], values.take(pa.array(order))
    bounds = np.append(0, np.cumsum(np.bincount(group, minlength=groups)))
    lists = pa.LargeListArray.from_arrays(pa.array(bounds), values)
    return pd.array(pc.binary_join(lists, pa.scalar(separator, pa.large_string())), dtype="str")


def joined_distinct(
    group: np.ndarray, texts: Sequence[str] | np.ndarray, groups: int, separator: str = ";"
) -> pd.arrays.ArrowStringArray:
    """As `joined`, each text once in a group."""
    code, names = pd.factorize(np.asarray(texts, dtype=object))
    first = np.flatnonzero(~pd.Series(group * np.int64(len(names) or 1) + code).duplicated())
    return joined(group[first], pd.array(names, dtype="str").take(code[first]), groups, separator)
