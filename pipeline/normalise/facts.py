"""The facts of every person as arrays: a concept, the days it holds, and where it came from."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from pipeline.normalise.conditions import over, systems
from pipeline.normalise.orders import Orders, understand
from pipeline.normalise.people import numbers
from pipeline.normalise.readers import readers
from pipeline.rulebook.rules import Rulebook
from pipeline.rulebook.terms import GROUPS
from pipeline.validate import Accepted

ALWAYS = np.int32(-1_000_000)
FOREVER = np.int32(1_000_000)
_COMPARE = {"<": np.less, "<=": np.less_equal, ">": np.greater, ">=": np.greater_equal}
_DEGREES = {"mild": 1, "moderate": 2, "severe": 3}
_DRINKING = {"occasional": 1, "moderate": 2, "heavy": 3}


@dataclass(frozen=True)
class Facts:
    """The facts of all patients, sorted by patient and then concept; all arrays have one entry a fact.

    `patient`: code, a position in `ids`. `concept`: code of the rulebook's concepts. `start`, `stop`: days since
    1970-01-01, both inclusive; `ALWAYS` and `FOREVER` where open. `order`: position in the orders' medications, -1 for
    a fact that is no medicine. `daily_dose`, `dose`: NaN when not known; `unit`: their unit (position in `units`).
    `value`, `age_days`: of a number or lab, NaN and 0 otherwise.
    """

    ids: pd.Index
    patient: np.ndarray
    concept: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    order: np.ndarray
    daily_dose: np.ndarray
    dose: np.ndarray
    unit: np.ndarray
    value: np.ndarray
    age_days: np.ndarray
    units: list[str]

    def __len__(self) -> int:
        return len(self.patient)


@dataclass(frozen=True)
class Normalised:
    """Everything that the screen and the reports take from the input.

    `numbers`: as `people.numbers` gives it. `unusable_labs`: `patient_id`, `row`, `test`, `reason`.
    `unknown_allergies`: `patient_id`, `substance`. `allergies`: by patient id the entries of the allergy list as
    written, intolerances named as such.
    """

    facts: Facts
    orders: Orders
    numbers: pd.DataFrame
    unusable_labs: pd.DataFrame
    unknown_allergies: pd.DataFrame
    allergies: pd.Series


def normalise(accepted: Accepted, rulebook: Rulebook, as_of: date, codes: pd.DataFrame | None = None) -> Normalised:
    """Accepted tables as facts.

    Args:
        accepted: what validation let through.
        rulebook: its reference gives names their meaning, its concepts their codes.
        as_of: the day of the review.
        codes: the user's own codes of medicines, as `understand` takes them.
    """
    reference = rulebook.reference
    orders = understand(accepted.tables["medications"], rulebook, as_of, codes, accepted.date_order)
    ids = pd.Index(
        sorted(set(accepted.tables["patients"]["patient_id"]) | set(orders.medications["patient_id"])), dtype="str"
    )
    lab_tests = readers(reference).lab_tests
    found, unusable = numbers(accepted.tables["patients"], accepted.tables["labs"], ids, lab_tests, as_of)
    allergies, unknown, listed = _allergy_facts(accepted.tables["allergies"], ids, rulebook)
    frames = [
        _medicine_facts(orders, ids, rulebook),
        _condition_facts(accepted.tables["conditions"], ids, rulebook, as_of),
        _state_facts(accepted.tables["patients"], ids, rulebook),
        allergies,
        _band_facts(found, rulebook),
    ]
    return Normalised(_facts([frame for frame in frames if len(frame)], ids), orders, found, unusable, unknown, listed)


def _facts(frames: list[pd.DataFrame], ids: pd.Index) -> Facts:
    defaults = {
        "start": ALWAYS, "stop": FOREVER, "order": -1, "daily_dose": np.nan, "dose": np.nan, "unit": "",
        "value": np.nan, "age_days": 0,
    }  # fmt: skip
    columns = ["patient", "concept", *defaults]
    filled = [
        frame.assign(**{name: value for name, value in defaults.items() if name not in frame})[columns]
        for frame in frames
    ]
    table = pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)
    table = table[table["patient"] >= 0].sort_values(["patient", "concept", "order"], kind="stable", ignore_index=True)
    unit, units = pd.factorize(table["unit"].astype("str"), sort=True)
    whole = {
        name: table[name].to_numpy(np.int32) for name in ("patient", "concept", "start", "stop", "order", "age_days")
    }
    real = {name: table[name].to_numpy(np.float64) for name in ("daily_dose", "dose", "value")}
    return Facts(ids=ids, unit=unit.astype(np.int16), units=list(units), **whole, **real)


def _medicine_facts(orders: Orders, ids: pd.Index, rulebook: Rulebook) -> pd.DataFrame:
    parts, medications = orders.parts, orders.medications
    position = rulebook.concepts.position
    ingredient = parts["ingredient"].map(position).to_numpy(np.int64)
    group = parts["group"].map({name: at for at, name in enumerate(GROUPS)}).to_numpy(np.int64)
    order = parts["order"].to_numpy()
    return pd.DataFrame(
        {
            "patient": ids.get_indexer(medications["patient_id"])[order],
            "concept": ingredient * len(GROUPS) + group,
            "start": _days(parts["start_date"], ALWAYS),
            "stop": _days(parts["stop_date"], FOREVER),
            "order": order,
            "daily_dose": parts["daily_dose"],
            "dose": parts["dose"],
            "unit": parts["dose_unit"],
        }
    )


def _days(dates: pd.Series, missing: np.int32) -> np.ndarray:
    whole = dates.to_numpy("datetime64[D]").astype(np.int64)
    return np.where(dates.isna(), missing, whole).astype(np.int32)


def _condition_facts(conditions: pd.DataFrame, ids: pd.Index, rulebook: Rulebook, as_of: date) -> pd.DataFrame:
    groups = readers(rulebook.reference).condition_groups.groups
    system = systems(conditions["code_system"], conditions["code"])
    conditions = conditions.assign(system=system)[~over(conditions, as_of)]
    keys = list(conditions[["code", "description", "system", "icd9"]].itertuples(index=False, name=None))
    meaning = {
        key: [
            rulebook.concepts.other(f"condition:{group}")
            for group in {*groups(key[0], key[1], key[2]), *groups(key[3], "", "icd9")}
        ]
        for key in dict.fromkeys(keys)
    }
    table = pd.DataFrame(
        {"patient": ids.get_indexer(conditions["patient_id"]), "concept": [meaning[key] for key in keys]}
    )
    return table.explode("concept").dropna().drop_duplicates().astype("int64")


def _state_facts(patients: pd.DataFrame, ids: pd.Index, rulebook: Rulebook) -> pd.DataFrame:
    code = rulebook.concepts.other
    patient = ids.get_indexer(patients["patient_id"])
    holds: dict[str, pd.Series] = {
        name: patients[name].fillna(False).astype(bool)
        for name in ("pregnant", "breastfeeding", "smoker", "hospice", "dialysis", "grapefruit")
    }
    holds |= {"female": patients["sex"] == "F", "male": patients["sex"] == "M"}
    drinking = patients["alcohol_use"].map(_DRINKING).fillna(0)
    holds |= {"alcohol": drinking >= 1, "alcohol:moderate": drinking >= 2, "alcohol:heavy": drinking >= 3}
    degree = patients["hepatic_impairment"].map(_DEGREES).fillna(0)
    holds |= {f"hepatic:{name}": degree >= at for name, at in _DEGREES.items()}
    frames = [pd.DataFrame({"patient": patient[mask], "concept": code(name)}) for name, mask in holds.items()]
    return pd.concat(frames, ignore_index=True)


def _allergy_facts(
    allergies: pd.DataFrame, ids: pd.Index, rulebook: Rulebook
) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """The allergy and intolerance facts, the substances not recognised, and each patient's list as it is written."""
    concepts = readers(rulebook.reference).allergens.concepts
    keys = list(allergies[["substance", "reaction", "type"]].itertuples(index=False, name=None))
    meaning = {key: concepts(*key) for key in dict.fromkeys(keys)}
    known = {key: _allergy_codes(labels or [], rulebook) for key, labels in meaning.items()}
    table = pd.DataFrame({"patient": ids.get_indexer(allergies["patient_id"]), "concept": [known[key] for key in keys]})
    unknown = np.array([meaning[key] is None for key in keys], dtype=bool)
    tolerated = {
        key: all(label.startswith("intolerance:") for label in labels or [""]) for key, labels in meaning.items()
    }
    texts = [f"{key[0]} (intolerance)" if tolerated[key] else key[0] for key in keys]
    written = pd.Series(texts, index=allergies.index, dtype="str").groupby(allergies["patient_id"])
    return (
        table.explode("concept").dropna().drop_duplicates().astype("int64"),
        allergies.loc[unknown, ["patient_id", "substance"]].reset_index(drop=True),
        written.agg(lambda names: "; ".join(dict.fromkeys(names))).astype("str"),
    )


def _allergy_codes(labels: list[str], rulebook: Rulebook) -> list[int]:
    """The concepts of an entry; an intolerance of a class is one of each of its members."""
    codes = []
    for label in labels:
        kind, _, name = label.partition(":")
        one_class = name.removeprefix("class:") if kind == "intolerance" and name.startswith("class:") else ""
        members = rulebook.concepts.classes[one_class] if one_class else [name]
        codes += [rulebook.concepts.other(f"{kind}:{member}") for member in members]
    return codes


def _band_facts(found: pd.DataFrame, rulebook: Rulebook) -> pd.DataFrame:
    """A fact for each band of a number that a rule names and the person's value lies in."""
    frames = []
    for text, band in rulebook.concepts.bands.items():
        values = found[found["number"] == band.name]
        inside = values[_COMPARE[band.comparison](values["value"].to_numpy(), band.threshold)]
        frames.append(inside[["patient", "value", "age_days"]].assign(concept=rulebook.concepts.other(text)))
    return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=["patient", "concept"])


def review_day(as_of: date) -> np.int32:
    """The day of the review as facts count days: since 1970-01-01."""
    return np.int32((as_of - date(1970, 1, 1)).days)
