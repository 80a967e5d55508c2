"""The pair kernel: which facts of one person meet in any rule.

Each person's medicines are paired with one another and with the person's other facts; patients with equally many are
handled together, so that the pairs of positions are made once for all of them, and each pair is looked up in one
gather from a dense matrix of concept by concept.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from pipeline.rulebook.concepts import Concepts
from pipeline.rulebook.rules import PairRule
from pipeline.rulebook.terms import BODY, GROUPS

_CHUNK = 4_000_000


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
    present = np.unique(concept)
    drugs = present[present < concepts.first_other]
    keys, rule, flipped = _named_pairs(present, len(drugs), rules, concepts)
    size = len(present)
    matrix = np.zeros(len(drugs) * size, dtype=np.int32)
    distinct, first = np.unique(keys, return_index=True)
    matrix[distinct] = np.arange(1, len(distinct) + 1)
    bounds = np.append(first, len(keys))
    local = np.searchsorted(present, concept)
    is_drug = concept < concepts.first_other
    lefts, rights, rows = [], [], []
    for left, right in _within_patients(patient, is_drug):
        found = matrix[local[left] * size + local[right]]
        met = found > 0
        number = found[met] - 1
        count = bounds[number + 1] - bounds[number]
        row = np.repeat(bounds[number] - np.cumsum(count) + count, count) + np.arange(count.sum())
        lefts.append(np.repeat(left[met], count))
        rights.append(np.repeat(right[met], count))
        rows.append(row)
    empty = np.array([], dtype=np.int64)
    left, right, row = (np.concatenate(parts) if parts else empty for parts in (lefts, rights, rows))
    turned = flipped[row]
    return Candidates(np.where(turned, right, left), np.where(turned, left, right), rule[row])


def _named_pairs(
    present: np.ndarray, drugs: int, rules: list[PairRule], concepts: Concepts
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The pairs of present concepts that rules name, sorted: key (position of the lower times how many are present,
    plus that of the higher), rule, and whether the rule's side a is the higher; a pair that a rule names in both orders
    stands there twice.
    """
    keys, numbers, flips = [], [], []
    for number, rule in enumerate(rules):
        a, b = _sides(rule, present, concepts)
        at_a, at_b = np.searchsorted(present, a), np.searchsorted(present, b)
        low, high = np.minimum(at_a, at_b), np.maximum(at_a, at_b)
        key = np.unique(low * len(present) * 2 + high * 2 + (at_a > at_b))
        keys.append(key // 2)
        flips.append(key % 2 == 1)
        numbers.append(np.full(len(key), number))
    key, flipped = np.concatenate(keys), np.concatenate(flips)
    rule_number = np.concatenate(numbers)
    order = np.argsort(key, kind="stable")
    return key[order], rule_number[order], flipped[order]


def _sides(rule: PairRule, present: np.ndarray, concepts: Concepts) -> tuple[np.ndarray, np.ndarray]:
    """The pairs of present concepts of one rule, as two arrays side by side."""
    a = rule.a[np.isin(rule.a, present, assume_unique=True)]
    groups = len(GROUPS)
    if rule.match == "same":
        shifts = np.array([GROUPS.index(group) for group in BODY])
        left, right = np.repeat(a, len(shifts)), (a[:, None] // groups * groups + shifts).ravel()
        here = np.isin(right, present)
        return left[here], right[here]
    if rule.match in ("allergy", "intolerance"):
        first = concepts.other(f"{rule.match}:{concepts.ingredients[0]}")
        allergy = first + a // groups
        here = np.isin(allergy, present)
        return a[here], allergy[here]
    if rule.match == "listed":
        here = np.unique(present // groups)
        both = np.isin(rule.listed, here).all(axis=1)
        shifts = np.array([GROUPS.index(group) for group in BODY])
        codes = rule.listed[both] * groups
        left = (codes[:, :1] + np.repeat(shifts, len(shifts))).ravel()
        right = (codes[:, 1:] + np.tile(shifts, len(shifts))).ravel()
        taken = np.isin(left, present) & np.isin(right, present)
        return left[taken], right[taken]
    b = rule.b[np.isin(rule.b, present, assume_unique=True)]
    left, right = np.repeat(a, len(b)), np.tile(b, len(a))
    other = (right >= concepts.first_other) | (left // groups != right // groups)
    return left[other], right[other]


def _within_patients(patient: np.ndarray, is_drug: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Pairs of positions within each patient, in chunks: each medicine with each later one, and with each other fact.

    A patient's medicines come before the other facts, because their codes are lower.
    """
    first = np.flatnonzero(np.diff(patient, prepend=-1))
    facts = np.diff(np.append(first, len(patient)))
    medicines = np.add.reduceat(is_drug.astype(np.int64), first) if len(first) else facts
    shape = medicines * (facts.max(initial=0) + 1) + (facts - medicines)
    for value in np.unique(shape[medicines > 0]):
        mine = first[shape == value]
        count = int(medicines[shape == value][0])
        others = int(facts[shape == value][0]) - count
        left, right = np.triu_indices(count, 1)
        if others:
            left = np.concatenate([left, np.repeat(np.arange(count), others)])
            right = np.concatenate([right, np.tile(np.arange(count, count + others), count)])
        if not len(left):
            continue
        step = max(1, _CHUNK // len(left))
        for start in range(0, len(mine), step):
            base = mine[start : start + step, None]
            yield (base + left).ravel(), (base + right).ravel()
