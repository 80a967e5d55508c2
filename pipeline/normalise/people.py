"""What is known of each person in numbers: age, weight, kidney function, the newest value of each test."""

from datetime import date

import numpy as np
import pandas as pd

from pipeline.normalise.distinct import positions_in
from pipeline.normalise.kidney import ckd_epi_2021, cockcroft_gault
from pipeline.normalise.labs import LabTests

_TYPES = {"patient": "int64", "number": "str", "value": "float64", "age_days": "int64", "basis": "str"}


def numbers(
    patients: pd.DataFrame, labs: pd.DataFrame, ids: pd.Index, lab_tests: LabTests, as_of: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every number that rules can speak of, one row each.

    Args:
        patients, labs: accepted tables.
        ids: the patients of the review; the position in it is the patient's code.
        lab_tests: the tests of the reference.
        as_of: the day of the review.

    Returns:
        A frame of `patient` (code), `number` (age, egfr, potassium …), `value`, `age_days` (of the value; 0 when it
        does not age) and `basis` (how it was got: an equation and a date, or empty); and the lab rows that could not
        be used: `patient_id`, `row`, `test`, `reason`.
    """
    tests, unusable = _newest(labs, ids, lab_tests, as_of)
    people = _people(patients, tests, ids, as_of)
    kidney = _kidney(people, tests)
    fixed = (
        people.drop(columns="female")
        .melt(id_vars="patient", var_name="number", value_name="value")
        .dropna(subset=["value"])
    )
    plain = tests[~tests["number"].isin(["egfr", "crcl", "weight_kg", "height_cm"])]
    found = pd.concat([fixed.assign(age_days=0, basis=""), plain.assign(basis=""), kidney], ignore_index=True).astype(
        _TYPES
    )
    return found.sort_values(["patient", "number"], ignore_index=True), unusable


def _people(patients: pd.DataFrame, tests: pd.DataFrame, ids: pd.Index, as_of: date) -> pd.DataFrame:
    """By patient code: age in whole years, weight, body mass index, days until the pump refill, and whether female.

    Weight and height are those of the patients table, else the newest among the results.
    """
    asked = ["patient_id", "weight_kg", "height_cm", "birth_date", "age", "sex", "pump_refill_due"]
    known = patients[asked].drop_duplicates("patient_id").set_index("patient_id").reindex(ids)
    body = {}
    for name in ("weight_kg", "height_cm"):
        measured = tests[tests["number"] == name].set_index("patient")["value"].reindex(np.arange(len(ids)))
        body[name] = known[name].astype("float64").fillna(pd.Series(measured.to_numpy(), index=ids))
    weight, height = body["weight_kg"], body["height_cm"] / 100
    refill = (known["pump_refill_due"] - pd.Timestamp(as_of)).dt.days
    return pd.DataFrame(
        {
            "patient": np.arange(len(ids)),
            "age": ages(known, as_of).to_numpy(),
            "weight_kg": weight.to_numpy(),
            "bmi": (weight / height**2).to_numpy(),
            "pump_refill_days": refill.astype("float64").to_numpy(),
            "female": known["sex"].map({"F": 1.0, "M": 0.0}).astype("float64").to_numpy(),
        }
    )


def ages(patients: pd.DataFrame, as_of: date) -> pd.Series:
    """The age of each row of the patients table: by the birth date, else as it is given."""
    return age_in_years(patients["birth_date"], as_of).fillna(patients["age"].astype("float64"))


def age_in_years(birth_date: pd.Series, as_of: date) -> pd.Series:
    """Completed years of age on the day of the review; a birthday counts from its day on."""
    before = (birth_date.dt.month > as_of.month) | (
        (birth_date.dt.month == as_of.month) & (birth_date.dt.day > as_of.day)
    )
    return (as_of.year - birth_date.dt.year - before.astype("float64")).astype("float64")


def _newest(labs: pd.DataFrame, ids: pd.Index, lab_tests: LabTests, as_of: date) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The newest usable value of each test on or before the day of the review, in the test's own unit."""
    place, readings = lab_tests.each(labs)
    reason = np.array([reading.reason for reading in readings], dtype=object)
    why_not = (reason != "")[place]
    unusable = labs.loc[why_not, ["patient_id", "test"]].assign(row=labs.index[why_not], reason=reason[place[why_not]])
    patient = positions_in(ids, labs["patient_id"])
    age = int(np.datetime64(as_of, "D").astype(np.int64)) - labs["date"].to_numpy("datetime64[D]").astype(np.int64)
    # A result of somebody who takes nothing is nobody's in this review.
    used = np.flatnonzero(~why_not & (age >= 0) & (patient >= 0))
    found = [value for reading in readings for value in reading.values]
    count = np.array([len(reading.values) for reading in readings], dtype=np.int64)
    first, many = (np.cumsum(count) - count)[place[used]], count[place[used]]
    row = np.repeat(used, many)
    value = np.repeat(first - np.cumsum(many) + many, many) + np.arange(many.sum())
    name, names = pd.factorize(np.array([test for test, _ in found], dtype=object), sort=True)
    key = patient[row] * np.int64(len(names) or 1) + name[value]
    order = np.lexsort((-age[row], key))
    newest = order[np.diff(key[order], append=-1) != 0]
    table = {
        "patient": patient[row[newest]],
        "number": pd.array(names, dtype="str").take(name[value[newest]]),
        "value": np.array([number for _, number in found], dtype=np.float64)[value[newest]],
        "age_days": age[row[newest]],
    }
    columns = ["patient_id", "row", "test", "reason"]
    return pd.DataFrame(table), unusable.astype({"reason": "str"})[columns].reset_index(drop=True)


def _kidney(people: pd.DataFrame, tests: pd.DataFrame) -> pd.DataFrame:
    """eGFR and creatinine clearance of each patient: as reported, or from a newer (or the only) creatinine."""
    known = people.set_index("patient")
    creatinine = tests[tests["number"] == "creatinine"].set_index("patient")
    person = known.loc[creatinine.index]
    age, weight, female = (person[name].to_numpy() for name in ("age", "weight_kg", "female"))
    value = creatinine["value"].to_numpy()
    sex_known = ~np.isnan(female)
    equations = {
        "egfr": (np.where(sex_known, ckd_epi_2021(value, age, female == 1), np.nan), "CKD-EPI 2021"),
        "crcl": (np.where(sex_known, cockcroft_gault(value, age, weight, female == 1), np.nan), "Cockcroft-Gault"),
    }
    frames = []
    for number, (values, equation) in equations.items():
        computed = pd.DataFrame(
            {
                "patient": creatinine.index,
                "number": number,
                "value": values,
                "age_days": creatinine["age_days"].to_numpy(),
            }
        ).dropna(subset=["value"])
        reported = tests[tests["number"] == number]
        both = pd.concat([computed.assign(basis=equation), reported.assign(basis="as reported")], ignore_index=True)
        both = both.sort_values(["patient", "age_days", "basis"], ascending=[True, True, False], kind="stable")
        frames.append(both.drop_duplicates("patient"))
    return pd.concat(frames, ignore_index=True)
