"""Results: which test, which number, in the test's own unit, by the shipped reference."""

from math import isnan

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.normalise.labs import LabTests
from tests.normalise.conftest import REFERENCE

TABLES = {
    name: pd.read_csv(REFERENCE / f"{name}.csv", dtype=str, keep_default_na=False)
    for name in ("labs", "lab_units", "lab_ranges")
}
TESTS = LabTests(TABLES)
NOT_A_NUMBER, NO_UNIT, NO_TEST = "not a number", "unit not known", "test not known"


@pytest.mark.parametrize(
    ("name", "loinc", "test"),
    [
        ("Creatinine", "", "creatinine"),
        ("Creatinine, Serum", "", "creatinine"),
        ("Creatinine [Mass/volume] in Serum or Plasma", "", "creatinine"),
        ("Potassium [Moles/volume] in Blood", "", "potassium"),
        ("2160-0", "", "creatinine"),
        ("Kreatinin", "2160-0", "creatinine"),
        ("INR in Platelet poor plasma by Coagulation assay", "", "inr"),
        ("Hemoglobin A1c/Hemoglobin.total in Blood", "", "hba1c"),
        ("Glomerular filtration rate/1.73 sq M.predicted [Volume Rate/Area] in Serum or Plasma", "", "egfr"),
        ("Lithium Level", "", "lithium"),
        ("Serum potassium", "", "potassium"),
        ("K+", "", "potassium"),
        ("PT/INR", "", "inr"),
        ("Blood Pressure", "", "sbp;dbp"),
        ("EKG", "", "ecg"),
        # Another sample is another test.
        ("Creatinine [Mass/volume] in Urine", "", ""),
        ("Urine potassium", "", ""),
        ("Glucose, CSF", "", ""),
        ("Bilirubin, direct", "", ""),
        # The code decides: this one is creatinine in urine.
        ("Creatinine", "2161-8", ""),
        ("sunshine", "", ""),
    ],
)
def test_the_test_of_a_result(name: str, loinc: str, test: str) -> None:
    assert TESTS.test(name, loinc) == test


@pytest.mark.parametrize(
    ("test", "value", "unit", "expected"),
    [
        ("creatinine", "1.4", "mg/dL", 1.4),
        ("creatinine", "124", "µmol/L", 1.4),
        ("creatinine", "124", "umol/L", 1.4),
        ("creatinine", "124", "mcmol/L", 1.4),
        ("creatinine", "124", "micromol/l", 1.4),
        ("creatinine", "1,4", "", 1.4),
        ("creatinine", "1.4 H", "", 1.4),
        ("creatinine", "1.4 (H)", "mg / dL", 1.4),
        ("creatinine", "H 1.4", "mg/dl", 1.4),
        ("creatinine", "1.4*", "", 1.4),
        ("creatinine", "1.4 mg/dL", "", 1.4),
        ("creatinine", "124 umol/L", "n/a", 1.4),
        ("potassium", "5.2", "mEq/L", 5.2),
        ("potassium", "5.2", "mmol/L", 5.2),
        ("lithium", "0.8", "mEq/L", 0.8),
        ("glucose", "5.5", "mmol/L", 99.1),
        ("hba1c", "53", "mmol/mol", 7.0),
        ("hba1c", "7.0", "%", 7.0),
        ("digoxin", "1.28", "nmol/L", 1.0),
        ("magnesium", "0.85", "mmol/L", 2.1),
        ("calcium", "2.3", "mmol/L", 9.2),
        ("bilirubin", "17.1", "umol/L", 1.0),
        ("valproate", "500", "umol/L", 72.1),
        ("platelets", "150,000", "/uL", 150.0),
        ("platelets", "150", "10*3/uL", 150.0),
        ("platelets", "150", "x10E3/uL", 150.0),
        ("wbc", "7.1", "K/mcL", 7.1),
        ("qtc", "0.48", "sec", 480.0),
        ("inr", "2.4", "", 2.4),
        ("body weight", "150", "lb", 68.0),
        ("temperature", "37", "Cel", 98.6),
    ],
)
def test_a_value_in_the_tests_own_unit(test: str, value: str, unit: str, expected: float) -> None:
    reading = TESTS.read(test, "", value, unit)
    assert (reading.reason, round(reading.values[0][1], 1)) == ("", expected)


@pytest.mark.parametrize(
    ("test", "value", "unit", "reason", "bad"),
    [
        ("creatinine", "88", "", "not plausible for creatinine in mg/dL: check its unit", True),
        ("creatinine", "88", "mg/dL", "not plausible for creatinine in mg/dL: check its unit", True),
        ("creatinine", "1.4", "umol/L", "not plausible for creatinine in mg/dL: check its unit", True),
        ("glucose", "5.5", "", "not plausible for glucose in mg/dL: check its unit", True),
        ("potassium", "hemolyzed", "", NOT_A_NUMBER, True),
        ("potassium", "pending", "", NOT_A_NUMBER, True),
        ("potassium", "see note", "", NOT_A_NUMBER, True),
        ("potassium", "4-5", "", NOT_A_NUMBER, True),
        ("potassium", "4.1 bananas", "", NOT_A_NUMBER, True),
        ("blood pressure", "high", "", "not two numbers such as 128/76", True),
        ("urinalysis", "Not done", "", "no result", True),
        ("creatinine", "1.4", "stone", NO_UNIT, False),
        ("weight", "150", "", NO_UNIT, False),
        ("survey", "sometimes", "", NO_TEST, False),
        ("survey", "3", "{score}", NO_TEST, False),
    ],
)
def test_a_value_that_cannot_be_used(test: str, value: str, unit: str, reason: str, bad: bool) -> None:
    reading = TESTS.read(test, "", value, unit)
    assert (reading.values, reading.reason, reading.bad) == ((), reason, bad)


@pytest.mark.parametrize("value", ["128/76", "128 / 76 mmHg", "128/76 sitting"])
def test_a_blood_pressure_is_two_results(value: str) -> None:
    assert TESTS.read("BP", "", value, "mmHg").values == (("sbp", 128.0), ("dbp", 76.0))


def test_a_result_in_words_counts_as_done() -> None:
    ((test, value),) = TESTS.read("Urinalysis", "", "negative", "").values
    assert test == "urinalysis" and isnan(value)


def test_below_and_above_a_limit() -> None:
    assert TESTS.read("egfr", "", "<15", "").values[0][1] < 15
    assert TESTS.read("egfr", "", ">90", "").values[0][1] > 90
    assert TESTS.read("egfr", "", "15", "").values[0][1] == 15


def test_every_test_with_units_has_a_range_and_a_unit_of_its_own() -> None:
    units, ranges = TABLES["lab_units"], TABLES["lab_ranges"]
    assert set(units["test"]) == set(ranges["test"]) == set(units.loc[units["factor"] == "1", "test"])
    for test, unit in zip(ranges["test"], ranges["unit"], strict=True):
        assert unit == "" or TESTS.read(test, "", "50", unit).reason in ("", _implausible(test, unit))


def _implausible(test: str, unit: str) -> str:
    return f"not plausible for {test.replace('_', ' ')} in {unit}: check its unit"


@given(st.text(max_size=12), st.sampled_from(["creatinine", "bp", "ecg", "x"]), st.text(max_size=8))
def test_any_text_is_a_result_or_has_a_reason(value: str, test: str, unit: str) -> None:
    reading = TESTS.read(test, "", value, unit)
    assert bool(reading.values) != bool(reading.reason)


@given(st.floats(0.1, 20), st.sampled_from(["", " H", " (L)", "*", " mg/dL"]))
def test_a_number_is_itself_whatever_stands_beside_it(value: float, beside: str) -> None:
    written = f"{value:.2f}"
    assert TESTS.read("creatinine", "", written + beside, "").values == (("creatinine", float(written)),)
