"""For one resident, rule by rule: was it met, and if not, what stood against it."""

from dataclasses import dataclass

import numpy as np

from pipeline.rulebook.rules import Context, Entry, GapRule, PairRule, TotalRule
from pipeline.rulebook.terms import GROUPS, entries
from pipeline.screen import Screened, Screening
from pipeline.screen.totals import summed

FOUND, HELD, UNKNOWN, NOT_MET = "found", "held back", "not assessable", "not met"
_DRUG_LISTS = ("same", "listed", "allergy", "intolerance")


Rule = PairRule | TotalRule | GapRule


@dataclass(frozen=True)
class Considered:
    """A rule that names something of the resident. `why`: of one that was not met or not assessable, the reasons."""

    rule: int
    rule_id: str
    status: str
    why: str


def considered(screening: Screening, screened: Screened) -> list[Considered]:
    """Every rule whose medicines the resident takes, in the order of the reference.

    Args:
        screening: of one resident alone.
        screened: its result.
    """
    rules = screening.rulebook.rules
    found, held = (
        set(screened.findings["rule_id"]),
        dict(zip(screened.held_back["rule_id"], screened.held_back["held_by"], strict=True)),
    )
    missing: dict[int, list[str]] = {}
    for row in screened.missing.itertuples():
        missing.setdefault(int(row.rule), []).append(str(row.missing))
    told = []
    book = screening.rulebook
    every: list[Rule] = [*book.pairs, *book.totals, *book.gaps]
    for rule in every:
        rule_id = str(rules["rule_id"][rule.rule])
        if rule_id in found:
            told.append(Considered(rule.rule, rule_id, FOUND, ""))
        elif rule_id in held:
            told.append(Considered(rule.rule, rule_id, HELD, held[rule_id]))
        elif rule.rule in missing:
            told.append(Considered(rule.rule, rule_id, UNKNOWN, ", ".join(dict.fromkeys(missing[rule.rule]))))
        elif reasons := _against(screening, rule):
            told.append(Considered(rule.rule, rule_id, NOT_MET, "; ".join(reasons)))
    return told


def context_lines(screening: Screening, rule: Rule) -> list[str]:
    """What the context of a rule asks, and whether it holds for the resident."""
    context = rule.context
    kinds = (
        ("only when", context.when), ("held back by", context.unless), ("graver with", context.raise_when),
        ("milder with", context.lower_when),
    )  # fmt: skip
    return [f"{kind} {_told(screening, one, context)}" for kind, listed in kinds for one in listed]


def _told(screening: Screening, one: Entry, context: Context) -> str:
    answer = "holds" if _holds(screening, one, context) else "does not hold"
    values = _values(screening, one)
    return f"{one.text}: {answer}" + (f" ({values})" if values else "")


def _holds(screening: Screening, one: Entry, context: Context) -> bool:
    return bool(screening.situation.holds(one.codes, context.max_lab_age)[0])


def _values(screening: Screening, one: Entry) -> str:
    """The numbers that an entry asks for, with their age."""
    numbers = screening.numbers.set_index("number")
    said = []
    for name in one.numbers:
        if name not in numbers.index:
            said.append(f"{name} not known")
            continue
        row = numbers.loc[name]
        age = f", {row['age_days']:.0f} days old" if row["age_days"] else ""
        said.append(f"{name} {row['value']:.4g}{age}")
    return ", ".join(said)


def _against(screening: Screening, rule: Rule) -> list[str]:
    """What stands against a rule that names a medicine of the resident; empty where it names none."""
    situation = screening.situation
    codes = {PairRule: "a", TotalRule: "codes", GapRule: "present"}[type(rule)]
    if not len(situation.current_positions(getattr(rule, codes))):
        return []
    words = screening.rulebook.rules.loc[rule.rule]
    reasons = []
    if isinstance(rule, PairRule):
        if rule.match in _DRUG_LISTS:
            return []
        if not rule.family and not _two(screening, rule):
            return []  # a medicine without its partner is nothing to consider; one without the disease is
        if not len(situation.current_positions(rule.b)):
            whole = entries(words["b"])[0]
            numbers = tuple(dict.fromkeys(term.name for term in whole if term.kind == "band"))
            values = _values(screening, Entry(words["b"], rule.b, numbers))
            reasons.append(f"{words['b']} does not hold" + (f" ({values})" if values else ""))
    reasons += [
        f"asks for {_told(screening, one, rule.context)}"
        for one in rule.context.when
        if not _holds(screening, one, rule.context)
    ]
    return reasons or [_else(screening, rule)]


def _two(screening: Screening, rule: PairRule) -> bool:
    """Whether both sides are taken, by two different medicines."""
    situation = screening.situation
    sides = (situation.facts.concept[situation.current_positions(codes)] // len(GROUPS) for codes in (rule.a, rule.b))
    a, b = (set(side.tolist()) for side in sides)
    return bool(a) and bool(b) and len(a | b) > 1


def _else(screening: Screening, rule: Rule) -> str:
    """What is left when all that is named holds."""
    words = screening.rulebook.rules.loc[rule.rule]
    if isinstance(rule, TotalRule):
        situation = screening.situation
        at = situation.current_positions(rule.codes)
        total, _ = summed(situation, rule, at, np.zeros(len(at), dtype=np.int64), np.zeros(1, dtype=np.int64))
        limit = f"{words['comparison']} {words['threshold']} {words['unit']}".strip()
        reached = total[0] >= rule.threshold if rule.inclusive else total[0] > rule.threshold
        if reached:
            return f"the sum is {total[0]:.6g}, {limit}; another rule of the same sum speaks, or it began too long ago"
        return f"the sum is {total[0]:.6g}, not {limit}"
    if isinstance(rule, GapRule):
        return {
            "companion": f"what it asks for is there ({words['needs']}), or it is taken too short",
            "lab": f"{words['needs']} of the last {words['within_days']} days is on file, or it is taken too short",
            "duration": f"not longer than {words['max_days']} days",
            "reduction": "not long enough, or the dose was lowered",
            "stop": "not stopped, or tapered",
            "field": f"the order says its {words['needs']}",
        }[rule.kind]
    asks = [
        f"{text} {words[column]}"
        for column, text in (
            ("min_days", "days together at least"), ("min_daily_dose", "a daily dose of at least"),
            ("max_lab_age", "a value not older in days than"),
        )
        if words[column]
    ]  # fmt: skip
    return "it asks for " + ", ".join(asks) if asks else "a rule that names the same more exactly speaks"
