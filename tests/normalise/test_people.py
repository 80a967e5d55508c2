"""What is known of people in numbers: ages, the newest results, kidney function."""

from datetime import date

import pandas as pd
import pytest

from pipeline.normalise.labs import LabTests
from pipeline.normalise.people import age_in_years, numbers
from pipeline.validate import validate
from tests import toy

LAB_TESTS = LabTests({name: pd.DataFrame(toy.rows(toy.TABLES[name])) for name in ("labs", "lab_units", "lab_ranges")})
WOMAN = "patient_id,sex,birth_date,weight_kg,height_cm\n1,F,1941-06-01,58,160\n"


def known(labs: str = "", patients: str = WOMAN) -> tuple[dict[tuple[str, str], tuple], list[list[str]]]:
    """Of (person, number) the value, its age in days and its basis; and the results that cannot be used."""
    tables = {"medications": "patient_id,drug\n1,alderine\n", "patients": patients}
    if labs:
        tables["labs"] = "patient_id,test,value,unit,date\n" + labs
    accepted = validate(toy.source(**tables), toy.TODAY, lab_tests=LAB_TESTS)
    assert accepted.rejected.empty, accepted.rejected.to_string()
    ids = pd.Index(sorted(set(accepted.tables["patients"]["patient_id"]) | {"1"}), dtype="str")
    found, unusable = numbers(accepted.tables["patients"], accepted.tables["labs"], ids, LAB_TESTS, toy.TODAY)
    values = {
        (ids[row.patient], row.number): (round(row.value, 1), row.age_days, row.basis) for row in found.itertuples()
    }
    return values, unusable[["patient_id", "test", "reason"]].to_numpy().tolist()


# Age


@pytest.mark.parametrize(
    ("born", "day", "age"),
    [
        ("1950-03-10", "2026-03-09", 75),
        ("1950-03-10", "2026-03-10", 76),
        ("1950-03-10", "2026-12-31", 76),
        ("1950-03-10", "2026-02-28", 75),
        # Born on the 29th of February: the birthday of other years is the first of March.
        ("1952-02-29", "2026-02-28", 73),
        ("1952-02-29", "2026-03-01", 74),
        ("1952-02-29", "2028-02-28", 75),
        ("1952-02-29", "2028-02-29", 76),
        ("2026-01-15", "2026-01-15", 0),
    ],
)
def test_age_in_completed_years(born: str, day: str, age: int) -> None:
    assert age_in_years(pd.Series(pd.to_datetime([born])), date.fromisoformat(day)).tolist() == [age]


def test_an_age_that_is_not_known() -> None:
    assert age_in_years(pd.Series(pd.to_datetime([None])), toy.TODAY).isna().all()


@pytest.mark.parametrize(
    ("cells", "age"), [("1941-06-01,99", 84), (",84", 84), (",84 y", 84), (",90+", 90), (",", None)]
)
def test_an_age_in_years_counts_where_there_is_no_birth_date(cells: str, age: float | None) -> None:
    values, _ = known(patients=f"patient_id,birth_date,age\n1,{cells}\n")
    assert values.get(("1", "age")) == (None if age is None else (age, 0, ""))


@pytest.mark.parametrize(
    ("columns", "cells"),
    [
        ("weight_kg,height_cm", "68.04,162.6"),
        ("weight_kg,height_cm", '150 lb,"5\'4"""'),
        ("weight_lb,height_in", "150,64"),
        ("weight_kg,weight_lb,height_cm,height_in", "68.04,999,162.6,99"),
        ("weight_kg,weight_lb,height_cm,height_in", ",150,,64"),
    ],
)
def test_weight_and_height_in_either_unit(columns: str, cells: str) -> None:
    values, _ = known(patients=f"patient_id,{columns}\n1,{cells}\n")
    assert (values["1", "weight_kg"][0], values["1", "bmi"][0]) == (68.0, 25.7)


def test_people_in_numbers() -> None:
    values, _ = known(
        patients="patient_id,sex,birth_date,weight_kg,height_cm,pump_refill_due\n1,F,1941-06-01,58,160,2026-01-10\n2,,,,,\n"
    )
    assert values == {
        ("1", "age"): (84, 0, ""),
        ("1", "bmi"): (22.7, 0, ""),
        ("1", "weight_kg"): (58, 0, ""),
        ("1", "pump_refill_days"): (-5, 0, ""),
    }


# Tests


def test_the_newest_result_on_or_before_the_day_of_the_review_counts() -> None:
    values, unusable = known(
        "1,potassium,4,,2026-01-01\n1,K,5,,2026-01-14\n1,potassium,6,,2026-01-16\n1,potassium,3,,2025-12-01\n"
    )
    assert values["1", "potassium"] == (5, 1, "")
    assert unusable == []


def test_a_result_of_the_day_of_the_review_counts_and_of_one_day_the_last_row() -> None:
    values, _ = known("1,potassium,4,,2026-01-15\n1,potassium,6,,2026-01-15\n1,potassium,5,,2026-01-15\n")
    assert values["1", "potassium"] == (5, 0, "")


@pytest.mark.parametrize("unit", ["umol/L", "UMOL/L", "\u00b5mol/L", "\u03bcmol/L"])
def test_units_are_converted(unit: str) -> None:
    values, _ = known(f"1,creatinine,123.8,{unit},2026-01-15\n")
    assert values["1", "creatinine"] == (1.4, 0, "")
    assert values["1", "egfr"] == (37.1, 0, "CKD-EPI 2021")


def test_a_result_without_a_unit_is_in_the_usual_one_and_one_in_an_unknown_unit_is_not_used() -> None:
    values, unusable = known(
        "1,creatinine,1.4,,2026-01-10\n1,creatinine,99,stone,2026-01-14\n1,sunshine,3,,2026-01-14\n"
    )
    assert values["1", "creatinine"] == (1.4, 5, "")
    assert unusable == [["1", "creatinine", "unit not known"], ["1", "sunshine", "test not known"]]


# Kidney function


def test_kidney_function_is_computed_from_creatinine() -> None:
    values, _ = known("1,creatinine,1.4,mg/dL,2026-01-05\n")
    assert values["1", "egfr"] == (37.1, 10, "CKD-EPI 2021")
    assert values["1", "crcl"] == (27.4, 10, "Cockcroft-Gault")


@pytest.mark.parametrize(
    ("creatinine", "reported", "egfr"),
    [
        ("2026-01-05", "2026-01-06", (60, 9, "as reported")),
        ("2026-01-05", "2026-01-05", (60, 10, "as reported")),
        ("2026-01-05", "2026-01-04", (37.1, 10, "CKD-EPI 2021")),
    ],
)
def test_a_reported_value_counts_unless_a_creatinine_is_newer(creatinine: str, reported: str, egfr: tuple) -> None:
    values, _ = known(f"1,creatinine,1.4,,{creatinine}\n1,egfr,60,,{reported}\n")
    assert values["1", "egfr"] == egfr


@pytest.mark.parametrize(
    ("patients", "computed"),
    [
        ("1,,1941-06-01,58", set()),
        ("1,F,,58", set()),
        ("1,F,1941-06-01,", {"egfr"}),
        ("1,F,2008-01-16,58", set()),  # 17 years
        ("1,F,2008-01-15,58", {"egfr", "crcl"}),
    ],
)
def test_kidney_function_needs_sex_and_age_and_the_clearance_weight(patients: str, computed: set[str]) -> None:
    values, _ = known("1,creatinine,1.4,,2026-01-05\n", f"patient_id,sex,birth_date,weight_kg\n{patients}\n")
    assert {number for _, number in values} & {"egfr", "crcl"} == computed
