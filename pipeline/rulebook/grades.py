"""Which ingredients the rules of pairs grade with which, whoever takes them: for showing and comparing references.

Context (`when`, `unless`, doses, days) is left aside: a pair has the grade that its rule gives it by itself.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.rulebook.rules import PairRule, Rulebook
from pipeline.rulebook.terms import BODY, GROUPS
from pipeline.tables import SEVERITIES

NOT_GRADED = len(SEVERITIES)


@dataclass(frozen=True)
class Grades:
    """`ingredients`: names. `grade[i, j]`: position in SEVERITIES, or `NOT_GRADED`; `rule[i, j]`: number in
    `Rulebook.rules` of the rule that gave it, -1 for none. Both are symmetric; of several problems the worst counts.
    """

    ingredients: list[str]
    grade: np.ndarray
    rule: np.ndarray

    def partners(self, ingredient: str) -> list[tuple[str, str, int]]:
        """What an ingredient is graded with: the other, the severity, the rule; the worst first."""
        row = self.ingredients.index(ingredient)
        found = np.flatnonzero(self.grade[row] < NOT_GRADED)
        found = found[np.argsort(self.grade[row, found], kind="stable")]
        return [
            (self.ingredients[at], SEVERITIES[self.grade[row, at]], int(self.rule[row, at])) for at in found.tolist()
        ]


def grades(rulebook: Rulebook) -> Grades:
    """The grade of every pair of ingredients. Of the rules for one problem the one that covers fewest pairs decides."""
    count = len(rulebook.concepts.ingredients)
    best = np.full((count, count), NOT_GRADED, dtype=np.int8)
    best_rule = np.full((count, count), -1, dtype=np.int32)
    problems: dict[str, list[PairRule]] = {}
    for rule in rulebook.pairs:
        if rule.match in ("each", "listed") and not rule.family:
            problems.setdefault(rulebook.rules["problem"][rule.rule], []).append(rule)
    order = {name: at for at, name in enumerate(SEVERITIES)}
    for rules in problems.values():
        grade = np.full((count, count), NOT_GRADED, dtype=np.int8)
        number = np.full((count, count), -1, dtype=np.int32)
        # The widest first, so that a narrower one overwrites it.
        severity = [order[rulebook.rules["severity"][rule.rule]] for rule in rules]
        ranked = sorted(range(len(rules)), key=lambda at: (-rules[at].covers, -severity[at]))
        for at in ranked:
            for place in _places(rules[at]):
                grade[place] = severity[at]
                number[place] = rules[at].rule
        worse = grade < best
        best[worse], best_rule[worse] = grade[worse], number[worse]
    np.fill_diagonal(best, NOT_GRADED)
    np.fill_diagonal(best_rule, -1)
    return Grades(rulebook.concepts.ingredients, best, best_rule)


def hidden(rulebook: Rulebook) -> list[int]:
    """The rules of two medicines of whose every pair another rule for the same problem, which asks for nothing else,
    covers fewer: they can never speak.
    """
    count = len(rulebook.concepts.ingredients)
    problems: dict[str, list[PairRule]] = {}
    for rule in rulebook.pairs:
        if rule.match == "each" and not rule.family:
            problems.setdefault(rulebook.rules["problem"][rule.rule], []).append(rule)
    found = []
    for rules in problems.values():
        decided = np.zeros((count, count), dtype=bool)
        for rule in sorted(rules, key=lambda rule: rule.covers):
            places = _places(rule)
            if all(decided[place].all() for place in places):
                found.append(rule.rule)
            if _asks_for_nothing(rule):
                for place in places:
                    decided[place] = True
    return found


def _asks_for_nothing(rule: PairRule) -> bool:
    """Whether the rule speaks whenever its two medicines are taken by any route that reaches the body."""
    asked = (rule.washout_days, rule.min_days, rule.min_daily_dose)
    body = [GROUPS.index(group) for group in BODY]
    each_route = all(set(body) <= set((codes % len(GROUPS)).tolist()) for codes in (rule.a, rule.b))
    return not rule.context.when and bool(np.isnan(asked).all()) and each_route


def _places(rule: PairRule) -> list[tuple]:
    """Where the pairs of a rule stand in a square of ingredients: on both sides of its diagonal."""
    if rule.match == "listed":
        return [(rule.listed[:, 0], rule.listed[:, 1]), (rule.listed[:, 1], rule.listed[:, 0])]
    a, b = (np.unique(codes // len(GROUPS)) for codes in (rule.a, rule.b))
    return [np.ix_(a, b), np.ix_(b, a)]
