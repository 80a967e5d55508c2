"""Scales of a whole list of medicines: each resident's value, what makes it up, and which threshold it reaches."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.joining import distinct, joined, runs
from pipeline.rulebook.concepts import Concepts
from pipeline.rulebook.rules import Rulebook, Scale, ScaleItem
from pipeline.rulebook.terms import GROUPS
from pipeline.screen.context import Situation
from pipeline.tables import SCALES

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
        `value` is a number; `complete` yes or no; `contributors` the medicines or items with their points. What is the
        same of a scale wherever it is told is a categorical column.
    """
    every = sorted(rulebook.scales, key=lambda scale: scale.name)
    found = [_one(situation, scale, rulebook.concepts, patients) for scale in every]
    number = np.repeat(np.arange(len(every)), [len(one.patient) for one in found])
    patient = np.concatenate([np.array([], dtype=np.int64), *(one.patient for one in found)])
    order = np.argsort(patient, kind="stable")

    def each(name: str, dtype: str = "str") -> pd.Series:
        """One column of all scales."""
        columns = [pd.Series([], dtype=dtype), *(pd.Series(getattr(one, name), dtype=dtype) for one in found)]
        return pd.concat(columns, ignore_index=True).take(order).reset_index(drop=True)

    def same(texts: list[str]) -> pd.Categorical:
        """What is the same wherever the scale is told; each text is there once."""
        code, names = pd.factorize(np.array(texts, dtype=object), sort=True)
        return pd.Categorical.from_codes(code[number[order]], pd.Index(names, dtype="str"))

    missing = each("missing")
    table = {
        "patient_id": situation.facts.ids.array.take(patient[order]),
        "scale": same([scale.name for scale in every]),
        "title": same([scale.title for scale in every]),
        "value": each("value", "float64"),
        "unit": same([scale.unit for scale in every]),
        "thresholds": same([";".join(map(_number, scale.thresholds)) for scale in every]),
        "band": each("band"),
        "complete": pd.array(["yes", "no"], dtype="str").take((missing != "").astype(np.int64)),
        "contributors": each("contributors"),
        "missing": missing,
        "sources": same([scale.sources for scale in every]),
        "problem": same([scale.problem for scale in every]),
        "text": each("text"),
    }
    return pd.DataFrame(table)[[*SCALES, "problem", "text"]]


@dataclass(frozen=True)
class _Part:
    """What one item adds. One entry for each patient (code) and medicine, or for each patient: `label` (position of the
    ingredient, or behind them all that of the item), `points`, `missing` (-1, the position of the ingredient whose dose
    is not known, or behind them all that of a number)."""

    patient: np.ndarray
    label: np.ndarray
    points: np.ndarray
    missing: np.ndarray


@dataclass(frozen=True)
class _Told:
    """One scale, one entry for each patient (code) of whom it is told; `missing` to `text` are texts."""

    patient: np.ndarray
    value: np.ndarray
    missing: pd.arrays.ArrowStringArray
    contributors: pd.arrays.ArrowStringArray
    band: pd.arrays.ArrowStringArray
    text: pd.arrays.ArrowStringArray


def _one(situation: Situation, scale: Scale, concepts: Concepts, patients: np.ndarray) -> _Told:
    fails, _ = situation.unmet(scale.context, np.arange(situation.patients))
    applies = patients & ~fails
    count = len(concepts.ingredients)
    numbers = sorted({number for item in scale.items for number in item.numbers})
    parts = [_part(situation, item, count, count + at, numbers) for at, item in enumerate(scale.items)]
    patient, label, points, missing = (
        np.concatenate([getattr(part, name) for part in parts]) for name in ("patient", "label", "points", "missing")
    )
    mine = applies[patient]
    patient, label, points, missing = patient[mine], label[mine], points[mine], missing[mine]
    people = distinct(patient)
    group = np.searchsorted(people, patient)
    value = np.bincount(group, points, len(people)).round(4)
    point, amounts = pd.factorize(points)

    def contributor(key: int) -> str:
        at, amount = divmod(key, len(amounts))
        name = concepts.ingredients[at] if at < count else scale.items[at - count].name
        return f"{name} {_number(float(amounts[amount]))}"

    def lacking(at: int) -> str:
        return f"daily dose of {concepts.ingredients[at]}" if at < count else numbers[at - count].replace("_", " ")

    adds, lacks = points != 0, missing >= 0
    unknown = _listed(group[lacks], missing[lacks], lacking, len(people))
    band = pd.array(["", *scale.bands], dtype="str").take(np.searchsorted(scale.thresholds, value, side="right"))
    return _Told(
        people,
        value,
        unknown,
        _listed(group[adds], (label * len(amounts) + point)[adds], contributor, len(people)),
        band,
        _in_words(scale, value, unknown != "", band),
    )


def _listed(group: np.ndarray, key: np.ndarray, name: Callable[[int], str], count: int) -> pd.arrays.ArrowStringArray:
    """For each group the names of its keys, each once, sorted and joined."""
    keys = distinct(key)
    names = [name(one) for one in keys.tolist()]
    in_order = sorted(set(names))
    rank = {text: at for at, text in enumerate(in_order)}
    place = np.array([rank[text] for text in names], dtype=np.int64)[np.searchsorted(keys, key)]
    told = distinct(group * np.int64(len(in_order) or 1) + place)
    texts = pd.array(in_order, dtype="str").take(told % (len(in_order) or 1))
    return joined(told // (len(in_order) or 1), texts, count, "; ")


def _in_words(
    scale: Scale, value: np.ndarray, least: np.ndarray, band: pd.arrays.ArrowStringArray
) -> pd.arrays.ArrowStringArray:
    """Each value with its unit and band; one value has one band, so that each distinct one is written once."""
    code, values = pd.factorize(value)
    key = code * 2 + least
    keys, first = np.unique(key, return_index=True)
    texts = [
        f"{scale.title}: {'at least ' if one % 2 else ''}{_counted(float(values[one // 2]), scale.unit)}"
        + (f", {band[at]}" if band[at] else "")
        for one, at in zip(keys.tolist(), first.tolist(), strict=True)
    ]
    return pd.array(texts, dtype="str").take(np.searchsorted(keys, key))


def _counted(value: float, unit: str) -> str:
    """`1 medicine`, `7 points`, `1.67`."""
    number = _number(round(value, 2))
    return f"{number} {unit.removesuffix('s') if value == 1 else unit}".rstrip()


def _part(situation: Situation, item: ScaleItem, count: int, label: int, numbers: list[str]) -> _Part:
    """What one item adds; `count`: of the ingredients, `label`: its own, `numbers`: those that have no value."""
    if item.counts == "any":
        return _of_facts(situation, item, count, label, numbers)
    facts = situation.facts
    at = situation.current_positions(item.codes)
    ingredient = facts.concept[at] // len(GROUPS)
    first, place = runs(facts.patient[at] * np.int64(1 << 32) + ingredient)
    patient, taken = facts.patient[at[first]].astype(np.int64), ingredient[first].astype(np.int64)
    none = np.full(len(first), -1)
    if item.counts == "two":
        second = np.flatnonzero(np.diff(patient, prepend=-1) == 0)
        several = distinct(patient[second])
        return _Part(several, several * 0 + label, np.full(len(several), item.points), several * 0 - 1)
    weight = np.full(len(first), -np.inf)
    np.maximum.at(weight, place, item.weights[np.searchsorted(item.codes, facts.concept[at])])
    if item.counts == "points":
        return _Part(patient, taken, weight.round(4), none)
    if item.counts == "ingredients":
        return _Part(patient, taken, np.ones(len(first)), none)
    in_mg = np.array([unit == _MG for unit in facts.units], dtype=bool)[facts.unit[at]]
    each = np.where(in_mg, facts.daily_dose[at], np.nan)
    unknown = np.bincount(place, np.isnan(each), len(first)) > 0
    dose = np.bincount(place, np.nan_to_num(each), len(first))
    if item.counts == "daily_dose":
        points = dose * weight
    else:
        # Of an unknown part the rest counts; it is the least that the true index can be.
        points = np.divide(dose, weight + dose, out=np.zeros(len(first)), where=weight + dose != 0)
    return _Part(patient, taken, points.round(4), np.where(unknown, taken, -1))


def _of_facts(situation: Situation, item: ScaleItem, count: int, label: int, numbers: list[str]) -> _Part:
    holds = situation.holds(item.codes)
    missing = np.full(situation.patients, -1)
    for number in item.numbers:
        missing[~holds & ~situation.known(number)] = count + numbers.index(number)
    patient = np.flatnonzero(holds | (missing >= 0))
    points = np.where(holds[patient], item.points, 0.0)
    return _Part(patient, patient * 0 + label, points, missing[patient])


def _number(value: float) -> str:
    return f"{value:.6g}"
