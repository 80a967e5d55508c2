"""What the reference has rules on, so that a review can say where it has none."""

import numpy as np

from pipeline.rulebook.rules import Rulebook
from pipeline.rulebook.terms import GROUPS


def with_rules(rulebook: Rulebook) -> frozenset[str]:
    """The ingredients that a rule of their own or of their class speaks of.

    A rule on more than half of all ingredients (an allergy to what is given, the same order twice) says nothing of any
    one of them, and does not count.
    """
    concepts = rulebook.concepts
    sides = [codes for rule in rulebook.pairs for codes in (rule.a, rule.b)]
    sides += [rule.codes for rule in rulebook.totals] + [rule.present for rule in rulebook.gaps]
    known: set[int] = set()
    for codes in sides:
        positions = np.unique(codes[codes < concepts.first_other] // len(GROUPS))
        if len(positions) <= len(concepts.ingredients) / 2:
            known.update(positions.tolist())
    return frozenset(concepts.ingredients[position] for position in known)


def subjects(rulebook: Rulebook) -> np.ndarray:
    """Which ingredients each rule is about: `[rule, ingredient]`; of a pair its first side, the medicine judged."""
    concepts = rulebook.concepts
    about = np.zeros((len(rulebook.rules), len(concepts.ingredients)), dtype=bool)
    sides = [(rule.rule, rule.a) for rule in rulebook.pairs] + [(rule.rule, rule.codes) for rule in rulebook.totals]
    for rule, codes in sides + [(rule.rule, rule.present) for rule in rulebook.gaps]:
        about[rule, codes[codes < concepts.first_other] // len(GROUPS)] = True
    return about
