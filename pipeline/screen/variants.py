"""Residents as they would be without one medicine, screened for nothing but what its end can change.

A rule is looked at again where it, its context, or a rule that competes with it names an ingredient of the medicine;
a pair of medicines also where one of their orders holds such an ingredient. All else stays as it was found.
"""

from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.rulebook.mentions import either
from pipeline.rulebook.rules import Rulebook
from pipeline.rulebook.terms import GROUPS
from pipeline.screen.context import Situation
from pipeline.screen.listed import OF_TWO


class Reach:
    """What the end of each medicine can change.

    Args:
        rulebook: the rules.
        medicines: each as its ingredients, joined by `;`.

    Attributes: `holds` (`[medicine, ingredient]`), `rules` (`[medicine, rule]`: the rules whose findings may change,
    whatever other medicines they are of), `asked` (the same, with the rules that compete with these), `all_facts`,
    `pair_facts` (`[medicine, concept]`: what the rules asked speak of, all of them or those of pairs), `alike`
    (`[medicine, medicine]`: which others hold one of its ingredients).
    """

    def __init__(self, rulebook: Rulebook, medicines: list[str]) -> None:
        concepts, count = rulebook.concepts, len(rulebook.rules)
        self.holds = np.zeros((len(medicines), len(concepts.ingredients)), dtype=bool)
        self.rules, self.asked = (np.zeros((len(medicines), count), dtype=bool) for _ in range(2))
        self.pair_facts, self.all_facts = (np.zeros((len(medicines), concepts.count), dtype=bool) for _ in range(2))
        for at, medicine in enumerate(medicines):
            for ingredient in (concepts.position[name] for name in medicine.split(";") if name):
                self.holds[at, ingredient] = True
                reached = rulebook.mentions.reached(ingredient)
                for mine, more in zip((self.rules, self.asked, self.pair_facts, self.all_facts), reached, strict=True):
                    mine[at] |= more
        lists = [pair.rule for pair in rulebook.pairs if pair.match == "listed"]
        if lists:
            self._with_lists(rulebook, lists)
        taken = self.holds[:, self.holds.any(axis=0)]
        self.alike = either(taken, taken.T)
        np.fill_diagonal(self.alike, False)

    def _with_lists(self, rulebook: Rulebook, lists: list[int]) -> None:
        """A list has a say in our own findings on the same medicines, and they in its own: where one of all these may
        change, so may the others.
        """
        of_two = rulebook.rules["check"].isin(OF_TWO).to_numpy(bool).copy()
        of_two[lists] = True
        some = self.rules[:, of_two].any(axis=1)
        sides = rulebook.mentions.sides[of_two].any(axis=0)
        asks = rulebook.mentions.asks[of_two].any(axis=0)
        for mine, more in (
            (self.rules, of_two), (self.asked, of_two), (self.pair_facts, sides), (self.all_facts, sides | asks),
        ):  # fmt: skip
            mine[some] |= more


class Variants(Situation):
    """Made-up residents, each without the orders of one medicine.

    Args:
        base: the residents as they are.
        resident: of each variant the patient (code) that it is of, ascending.
        medicine: of each variant the medicine that is left out.
        of_order: of each order the medicine.
        reach: what the end of each medicine can change.
    """

    def __init__(
        self, base: Situation, resident: np.ndarray, medicine: np.ndarray, of_order: np.ndarray, reach: Reach
    ) -> None:
        facts = base.facts
        first = np.searchsorted(facts.patient, resident, side="left")
        count = np.searchsorted(facts.patient, resident, side="right") - first
        at = np.repeat(first - np.cumsum(count) + count, count) + np.arange(count.sum())
        whose = np.repeat(np.arange(len(resident)), count)
        order = facts.order[at]
        other = np.where(order < 0, -1, of_order[order])
        without = medicine[whose]
        touched = (order >= 0) & reach.alike[without, other]
        of_touched = np.zeros(len(resident), dtype=bool)
        of_touched[whose[touched]] = True
        # Other orders of what such an order holds compete with it.
        key = whose * np.int64(reach.holds.shape[1]) + facts.concept[at] // len(GROUPS)
        touched |= of_touched[whose] & pd.Series(key).isin(key[touched]).to_numpy(bool)
        needed = (other != without) & (reach.all_facts[without, facts.concept[at]] | of_touched[whose])
        at, whose = at[needed], whose[needed]
        fields = ("concept", "start", "stop", "order", "daily_dose", "dose", "unit", "value", "age_days")
        made = {name: getattr(facts, name)[at] for name in fields}
        ids = pd.RangeIndex(len(resident))
        super().__init__(replace(facts, ids=ids, patient=whose.astype(np.int32), **made), base.numbers, base.today)
        self._base, self._resident, self._medicine, self._reach = base, resident, medicine, reach
        self._touched = touched[needed]
        self._of_pairs = reach.pair_facts[without[needed], self.facts.concept] | of_touched[whose]

    def age_of(self, number: str) -> np.ndarray:
        """As of the resident."""
        return self._base.age_of(number)[self._resident]

    def value_of(self, number: str) -> np.ndarray:
        """As of the resident."""
        return self._base.value_of(number)[self._resident]

    def asked(self, rule: int, at: np.ndarray) -> np.ndarray:
        """Those of the facts whose variant's medicine the rule, its context or a rival names."""
        return at[self._reach.asked[self._medicine[self.facts.patient[at]], rule]]

    def pair_facts(self) -> np.ndarray:
        """Which facts can be in a pair that is to be looked at."""
        return self._of_pairs

    def asked_pairs(self, rule: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Which of the pairs of facts are to be looked at."""
        ours = self._reach.asked[self._medicine[self.facts.patient[a]], rule]
        return ours | self._touched[a] | self._touched[b]
