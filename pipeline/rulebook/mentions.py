"""Which rules speak of what, as tables of truth values: what a change of one medicine can change."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipeline.rulebook.concepts import Concepts
from pipeline.rulebook.rules import Context, GapRule, PairRule, TotalRule
from pipeline.rulebook.terms import GROUPS


@dataclass(frozen=True)
class Mentions:
    """`asks`, `sides` (`[rule, concept]`): what a rule or its context asks about, and the two sides of pairs. `named`
    (`[rule, ingredient]`): the medicines of `asks`. `rivals` (`[rule, rule]`): which rules can take each other's place,
    each its own rival. `of_pairs` (mask of rules).
    """

    asks: np.ndarray
    sides: np.ndarray
    named: np.ndarray
    rivals: np.ndarray
    of_pairs: np.ndarray
    _reached: dict[int, tuple[np.ndarray, ...]] = field(default_factory=dict)

    def reached(self, ingredient: int) -> tuple[np.ndarray, ...]:
        """What an ingredient's end can change: the rules that name it and their rivals; these with theirs, which have
        to be asked for that; and the concepts that those ask about: of their pairs, and all of them.
        """
        if ingredient not in self._reached:
            rules = self.rivals[self.named[:, ingredient]].any(axis=0)
            asked = self.rivals[rules].any(axis=0)
            sides = self.sides[asked & self.of_pairs].any(axis=0)
            self._reached[ingredient] = rules, asked, sides, sides | self.asks[asked].any(axis=0)
        return self._reached[ingredient]


def either(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """The product of two tables of truth values: whether any of what stands between is true of both."""
    return left.astype(np.float32) @ right.astype(np.float32) > 0


def mentions(
    rules: pd.DataFrame, concepts: Concepts, pairs: list[PairRule], totals: list[TotalRule], gaps: list[GapRule]
) -> Mentions:
    """What the rules of a rulebook speak of."""
    asks, sides = np.zeros((len(rules), concepts.count), dtype=bool), np.zeros((len(rules), concepts.count), dtype=bool)
    of_pairs = np.zeros(len(rules), dtype=bool)
    every: list[PairRule | TotalRule | GapRule] = [*pairs, *totals, *gaps]
    for rule in every:
        asks[rule.rule, _codes(rule.context)] = True
    for total in totals:
        asks[total.rule, total.codes] = True
    for gap in gaps:
        asks[gap.rule, gap.present] = True
        asks[gap.rule, gap.needs] = True
    for pair in pairs:
        of_pairs[pair.rule] = True
        sides[pair.rule, pair.a] = True
        sides[pair.rule, pair.b] = True
    rivals = _rivals(rules, pairs, totals, _medicines(sides, concepts))
    for pair in pairs:
        if pair.match != "each":
            sides[pair.rule] = True
    return Mentions(asks, sides, _medicines(asks, concepts), rivals, of_pairs)


def _medicines(spoken: np.ndarray, concepts: Concepts) -> np.ndarray:
    """`[rule, ingredient]`: by whatever route."""
    found = np.zeros((len(spoken), len(concepts.ingredients)), dtype=bool)
    rule, code = np.nonzero(spoken[:, : concepts.first_other])
    found[rule, code // len(GROUPS)] = True
    return found


def _codes(context: Context) -> np.ndarray:
    entries = (*context.when, *context.unless, *context.raise_when, *context.lower_when)
    return np.concatenate([np.array([], dtype=np.int64), *(entry.codes for entry in entries)])


def _rivals(rules: pd.DataFrame, pairs: list[PairRule], totals: list[TotalRule], medicines: np.ndarray) -> np.ndarray:
    rivals = np.eye(len(rules), dtype=bool)
    check, problem = rules["check"].tolist(), rules["problem"].tolist()
    groups: dict[tuple[str, ...], list[int]] = {}
    for pair in pairs:
        one = pair.rule
        # As the kernels let rules compete: two medicines over a problem; a medicine and a state also over the check.
        key = ("state", pair.family, check[one], problem[one]) if pair.family else ("drugs", problem[one])
        groups.setdefault(key, []).append(one)
    for members in groups.values():
        mine = medicines[members]
        rivals[np.ix_(members, members)] |= either(mine, mine.T)
    families: dict[str, list[int]] = {}
    for total in totals:
        families.setdefault(total.family, []).append(total.rule)
    for members in families.values():
        rivals[np.ix_(members, members)] = True
    return rivals
