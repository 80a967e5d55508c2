"""Dates as sources write them: ISO, Excel serial numbers, month names, and day and month in either order."""

import re
from collections.abc import Iterable
from datetime import date, timedelta

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:[T ].*)?$")
_NUMBERS = re.compile(r"(\d{1,2})[-/.](\d{1,2})[-/.](\d{4}|\d{2})(?:[T ,].*)?$")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})$")
_DAY_NAME = re.compile(r"(\d{1,2})[-\s.]*([a-z]{3,9})\.?[-\s,]*(\d{4}|\d{2})(?:[T ,].*)?$", re.IGNORECASE)
_NAME_DAY = re.compile(r"([a-z]{3,9})\.?[-\s]*(\d{1,2})(?:st|nd|rd|th)?[-\s,]+(\d{4})(?:[T ,].*)?$", re.IGNORECASE)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?$")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_SERIAL_DAY_0 = date(1899, 12, 30)

AMBIGUOUS = "day and month cannot be told apart"


def order_of(texts: Iterable[str]) -> str:
    """How a column writes day and month: `mdy`, `dmy`, `mixed` (cells prove both), `unknown` (no cell proves either)
    or `` (no such dates). Decided over the whole column: a number above 12 can only be a day.
    """
    month_first = day_first = seen = False
    for text in texts:
        found = _NUMBERS.match(text)
        if not found:
            continue
        first, second = int(found[1]), int(found[2])
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


def parse(text: str, order: str, latest: date) -> date | str:
    """A cell as a date, or the reason why it is none.

    `order` as `order_of` gives it or the user says; `latest` tells the century of a two-digit year: it is the last
    one in which the date is not more than ten years after `latest`.
    """
    try:
        if found := _ISO.match(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _NUMBERS.match(text):
            return _from_numbers(int(found[1]), int(found[2]), _year(found[3], latest), order)
        if found := _COMPACT.match(text):
            return date(int(found[1]), int(found[2]), int(found[3]))
        if found := _SERIAL.match(text):
            return _SERIAL_DAY_0 + timedelta(days=int(found[1]))
        if found := _DAY_NAME.match(text):
            return date(_year(found[3], latest), _month(found[2]), int(found[1]))
        if found := _NAME_DAY.match(text):
            return date(_year(found[3], latest), _month(found[1]), int(found[2]))
    except ValueError:
        return "no such day in the calendar"
    return "not a date"


def _from_numbers(first: int, second: int, year: int, order: str) -> date | str:
    if first > 12 or order == "dmy" and second <= 12:
        return date(year, second, first)
    if second > 12 or order == "mdy" or first == second:
        return date(year, first, second)
    return AMBIGUOUS


def _year(text: str, latest: date) -> int:
    if len(text) == 4:
        return int(text)
    year = latest.year // 100 * 100 + int(text)
    return year - 100 if year > latest.year + 10 else year


def _month(text: str) -> int:
    return _MONTHS.index(text[:3].lower()) + 1
