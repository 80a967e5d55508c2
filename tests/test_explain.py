"""`medreview explain`: why a finding is there, what was held back, what could not be told, and what was not met."""

from pathlib import Path

import pytest

from tests.command import medreview
from tests.inputs import DAY, write_workbook

HOME = {
    "patients": [["patient_id", "birth_date", "sex", "name"], ["7", "1940-01-01", "F", "Ann Ash"], ["8", "", "", ""]],
    "medications": [
        ["patient_id", "drug", "dose", "dose_unit", "frequency"],
        ["7", "baclofen 10 mg", "10", "mg", "TID"],
        ["7", "MS Contin 15 mg", "15", "mg", "BID"],
        ["7", "gabapentin 300 mg", "300", "mg", "daily"],
        ["8", "naproxen 500 mg", "500", "mg", "BID"],
        ["8", "omeprazole 20 mg", "20", "mg", "daily"],
    ],
    "labs": [["patient_id", "test", "value", "unit", "date"], ["7", "creatinine", "0.8", "mg/dL", "2026-10-01"]],
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_workbook(tmp_path_factory.mktemp("input") / "home.xlsx", HOME)


@pytest.fixture
def told(home: Path, compiled: object):
    def run(*words: str, status: int = 0) -> str:
        result = medreview("explain", home, "--as-of", DAY, *words)
        assert result.status == status, result.err
        return result.out if status == 0 else result.err

    return run


def test_rows_facts_findings_and_what_was_not_met(told) -> None:
    text = told("--patient", "7")
    assert "row 3: MS Contin 15 mg = morphine (brand), oral, 30 mg a day, current" in text
    assert "creatinine: 0.8, 31 days old" in text
    assert "major: baclofen + morphine" in text
    assert "rule: baclofen-opioid (pairs/baclofen.csv, line" in text
    assert "asks: a baclofen; b class:opioid" in text
    assert "baclofen-egfr-below-30: egfr<30 does not hold (egfr" in text
    assert "baclofen-daily-dose-over-80-mg: the sum is 30, not > 80 mg" in text
    assert "naproxen" not in text


def test_one_finding_alone_with_the_rules_on_its_medicines(told) -> None:
    every = told("--patient", "7")
    finding = next(line.split()[0] for line in every.splitlines() if line.endswith("baclofen + morphine"))
    text = told("--patient", "7", "--finding", finding)
    assert "Orders as understood" not in text
    assert "rule: baclofen-opioid" in text
    assert "baclofen-egfr-below-30: egfr<30 does not hold" in text
    assert "gabapentin-" not in text.split("Considered and not met")[1]


def test_what_is_not_known_is_named(told) -> None:
    assert "Not assessable, for want of" in (text := told("--patient", "8"))
    assert ": age" in text


def test_a_rule_of_two_medicines_is_considered_only_when_both_are_taken(told) -> None:
    assert "benzodiazepine" not in told("--patient", "8")


def test_nobody_and_nothing_of_that_name(told) -> None:
    assert "--patient 9: no accepted row has this id" in told("--patient", "9", status=4)
    assert "resident 7 has no such finding" in told("--patient", "7", "--finding", "x", status=4)
