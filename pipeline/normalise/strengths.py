"""Amounts with units: what a dose or a strength says, in canonical units."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from pipeline.normalise.words import Phrasebook, Words, is_number, split


@dataclass(frozen=True)
class Quantity:
    """An amount: `value` in `unit` (`mg`, `unit`, `mEq`, `mmol`), `per` a tablet, mL, g, hour …; empty: not said.

    `volume`: the mL of which a text tells the amount, as of `40 mg/0.4 mL`: what a syringe of it holds. 0: not told.
    """

    value: float
    unit: str
    per: str
    volume: float = field(default=0.0, compare=False)


@dataclass(frozen=True)
class Unit:
    """A unit as written: `factor` turns it into `name`. `kind`: mass, amount, volume, time, count or per_person."""

    name: str
    factor: float
    kind: str


def rounded(value: float) -> float:
    """Without the last digits of floating-point sums: three times 0.1 mg is 0.3 mg, and meets a limit of 0.3."""
    return float(f"{value:.12g}")


def read_units(table: pd.DataFrame) -> Phrasebook[Unit]:
    book: Phrasebook[Unit] = Phrasebook()
    for row in table.itertuples(index=False):
        book.add(row.text, Unit(row.unit, float(row.factor), row.kind))
    return book


_MEASURED = {"mass", "amount", "volume", "time"}
_PERCENT = Unit("mg", 10.0, "percent")


class Strengths:
    """Reads the strengths within a drug text."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self.units = read_units(tables["units"])

    def run(self, text: Words, start: int, semisolid: bool = False) -> tuple[int, tuple[Quantity, ...]]:
        """The strengths that begin with the number at `start` (`5-325 mg`, `12.5mg/5ml`), and the word after them.

        A number without a unit has the unit ''. Volumes and times that are no denominator are left out.
        """
        amounts: list[tuple[float, Unit | None]] = []
        per, divisor, at = "", 1.0, start
        while True:
            value, at = float(text.words[at]), at + 1
            unit, at = self._unit(text, at)
            amounts.append((value, unit))
            if unit and at < len(text) and text.raw[at] == "-":
                at = self._further_units(text, at, amounts)
            if at >= len(text):
                break
            between = text.raw[at].strip()
            if between == "/" or text.words[at] == "per":
                found = self._denominator(text, at if between == "/" else at + 1, unit)
                if found:
                    told = is_number(text.words[at if between == "/" else at + 1])
                    per, divisor, at = found
                    quantities = self._quantities(amounts, per, divisor, semisolid)
                    if told and per == "mL":
                        quantities = tuple(replace(one, volume=divisor) for one in quantities)
                    return self._with_next(text, at, quantities, semisolid)
            if not is_number(text.words[at]) or between not in {"-", "/", ":"} or (unit and between == ":"):
                break  # "1:1000" is one strength; after "300 mg:" directions begin
        return at, self._quantities(amounts, per, divisor, semisolid)

    def _further_units(self, text: Words, at: int, amounts: list[tuple[float, Unit | None]]) -> int:
        """The units of `600-400 mg-unit`, one for each number. As many units as numbers, or none is certain."""
        units: list[Unit | None] = [amounts[-1][1]]
        while at < len(text) and text.raw[at] == "-" and not is_number(text.words[at]):
            unit, after = self._unit(text, at)
            if unit is None or unit.kind not in {"mass", "amount", "percent"}:
                break
            units.append(unit)
            at = after
        if len(units) > 1:
            if len(units) != len(amounts) or any(unit for _, unit in amounts[:-1]):
                units = [None] * len(amounts)
            amounts[:] = [(value, unit) for (value, _), unit in zip(amounts, units, strict=True)]
        return at

    def _with_next(
        self, text: Words, at: int, quantities: tuple[Quantity, ...], semisolid: bool
    ) -> tuple[int, tuple[Quantity, ...]]:
        """With the next strength, if it is per the same: `87 mcg/dose / 5 mcg/dose`."""
        if at < len(text) and text.raw[at] == "-" and not is_number(text.words[at]) and self._unit(text, at)[0]:
            return self._unit(text, at)[1], ()  # "1-0.9 g/200 mL-%": of which of the two is not said
        if at < len(text) and text.raw[at].strip() == "/" and is_number(text.words[at]):
            end, further = self.run(text, at, semisolid)
            if quantities and further and {amount.per for amount in further} == {quantities[0].per}:
                return end, quantities + further
        return at, quantities

    def without_equivalents(self, text: Words) -> Words:
        """`220 (50 Zn) mg` as `220 mg`, `108 (90 base) mcg` as `90 mcg`.

        Between a number and its unit, brackets give the same amount as an element, or as the base: the ingredient.
        """
        words, gaps, raw = text.words, text.gaps, text.raw
        for at in range(len(words) - 1, 0, -1):
            if "(" not in raw[at] or not (is_number(words[at]) and is_number(words[at - 1])):
                continue
            end = next((i for i in range(at + 1, len(words)) if ")" in raw[i]), 0)
            found = self.units.longest(text, end) if end and text.gaps[end] == ")" else None
            if found and found[1].kind in {"mass", "amount"}:
                number = words[at] if "base" in words[at:end] else words[at - 1]
                words = [*words[: at - 1], number, *words[end:]]
                gaps, raw = [*gaps[:at], "", *gaps[end + 1 :]], [*raw[:at], " ", *raw[end + 1 :]]
                text = Words(words, gaps, raw)
        return text

    def _unit(self, text: Words, at: int) -> tuple[Unit | None, int]:
        if at >= len(text) or text.gaps[at]:
            return None, at
        if text.words[at] == "%":
            return _PERCENT, at + 1
        for count, unit in self.units.at(text, at):
            if unit.kind in _MEASURED:
                return unit, at + count
        return None, at

    def _denominator(self, text: Words, at: int, unit: Unit | None) -> tuple[str, float, int] | None:
        """What the amount is per: its name, how much of it, and the word after it. None: it is another strength."""
        if unit is None or unit.kind not in {"mass", "amount", "volume"} or at >= len(text):
            return None
        number = 1.0
        if counted := is_number(text.words[at]):
            number, at = float(text.words[at]), at + 1
        found = self.units.longest(text, at) if at < len(text) else None
        if not found or number == 0:
            return None
        count, below = found
        if at + count < len(text) and is_number(text.words[at + count]) and not text.raw[at + count]:
            return None  # "25000 units/D5W"
        if unit.kind == "volume":
            return ("", 1.0, at + count) if below.kind == "time" else None  # "55 mL/hour" is no strength
        if below.kind == "mass":
            # "5 mg/g" is per gram, but "5 mg/325 mg" are two strengths.
            return None if counted else ("g", below.factor / 1000.0, at + count)
        if below.kind == "amount":
            return None
        return below.name, number * below.factor, at + count

    @staticmethod
    def _quantities(
        amounts: list[tuple[float, Unit | None]], per: str, divisor: float, semisolid: bool
    ) -> tuple[Quantity, ...]:
        quantities: list[Quantity] = []
        unit: Unit | None = None
        for value, own in reversed(amounts):
            unit = own or unit  # "8.6-50 mg": the unit of the last counts for those before
            if unit is None:
                quantities.append(Quantity(value, "", ""))
            elif unit.kind == "percent":
                quantities.append(Quantity(rounded(value * unit.factor), "mg", "g" if semisolid else "mL"))
            elif unit.kind in {"mass", "amount"}:
                quantities.append(Quantity(rounded(value * unit.factor / divisor), unit.name, per))
        # "0 mg" is what some systems write where they do not know the strength.
        return tuple(reversed(quantities)) if all(one.value for one in quantities) else ()

    def fixed(self, strengths: str) -> tuple[Quantity, ...]:
        """The strengths that a name fixes: `800 mg;160 mg`."""
        found: list[Quantity] = []
        for one in filter(str.strip, strengths.split(";")):
            text = split(one)
            if text.words and is_number(text.words[0]):
                found.extend(self.run(text, 0)[1])
        return tuple(found)
