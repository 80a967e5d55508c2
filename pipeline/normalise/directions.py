"""What an order's directions say: route, frequency, dose, and the most of it in a day."""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.normalise.frequency import Frequency, FrequencyReader
from pipeline.normalise.strengths import Quantity, Unit, read_units, rounded
from pipeline.normalise.words import Phrasebook, Words, is_number, split

_MEASURED = {"mass", "amount"}
_HOURS_A_DAY = 24.0
_MG_PER_GRAM = 1000.0
_SOLID = {"tablet", "capsule", "each", "dose"}


@dataclass
class DailyDose:
    """The most a day in `unit`; `value` None: not computable. `dose`: the largest single dose in the same unit.

    `reason` says why there is no value, or why it is counted in tablets and the like and not in mg.
    """

    value: float | None
    unit: str
    dose: float | None
    reason: str


@dataclass(frozen=True)
class Sig:
    """Free directions taken apart. `dose` can be a range (`1-2`) or the doses of one day (`10+20`)."""

    dose: str
    dose_unit: str
    frequency: str
    route: str
    prn: bool
    reason: str


@dataclass(frozen=True)
class _Amount:
    """A dose as read: its parts (one, or each dose of a day), the unit, and what a rate is per."""

    parts: tuple[float, ...]
    unit: Unit | None
    written: str
    hours: float = 0.0  # of a rate: per how many hours
    per_person: bool = False


class Directions:
    """Reads directions by the words of the reference."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self._frequencies = FrequencyReader(tables["frequencies"])
        self._units = read_units(tables["units"])
        self._routes: Phrasebook[tuple[str, str]] = Phrasebook()
        for row in tables["routes"].itertuples(index=False):
            self._routes.add(row.text, (row.route, row.group))

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

    def frequency(self, text: str) -> Frequency:
        """How often a day at most, whether as needed, and why not or what it means."""
        return self._frequencies.read(text)

    def daily_dose(self, dose: str, dose_unit: str, frequency: Frequency, strength: Quantity | None) -> DailyDose:
        """The largest single dose and the most a day, in mg, unit, mEq, mmol or mL where these are known."""
        amount = self._amount(dose, dose_unit)
        unit = amount.unit.name if amount.unit else ""
        if not amount.parts:
            return DailyDose(None, unit, None, f'dose "{dose}" not understood' if dose.strip() else "no dose")
        if max(amount.parts) <= 0:
            return DailyDose(None, unit, None, "a dose of 0: given by other directions")
        if amount.unit is None:
            unknown = f'dose unit "{amount.written}" not known' if amount.written else "no dose unit"
            return DailyDose(None, "", None, unknown)
        if amount.per_person:
            return DailyDose(None, unit, None, "dose per body weight or surface")
        factor, unit, reason = _convert(amount.unit, strength)
        doses = [part * factor for part in amount.parts]
        if amount.hours or (strength and strength.per == "hour" and amount.unit.kind == "count"):
            # A rate, as of a pump or a patch, runs all day whatever the interval between changes.
            daily = max(doses) * _HOURS_A_DAY / (amount.hours or 1.0)
            return _daily(daily, unit, daily, reason)
        if frequency.times_per_day is None:
            return _daily(None, unit, max(doses), frequency.reason or "no frequency")
        return _daily(sum(doses) / len(doses) * frequency.times_per_day, unit, max(doses), reason)

    def _amount(self, dose: str, dose_unit: str) -> _Amount:
        words = split(dose)
        parts, at = self._numbers(words, 0)
        rest = Words(words.words[at:], words.gaps[at:], words.raw[at:])
        stated = split(dose_unit) if dose_unit.strip() else rest
        found = self._units.longest(stated, 0) if stated.words else None
        if not found and stated.words and is_number(stated.words[0]):
            return _Amount((), None, " ".join(stated.words))
        written = " ".join(stated.words)
        if not found:
            # A unit that is not in the table is counted as it is written: "1 foil".
            word = written.isalpha() and bool(dose_unit.strip())
            return _Amount(parts, Unit(written.removesuffix("s"), 1.0, "count") if word else None, written)
        count, unit = found
        below = self._below(stated, count)
        if below and below[1].kind == "time":
            return _Amount(parts, unit, written, hours=below[0] * below[1].factor)
        return _Amount(parts, unit, written, per_person=bool(below and below[1].kind == "per_person"))

    def _below(self, stated: Words, at: int) -> tuple[float, Unit] | None:
        """What the unit is per: the 24 hours of `mcg/24 hr`, the kg of `mg/kg`."""
        if at >= len(stated) or not ("/" in stated.raw[at] or stated.words[at] in {"per", "a"}):
            return None
        at += 0 if "/" in stated.raw[at] else 1
        number = 1.0
        if at < len(stated) and is_number(stated.words[at]):
            number, at = float(stated.words[at]), at + 1
        found = self._units.longest(stated, at) if at < len(stated) else None
        return (number, found[1]) if found and number else None

    def _numbers(self, words: Words, at: int) -> tuple[tuple[float, ...], int]:
        """The numbers of a dose and the word after them. A range is its upper end; `10+20` are two doses of one day."""
        parts: list[float] = []
        while at < len(words):
            value, after = self._number(words, at)
            if value is None:
                break
            if after < len(words) and (words.raw[after].strip() == "-" or words.words[after] in {"to", "or"}):
                upper, end = self._number(words, after + (words.words[after] in {"to", "or"}))
                if upper is not None:
                    value, after = max(value, upper), end
            parts.append(value)
            at = after
            if at >= len(words) or words.gaps[at] != "+":
                break
        return tuple(parts), at

    def _number(self, words: Words, at: int) -> tuple[float | None, int]:
        """A number, a fraction (`1/2`, `1 1/2`) or a number's word, and the word after it."""
        if at >= len(words):
            return None, at
        if not is_number(words.words[at]):
            found = self._frequencies.number(words, at)
            return (None, at) if found is None else (found[1], at + found[0])
        value, at = float(words.words[at]), at + 1
        if self._slash(words, at):
            below = float(words.words[at])
            return (value / below, at + 1) if below else (None, at)
        if self._slash(words, at + 1) and words.raw[at] in {" ", "-"} and float(words.words[at + 1]):
            # "1 1/2" and "1-1/2" are one and a half
            return value + float(words.words[at]) / float(words.words[at + 1]), at + 2
        return value, at

    @staticmethod
    def _slash(words: Words, at: int) -> bool:
        return (
            at < len(words)
            and words.raw[at].strip() == "/"
            and is_number(words.words[at])
            and is_number(words.words[at - 1])
        )

    def sig(self, text: str) -> Sig:
        """Dose, frequency and route of free directions, for an order whose columns are empty."""
        words = split(text)
        doses: list[tuple[str, str, Unit]] = []
        left: list[str] = []
        route, at = "", 0
        while at < len(words):
            end, unit = self._dose_at(words, at)
            if unit:
                doses.append((_written(words, at, end), unit[1], unit[2]))
                at = end + unit[0]
                continue
            found = self._routes.longest(words, at)
            if found and not (found[0] == 1 and self._frequencies.knows(words, at)):
                route = route or found[1][0]
                at += found[0]
                continue
            between = words.raw[at].strip()
            left.append((between if between in {"-", "/"} else between.strip("().[]") + " ") + words.words[at])
            at += 1
        frequency = "".join(left).strip(" ,;-/")
        read = self.frequency(frequency)
        dose, unit_text, reason = _one_dose(doses)
        return Sig(dose, unit_text, frequency, route, read.prn, reason or ("" if read.times_per_day else read.reason))

    def _dose_at(self, words: Words, at: int) -> tuple[int, tuple[int, str, Unit] | None]:
        """Where a dose that begins here ends, with its unit's length and text; no unit: here begins none."""
        parts, end = self._numbers(words, at)
        if not parts or end >= len(words):
            return at, None
        found = self._units.longest(words, end)
        if not found or found[1].kind in {"time", "per_person"}:
            return at, None
        count = found[0]
        stop = end + count
        written = " ".join(words.words[end:stop])
        below = self._units.longest(words, stop) if stop < len(words) and "/" in words.raw[stop] else None
        if below and below[1].kind in {"time", "per_person"}:
            return end, (count + below[0], f"{written}/{words.words[stop]}", found[1])
        return end, (count, written, found[1])


def _written(words: Words, start: int, end: int) -> str:
    """Words as they were written, with no blanks around the hyphen of a range."""
    rest = (("-" if words.raw[at].strip() == "-" else words.raw[at]) + words.words[at] for at in range(start + 1, end))
    return words.words[start] + "".join(rest)


def _daily(value: float | None, unit: str, dose: float, reason: str) -> DailyDose:
    return DailyDose(None if value is None else rounded(value), unit, rounded(dose), reason)


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
    if unit.kind == "volume":
        return unit.factor, unit.name, "" if strength is None else f"the strength is per {strength.per or 'dose'}"
    return unit.factor, unit.name, f"the strength of one {unit.name} is not known"


def _one_dose(doses: list[tuple[str, str, Unit]]) -> tuple[str, str, str]:
    """The dose of directions that may name several: those of one day are joined by `+`."""
    if not doses:
        return "", "", "no dose"
    dose, text, unit = doses[0]
    counted_and_measured = len(doses) == 2 and unit.kind == "count" and doses[1][2].kind in _MEASURED
    if counted_and_measured and (dose in {"1", "one"} or "-" in doses[1][0]):
        return doses[1][0], doses[1][1], ""  # "1-2 tablets (325-650 mg)"
    same = [other for other, _, other_unit in doses if other_unit == unit]
    if len(same) == len(doses) and len(set(same)) > 1:
        return "+".join(same), text, ""
    return dose, text, ""
