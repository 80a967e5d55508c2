"""Where an input is cut: parts of one size, none larger than asked, as many as a few workers share out evenly."""

import pandas as pd
import pytest

from pipeline.parts import cuts, marked_every, part_of
from pipeline.source.raw import RawTable
from pipeline.whole import Evidence, evidence

SIZE = 100


def of_piece(ids: list[str]) -> Evidence:
    frame = pd.DataFrame({"patient_id": pd.Series(ids, dtype="str")})
    counts = {"patient_id": frame["patient_id"].value_counts(sort=False)}
    table = RawTable("medications", "orders.parquet", "", frame, {"patient_id": "patient_id"}, ())
    return evidence(table, counts, pd.Timestamp("2026-11-01").date(), marked_every(SIZE))


@pytest.mark.parametrize(("orders", "parts"), [(1, 1), (SIZE, 1), (SIZE + 4, 4), (4 * SIZE, 4), (4 * SIZE + 4, 8)])
def test_parts_are_of_one_size(orders: int, parts: int) -> None:
    ids = [f"R{number:04}" for number in range(orders)]
    found = pd.Series(part_of(pd.Series(ids, dtype="str"), cuts([of_piece(ids[::2]), of_piece(ids[1::2])], SIZE)))
    sizes = found.value_counts()
    assert len(sizes) == parts
    assert sizes.max() <= SIZE + 4 and sizes.max() - sizes.min() <= SIZE // 10


def test_orders_of_one_resident_stay_together() -> None:
    assert cuts([of_piece(["R1"] * 10 * SIZE)], SIZE) == ["R1"]


def test_what_a_piece_says_of_its_residents() -> None:
    found = of_piece(["R2", "R1", "R2", "R3", "R1"])
    assert (found.low, found.high, found.rows) == ("R1", "R3", 5)
    assert found.marks == ["R1", "R2"]  # the second and the fourth, in their order
