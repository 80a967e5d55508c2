"""Doses that follow each other, as of a taper, and doses of one day that are not alike."""

from dataclasses import dataclass

from pipeline.normalise.amounts import Amounts
from pipeline.normalise.frequency import Frequency, FrequencyReader
from pipeline.normalise.segments import Segment
from pipeline.normalise.strengths import rounded

# A titration in more steps than this is not laid out.
_MOST_STEPS = 60
_ONCE_A_DAY = Frequency(1.0, False, "")


@dataclass(frozen=True)
class Step:
    """A dose with its times; `days`: how long it is taken before the next, 0 when that is not told."""

    dose: str
    dose_unit: str
    when: Frequency
    days: float = 0.0


def stepped(segments: list[Segment], frequencies: FrequencyReader, amounts: Amounts, taper: bool) -> tuple[Step, ...]:
    """The steps that follow each other, or none where the doses are of one day, or one is not known."""
    told = [one for one in segments if one.doses or one.change or one.then]
    lasting = sum(one.days > 0 for one in told)
    if len(told) < 2 and not any(one.change for one in told):
        return ()
    if not (taper or lasting > 1 or any(one.then or one.labelled for one in told)):
        return ()
    readings = [frequencies.read(one.frequency) for one in told]
    usual = next((when for when in readings if when.times_per_day and when.reason != "single dose"), None)
    steps: list[Step] = []
    for one, own in zip(told, readings, strict=True):
        if one.change:
            steps = _changed(steps, one, amounts, usual)
            continue
        before = steps[-1] if steps else None
        dose, unit = _dose(one) or ((before.dose, before.dose_unit) if before else ("", ""))
        if own.times_per_day is None and not (one.doses and frequencies.silent(one.frequency)):
            return ()  # "then as directed", "after each loose stool"
        when = own if own.times_per_day else (before.when if before else None) or usual or _ONCE_A_DAY
        if not dose:
            return ()
        single = when.reason == "single dose"
        steps.append(Step(dose, unit, Frequency(when.times_per_day, when.prn, ""), 1.0 if single else one.days))
    return tuple(steps) if len(steps) > 1 else ()


def _dose(one: Segment) -> tuple[str, str] | None:
    if not one.doses:
        return None
    both = one.counted_and_measured() if len(one.doses) > 1 else None
    if both:
        return (both[3] or both[:2]) if both[4] is None else both[:2]
    same = [dose.dose for dose in one.doses if dose.unit == one.doses[0].unit]
    return ("+".join(same) if len(set(same)) > 1 else same[0]), one.doses[0].dose_unit


def _changed(steps: list[Step], one: Segment, amounts: Amounts, usual: Frequency | None) -> list[Step]:
    """The steps of `increase by 25 mg every week to 100 mg`; where they cannot be laid out, only the highest."""
    assert one.change is not None
    sign, by, days, target = one.change.sign, one.change.by, one.change.days, one.change.target
    when = (steps[-1].when if steps else None) or usual or _ONCE_A_DAY
    if not steps:
        # From what it begins is not told: only where a rising dose ends is known.
        return [Step(target.dose, target.dose_unit, when), Step(target.dose, target.dose_unit, when)] if target else []
    start, change = _in_unit(amounts, steps[-1].dose, steps[-1].dose_unit), _in_unit(amounts, by.dose, by.dose_unit)
    end = _in_unit(amounts, target.dose, target.dose_unit) if target else None
    if not start or not change or start[1] != change[1] or (end and end[1] != change[1]) or change[0] <= 0:
        return []
    if end is None and sign > 0:
        return []
    last, unit = end[0] if end else 0.0, start[1]
    steps[-1] = Step(steps[-1].dose, steps[-1].dose_unit, when, steps[-1].days or days)
    dose = start[0]
    while len(steps) < _MOST_STEPS:
        dose = rounded(dose + sign * change[0])
        reached = dose >= last if sign > 0 else dose <= last
        dose = last if reached else dose
        if dose > 0:
            steps.append(Step(f"{dose:.10g}", unit, when, days if not reached or not last else 0.0))
        if reached:
            return steps
    return []


def _in_unit(amounts: Amounts, dose: str, dose_unit: str) -> tuple[float, str] | None:
    read = amounts.read(dose, dose_unit)
    if not read.parts or read.unit is None:
        return None
    return rounded(max(read.parts) * read.unit.factor), read.unit.name


def turns_of(segments: list[Segment], frequencies: FrequencyReader) -> tuple[Step, ...]:
    """The doses of one day where each has its own times: `1 tab BID and 2 tabs HS`. None: one dose, or not each has."""
    told = [one for one in segments if one.doses]
    if len(told) < 2 or not all(frequencies.tells(one.frequency) for one in told):
        return ()
    readings = [frequencies.read(one.frequency) for one in told]
    excepted = "except" in {word for one in told[:-1] for word in one.left_words[-1:]}
    share = readings[-1].times_per_day
    if excepted and len(told) == 2 and readings[0].times_per_day and share and share < readings[0].times_per_day:
        # "5 mg daily except 7.5 mg on Monday"
        readings[0] = Frequency(rounded(readings[0].times_per_day - share), readings[0].prn, "")
    turns = []
    for one, when in zip(told, readings, strict=True):
        found = _dose(one)
        if found is None:
            return ()
        turns.append(Step(*found, when))
    return tuple(turns) if len({(turn.dose, turn.dose_unit, turn.when) for turn in turns}) > 1 else ()
