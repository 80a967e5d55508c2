"""How often a day: reads frequencies such as `BID`, `q4-6h prn`, `every morning and at bedtime`, `3 times a week`."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import pandas as pd

from pipeline.normalise.clocks import CLOCK, CLOCK_WORD
from pipeline.normalise.strengths import rounded
from pipeline.normalise.words import Phrasebook, Words, is_number, split

_HOURS_A_DAY = 24.0
# Kinds that end what is read as a frequency: what follows limits it, ends the course, or speaks of something else.
_ENDS = {"limit", "span", "remark", "reason", "end"}
_UNFIXED = {"unfixed", "elsewhere", "then", "change", "taper"}
# Kinds that say by themselves how often something is taken.
_TELLING = {"rate", "interval", "every", "moment", "count", "weekday", "single", "prn", "unfixed", "elsewhere", "taper"}


@dataclass(frozen=True)
class Frequency:
    """How often a day at most. `times_per_day` None: not fixed, and `reason` says why.

    A single dose counts as one a day, with the reason `single dose`. `prn`: only as needed.
    """

    times_per_day: float | None
    prn: bool
    reason: str


@dataclass(frozen=True)
class Item:
    """A phrase of a frequency: its kind (a kind of frequencies.csv, or `number`, `range`, `other`) and its value."""

    kind: str
    value: float
    text: str


class FrequencyReader:
    """Reads frequencies by the words of frequencies.csv.

    Kinds there: `rate` times a day; `interval` days between (`weekly`; hours also after a number: `8 hourly`); `moment`
    times of a day that count by themselves or when joined by *and*; `count` and `number` numbers; `every`, `per`,
    `times`, `period` (days) the words around numbers; `weekday`; `except` before days that are left out; `and`;
    `single`; `prn`; `unfixed`, and `elsewhere` when other words of the order may tell it; `limit` and `span` end what
    is read (*max*, *for*), as do `remark` (*hold if*), `end` (*stop*) and `reason` (*related to*). `then`, `taper` and
    `change` (*increase by*) tell of steps, `sides` how many sides get a dose each, `over` how long one takes, `verb`
    where directions begin; `upto` is a limit after a dose; `word` is an everyday word that must not be read as a route.
    """

    def __init__(self, table: pd.DataFrame) -> None:
        self._phrases: Phrasebook[Item] = Phrasebook()
        for row in table.itertuples(index=False):
            self._phrases.add(row.text, Item(row.kind, float(Fraction(row.value or "0")), row.text))

    def phrase(self, words: Words, at: int) -> tuple[int, Item] | None:
        """The longest phrase that begins at a word: how many words, and what it is."""
        return self._phrases.longest(words, at) if at < len(words) else None

    def kind(self, words: Words, at: int) -> str:
        """The kind of the phrase at a word, or '' where none begins."""
        found = self.phrase(words, at)
        return found[1].kind if found else ""

    def number(self, words: Words, at: int) -> tuple[int, float] | None:
        """A number in words (`two`, `half`) at a word."""
        found = self.phrase(words, at)
        return (found[0], found[1].value) if found and found[1].kind == "number" else None

    def tells(self, text: str) -> bool:
        """Whether a text has any word that says how often; `24 hour` alone is rather the name of a tablet."""
        items = self._items(text)
        kinds = {item.kind for item in items}
        return bool(
            kinds & _TELLING
            or any(item.text == CLOCK_WORD for item in items)
            or ("period" in kinds and kinds & {"times", "per"})
        )

    def silent(self, text: str) -> bool:
        """Whether a text has nothing but small words."""
        return all(item.kind in {"word", "and", "comma", "verb", "per"} for item in self._items(text))

    def elsewhere(self, text: str) -> bool:
        """Whether a text leaves it to other words of the order how often: `see instructions`."""
        return any(item.kind == "elsewhere" for item in self._items(text))

    def read(self, text: str) -> Frequency:
        """What a text says, as it stands in a column of frequencies."""
        if not text.strip():
            return Frequency(None, False, "no frequency")
        clocks = len(CLOCK.findall(text.lower()))
        items = self._items(CLOCK.sub(" ", text.lower()) if clocks else text)
        clocks += sum(item.text == CLOCK_WORD for item in items)
        prn = any(item.kind == "prn" for item in items)
        items = [item for item in items if item.kind != "prn"]
        unfixed = next((item.text for item in items if item.kind in _UNFIXED), "")
        if unfixed:
            return Frequency(None, prn, f"not fixed: {unfixed}")
        said = _Said(by_day=float(clocks), only_moments=True)
        said.read(_without_pauses(items, said))
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

    def _items(self, text: str) -> list[Item]:
        words = split(text)
        items: list[Item] = []
        at = 0
        while at < len(words):
            found = self._phrases.longest(words, at)
            if words.gaps[at] == "/" and found and found[1].kind == "period":
                items.append(Item("per", 0, "/"))
            elif words.gaps[at] in {",", ";", "+", "/"}:
                items.append(Item("and" if words.gaps[at] == "+" else "comma", 0, ","))
            if words.raw[at].strip() == "-" and at and is_number(words.words[at]) and is_number(words.words[at - 1]):
                items.append(Item("range", 0, "-"))
            if found and found[1].kind in _ENDS and not (found[1].kind == "end" and _after_pause(items)):
                # Only "as needed" still counts there.
                rest = [hit[1] for i in range(at + 1, len(words)) if (hit := self._phrases.longest(words, i))]
                return items + [item for item in rest if item.kind == "prn"]
            if found:
                items.append(found[1])
                at += found[0]
                continue
            if is_number(words.words[at]):
                items.append(Item("number", float(words.words[at]), words.words[at]))
            else:
                items.append(Item("other", 0, words.words[at]))
            at += 1
        return items


def _after_pause(items: list[Item]) -> bool:
    """Whether an *off* here belongs to `12 hours on, 12 hours off`: a number of hours or days and *on* went before."""
    kinds = [item.kind for item in items]
    return any(item.text == "on" for item in items) and "number" in kinds


def _without_pauses(items: list[Item], said: "_Said") -> list[Item]:
    """Without `12 hours on, 12 hours off`, which is once in the hours of both; of days it says nothing of a day."""
    if not any(item.kind == "end" for item in items):
        return items
    beside = {"period", "end"}
    numbers = [
        at
        for at, item in enumerate(items)
        if item.kind == "number"
        and (items[at + 1 : at + 2] and items[at + 1].kind in beside or (at and items[at - 1].kind == "end"))
    ]
    period = next((item for item in items if item.kind == "period"), None)
    if len(numbers) != 2 or period is None:
        return items
    if period.value < 1 and not said.by_day:
        said.by_day = 1.0 / (sum(items[at].value for at in numbers) * period.value)
    return [item for item in items if item.kind not in {"number", "period", "end"}]


@dataclass
class _Said:
    """What a frequency says: times on a day (`by_day`), and on which share of the days (`share`)."""

    by_day: float = 0.0
    only_moments: bool = False  # by_day comes from moments (`at bedtime`) alone
    share: float = 0.0
    weekdays: float = 0.0
    excepted: float = 0.0  # days of the week that are left out
    conflict: bool = False

    def read(self, items: list[Item]) -> None:
        at, joined, left_out = 0, "", False
        while at < len(items):
            kind = items[at].kind
            left_out = left_out or kind == "except"
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
                self.weekdays += 0.0 if left_out else items[at].value
                self.excepted += items[at].value if left_out else 0.0
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
        if 0.0 < self.excepted < 7.0:
            share = 1.0 - self.excepted / 7.0
        if not self.by_day and not share:
            return None
        return rounded((self.by_day or 1.0) * (share or 1.0))  # six hours are a quarter of a day without remainder


def _rate(items: list[Item], at: int) -> tuple[float | None, int]:
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


def _number(items: list[Item], at: int) -> tuple[float, float, int]:
    """A number or a range of two: the lowest, the highest (0: there is none), and the item after it."""
    if at >= len(items) or items[at].kind != "number":
        return 0.0, 0.0, at
    first = items[at].value
    if at + 2 < len(items) and items[at + 2].kind == "number" and items[at + 1].text in {"-", "to", "or"}:
        second = items[at + 2].value
        return min(first, second), max(first, second), at + 3
    return first, first, at + 1


def _every(items: list[Item], at: int) -> tuple[float | None, int]:
    """After *every*: `6 hours`, `4-6 h`, `day`, or a number that can only be hours: `q8`."""
    lowest, _, end = _number(items, at)
    if end < len(items) and items[end].kind in {"period", "interval"} and (lowest or end == at):
        return 1.0 / ((lowest or 1.0) * items[end].value), end + 1
    if lowest >= 2 and (end >= len(items) or items[end].kind != "other"):
        return 24.0 / lowest, end
    return None, at


def _a_period(items: list[Item], at: int, times: float) -> tuple[float | None, int]:
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
