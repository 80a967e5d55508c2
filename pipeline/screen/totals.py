"""Rules of what adds up over a person's current medicines: doses, points on a scale, how many there are."""

from dataclasses import replace

import numpy as np

from pipeline.rulebook.compile import Rulebook, TotalRule
from pipeline.rulebook.terms import GROUPS
from pipeline.screen.context import Situation
from pipeline.screen.hits import Found, Hits, by_patient, gathered
from pipeline.tables import SEVERITIES


def screen_totals(situation: Situation, rulebook: Rulebook) -> Hits:
    """The hits of every rule of a sum; of those with one `family` the most severe that is met."""
    grade = [SEVERITIES.index(severity) for severity in rulebook.rules["severity"]]
    families: dict[str, list[TotalRule]] = {}
    for rule in rulebook.totals:
        families.setdefault(rule.family, []).append(rule)
    kept = []
    for rules in families.values():
        told = np.zeros(situation.patients, dtype=bool)
        for rule in sorted(rules, key=lambda rule: grade[rule.rule]):
            found = _one(situation, rulebook, rule).without(told)
            told[found.patient] = True
            kept.append(found)
    return gathered(kept)


def _one(situation: Situation, rulebook: Rulebook, rule: TotalRule) -> Found:
    """The hits of one rule, and the patients whose sum is not known."""
    facts = situation.facts
    at = situation.current_positions(rule.codes)
    if not len(at):
        return Found(rule.rule)
    patients, local = np.unique(facts.patient[at], return_inverse=True)
    total, known = _sum(situation, rule, at, local, patients)
    reached = total >= rule.threshold if rule.inclusive else total > rule.threshold
    if not np.isnan(rule.started_within_days):
        begun = _first_days(situation, rule)[patients]
        recent = situation.today - begun + 1 <= rule.started_within_days
        reached &= recent
        known |= ~recent
    fails, unknown = situation.unmet(rule.context, patients)
    unknown = np.where((unknown == "") & ~reached & ~known, _unknown_name(rule), unknown)
    unknown = np.where(fails, "", unknown)
    met = reached & ~fails & (unknown == "")
    hits = by_patient(
        rule.rule,
        patients[met],
        situation.raised(rule.context, patients[met]),
        situation.held_by(rule.context, patients[met]),
        _factors(rule, rulebook.rules["unit"][rule.rule], total[met]),
        facts.patient[at],
        at,
    )
    return replace(hits, unknown=patients[unknown != ""], missing=unknown[unknown != ""])


def _first_days(situation: Situation, rule: TotalRule) -> np.ndarray:
    """For each patient the first day of any of the rule's medicines, stopped orders included."""
    facts = situation.facts
    ever = situation.positions(rule.codes)
    first = np.full(situation.patients, np.iinfo(np.int64).max)
    np.minimum.at(first, facts.patient[ever], facts.start[ever])
    return first


def _sum(
    situation: Situation, rule: TotalRule, at: np.ndarray, local: np.ndarray, patients: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The total of each patient, and whether all that counts is known; what is not known adds nothing to the total."""
    facts, count = situation.facts, len(patients)
    if rule.measure in ("weight", "ingredients"):
        ingredient = facts.concept[at] // len(GROUPS)
        _, once = np.unique(local * np.int64(1 << 32) + ingredient, return_index=True)
        points = rule.weights[np.searchsorted(rule.codes, facts.concept[at[once]])]
        points = points if rule.measure == "weight" else np.ones(len(once))
        return np.bincount(local[once], points, count), np.ones(count, dtype=bool)
    same_unit = np.array([unit == rule.unit for unit in facts.units])[facts.unit[at]]
    if rule.measure == "dose":
        dose = np.where(same_unit, facts.dose[at], np.nan)
        largest = np.full(count, -np.inf)
        np.maximum.at(largest, local, np.nan_to_num(dose, nan=-np.inf))
        return largest, np.bincount(local, np.isnan(dose), count) == 0
    dose = np.where(same_unit, facts.daily_dose[at], np.nan)
    total = np.bincount(local, np.nan_to_num(dose), count)
    known = np.bincount(local, np.isnan(dose), count) == 0
    if rule.measure == "daily_dose_per_kg":
        weight = situation.value_of("weight_kg")[patients]
        known &= ~np.isnan(weight)
        total = np.nan_to_num(total / weight)
    return total, known


def _unknown_name(rule: TotalRule) -> str:
    return (
        "daily dose and weight"
        if rule.measure == "daily_dose_per_kg"
        else "single dose"
        if rule.measure == "dose"
        else "daily dose"
    )


def _factors(rule: TotalRule, unit: str, total: np.ndarray) -> np.ndarray:
    """What the sum is called in a finding, in the unit that the rule was written in."""
    shown = total / {"mcg": 0.001, "g": 1000.0}.get(unit, 1.0)
    suffix = {
        "daily_dose": f" {unit}/day",
        "daily_dose_per_kg": f" {unit}/kg/day",
        "dose": f" {unit} at once",
        "weight": " points",
        "ingredients": " medicines",
    }[rule.measure]
    return np.array([f"{value:.4g}{suffix}" for value in shown], dtype=object)
