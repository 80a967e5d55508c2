"""What the phrases of a frequency amount to: so many times on a day, on such a share of the days."""

from dataclasses import dataclass

from pipeline.normalise.strengths import rounded


@dataclass(frozen=True)
class Item:
    """A phrase of a frequency: its kind (a kind of frequencies.csv, or `number`, `range`, `other`) and its value."""

    kind: str
    value: float
    text: str


@dataclass
class Said:
    """What the words of a frequency say: times on a day (`by_day`), and on which share of the days (`share`)."""

    by_day: float = 0.0
    only_moments: bool = False  # by_day comes from moments (`at bedtime`) alone
    named: float = 0.0  # moments that say when the times of a rate are
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
            if kind in {"and", "comma", "range"}:
                joined = kind if joined != "and" else joined
            elif kind == "moment":
                self._moment(items[at].value, joined)
                joined = ""
            elif kind == "weekday":
                self.weekdays += 0.0 if left_out else items[at].value
                self.excepted += items[at].value if left_out else 0.0
                joined = ""
            elif kind == "until":
                self.conflict = True  # "Wed through Sun": which days lie between is not known
            at += 1

    def _moment(self, times: float, joined: str) -> None:
        """A moment adds to moments and, after *and*, to anything; otherwise it says when: "daily at bedtime".

        Moments that are together as many as the rate say when, too: "4 times daily with meals and nightly".
        """
        all_named = self.named > 0 and self.named + times == self.by_day
        if not self.by_day or (joined and self.only_moments) or (joined == "and" and not all_named):
            self.only_moments = self.only_moments or not self.by_day
            self.by_day += times
        elif not self.only_moments:
            self.named += times

    def _rate(self, rate: float, joined: str) -> None:
        if joined == "range" and rate >= 1 and self.by_day:
            self.by_day = max(self.by_day, rate)  # "BID-TID"
        elif rate < 1:
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
    if following.kind == "period" and following.value == 1 and _of_longer(items, end + 1):
        return highest / items[end + 2].value, end + 3  # "6 days a week"
    if following.kind == "period" and following.value < 1 and at == 0:
        return 1.0 / ((lowest or highest) * following.value), end + 1
    return None, at


def _of_longer(items: list[Item], at: int) -> bool:
    """Whether *a week* or the like begins at an item."""
    two = [(item.kind, item.value) for item in items[at : at + 2]]
    return len(two) == 2 and two[0][0] in {"per", "every"} and two[1][0] == "period" and two[1][1] > 1


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
