"""Problem lists: groups by code and by words."""

import pandas as pd
import pytest

from pipeline.normalise.conditions import ConditionGroups

TABLE = [
    ("diabetes", "icd10", "E10"),
    ("diabetes", "icd10", "E11"),
    ("diabetes", "icd9", "250"),
    ("diabetes", "words", "diabetes"),
    ("diabetes", "words", "diabetes mellitus"),
    ("diabetic_kidney_disease", "icd10", "E1122"),
    ("diabetic_kidney_disease", "words", "diabetic nephropathy"),
    ("epilepsy", "words", "epilepsy"),
    ("epilepsy", "words", "seizure"),
    ("heart_failure", "icd10", "I50"),
    ("heart_failure", "words", "CHF"),
    ("parkinson", "words", "Parkinson's disease"),
]


@pytest.fixture(scope="module")
def groups() -> ConditionGroups:
    return ConditionGroups({"conditions": pd.DataFrame(TABLE, columns=["condition", "kind", "value"])})


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("E11", ["diabetes"]),
        ("E11.9", ["diabetes"]),
        ("E119", ["diabetes"]),
        (" e11.9 ", ["diabetes"]),
        ("E11.22", ["diabetes", "diabetic_kidney_disease"]),
        ("E1122", ["diabetes", "diabetic_kidney_disease"]),
        ("E11.2", ["diabetes"]),
        ("I50.9", ["heart_failure"]),
        ("250.00", ["diabetes"]),
        ("E1", []),
        ("E12", []),
        ("I5", []),
        ("", []),
    ],
)
def test_by_code(groups: ConditionGroups, code: str, expected: list[str]) -> None:
    assert groups.groups(code, "") == expected


@pytest.mark.parametrize(
    ("description", "expected"),
    [
        ("Epilepsy", ["epilepsy"]),
        ("Type 2 DIABETES MELLITUS without complication", ["diabetes"]),
        ("Parkinson\u2019s disease", ["parkinson"]),
        ("CHF; epilepsy", ["epilepsy", "heart_failure"]),
        ("diabetic nephropathy", ["diabetic_kidney_disease"]),
        ("prediabetes", []),
        ("no diabetes", []),
        ("No history of seizure", []),
        ("Denies seizure", []),
        ("rule out epilepsy", []),
        ("family history of diabetes", []),
        ("Risk of seizure", []),
        ("chf without diabetes", ["heart_failure"]),
        ("seizure, no diabetes", ["epilepsy"]),
        ("no diabetes; CHF", ["heart_failure"]),
        ("diabetes without complication, epilepsy", ["diabetes", "epilepsy"]),
        ("epilepsy has been ruled out", []),
        ("not on diabetes", []),
        ("", []),
    ],
)
def test_by_words(groups: ConditionGroups, description: str, expected: list[str]) -> None:
    assert groups.groups("", description) == expected


def test_code_and_words_both_count(groups: ConditionGroups) -> None:
    assert groups.groups("I50.9", "Epilepsy") == ["epilepsy", "heart_failure"]
