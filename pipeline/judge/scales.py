"""Scales of a whole list of medicines: each resident's value, what makes it up, and which threshold it reaches."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from pipeline.joining import distinct, joined
from pipeline.rulebook.concepts import Concepts
from pipeline.rulebook.rules import Rulebook, Scale, ScaleItem
from pipeline.rulebook.terms import GROUPS
from pipeline.screen.context import Situation
from pipeline.tables import SCALES

_PART = {"patient": "int64", "label": "str", "points": "float64", "missing": "str"}
_NOTHING = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in _PART.items()})
_MG = "mg"


def scales(situation: Situation, rulebook: Rulebook, patients: np.ndarray) -> pd.DataFrame:
    """Every scale of every resident to whom it applies and of whom it is more than nothing, or not wholly known.

    A value of which something is missing is what is known of it: the true one is at least as high.

    Args:
        situation: the facts on the day of the review.
        rulebook: for the scales.
        patients: for each patient of the facts whether they are reviewed.

    Returns:
        The columns of the contract's scales.csv with `problem`, and `text`: the value with its thresholds in words.
        `value` is a number; `complete` yes or no; `contributors` the medicines or items with their points.
    """
    frames = [_one(situation, scale, rulebook.concepts, patients) for scale in rulebook.scales]
    if not frames:
        return pd.DataFrame(columns=[*SCALES, "problem", "text"], dtype="str")
    table = pd.concat(frames, ignore_index=True)
    table["patient_id"] = situation.facts.ids[table["patient"].to_numpy(np.int64)]
    return table.sort_values(["patient", "scale"], kind="stable", ignore_index=True)[[*SCALES, "problem", "text"]]


def _one(situation: Situation, scale: Scale, concepts: Concepts, patients: np.ndarray) -> pd.DataFrame:
    everyone = np.arange(situation.patients)
    fails, _ = situation.unmet(scale.context, everyone)
    applies = patients & ~fails
    parts = pd.concat([_parts(situation, item, concepts) for item in scale.items], ignore_index=True)
    parts = parts[applies[parts["patient"].to_numpy(np.int64)]]
    group, patient = pd.factorize(parts["patient"], sort=True)
    table = pd.DataFrame({"patient": patient, "value": np.bincount(group, parts["points"]).round(4)})
    points, label = parts["points"].to_numpy(), parts["label"].to_numpy(object)
    texts = label + " " + _each(points, _number)
    missing = parts["missing"].to_numpy(object)
    for name, chosen, cells in (("contributors", points != 0, texts), ("missing", missing != "", missing)):
        code, distinct_cells = pd.factorize(cells[chosen], sort=True)
        told = distinct(group[chosen] * np.int64(len(distinct_cells) or 1) + code)
        which = told % (len(distinct_cells) or 1)
        table[name] = joined(told // (len(distinct_cells) or 1), distinct_cells[which], len(patient), "; ")
    at = np.searchsorted(np.array(scale.thresholds), table["value"].to_numpy(), side="right")
    table["band"] = np.array(["", *scale.bands], dtype=object)[at]
    table["complete"] = np.where(table["missing"] == "", "yes", "no")
    table = table.assign(
        scale=scale.name, title=scale.title, unit=scale.unit, problem=scale.problem, sources=scale.sources,
        thresholds=";".join(_number(one) for one in scale.thresholds),
    )  # fmt: skip
    least = np.where(table["missing"] == "", "", "at least ").astype(object)
    band = table["band"].to_numpy(object)
    reached = np.where(band == "", "", ", " + band)
    counted = _each(table["value"].to_numpy(), lambda value: _counted(value, scale.unit))
    table["text"] = f"{scale.title}: " + least + counted + reached
    return table.astype(dict.fromkeys(("contributors", "missing", "band", "complete", "text"), "str"))


def _each(values: np.ndarray, name: Callable[[float], str]) -> np.ndarray:
    """Each value as text, each distinct one written once."""
    code, distinct_values = pd.factorize(values)
    return np.array([name(value) for value in distinct_values.tolist()], dtype=object)[code]


def _counted(value: float, unit: str) -> str:
    """`1 medicine`, `7 points`, `1.67`."""
    number = _number(round(value, 2))
    return f"{number} {unit.removesuffix('s') if value == 1 else unit}".rstrip()


def _parts(situation: Situation, item: ScaleItem, concepts: Concepts) -> pd.DataFrame:
    """What one item adds: `patient` (code), `label` (medicine or item), `points`, `missing` (what is not known)."""
    if item.counts == "any":
        return _of_facts(situation, item)
    at = situation.current_positions(item.codes)
    if not len(at):
        return _NOTHING
    facts = situation.facts
    ingredient = facts.concept[at] // len(GROUPS)
    key, place = np.unique(facts.patient[at] * np.int64(1 << 32) + ingredient, return_inverse=True)
    own = np.full(len(key), -np.inf)
    np.maximum.at(own, place, item.weights[np.searchsorted(item.codes, facts.concept[at])])
    each = np.where(_in_mg(situation)[at], facts.daily_dose[at], np.nan)
    unknown = np.bincount(place, np.isnan(each), len(key)) > 0
    label = np.array(concepts.ingredients, dtype=object)[key & 0xFFFFFFFF]
    taken = pd.DataFrame({"patient": key >> 32, "label": label, "missing": ""})
    dose, weight = pd.Series(np.bincount(place, np.nan_to_num(each), len(key))), pd.Series(own)
    if item.counts == "two":
        several = taken[taken.duplicated("patient")].drop_duplicates("patient")
        return several.assign(label=item.name, points=item.points)[list(_PART)].astype(_PART)
    if item.counts in ("daily_dose", "index"):
        taken["missing"] = np.where(unknown, "daily dose of " + label, "")
    points = {
        "points": weight,
        "ingredients": weight * 0 + 1,
        "daily_dose": dose * weight,
        # Of an unknown part the rest counts; it is the least that the true index can be.
        "index": (dose / (weight + dose)).fillna(0.0),
    }[item.counts]
    return taken.assign(points=points.round(4))[list(_PART)].astype(_PART)


def _in_mg(situation: Situation) -> np.ndarray:
    facts = situation.facts
    return np.array([unit == _MG for unit in facts.units], dtype=bool)[facts.unit]


def _of_facts(situation: Situation, item: ScaleItem) -> pd.DataFrame:
    holds = situation.holds(item.codes)
    unknown = np.zeros(situation.patients, dtype=bool)
    missing = np.full(situation.patients, "", dtype=object)
    for number in item.numbers:
        lacks = ~holds & ~situation.known(number)
        missing[lacks] = number.replace("_", " ")
        unknown |= lacks
    patient = np.flatnonzero(holds | unknown)
    if not len(patient):
        return _NOTHING
    return pd.DataFrame(
        {
            "patient": patient,
            "label": item.name,
            "points": np.where(holds[patient], item.points, 0.0),
            "missing": missing[patient],
        }
    ).astype(_PART)


def _number(value: float) -> str:
    return f"{value:.6g}"
