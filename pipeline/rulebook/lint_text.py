"""What the linter of the reference says: file, line and column, and what is wrong there."""

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd


@dataclass(frozen=True)
class Problem:
    """One thing to put right. Prints as `file, line 12, column atc: what is wrong`."""

    file: str
    line: int
    column: str
    text: str

    def __str__(self) -> str:
        return f"{self.file}, line {self.line}, column {self.column}: {self.text}"


def at(frame: pd.DataFrame, column: str, mask: pd.Series, text: str) -> Iterator[Problem]:
    """A problem for each row of the mask; `{value}` in the text is what the cell says."""
    for row in frame[mask].to_dict("records"):
        yield Problem(row["_file"], row["_line"], column, text.format(value=row[column]))
