"""The daily doses of a combination, whose dose in mg can mean one ingredient, each, or neither."""

import re

from pipeline.normalise.directions import DailyDose, Directions
from pipeline.normalise.frequency import Frequency
from pipeline.normalise.strengths import Quantity, rounded
from pipeline.normalise.words import is_number, split

_MEASURED = {"mg", "unit", "mEq", "mmol"}
# How many tablets, or mL, a dose in mg may reasonably be: what tells the ingredient that it is meant for.
_TABLETS = {0.5, 1.0, 1.5, 2.0, 3.0, 4.0}
_MOST_ML = 60.0


def daily_doses(
    directions: Directions, dose: str, dose_unit: str, frequency: Frequency, strengths: tuple[Quantity | None, ...]
) -> list[DailyDose]:
    """One daily dose an ingredient, in the order of the strengths.

    Of a combination, `5-325` mg is a dose for each ingredient, and `875` mg is that of the ingredient with that
    strength, by which the others follow. A dose in mg that fits none is not computable.
    """
    each = [directions.daily_dose(dose, dose_unit, frequency, strength) for strength in strengths]
    plain = directions.daily_dose(dose, dose_unit, frequency, None)
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
    return count <= _MOST_ML if strength.per == "mL" else count in _TABLETS


def _by_ratio(daily: DailyDose, strength: Quantity | None, of: Quantity | None) -> DailyDose:
    if strength is None or of is None or daily.dose is None:
        return DailyDose(None, daily.unit, None, "the dose does not say of which ingredient it is")
    ratio = strength.value / of.value
    value = None if daily.value is None else rounded(daily.value * ratio)
    return DailyDose(value, strength.unit, rounded(daily.dose * ratio), daily.reason)
