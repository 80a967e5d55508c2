"""Rules of what adds up over a person's current medicines: doses, points on a scale, how many there are."""

from dataclasses import replace

import numpy as np

from pipeline.joining import runs
from pipeline.rulebook.rules import Rulebook, TotalRule
from pipeline.rulebook.terms import GROUPS
from pipeline.screen.context import Situation
from pipeline.screen.courses import courses
from pipeline.screen.hits import Found, Hits, by_patient, gathered, stepped
from pipeline.tables import SEVERITIES


def screen_totals(situation: Situation, rulebook: Rulebook) -> Hits:
    """The hits of every rule of a sum; of those with one `family` the most severe that is met."""
    grade = {name: at for at, name in enumerate(SEVERITIES)}
    families: dict[str, list[TotalRule]] = {}
    for rule in rulebook.totals:
        families.setdefault(rule.family, []).append(rule)
    severity = rulebook.rules["severity"].map(grade).to_numpy(np.int64)
    units = rulebook.rules["unit"].tolist()
    kept = []
    for rules in families.values():
        found = [_one(situation, units[rule.rule], rule) for rule in rules]
        if len(rules) == 1:
            kept += found
            continue
        ranks = []
        best = np.full(situation.patients, np.inf)
        for number, (rule, one) in enumerate(zip(rules, found, strict=True)):
            own = severity[rule.rule]
            concerned = np.concatenate([one.patient, one.unknown]).astype(np.int64)
            held = situation.held_by(rule.context, concerned) != ""
            shown = stepped(own, situation.step(rule.context, concerned))
            # The severity as told; of equals what is so severe without a step up, is not held back, comes first.
            rank = np.zeros(situation.patients)
            rank[concerned] = ((shown * len(SEVERITIES) + own) * 2 + held) * len(rules) + number
            ranks.append(rank)
            np.minimum.at(best, one.patient, rank[one.patient])
        kept += [one.without(best < rank) for one, rank in zip(found, ranks, strict=True)]
    return gathered(kept)


def _one(situation: Situation, unit: str, rule: TotalRule) -> Found:
    """The hits of one rule, which was written in this unit, and the patients whose sum is not known."""
    facts = situation.facts
    at = situation.asked(rule.rule, situation.current_positions(rule.codes))
    if not len(at):
        return Found(rule.rule)
    first, local = runs(facts.patient[at])
    patients = facts.patient[at[first]]
    total, known = summed(situation, rule, at, local, patients)
    reached = total >= rule.threshold if rule.inclusive else total > rule.threshold
    fails, unknown = situation.unmet(rule.context, patients)
    if not np.isnan(rule.started_within_days):
        fails |= situation.today - _first_days(situation, rule)[patients] + 1 > rule.started_within_days
    held_by = situation.held_by(rule.context, patients)
    unknown = np.where((unknown == "") & ~reached & ~known, _unknown_name(rule), unknown)
    met = reached & ~fails & (unknown == "")
    asked = (reached | ~known) & ~fails & (unknown != "") & (held_by == "")
    hits = by_patient(
        rule.rule,
        patients[met],
        situation.step(rule.context, patients[met]),
        held_by[met],
        _factors(rule, unit, total[met]),
        facts.patient[at],
        at,
    )
    return replace(hits, unknown=patients[asked], missing=unknown[asked])


def _first_days(situation: Situation, rule: TotalRule) -> np.ndarray:
    """For each patient the first day of any course of the rule's medicines that goes on: a renewal begins nothing."""
    found = courses(situation.facts, situation.positions(rule.codes), situation.today)
    first = np.full(situation.patients, np.iinfo(np.int64).max)
    going_on = found.stop >= situation.today
    np.minimum.at(first, found.patient[going_on], found.start[going_on])
    return first


def summed(
    situation: Situation, rule: TotalRule, at: np.ndarray, local: np.ndarray, patients: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The total of each patient, and whether all that counts is known; what is not known adds nothing to the total."""
    facts, count = situation.facts, len(patients)
    if rule.measure in ("weight", "ingredients"):
        ingredient = facts.concept[at] // len(GROUPS)
        once, _ = runs(local * np.int64(1 << 32) + ingredient)
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
    if rule.measure == "times_a_day":
        # The unit does not matter to how often: dose and daily dose of an order have the same.
        times = facts.daily_dose[at] / facts.dose[at]
        most = np.zeros(count)
        np.maximum.at(most, local, np.nan_to_num(times))
        return most.round(6), np.bincount(local, np.isnan(times), count) == 0
    if rule.measure == "weighted_daily_dose":
        dose = dose * rule.weights[np.searchsorted(rule.codes, facts.concept[at])]
    total = np.bincount(local, np.nan_to_num(dose), count)
    known = np.bincount(local, np.isnan(dose), count) == 0
    if rule.measure == "daily_dose_per_kg":
        weight = situation.value_of("weight_kg")[patients]
        known &= ~np.isnan(weight)
        # Without a weight nothing is reached.
        total = np.nan_to_num(total / weight)
    return total, known


def _unknown_name(rule: TotalRule) -> str:
    names = {"daily_dose_per_kg": "daily dose and weight", "dose": "single dose"}
    return names.get(rule.measure, "daily dose")


def _factors(rule: TotalRule, unit: str, total: np.ndarray) -> np.ndarray:
    """What the sum is called in a finding, in the unit that the rule was written in."""
    shown = total / {"mcg": 0.001, "g": 1000.0}.get(unit, 1.0)
    suffix = {
        "daily_dose": f" {unit}/day",
        "weighted_daily_dose": f" {unit}/day, weighted",
        "times_a_day": " times a day",
        "daily_dose_per_kg": f" {unit}/kg/day",
        "dose": f" {unit} at once",
        "weight": " points",
        "ingredients": " medicines",
    }[rule.measure]
    return np.array([f"{value:.4g}{suffix}" for value in shown], dtype=object)
