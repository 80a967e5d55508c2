"""Texts joined group by group, and numbers told apart, agree with loops over dictionaries and sets."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from pipeline.joining import distinct, joined, joined_distinct, runs

TEXTS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["a", "b", "c d", ""])))


@given(TEXTS)
def test_joined_in_their_order(rows: list[tuple[int, str]]) -> None:
    group, texts = np.array([row[0] for row in rows], dtype=np.int64), [row[1] for row in rows]
    slow: dict[int, list[str]] = {}
    for at, text in rows:
        slow.setdefault(at, []).append(text)
    in_words = [";".join(slow.get(at, [])) for at in range(6)]
    pieces = pd.concat([pd.Series(texts[:2], dtype="str"), pd.Series(texts[2:], dtype="str")]).array
    assert joined(group, texts, 6).tolist() == joined(group, pieces, 6).tolist() == in_words
    assert joined(group, group, 6).tolist() == joined(group, group.astype(str).tolist(), 6).tolist()
    each_once = [" / ".join(dict.fromkeys(slow.get(at, []))) for at in range(6)]
    assert joined_distinct(group, texts, 6, " / ").tolist() == each_once


@given(st.lists(st.integers(-3, 3)))
def test_distinct_numbers_and_runs(keys: list[int]) -> None:
    assert distinct(np.array(keys, dtype=np.int64)).tolist() == sorted(set(keys))
    first, place = runs(np.array(sorted(keys), dtype=np.int64))
    assert [sorted(keys)[at] for at in first] == sorted(set(keys))
    assert [sorted(set(keys))[at] for at in place] == sorted(keys)
