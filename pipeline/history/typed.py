"""What people type, understood: a response, and a day. What cannot be understood is told, never dropped."""

import re
from datetime import date, datetime, timedelta

from pipeline.normalise.dates import AMBIGUOUS, parse

RESPONSES = ("accept", "modify", "decline")
UNCLEAR = "unclear"
# First words of what people write; a first letter alone is enough.
_BEGINNINGS = {
    "accept": ("accept", "agree", "ok", "okay", "yes", "approve", "done", "will do"),
    "modify": ("modif", "change", "alter", "amend", "adapt"),
    "decline": (
        "declin",
        "disagree",
        "reject",
        "refus",
        "no",
        "no change",
        "denied",
        "deny",
        "not accept",
        "do not accept",
    ),
}
_LETTERS = {"a": "accept", "y": "accept", "m": "modify", "d": "decline", "n": "decline", "r": "decline"}
# Alone they are an answer; "no longer taken" is none.
_ALONE = ("no", "yes")
# A day so far after that of the review was mistyped: an alarm must not wait for next year.
_AHEAD = timedelta(days=31)
_A_QUARTER = timedelta(days=92)
NOT_TYPED = "no date typed"


def response(text: str) -> str:
    """`accept`, `modify`, `decline`, `unclear`, or nothing where nothing is typed.

    `Accepted`, `A`, ` accept. ` are one; a text that begins like two of them (`accept / decline`) is unclear.
    """
    plain = re.sub(r"[^a-z]+", " ", text.lower()).strip()
    if not text.strip():
        return ""
    if plain in _LETTERS:
        return _LETTERS[plain]
    said = {name for name, words in _BEGINNINGS.items() if any(_begins(plain, word) for word in words)}
    # "Do not accept", "not accepted": the word that it holds is not what it says.
    later = {name for name, words in _BEGINNINGS.items() if re.search(rf"\b{words[0]}", plain)}
    if "decline" in said and re.match(r"(do )?not accept", plain):
        later.discard("accept")
    return said.pop() if len(said) == 1 and later <= said else UNCLEAR


def _begins(plain: str, word: str) -> bool:
    return plain == word if word in _ALONE else bool(re.match(rf"{word}\b" if word == "ok" else word, plain))


def day(value: object, order: str, reviewed: date | None, as_of: date) -> tuple[date | None, str]:
    """The day that was typed, and what a reader must know of it.

    Args:
        value: of the cell: a date, or text or a number that says one.
        order: `mdy`, `dmy` or empty: how 3/4/2026 is read.
        reviewed: the day of the review that was answered, if it is known.
        as_of: the day of the review that reads it.

    Returns:
        None and why, where it tells no day.
    """
    if isinstance(value, datetime):
        found: date | str = value.date()
    elif isinstance(value, date):
        found = value
    else:
        text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value or "").strip()
        if not text:
            return None, NOT_TYPED
        text = re.sub(r"[T ]\d{1,2}:\d{2}.*$", "", text).rstrip(".")
        found = parse(text, order, as_of)
        if found == AMBIGUOUS:
            found = _likelier(text, reviewed, as_of)
    if isinstance(found, str):
        return None, f"date not understood ({found})"
    if found > as_of + _AHEAD:
        return None, "date not used: it lies in the future"
    if reviewed and found < reviewed - timedelta(days=366):
        return None, "date not used: it lies long before the review"
    return found, ""


def _likelier(text: str, reviewed: date | None, as_of: date) -> date | str:
    """Of the two days that 3/4/2026 may be the one between the review (or a quarter ago) and now; of two such the
    earlier, for then no alarm comes late."""
    both = [found for order in ("mdy", "dmy") if isinstance(found := parse(text, order, as_of), date)]
    likely = [found for found in both if (reviewed or as_of - _A_QUARTER) <= found <= as_of]
    return min(likely or both, default=AMBIGUOUS)
