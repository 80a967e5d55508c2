"""Scales: what each kind counts, at and below its threshold, and what is not known."""

from pathlib import Path

import pandas as pd
import pytest

from pipeline.assess import assess
from pipeline.errors import ReferenceDamagedError
from tests import toy

ORDERS = "patient_id,drug,dose,dose_unit,frequency,route\n"
HEADINGS = "scale,title,problem,unit,thresholds,bands,when,note,sources\n"
SCALE = HEADINGS + "x,X,trouble,points,{thresholds},{bands},{when},,herbal\n"
ITEMS = "scale,item,terms,counts,points\n"


def valued(folder: Path, items: str, orders: str, when: str = "", thresholds: str = "3", **tables: str) -> list[dict]:
    bands = ";".join("abc"[: thresholds.count(";") + 1])
    scale = SCALE.format(when=when, thresholds=thresholds, bands=bands)
    book = toy.book(folder, scales=scale, scale_items=ITEMS + items)
    review = assess(toy.source(medications=ORDERS + orders, **tables), book, toy.TODAY)
    return review.scales.to_dict("records")


def test_points_count_each_ingredient_once_and_name_it(tmp_path: Path) -> None:
    orders = "1,alderine,5,mg,daily,oral\n1,alderine,5,mg,daily,oral\n1,firostat,5,mg,daily,oral\n"
    row = valued(tmp_path, "x,plants,class:load,points,\n", orders, thresholds="3;5")[0]
    assert (row["value"], row["band"], row["contributors"], row["complete"]) == (
        5,
        "b",
        "alderine 3; firostat 2",
        "yes",
    )
    assert row["text"] == "X: 5 points, b"


def test_below_the_threshold_there_is_a_value_and_no_band(tmp_path: Path) -> None:
    row = valued(tmp_path, "x,plants,class:load,points,\n", "1,firostat,5,mg,daily,oral\n")[0]
    assert (row["value"], row["band"]) == (2, "")


def test_who_has_none_of_it_has_no_row(tmp_path: Path) -> None:
    assert valued(tmp_path, "x,plants,class:load,points,\n", "1,hazelor,5,mg,daily,oral\n") == []


def test_what_is_put_on_the_skin_does_not_count(tmp_path: Path) -> None:
    assert valued(tmp_path, "x,m,firostat,ingredients,\n", "1,firostat,5,mg,daily,topical\n") == []


def test_daily_doses_add_up_by_their_weights(tmp_path: Path) -> None:
    orders = "1,alderine,5,mg,twice daily,oral\n1,firostat,5,mg,daily,oral\n"
    row = valued(tmp_path, "x,m,class:load,daily_dose,\n", orders, thresholds="40")[0]
    assert (row["value"], row["band"]) == (10 * 3 + 5 * 2, "a")


def test_a_dose_that_is_not_known_makes_the_sum_a_least_one(tmp_path: Path) -> None:
    orders = "1,alderine,,,daily,oral\n1,firostat,5,mg,daily,oral\n"
    row = valued(tmp_path, "x,m,class:load,daily_dose,\n", orders)[0]
    assert (row["value"], row["complete"], row["missing"]) == (10, "no", "daily dose of alderine")
    assert row["text"].startswith("X: at least 10 points")


def test_the_index_of_each_medicine_is_half_at_its_least_dose_and_never_one(tmp_path: Path) -> None:
    # The weight of alderine is 3 mg: D / (3 + D).
    at_least = valued(tmp_path / "a", "x,m,alderine|class:load,index,\n", "1,alderine,3,mg,daily,oral\n")[0]
    ten_times = valued(tmp_path / "b", "x,m,class:load,index,\n", "1,alderine,30,mg,daily,oral\n")[0]
    assert (at_least["value"], ten_times["value"]) == (0.5, pytest.approx(0.9091))


ANY = "x,old,age>=68,any,1\nx,one,class:load,any,3\nx,two,class:load,two,3\nx,wet,potassium<3,any,2\n"


def test_items_give_their_points_once(tmp_path: Path) -> None:
    orders = "1,alderine,5,mg,daily,oral\n1,firostat,5,mg,daily,oral\n2,alderine,5,mg,daily,oral\n"
    people = "patient_id,birth_date\n1,1958-01-15\n2,1958-01-16\n"
    labs = "patient_id,test,value,unit,date\n1,potassium,2.9,,2026-01-01\n2,potassium,3.0,,2026-01-01\n"
    rows = valued(tmp_path, ANY, orders, patients=people, labs=labs)
    assert [(row["value"], row["complete"]) for row in rows] == [(9, "yes"), (3, "yes")]


def test_a_number_that_is_not_known_is_named(tmp_path: Path) -> None:
    people = "patient_id,birth_date\n1,1958-01-15\n"
    labs = "patient_id,test,value,unit,date\n1,potassium,2.9,,2025-01-14\n"
    row = valued(tmp_path, ANY, "1,alderine,5,mg,daily,oral\n", patients=people, labs=labs)[0]
    assert (row["value"], row["complete"], row["missing"]) == (4, "no", "potassium")


def test_a_scale_is_for_those_of_whom_its_when_holds(tmp_path: Path) -> None:
    orders = "1,alderine,5,mg,daily,oral\n2,firostat,5,mg,daily,oral\n2,elmic,5,mg,daily,oral\n"
    rows = valued(tmp_path, "x,plants,class:load,points,\n", orders, when="elmic")
    assert [row["patient_id"] for row in rows] == ["2"]


@pytest.mark.parametrize(
    ("items", "reason"),
    [
        ("x,m,class:nothing,points,\n", "'nothing' is not in the reference"),
        ("x,m,age>=65,points,\n", "points counts medicines alone"),
        ("x,m,alderine,heaps,\n", "must be one of"),
        ("x,m,alderine,any,\n", "column points"),
        ("y,m,alderine,ingredients,\n", "'y' is no scale"),
        ("", "has no rows"),
    ],
)
def test_an_item_that_cannot_be_understood_stops_the_run(tmp_path: Path, items: str, reason: str) -> None:
    with pytest.raises(ReferenceDamagedError, match=reason):
        toy.book(tmp_path, scales=SCALE.format(when="", thresholds="3", bands="a"), scale_items=ITEMS + items)


def test_bands_must_match_rising_thresholds(tmp_path: Path) -> None:
    for thresholds, bands in (("3;2", "a;b"), ("3", "a;b")):
        with pytest.raises(ReferenceDamagedError, match="thresholds"):
            scale = SCALE.format(when="", thresholds=thresholds, bands=bands)
            toy.book(tmp_path, scales=scale, scale_items=ITEMS + "x,m,alderine,ingredients,\n")


def test_no_medicines_no_scales(tmp_path: Path) -> None:
    review = assess(toy.source(medications=ORDERS + "1,hazelor,5,mg,daily,oral\n"), toy.book(tmp_path), toy.TODAY)
    assert isinstance(review.scales, pd.DataFrame)
    assert review.scales.empty
