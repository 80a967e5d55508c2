"""The facts of every person as arrays: a concept, the days it holds, and where it came from."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from pipeline.joining import joined_distinct, spread
from pipeline.normalise.conditions import UNCERTAIN, over, systems
from pipeline.normalise.distinct import distinct_rows, each_row, positions_in
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
    """The facts of all patients, sorted by patient and then concept, the orders of one medicine by their days; all
    arrays have one entry a fact.

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

    `whose`: of each row of the orders' medications the patient (code). `numbers`: as `people.numbers` gives it.
    `unusable_labs`: `patient_id`, `row`, `test`, `reason`. `unknown_allergies`: `patient_id`, `substance`.
    `allergies`: by patient id the entries of the allergy list as written, intolerances named as such.
    """

    facts: Facts
    orders: Orders
    whose: np.ndarray
    numbers: pd.DataFrame
    unusable_labs: pd.DataFrame
    unknown_allergies: pd.DataFrame
    allergies: pd.Series


def normalise(
    accepted: Accepted,
    rulebook: Rulebook,
    as_of: date,
    codes: pd.DataFrame | None = None,
    names: Mapping[str, str] | None = None,
) -> Normalised:
    """Accepted tables as facts.

    Args:
        accepted: what validation let through.
        rulebook: its reference gives names their meaning, its concepts their codes.
        as_of: the day of the review.
        codes, names: the user's own codes of medicines and names of drug texts, as `understand` takes them.
    """
    reference = rulebook.reference
    orders = understand(accepted.tables["medications"], rulebook, as_of, codes, accepted.date_order, names)
    named = [accepted.tables["patients"]["patient_id"], orders.medications["patient_id"]]
    ids = pd.Index(pd.concat([one.drop_duplicates() for one in named]).unique(), dtype="str").sort_values()
    whose = positions_in(ids, orders.medications["patient_id"])
    lab_tests = readers(reference).lab_tests
    found, unusable = numbers(accepted.tables["patients"], accepted.tables["labs"], ids, lab_tests, as_of)
    allergies, unknown, listed = _allergy_facts(accepted.tables["allergies"], ids, rulebook)
    medicines, units = _medicine_facts(orders, whose, rulebook)
    frames = [
        medicines,
        _condition_facts(accepted, orders.medications, whose, ids, rulebook, as_of),
        _state_facts(accepted.tables["patients"], ids, rulebook),
        allergies,
        _band_facts(found, rulebook),
    ]
    facts = _facts([frame for frame in frames if len(frame)], ids, units)
    return Normalised(facts, orders, whose, found, unusable, unknown, listed)


def _facts(frames: list[pd.DataFrame], ids: pd.Index, units: list[str]) -> Facts:
    """The facts of all kinds in one order. Few kinds have most of the columns: each fills in its own places."""
    defaults = {
        "start": ALWAYS, "stop": FOREVER, "order": -1, "daily_dose": np.nan, "dose": np.nan, "unit": 0,
        "value": np.nan, "age_days": 0,
    }  # fmt: skip
    kinds = dict.fromkeys(defaults, np.int32) | dict.fromkeys(("daily_dose", "dose", "value"), np.float64)
    keys = [frame["patient"].to_numpy(np.int64) << 32 | frame["concept"].to_numpy(np.int64) for frame in frames]
    key = np.concatenate(keys or [np.array([], dtype=np.int64)])
    order = np.argsort(key, kind="stable")
    key = key[order]
    order, key = order[np.searchsorted(key, 0) :], key[np.searchsorted(key, 0) :]
    bounds = np.cumsum([0, *(len(frame) for frame in frames)])
    for frame, low, high in zip(frames, bounds, bounds[1:], strict=False):
        if "order" in frame:
            _by_day(order, key, frame, low, high)
    table = {name: np.full(len(order), value, dtype=kinds[name]) for name, value in defaults.items()}
    for frame, low, high in zip(frames, bounds, bounds[1:], strict=False):
        own = [name for name in frame if name in defaults]
        at = np.flatnonzero((order >= low) & (order < high)) if own else order[:0]
        for name in own:
            table[name][at] = frame[name].to_numpy(kinds[name])[order[at] - low]
    patient, concept = (key >> 32).astype(np.int32), key.astype(np.int32)
    unit = table.pop("unit").astype(np.int16)
    return Facts(ids=ids, patient=patient, concept=concept, unit=unit, units=units, **table)


def _by_day(order: np.ndarray, key: np.ndarray, medicines: pd.DataFrame, low: int, high: int) -> None:
    """Puts the orders of one patient and medicine by their days, as courses are read.

    `order`: of each fact where it stood as they came; `key`: its patient and concept; `low`, `high`: where medicines
    stood.
    """
    again = np.flatnonzero(key[1:] == key[:-1])
    at = np.union1d(again, again + 1)
    at = at[(order[at] >= low) & (order[at] < high)]
    mine = order[at]
    start, stop = (medicines[name].to_numpy()[mine - low] for name in ("start", "stop"))
    order[at] = mine[np.lexsort((stop, start, key[at]))]


def _medicine_facts(orders: Orders, whose: np.ndarray, rulebook: Rulebook) -> tuple[pd.DataFrame, list[str]]:
    """The medicines, and the units of their doses; the first unit is that of what has none."""
    parts = orders.parts
    ingredient, names = pd.factorize(parts["ingredient"])
    group, groups = pd.factorize(parts["group"])
    unit, units = pd.factorize(parts["dose_unit"], sort=True)
    position = np.array([rulebook.concepts.position[name] for name in names], dtype=np.int64)
    order = parts["order"].to_numpy()
    facts = pd.DataFrame(
        {
            "patient": whose[order],
            "concept": position[ingredient] * len(GROUPS) + np.array([GROUPS.index(one) for one in groups])[group],
            "start": _days(parts["start_date"], ALWAYS),
            "stop": _days(parts["stop_date"], FOREVER),
            "order": order,
            "daily_dose": parts["daily_dose"],
            "dose": parts["dose"],
            "unit": unit + 1,
        }
    )
    return facts, ["", *units]


def _days(dates: pd.Series, missing: np.int32) -> np.ndarray:
    whole = dates.to_numpy("datetime64[D]").astype(np.int64)
    return np.where(dates.isna(), missing, whole).astype(np.int32)


def _condition_facts(
    accepted: Accepted, medications: pd.DataFrame, whose: np.ndarray, ids: pd.Index, rulebook: Rulebook, as_of: date
) -> pd.DataFrame:
    """The conditions of the problem list, and those that today's orders are said to be for."""
    groups = readers(rulebook.reference).condition_groups.groups
    conditions = accepted.tables["conditions"]
    system = systems(conditions["code_system"], conditions["code"], accepted.numeric_codes)
    conditions = conditions.assign(system=system)[~over(conditions, as_of)]
    place, distinct = distinct_rows(conditions, ["code", "description", "system", "icd9"])
    meaning = [
        [
            rulebook.concepts.other(f"condition:{group}")
            for group in {*groups(code, description, system), *groups(icd9, "", "icd9")}
        ]
        for code, description, system, icd9 in each_row(distinct)
    ]
    listed = _of_each(positions_in(ids, conditions["patient_id"]), place, meaning)
    given = _indication_facts(medications, whose, rulebook)
    return pd.concat([listed, given], ignore_index=True).drop_duplicates()


def _of_each(patient: np.ndarray, place: np.ndarray, concepts: list[list[int]]) -> pd.DataFrame:
    """A fact for each concept that the row of a patient stands for; `place`: which of the lists is the row's."""
    row, concept = spread(place, concepts)
    return pd.DataFrame({"patient": patient[row], "concept": concept})


def _indication_facts(medications: pd.DataFrame, whose: np.ndarray, rulebook: Rulebook) -> pd.DataFrame:
    """What today's orders are for: a medicine given for epilepsy tells of epilepsy, one to prevent a stroke of none."""
    groups = readers(rulebook.reference).condition_groups.groups
    given = np.flatnonzero(medications["current"] & (medications["indication"] != ""))
    code, texts = pd.factorize(medications["indication"].array.take(given))
    read = [groups("", text) for text in texts]
    concepts = [
        [] if UNCERTAIN in found else [rulebook.concepts.other(f"condition:{group}") for group in found]
        for found in read
    ]
    return _of_each(whose[given], code, concepts)


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
    place, distinct = distinct_rows(allergies, ["substance", "reaction", "type"])
    meaning = [concepts(*key) for key in each_row(distinct)]
    known = [_allergy_codes(labels or [], rulebook) for labels in meaning]
    unknown = np.array([labels is None for labels in meaning], dtype=bool)[place]
    tolerated = [all(label.startswith("intolerance:") for label in labels or [""]) for labels in meaning]
    texts = [
        f"{substance} (intolerance)" if only else substance
        for substance, only in zip(distinct["substance"], tolerated, strict=True)
    ]
    whose, owners = pd.factorize(allergies["patient_id"], sort=True)
    written = joined_distinct(whose, np.array(texts, dtype=object)[place], len(owners), "; ")
    return (
        _of_each(ids.get_indexer(allergies["patient_id"]), place, known).drop_duplicates(),
        allergies.loc[unknown, ["patient_id", "substance"]].reset_index(drop=True),
        pd.Series(written, index=pd.Index(owners, dtype="str", name="patient_id"), dtype="str"),
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
    value = found["value"].to_numpy()
    places = {str(name): at for name, at in found.groupby("number").indices.items()}
    rows, concepts = [np.array([], dtype=np.int64)], [np.array([], dtype=np.int64)]
    for text, band in rulebook.concepts.bands.items():
        at = places.get(band.name)
        if at is None:
            continue
        inside = at[_COMPARE[band.comparison](value[at], band.threshold)]
        rows.append(inside)
        concepts.append(np.full(len(inside), rulebook.concepts.other(text)))
    facts = found[["patient", "value", "age_days"]].take(np.concatenate(rows)).reset_index(drop=True)
    return facts.assign(concept=np.concatenate(concepts))


def review_day(as_of: date) -> np.int32:
    """The day of the review as facts count days: since 1970-01-01."""
    return np.int32((as_of - date(1970, 1, 1)).days)
