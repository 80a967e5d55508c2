"""Distinct rows and texts agree with a loop over dictionaries."""

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from pipeline.normalise import distinct
from pipeline.normalise.distinct import distinct_rows, each_row, positions_in

ROWS = st.lists(st.tuples(st.sampled_from(["", "a", "é"]), st.integers(0, 2), st.sampled_from(["x", "y"])))


@given(ROWS, st.sampled_from([np.iinfo(np.int64).max, 5]))
def test_distinct_rows_in_the_order_they_first_appear(rows: list[tuple], largest: int) -> None:
    """Also where the numbers of the columns together grow too large, which takes five columns of a million texts."""
    frame = pd.DataFrame(rows, columns=["text", "number", "other"]).astype({"text": "str", "other": "str"})
    kept = distinct._LARGEST
    distinct._LARGEST = largest
    try:
        place, found = distinct_rows(frame, list(frame))
    finally:
        distinct._LARGEST = kept
    assert list(each_row(found)) == list(dict.fromkeys(rows))
    assert [list(dict.fromkeys(rows))[at] for at in place] == rows


@given(st.lists(st.sampled_from(["", "a", "b", "c"])))
def test_places_in_an_index(texts: list[str]) -> None:
    known = ["b", "", "d"]
    found = positions_in(pd.Index(known, dtype="str"), pd.Series(texts, dtype="str"))
    assert found.tolist() == [known.index(text) if text in known else -1 for text in texts]
