"""What is known of each person in numbers: age, weight, kidney function, the newest value of each test."""

from datetime import date

import numpy as np
import pandas as pd

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
    known = patients.drop_duplicates("patient_id").set_index("patient_id").reindex(ids)
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
    cells = zip(labs["test"], labs["loinc"], labs["value"], labs["unit"], strict=True)
    readings = [lab_tests.read(*cell) for cell in cells]
    reasons = pd.Series([reading.reason for reading in readings], index=labs.index, dtype="str")
    unusable = labs.assign(row=labs.index, reason=reasons)[reasons != ""]
    today = pd.Timestamp(as_of)
    # A result of somebody who takes nothing is nobody's in this review.
    used = ((reasons == "") & (labs["date"] <= today) & labs["patient_id"].isin(ids)).to_numpy()
    rows = [(at, *value) for at in np.flatnonzero(used) for value in readings[at].values]
    table = pd.DataFrame(rows, columns=["row", "number", "value"]).astype(
        {"row": "int64", "number": "str", "value": "float64"}
    )
    mine = labs.iloc[table["row"]]
    table["patient"] = ids.get_indexer(mine["patient_id"])
    table["age_days"] = (today - mine["date"]).dt.days.to_numpy(dtype="int64")
    table = table.sort_values(["patient", "number", "age_days"], ascending=[True, True, False], kind="stable")
    newest = table.drop_duplicates(["patient", "number"], keep="last")
    columns = ["patient", "number", "value", "age_days"]
    return newest[columns].reset_index(drop=True), unusable[["patient_id", "row", "test", "reason"]].reset_index(
        drop=True
    )


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
