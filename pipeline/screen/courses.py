"""Courses: orders of one ingredient that follow each other without a real break, as one stretch of days."""

from dataclasses import dataclass

import numpy as np

from pipeline.joining import distinct
from pipeline.normalise.facts import ALWAYS, Facts

# Orders are renewed late, on the next working day, or restarted after a weekend.
BREAK_DAYS = 3
# Larger than any day that facts hold, so that groups of orders can be laid one behind the other.
_APART = 10_000_000


@dataclass(frozen=True)
class Courses:
    """One entry a course; `member` says of each fact that was given which course it belongs to, or -1.

    `start` is ALWAYS when any of its orders has no start date. `peak`: the highest daily dose of a day, orders
    of unknown dose left out; `final`: that of the last day, NaN when not known. `unit`: the position of their unit.
    """

    patient: np.ndarray
    start: np.ndarray
    stop: np.ndarray
    peak: np.ndarray
    final: np.ndarray
    unit: np.ndarray
    member: np.ndarray

    def days(self, until: np.ndarray | np.integer) -> np.ndarray:
        """From the first day to `until`, both counted; infinite when the first is not known."""
        return np.where(self.start == ALWAYS, np.inf, until - self.start + 1.0)


def courses(facts: Facts, at: np.ndarray, today: np.int32) -> Courses:
    """The courses that these facts make up.

    Args:
        facts: all facts.
        at: positions of medicines, ascending. Orders that begin after today are left out.
        today: the day of the review in the facts' counting.
    """
    begun = np.flatnonzero(facts.start[at] <= today)
    mine = at[begun]  # by patient, ingredient and day, as all facts are
    patient, concept = facts.patient[mine], facts.concept[mine]
    start, stop = facts.start[mine].astype(np.int64), facts.stop[mine].astype(np.int64)
    another = (np.diff(patient, prepend=-1) != 0) | (np.diff(concept, prepend=-1) != 0)
    group = np.cumsum(another) * _APART
    reach = np.maximum.accumulate(stop + group) - group
    pause = np.zeros(len(mine), dtype=bool)
    pause[1:] = start[1:] > reach[:-1] + 1 + BREAK_DAYS
    first = np.flatnonzero(another | pause)
    course = np.cumsum(another | pause) - 1
    member = np.full(len(at), -1, dtype=np.int64)
    member[begun] = course
    if not len(first):
        none = np.array([], dtype=np.int64)
        return Courses(none, none, none, none * 1.0, none * 1.0, none, member)
    ends = np.maximum.reduceat(stop, first)
    dose = facts.daily_dose[mine]
    last = np.append(first[1:], len(mine)) - 1
    return Courses(
        patient=patient[first],
        start=np.minimum.reduceat(start, first),
        stop=ends,
        peak=_peak(course, start, stop, dose),
        final=np.add.reduceat(np.where(stop == ends[course], dose, 0.0), first).round(6),
        unit=facts.unit[mine[last]],
        member=member,
    )


def lowered_since(found: Courses, facts: Facts, at: np.ndarray, since: int, today: int) -> np.ndarray:
    """For each course whether its daily dose today is below the highest from the day `since` on.

    Args:
        found: the courses of the facts `at`.
        facts, at: as for `courses`.
        since, today: days in the facts' counting. A dose that is not known is not lower.
    """
    used = at[(found.member >= 0) & (facts.stop[at] >= since)]
    course = found.member[(found.member >= 0) & (facts.stop[at] >= since)]
    start, stop = np.maximum(facts.start[used].astype(np.int64), since), facts.stop[used].astype(np.int64)
    lowered = np.zeros(len(found.patient), dtype=bool)
    if not len(used):
        return lowered
    order = np.argsort(course, kind="stable")
    dose = facts.daily_dose[used]
    highest = _peak(course[order], start[order], stop[order], dose[order])
    now = np.bincount(course, np.where(stop >= today, dose, 0.0), len(found.patient)).round(6)
    present = distinct(course)
    lowered[present] = now[present] < highest
    return lowered


def _peak(course: np.ndarray, start: np.ndarray, stop: np.ndarray, dose: np.ndarray) -> np.ndarray:
    """The highest sum of doses on any day of each course, from the days on which orders begin and end."""
    known = np.nan_to_num(dose)
    first = np.flatnonzero(np.diff(course, prepend=-1))
    peak = known[first].round(6)
    several = np.diff(np.append(first, len(course))) > 1
    if not several.any():
        return peak
    mine = np.repeat(several, np.diff(np.append(first, len(course))))
    known, start, stop, course = known[mine], start[mine], stop[mine], course[mine]
    day, change = np.concatenate([start, stop + 1]), np.concatenate([known, -known])
    whose = np.concatenate([course, course])
    order = np.lexsort((change, day, whose))
    # Every course ends at nothing, so that one running sum serves all; rounded, for it must not drift.
    level = np.cumsum(change[order]).round(6)
    peak[several] = np.maximum.reduceat(level, np.flatnonzero(np.diff(whose[order], prepend=-1)))
    return peak
