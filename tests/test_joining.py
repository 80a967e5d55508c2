"""Texts joined group by group agree with a loop over dictionaries."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from pipeline.joining import joined, joined_distinct

TEXTS = st.lists(st.tuples(st.integers(0, 5), st.sampled_from(["a", "b", "c d", ""])))


@given(TEXTS)
def test_joined_in_their_order(rows: list[tuple[int, str]]) -> None:
    group, texts = np.array([row[0] for row in rows], dtype=np.int64), [row[1] for row in rows]
    slow: dict[int, list[str]] = {}
    for at, text in rows:
        slow.setdefault(at, []).append(text)
    assert joined(group, texts, 6).tolist() == [";".join(slow.get(at, [])) for at in range(6)]
    distinct = [" / ".join(dict.fromkeys(slow.get(at, []))) for at in range(6)]
    assert joined_distinct(group, texts, 6, " / ").tolist() == distinct
