"""Numbers as sources write them: thousands set apart, a decimal point or a decimal comma."""

import re
from math import isfinite

DIGITS = r"(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?"
_NUMBER = re.compile(rf"[<>]?\s*([-+]?{DIGITS}(?:e[-+]?\d+)?)$", re.IGNORECASE)
# A comma before three digits sets thousands apart, unless there is nothing or too much before it.
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(?:(\d+),(\d{1,2}|\d{4,})|(0|\d{4,}),(\d{3}))(?![\d.,])")
_POINTS_AND_COMMA = re.compile(r"(?<![\d.,])(\d{1,3}(?:\.\d{3})+),(\d+)(?![\d.,])")


def with_point(text: str) -> str:
    """Numbers with a decimal comma as they are written with a point: `2,5`, `0,125` and `1.234,5`, but not `1,234`."""
    if "," not in text:
        return text
    text = _POINTS_AND_COMMA.sub(lambda found: f"{found[1].replace('.', '')}.{found[2]}", text)
    return _DECIMAL_COMMA.sub(lambda found: f"{found[1] or found[3]}.{found[2] or found[4]}", text)


def number(text: str) -> float | str:
    """A cell as a number, or the reason why it is none; `<5` counts as 5."""
    found = _NUMBER.match(with_point(text).replace("\u2212", "-"))
    if not found or not any(character.isdigit() for character in found[1]):
        return "not a number"
    value = plain(found[1])
    return value if isfinite(value) else "not a finite number"


def plain(digits: str) -> float:
    """Digits with thousands set apart by commas; nothing is 0."""
    return float(digits.replace(",", "") or 0)
