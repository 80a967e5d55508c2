"""Quality measures: who counts, by home and unit, one day or one medicine either side, and how sure the rate is."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.assess import assess
from pipeline.judge.measures import wilson
from pipeline.judge.overlap import days_together
from pipeline.normalise.facts import ALWAYS, Facts
from pipeline.rulebook.load import COLUMNS
from pipeline.rulebook.terms import GROUPS
from pipeline.screen.context import Situation
from tests import toy

PATIENTS = """patient_id,facility,unit
1,Elm,east
2,Elm,east
3,Elm,west
4,Oak,
5,,
6,Elm,east
"""
ORDERS = "patient_id,drug,stop_date\n1,alderine,\n1,alderine,\n2,alderbirch,\n3,alderine,\n3,birchol,\n3,elmic,\n"
ORDERS += "4,hazelor,\n5,hazelor,\n6,alderine,2026-01-01\n"
PAIRS = [
    toy.RULES["pairs"],
    {"rule_id": "tree-pair", "a": "alderine", "b": "birchol", "check": "dose", "severity": "major"},
    {"rule_id": "tree-elmic", "a": "alderine", "b": "elmic", "severity": "contraindicated"},
]
DATED = "patient_id,drug,start_date,stop_date,indication\n"


def day(ago: int) -> str:
    return str(toy.TODAY - timedelta(days=ago))


def measured(folder: Path, tables: dict[str, str], **cells: str) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    """(facility, unit) → numerator, denominator, excluded, not assessable of one measure."""
    row = dict.fromkeys(COLUMNS["measures"], "") | {"measure": "m", "title": "M", "at_least": "1"} | cells
    definitions = pd.DataFrame([row]).to_csv(index=False)
    gaps = [toy.RULES["gaps"] | {"needs": "route"}]
    review = assess(toy.source(**tables), toy.book(folder, pairs=PAIRS, gaps=gaps, measures=definitions), toy.TODAY)
    return {
        (one.facility, one.unit): (one.numerator, one.denominator, one.excluded, one.not_assessable)
        for one in review.measures.itertuples()
    }


def everyone(folder: Path, orders: str, people: str = "", more: dict[str, str] | None = None, **cells: str) -> tuple:
    """The same of everyone together."""
    tables = {"medications": DATED + orders} | ({"patients": people} if people else {}) | (more or {})
    return measured(folder, tables, **cells)["", ""]


HOME = {"patients": PATIENTS, "medications": ORDERS}


def test_those_with_a_current_order_count_for_everyone_each_home_and_each_unit(tmp_path: Path) -> None:
    assert measured(tmp_path, HOME, counts="findings", of="major") == {
        ("", ""): (1, 5, 0, 0),
        ("Elm", ""): (1, 3, 0, 0),
        ("Oak", ""): (0, 1, 0, 0),
        ("Elm", "east"): (0, 2, 0, 0),
        ("Elm", "west"): (1, 1, 0, 0),
    }


@pytest.mark.parametrize(
    ("counts", "of", "at_least", "numerator"),
    [
        ("findings", "contraindicated", "1", 1),
        ("findings", "major", "2", 1),
        ("findings", "major", "3", 0),
        ("check", "dose", "1", 1),
        ("check", "allergy", "1", 0),
        ("rules", "tree-elmic;other", "1", 1),
        ("rules", "other", "1", 0),
        # Each ingredient once, however many orders name it; of a combination each part.
        ("ingredients", "", "1", 5),
        ("ingredients", "", "2", 2),
        ("ingredients", "", "3", 1),
        ("taking", "class:tree", "1", 3),
        ("taking", "elmic|hazelor", "1", 3),
    ],
)
def test_what_is_counted(tmp_path: Path, counts: str, of: str, at_least: str, numerator: int) -> None:
    assert measured(tmp_path, HOME, counts=counts, of=of, at_least=at_least)["", ""] == (numerator, 5, 0, 0)


def test_a_home_where_nobody_takes_anything_has_no_rates(tmp_path: Path) -> None:
    tables = {"medications": "patient_id,drug,stop_date\n1,alderine,2026-01-01\n"}
    assert measured(tmp_path, tables, counts="findings", of="major") == {}


BOTH = {"counts": "overlap", "of": "alderine;elmic", "days": "30"}


@pytest.mark.parametrize(("ago", "numerator"), [(29, 1), (28, 0)])
def test_together_on_thirty_days_counts_and_on_twenty_nine_does_not(tmp_path: Path, ago: int, numerator: int) -> None:
    # The day of the review is the last one: 29 days ago to today are 30 days.
    orders = f"1,alderine,{day(300)},,\n1,elmic,{day(ago)},,\n"
    assert everyone(tmp_path, orders, **BOTH) == (numerator, 1, 0, 0)


def test_days_add_up_over_courses_and_an_order_twice_on_a_day_is_one_day(tmp_path: Path) -> None:
    halves = f"1,elmic,{day(200)},{day(186)},\n1,elmic,{day(100)},{day(86)},\n"
    assert everyone(tmp_path / "a", f"1,alderine,{day(300)},,\n{halves}", **BOTH) == (1, 1, 0, 0)
    again = f"1,elmic,{day(200)},{day(186)},\n1,elmic,{day(200)},{day(186)},\n"
    assert everyone(tmp_path / "b", f"1,alderine,{day(300)},,\n{again}", **BOTH) == (0, 1, 0, 0)


@pytest.mark.parametrize(("ago", "numerator"), [(364, 1), (365, 0)])
def test_only_days_of_the_last_year_count(tmp_path: Path, ago: int, numerator: int) -> None:
    orders = f"1,alderine,{day(400)},,\n1,elmic,{day(ago)},{day(335)},\n"
    assert everyone(tmp_path, orders, **BOTH) == (1, 1, 0, 0)
    orders = f"1,alderine,{day(400)},,\n1,elmic,{day(ago)},{day(ago - 29)},\n"
    assert everyone(tmp_path / "short", orders, **BOTH) == (numerator, 1, 0, 0)


def test_an_order_of_unknown_beginning_makes_a_resident_not_assessable_unless_the_others_are_enough(
    tmp_path: Path,
) -> None:
    assert everyone(tmp_path / "a", f"1,alderine,{day(300)},,\n1,elmic,,,\n", **BOTH) == (0, 0, 0, 1)
    known = f"1,alderine,{day(300)},,\n1,elmic,{day(60)},,\n1,elmic,,,\n"
    assert everyone(tmp_path / "b", known, **BOTH) == (1, 1, 0, 0)


@pytest.mark.parametrize(("drugs", "numerator"), [(("alderine", "birchol", "elmic"), 1), (("alderine", "birchol"), 0)])
def test_three_distinct_medicines_of_one_class_on_the_same_days(
    tmp_path: Path, drugs: tuple[str, ...], numerator: int
) -> None:
    orders = "".join(f"1,{drug},{day(40)},,\n" for drug in drugs) + f"1,alderine,{day(40)},,\n"
    counted = everyone(tmp_path, orders, counts="overlap", of="class:plant", at_least="3", days="30")
    assert counted == (numerator, 1, 0, 0)


@pytest.mark.parametrize(("ago", "among"), [(14, 1), (13, 0)])
def test_only_those_with_enough_days_of_the_first_medicine_are_asked(tmp_path: Path, ago: int, among: int) -> None:
    orders = f"1,alderine,{day(ago)},,\n"
    assert everyone(tmp_path, orders, among="alderine", among_days="15", **BOTH) == (0, among, 0, 0)


@pytest.mark.parametrize(("born", "counted"), [("1961-01-15", 1), ("1961-01-16", 0)])
def test_an_age_is_reached_on_the_birthday_and_unknown_is_not_assessable(
    tmp_path: Path, born: str, counted: int
) -> None:
    age = {"counts": "taking", "of": "alderine", "min_age": "65"}
    people = f"patient_id,birth_date\n1,{born}\n"
    assert everyone(tmp_path / "a", "1,alderine,,,\n", people, **age) == (counted, counted, 0, 0)
    assert everyone(tmp_path / "b", "1,alderine,,,\n", **age) == (0, 0, 0, 1)


@pytest.mark.parametrize(("ago", "counted"), [(100, 1), (99, 0)])
def test_a_long_stay_is_of_101_days_and_unknown_is_not_assessable(tmp_path: Path, ago: int, counted: int) -> None:
    stay = {"counts": "taking", "of": "alderine", "min_stay": "101"}
    people = f"patient_id,admission_date\n1,{day(ago)}\n"
    assert everyone(tmp_path / "a", "1,alderine,,,\n", people, **stay) == (counted, counted, 0, 0)
    assert everyone(tmp_path / "b", "1,alderine,,,\n", **stay) == (0, 0, 0, 1)


def test_the_excluded_are_counted_apart(tmp_path: Path) -> None:
    people = "patient_id,hospice\n1,yes\n2,no\n"
    orders = "1,alderine,,,\n2,alderine,,,\n"
    assert everyone(tmp_path, orders, people, counts="taking", of="alderine", excludes="hospice") == (1, 1, 1, 0)


def test_without_the_table_that_excuses_nobody_can_be_told(tmp_path: Path) -> None:
    need = {"counts": "taking", "of": "alderine", "excludes": "condition:gout", "needs": "conditions"}
    assert everyone(tmp_path / "a", "1,alderine,,,\n", **need) == (0, 0, 0, 1)
    listed = {"conditions": "patient_id,description\n9,fever\n"}
    assert everyone(tmp_path / "b", "1,alderine,,,\n", more=listed, **need) == (1, 1, 0, 0)


def test_without_a_kidney_function_nobody_can_be_told(tmp_path: Path) -> None:
    labs = {"labs": f"patient_id,test,value,unit,date\n1,egfr,40,,{day(365)}\n2,egfr,40,,{day(366)}\n"}
    orders = "1,alderine,,,\n2,alderine,,,\n"
    counted = everyone(tmp_path, orders, more=labs, counts="number", of="egfr;crcl", needs="egfr|crcl")
    assert counted == (0, 1, 0, 1)


def test_an_indication_is_asked_of_every_order_and_of_none_when_there_is_no_such_column(tmp_path: Path) -> None:
    said = {"counts": "indicated", "of": "alderine", "among": "alderine"}
    orders = "1,alderine,,,pain\n2,alderine,,,pain\n2,alderine,,,\n3,elmic,,,\n"
    assert everyone(tmp_path / "a", orders, **said) == (1, 2, 0, 0)
    assert measured(tmp_path / "b", HOME, **said)["", ""] == (0, 0, 0, 3)


SPAN = st.tuples(st.integers(0, 2), st.integers(-5, 45), st.integers(0, 30))


@settings(max_examples=60)
@given(st.lists(SPAN, max_size=6), st.lists(SPAN, max_size=6), st.integers(1, 2))
def test_days_together_are_those_of_a_slow_count(one: list[tuple], other: list[tuple], at_least: int) -> None:
    today, window = 40, 20
    rows = sorted(
        (drug + 3 * side, start, start + days) for side, spans in enumerate((one, other)) for drug, start, days in spans
    )
    concept = np.array([drug * len(GROUPS) for drug, _, _ in rows], dtype=np.int32)
    start, stop = (np.array([row[at] for row in rows], dtype=np.int32) for at in (1, 2))
    start[start < 0] = ALWAYS
    empty = np.zeros(len(rows))
    facts = Facts(
        pd.Index(["1"], dtype="str"), np.zeros(len(rows), dtype=np.int32), concept, start, stop, np.arange(len(rows)),
        empty, empty, empty.astype(np.int16), empty, empty, [""],
    )  # fmt: skip
    numbers = pd.DataFrame(columns=["patient", "number", "value", "age_days"])
    groups = [np.arange(3) * len(GROUPS), np.arange(3, 6) * len(GROUPS)]
    days, undated = days_together(Situation(facts, numbers, np.int32(today)), groups, at_least, window)

    def ordered(side: int, when: int) -> int:
        return len({drug for drug, first, last in rows if drug // 3 == side and 0 <= first <= when <= last})

    expected = sum(
        all(ordered(side, when) >= at_least for side in (0, 1)) for when in range(today - window + 1, today + 1)
    )
    assert days[0] == expected
    assert undated[0] == any(first < 0 and last > today - window for _, first, last in rows)


@pytest.mark.parametrize(
    ("numerator", "denominator", "low", "high"),
    [
        # Newcombe RG, Stat Med 1998;17:857-72, table I, method 3
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_of_published_examples(numerator: int, denominator: int, low: float, high: float) -> None:
    assert wilson(numerator, denominator) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(st.integers(1, 5000).flatmap(lambda count: st.tuples(st.integers(0, count), st.just(count))))
def test_the_interval_holds_the_rate_within_0_and_1_and_mirrors(case: tuple[int, int]) -> None:
    numerator, denominator = case
    low, high = wilson(numerator, denominator)
    assert 0 <= low <= numerator / denominator + 1e-12
    assert numerator / denominator - 1e-12 <= high <= 1
    assert low < high
    other = wilson(denominator - numerator, denominator)
    assert (1 - other[1], 1 - other[0]) == (pytest.approx(low, abs=1e-9), pytest.approx(high, abs=1e-9))


def test_more_people_make_the_rate_surer() -> None:
    widths = [high - low for low, high in (wilson(count // 4, count) for count in (4, 40, 400, 4000))]
    assert widths == sorted(widths, reverse=True)
