"""Rules of what is missing beside something present: a companion, a test, an end, a taper, a field of the order."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.joining import distinct, in_words
from pipeline.rulebook.rules import GapRule, Rulebook
from pipeline.screen.context import Situation
from pipeline.screen.courses import Courses, courses, lowered_since
from pipeline.screen.hits import Found, Hits, by_patient, gathered, nothing

_DAY_0 = np.datetime64("1970-01-01")
Kernel = Callable[[Situation, GapRule, np.ndarray, pd.DataFrame], list[Found]]


def screen_gaps(situation: Situation, rulebook: Rulebook, medications: pd.DataFrame) -> Hits:
    """The hits of every rule of something missing.

    Args:
        situation: what holds for whom.
        rulebook: the rules.
        medications: the orders as understood, for `prn` and for the fields that an order lacks.
    """
    kernels: dict[str, Kernel] = {
        "companion": _companion,
        "lab": _lab,
        "duration": _duration,
        "reduction": _reduction,
        "stop": _stop,
        "field": _field,
    }
    prn = medications["prn"].to_numpy(bool)
    parts: list[Found] = []
    for rule in rulebook.gaps:
        at = situation.asked(rule.rule, situation.positions(rule.present))
        if rule.orders:
            at = at[prn[situation.facts.order[at]] == (rule.orders == "prn")]
        if len(at):
            parts.extend(kernels[rule.kind](situation, rule, at, medications))
    return gathered(parts)


def _found(
    situation: Situation, rule: GapRule, patient: np.ndarray, factor: np.ndarray, facts: np.ndarray, unknown: np.ndarray
) -> Found:
    """Those of the patients whose context is met as hits, and those of whom something is not known.

    `patient` is sorted and unique; `unknown` says for each what is missing to tell, or is empty; `facts` are positions.
    """
    fails, number = situation.unmet(rule.context, patient)
    missing = np.where(number != "", number, unknown)
    held_by = situation.held_by(rule.context, patient)
    met = ~fails & (missing == "")
    asked = ~fails & (missing != "") & (held_by == "")
    step = situation.step(rule.context, patient[met])
    medicines = facts[situation.facts.order[facts] >= 0]
    hits = by_patient(
        rule.rule, patient[met], step, held_by[met], factor[met], situation.facts.patient[medicines], medicines
    )
    return replace(hits, unknown=patient[asked], missing=missing[asked])


def _companion(situation: Situation, rule: GapRule, at: np.ndarray, medications: pd.DataFrame) -> list[Found]:
    """Nothing that it needs is there, though a medicine has been taken long enough for it to be due."""
    long_enough = np.ones(len(at), dtype=bool)
    if not np.isnan(rule.min_days):
        medicine = np.flatnonzero(situation.facts.order[at] >= 0)
        found = courses(situation.facts, at[medicine], situation.today)
        days = np.append(found.days(situation.today), -np.inf)  # of an order that has not begun: the last
        long_enough[medicine] = days[found.member] >= rule.min_days
    now = at[long_enough & situation.current[at]]
    has = np.zeros(situation.patients, dtype=bool)
    has[situation.facts.patient[situation.current_positions(rule.needs)]] = True
    patient = distinct(situation.facts.patient[now])
    patient = patient[~has[patient]]
    return [_found(situation, rule, patient, nothing(len(patient)), now, nothing(len(patient)))]


def _lab(situation: Situation, rule: GapRule, at: np.ndarray, medications: pd.DataFrame) -> list[Found]:
    """A test that is missing or too old, once the medicine has been taken long enough for it to be due."""
    found = courses(situation.facts, at, situation.today)
    due = found.member >= 0
    if not np.isnan(rule.min_days):
        due[due] = found.days(situation.today)[found.member[due]] >= rule.min_days
    now = at[due & situation.current[at]]
    newest = np.min([situation.age_of(test) for test in rule.tests], axis=0)
    patient = distinct(situation.facts.patient[now])
    patient = patient[newest[patient] > rule.within_days]
    name = " or ".join(rule.tests).replace("_", " ")
    factor = in_words(
        newest[patient], lambda age: f"no {name} on file" if np.isinf(age) else f"last {name} {age:.0f} days ago"
    )
    return [_found(situation, rule, patient, factor, now, nothing(len(patient)))]


def _duration(situation: Situation, rule: GapRule, at: np.ndarray, medications: pd.DataFrame) -> list[Found]:
    """A course that has gone on longer than it should; one without a start date cannot be told."""
    found = courses(situation.facts, at, situation.today)
    return [_too_long(situation, rule, at, found, np.zeros(len(found.patient), dtype=bool))]


def _reduction(situation: Situation, rule: GapRule, at: np.ndarray, medications: pd.DataFrame) -> list[Found]:
    """A course that has gone on so long without its daily dose having been lowered lately."""
    found = courses(situation.facts, at, situation.today)
    since = int(situation.today - rule.within_days)
    lowered = lowered_since(found, situation.facts, at, since, int(situation.today))
    return [_too_long(situation, rule, at, found, lowered)]


def _too_long(situation: Situation, rule: GapRule, at: np.ndarray, found: Courses, settled: np.ndarray) -> Found:
    """The courses that go on, longer than the rule's `max_days`, but for those that are settled."""
    days = found.days(situation.today)
    too_long = (found.stop >= situation.today) & (days > rule.max_days) & ~settled
    told = too_long & np.isfinite(days)
    now = at[np.isin(found.member, np.flatnonzero(told)) & situation.current[at]]
    patient = distinct(found.patient[too_long])
    longest = np.full(situation.patients, -1.0)
    np.maximum.at(longest, found.patient[told], days[told])
    prn = "prn " if rule.orders == "prn" else ""
    factor = in_words(longest[patient], lambda day: f"{prn}{day:.0f} days")
    unknown = np.where(longest[patient] < 0, "start date", nothing(len(patient)))
    return _found(situation, rule, patient, factor, now, unknown)


def _stop(situation: Situation, rule: GapRule, at: np.ndarray, medications: pd.DataFrame) -> list[Found]:
    """A course that ended lately without having been tapered: its last daily dose was not low, or never lowered.

    Any of the rule's medicines still being taken means that nothing has stopped. A last dose that is not known counts
    as not tapered.
    """
    facts, today = situation.facts, situation.today
    found = courses(facts, at, today)
    taken = np.zeros(situation.patients, dtype=bool)
    taken[facts.patient[at[situation.current[at]]]] = True
    ended = (found.stop < today) & (today - found.stop <= rule.within_days) & ~taken[found.patient]
    if not np.isnan(rule.min_days):
        ended &= found.days(found.stop) >= rule.min_days
    tapered = (found.final <= _low_enough(rule, found, facts.units)) & (found.final < found.peak)
    abrupt = np.flatnonzero(ended & ~tapered)
    last = np.full(situation.patients, np.iinfo(np.int64).min)
    np.maximum.at(last, found.patient[abrupt], found.stop[abrupt])
    patient = distinct(found.patient[abrupt])
    factor = in_words(last[patient], lambda day: f"stopped {_DAY_0 + np.timedelta64(int(day), 'D')}")
    of_course = at[np.isin(found.member, abrupt)]
    closing = of_course[facts.stop[of_course] == last[facts.patient[of_course]]]
    return [_found(situation, rule, patient, factor, closing, nothing(len(patient)))]


def _low_enough(rule: GapRule, found: Courses, units: list[str]) -> np.ndarray:
    """For each course the last daily dose after which it counts as tapered: an amount, or a share of its highest."""
    if rule.dose_unit == "%":
        return found.peak * rule.final_dose / 100
    same_unit = np.array([unit == rule.dose_unit for unit in units])[found.unit]
    return np.where(same_unit, rule.final_dose, -np.inf)


def _empty(*texts: pd.api.extensions.ExtensionArray) -> np.ndarray:
    return np.logical_and.reduce([np.asarray(text == "", dtype=bool) for text in texts])


def _unknown(*values: pd.api.extensions.ExtensionArray) -> np.ndarray:
    return np.logical_and.reduce([np.asarray(value.isna(), dtype=bool) for value in values])


# Of each field the columns of the orders that must all be empty, or not known, for it to be lacking.
_EMPTY: dict[str, tuple[tuple[str, ...], Callable[..., np.ndarray]]] = {
    "dose": (("dose", "daily_dose"), _empty),
    "frequency": (("frequency",), _empty),
    "route": (("written_route",), _empty),
    "indication": (("indication",), _empty),
    # Directions that say how long say when it ends, even where it is not known when it began.
    "stop_date": (("stop_date", "duration_days"), _unknown),
    "start_date": (("start_date",), _unknown),
}


def _field(situation: Situation, rule: GapRule, at: np.ndarray, medications: pd.DataFrame) -> list[Found]:
    """Orders that lack every one of the fields; one hit for each order, so that each can be put right."""
    facts = situation.facts
    now = at[situation.current[at]]
    asked = distinct(facts.order[now])
    lacking = np.ones(len(asked), dtype=bool)
    for name in rule.fields:
        columns, lacks = _EMPTY[name]
        lacking &= lacks(*(medications[column].array.take(asked) for column in columns))
    now = now[lacking[np.searchsorted(asked, facts.order[now])]]
    text = f"no {', '.join(name.replace('_', ' ') for name in rule.fields)}"
    parts = []
    # `_found` takes one order of a patient at a time: the first of each, then the second, and so on.
    orders, where = np.unique(facts.order[now], return_index=True)
    owner = pd.Series(facts.patient[now[where]])
    rank = owner.groupby(owner).cumcount().to_numpy()
    for turn in range(int(rank.max(initial=-1)) + 1):
        mine = now[np.isin(facts.order[now], orders[rank == turn])]
        patient = distinct(facts.patient[mine])
        same = np.full(len(patient), text, dtype=object)
        parts.append(_found(situation, rule, patient, same, mine, nothing(len(patient))))
    return parts
