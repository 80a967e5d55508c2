"""Quality measures: who counts, by home and unit, and how sure the rate is."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.measures import measures, wilson
from tests import toy

PATIENTS = """patient_id,facility,unit,medications
1,Elm,east,2
2,Elm,east,1
3,Elm,west,3
4,Oak,,1
5,,,1
6,Elm,east,0
"""
FINDINGS = """patient_id,severity,check
1,major,dose
1,minor,dose
2,moderate,allergy
3,contraindicated,interaction
6,major,allergy
"""
PARTS = """patient_id,ingredient
1,alderine
1,alderine
2,alderine
2,birchol
3,alderine
3,birchol
3,elmic
"""


def counted(counts: str, of: str = "", at_least: str = "1") -> dict[tuple[str, str], tuple[int, int]]:
    """(facility, unit) → numerator and denominator."""
    definitions = pd.DataFrame([{"measure": "m", "title": "M", "counts": counts, "of": of, "at_least": at_least}])
    patients = pd.DataFrame(toy.rows(PATIENTS)).astype({"medications": int})
    findings, parts = (pd.DataFrame(toy.rows(text)) for text in (FINDINGS, PARTS))
    table = measures(definitions, patients, findings, parts)
    return {(row.facility, row.unit): (row.numerator, row.denominator) for row in table.itertuples()}


def test_those_with_a_current_order_count_for_everyone_each_home_and_each_unit() -> None:
    assert counted("findings", "major") == {
        ("", ""): (2, 5),
        ("Elm", ""): (2, 3),
        ("Oak", ""): (0, 1),
        ("Elm", "east"): (1, 2),
        ("Elm", "west"): (1, 1),
    }


@pytest.mark.parametrize(
    ("counts", "of", "at_least", "numerator"),
    [
        ("findings", "contraindicated", "1", 1),
        ("findings", "major", "1", 2),
        ("findings", "minor", "1", 3),
        ("findings", "minor", "2", 1),
        ("check", "dose", "1", 1),
        ("check", "allergy", "1", 1),
        ("check", "withdrawal", "1", 0),
        # Each ingredient once, however many orders name it.
        ("ingredients", "", "1", 3),
        ("ingredients", "", "2", 2),
        ("ingredients", "", "3", 1),
    ],
)
def test_what_is_counted(counts: str, of: str, at_least: str, numerator: int) -> None:
    assert counted(counts, of, at_least)["", ""] == (numerator, 5)


def test_a_home_where_nobody_takes_anything_has_no_rates() -> None:
    definitions = pd.DataFrame([{"measure": "m", "title": "M", "counts": "findings", "of": "major", "at_least": "1"}])
    patients = pd.DataFrame({"patient_id": ["1"], "facility": [""], "unit": [""], "medications": [0]})
    none = pd.DataFrame({"patient_id": [], "severity": [], "check": [], "ingredient": []}, dtype="str")
    assert measures(definitions, patients, none, none).empty


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
