"""On how many days medicines were ordered, and ordered together, up to the day of the review."""

import numpy as np

from pipeline.joining import distinct
from pipeline.normalise.facts import ALWAYS
from pipeline.rulebook.terms import GROUPS
from pipeline.screen.context import Situation

# Patients of whom the days are laid out at a time, to hold memory.
_CHUNK = 5_000


def covered_days(situation: Situation, codes: np.ndarray, window: int) -> tuple[np.ndarray, np.ndarray]:
    """For each patient on how many of the last `window` days any of these medicines was ordered, and whether an order
    of unknown beginning may add to that.
    """
    return days_together(situation, [codes], 1, window)


def days_together(
    situation: Situation, groups: list[np.ndarray], at_least: int, window: int
) -> tuple[np.ndarray, np.ndarray]:
    """For each patient on how many of the last `window` days medicines were ordered together.

    Args:
        situation: the facts on the day of the review.
        groups: the codes of one or several groups of medicines.
        at_least: so many distinct ingredients of each group make a day count.
        window: days up to the review, its day counted.

    Returns:
        Days, and whether an order whose beginning is not known may add to them. Such an order counts on no day.
    """
    facts = situation.facts
    first = int(situation.today) - window + 1
    total = np.zeros(situation.patients, dtype=np.int64)
    undated = np.zeros(situation.patients, dtype=bool)
    chosen = []
    for codes in groups:
        at = situation.positions(codes)
        at = at[(facts.start[at] <= situation.today) & (facts.stop[at] >= first)]
        unknown = facts.start[at] == ALWAYS
        undated[facts.patient[at[unknown]]] = True
        chosen.append(at[~unknown])
    involved = distinct(np.concatenate([facts.patient[at] for at in chosen]))
    for start in range(0, len(involved), _CHUNK):
        mine = involved[start : start + _CHUNK]
        together = np.ones((len(mine), window), dtype=bool)
        for at in chosen:
            together &= _distinct(situation, at, mine, first, window) >= at_least
        total[mine] = together.sum(axis=1)
    return total, undated


def _distinct(situation: Situation, at: np.ndarray, patients: np.ndarray, first: int, window: int) -> np.ndarray:
    """Patients by days: how many distinct ingredients of these facts were ordered on the day."""
    facts = situation.facts
    at = at[np.isin(facts.patient[at], patients)]
    local = np.searchsorted(patients, facts.patient[at]).astype(np.int64)
    key = local * (1 << 32) + facts.concept[at] // len(GROUPS)
    pairs, row = np.unique(key, return_inverse=True)
    change = np.zeros((len(pairs), window + 1), dtype=np.int16)
    begin = np.maximum(facts.start[at].astype(np.int64) - first, 0)
    end = np.minimum(facts.stop[at].astype(np.int64) - first, window - 1)
    np.add.at(change, (row, begin), 1)
    np.add.at(change, (row, end + 1), -1)
    covered = (np.cumsum(change, axis=1)[:, :window] > 0).astype(np.int16)
    days = np.zeros((len(patients), window), dtype=np.int16)
    np.add.at(days, (pairs >> 32).astype(np.int64), covered)
    return days
