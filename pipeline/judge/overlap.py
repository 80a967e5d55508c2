"""On how many days medicines were ordered, and ordered together, up to the day of the review."""

import numpy as np

from pipeline.normalise.facts import ALWAYS
from pipeline.rulebook.terms import GROUPS
from pipeline.screen.context import Situation


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
    undated = np.zeros(situation.patients, dtype=bool)
    chosen = []
    for codes in groups:
        at = situation.positions(codes)
        at = at[(facts.start[at] <= situation.today) & (facts.stop[at] >= first)]
        unknown = facts.start[at] == ALWAYS
        undated[facts.patient[at[unknown]]] = True
        chosen.append(at[~unknown])
    each = [_changes(situation, at, number, first, window) for number, at in enumerate(chosen)]
    patient, day, group, change = (np.concatenate(arrays) for arrays in zip(*each, strict=True))
    order = np.argsort(patient * (window + 1) + day, kind="stable")
    patient, day, group, change = patient[order], day[order], group[order], change[order]
    enough = np.diff(patient, append=-1) == 0  # of the last change of a patient no more is to come
    for number in range(len(groups)):
        enough &= np.cumsum(np.where(group == number, change, 0)) >= at_least
    lasts = np.diff(day, append=0)[enough]
    return np.bincount(patient[enough], lasts, situation.patients).astype(np.int64), undated


def _changes(
    situation: Situation, at: np.ndarray, number: int, first: int, window: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The days, from the first of the window on, on which a patient has an ingredient of these facts more or less:
    patient, day, the number of the group, and 1 or -1.
    """
    facts = situation.facts
    begin = np.maximum(facts.start[at].astype(np.int64) - first, 0)
    end = np.minimum(facts.stop[at].astype(np.int64) - first, window - 1)
    medicine = facts.patient[at] * np.int64(1 << 32) + facts.concept[at] // len(GROUPS)
    order = np.lexsort((begin, medicine))
    begin, end, medicine = begin[order], end[order], medicine[order]
    # Orders of one ingredient that meet are one stretch; medicines are laid one behind the other.
    behind = np.cumsum(np.diff(medicine, prepend=-1) != 0) * (2 * window)
    reach = np.maximum.accumulate(end + behind)
    opens, closes = np.ones(len(at), dtype=bool), np.ones(len(at), dtype=bool)
    opens[1:] = (begin + behind)[1:] > reach[:-1]
    closes[:-1] = opens[1:]
    patient = (medicine >> 32)[opens]
    changes = np.repeat([1, -1], len(patient))
    days = np.concatenate([begin[opens], (reach - behind)[closes] + 1])
    return np.concatenate([patient, patient]), days, np.full(len(days), number), changes
