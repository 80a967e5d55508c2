"""What an order's directions say: route, frequency, dose, and the most of it in a day."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.normalise.amounts import Amounts, Maximum, hours_a_day
from pipeline.normalise.frequency import Frequency, FrequencyReader
from pipeline.normalise.sig import Sig, SigReader
from pipeline.normalise.strengths import Quantity, Strengths, Unit, read_units, rounded
from pipeline.normalise.until import Until
from pipeline.normalise.words import Phrasebook, is_number, split

_MEASURED = {"mass", "amount"}
_HOURS_A_DAY = 24.0
_MG_PER_GRAM = 1000.0
PATCH = "in what time the patch gives off its dose is not told"
_SOLID = {"tablet", "capsule", "each", "dose"}
# What is given as a whole: of `40 mg/0.4 mL` a syringe holds 40 mg. Of a vial or a pen only a part may be meant.
_GIVEN_WHOLE = {"syringe", "ampule", "nebule"}
# How many tablets, or mL, a dose may reasonably be: what tells a bare number of tablets from one of mg.
TABLETS = {0.5, 1.0, 1.5, 2.0, 3.0, 4.0}


@dataclass
class DailyDose:
    """The most a day in `unit`; `value` None: not computable. `dose`: the largest single dose in the same unit.

    `reason` says why there is no value, or why it is counted in tablets and the like and not in mg.
    """

    value: float | None
    unit: str
    dose: float | None
    reason: str


class Directions:
    """Reads directions by the words of the reference."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self.frequencies = FrequencyReader(tables["frequencies"])
        self.amounts = Amounts(read_units(tables["units"]), self.frequencies)
        self._strengths = Strengths(tables)
        self._routes: Phrasebook[tuple[str, str]] = Phrasebook()
        for row in tables["routes"].itertuples(index=False):
            self._routes.add(row.text, (row.route, row.group))
        self._sigs = SigReader(self.frequencies, self.amounts, self._routes, Until(tables["frequencies"]))

    def route(self, text: str) -> tuple[str, str]:
        """The canonical route and its group; of several that an order allows, one that reaches the body comes first."""
        whole = self._routes.exact(text)
        if whole:
            return whole
        words = split(text)
        found, at = [], 0
        while at < len(words):
            hit = self._routes.longest(words, at)
            if hit is None and words.words[at] not in {"or", "and", "via", "by", "per", "the", "route", "to", "into"}:
                return "", ""
            if hit:
                found.append(hit[1])
            at += hit[0] if hit else 1
        found.sort(key=lambda route: route[1] != "systemic")
        return found[0] if found else ("", "")

    def sides(self, route: str) -> int:
        """How many eyes, ears or nostrils a route names."""
        words = split(route)
        found = (self.frequencies.phrase(words, at) for at in range(len(words)))
        return max((int(one[1].value) for one in found if one and one[1].kind == "sides"), default=1)

    def frequency(self, text: str) -> Frequency:
        """How often a day at most, whether as needed, and why not or what it means."""
        return self.frequencies.read(text)

    def sig(self, text: str) -> Sig:
        """Free directions taken apart."""
        return self._sigs.read(text)

    def of_order_text(self, text: str) -> str:
        """The directions that stand within a drug text; empty where there are none."""
        return self._sigs.of_order_text(text)

    def strengths(self, text: str, count: int) -> tuple[Quantity | None, ...]:
        """The strengths that a column says (`5-325 mg`, `20 mg/5 mL`), one for each of `count` ingredients."""
        words = split(text)
        first = next((at for at, word in enumerate(words.words) if is_number(word)), None)
        found = self._strengths.run(words, first)[1] if first is not None else ()
        return found if len(found) == count and all(one.unit for one in found) else (None,) * count

    def daily_dose(
        self,
        dose: str,
        dose_unit: str,
        frequency: Frequency,
        strength: Quantity | None,
        maximum: Maximum | None = None,
        sides: int = 1,
    ) -> DailyDose:
        """The largest single dose and the most a day, in mg, unit, mEq, mmol or mL where these are known.

        Args:
            dose: a number, a range or the doses of one day joined by `+`.
            dose_unit: its unit, unless it stands in `dose`.
            frequency: how often.
            strength: of one tablet, mL and the like, where known.
            maximum: the most that the directions allow.
            sides: how many eyes, ears or nostrils get so many drops or sprays each.
        """
        daily = self._uncapped(dose, dose_unit, frequency, strength, sides)
        return daily if maximum is None else _capped(daily, maximum, strength)

    def _uncapped(
        self, dose: str, dose_unit: str, frequency: Frequency, strength: Quantity | None, sides: int
    ) -> DailyDose:
        amount = self.amounts.read(dose, dose_unit)
        unit = amount.unit.name if amount.unit else ""
        if not amount.parts:
            unfixed = frequency.reason if frequency.reason.startswith("not fixed") else "no dose"
            return DailyDose(None, unit, None, f'dose "{dose}" not understood' if dose.strip() else unfixed)
        if max(amount.parts) <= 0:
            return DailyDose(None, unit, None, "a dose of 0: given by other directions")
        of = amount.unit
        if of is None and not amount.written:
            of = _of_bare_number(max(amount.parts), strength)
        if of is None:
            unknown = f'dose unit "{amount.written}" not known' if amount.written else "no dose unit"
            return DailyDose(None, "", None, unknown)
        if amount.per_person:
            return DailyDose(None, unit, None, "dose per body weight or surface")
        factor, unit, reason = _convert(of, strength)
        factor *= sides if of.kind == "count" and of.name not in _SOLID else 1
        doses = [part * factor for part in amount.parts]
        if strength and strength.per == "hour" and of.kind in _MEASURED and not amount.hours:
            return _of_a_patch(max(doses), unit, strength)
        if _is_patch(of, strength) and (frequency.times_per_day or 1.0) < 1:
            return DailyDose(None, unit, max(doses), PATCH)
        if strength and strength.per == "hour" and of.kind == "count":
            # A patch runs all day whatever the interval between changes.
            return _daily(max(doses) * _HOURS_A_DAY, unit, max(doses) * _HOURS_A_DAY, reason)
        if amount.hours:
            daily = max(doses) * hours_a_day(amount)
            return _daily(daily, unit, daily, reason)
        if frequency.times_per_day is None:
            return _daily(None, unit, max(doses), frequency.reason or "no frequency")
        return _daily(sum(doses) / len(doses) * frequency.times_per_day, unit, max(doses), reason)


def _is_patch(of: Unit, strength: Quantity | None) -> bool:
    """Whether a strength is one of a patch that does not say in what time it is given off."""
    return strength is not None and (strength.per == "patch" or (of.name == "patch" and strength.per == ""))


def _of_a_patch(dose: float, unit: str, strength: Quantity) -> DailyDose:
    """The daily dose of `25 mcg` or `9.5 mg` where the strength is 25 mcg an hour, or 9.5 mg in 24 hours."""
    if unit == strength.unit and strength.value:
        for hours in (1.0, _HOURS_A_DAY):
            if rounded(dose / (strength.value * hours)) in TABLETS:
                return _daily(dose * _HOURS_A_DAY / hours, unit, dose * _HOURS_A_DAY / hours, "")
    return DailyDose(None, unit, None, "the dose and the strength of the patch do not agree")


def _daily(value: float | None, unit: str, dose: float, reason: str) -> DailyDose:
    return DailyDose(None if value is None else rounded(value), unit, rounded(dose), reason)


def _of_bare_number(number: float, strength: Quantity | None) -> Unit | None:
    """What a number without a unit counts: tablets of the strength or its mg, if only one of them is a likely dose."""
    if strength is None or strength.per not in {"", *_SOLID} or not strength.value:
        return None
    tablets, ratio = Unit("each", 1.0, "count"), rounded(number / strength.value)
    if number in TABLETS and (strength.value == 1.0 or ratio not in TABLETS and ratio < 1.0):
        return tablets
    return Unit(strength.unit, 1.0, "mass") if ratio in TABLETS and number not in TABLETS else None


def _capped(daily: DailyDose, maximum: Maximum, strength: Quantity | None) -> DailyDose:
    """No more than the directions allow, where it can be told in the same unit."""
    if maximum.unit is None:
        if daily.dose is None:
            return daily
        most, unit, reason = daily.dose * maximum.value / maximum.days, daily.unit, ""
        counted = unit not in {"mg", "unit", "mEq", "mmol", "mL"}
        reason = (daily.reason if daily.value is not None else "") or (
            f"the strength of one {unit} is not known" if counted else ""
        )
    else:
        factor, unit, reason = _convert(maximum.unit, strength)
        most = maximum.value * factor / maximum.days
    if daily.value is None:
        known = daily.dose is not None and unit == daily.unit
        dose = min(daily.dose, most) if daily.dose is not None and known else daily.dose if known else None
        return DailyDose(rounded(most), unit, dose, reason) if known or daily.dose is None else daily
    if unit != daily.unit or most >= daily.value:
        return daily
    return DailyDose(rounded(most), unit, daily.dose, daily.reason)


def _convert(unit: Unit, strength: Quantity | None) -> tuple[float, str, str]:
    """What one of a unit is in the unit of the daily dose, its name, and why it is not an amount of medicine."""
    if strength and strength.per == "g" and unit.kind == "mass" and unit.factor == _MG_PER_GRAM:
        return strength.value, strength.unit, ""  # "4 g" of a gel is gel
    if unit.kind in _MEASURED:
        return unit.factor, unit.name, ""
    if strength and unit.kind == "volume" and strength.per == unit.name:
        return unit.factor * strength.value, strength.unit, ""
    if strength and unit.kind == "count":
        same = strength.per in {"", unit.name, "hour", "dose"} or {strength.per, unit.name} <= _SOLID
        if same:
            return strength.value, strength.unit, ""
        if unit.name in _GIVEN_WHOLE and strength.per == "mL" and strength.volume:
            return strength.value * strength.volume, strength.unit, ""
    if unit.kind == "volume":
        return unit.factor, unit.name, "" if strength is None else f"the strength is per {strength.per or 'dose'}"
    return unit.factor, unit.name, f"the strength of one {unit.name} is not known"
