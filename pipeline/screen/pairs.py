"""Rules of two facts that must not meet: candidates on codes, then the context of the few that are found."""

import numpy as np
import pandas as pd

from pipeline.rulebook.compile import PairRule, Rulebook
from pipeline.rulebook.terms import GROUPS
from pipeline.screen.candidates import candidates
from pipeline.screen.context import Situation
from pipeline.screen.hits import HIT, MISSING, Hits, empty_frame
from pipeline.tables import SEVERITIES


def screen_pairs(situation: Situation, rulebook: Rulebook) -> Hits:
    """The hits of every pair rule.

    Of the rules that name the same two medicines for one problem the most specific is kept; of those that name the
    same medicine and bands of the same number (or degrees of the same state) the most severe.
    """
    met = _met(situation, rulebook)
    missing = [_number_missing(situation, rulebook)]
    met, unknown_dose = _dose_reached(situation, rulebook, met)
    met, unknown_context = _in_context(situation, rulebook, met)
    missing += [unknown_dose, unknown_context]
    kept = _winners(_ranked(met, situation, rulebook))
    hits, facts = _as_hits(kept, situation, rulebook)
    return Hits(hits, facts, pd.concat(missing, ignore_index=True).drop_duplicates())


def _attribute(rules: list[PairRule], name: str) -> np.ndarray:
    return np.array([getattr(rule, name) for rule in rules])


def _met(situation: Situation, rulebook: Rulebook) -> pd.DataFrame:
    """Pairs of facts that meet on the days that count: `a`, `b` (facts), `pair` (position of the rule), `patient`."""
    facts, rules, today = situation.facts, rulebook.pairs, situation.today
    longest = _longest_washout(rulebook)
    relevant = (facts.start <= today) & (facts.stop + longest[facts.concept] >= today)
    relevant &= _named(rulebook)[facts.concept]
    at = np.flatnonzero(relevant)
    found = candidates(facts.concept[at], facts.patient[at], rules, rulebook.concepts)
    a, b = at[found.a], at[found.b]
    washout = np.nan_to_num(_attribute(rules, "washout_days"))[found.rule]
    begun = np.maximum(facts.start[a], facts.start[b])
    meets = begun <= np.minimum(facts.stop[a], facts.stop[b]) + washout
    meets &= np.maximum(facts.stop[a], facts.stop[b]) >= today
    meets &= np.minimum(facts.stop[a], facts.stop[b]) + washout >= today
    # The parts of one combination product are meant to go together.
    meets &= (facts.order[a] != facts.order[b]) | (facts.order[a] < 0) | (facts.order[b] < 0)
    together = _attribute(rules, "min_days")[found.rule]
    meets &= np.isnan(together) | (today - begun + 1 >= together)
    oldest = _attribute(rules, "max_lab_age")[found.rule]
    meets &= facts.age_days[b] <= oldest
    table = pd.DataFrame({"a": a, "b": b, "pair": found.rule})[meets]
    return table.assign(patient=facts.patient[table["a"]]).reset_index(drop=True)


def _longest_washout(rulebook: Rulebook) -> np.ndarray:
    """For each concept the longest time after its stop in which it can still matter to any rule."""
    longest = np.zeros(rulebook.concepts.first_other + len(rulebook.concepts.labels), dtype=np.int32)
    for rule in rulebook.pairs:
        if rule.washout_days > 0:
            for codes in (rule.a, rule.b):
                longest[codes] = np.maximum(longest[codes], int(rule.washout_days))
    return longest


def _named(rulebook: Rulebook) -> np.ndarray:
    """For each concept whether any pair rule names it."""
    concepts = rulebook.concepts
    named = np.zeros(concepts.first_other + len(concepts.labels), dtype=bool)
    for rule in rulebook.pairs:
        named[rule.a] = True
        named[rule.b] = True
        if rule.match == "allergy":
            named[concepts.other(f"allergy:{concepts.ingredients[0]}") + rule.a // len(GROUPS)] = True
    return named


def _dose_reached(situation: Situation, rulebook: Rulebook, met: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leaves out pairs whose side a is below the rule's daily dose; a dose not known is told as missing."""
    facts = situation.facts
    least = _attribute(rulebook.pairs, "min_daily_dose")[met["pair"]]
    asked = ~np.isnan(least)
    if not asked.any():
        return met, empty_frame(MISSING)
    unit = _attribute(rulebook.pairs, "dose_unit")[met["pair"]]
    a = met["a"].to_numpy()
    comparable = np.array(facts.units, dtype=object)[facts.unit[a]] == unit
    dose = np.where(comparable, facts.daily_dose[a], np.nan)
    unknown = asked & np.isnan(dose)
    missing = _missing(met[unknown], rulebook, "daily dose")
    return met[~asked | (dose >= least)].reset_index(drop=True), missing


def _in_context(situation: Situation, rulebook: Rulebook, met: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leaves out pairs whose `when` is not met or not known, and says of the others what holds or raises them."""
    kept, missing = [], []
    for pair, group in met.groupby("pair", sort=True):
        context = rulebook.pairs[int(pair)].context
        patient = group["patient"].to_numpy()
        fails, unknown = situation.unmet(context, patient)
        missing.append(_missing(group[unknown != ""], rulebook, unknown[unknown != ""]))
        stays = ~fails & (unknown == "")
        patient = patient[stays]
        kept.append(
            group[stays].assign(held_by=situation.held_by(context, patient), raised=situation.raised(context, patient))
        )
    columns = {"a": "int64", "b": "int64", "pair": "int64", "patient": "int64", "held_by": "str", "raised": "bool"}
    met = pd.concat(kept, ignore_index=True) if kept else empty_frame(columns)
    return met.astype(columns), pd.concat(missing, ignore_index=True) if missing else empty_frame(MISSING)


def _missing(met: pd.DataFrame, rulebook: Rulebook, what: str | np.ndarray) -> pd.DataFrame:
    rule = _attribute(rulebook.pairs, "rule")[met["pair"].to_numpy(np.int64)]
    return (
        pd.DataFrame({"patient": met["patient"].to_numpy(), "rule": rule, "missing": what})
        .astype(MISSING)
        .drop_duplicates()
    )


def _number_missing(situation: Situation, rulebook: Rulebook) -> pd.DataFrame:
    """Patients on a medicine whose rule asks for a number that is not known, where the rule's `when` does not fail."""
    found = []
    for pair in rulebook.pairs:
        for number in pair.numbers:
            patient = np.unique(situation.facts.patient[situation.current_positions(pair.a)])
            patient = patient[~situation.known(number, pair.max_lab_age)[patient]]
            if not len(patient):
                continue
            fails, _ = situation.unmet(pair.context, patient)
            held = situation.held_by(pair.context, patient) != ""
            found.append(pd.DataFrame({"patient": patient[~fails & ~held], "rule": pair.rule, "missing": number}))
    return pd.concat(found, ignore_index=True).astype(MISSING) if found else empty_frame(MISSING)


def _ranked(met: pd.DataFrame, situation: Situation, rulebook: Rulebook) -> pd.DataFrame:
    """Each pair of facts with what it competes on (two ingredients, `meets`, `check`, `problem`) and its rank."""
    facts, rules, pairs = situation.facts, rulebook.rules, rulebook.pairs
    pair = met["pair"].to_numpy()
    rule = _attribute(pairs, "rule")[pair]
    severity = rules["severity"].map({name: at for at, name in enumerate(SEVERITIES)}).to_numpy()[rule]
    severity = severity - met["raised"].to_numpy()
    covers = _attribute(pairs, "covers")[pair]
    family, names = pd.factorize(_attribute(pairs, "family"))
    of_drugs = names[family[pair]] == ""
    ingredient_a, ingredient_b = (facts.concept[met[side].to_numpy()] // len(GROUPS) for side in ("a", "b"))
    return met.assign(
        low=np.where(of_drugs, np.minimum(ingredient_a, ingredient_b), ingredient_a),
        high=np.where(of_drugs, np.maximum(ingredient_a, ingredient_b), -1),
        meets=np.where(of_drugs, -1, family[pair]),
        check=np.where(of_drugs, -1, pd.factorize(rules["check"])[0][rule]),
        problem=pd.factorize(rules["problem"])[0][rule],
        # Between medicines a narrower rule was written on purpose to grade the pair; of bands the worst counts.
        first=np.where(of_drugs, covers, severity),
        second=np.where(of_drugs, severity, covers),
        third=-_attribute(pairs, "degree")[pair],
    )


def _winners(met: pd.DataFrame) -> pd.DataFrame:
    """The pairs of facts of one rule for each competing group."""
    competing = ["patient", "low", "high", "meets", "check", "problem"]
    met = met.sort_values([*competing, "first", "second", "third", "pair"], kind="stable")
    best = met.groupby(competing, sort=False)["pair"].transform("first")
    return met[met["pair"] == best]


def _as_hits(met: pd.DataFrame, situation: Situation, rulebook: Rulebook) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pairs of facts of one patient, rule and medicine or medicines as one hit, whatever else they meet."""
    facts = situation.facts
    met = met.assign(hit=met.groupby(["patient", "pair", "low", "high"], sort=True).ngroup())
    met = met.sort_values(["hit", "a", "b"], kind="stable")
    one = met.drop_duplicates("hit")
    others = met.loc[met["high"] < 0, ["hit", "b"]]
    names = [factor(int(facts.concept[at]), facts.value[at], rulebook) for at in others["b"]]
    others = others.assign(name=pd.Series(names, index=others.index, dtype="str")).drop_duplicates(["hit", "name"])
    factors = others.groupby("hit")["name"].agg(", ".join).astype("str").reindex(one["hit"], fill_value="")
    hits = pd.DataFrame(
        {
            "patient": one["patient"].to_numpy(),
            "rule": _attribute(rulebook.pairs, "rule")[one["pair"].to_numpy(np.int64)],
            "raised": one["raised"].to_numpy(),
            "held_by": one["held_by"].to_numpy(),
            "factor": factors.to_numpy(),
        }
    ).astype(HIT)
    sides = pd.concat(
        [met[["hit", "a"]].rename(columns={"a": "fact"}), met[["hit", "b"]].rename(columns={"b": "fact"})]
    )
    sides = sides[facts.order[sides["fact"]] >= 0].drop_duplicates().sort_values(["hit", "fact"], ignore_index=True)
    return hits, sides


def factor(code: int, value: float, rulebook: Rulebook) -> str:
    """What a fact that is no medicine is called in a finding: `epilepsy`, `egfr 24`, `alcohol heavy`."""
    label = rulebook.concepts.label(code)
    if label in rulebook.concepts.bands and rulebook.concepts.bands[label].name == "pump_refill_days":
        return f"pump refill {-value:.0f} days overdue" if value < 0 else f"pump refill due in {value:.0f} days"
    if label in rulebook.concepts.bands:
        return f"{rulebook.concepts.bands[label].name.replace('_', ' ')} {value:.4g}"
    if label.startswith("allergy:"):
        return f"allergy to {label.removeprefix('allergy:').removeprefix('class:').replace('_', ' ')}"
    return label.removeprefix("condition:").replace(":", " ").replace("_", " ")
