"""What a review could not assess, and for want of what: for each patient, and for the review as a whole."""

import numpy as np
import pandas as pd

from pipeline.joining import distinct, joined
from pipeline.judge.once import COLUMNS, Once, of_the_whole
from pipeline.normalise.distinct import positions_in
from pipeline.normalise.facts import Normalised
from pipeline.normalise.identify import UNRECOGNISED
from pipeline.rulebook.rules import Rulebook
from pipeline.screen import Screened
from pipeline.source.raw import Source
from pipeline.validate import Accepted

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


def limits(
    source: Source,
    accepted: Accepted,
    normalised: Normalised,
    screened: Screened,
    once: Once,
    rulebook: Rulebook,
) -> tuple[pd.DataFrame, set[str]]:
    """Every limit of the review, by patient, and the patients whose own review is incomplete.

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
    general = of_the_whole(source, rulebook.reference, once)
    other = unassessed[~unassessed["needed"]]
    table = pd.concat([general, own, other, _no_rules(normalised, rulebook)], ignore_index=True)
    table = table.astype({"rules": "int64"}).sort_values("patient_id", kind="stable", ignore_index=True)
    return table[list(COLUMNS)], set(own["patient_id"])


def _no_rules(normalised: Normalised, rulebook: Rulebook) -> pd.DataFrame:
    """The medicines of each patient that no rule of their own speaks of: no finding on them means nothing.

    That does not make a review incomplete, since there are medicines on which there is nothing to say.
    """
    taken = normalised.orders.taken_now
    ingredient, names = pd.factorize(taken["ingredient"], sort=True)
    unspoken = ~names.isin(rulebook.with_rules)[ingredient]
    patient = normalised.whose[taken["order"].to_numpy()[unspoken]].astype(np.int64)
    told = distinct(patient * (len(names) or 1) + ingredient[unspoken])
    patients, whose = np.unique(told // (len(names) or 1), return_inverse=True)
    listed = joined(whose, names.array.take(told % (len(names) or 1)), len(patients), ", ")
    return pd.DataFrame(
        {
            "patient_id": normalised.facts.ids[patients],
            "missing": "rules of their own for some of the medicines",
            "stops": "what is special about " + listed,
            "rules": 0,
        }
    )


def _unrecognised(normalised: Normalised) -> pd.DataFrame:
    orders = normalised.orders.medications
    mine = (orders["match"] == UNRECOGNISED) & orders["current"]
    unknown = orders.loc[mine, ["patient_id", "drug"]].drop_duplicates()
    missing = "the meaning of the order '" + unknown["drug"] + "'"
    return pd.DataFrame(
        {"patient_id": unknown["patient_id"], "missing": missing, "stops": "everything about this medicine", "rules": 0}
    )


def _contradicted(normalised: Normalised) -> pd.DataFrame:
    """The orders whose code stands for another medicine than their text names; the text was taken."""
    orders = normalised.orders.medications
    mine = (orders["code_says"] != "") & orders["current"]
    coded = orders.loc[mine, ["patient_id", "drug", "code_says"]].drop_duplicates()
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
    if table.empty:
        return table
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
    patient, rule = missing["patient"].to_numpy(np.int64), missing["rule"].to_numpy(np.int64)
    what, names = pd.factorize(missing["missing"], sort=True)
    said = _subjects(patient, rule, normalised, rulebook)
    subject, texts = pd.factorize(said, sort=True)
    pair, group = np.unique(patient * len(names) + what, return_inverse=True)
    told = distinct(group * len(texts) + subject)
    stops = joined(told // len(texts), texts[told % len(texts)], len(pair), "; ")
    rules = distinct(group * len(rulebook.rules) + rule) // len(rulebook.rules)
    whose, name = pair // len(names), pair % len(names)
    wording = np.array([_NUMBERS.get(one, f"{_test(one)} from the last year") for one in names], dtype=object)[name]
    return pd.DataFrame(
        {
            "patient_id": normalised.facts.ids[whose],
            "missing": pd.Series(wording + _last_values(whose, name, names, normalised), dtype="str"),
            "stops": pd.Series(stops, dtype="str"),
            "rules": np.bincount(rules, minlength=len(pair)),
            "needed": np.array([one in _NUMBERS for one in names])[name],
        }
    )


def _last_values(patient: np.ndarray, name: np.ndarray, names: pd.Index, normalised: Normalised) -> np.ndarray:
    """For each patient and number how old its last value is, where there is one that is too old."""
    numbers = normalised.numbers
    days = np.full(len(patient), -1)
    number, of_number = positions_in(names, numbers["number"]), numbers["patient"].to_numpy(np.int64)
    for at in range(len(names)):
        age = np.full(len(normalised.facts.ids), -1)
        mine = number == at
        age[of_number[mine]] = numbers["age_days"].to_numpy(np.int64)[mine]
        here = name == at
        days[here] = age[patient[here]]
    age_of, distinct = pd.factorize(days)
    texts = ["" if day < 0 else f"; the last is {day} days old" for day in distinct]
    return np.array(texts, dtype=object)[age_of]


def _subjects(patient: np.ndarray, rule: np.ndarray, normalised: Normalised, rulebook: Rulebook) -> np.ndarray:
    """For each of these patients and rules the rule's problem and the medicines taken that the rule is about."""
    orders, names = normalised.orders, rulebook.concepts.ingredients
    now = orders.taken_now
    code, ingredients = pd.factorize(now["ingredient"])
    position = np.array([rulebook.concepts.position[name] for name in ingredients], dtype=np.int64)[code]
    whose = normalised.whose[now["order"].to_numpy()].astype(np.int64)
    # Names in the order of the alphabet, so that a sorted number is a sorted name.
    rank = np.argsort(np.argsort(np.array(names, dtype=object)))
    taken = distinct(whose * len(names) + rank[position])
    owner, ingredient = taken // len(names), np.argsort(rank)[taken % len(names)]
    first, last = np.searchsorted(owner, patient, "left"), np.searchsorted(owner, patient, "right")
    count = last - first
    row = np.repeat(np.arange(len(patient)), count)
    at = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
    about = rulebook.subjects[rule[row], ingredient[at]]
    medicines = joined(row[about], pd.array(names, dtype="str").take(ingredient[at[about]]), len(patient), ", ")
    problem = rulebook.rules["problem"].str.replace("_", " ").to_numpy(object)[rule]
    return problem + np.where(medicines == "", "", " (" + medicines + ")")


def _test(name: str) -> str:
    """A test as people write it: INR, QTC; vitamin d."""
    return name.upper() if len(name) <= _ABBREVIATION else name.replace("_", " ")
