"""Rules of two facts that must not meet: candidates on codes, then the context of the few that are found."""

import numpy as np
import pandas as pd

from pipeline.joining import distinct, joined_distinct
from pipeline.normalise.facts import Facts
from pipeline.rulebook.rules import PairRule, Rulebook
from pipeline.rulebook.terms import GROUPS
from pipeline.screen.candidates import candidates
from pipeline.screen.context import Situation
from pipeline.screen.courses import courses
from pipeline.screen.hits import HIT, MISSING, Hits, nothing, stepped
from pipeline.tables import SEVERITIES

# What is known of pairs of facts that meet, as arrays of one entry a pair: `a`, `b` (facts; `b` -1 where a number is
# not known), `pair` (position of the rule), `patient`, `missing` (what is not known, else empty), and from the context
# on `held_by` and `step`.
Met = dict[str, np.ndarray]


def screen_pairs(situation: Situation, rulebook: Rulebook) -> Hits:
    """The hits of every pair rule.

    Of the rules that name the same two medicines for one problem the most specific is kept; of those that name the
    same medicine and bands of the same number (or degrees of the same state) the most severe.
    """
    begun = _begun(situation, rulebook)
    met = _together([_met(situation, rulebook, begun), *_of_unknown_numbers(situation, rulebook, begun)])
    met = _of_enough(met, situation, rulebook)
    met = _in_context(met, situation, rulebook)
    known = met["missing"] == ""
    asked = _where(met, ~known & (met["held_by"] == ""))
    kept = _competing(_where(met, known), situation, rulebook)
    hits, facts = _as_hits(_where(kept, _wins(kept, rulebook)), situation, rulebook)
    return Hits(hits, facts, _missing(asked, rulebook))


def _where(met: Met, chosen: np.ndarray) -> Met:
    """Those of the pairs that are chosen, by their positions or by a mask: positions are taken eight times as fast."""
    at = np.flatnonzero(chosen) if chosen.dtype == bool else chosen
    return {name: values[at] for name, values in met.items()}


def _together(parts: list[Met]) -> Met:
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _attribute(rules: list[PairRule], name: str) -> np.ndarray:
    return np.array([getattr(rule, name) for rule in rules])


def _met(situation: Situation, rulebook: Rulebook, begun: np.ndarray) -> Met:
    """Pairs of facts that meet on the days that count. `begun` as `_begun` gives it."""
    facts, rules, today = situation.facts, rulebook.pairs, situation.today
    longest = _longest_washout(rulebook)
    relevant = (facts.start <= today) & (facts.stop + longest[facts.concept] >= today)
    relevant &= _named(rulebook)[facts.concept] & situation.pair_facts()
    at = np.flatnonzero(relevant)
    found = candidates(facts.concept[at], facts.patient[at], rules, rulebook.concepts)
    a, b, pair = at[found.a], at[found.b], found.rule
    washout = np.nan_to_num(_attribute(rules, "washout_days"))[pair]
    first_stop = np.minimum(facts.stop[a], facts.stop[b])
    meets = np.maximum(facts.stop[a], facts.stop[b]) >= today
    meets &= first_stop + washout >= today
    # The parts of one combination product are meant to go together.
    meets &= (facts.order[a] != facts.order[b]) | (facts.order[a] < 0) | (facts.order[b] < 0)
    least = _attribute(rules, "min_days")[pair]
    meets &= np.isnan(least) | (np.minimum(today, first_stop) - np.maximum(begun[a], begun[b]) + 1 >= least)
    oldest = np.array([rule.context.max_lab_age for rule in rules])[pair]
    meets &= facts.age_days[b] <= oldest
    meets &= situation.asked_pairs(_attribute(rules, "rule")[pair], a, b)
    a, b, pair = a[meets], b[meets], pair[meets]
    return {"a": a, "b": b, "pair": pair, "patient": facts.patient[a].astype(np.int64), "missing": nothing(len(a))}


def _begun(situation: Situation, rulebook: Rulebook) -> np.ndarray:
    """For each fact the day since when it holds; that of its course for medicines of rules that ask how long."""
    begun = situation.facts.start.astype(np.int64)
    codes = [side for rule in rulebook.pairs if not np.isnan(rule.min_days) for side in (rule.a, rule.b)]
    if codes:
        named = distinct(np.concatenate(codes))
        at = situation.positions(named[named < rulebook.concepts.first_other])
        found = courses(situation.facts, at, situation.today)
        given = found.member >= 0
        begun[at[given]] = found.start[found.member[given]]
    return begun


def _of_unknown_numbers(situation: Situation, rulebook: Rulebook, begun: np.ndarray) -> list[Met]:
    """Medicines whose rule asks for a number that is not known."""
    facts, today = situation.facts, situation.today
    found = []
    for position, rule in enumerate(rulebook.pairs):
        for number in rule.numbers:
            oldest = rule.context.max_lab_age
            washout = 0 if np.isnan(rule.washout_days) else int(rule.washout_days)
            at = situation.asked(rule.rule, situation.positions(rule.a))
            if not len(at):
                continue
            # Of `egfr<30|dialysis` the number does not matter to whom the other holds.
            told = situation.known(number, oldest) | situation.holds(rule.b, oldest)
            at = at[~told[facts.patient[at]]]
            at = at[(facts.start[at] <= today) & (facts.stop[at] + washout >= today)]
            if not np.isnan(rule.min_days):
                at = at[np.minimum(today, facts.stop[at]) - begun[at] + 1 >= rule.min_days]
            if len(at):
                same = {"b": -1, "pair": position}
                one = {name: np.full(len(at), value, dtype=np.int64) for name, value in same.items()}
                missing = np.full(len(at), number, dtype=object)
                found.append({"a": at, "patient": facts.patient[at].astype(np.int64), **one, "missing": missing})
    return found


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


def _of_enough(met: Met, situation: Situation, rulebook: Rulebook) -> Met:
    """Leaves out pairs whose side a is below the rule's daily dose; a dose not known is noted as missing."""
    least = _attribute(rulebook.pairs, "min_daily_dose")
    units = _attribute(rulebook.pairs, "dose_unit")
    asks = ~np.isnan(least)
    at = np.flatnonzero(asks[met["pair"]])
    a, pair, missing = met["a"][at], met["pair"][at], met["missing"].copy()
    stays = np.ones(len(met["a"]), dtype=bool)
    of_rules = [rule.a for rule in rulebook.pairs if not np.isnan(rule.min_daily_dose)]
    medicines = situation.positions(distinct(np.concatenate(of_rules))) if of_rules else at[:0]
    for unit in np.unique(units[asks]):
        dose, known = _daily_doses(situation, medicines, str(unit))
        below = (units[pair] == unit) & (dose[a] < least[pair])
        stays[at[below & known[a]]] = False
        unknown = at[below & ~known[a]]
        missing[unknown] = np.where(missing[unknown] == "", "daily dose", missing[unknown])
    return _where({**met, "missing": missing}, stays)


def _daily_doses(situation: Situation, at: np.ndarray, unit: str) -> tuple[np.ndarray, np.ndarray]:
    """How much of a medicine is taken a day in all its current orders (for an order that has ended: in this order), and
    whether that is all known; for each fact, and told of those `at` alone, which are whole medicines.
    """
    facts = situation.facts
    same_unit = np.array([name == unit for name in facts.units], dtype=bool)[facts.unit[at]]
    dose = np.where(same_unit, facts.daily_dose[at], np.nan)
    patient, concept = facts.patient[at], facts.concept[at]
    medicine = np.cumsum((np.diff(patient, prepend=-1) != 0) | (np.diff(concept, prepend=-1) != 0)) - 1
    now = situation.current[at]
    together = np.bincount(medicine[now], np.nan_to_num(dose[now]), len(at))
    unknown = np.bincount(medicine[now], np.isnan(dose[now]), len(at))
    total, known = np.zeros(len(facts)), np.zeros(len(facts), dtype=bool)
    total[at] = np.where(now, together[medicine], np.nan_to_num(dose))
    known[at] = np.where(now, unknown[medicine] == 0, ~np.isnan(dose))
    return total, known


def _in_context(met: Met, situation: Situation, rulebook: Rulebook) -> Met:
    """Leaves out pairs whose `when` is not met, and says of the others what is not known, holds or raises them."""
    met = _where(met, np.argsort(met["pair"], kind="stable"))
    patient, missing, count = met["patient"], met["missing"], len(met["pair"])
    held_by, fails, step = nothing(count), np.zeros(count, dtype=bool), np.zeros(count, dtype=np.int8)
    pairs, first = np.unique(met["pair"], return_index=True)
    bounds = np.append(first, count)
    for at, pair in enumerate(pairs):
        context, mine = rulebook.pairs[pair].context, slice(bounds[at], bounds[at + 1])
        if context.when:
            fails[mine], unknown = situation.unmet(context, patient[mine])
            missing[mine] = np.where(missing[mine] == "", unknown, missing[mine])
        if context.unless:
            held_by[mine] = situation.held_by(context, patient[mine])
        if context.raise_when or context.lower_when:
            step[mine] = situation.step(context, patient[mine])
    return _where({**met, "held_by": held_by, "step": step}, ~fails)


def _missing(met: Met, rulebook: Rulebook) -> pd.DataFrame:
    rule = _attribute(rulebook.pairs, "rule")[met["pair"]]
    what, names = pd.factorize(met["missing"])
    key = (met["patient"] * len(rulebook.rules) + rule) * max(len(names), 1) + what
    first = np.sort(np.unique(key, return_index=True)[1])
    told = {"patient": met["patient"], "rule": rule, "missing": met["missing"]}
    return pd.DataFrame({name: values[first] for name, values in told.items()}).astype(MISSING)


def _competing(met: Met, situation: Situation, rulebook: Rulebook) -> Met:
    """The pairs with what they are about, `low` and `high`: two ingredients, or one and -1; and what they compete on,
    `group`: the same patient, medicines and problem, of a medicine and a state also the same state and check.
    """
    facts, rules, pairs = situation.facts, rulebook.rules, rulebook.pairs
    rule = _attribute(pairs, "rule")
    family, names = pd.factorize(_attribute(pairs, "family"))
    of_drugs = (names == "")[family]
    # What a rule's pairs compete on besides the medicines.
    check, checks = pd.factorize(rules["check"])
    about = np.where(of_drugs, -1, family * len(checks) + check[rule])
    kind = np.unique(about * len(rules) + pd.factorize(rules["problem"])[0][rule], return_inverse=True)[1]
    pair, count = met["pair"], len(rulebook.concepts.ingredients) + 1
    a, b = (facts.concept[met[side]] // len(GROUPS) for side in ("a", "b"))
    two = of_drugs[pair]
    low = np.where(two, np.minimum(a, b), a).astype(np.int64)
    high = np.where(two, np.maximum(a, b), -1).astype(np.int64)
    group = ((met["patient"] * count + low) * count + high + 1) * len(pairs) + kind[pair]
    return {**met, "low": low, "high": high, "group": group}


def _wins(met: Met, rulebook: Rulebook) -> np.ndarray:
    """Which of the pairs of facts are of the rule that wins where several compete."""
    rules, pairs = rulebook.rules, rulebook.pairs
    order = np.argsort(met["group"], kind="stable")
    group, pair = met["group"][order], met["pair"][order]
    first = np.flatnonzero(np.diff(group, prepend=-1))
    size = np.diff(np.append(first, len(group)))
    several = np.maximum.reduceat(pair, first) != np.minimum.reduceat(pair, first) if len(first) else first > 0
    wins = np.ones(len(group), dtype=bool)
    at = order[np.repeat(several, size)]
    if not len(at):
        return wins
    pair, group = met["pair"][at], met["group"][at]
    grades = rules["severity"].map({name: at for at, name in enumerate(SEVERITIES)}).to_numpy()
    severity = stepped(grades[_attribute(pairs, "rule")[pair]], met["step"][at])
    some, place = np.unique(pair, return_inverse=True)
    covers, of_drugs = np.array([pairs[one].covers for one in some])[place], met["high"][at] >= 0
    # Between medicines a narrower rule was written on purpose to grade the pair; of bands the worst counts.
    ranks = (
        np.where(of_drugs, covers, severity),
        np.where(of_drugs, severity, covers),
        np.where(of_drugs, 0.0, -_attribute(pairs, "degree")[pair]),
        met["held_by"][at] != "",
        pair,
    )
    ranked = np.lexsort((*reversed(ranks), group))
    begins = np.diff(group[ranked], prepend=-1) != 0
    best = pair[ranked][begins][np.cumsum(begins) - 1]
    wins[at[ranked]] = pair[ranked] == best
    return wins


def _as_hits(met: Met, situation: Situation, rulebook: Rulebook) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The pairs of facts of one patient, rule and medicine or medicines as one hit, whatever else they meet."""
    facts, count = situation.facts, len(rulebook.concepts.ingredients) + 1
    key = ((met["patient"] * len(rulebook.pairs) + met["pair"]) * count + met["low"]) * count + met["high"] + 1
    order = np.lexsort((met["b"], met["a"], key))
    met, key = _where(met, order), key[order]
    begins = np.diff(key, prepend=-1) != 0
    hit, first = np.cumsum(begins) - 1, np.flatnonzero(begins)
    other = met["high"] < 0
    hits = pd.DataFrame(
        {
            "patient": met["patient"][first],
            "rule": _attribute(rulebook.pairs, "rule")[met["pair"][first]],
            "step": met["step"][first],
            "held_by": met["held_by"][first],
            "factor": joined_distinct(hit[other], _factors(facts, met["b"][other], rulebook), len(first), ", "),
        }
    ).astype(HIT)
    fact = np.concatenate([met["a"], met["b"]])
    whose = np.concatenate([hit, hit])[facts.order[fact] >= 0]
    side = distinct(whose * len(facts) + fact[facts.order[fact] >= 0])
    return hits, pd.DataFrame({"hit": side // max(len(facts), 1), "fact": side % max(len(facts), 1)})


def _factors(facts: Facts, at: np.ndarray, rulebook: Rulebook) -> np.ndarray:
    """What these facts are called in a finding; each distinct concept and value is named once."""
    value, values = pd.factorize(facts.value[at], use_na_sentinel=False)
    named, place = np.unique(facts.concept[at].astype(np.int64) * max(len(values), 1) + value, return_inverse=True)
    names = [factor(int(one) // len(values), float(values[one % len(values)]), rulebook) for one in named]
    return np.array(names, dtype=object)[place]


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
