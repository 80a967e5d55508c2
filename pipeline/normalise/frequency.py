"""How often a day: reads frequencies such as `BID`, `q4-6h prn`, `every morning and at bedtime`, `3 times a week`."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

import pandas as pd

from pipeline.normalise.clocks import CLOCK, CLOCK_WORD
from pipeline.normalise.rates import Item, Said
from pipeline.normalise.words import Phrasebook, Words, is_number, split

_HOURS_A_DAY = 24.0
# Kinds that end what is read as a frequency: what follows limits it, ends the course, or speaks of something else.
_ENDS = {"limit", "span", "remark", "reason", "end", "until"}
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


class FrequencyReader:
    """Reads frequencies by the words of frequencies.csv.

    Kinds there: `rate` times a day; `interval` days between (`weekly`; hours also after a number: `8 hourly`); `moment`
    times of a day that count by themselves or when joined by *and*; `count` and `number` numbers; `every`, `per`,
    `times`, `period` (days) the words around numbers; `weekday`; `except` before days that are left out; `and`;
    `single`; `prn`; `unfixed`, and `elsewhere` when other words of the order may tell it; `limit` and `span` end what
    is read (*max*, *for*), as do `remark` (*hold if*), `end` (*stop*), `until` and `reason` (*related to*). `then`,
    `taper` and `change` (*increase by*) tell of steps, `sides` how many sides get a dose each, `over` how long one
    takes, `waking` (*while awake*) hours of which a day has an unknown number, `verb` where directions begin; `upto`
    is a limit after a dose; `word` is an everyday word that must not be read as a route.
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
        waking = next((item.text for item in items if item.kind == "waking"), "")
        if waking and any(item.kind == "every" or (item.kind == "interval" and item.value < 1) for item in items):
            unfixed = unfixed or waking  # of how many hours the day consists is not told
        if unfixed:
            return Frequency(None, prn, f"not fixed: {unfixed}")
        said = Said(by_day=float(clocks), only_moments=True)
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
            if (
                words.raw[at].strip() == "-"
                and found
                and found[1].kind == "rate"
                and items
                and items[-1].kind == "rate"
            ):
                items.append(Item("range", 0, "-"))
            pausing = found and found[1].kind == "end" and _after_pause(items)
            days = found and found[1].kind == "until" and items[-1:] and items[-1].kind == "weekday"
            if found and found[1].kind in _ENDS and not pausing and not days:
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


def _without_pauses(items: list[Item], said: Said) -> list[Item]:
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
