"""Free directions taken apart: doses, how often, route, why, how long, the most allowed, and the steps of a taper."""

import re
from dataclasses import dataclass, replace

from pipeline.normalise.amounts import Amounts, Maximum
from pipeline.normalise.clocks import without_clocks
from pipeline.normalise.frequency import Frequency, FrequencyReader
from pipeline.normalise.segments import Segment
from pipeline.normalise.sig_words import Reading, SigWords
from pipeline.normalise.steps import Step, stepped, turns_of
from pipeline.normalise.strengths import Quantity
from pipeline.normalise.until import Until
from pipeline.normalise.words import Phrasebook, Words, is_number, split

_BLANKS = re.compile(r"[^\S\n]+")
_COMMAS = re.compile(r"(?:\s*,)+\s*")
# "daily, Sundays hold": the day named is the one on which it is not given.
_LEFT_OUT = {"hold", "held", "skip", "omit"}
_MEASURED = {"mass", "amount"}
_PLURAL = re.compile(r"\(s\)", re.IGNORECASE)


@dataclass(frozen=True)
class Sig:
    """Free directions taken apart. `dose` can be a range (`1-2`) or the doses of one day (`10+20`).

    `when`: what `frequency` means. `reason`: why there is no daily dose. `indication`: why it is given. `maximum`: the
    most allowed. `days`: how long the whole order runs, only when every word of it was understood; a single dose runs
    for one. `until`: the last day as it is written. `steps`: doses that follow each other. `turns`: doses of one day,
    each with its own times. `strength`: of one tablet or mL, as the directions say it. `total`: dose and unit in mg of
    what `dose` counts, for an order whose strength is not known. `sides`: how many eyes, ears or nostrils get the dose.
    """

    dose: str
    dose_unit: str
    frequency: str
    route: str
    prn: bool
    reason: str
    when: Frequency = Frequency(None, False, "no frequency")
    indication: str = ""
    maximum: Maximum | None = None
    days: int | None = None
    steps: tuple[Step, ...] = ()
    turns: tuple[Step, ...] = ()
    strength: Quantity | None = None
    total: tuple[str, str] | None = None
    sides: int = 1
    until: str = ""


class SigReader:
    """Reads free directions by the words of the reference."""

    def __init__(
        self, frequencies: FrequencyReader, amounts: Amounts, routes: Phrasebook[tuple[str, str]], until: Until
    ) -> None:
        self._frequencies = frequencies
        self._until = until
        self._amounts = amounts
        self._words = SigWords(frequencies, amounts, routes)

    def read(self, text: str) -> Sig:
        """The directions of one order."""
        text, until = self._until.taken_out(_BLANKS.sub(" ", text))
        plain = without_clocks(_PLURAL.sub("s", text), lambda after: self._unit_follows(after))
        return replace(self._sig(self._words.read(plain, text)), until=until)

    def of_order_text(self, text: str) -> str:
        """The directions within a drug text: from the first verb after the name on, or from the first number on where
        no verb tells it. Empty where nothing after it says how often, or after a verb how much."""
        words = split(text)
        verb = next((at for at in range(1, len(words)) if self._frequencies.kind(words, at) == "verb"), None)
        number = next((at for at in range(1, len(words)) if is_number(words.words[at])), None)
        for start in (verb, number):
            rest = self._rest(words, start, counted=start == number and start != verb) if start else ""
            sig = self.read(rest)
            if self._frequencies.tells(sig.frequency) or sig.steps or (start == verb and sig.dose):
                return rest
        return ""

    def _rest(self, words: Words, start: int, counted: bool) -> str:
        """The words from one on; `counted`: after the strength, where a number of tablets follows it."""
        before = ""
        while counted and (strength := self._amounts.at(words, start)) and strength.unit.kind in _MEASURED:
            at = strength.end
            while at < len(words) and not self._amounts.numbers(words, at)[0]:
                if self._frequencies.kind(words, at) not in {"", "word"}:
                    break
                at += 1
            of = self._amounts.unit(words, at - 1) if at > strength.end else None
            whole = self._amounts.unit(words, strength.end)
            dose = self._amounts.at(words, at)
            if dose is None:
                if whole and whole[1].name == "syringe" and strength.strength:
                    start, before = strength.end, "1 "  # "40 mg/0.4 mL syringe daily"
                break
            is_count = dose.unit.kind == "count"
            if not is_count and not (of and of[1].kind == "count" and "(" not in words.raw[at]):
                break
            if is_count and "(" in words.raw[at] and words.raw[dose.end : dose.end + 1] != [" = "] and dose.dose != "1":
                return ""  # "500 mg (2 tablets)": together, or each
            start = at
        rest = "".join(f"{raw}{word}" for raw, word in zip(words.raw[start:], words.words[start:], strict=True))
        return before + rest.strip(" -,;:([")

    def _unit_follows(self, after: str) -> bool:
        words = split(after)
        return bool(words.words) and (words.words[0] == "%" or self._amounts.unit(words, 0) is not None)

    def _sig(self, reading: Reading) -> Sig:
        segments = [one for one in reading.segments if not one.empty]
        merged: list[Segment] = []
        for one in segments:
            loose = not one.doses and not one.change and not (one.then and one.frequency)
            if merged and (loose or not (merged[-1].doses or merged[-1].change)):
                merged[-1].take(one)
            else:
                merged.append(one)
        everything = [dose for one in merged for dose in one.doses]
        frequency = "".join((one.joined if at else "") + one.frequency for at, one in enumerate(merged))
        frequency = _COMMAS.sub(", ", frequency).strip(" ,;-/:")
        when = self._frequencies.read(frequency)
        prn = reading.prn or when.prn
        base = Sig(
            "", "", frequency, reading.route, prn, "", when, _told(reading.reason_words), reading.maximum,
            strength=reading.strength, sides=reading.sides,
        )  # fmt: skip
        if len(reading.scale) > 1 or (reading.scale and not everything):
            highest = max(reading.scale, key=lambda one: max(self._amounts.numbers(split(one.dose), 0)[0]))
            when = Frequency(None, prn, "not fixed: sliding scale")
            return replace(base, dose=highest.dose, dose_unit=highest.dose_unit, when=when, reason=when.reason)
        steps = stepped(merged, self._frequencies, self._amounts, reading.taper)
        if steps:
            top = steps[0]
            known = all(step.days for step in steps)
            days = round(sum(step.days for step in steps)) if known and (reading.ended or reading.whole) else None
            return replace(base, dose=top.dose, dose_unit=top.dose_unit, when=top.when, steps=steps, days=days)
        if reading.taper and when.times_per_day is None or (reading.taper and len(everything) > 1):
            when = Frequency(None, prn, "not fixed: taper")
        lasts = merged[0].days if len(merged) == 1 and reading.whole and not merged[0].labelled else 0
        if reading.whole and when.reason == "single dose" and not prn:
            lasts = 1
        turns = self._either(turns_of(merged, self._frequencies))
        if _LEFT_OUT.intersection(reading.words.words) and self._names_days(frequency):
            when = Frequency(None, prn, "which days are left out is not understood")
        if not turns and self._half_understood(merged):
            when = Frequency(None, prn, f'frequency "{frequency}" not understood')
        dose, unit, reason, total, strength = _one_dose(merged)
        return replace(
            base, dose=dose, dose_unit=unit, when=when, turns=turns, total=total,
            reason=reason or ("" if when.times_per_day else when.reason),
            days=round(lasts) or None, strength=base.strength or strength,
        )  # fmt: skip

    def _either(self, turns: tuple[Step, ...]) -> tuple[Step, ...]:
        """`1 tab q6h prn pain, 2 tabs q6h prn severe pain` is one dose or the other: the larger is the most."""
        if len({turn.when for turn in turns}) != 1 or not turns[0].when.prn:
            return turns
        amounts = [self._amounts.read(turn.dose, turn.dose_unit) for turn in turns]
        if len({one.unit for one in amounts}) != 1:
            return turns
        most = max(range(len(turns)), key=lambda at: max(amounts[at].parts, default=0.0))
        return (turns[most],)

    def _names_days(self, frequency: str) -> bool:
        words = split(frequency)
        return any(self._frequencies.kind(words, at) == "weekday" for at in range(len(words)))

    def _half_understood(self, segments: list[Segment]) -> bool:
        """Whether of doses that differ only some have times that are known: `5 mg MWF and 2.5 mg on other days`."""
        dosed = [one for one in segments if one.doses]
        tells = [self._frequencies.tells(one.frequency) for one in dosed]
        unknown = any(
            not told and not self._frequencies.silent(one.frequency) for one, told in zip(dosed, tells, strict=True)
        )
        return any(tells) and unknown and len({dose.dose for one in dosed for dose in one.doses}) > 1


def _told(words: list[str]) -> str:
    """Why it is given, without the small words that were left at either end."""
    loose = {"for", "the", "at", "in", "and", "or", "with", "before", "after", "on", "of", "to", "a", ","}
    while words and words[-1].strip() in loose:
        words = words[:-1]
    while words and words[0].strip() in loose:
        words = words[1:]
    return "".join(words).strip(" -/,")


def _one_dose(segments: list[Segment]) -> tuple[str, str, str, tuple[str, str] | None, Quantity | None]:
    """The dose of directions that may name several: those of one day are joined by `+`.

    Returns dose, unit, why there is none, the same dose in mg where it is counted, and the strength of one.
    """
    segments = [one.given() for one in segments]
    doses = [dose for one in segments for dose in one.doses]
    if not doses:
        return "", "", "no dose", None, None
    first = doses[0]
    if len({dose.unit for dose in doses}) > 1:
        for one in segments:
            both = one.counted_and_measured()
            if both:
                return both
    same = [dose.dose for dose in doses if dose.unit == first.unit]
    if len(same) == len(doses) and len(set(same)) > 1:
        return "+".join(same), first.dose_unit, "", None, None
    return first.dose, first.dose_unit, "", None, None
