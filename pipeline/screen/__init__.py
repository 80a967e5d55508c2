"""The screen: three kernels over the facts of all patients at once, and what they could not assess."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from pipeline.normalise.facts import Normalised, review_day
from pipeline.rulebook.rules import Rulebook
from pipeline.screen.available import assessable
from pipeline.screen.context import Situation
from pipeline.screen.findings import findings
from pipeline.screen.gaps import screen_gaps
from pipeline.screen.hits import joined
from pipeline.screen.pairs import screen_pairs
from pipeline.screen.totals import screen_totals


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


def screen(normalised: Normalised, rulebook: Rulebook, absent: dict[str, frozenset[str]], as_of: date) -> Screened:
    """Every active rule against every patient.

    Args:
        normalised: the facts.
        rulebook: the rules.
        absent: table → the contract's columns that the input lacks, as `validate` tells it.
        as_of: the day of the review.
    """
    possible, skipped = assessable(rulebook, absent)
    situation = Situation(normalised.facts, normalised.numbers, review_day(as_of))
    medications = normalised.orders.medications
    hits = joined(
        [
            screen_pairs(situation, possible),
            screen_totals(situation, possible),
            screen_gaps(situation, possible, medications),
        ]
    )
    found, held = findings(hits, normalised.facts, medications, rulebook)
    return Screened(found, held, hits.missing, skipped)
