"""One cell of the input as a value: numbers, doses, weights and heights with their units, ages, words of a choice."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pipeline import tables
from pipeline.normalise.numerals import DIGITS, number, plain, with_point

_NUMBER_IN_TEXT = re.compile(r"(?<![\d.])-?\d*\.?\d+")
# Doses that are words: the order is kept, its daily dose is not computable.
_DOSE_WORDS = re.compile(
    r"(see|per|as|sliding|variable|varies|titrat|continuous|thin|small|moderate|liberal|generous|ribbon|pea|dime|half|one|two|three|four|appl|film|layer|n/?a$|none$|-+$)",
    re.IGNORECASE,
)
_MEASURE = re.compile(rf"({DIGITS})\s*([a-z#\"]*)\.?$", re.IGNORECASE)
_TWO_MEASURES = re.compile(
    rf"(\d+)\s*(lbs?|pounds?|st|stone)\.?,?\s*({DIGITS})\s*(oz|ounces?|lbs?|pounds?)\.?$", re.IGNORECASE
)
_FEET = re.compile(rf"(\d)\s*(?:'|ft\.?|feet|foot)[\s,]*(?:({DIGITS})\s*(?:\"|''|in\.?|inch(?:es)?)?)?$", re.IGNORECASE)
_AGE = re.compile(
    r"(?:>|over|age)?\s*(\d{1,3})(?:\.\d+)?(\+?)[\s-]*(|y|yo|y/o|yrs?|years?|mo?|months?|w|wks?|weeks?|d|days?)\.?(?:[\s-]*old)?$",
    re.IGNORECASE,
)
KILOGRAMS = {
    "kg": 1.0, "kgs": 1.0, "kilo": 1.0, "kilos": 1.0, "kilogram": 1.0, "kilograms": 1.0, "g": 0.001, "gm": 0.001,
    "lb": 0.45359237, "lbs": 0.45359237, "pound": 0.45359237, "pounds": 0.45359237, "#": 0.45359237,
    "oz": 0.028349523, "ounce": 0.028349523, "ounces": 0.028349523, "st": 6.35029318, "stone": 6.35029318,
}  # fmt: skip
CENTIMETRES = {
    "cm": 1.0, "cms": 1.0, "centimeters": 1.0, "centimetres": 1.0, "m": 100.0, "meters": 100.0, "metres": 100.0,
    "mm": 0.1, "in": 2.54, "ins": 2.54, "inch": 2.54, "inches": 2.54, '"': 2.54, "ft": 30.48, "feet": 30.48,
}  # fmt: skip
LONGEST_TEXT = 4000
# What neither a workbook nor XML can hold.
NOT_SHOWN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# What sources write into a cell of few values to say that nothing is known. It is as good as empty.
_NOT_KNOWN = frozenset({"unknown", "unk", "u", "not known", "n/a", "na", "-", "--", "?"})


@dataclass(frozen=True)
class Bad:
    """A cell that cannot be trusted, and why."""

    reason: str


def parser(schema: tables.Table, name: str) -> Callable[[str], object]:
    """What reads a cell of the column that is no date: the value, None for one that is as good as empty, or `Bad`."""
    kind = schema.columns[name].kind
    if kind in ("choice", "yes_no"):
        return _choice(kind, schema.columns[name].words)
    if name == "patient_id":
        return _identifier
    # A bare number is in the unit that the column's name ends in.
    unit = name.rpartition("_")[2]
    readers: dict[str, Callable[[str], object]] = {
        "number": _number,
        "dose": _dose,
        "age": _age,
        "weight": lambda text: _weight(text, unit),
        "height": lambda text: _height(text, unit),
    }
    return readers.get(kind, _text)


def _text(text: str) -> str | Bad:
    return text if len(text) <= LONGEST_TEXT else Bad(f"longer than {LONGEST_TEXT} characters")


def _identifier(text: str) -> str | Bad:
    """Two ids may differ in a character that no report can show: their reports would be taken for one another's."""
    return Bad("an id with a character that cannot be shown") if NOT_SHOWN.search(text) else _text(text)


def _choice(kind: str, words: Mapping[str, object]) -> Callable[[str], object]:
    choices = ", ".join(dict.fromkeys("yes" if v is True else "no" if v is False else str(v) for v in words.values()))
    not_known = dict.fromkeys(_NOT_KNOWN, "" if kind == "choice" else None)
    known = not_known | dict(words)
    return lambda text: known.get(text.casefold(), Bad(f"must be one of {choices}"))


def _number(text: str) -> float | Bad:
    value = number(text)
    return Bad(value) if isinstance(value, str) else value


def _dose(text: str) -> str | Bad:
    """A dose stays text (`1-2`, `25,000`, `1/2`); what has neither a number nor the words of a dose is no dose.

    Some systems write 0 where the dose stands elsewhere: such an order is kept, and its daily dose not computable.
    """
    first = _NUMBER_IN_TEXT.search(text)
    if first is None:
        return text if _DOSE_WORDS.match(text) else Bad("not a dose: a number was expected")
    if text.startswith(("-", "\u2212")):
        return Bad("a dose cannot be negative")
    return with_point(text)


def _weight(text: str, unit: str) -> float | Bad:
    if found := _TWO_MEASURES.match(text):
        total = float(found[1]) * KILOGRAMS[found[2].lower()] + plain(found[3]) * KILOGRAMS[found[4].lower()]
        return total / KILOGRAMS[unit]
    return _measure(text, unit, KILOGRAMS, "not a unit of weight: kg and lb are read")


def _height(text: str, unit: str) -> float | Bad:
    text = text.replace("\u2019", "'").replace("\u2032", "'").replace("\u201d", '"').replace("\u2033", '"')
    if found := _FEET.match(text):
        return (float(found[1]) * 12 + plain(found[2] or "0")) * CENTIMETRES["in"] / CENTIMETRES[unit]
    return _measure(text, unit, CENTIMETRES, "not a unit of height: cm, m, ft and in are read")


def _measure(text: str, unit: str, factors: Mapping[str, float], unknown: str) -> float | Bad:
    """A number with or without its unit, in `unit`."""
    found = _MEASURE.match(with_point(text))
    if not found or not found[2]:
        return _number(text)
    if not found[1]:
        return Bad("not a number")
    factor = factors.get(found[2].lower())
    return Bad(unknown) if factor is None else plain(found[1]) * factor / factors[unit]


def _age(text: str) -> float | Bad:
    """Completed years: `81`, `81 y`, `18 months`; `90+` and `>89`, as old ages are hidden, are 90."""
    found = _AGE.match(text)
    if not found:
        return Bad("not an age in years")
    years = float(found[1]) + (text.startswith(">") and not found[2])
    unit = found[3][:1].lower()
    return years if unit in ("", "y") else years // 12 if unit == "m" else 0.0
