"""What a review could not assess, and for want of what: for each patient, and for the review as a whole."""

import numpy as np
import pandas as pd

from pipeline.choices import STOPPED
from pipeline.normalise.facts import Normalised
from pipeline.normalise.identify import UNRECOGNISED
from pipeline.normalise.orders import taken_now
from pipeline.rulebook.coverage import subjects, with_rules
from pipeline.rulebook.rules import Rulebook
from pipeline.screen import Screened
from pipeline.source.raw import Source
from pipeline.validate import Accepted

COLUMNS = ("patient_id", "missing", "stops", "rules")
_NUMBERS = {
    "age": "birth date",
    "weight_kg": "weight",
    "bmi": "weight and height",
    "egfr": "kidney function (eGFR, or a creatinine with birth date and sex) from the last year",
    "crcl": "creatinine clearance (a creatinine with birth date, sex and weight) from the last year",
    "pump_refill_days": "the day the pump must be refilled by",
    "daily dose": "a daily dose that can be computed",
    "single dose": "a dose that can be computed",
    "daily dose and weight": "a daily dose that can be computed, or the weight",
    "start date": "the start date of the order",
    "labs": "laboratory results",
    "conditions": "a problem list",
    "allergies": "an allergy list",
    "indication": "indications",
}
_ABBREVIATION = 4
_TABLES = {
    "patients": (
        "age, sex, weight and what else is known of the person",
        "whatever depends on age, sex, weight or habits",
    ),
    "conditions": ("a problem list", "medicines that a disease speaks against, and treatments that are missing"),
    "allergies": ("an allergy list", "medicines given despite an allergy"),
    "labs": ("laboratory results", "kidney function and the monitoring of medicines"),
}


def limits(
    source: Source, accepted: Accepted, normalised: Normalised, screened: Screened, rulebook: Rulebook
) -> tuple[pd.DataFrame, set[str]]:
    """Every limit of the review, and the patients whose own review is incomplete.

    Returns:
        A frame of `patient_id` (empty: the whole review), `missing`, `stops` and `rules` (how many rules could not be
        assessed; 0 where it is a medicine, row or result that was not understood); and the ids of the patients
        concerned.
    """
    unassessed = _unassessed(normalised, screened, rulebook)
    own = pd.concat(
        [
            _unrecognised(normalised), _contradicted(normalised), _set_aside(accepted), _not_understood(normalised),
            unassessed[unassessed["needed"]],
        ],
        ignore_index=True,
    )  # fmt: skip
    general = pd.concat(
        [_general(source, normalised, screened, rulebook), _of_the_input(accepted, normalised)], ignore_index=True
    )
    other = unassessed[~unassessed["needed"]]
    table = pd.concat([general, own, other, _no_rules(normalised, rulebook)], ignore_index=True)
    return table.astype({"rules": "int64"})[list(COLUMNS)], set(own["patient_id"])


def _of_the_input(accepted: Accepted, normalised: Normalised) -> pd.DataFrame:
    """What validation has to say once of the whole input, and the results of tests that no rule could ask for."""
    unusable = normalised.unusable_labs
    unknown = unusable[unusable["reason"] == "test not known"]
    rows = [("", missing, stops, 0) for missing, stops in accepted.notes]
    if len(unknown):
        tests = unknown["test"].nunique()
        missing = f"the meaning of some results ({len(unknown)}, tests: {tests}): they are not used"
        rows.append(("", missing, "whatever they tell; no rule asks for a test that the reference does not know", 0))
    return pd.DataFrame(rows, columns=list(COLUMNS))


def unused_columns(source: Source) -> dict[str, list[str]]:
    """Sheet or file → the headings of its columns that the review does not use."""
    found: dict[str, list[str]] = {}
    for raw in source.tables.values():
        for part in raw.parts:
            if part.unused:
                found.setdefault(part.place, []).extend(part.unused)
    return {place: list(dict.fromkeys(headings)) for place, headings in found.items()}


def _general(source: Source, normalised: Normalised, screened: Screened, rulebook: Rulebook) -> pd.DataFrame:
    reference = rulebook.reference
    rows = [("", f"rules beyond what reference {reference.version} covers: {reference.scope}", "everything else", 0)]
    skipped = screened.skipped.groupby("missing").size()
    for table, (missing, stops) in _TABLES.items():
        if table not in source.tables:
            rows.append(("", f"no {table} table: {missing}", stops, int(skipped.get(table, 0))))
    for column in skipped.index.difference(list(_TABLES)):
        rows.append(
            (
                "",
                f"the medications have no column {column}",
                f"whether each order says its {column}",
                int(skipped[column]),
            )
        )
    for name in source.unused:
        rows.append(("", f"not used: {name}", "whatever it holds; its name and headings are those of no table", 0))
    for place, headings in unused_columns(source).items():
        listed = ", ".join(f"'{heading}'" for heading in headings)
        what = "column" if len(headings) == 1 else "columns"
        rows.append(
            (
                "",
                f"not used: {what} {listed} of {place}",
                "whatever is written there; if it matters, a mapping says which column it is",
                0,
            )
        )
    orders = normalised.orders.medications
    undated = int(((orders["status"] == STOPPED) & orders["stop_date"].isna()).sum())
    if undated:
        rows.append(
            (
                "",
                f"the stop date of {undated} orders whose status says that they have stopped",
                "with what they were taken, and whether they were stopped too suddenly",
                0,
            )
        )
    return pd.DataFrame(rows, columns=list(COLUMNS))


def _no_rules(normalised: Normalised, rulebook: Rulebook) -> pd.DataFrame:
    """The medicines of each patient that no rule of their own speaks of: no finding on them means nothing.

    That does not make a review incomplete, since there are medicines on which there is nothing to say.
    """
    taken = taken_now(normalised.orders)
    unspoken = taken[~taken["ingredient"].isin(with_rules(rulebook))].sort_values(["patient_id", "ingredient"])
    names = unspoken.groupby("patient_id")["ingredient"].agg(", ".join)
    return pd.DataFrame(
        {
            "patient_id": names.index,
            "missing": "rules of their own for some of the medicines",
            "stops": "what is special about " + names.to_numpy(dtype=object),
            "rules": 0,
        }
    )


def _unrecognised(normalised: Normalised) -> pd.DataFrame:
    orders = normalised.orders.medications
    unknown = orders[(orders["match"] == UNRECOGNISED) & orders["current"]].drop_duplicates(["patient_id", "drug"])
    missing = "the meaning of the order '" + unknown["drug"] + "'"
    return pd.DataFrame(
        {"patient_id": unknown["patient_id"], "missing": missing, "stops": "everything about this medicine", "rules": 0}
    )


def _contradicted(normalised: Normalised) -> pd.DataFrame:
    """The orders whose code stands for another medicine than their text names; the text was taken."""
    orders = normalised.orders.medications
    coded = orders[(orders["code_says"] != "") & orders["current"]].drop_duplicates(["patient_id", "drug", "code_says"])
    missing = (
        "whether the order '" + coded["drug"] + "' is what it says, or " + coded["code_says"] + " as its code says"
    )
    return pd.DataFrame(
        {"patient_id": coded["patient_id"], "missing": missing, "stops": "what the code stands for", "rules": 0}
    )


def _set_aside(accepted: Accepted) -> pd.DataFrame:
    rejected = accepted.rejected
    frames = []
    for table, ids in accepted.set_aside.items():
        mine = rejected[rejected["table"] == table].groupby("row")["column"].agg(", ".join)
        missing = [f"row {row} of the {table}, set aside for its {mine[row] or 'cells'}" for row in ids.index]
        frames.append(
            pd.DataFrame(
                {"patient_id": ids.to_numpy(), "missing": missing, "stops": "whatever this row says", "rules": 0}
            )
        )
    table = pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=list(COLUMNS))
    reviewed = set(accepted.tables["medications"]["patient_id"]) | set(accepted.tables["patients"]["patient_id"])
    return table[table["patient_id"].isin(reviewed)]


def _not_understood(normalised: Normalised) -> pd.DataFrame:
    allergies, labs = normalised.unknown_allergies, normalised.unusable_labs
    units = labs[labs["reason"] == "unit not known"].drop_duplicates(["patient_id", "test"])
    return pd.DataFrame(
        {
            "patient_id": [*allergies["patient_id"], *units["patient_id"]],
            "missing": [
                *("the meaning of the allergy '" + allergies["substance"] + "'"),
                *("the unit of the " + units["test"] + " result"),
            ],
            "stops": [
                *["medicines that this allergy speaks against"] * len(allergies),
                *["what depends on this result"] * len(units),
            ],
            "rules": 0,
        }
    ).drop_duplicates()


def _unassessed(normalised: Normalised, screened: Screened, rulebook: Rulebook) -> pd.DataFrame:
    """The rules that lacked something, joined by patient and what is missing, with the medicines they are about.

    `needed`: without it the review is incomplete. The last value of a test that no kidney function comes from is
    listed, but a review does not wait for it: whether the test is due, rules of monitoring tell.
    """
    missing = screened.missing.drop_duplicates()
    if missing.empty:
        return pd.DataFrame(columns=[*COLUMNS, "needed"]).astype({"needed": "bool"})
    table = missing.merge(_medicines(missing, normalised, rulebook), on=["patient", "rule"], how="left")
    problem = rulebook.rules["problem"].str.replace("_", " ").to_numpy()[table["rule"].to_numpy(np.int64)]
    table["subject"] = problem + np.where(table["medicines"].isna(), "", " (" + table["medicines"].fillna("") + ")")
    grouped = table.groupby(["patient", "missing"], sort=True)
    joined = grouped["subject"].agg(lambda subjects: "; ".join(sorted(set(subjects)))).reset_index()
    joined["rules"] = grouped["rule"].nunique().to_numpy()
    ids = normalised.facts.ids[joined["patient"].to_numpy(np.int64)]
    wording = joined["missing"].map(lambda name: _NUMBERS.get(name, f"{_test(name)} from the last year"))
    return pd.DataFrame(
        {
            "patient_id": ids, "missing": wording, "stops": joined["subject"], "rules": joined["rules"],
            "needed": joined["missing"].isin(_NUMBERS),
        }
    )  # fmt: skip


def _medicines(missing: pd.DataFrame, normalised: Normalised, rulebook: Rulebook) -> pd.DataFrame:
    """For each patient and rule of `missing` the medicines taken that the rule is about, joined by a comma."""
    taken = taken_now(normalised.orders)
    taken = taken.assign(patient=normalised.facts.ids.get_indexer(taken["patient_id"]))
    both = missing[["patient", "rule"]].merge(taken[["patient", "ingredient"]], on="patient")
    position = both["ingredient"].map(rulebook.concepts.position).to_numpy(np.int64)
    named = both[subjects(rulebook)[both["rule"].to_numpy(np.int64), position]].sort_values("ingredient")
    return named.groupby(["patient", "rule"])["ingredient"].agg(", ".join).rename("medicines").reset_index()


def _test(name: str) -> str:
    """A test as people write it: INR, QTC; vitamin d."""
    return name.upper() if len(name) <= _ABBREVIATION else name.replace("_", " ")
