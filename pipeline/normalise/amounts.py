"""Amounts in directions: the numbers of a dose, its unit, and what a rate, a strength or a limit is per."""

from dataclasses import dataclass

from pipeline.normalise.frequency import FrequencyReader
from pipeline.normalise.strengths import Quantity, Unit, rounded
from pipeline.normalise.words import Phrasebook, Words, is_number, split

_MEASURED = {"mass", "amount"}
_HOURS_A_DAY = 24.0
# Between a number and its unit nothing else may stand.
_APART = set(",;:()[]")


@dataclass(frozen=True)
class Amount:
    """A dose as read: its parts (one, or each dose of a day), the unit, and what a rate is per."""

    parts: tuple[float, ...]
    unit: Unit | None
    written: str
    hours: float = 0.0  # of a rate: per how many hours
    per_person: bool = False


@dataclass(frozen=True)
class Stated:
    """An amount found within directions: as text, its unit, and where it ends. `strength`: it is per mL or tablet."""

    dose: str
    dose_unit: str
    unit: Unit
    end: int
    strength: Quantity | None = None
    is_rate: bool = False


@dataclass(frozen=True)
class Maximum:
    """The most in some days: an amount of a unit, or (`unit` None) a number of doses."""

    value: float
    unit: Unit | None
    days: float


class Amounts:
    """Reads amounts by the words of the reference."""

    def __init__(self, units: Phrasebook[Unit], frequencies: FrequencyReader) -> None:
        self._units = units
        self._frequencies = frequencies

    def unit(self, words: Words, at: int) -> tuple[int, Unit] | None:
        """The unit at a word: how many words it has, and what it means."""
        return self._units.longest(words, at) if at < len(words) else None

    def read(self, dose: str, dose_unit: str) -> Amount:
        """The columns of a dose. The unit may stand in either."""
        words = split(dose)
        parts, at = self.numbers(words, 0)
        rest = Words(words.words[at:], words.gaps[at:], words.raw[at:])
        stated = split(dose_unit) if dose_unit.strip() else rest
        found = self._units.longest(stated, 0) if stated.words else None
        if not found and stated.words and is_number(stated.words[0]):
            return Amount((), None, " ".join(stated.words))
        written = " ".join(stated.words)
        if not found:
            # A unit that is not in the table is counted as it is written: "1 foil".
            word = written.isalpha() and bool(dose_unit.strip())
            return Amount(parts, Unit(written.removesuffix("s"), 1.0, "count") if word else None, written)
        count, unit = found
        below = self._below(stated, count)
        if below and below[1].kind == "time":
            return Amount(parts, unit, written, hours=below[0] * below[1].factor)
        return Amount(parts, unit, written, per_person=bool(below and below[1].kind == "per_person"))

    def at(self, words: Words, at: int) -> Stated | None:
        """The amount that begins at a word of directions, if one does."""
        parts, end = self.numbers(words, at)
        found = self.unit(words, end) if parts else None
        if not found or found[1].kind in {"time", "per_person"} or _APART & set(words.raw[end]):
            return None
        count, unit = found
        stop = end + count
        if unit.kind == "amount" and stop < len(words) and words.raw[stop] == "-" and is_number(words.words[stop]):
            return None  # the "70/30 U-100" of an insulin is no dose
        dose, written = as_written(words, at, end), " ".join(words.words[end:stop])
        below = self._below(words, stop)
        if below is None:
            return Stated(dose, written, unit, stop)
        number, per, after = below
        if per.kind in {"time", "per_person"}:
            text = f"{written}/{'' if number == 1 else f'{number:g} '}{words.words[after - 1]}"
            return Stated(dose, text, unit, after, is_rate=True)
        if unit.kind in _MEASURED and per.kind in {"volume", "count"} and len(parts) == 1:
            strength = Quantity(rounded(parts[0] * unit.factor / (number * per.factor)), unit.name, per.name)
            return Stated(dose, written, unit, after, strength)
        return Stated(dose, written, unit, stop)

    def _below(self, words: Words, at: int) -> tuple[float, Unit, int] | None:
        """What the unit is per, and the word after it: the 24 hours of `mcg/24 hr`, the kg of `mg/kg`."""
        if at >= len(words) or not ("/" in words.raw[at] or words.words[at] in {"per", "a"}):
            return None
        at += 0 if "/" in words.raw[at] else 1
        number = 1.0
        if at < len(words) and is_number(words.words[at]):
            number, at = float(words.words[at]), at + 1
        found = self.unit(words, at)
        return (number, found[1], at + found[0]) if found and number else None

    def maximum(self, words: Words, at: int, days: float) -> tuple[Maximum | None, int]:
        """The limit told after *max* and the like, and the word after it. Without a period it limits no day.

        Args:
            words: the directions.
            at: the word after the phrase of the limit.
            days: 1 when the phrase itself says that it is for a day, else 0.
        """
        start = at
        while at < min(start + 4, len(words)) and not self.numbers(words, at)[0]:
            found = self._frequencies.phrase(words, at)
            if not found or found[1].kind not in {"word", "per", "times", "rate"}:
                return None, start
            days = 1.0 if (found[1].kind, found[1].value) == ("rate", 1.0) else days
            at += found[0]
        parts, end = self.numbers(words, at)
        if not parts:
            return None, start
        unit = self.unit(words, end)
        if unit and unit[1].kind in {"time", "per_person"}:
            if "/" not in words.raw[end]:
                return None, start
            unit = None  # "max 3/day"
        if unit and "/" not in words.raw[end]:
            end += unit[0]
        elif self._frequencies.kind(words, end) == "times":
            end += 1
        told, end = self._period(words, end)
        days = told or days
        doses = unit is None or unit[1].name == "dose"
        if not days or max(parts) <= 0:
            return None, end
        return Maximum(max(parts), None if doses or unit is None else unit[1], days), end

    def _period(self, words: Words, at: int) -> tuple[float, int]:
        """The days of `per day`, `/24h`, `in a 24 hour period`, `daily`; 0 where none are told."""
        start = at
        while at < len(words) and self._frequencies.kind(words, at) in {"per", "every"}:
            at += 1
        slash = at < len(words) and "/" in words.raw[at]
        number = 1.0
        if at < len(words) and is_number(words.words[at]):
            number, at = float(words.words[at]), at + 1
        found = self._frequencies.phrase(words, at)
        if found and found[1].kind == "period" and number and (at > start or slash):
            return number * found[1].value, at + found[0]
        if found and found[1].kind == "rate" and found[1].value == 1.0:
            return 1.0, at + found[0]
        return 0.0, start

    def days(self, words: Words, at: int) -> tuple[float, int]:
        """The days that are told at a word, as `7 days`, `2 weeks`, `10d`, and the word after them; 0: none are."""
        parts, end = self.numbers(words, at)
        found = self._frequencies.phrase(words, end) if parts else None
        if not parts or not found or found[1].kind != "period":
            return 0.0, at
        return parts[0] * found[1].value, end + found[0]

    def label(self, words: Words, at: int, after: int) -> tuple[float, int]:
        """How many days or weeks `day 1`, `days 2-5` or `week 1` are, and the word after it; 0: it is another use.

        Args:
            words: the directions.
            at: where the word *day* or *week* begins.
            after: the word after it.
        """
        before = self._frequencies.kind(words, at - 1) if at else ""
        if before in {"every", "per", "number"} or (at and is_number(words.words[at - 1])):
            return 0.0, at
        if after >= len(words) or not is_number(words.words[after]) or self.at(words, after):
            return 0.0, at
        first, end = float(words.words[after]), after + 1
        last = first
        joined = end < len(words) and (words.raw[end].strip() == "-" or words.words[end] in {"to", "through"})
        number = end + (0 if end < len(words) and is_number(words.words[end]) else 1)
        if joined and number < len(words) and is_number(words.words[number]):
            last, end = float(words.words[number]), number + 1
        return max(last - first + 1, 0.0), end

    def numbers(self, words: Words, at: int) -> tuple[tuple[float, ...], int]:
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
        if _slash(words, at):
            below = float(words.words[at])
            return (value / below, at + 1) if below else (None, at)
        if _slash(words, at + 1) and words.raw[at] in {" ", "-"} and float(words.words[at + 1]):
            # "1 1/2" and "1-1/2" are one and a half
            return value + float(words.words[at]) / float(words.words[at + 1]), at + 2
        return value, at


def hours_a_day(amount: Amount) -> float:
    """How often a day a rate's period passes."""
    return _HOURS_A_DAY / (amount.hours or 1.0)


def as_written(words: Words, start: int, end: int) -> str:
    """Words as they were written, with no blanks around the hyphen of a range."""
    rest = (("-" if words.raw[at].strip() == "-" else words.raw[at]) + words.words[at] for at in range(start + 1, end))
    return words.words[start] + "".join(rest)


def _slash(words: Words, at: int) -> bool:
    return (
        at < len(words)
        and words.raw[at].strip() == "/"
        and is_number(words.words[at])
        and is_number(words.words[at - 1])
    )
