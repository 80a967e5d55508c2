"""The daily doses of a combination, whose dose in mg can mean one ingredient, each, or neither."""

import re

from pipeline.normalise.amounts import Maximum
from pipeline.normalise.directions import PATCH, TABLETS, DailyDose, Directions
from pipeline.normalise.frequency import Frequency
from pipeline.normalise.regimen import Regimen
from pipeline.normalise.steps import Step
from pipeline.normalise.strengths import Quantity, rounded
from pipeline.normalise.words import is_number, split

_MEASURED = {"mg", "unit", "mEq", "mmol"}
# How many tablets, or mL, a dose in mg may reasonably be: what tells the ingredient that it is meant for.
_MOST_ML = 60.0


def of_regimen(
    directions: Directions, regimen: Regimen, strengths: tuple[Quantity | None, ...], route: str = ""
) -> list[tuple[float, list[DailyDose]]]:
    """For each step of a regimen its days (0: not told), and one daily dose an ingredient.

    Args:
        directions: what reads the doses.
        regimen: how the order is to be taken.
        strengths: of each ingredient.
        route: as the drug text says it.
    """
    if strengths == (None,) and regimen.strength:
        strengths = (regimen.strength,)
    steps = [(days, _of_day(directions, regimen, turns, strengths)) for turns, days in regimen.steps]
    told = any(one is not None and one.per == "hour" for one in strengths)
    if told or "transdermal" not in (route, directions.route(regimen.route)[0]):
        return steps
    unsure = [any(_of_patch(directions, turn) for turn in turns) for turns, _ in regimen.steps]
    return [
        (days, [DailyDose(None, one.unit, one.dose, PATCH) for one in doses] if which else doses)
        for (days, doses), which in zip(steps, unsure, strict=True)
    ]


def _of_patch(directions: Directions, turn: Step) -> bool:
    """`25 mcg` every 72 hours through the skin: in an hour, in a day or in all three, unless a rate says it."""
    amount = directions.amounts.read(turn.dose, turn.dose_unit)
    measured = amount.unit is not None and amount.unit.kind in {"mass", "amount"} and not amount.hours
    return measured and (turn.when.times_per_day or 1.0) < 1


def _of_day(
    directions: Directions, regimen: Regimen, turns: tuple[Step, ...], strengths: tuple[Quantity | None, ...]
) -> list[DailyDose]:
    """The doses of one day together. The maximum limits the whole day."""
    maximum = regimen.maximum if len(turns) == 1 else None
    each = []
    for turn in turns:
        dose, unit = turn.dose, turn.dose_unit
        if regimen.total and None in strengths:
            dose, unit = regimen.total
        each.append(daily_doses(directions, dose, unit, turn.when, strengths, maximum, regimen.sides))
    return [_sum(list(doses)) for doses in zip(*each, strict=True)]


def _sum(doses: list[DailyDose]) -> DailyDose:
    if len(doses) == 1:
        return doses[0]
    unknown = next((one for one in doses if one.value is None), None)
    largest = max((one.dose for one in doses if one.dose is not None), default=None)
    if unknown or len({one.unit for one in doses}) > 1:
        reason = unknown.reason if unknown else "doses in several units"
        return DailyDose(None, doses[0].unit, largest, reason)
    return DailyDose(rounded(sum(one.value or 0.0 for one in doses)), doses[0].unit, largest, doses[0].reason)


def daily_doses(
    directions: Directions,
    dose: str,
    dose_unit: str,
    frequency: Frequency,
    strengths: tuple[Quantity | None, ...],
    maximum: Maximum | None = None,
    sides: int = 1,
) -> list[DailyDose]:
    """One daily dose an ingredient, in the order of the strengths.

    Of a combination, `5-325` mg is a dose for each ingredient, and `875` mg is that of the ingredient with that
    strength, by which the others follow. A dose in mg that fits none is not computable.
    """
    if len(strengths) > 1 and maximum and maximum.unit and maximum.unit.kind in {"mass", "amount"}:
        maximum = None  # "max 3 g a day" does not say of which ingredient
    each = [directions.daily_dose(dose, dose_unit, frequency, one, maximum, sides) for one in strengths]
    plain = directions.daily_dose(dose, dose_unit, frequency, None, maximum, sides)
    if len(strengths) < 2 or plain.unit not in _MEASURED or plain.dose is None:
        return each
    words = split(dose)
    numbers = [word for word in words.words if is_number(word)]
    if len(numbers) == len(strengths):
        units = (dose_unit or re.split(r"\d", dose)[-1]).split("-")
        if len(units) != len(numbers):  # "600-400 mg-unit" has one each, "25 mg/100 mg" and "25-100 mg" one for all
            units = [dose_unit or words.words[-1]] * len(numbers)
        pairs = zip(numbers, units, strict=True)
        return [directions.daily_dose(number, unit, frequency, None) for number, unit in pairs]
    of = next((one for one in strengths if one and _fits(plain, one)), None)
    return [_by_ratio(plain, one, of) for one in strengths]


def _fits(daily: DailyDose, strength: Quantity) -> bool:
    if strength.unit != daily.unit or not strength.value or daily.dose is None:
        return False
    count = rounded(daily.dose / strength.value)
    return count <= _MOST_ML if strength.per == "mL" else count in TABLETS


def _by_ratio(daily: DailyDose, strength: Quantity | None, of: Quantity | None) -> DailyDose:
    if strength is None or of is None or daily.dose is None:
        return DailyDose(None, daily.unit, None, "the dose does not say of which ingredient it is")
    ratio = strength.value / of.value
    value = None if daily.value is None else rounded(daily.value * ratio)
    return DailyDose(value, strength.unit, rounded(daily.dose * ratio), daily.reason)
