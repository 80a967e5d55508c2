"""The last day that directions name: `1 tab BID until 11/25/2026`."""

import re
from collections.abc import Iterable
from datetime import date

import pandas as pd

from pipeline.normalise import dates

_MONTH = r"(?:jan|feb|mar|apr|may|june?|july?|aug|sept?|oct|nov|dec)[a-z]*\.?"
_DATE = (
    r"(?P<date>\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2})"
    rf"|\d{{1,2}}(?:st|nd|rd|th)?[-\s]*{_MONTH}[-\s,]*\d{{4}}|{_MONTH}\s*\d{{1,2}}(?:st|nd|rd|th)?[-\s,]+\d{{4}})(?!\d)"
)
_TIME = r"(?:[T\s,]*(?:at\s+|@\s*)?\d{1,2}:\d{2}(?::\d{2})?(?:\s*[ap]\.?m\b\.?)?)?"


class Until:
    """Finds the last day in directions, by the phrases of kind `until` of frequencies.csv."""

    def __init__(self, frequencies: pd.DataFrame) -> None:
        phrases = sorted(frequencies.loc[frequencies["kind"] == "until", "text"], key=len, reverse=True)
        before = "|".join(re.escape(phrase) for phrase in phrases) or "(?!)"
        self._found = re.compile(rf"\b(?:{before})\b[\s:]*{_DATE}{_TIME}", re.IGNORECASE)

    def taken_out(self, text: str) -> tuple[str, str]:
        """The directions without the last day, and that day as it is written; of several none is read."""
        found = list(self._found.finditer(text))
        return (self._found.sub(" ", text), found[0]["date"]) if len(found) == 1 else (text, "")


def last_days(texts: Iterable[str], order: str, as_of: date) -> dict[str, date | str]:
    """Each date as it is written → the day, or why it is not known.

    Args:
        texts: distinct dates of one input.
        order: how the columns of its dates are written, `mdy` or `dmy`, for dates that do not tell themselves.
        as_of: the day of the review.
    """
    texts = list(texts)
    own = dates.order_of(texts)
    return {text: dates.parse(text, own if own in ("mdy", "dmy") else order, as_of) for text in texts}
