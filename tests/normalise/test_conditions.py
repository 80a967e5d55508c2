"""Problem lists: groups by code and by words."""

from datetime import date

import pandas as pd
import pytest

from pipeline.normalise.conditions import ConditionGroups, counted_codes, over, systems
from tests.normalise.conftest import REFERENCE

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
    ("other", "words", "diabetes insipidus"),
    ("parkinson", "words", "Parkinson's disease"),
    ("suicidality", "icd10", "T1491"),
    ("suicidality", "icd9", "E950"),
    ("hepatitis", "icd9", "0703"),
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
        ("25000", ["diabetes"]),
        ("T14.91XA", ["suicidality"]),
        ("070.30", ["hepatitis"]),
        ("70.3", ["hepatitis"]),
        ("I50.9; E11.9", ["diabetes", "heart_failure"]),
        ("I50.9,E11.9", ["diabetes", "heart_failure"]),
        ("i509 / e119", ["diabetes", "heart_failure"]),
        ("I50.9 - Seizure", ["epilepsy", "heart_failure"]),
        ("CHF", ["heart_failure"]),
        ("Type 2 diabetes", ["diabetes"]),
        # Long numbers are codes of SNOMED, whatever they begin with.
        ("2500099", []),
        ("44054006", []),
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
        ("h/o seizure", ["epilepsy"]),
        ("hx of CHF", ["heart_failure"]),
        ("s/p seizure", ["epilepsy"]),
        ("no h/o seizure", []),
        ("r/o CHF", []),
        ("FHx diabetes", []),
        ("Family hx of diabetes", []),
        ("screening for diabetes", []),
        ("no diabetes but CHF", ["heart_failure"]),
        ("CHF, resolved", []),
        ("CHF (resolved)", []),
        ("resolved CHF", []),
        ("CHF; resolved seizure", ["heart_failure"]),
        ("diabetes insipidus", []),
        ("diabetes insipidus and diabetes mellitus", ["diabetes"]),
        ("", []),
    ],
)
def test_by_words(groups: ConditionGroups, description: str, expected: list[str]) -> None:
    assert groups.groups("", description) == expected


def test_code_and_words_both_count(groups: ConditionGroups) -> None:
    assert groups.groups("I50.9", "Epilepsy") == ["epilepsy", "heart_failure"]


@pytest.mark.parametrize(
    ("code", "system", "expected"),
    [
        ("E950.0", "icd9", ["suicidality"]),
        ("E950.0", "icd10", []),
        ("E11.9", "icd10", ["diabetes"]),
        ("E11.9", "icd9", []),
        ("25000", "other", []),
        ("E11.9", "other", []),
    ],
)
def test_by_code_of_a_system(groups: ConditionGroups, code: str, system: str, expected: list[str]) -> None:
    assert groups.groups(code, "", system) == expected


@pytest.mark.parametrize(
    ("said", "codes", "expected"),
    [
        (["", "", ""], ["250.00", "428.0", "E950.0"], ["", "", "icd9"]),
        (["", "", ""], ["E11.9", "I50.9", "250.00"], ["", "", ""]),
        (["", "", ""], ["44054006", "44054007", "E11.9"], ["", "", ""]),
        (["ICD-10-CM", "10", "ICD9"], ["I10", "I10", "4019"], ["icd10", "icd10", "icd9"]),
        (["9", "icd-9-cm", "SNOMED CT"], ["4019", "4019", "44054006"], ["icd9", "icd9", "other"]),
    ],
)
def test_the_system_is_decided_over_the_whole_column(said: list[str], codes: list[str], expected: list[str]) -> None:
    columns = pd.Series(said, dtype="str"), pd.Series(codes, dtype="str")
    coded, numbers = counted_codes(*columns)
    assert list(systems(*columns, numbers * 2 > coded)) == expected


@pytest.mark.parametrize(
    ("status", "end", "gone"),
    [
        ("", None, False),
        ("Active", None, False),
        ("Confirmed", None, False),
        ("Resolved", None, True),
        ("INACTIVE", None, True),
        ("In Remission", None, True),
        ("", "2026-01-14", True),
        ("", "2026-01-15", False),
        ("active", "2027-01-01", False),
    ],
)
def test_what_is_over(status: str, end: str | None, gone: bool) -> None:
    rows = pd.DataFrame({"status": [status], "end_date": pd.to_datetime([end])})
    assert over(rows, date(2026, 1, 15)).tolist() == [gone]


SHIPPED = ConditionGroups({"conditions": pd.read_csv(REFERENCE / "conditions.csv", dtype=str, keep_default_na=False)})


@pytest.mark.parametrize(
    ("words", "group"),
    [
        ("CHF", "heart_failure"), ("CKD stage 4", "severe_chronic_kidney_disease"),
        ("CKD IV", "severe_chronic_kidney_disease"), ("stage 5 CKD", "severe_chronic_kidney_disease"),
        ("Chronic kidney disease, stage 4 (severe)", "severe_chronic_kidney_disease"),
        ("CKD 3b", "chronic_kidney_disease"), ("DM2", "diabetes"), ("T2DM", "diabetes"), ("HTN", "hypertension"),
        ("A-fib", "atrial_fibrillation"), ("BPH", "benign_prostatic_hyperplasia"), ("GERD", "gastroesophageal_reflux"),
        ("CVA", "stroke"), ("TIA", "cerebrovascular_disease"), ("UTI", "urinary_tract_infection"),
        ("OA", "osteoarthritis"), ("MDD", "depression"), ("GAD", "anxiety"), ("PTSD", "ptsd"),
        ("ESRD on HD", "end_stage_renal_disease"), ("ESRD on HD", "dialysis"), ("COPD", "copd"),
    ],
)  # fmt: skip
def test_abbreviations_of_problem_lists(words: str, group: str) -> None:
    assert group in SHIPPED.groups("", words)


@pytest.mark.parametrize(
    ("words", "group"),
    [
        ("CKD 3b", "severe_chronic_kidney_disease"), ("pulmonary hypertension", "hypertension"),
        ("acute kidney failure", "chronic_kidney_disease"), ("diabetes insipidus", "diabetes"),
        ("depression screening", "depression"), ("CVA tenderness", "stroke"), ("fall risk", "falls"),
    ],
)  # fmt: skip
def test_words_that_only_look_like_a_condition(words: str, group: str) -> None:
    assert group not in SHIPPED.groups("", words)


@pytest.mark.parametrize(
    ("code", "group"),
    [
        ("428.0", "heart_failure"), ("39891", "heart_failure"), ("V58.61", ""), ("E888.9", "falls"),
        ("585.4", "severe_chronic_kidney_disease"), ("40391", "severe_chronic_kidney_disease"), ("V45.01", "pacemaker"),
        ("733.00", "osteoporosis"), ("820.8", "fracture"),
    ],
)  # fmt: skip
def test_icd9(code: str, group: str) -> None:
    found = SHIPPED.groups(code, "", "icd9")
    assert group in found if group else not found
    assert not (group == "osteoporosis" and "fracture" in found)
