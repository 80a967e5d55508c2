"""The screen: three kernels over the facts of all patients at once, and what they could not assess."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from pipeline.normalise.facts import Normalised, review_day
from pipeline.rulebook.load import LOW_PRIORITY
from pipeline.rulebook.rules import Rulebook
from pipeline.screen.available import assessable
from pipeline.screen.context import Situation
from pipeline.screen.findings import findings, graded
from pipeline.screen.gaps import screen_gaps
from pipeline.screen.hits import Hits, joined
from pipeline.screen.pairs import screen_pairs
from pipeline.screen.totals import screen_totals
from pipeline.screen.variants import Variants


@dataclass(frozen=True)
class Screened:
    """`findings`: the contract's columns. `held_back`: the same and `held_by`, the entry of `unless` that holds.

    `missing`: `patient` (code), `rule` (number), `missing`: rules that could not be assessed for want of something.
    `skipped`: `rule` (number), `missing`: rules that could not be assessed for anyone, because the input has no such
    table or column.
    """

    findings: pd.DataFrame
    held_back: pd.DataFrame
    missing: pd.DataFrame
    skipped: pd.DataFrame


class Screening:
    """What one review screens with, ready for its residents and for made-up variants of them.

    Attributes: `rulebook` (all active rules), `situation` (of the residents), `facts`, `numbers`, `problems` (the
    reference's table of problems).
    """

    def __init__(
        self,
        normalised: Normalised,
        rulebook: Rulebook,
        absent: dict[str, frozenset[str]],
        as_of: date,
        low_priority: bool = False,
    ) -> None:
        self.rulebook = rulebook
        self.facts, self.numbers = normalised.facts, normalised.numbers
        self.problems = rulebook.reference.tables["problems"]
        self._possible, self._skipped = assessable(rulebook, absent)
        self._medications = normalised.orders.medications
        self._low_priority = low_priority
        self.situation = Situation(self.facts, self.numbers, review_day(as_of))

    def graded(self, variants: Variants) -> pd.DataFrame:
        """What is found of residents as they would be, without words: as `findings.graded` gives it."""
        return self._graded(variants, self._hits(variants))

    def screened(self) -> Screened:
        """Every active rule against every resident."""
        hits = self._hits(self.situation)
        found, held = findings(self._graded(self.situation, hits), self.facts, self.rulebook)
        missing = hits.missing
        if not self._low_priority:
            missing = missing[(self.rulebook.rules["active"] != LOW_PRIORITY).to_numpy()[missing["rule"]]]
        return Screened(found, held, missing.reset_index(drop=True), self._skipped)

    def _hits(self, situation: Situation) -> Hits:
        return joined(
            [
                screen_pairs(situation, self._possible),
                screen_totals(situation, self._possible),
                screen_gaps(situation, self._possible, self._medications),
            ]
        )

    def _graded(self, situation: Situation, hits: Hits) -> pd.DataFrame:
        return graded(hits, situation.facts, self._medications, self.rulebook, self._low_priority)


def screen(
    normalised: Normalised,
    rulebook: Rulebook,
    absent: dict[str, frozenset[str]],
    as_of: date,
    low_priority: bool = False,
) -> Screened:
    """Every active rule against every patient.

    Args:
        normalised: the facts.
        rulebook: the rules.
        absent: table → the contract's columns that the input lacks, as `validate` tells it.
        as_of: the day of the review.
        low_priority: whether to tell what the reference lists as of low priority; else it is held back.
    """
    return Screening(normalised, rulebook, absent, as_of, low_priority).screened()
