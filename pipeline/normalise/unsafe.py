"""Ways of writing an order that are easily misread: what was understood is told beside what it may be mistaken for."""

import re
from collections.abc import Iterator, Mapping

import pandas as pd

# Each kind of row as a pattern; a `unit` stands right after its number. Letters and digits around a word end it.
_PATTERNS = {
    "word": r"(?<![a-z0-9]){text}(?![a-z0-9])",
    "unit": r"(?<=\d)\s?{text}(?![a-z0-9])",
    "trailing_zero": r"(?<![\d.,])\d+\.0+\s?(?:{units})(?![a-z])",
    "naked_decimal": r"(?<![\w.,])\.\d+\s?(?:{units})(?![a-z])",
}
KINDS = tuple(_PATTERNS)
_MEASURED = {"mass", "amount", "volume"}


class UnsafeWriting:
    """Finds the unsafe abbreviations and numbers that the reference lists."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        measured = tables["units"].loc[tables["units"]["kind"].isin(_MEASURED), "text"]
        units = "|".join(re.escape(text) for text in sorted(measured, key=len, reverse=True))
        self._rows = [
            (re.compile(_PATTERNS[row.kind].format(text=re.escape(row.text), units=units), re.IGNORECASE), row.warning)
            for row in tables["warnings"].itertuples(index=False)
        ]

    def of(self, text: str) -> list[str]:
        """The warnings about a text, each once."""
        return list(dict.fromkeys(self._found(text)))

    def _found(self, text: str) -> Iterator[str]:
        for pattern, warning in self._rows:
            found = pattern.search(text)
            if found:
                yield f'"{found.group().strip()}" {warning}'
