"""How often a day: reads frequencies such as `BID`, `q4-6h prn`, `every morning and at bedtime`, `3 times a week`."""

import re
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import pandas as pd

from pipeline.normalise.strengths import rounded
from pipeline.normalise.words import Phrasebook, Words, is_number, split

# Clock times: 9:00 AM, 21:00, 8am, 0800.
_CLOCK = re.compile(
    r"\b(?:[01]?\d|2[0-3]):[0-5]\d\s*(?:[ap]\.?m\.?)?|\b(?:1[0-2]|0?[1-9])\s*[ap]\.?m\b\.?"
    r"|\b(?:[01]\d|2[0-3])[0-5]\d\b(?!\s*(?:m?c?g|ml|units?)\b)"
)
_HOURS_A_DAY = 24.0


@dataclass(frozen=True)
class Frequency:
    """How often a day at most. `times_per_day` None: not fixed, and `reason` says why.

    A single dose counts as one a day, with the reason `single dose`. `prn`: only as needed.
    """

    times_per_day: float | None
    prn: bool
    reason: str


@dataclass(frozen=True)
class _Item:
    """A phrase of a frequency: its kind (a kind of frequencies.csv, or `number`, `range`, `other`) and its value."""

    kind: str
    value: float
    text: str


class FrequencyReader:
    """Reads frequencies by the words of frequencies.csv.

    Kinds there: `rate` times a day; `interval` days between (`weekly`; hours also after a number: `8 hourly`); `moment`
    times of a day that count by themselves or when joined by *and*; `count` and `number` numbers; `every`, `per`,
    `times`, `period` (days) the words around numbers; `weekday`; `and`; `single`; `prn`; `unfixed`; `limit` and `span`
    end what is read (*max*, *for*); `word` an everyday word that must not be read as a route.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self._phrases: Phrasebook[_Item] = Phrasebook()
        for row in table.itertuples(index=False):
            self._phrases.add(row.text, _Item(row.kind, float(Fraction(row.value or "0")), row.text))

    def knows(self, words: Words, at: int) -> bool:
        return self._phrases.longest(words, at) is not None

    def number(self, words: Words, at: int) -> tuple[int, float] | None:
        """A number in words (`two`, `half`) at a word."""
        found = self._phrases.longest(words, at)
        return (found[0], found[1].value) if found and found[1].kind == "number" else None

    def read(self, text: str) -> Frequency:
        if not text.strip():
            return Frequency(None, False, "no frequency")
        clocks = len(_CLOCK.findall(text.lower()))
        items = self._items(_CLOCK.sub(" ", text.lower()) if clocks else text)
        prn = any(item.kind == "prn" for item in items)
        items = [item for item in items if item.kind != "prn"]
        unfixed = next((item.text for item in items if item.kind == "unfixed"), "")
        if unfixed:
            return Frequency(None, prn, f"not fixed: {unfixed}")
        said = _Said(by_day=float(clocks), only_moments=True)
        said.read(items)
        times = said.times_per_day()
        if said.conflict:
            return Frequency(None, prn, f'"{text.strip()}" says two frequencies')
        if times is not None and times > _HOURS_A_DAY:
            # "every 5 minutes as needed" is not for the whole day
            return Frequency(None, prn, "several times an hour: no daily limit")
        if times is None and (
            any(item.kind == "single" for item in items)
            or any((item.kind, item.value, after.kind) == ("number", 1, "times") for item, after in pairwise(items))
        ):
            return Frequency(1.0, prn, "single dose")
        if times is None:
            unknown = f'frequency "{text.strip()}" not understood'
            return Frequency(None, prn, "as needed, without a limit" if prn else unknown)
        return Frequency(times, prn, "")

    def _items(self, text: str) -> list[_Item]:
        words = split(text)
        items: list[_Item] = []
        at = 0
        while at < len(words):
            found = self._phrases.longest(words, at)
            if words.gaps[at] == "/" and found and found[1].kind == "period":
                items.append(_Item("per", 0, "/"))
            elif words.gaps[at] in {",", ";", "+", "/"}:
                items.append(_Item("and" if words.gaps[at] == "+" else "comma", 0, ","))
            if words.raw[at].strip() == "-" and at and is_number(words.words[at]) and is_number(words.words[at - 1]):
                items.append(_Item("range", 0, "-"))
            if found:
                if found[1].kind in {"limit", "span"}:
                    # What follows limits the frequency or ends the course; only "as needed" still counts there.
                    rest = [hit[1] for i in range(at + 1, len(words)) if (hit := self._phrases.longest(words, i))]
                    return items + [item for item in rest if item.kind == "prn"]
                items.append(found[1])
                at += found[0]
                continue
            if is_number(words.words[at]):
                items.append(_Item("number", float(words.words[at]), words.words[at]))
            else:
                items.append(_Item("other", 0, words.words[at]))
            at += 1
        return items


@dataclass
class _Said:
    """What a frequency says: times on a day (`by_day`), and on which share of the days (`share`)."""

    by_day: float = 0.0
    only_moments: bool = False  # by_day comes from moments (`at bedtime`) alone
    share: float = 0.0
    weekdays: float = 0.0
    conflict: bool = False

    def read(self, items: list[_Item]) -> None:
        at, joined = 0, ""
        while at < len(items):
            kind = items[at].kind
            rate, end = _rate(items, at)
            if rate is not None:
                self._rate(rate, joined)
                at, joined = end, ""
                continue
            if kind in {"and", "comma"}:
                joined = kind if joined != "and" else joined
            elif kind == "moment":
                # A moment adds to moments and, after *and*, to anything; otherwise it says when: "daily at bedtime".
                if not self.by_day or joined == "and" or (joined and self.only_moments):
                    self.only_moments = self.only_moments or not self.by_day
                    self.by_day += items[at].value
                joined = ""
            elif kind == "weekday":
                self.weekdays += items[at].value
                joined = ""
            at += 1

    def _rate(self, rate: float, joined: str) -> None:
        if rate < 1:
            self.conflict = self.conflict or self.share not in (0.0, rate)
            self.share = rate
        elif joined == "and" and self.by_day:
            self.by_day += rate
        elif self.by_day and not self.only_moments:
            # "daily" beside another rate says no more than that it is so each day
            self.conflict = self.conflict or (1.0 not in (rate, self.by_day) and rate != self.by_day)
            self.by_day = max(self.by_day, rate)
        else:
            self.by_day, self.only_moments = max(self.by_day, rate), False

    def times_per_day(self) -> float | None:
        share = max(self.share, min(self.weekdays, 7.0) / 7.0)
        if not self.by_day and not share:
            return None
        return rounded((self.by_day or 1.0) * (share or 1.0))  # six hours are a quarter of a day without remainder


def _rate(items: list[_Item], at: int) -> tuple[float | None, int]:
    """The rate a day that begins at an item, and the item after it."""
    item = items[at]
    if item.kind == "rate":
        return item.value, at + 1
    if item.kind == "interval":
        return 1.0 / item.value, at + 1
    if item.kind == "every":
        return _every(items, at + 1)
    if item.kind == "count":
        return _a_period(items, at + 1, item.value)
    if item.kind == "times":
        # "x3 daily", "x 3/day"; but "x 3 days" is how long
        _, highest, end = _number(items, at + 1)
        if highest and end < len(items) and items[end].kind in {"rate", "interval", "per"}:
            return _a_period(items, end, highest)
        return None, at
    lowest, highest, end = _number(items, at)
    if not highest or end >= len(items):
        return None, at
    following = items[end]
    if following.kind == "interval" and following.value < 1:
        return 1.0 / ((lowest or highest) * following.value), end + 1
    if following.kind == "times":
        return _a_period(items, end + 1, highest)
    if following.kind == "per":
        return _a_period(items, end, highest)
    if following.kind == "period" and following.value < 1 and at == 0:
        return 1.0 / ((lowest or highest) * following.value), end + 1
    return None, at


def _number(items: list[_Item], at: int) -> tuple[float, float, int]:
    """A number or a range of two: the lowest, the highest (0: there is none), and the item after it."""
    if at >= len(items) or items[at].kind != "number":
        return 0.0, 0.0, at
    first = items[at].value
    if at + 2 < len(items) and items[at + 2].kind == "number" and items[at + 1].text in {"-", "to", "or"}:
        second = items[at + 2].value
        return min(first, second), max(first, second), at + 3
    return first, first, at + 1


def _every(items: list[_Item], at: int) -> tuple[float | None, int]:
    """After *every*: `6 hours`, `4-6 h`, `day`, or a number that can only be hours: `q8`."""
    lowest, _, end = _number(items, at)
    if end < len(items) and items[end].kind in {"period", "interval"} and (lowest or end == at):
        return 1.0 / ((lowest or 1.0) * items[end].value), end + 1
    if lowest >= 2 and (end >= len(items) or items[end].kind != "other"):
        return 24.0 / lowest, end
    return None, at


def _a_period(items: list[_Item], at: int, times: float) -> tuple[float | None, int]:
    """How often a day `times` in a period is: `a day`, `per week`, `daily`, `in 24 hours`."""
    start = at
    while at < len(items) and (items[at].kind in {"per", "every"} or items[at].text == "in"):
        at += 1
    lowest, _, at = _number(items, at)
    if at >= len(items) or items[at].kind not in {"period", "rate", "interval"}:
        return None, start
    if items[at].kind == "rate":
        return times * items[at].value, at + 1
    return times / (items[at].value * (lowest or 1.0)), at + 1
