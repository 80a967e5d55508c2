"""Rows are dealt to buckets on disk and come back in their order."""

from pathlib import Path

import numpy as np
import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from pipeline import buckets


def test_a_bucket_has_its_rows_of_every_file_in_their_order(tmp_path):
    rows = pd.DataFrame({"id": pd.Series(["a", "b", "c", "d"], dtype="str"), "at": [1, 2, 3, 4]})
    places = [tmp_path / "one.arrow", tmp_path / "two.arrow"]
    buckets.deal(rows, np.array([1, 0, 1, 1]), 3, places[0])
    buckets.deal(rows.iloc[:0], np.array([], dtype=np.int64), 3, places[1])
    assert buckets.gather(places, 0)["id"].tolist() == ["b"]
    assert buckets.gather(places, 1)["at"].tolist() == [1, 3, 4]
    assert buckets.gather(places, 2).empty


@given(st.lists(st.tuples(st.integers(0, 4), st.text(max_size=3)), max_size=20))
def test_every_row_comes_back_once(tmp_path_factory, rows):
    place = tmp_path_factory.mktemp("dealt") / "rows.arrow"
    frame = pd.DataFrame({"text": pd.Series([text for _, text in rows], dtype="str"), "at": range(len(rows))})
    buckets.deal(frame, np.array([bucket for bucket, _ in rows], dtype=np.int64), 5, place)
    back = {bucket: buckets.gather([place], bucket) for bucket in range(5)}
    assert [(bucket, text) for bucket in back for text in back[bucket]["text"]] == sorted(rows, key=lambda row: row[0])


def test_an_empty_bucket_takes_no_room(tmp_path):
    def size(count: int) -> int:
        place: Path = tmp_path / f"{count}.arrow"
        rows = pd.DataFrame({"id": pd.Series(range(10_000)).astype("str")})
        buckets.deal(rows, np.zeros(len(rows), dtype=np.int64), count, place)
        return place.stat().st_size

    assert size(100) < 2 * size(1)
