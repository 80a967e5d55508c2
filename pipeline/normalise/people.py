"""What is known of each person in numbers: age, weight, kidney function, the newest value of each test."""

from datetime import date

import numpy as np
import pandas as pd

from pipeline.normalise.kidney import ckd_epi_2021, cockcroft_gault
from pipeline.normalise.text import folded

_TYPES = {"patient": "int64", "number": "str", "value": "float64", "age_days": "int64", "basis": "str"}


def numbers(
    patients: pd.DataFrame, labs: pd.DataFrame, ids: pd.Index, reference: dict[str, pd.DataFrame], as_of: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every number that rules can speak of, one row each.

    Args:
        patients, labs: accepted tables.
        ids: the patients of the review; the position in it is the patient's code.
        reference: the reference's tables, of which labs and lab_units are used.
        as_of: the day of the review.

    Returns:
        A frame of `patient` (code), `number` (age, egfr, potassium …), `value`, `age_days` (of the value; 0 when it
        does not age) and `basis` (how it was got: an equation and a date, or empty); and the lab rows that could not
        be used: `patient_id`, `row`, `test`, `reason`.
    """
    tests, unusable = _newest(labs, ids, reference, as_of)
    people = _people(patients, ids, as_of)
    kidney = _kidney(people, tests)
    fixed = (
        people.drop(columns="female")
        .melt(id_vars="patient", var_name="number", value_name="value")
        .dropna(subset=["value"])
    )
    plain = tests[~tests["number"].isin(["egfr", "crcl"])]
    found = pd.concat([fixed.assign(age_days=0, basis=""), plain.assign(basis=""), kidney], ignore_index=True).astype(
        _TYPES
    )
    return found.sort_values(["patient", "number"], ignore_index=True), unusable


def _people(patients: pd.DataFrame, ids: pd.Index, as_of: date) -> pd.DataFrame:
    """By patient code: age in whole years, weight, body mass index, days until the pump refill, and whether female."""
    known = patients.drop_duplicates("patient_id").set_index("patient_id").reindex(ids)
    height = known["height_cm"].astype("float64") / 100
    weight = known["weight_kg"].astype("float64")
    refill = (known["pump_refill_due"] - pd.Timestamp(as_of)).dt.days
    return pd.DataFrame(
        {
            "patient": np.arange(len(ids)),
            "age": age_in_years(known["birth_date"], as_of).to_numpy(),
            "weight_kg": weight.to_numpy(),
            "bmi": (weight / height**2).to_numpy(),
            "pump_refill_days": refill.astype("float64").to_numpy(),
            "female": known["sex"].map({"F": 1.0, "M": 0.0}).astype("float64").to_numpy(),
        }
    )


def age_in_years(birth_date: pd.Series, as_of: date) -> pd.Series:
    """Completed years of age on the day of the review; a birthday counts from its day on."""
    before = (birth_date.dt.month > as_of.month) | (
        (birth_date.dt.month == as_of.month) & (birth_date.dt.day > as_of.day)
    )
    return (as_of.year - birth_date.dt.year - before.astype("float64")).astype("float64")


def _newest(
    labs: pd.DataFrame, ids: pd.Index, reference: dict[str, pd.DataFrame], as_of: date
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The newest usable value of each test on or before the day of the review, in the test's own unit."""
    names = {
        folded(name): test for test, name in zip(reference["labs"]["test"], reference["labs"]["name"], strict=True)
    }
    units = reference["lab_units"]
    factors = {
        (test, folded(unit)): float(factor)
        for test, unit, factor in zip(units["test"], units["unit"], units["factor"], strict=True)
    }
    distinct = labs[["test", "unit"]].drop_duplicates()
    meaning = {}
    for name, unit in zip(distinct["test"], distinct["unit"], strict=True):
        test = names.get(folded(name), "")
        # A result without a unit is taken to be in the test's usual one; one in a unit not known is not used.
        meaning[name, unit] = (test, factors.get((test, folded(unit)), 1.0 if not unit else float("nan")))
    keys = list(zip(labs["test"], labs["unit"], strict=True))
    labs = labs.assign(
        number=pd.Series([meaning[key][0] for key in keys], index=labs.index, dtype="str"),
        factor=pd.Series([meaning[key][1] for key in keys], index=labs.index, dtype="float64"),
    )
    unknown_test = labs["number"] == ""
    unknown_unit = ~unknown_test & labs["factor"].isna()
    reason = np.where(unknown_test, "test not known", "unit not known")
    unusable = labs.assign(row=labs.index, reason=reason)[unknown_test | unknown_unit]
    today = pd.Timestamp(as_of)
    used = labs[~unknown_test & ~unknown_unit & (labs["date"] <= today)]
    # A result of somebody who takes nothing is nobody's in this review.
    used = used[used["patient_id"].isin(ids)]
    patient = ids.get_indexer(used["patient_id"])
    used = used.assign(
        patient=patient, value=used["value"].astype("float64") * used["factor"], age_days=(today - used["date"]).dt.days
    )
    used = used.sort_values(["patient", "number", "age_days"], ascending=[True, True, False], kind="stable")
    newest = used.drop_duplicates(["patient", "number"], keep="last")
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
