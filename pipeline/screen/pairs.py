"""Rules of two facts that must not meet: candidates on codes, then the context of the few that are found."""

import numpy as np
import pandas as pd

from pipeline.rulebook.rules import PairRule, Rulebook
from pipeline.rulebook.terms import GROUPS
from pipeline.screen.candidates import candidates
from pipeline.screen.context import Situation
from pipeline.screen.courses import courses
from pipeline.screen.hits import HIT, MISSING, Hits, empty_frame, nothing, stepped
from pipeline.tables import SEVERITIES

_MET = {"a": "int64", "b": "int64", "pair": "int64", "patient": "int64", "missing": "str"}


def screen_pairs(situation: Situation, rulebook: Rulebook) -> Hits:
    """The hits of every pair rule.

    Of the rules that name the same two medicines for one problem the most specific is kept; of those that name the
    same medicine and bands of the same number (or degrees of the same state) the most severe.
    """
    begun = _begun(situation, rulebook)
    met = _met(situation, rulebook, begun)
    met = pd.concat([met, _of_unknown_numbers(situation, rulebook, begun)], ignore_index=True)
    met = _of_enough(met, situation, rulebook)
    met = _in_context(met, situation, rulebook)
    asked = met[(met["missing"] != "") & (met["held_by"] == "")]
    kept = _winners(_ranked(met[met["missing"] == ""], situation, rulebook))
    hits, facts = _as_hits(kept, situation, rulebook)
    return Hits(hits, facts, _missing(asked, rulebook))


def _attribute(rules: list[PairRule], name: str) -> np.ndarray:
    return np.array([getattr(rule, name) for rule in rules])


def _met(situation: Situation, rulebook: Rulebook, begun: np.ndarray) -> pd.DataFrame:
    """Pairs of facts that meet on the days that count: `a`, `b` (facts), `pair` (position of the rule), `patient`, and
    `missing` (what is not known of them: nothing yet). `begun` as `_begun` gives it.
    """
    facts, rules, today = situation.facts, rulebook.pairs, situation.today
    longest = _longest_washout(rulebook)
    relevant = (facts.start <= today) & (facts.stop + longest[facts.concept] >= today)
    relevant &= _named(rulebook)[facts.concept]
    at = np.flatnonzero(relevant)
    found = candidates(facts.concept[at], facts.patient[at], rules, rulebook.concepts)
    a, b = at[found.a], at[found.b]
    washout = np.nan_to_num(_attribute(rules, "washout_days"))[found.rule]
    meets = np.maximum(facts.stop[a], facts.stop[b]) >= today
    meets &= np.minimum(facts.stop[a], facts.stop[b]) + washout >= today
    # The parts of one combination product are meant to go together.
    meets &= (facts.order[a] != facts.order[b]) | (facts.order[a] < 0) | (facts.order[b] < 0)
    until = np.minimum(today, np.minimum(facts.stop[a], facts.stop[b]))
    least = _attribute(rules, "min_days")[found.rule]
    meets &= np.isnan(least) | (until - np.maximum(begun[a], begun[b]) + 1 >= least)
    oldest = np.array([rule.context.max_lab_age for rule in rules])[found.rule]
    meets &= facts.age_days[b] <= oldest
    table = pd.DataFrame({"a": a, "b": b, "pair": found.rule})[meets]
    return table.assign(patient=facts.patient[table["a"]], missing="").astype(_MET)


def _begun(situation: Situation, rulebook: Rulebook) -> np.ndarray:
    """For each fact the day since when it holds; that of its course for medicines of rules that ask how long."""
    begun = situation.facts.start.astype(np.int64)
    codes = [side for rule in rulebook.pairs if not np.isnan(rule.min_days) for side in (rule.a, rule.b)]
    if codes:
        named = np.unique(np.concatenate(codes))
        at = situation.positions(named[named < rulebook.concepts.first_other])
        found = courses(situation.facts, at, situation.today)
        given = found.member >= 0
        begun[at[given]] = found.start[found.member[given]]
    return begun


def _of_unknown_numbers(situation: Situation, rulebook: Rulebook, begun: np.ndarray) -> pd.DataFrame:
    """Medicines whose rule asks for a number that is not known: as `_met`, `b` -1 and `missing` the number."""
    facts, today = situation.facts, situation.today
    found = [empty_frame(_MET)]
    for position, rule in enumerate(rulebook.pairs):
        for number in rule.numbers:
            oldest = rule.context.max_lab_age
            washout = 0 if np.isnan(rule.washout_days) else int(rule.washout_days)
            # Of `egfr<30|dialysis` the number does not matter to whom the other holds.
            told = situation.known(number, oldest) | situation.holds(rule.b, oldest)
            at = situation.positions(rule.a)
            at = at[~told[facts.patient[at]] & (facts.start[at] <= today) & (facts.stop[at] + washout >= today)]
            if not np.isnan(rule.min_days):
                at = at[np.minimum(today, facts.stop[at]) - begun[at] + 1 >= rule.min_days]
            if len(at):
                columns = {"a": at, "b": -1, "pair": position, "patient": facts.patient[at], "missing": number}
                found.append(pd.DataFrame(columns).astype(_MET))
    return pd.concat(found, ignore_index=True)


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
        if rule.match in ("allergy", "intolerance"):
            named[concepts.other(f"{rule.match}:{concepts.ingredients[0]}") + rule.a // len(GROUPS)] = True
    return named


def _of_enough(met: pd.DataFrame, situation: Situation, rulebook: Rulebook) -> pd.DataFrame:
    """Leaves out pairs whose side a is below the rule's daily dose; a dose not known is noted as missing."""
    least = _attribute(rulebook.pairs, "min_daily_dose")[met["pair"]]
    units = _attribute(rulebook.pairs, "dose_unit")[met["pair"]]
    a = met["a"].to_numpy()
    below, unknown = np.zeros(len(met), dtype=bool), np.zeros(len(met), dtype=bool)
    for unit in np.unique(units[~np.isnan(least)]):
        dose, known = _daily_doses(situation, str(unit))
        asked = ~np.isnan(least) & (units == unit) & (dose[a] < least)
        below |= asked & known[a]
        unknown |= asked & ~known[a]
    missing = met["missing"].mask(unknown & (met["missing"] == "").to_numpy(), "daily dose")
    return met.assign(missing=missing)[~below].reset_index(drop=True)


def _daily_doses(situation: Situation, unit: str) -> tuple[np.ndarray, np.ndarray]:
    """For each fact how much of the medicine is taken a day in all its current orders (for an order that has ended: in
    this order), and whether that is all known.
    """
    facts = situation.facts
    same_unit = np.array([name == unit for name in facts.units], dtype=bool)[facts.unit]
    dose = np.where(same_unit, facts.daily_dose, np.nan)
    medicine = np.cumsum((np.diff(facts.patient, prepend=-1) != 0) | (np.diff(facts.concept, prepend=-1) != 0)) - 1
    now = situation.current
    together = np.bincount(medicine[now], np.nan_to_num(dose[now]), len(facts))
    unknown = np.bincount(medicine[now], np.isnan(dose[now]), len(facts))
    total = np.where(now, together[medicine], np.nan_to_num(dose))
    return total, np.where(now, unknown[medicine] == 0, ~np.isnan(dose))


def _in_context(met: pd.DataFrame, situation: Situation, rulebook: Rulebook) -> pd.DataFrame:
    """Leaves out pairs whose `when` is not met, and says of the others what is not known, holds or raises them."""
    met = met.sort_values("pair", kind="stable", ignore_index=True)
    patient = met["patient"].to_numpy()
    missing, held_by = met["missing"].to_numpy(object), nothing(len(met))
    fails, step = np.zeros(len(met), dtype=bool), np.zeros(len(met), dtype=np.int8)
    pairs, first = np.unique(met["pair"].to_numpy(), return_index=True)
    bounds = np.append(first, len(met))
    for at, pair in enumerate(pairs):
        context, mine = rulebook.pairs[pair].context, slice(bounds[at], bounds[at + 1])
        fails[mine], unknown = situation.unmet(context, patient[mine])
        missing[mine] = np.where(missing[mine] == "", unknown, missing[mine])
        held_by[mine] = situation.held_by(context, patient[mine])
        step[mine] = situation.step(context, patient[mine])
    met = met.assign(missing=missing, held_by=held_by, step=step).astype({"missing": "str", "held_by": "str"})
    return met[~fails].reset_index(drop=True)


def _missing(met: pd.DataFrame, rulebook: Rulebook) -> pd.DataFrame:
    rule = _attribute(rulebook.pairs, "rule")[met["pair"].to_numpy()]
    table = pd.DataFrame({"patient": met["patient"].to_numpy(), "rule": rule, "missing": met["missing"].to_numpy()})
    return table.astype(MISSING).drop_duplicates()


def _ranked(met: pd.DataFrame, situation: Situation, rulebook: Rulebook) -> pd.DataFrame:
    """Each pair of facts with what it competes on (two ingredients, `meets`, `check`, `problem`) and its rank."""
    facts, rules, pairs = situation.facts, rulebook.rules, rulebook.pairs
    pair = met["pair"].to_numpy()
    rule = _attribute(pairs, "rule")[pair]
    severity = rules["severity"].map({name: at for at, name in enumerate(SEVERITIES)}).to_numpy()[rule]
    severity = stepped(severity, met["step"].to_numpy())
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
        third=np.where(of_drugs, 0.0, -_attribute(pairs, "degree")[pair]),
        held=met["held_by"] != "",
    )


def _winners(met: pd.DataFrame) -> pd.DataFrame:
    """The pairs of facts of one rule for each competing group."""
    competing = ["patient", "low", "high", "meets", "check", "problem"]
    met = met.sort_values([*competing, "first", "second", "third", "held", "pair"], kind="stable")
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
            "step": one["step"].to_numpy(),
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
    if label.startswith("intolerance:"):
        return f"intolerance of {label.removeprefix('intolerance:')}"
    return label.removeprefix("condition:").replace(":", " ").replace("_", " ")
