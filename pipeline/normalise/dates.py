"""Dates as sources write them: ISO, Excel serial numbers, month names, and day and month in either order."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from pipeline.normalise.text import folded

_TIME = r"(?:[T ,].*)?$"
_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})" + _TIME)
_NUMBERS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})" + _TIME)
# With the time behind it, as messages between systems write it: 20261001083000.
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?\d{4}(?:\d{2})?(?:\.\d+)?(?:Z|[-+]\d{4})?)?$")
_DAY_NAME = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[-\s.]*([a-z]{3,9})\.?[-\s,]*(\d{4}|\d{2})" + _TIME, re.IGNORECASE)
_NAME_DAY = re.compile(
    r"([a-z]{3,9})\.?[-\s]*(\d{1,2})(?:st|nd|rd|th)?[-\s,]+(\d{4}|\d{2}(?![:\d]))" + _TIME, re.IGNORECASE
)
_WEEKDAY = re.compile(r"(?:mon|tues?|wed(?:nes)?|thu(?:rs?)?|fri|sat(?:ur)?|sun)(?:day)?\.?,?\s+", re.IGNORECASE)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?$")
_NO_DAY = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}|\d{1,2}[-/.]\d{4}|[a-z]{3,9}\.?[-\s,]*\d{4}|(?:19|20|21)\d\d)$", re.IGNORECASE
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SERIAL_DAY_0 = date(1899, 12, 30)
# Dates that are kept in mind: the parts of one input have the same days.
_REMEMBERED = 100_000
# What systems store where no day is known or the end is open.
_ZEROS = re.compile(r"(?:0{1,4}[-/.]0{1,2}[-/.]0{1,4}|0{8})" + _TIME)
_PLACEHOLDER_YEARS = (1, 9999)
_OPEN = frozenset(
    {"n/a", "na", "none", "null", "ongoing", "present", "current", "continuing", "continuous", "continue", "indefinite",
     "indefinitely", "open", "open ended", "openended", "no end date", "no stop date", "until further notice",
     "lifetime", "life", "long term", "active"}
)  # fmt: skip

AMBIGUOUS = "day and month cannot be told apart"
PLACEHOLDER = "a placeholder, not a date"
NO_DAY = "names a month or a year, not a day"


def order_of(texts: Iterable[str]) -> str:
    """How a column writes day and month: `mdy`, `dmy`, `mixed` (cells prove both), `unknown` (no cell proves either)
    or `` (no such dates). Decided over the whole column: a number above 12 can only be a day.
    """
    month_first = day_first = seen = False
    for text in texts:
        first, second = _day_and_month(text)
        if first == second:
            continue
        seen = True
        month_first |= second > 12
        day_first |= first > 12
    if month_first and day_first:
        return "mixed"
    if month_first or day_first:
        return "mdy" if month_first else "dmy"
    return "unknown" if seen else ""


@lru_cache(maxsize=_REMEMBERED)
def _day_and_month(text: str) -> tuple[int, int]:
    """The first two numbers of a date of three, in either order; twice the same where there is nothing to decide."""
    found = _NUMBERS.match(_WEEKDAY.sub("", text, count=1))
    return (int(found[1]), int(found[2])) if found else (0, 0)


def open_ended(text: str) -> bool:
    """Whether a cell of the last day says that there is none: `ongoing`, `N/A`, `12/31/9999`."""
    plain = folded(text)
    return plain in _OPEN or not text.strip("-\u2013\u2014 ") or parse(text, "mdy", date(2000, 1, 1)) == PLACEHOLDER


def parse(text: str, order: str, latest: date, ahead: int = 10) -> date | str:
    """A cell as a date, or the reason why it is none.

    `order` as `order_of` gives it or the user says; `latest` and `ahead` tell the century of a two-digit year: it is
    the last one in which the year is not more than `ahead` years after that of `latest`.
    """
    text = _WEEKDAY.sub("", text, count=1) if text[:1].isalpha() else text
    if _ZEROS.match(text):
        return PLACEHOLDER
    try:
        value = _read(text, order, latest.year + ahead)
    except ValueError:
        return "no such day in the calendar"
    return PLACEHOLDER if isinstance(value, date) and value.year in _PLACEHOLDER_YEARS else value


def parse_birth(text: str, order: str, latest: date) -> date | str:
    """As `parse`; a birth with a two-digit year was not after `latest`."""
    value = parse(text, order, latest, 0)
    return parse(text, order, latest, -1) if isinstance(value, date) and value > latest else value


def _read(text: str, order: str, newest: int) -> date | str:
    if found := _ISO.match(text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _NUMBERS.match(text):
        return _from_numbers(int(found[1]), int(found[2]), _year(found[3], newest), order)
    if found := _COMPACT.match(text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _SERIAL.match(text):
        return _SERIAL_DAY_0 + timedelta(days=int(found[1]))
    if found := _DAY_NAME.match(text):
        return date(_year(found[3], newest), _month(found[2]), int(found[1]))
    if found := _NAME_DAY.match(text):
        return date(_year(found[3], newest), _month(found[1]), int(found[2]))
    if (found := _NO_DAY.match(text)) and (not text[:1].isalpha() or text[:3].lower() in _MONTHS):
        return NO_DAY
    return "not a date"


def _from_numbers(first: int, second: int, year: int, order: str) -> date | str:
    if first > 12 or order == "dmy" and second <= 12:
        return date(year, second, first)
    if second > 12 or order == "mdy" or first == second:
        return date(year, first, second)
    return AMBIGUOUS


def _year(text: str, newest: int) -> int:
    if len(text) == 4:
        return int(text)
    year = newest // 100 * 100 + int(text)
    return year - 100 if year > newest else year


def _month(text: str) -> int:
    return _MONTHS.index(text[:3].lower()) + 1
