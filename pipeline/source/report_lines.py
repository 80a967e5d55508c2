"""Lines of a printed report among the rows of a table: totals, page numbers, when and by whom it was printed."""

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pyarrow as pa

LINE_OF_REPORT = "a total, a page number or another line of the report, not a row of the table"
_LINE = re.compile(
    r"\W*(?:(?:sub|grand)[\s-]*totals?\b"
    r"|totals?(?:\s+(?:for|of|number|count|orders?|rx|prescriptions|records?|rows|residents?|patients?|items?|medications?)\b|\s*[:=\d]|\W*$)"
    r"|page\s*\d+|page\s*:|printed\b|generated\s+(?:on|by|at)\b|exported\s+(?:on|by|at)\b"
    r"|(?:run|print|report)\s*(?:date|time|by|on|id)\b|end\s+of\s+(?:report|list|file)\b"
    r"|\d+\s+(?:records?|rows?|orders?|residents?|patients?|items?|medications?|prescriptions?)\W*$"
    r"|(?:records?|rows|row\s*count)\s*[:=]\s*\d+|\(?continued\)?\W*$|confidential\b)",
    re.IGNORECASE,
)
# Such a line has a text and perhaps a number or a date; a row of more cells is one of the table.
_MOST_CELLS = 3


def begins_as_one(text: str) -> bool:
    """Whether a row whose first filled cell is this may be such a line."""
    return _LINE.match(text) is not None


def beginnings(texts: "pa.Array") -> list[str]:
    """Those of many texts that `begins_as_one`. Arrow's own expressions, which are several times as fast, say the same
    of ASCII, and there rule out most."""
    import pyarrow.compute as pc

    likely = pc.match_substring_regex(texts, rf"\A(?:{_LINE.pattern})", ignore_case=True)
    likely = pc.or_(likely, pc.invert(pc.string_is_ascii(texts)))
    return [text for text in texts.filter(likely).to_pylist() if begins_as_one(text)]


def is_line_of_report(texts: Sequence[str], needed: Sequence[int]) -> bool:
    """Whether the cells of a row are such a line: it begins as one, and is no whole row of the table.

    Args:
        texts: the cells; a merged cell may stand in several.
        needed: the positions of the columns that a row must have, the patient's first.
    """
    filled = list(dict.fromkeys(text for text in texts if text))
    if len(filled) > _MOST_CELLS or not begins_as_one(filled[0]):
        return False
    cells = [texts[at] if at < len(texts) else "" for at in needed]
    return not all(cells) or cells[0] == filled[0]
