"""The pair kernel: which facts of one person meet in any rule.

Each person's medicines are paired with one another and with the person's other facts; patients with equally many are
handled together, so that the pairs of positions are made once for all of them, and each pair is looked up in one
gather from a dense matrix of concept by concept.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from pipeline.joining import distinct
from pipeline.rulebook.concepts import Concepts
from pipeline.rulebook.rules import PairRule
from pipeline.rulebook.terms import BODY, GROUPS
from pipeline.screen.hits import no_positions

# So many pairs at a time that they stay in the processor's cache.
_CHUNK = 100_000


@dataclass(frozen=True)
class Candidates:
    """One entry for each pair of facts and each rule that names it. `a`, `b`: positions of the facts, as the rule has
    its sides; `rule`: position in the list of pair rules.
    """

    a: np.ndarray
    b: np.ndarray
    rule: np.ndarray


def candidates(concept: np.ndarray, patient: np.ndarray, rules: list[PairRule], concepts: Concepts) -> Candidates:
    """Every pair of facts of one patient that a rule names.

    Args:
        concept, patient: of the facts, sorted by patient and then by concept.
        rules: the pair rules.
        concepts: their numbering.
    """
    here = np.zeros(concepts.count, dtype=bool)
    here[concept] = True
    present = np.flatnonzero(here)
    drugs = int(np.searchsorted(present, concepts.first_other))
    keys, rule, flipped = _named_pairs(present, drugs, rules, concepts)
    size = len(present)
    distinct, first = np.unique(keys, return_index=True)
    # One byte a pair of concepts stays in the processor's cache; which rules they are is looked up for the hits alone.
    named = np.zeros(drugs * size, dtype=bool)
    named[distinct] = True
    local = (np.cumsum(here) - 1)[concept]
    lefts, rights = [no_positions()], [no_positions()]
    for left, right in _within_patients(patient, concept < concepts.first_other, local, size, named):
        lefts.append(left)
        rights.append(right)
    left, right = np.concatenate(lefts), np.concatenate(rights)
    number = np.searchsorted(distinct, local[left] * size + local[right])
    bounds = np.append(first, len(keys))
    count = bounds[number + 1] - bounds[number]
    row = np.repeat(bounds[number] - np.cumsum(count) + count, count) + np.arange(count.sum())
    left, right, turned = np.repeat(left, count), np.repeat(right, count), flipped[row]
    return Candidates(np.where(turned, right, left), np.where(turned, left, right), rule[row])


def _named_pairs(
    present: np.ndarray, drugs: int, rules: list[PairRule], concepts: Concepts
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs of present concepts that rules name, sorted: key (position of the lower times how many are present,
    plus that of the higher), rule, and whether the rule's side a is the higher; a pair that a rule names in both orders
    stands there twice.
    """
    keys, numbers, flips = [np.array([], dtype=np.int64)], [np.array([], dtype=np.int64)], [np.array([], dtype=bool)]
    here = np.zeros(concepts.count, dtype=bool)
    here[present] = True
    for number, rule in enumerate(rules):
        a, b = _sides(rule, here, concepts)
        if not len(a):
            continue
        at_a, at_b = np.searchsorted(present, a), np.searchsorted(present, b)
        low, high = np.minimum(at_a, at_b), np.maximum(at_a, at_b)
        key = distinct(low * len(present) * 2 + high * 2 + (at_a > at_b))
        keys.append(key // 2)
        flips.append(key % 2 == 1)
        numbers.append(np.full(len(key), number))
    key, flipped = np.concatenate(keys), np.concatenate(flips)
    rule_number = np.concatenate(numbers)
    order = np.argsort(key, kind="stable")
    return key[order], rule_number[order], flipped[order]


def _sides(rule: PairRule, present: np.ndarray, concepts: Concepts) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of present concepts of one rule, as two arrays side by side; `present` has a flag for each concept."""
    a = rule.a[present[rule.a]]
    if not len(a) and rule.match != "listed":
        return a, a
    groups = len(GROUPS)
    if rule.match == "same":
        shifts = np.array([GROUPS.index(group) for group in BODY])
        left, right = np.repeat(a, len(shifts)), (a[:, None] // groups * groups + shifts).ravel()
        here = present[right]
        return left[here], right[here]
    if rule.match in ("allergy", "intolerance"):
        first = concepts.other(f"{rule.match}:{concepts.ingredients[0]}")
        allergy = first + a // groups
        here = present[allergy]
        return a[here], allergy[here]
    if rule.match == "listed":
        here = np.zeros(len(present) // groups + 1, dtype=bool)
        here[np.flatnonzero(present) // groups] = True
        both = here[rule.listed].all(axis=1)
        shifts = np.array([GROUPS.index(group) for group in BODY])
        codes = rule.listed[both] * groups
        left = (codes[:, :1] + np.repeat(shifts, len(shifts))).ravel()
        right = (codes[:, 1:] + np.tile(shifts, len(shifts))).ravel()
        taken = present[left] & present[right]
        return left[taken], right[taken]
    b = rule.b[present[rule.b]]
    left, right = np.repeat(a, len(b)), np.tile(b, len(a))
    other = (right >= concepts.first_other) | (left // groups != right // groups)
    return left[other], right[other]


def _within_patients(
    patient: np.ndarray, is_drug: np.ndarray, local: np.ndarray, size: int, named: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Positions of two facts of one patient that are `named`: a medicine and a later one, or another fact.

    A patient's medicines come before the other facts, because their codes are lower.
    """
    first = np.flatnonzero(np.diff(patient, prepend=-1))
    if not len(first):
        return
    facts = np.diff(np.append(first, len(patient)))
    medicines = np.add.reduceat(is_drug, first, dtype=np.int64)
    shape = medicines * (facts.max() + 1) + (facts - medicines)
    by_shape = np.argsort(shape, kind="stable")
    bounds = np.append(np.flatnonzero(np.diff(shape[by_shape], prepend=-1)), len(shape))
    for start, stop in pairwise(bounds):
        mine = first[by_shape[start:stop]]
        count, whole = int(medicines[by_shape[start]]), int(facts[by_shape[start]])
        low, high = np.triu_indices(count, 1, whole)
        if not len(low):
            continue
        step = max(1, _CHUNK // len(low))
        for begin in range(0, len(mine), step):
            base = mine[begin : begin + step]
            code = local[base + np.arange(whole)[:, None]]
            found = named.take((code * size)[low] + code[high], mode="clip")
            pair, row = np.divmod(np.flatnonzero(found), len(base))
            yield base[row] + low[pair], base[row] + high[pair]
