"""Doses of combinations: never the whole dose for each ingredient."""

import pytest

from pipeline.normalise.combined import daily_doses
from pipeline.normalise.directions import Directions
from pipeline.normalise.strengths import Quantity


def mg(value: float, per: str = "tablet") -> Quantity:
    return Quantity(value, "mg", per)


@pytest.mark.parametrize(
    ("dose", "unit", "strengths", "expected"),
    [
        ("1", "tablet", (mg(5), mg(325)), [10, 650]),
        ("1-2", "tablets", (mg(5), mg(325)), [20, 1300]),
        ("5-325", "mg", (mg(5), mg(325)), [10, 650]),
        ("5-325", "mg", (None, None), [10, 650]),
        ("25/100 mg", "", (mg(25), mg(100)), [50, 200]),
        ("875", "mg", (mg(875), mg(125)), [1750, 250]),
        ("200", "mg", (mg(25), mg(200)), [50, 400]),
        ("400", "mg", (mg(80, "mL"), mg(11.4, "mL")), [800, 114]),
        ("500", "mg", (mg(500),), [1000]),
        # which ingredient is meant is not known
        ("875", "mg", (None, None), [None, None]),
        ("777", "mg", (mg(5), mg(325)), [None, None]),
        ("1", "tablet", (mg(5), None), [10, 2]),
        ("1", "tablet", (mg(600), Quantity(400, "unit", "tablet")), [1200, 800]),
        ("600-400", "mg-unit", (mg(600), Quantity(400, "unit", "tablet")), [1200, 800]),
    ],
)
def test_daily_doses(
    directions: Directions, dose: str, unit: str, strengths: tuple[Quantity | None, ...], expected: list[float | None]
) -> None:
    found = daily_doses(directions, dose, unit, directions.frequency("BID"), strengths)
    assert [daily.value for daily in found] == expected
    assert all(daily.value is not None or daily.reason for daily in found)


def test_a_tablet_of_unknown_strength_stays_a_tablet(directions: Directions) -> None:
    known, unknown = daily_doses(directions, "1", "tablet", directions.frequency("BID"), (mg(5), None))
    assert (known.unit, known.reason) == ("mg", "")
    assert unknown.unit == "tablet" and unknown.reason


@pytest.mark.parametrize(("dose", "unit"), [("600-400", "mg-unit"), ("600-400 mg-unit", "")])
def test_each_number_of_a_dose_has_its_own_unit(directions: Directions, dose: str, unit: str) -> None:
    found = daily_doses(directions, dose, unit, directions.frequency("BID"), (None, None))
    assert [(daily.value, daily.unit) for daily in found] == [(1200, "mg"), (800, "unit")]
