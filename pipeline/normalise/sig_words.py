"""Free directions word by word: each phrase is a dose, a time, a route, a reason, a limit, a length or a remark."""

from dataclasses import replace

from pipeline.normalise.amounts import Amounts, Stated, as_written
from pipeline.normalise.frequency import FrequencyReader
from pipeline.normalise.rates import Item
from pipeline.normalise.segments import Reading, Segment, capitals
from pipeline.normalise.strengths import Quantity, Unit, rounded
from pipeline.normalise.titration import change_at
from pipeline.normalise.words import Phrasebook, Words, is_number, split

_A_WEEK = 7.0
_MEASURED = {"mass", "amount"}
_MOST_AT_ONCE = 10.0  # a larger bare number is no count of tablets
_APART = set(",;:()[]")  # signs that keep two numbers apart
_COUNTED = Unit("each", 1.0, "count")
# What ends the words of a reason.
_STRONG = {
    "rate", "interval", "moment", "every", "count", "single", "prn", "limit", "span", "weekday", "unfixed", "then",
    "remark", "until", "over", "verb", "end", "change", "taper", "reason", "upto", "elsewhere", "sides",
}  # fmt: skip


class SigWords:
    """Reads directions from left to right by the words of the reference."""

    def __init__(self, frequencies: FrequencyReader, amounts: Amounts, routes: Phrasebook[tuple[str, str]]) -> None:
        self._frequencies = frequencies
        self._amounts = amounts
        self._routes = routes

    def read(self, plain: str, written: str) -> Reading:
        """What a text says.

        Args:
            plain: the text without clock times.
            written: the text as it was, whose capitals tell *IT* from *it*.
        """
        reading = Reading(split(plain), capitals(written))
        at = 0
        while at < len(reading.words):
            self._boundary(reading, at)
            at = self._one(reading, at)
        return reading

    @staticmethod
    def _boundary(reading: Reading, at: int) -> None:
        """A new segment where a sentence, or a part of one, begins."""
        raw = reading.words.raw[at]
        if at and any(sign in raw for sign in (";", "\n", ", ", ". ", "|")) or raw.endswith(","):
            reading.collecting = False
            reading.segments.append(Segment(joined=", "))

    def _one(self, reading: Reading, at: int) -> int:
        """Reads what begins at a word; returns the word after it."""
        words = reading.words
        found = self._frequencies.phrase(words, at)
        kind = found[1].kind if found else ""
        after = at + found[0] if found else at + 1
        if reading.collecting:
            if not self._ends_reason(words, at, kind):
                joined = words.raw[at].strip()
                reading.reason_words.append((joined if joined in {"-", "/"} else " ") + words.words[at])
                return at + 1
            reading.collecting = False
        if is_number(words.words[at]) and "#" in words.raw[at] and float(words.words[at]) > _MOST_AT_ONCE:
            stated = self._amounts.at(words, at)  # "# 60 tabs": how many are dispensed
            reading.whole = False
            return stated.end if stated else at + 1
        if kind in {"", "number"} or is_number(words.words[at]):
            end = self._dose(reading, at)
            if end > at:
                return end
        handlers = {
            "then": self._then, "remark": self._remark, "end": self._remark, "until": self._remark,
            "limit": self._limit, "upto": self._limit, "over": self._over, "change": self._change, "span": self._span,
            "reason": self._because, "prn": self._prn, "taper": self._taper, "sides": self._sides,
            "period": self._label, "times": self._times, "single": self._times,
        }  # fmt: skip
        among_days = kind == "until" and self._frequencies.kind(words, after) == "weekday"  # "Wed through Sun"
        if found and kind in handlers and not among_days:
            end = handlers[kind](reading, at, after, found[1].value)
            if end > at:
                return end
        if found and reading.segment.days and self._again(words, at, found):
            # "for 7 days every month" runs on, and says nothing of a day
            reading.whole, reading.segment.days = False, 0.0
            return after + 1 if kind == "every" else after
        route = self._routes.longest(words, at)
        if route and self._is_route(reading, at, route[0], kind):
            reading.route = reading.route or route[1][0]
            return at + route[0]
        if found and kind == "verb":
            return after
        reading.segment.keep(words, at, after)
        if kind in {"unfixed", "elsewhere"} or (not found and not is_number(words.words[at])):
            reading.whole = False
        return after

    def _again(self, words: Words, at: int, found: tuple[int, Item]) -> bool:
        """Whether a phrase after *for 7 days* says that this comes again: `every month`."""
        following = self._frequencies.phrase(words, at + found[0])
        if found[1].kind == "every":
            return following is not None and following[1].kind == "period" and following[1].value >= _A_WEEK
        return found[1].kind == "interval" and found[1].value >= _A_WEEK

    def _ends_reason(self, words: Words, at: int, kind: str) -> bool:
        if kind in _STRONG:
            return True
        if kind == "times":
            return bool(self._amounts.days(words, at + 1)[0])
        if is_number(words.words[at]) or kind == "number":
            end = self._amounts.numbers(words, at)[1]
            follows = self._frequencies.kind(words, end)
            return self._amounts.at(words, at) is not None or follows in {"times", "interval"}
        return False

    def _is_route(self, reading: Reading, at: int, count: int, kind: str) -> bool:
        """An everyday word such as *it* is a route only in capitals; words of frequencies are none."""
        if count > 1 or not kind:
            return True
        return kind == "sides" or (kind == "word" and reading.words.words[at] in reading.capitals)

    def _dose(self, reading: Reading, at: int) -> int:
        """A dose, a strength, an entry of a sliding scale or a bare number of tablets; `at` itself: none of them."""
        words = reading.words
        stated = self._amounts.at(words, at)
        if stated is None:
            return self._bare(reading, at)
        scaled = at > reading.label_end and words.raw[at].strip() in {":", "="} and is_number(words.words[at - 1])
        if scaled and not stated.strength:
            reading.scale.append(stated)  # "151-200: 2 units"
        elif stated.strength and stated.strength.per != "dose":
            reading.strength = stated.strength
        else:
            if reading.segment.doses and self._frequencies.tells(reading.segment.frequency):
                reading.segments.append(Segment(joined=" "))
            reading.segment.doses.append(replace(stated, strength=None))
            reading.segment.marks.append((words.raw[at], words.words[stated.end] if stated.end < len(words) else ""))
        return stated.end

    def _bare(self, reading: Reading, at: int) -> int:
        """A number alone counts tablets where a dose may stand and a route or a frequency follows: `1 po tid`."""
        words, segment = reading.words, reading.segment
        parts, end = self._amounts.numbers(words, at)
        before = self._frequencies.kind(words, at - 1) if at else "verb"
        if not parts or end >= len(words) or segment.doses or segment.frequency:
            return at
        each = self._amounts.at(words, end + (self._frequencies.kind(words, end) == "times"))
        of = self._amounts.unit(words, each.end) if each and each.unit.kind in _MEASURED else None
        if each and of and of[1].kind == "count" and is_number(each.dose) and not _APART & set(words.raw[end]):
            # "two 25 mg tablets"
            reading.strength = Quantity(rounded(float(each.dose) * each.unit.factor), each.unit.name, of[1].name)
            segment.doses.append(Stated(as_written(words, at, end), words.words[each.end], of[1], each.end + of[0]))
            segment.marks.append((words.raw[at], ""))
            return each.end + of[0]
        follows = self._frequencies.kind(words, end)
        route = self._routes.longest(words, end)
        directed = follows in {"rate", "every", "prn"} or (follows == "moment" and before == "verb")
        if before not in {"verb", "then"} and at and not words.gaps[at].strip(",;:"):
            directed = directed and route is not None
        if max(parts) > _MOST_AT_ONCE or not (directed or (route and follows in {"", "word", "verb"})):
            return at
        if route and (route[1][1] != "systemic" or route[1][0] not in {"oral", "enteral tube"}):
            return at
        segment.doses.append(Stated(as_written(words, at, end), _COUNTED.name, _COUNTED, end))
        segment.marks.append((words.raw[at], ""))
        return end

    def _then(self, reading: Reading, at: int, after: int, value: float) -> int:
        reading.segments.append(Segment(joined=", ", then=True))
        return after

    def _remark(self, reading: Reading, at: int, after: int, value: float) -> int:
        """What is not to be read: to the end of the sentence. `12 hours off` belongs to the frequency."""
        words = reading.words
        kind = self._frequencies.kind(words, at)
        if kind == "until" and after < len(words) and self._routes.longest(words, after):
            return after  # "through G-tube"; a date has been taken out before
        if kind == "end":
            if reading.segment.then and not reading.segment.doses:
                reading.ended = True
            elif "on" in reading.segment.left_words:
                reading.segment.keep(words, at, after)
                return after
        while after < len(words) and not any(sign in words.raw[after] for sign in (".", ";", "\n")):
            if is_number(words.words[after]):
                reading.whole = False
            if self._frequencies.kind(words, after) in {"then", "limit", "prn"}:
                break
            after += 1
        return after

    def _limit(self, reading: Reading, at: int, after: int, value: float) -> int:
        if self._frequencies.kind(reading.words, at) == "upto" and not (
            any(segment.doses for segment in reading.segments) and self._amounts.at(reading.words, after)
        ):
            return after
        maximum, end = self._amounts.maximum(reading.words, after, value)
        reading.maximum = reading.maximum or maximum
        return max(end, after)

    def _over(self, reading: Reading, at: int, after: int, value: float) -> int:
        return max(self._amounts.days(reading.words, after)[1], after)

    def _change(self, reading: Reading, at: int, after: int, value: float) -> int:
        """`increase by 25 mg every week to 100 mg`: by how much, how often, up to what."""
        found = change_at(reading.words, after, value, self._frequencies, self._amounts)
        if found is None:
            return self._taper(reading, at, after, value)
        reading.segments.append(Segment(then=True, change=found[0]))
        return found[1]

    def _span(self, reading: Reading, at: int, after: int, value: float) -> int:
        """*For*: how long, or why."""
        days, end = self._amounts.days(reading.words, after)
        if days and reading.prn and reading.reason_words:  # "PRN no bowel movement for 3 days": the trouble lasts so
            reading.reason_words += [f" {word}" for word in reading.words.words[at:end]]
        elif days:
            self._lasts(reading, days)
        if days:
            return end
        parts, end = self._amounts.numbers(reading.words, after)
        if parts and self._frequencies.kind(reading.words, end) == "times":
            return end + 1
        return self._because(reading, at, after, value)

    def _because(self, reading: Reading, at: int, after: int, value: float) -> int:
        # "for sleep": a moment by itself, but here the reason
        reading.collecting = True
        if self._frequencies.kind(reading.words, after) in {"moment", "word"}:
            found = self._frequencies.phrase(reading.words, after)
            assert found is not None
            reading.reason_words += [f" {word}" for word in reading.words.words[after : after + found[0]]]
            return after + found[0]
        if reading.reason_words:
            reading.reason_words.append(",")
        return after

    def _prn(self, reading: Reading, at: int, after: int, value: float) -> int:
        reading.prn = True
        reading.segment.keep(reading.words, at, after)
        words = reading.words
        named = after < len(words) and self._frequencies.kind(words, after) in {"", "word"}
        reading.collecting = bool(
            named and not is_number(words.words[after]) and not self._routes.longest(words, after)
        )
        return after

    def _taper(self, reading: Reading, at: int, after: int, value: float) -> int:
        reading.taper = True
        return after

    def _sides(self, reading: Reading, at: int, after: int, value: float) -> int:
        reading.sides = int(value)
        route = self._routes.longest(reading.words, at)
        reading.route = reading.route or (route[1][0] if route else "")
        return after

    def _label(self, reading: Reading, at: int, after: int, value: float) -> int:
        """`day 1:`, `days 2-5`, `week 1`: for how long a step is."""
        count, end = self._amounts.label(reading.words, at, after)
        if not count or value < 1:
            return at
        if reading.segment.days:
            reading.segments.append(Segment(joined=", "))
        self._lasts(reading, count * value)
        reading.segment.labelled = True
        reading.label_end = end
        return end

    def _times(self, reading: Reading, at: int, after: int, value: float) -> int:
        """`x 7 days`: how long. `x 5 doses` is no frequency either, and `x 1` is a phrase of its own."""
        words = reading.words
        single = self._frequencies.kind(words, at) == "single"
        days, end = self._amounts.days(words, after - single)
        if days and not (end < len(words) and "/" in words.raw[end]):
            self._lasts(reading, days)
            return end
        parts, end = self._amounts.numbers(words, after)
        if parts and parts[0] > 1 and not single and self._frequencies.kind(words, end) == "times":
            reading.whole = False
            return end + 1
        return at

    def _lasts(self, reading: Reading, days: float) -> None:
        reading.whole = reading.whole and not reading.segment.days and days >= 1
        reading.segment.days = reading.segment.days or days
