"""The screen: three kernels over the facts of all patients at once, and what they could not assess."""

from dataclasses import dataclass
from datetime import date

import pandas as pd

from pipeline.normalise.facts import Normalised, review_day
from pipeline.rulebook.load import LOW_PRIORITY
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
    found, held = findings(hits, normalised.facts, medications, rulebook, low_priority)
    missing = hits.missing
    if not low_priority:
        missing = missing[(rulebook.rules["active"] != LOW_PRIORITY).to_numpy()[missing["rule"]]]
    return Screened(found, held, missing.reset_index(drop=True), skipped)
