"""One order in words: as the home wrote it, as it was understood, and what stands out of it."""

import re
from datetime import date

from pipeline.choices import HELD, IN_ERROR, PLANNED
from pipeline.report.records import Record

_WORDS = re.compile(r"[a-z0-9./%]+")
# Words that every set of directions has; more than these and the words of the columns is worth the room.
_PHRASING = frozenset(
    _WORDS.findall(
        "give take by mouth po for at a an the in of to day daily every time times one once hour hours bedtime "
        "tablet tablets tab capsule capsules cap as needed prn and related"
    )
)


def is_unrecognised(order: Record) -> bool:
    """An order that names no known ingredient and is no diluent or supply."""
    return not order["ingredients"] and order["match"] != "non_drug"


def order_text(order: Record) -> str:
    """An order as the home wrote it: by its columns, and by its directions where a column leaves it to them."""
    dose = " ".join(str(part) for part in (amount(order["written_dose"]), order["written_dose_unit"]) if part)
    parts = [order["drug"] or "", dose, order["written_frequency"] or ""]
    if not all(parts):
        parts.append(order["directions"] or "")
    return ", ".join(part for part in parts if part)


def understood_text(order: Record) -> str:
    """An order in one line: `Lioresal 10 mg tablet, 10 mg, TID = baclofen, for spasticity`."""
    if is_unrecognised(order):
        understood = "not recognised, therefore not checked"
    else:
        understood = (order["ingredients"] or "no drug").replace(";", " + ")
    written = order_text(order)
    told = order["directions"] and order["directions"] not in written and _says_more(order, written)
    parts = [
        f"{written} = {understood}",
        f"for {order['indication']}" if order["indication"] else "no indication given",
    ]
    parts += [f"directions: {order['directions']}"] if told else []
    parts += [f"until {_day(order['stop_date'])}"] if order["stop_date"] else []
    parts += [f"note: {order['note']}"] if order["note"] else []
    return ", ".join(parts)


def _says_more(order: Record, written: str) -> bool:
    """Whether the directions have a word that neither the columns nor the usual phrasing of an order has."""
    known = f"{written} {order['indication'] or ''} {order['route'] or ''} {order['ingredients'] or ''}"
    said = set(_WORDS.findall(known.lower())) | _PHRASING
    return bool(set(_WORDS.findall(order["directions"].lower())) - said)


def past_text(order: Record, as_of: date) -> str:
    """An order that does not count today, and why."""
    ended = f" {_day(order['stop_date'])}" if order["stop_date"] else ""
    return f"{order['drug'] or ''} ({order_status(order, as_of).lower()}{ended})"


def order_status(order: Record, as_of: date) -> str:
    """Whether an order counts, in words."""
    state = _state(order, as_of) + (", as needed" if order["prn"] else "")
    if is_unrecognised(order):
        state = f"NOT RECOGNISED. {state}"
    return f"{state}. No drug" if order["match"] == "non_drug" else state


def flag_text(order: Record, severity: str, as_of: date) -> str:
    """What stands out of an order: that it is not understood, not current or no drug, and its gravest finding."""
    state = _state(order, as_of).removeprefix("Current").removeprefix(", ")
    parts = (
        "NOT RECOGNISED" if is_unrecognised(order) else "", state,
        "no drug" if order["match"] == "non_drug" else "", severity,
    )  # fmt: skip
    said = ", ".join(filter(None, parts))
    return said[:1].upper() + said[1:]


def _state(order: Record, as_of: date) -> str:
    start, status = order["start_date"], order["status"]
    if order["current"]:
        return "Current, on hold" if status == HELD else "Current"
    if status == IN_ERROR:
        return "Entered in error"
    return "Not yet started" if status == PLANNED or (start and start > as_of) else "Stopped"


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def amount(text: str | None) -> str:
    """A dose as one would write it: `5`, `2.5`, `1,000`, `1-2`; those of a combination with a `+` between them."""
    return " + ".join(_amount(part) for part in text.split(";")) if text else ""


def _amount(text: str) -> str:
    value = number(text)
    return text if isinstance(value, str) else f"{value:,.6g}" if value < 1e6 else f"{value:,.0f}"


def number(text: str) -> float | str:
    """The text as a number where it is a plain one."""
    return float(text) if re.fullmatch(r"\d+(?:\.\d+)?", text) else text
