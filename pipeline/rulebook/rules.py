"""Compiled rules: what a row of a rule table becomes, with terms as codes and numbers as numbers."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.rulebook.concepts import Concepts
from pipeline.rulebook.load import Reference
from pipeline.rulebook.terms import BODY, GROUPS

if TYPE_CHECKING:
    from pipeline.rulebook.mentions import Mentions

DEFAULT_LAB_AGE = 365


@dataclass(frozen=True)
class Entry:
    """One entry of a list of terms: it holds when any of its codes does; `numbers` are the numbers it needs to know."""

    text: str
    codes: np.ndarray
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class Context:
    """What else must hold (`when`, all), must not (`unless`, none), or makes the severity a step higher (`raise_when`,
    any) or lower (`lower_when`, any).

    `max_lab_age`: a lab value older than so many days is not known.
    """

    when: tuple[Entry, ...] = ()
    unless: tuple[Entry, ...] = ()
    raise_when: tuple[Entry, ...] = ()
    lower_when: tuple[Entry, ...] = ()
    max_lab_age: float = DEFAULT_LAB_AGE


@dataclass(frozen=True)
class PairRule:
    """A rule of two terms. `rule` is its number in `Rulebook.rules`.

    `a`, `b`: codes. `match`: `each` (every code of a with every code of b), `same` (the same ingredient on another
    order), `allergy` or `intolerance` (one to the ingredient itself), or `listed` (the pairs of `listed`, positions of
    two ingredients a row, by any route that reaches the body). `family`: what side b is about when it is no medicine,
    so that bands of one number compete; empty for a medicine. `degree`: the higher, the narrower the band. Days and
    doses are NaN when the rule does not set them.
    """

    rule: int
    a: np.ndarray
    b: np.ndarray
    match: str
    family: str
    degree: float
    numbers: tuple[str, ...]
    washout_days: float
    min_days: float
    min_daily_dose: float
    dose_unit: str
    context: Context
    listed: np.ndarray

    @cached_property
    def covers(self) -> int:
        """How many pairs of concepts the rule names: fewer is more specific, none can never meet.

        Two medicines are one pair in either order, and an ingredient makes no pair with itself.
        """
        if self.match == "listed":
            return len(self.listed) * len(BODY) ** 2
        if self.match != "each":
            return len(self.a)
        if self.family:
            return len(self.a) * len(self.b)
        both = np.intersect1d(self.a, self.b)
        ingredients = max(self.a.max(initial=0), self.b.max(initial=0)) // len(GROUPS) + 1
        of_a, of_b, of_both = (
            np.bincount(codes // len(GROUPS), minlength=ingredients) for codes in (self.a, self.b, both)
        )
        twice = (len(both) ** 2 - int(of_both @ of_both)) // 2
        return len(self.a) * len(self.b) - int(of_a @ of_b) - twice


@dataclass(frozen=True)
class TotalRule:
    """A rule of a sum. `weights` stand beside `codes`; of the rules of one `family` only the most severe is told."""

    rule: int
    codes: np.ndarray
    weights: np.ndarray
    measure: str
    inclusive: bool
    threshold: float
    unit: str
    started_within_days: float
    family: str
    context: Context


@dataclass(frozen=True)
class GapRule:
    """A rule of something missing. `present` are codes; `needs` codes, tests or fields, by `kind`.

    `final_dose` is in `dose_unit`; with the unit `%` it is a share of the course's highest daily dose.
    """

    rule: int
    kind: str
    present: np.ndarray
    orders: str
    needs: np.ndarray
    tests: tuple[str, ...]
    fields: tuple[str, ...]
    within_days: float
    min_days: float
    max_days: float
    final_dose: float
    dose_unit: str
    context: Context


@dataclass(frozen=True)
class ScaleItem:
    """What adds to a scale. `counts`: `points` (the weight of each distinct ingredient), `ingredients` (1 for each),
    `daily_dose` (weight times mg a day), `index` (D / (weight + D), D in mg a day), `any` (`points` once) or `two`
    (`points` when there are two ingredients). `numbers` are those it needs to know.
    """

    name: str
    codes: np.ndarray
    weights: np.ndarray
    counts: str
    points: float
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class Scale:
    """A sum over one resident, for comparison with its thresholds; `when` says to whom it applies."""

    name: str
    title: str
    problem: str
    unit: str
    thresholds: tuple[float, ...]
    bands: tuple[str, ...]
    context: Context
    sources: str
    items: tuple[ScaleItem, ...]


@dataclass(frozen=True)
class Rulebook:
    """Everything the screen needs to know. `rules` has one row a rule, whatever its table, numbered from 0."""

    reference: Reference
    concepts: Concepts
    rules: pd.DataFrame
    pairs: list[PairRule]
    totals: list[TotalRule]
    gaps: list[GapRule]
    scales: tuple[Scale, ...] = ()

    @cached_property
    def with_rules(self) -> frozenset[str]:
        """The ingredients that a rule of their own or of their class speaks of."""
        from pipeline.rulebook.coverage import with_rules

        return with_rules(self)

    @cached_property
    def subjects(self) -> np.ndarray:
        """Which ingredients each rule is about: `[rule, ingredient]`."""
        from pipeline.rulebook.coverage import subjects

        return subjects(self)

    @cached_property
    def mentions(self) -> "Mentions":
        """Which rules speak of what."""
        from pipeline.rulebook.mentions import mentions

        return mentions(self.rules, self.concepts, self.pairs, self.totals, self.gaps)
