"""A table as the source holds it: every cell as text, every row with its number in the source."""

from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import pandas as pd

# What a spreadsheet shows for a formula that failed. Such a cell has lost its meaning and is rejected by name.
ERROR_CELLS = frozenset(
    {"#N/A", "#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#GETTING_DATA", "#SPILL!", "#CALC!"}
)


@dataclass(frozen=True)
class RawTable:
    """One table as read.

    `frame`: the contract's columns that the source has, all text (empty string for an empty cell), indexed by the
    row's number in the source. `headings`: contract column → heading as written. `unused`: headings that name no
    column of the contract. `bad_rows`: source row → why the row's cells cannot be told apart.
    """

    table: str
    file: str
    sheet: str
    frame: pd.DataFrame
    headings: dict[str, str]
    unused: tuple[str, ...] = ()
    bad_rows: dict[int, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """The file, and the sheet when there is one, as a message names them."""
        return f"{self.file}, sheet '{self.sheet}'" if self.sheet else self.file


@dataclass(frozen=True)
class Source:
    """Everything read from one input: its tables by name, and the sheets or files that were not used."""

    tables: dict[str, RawTable]
    unused: tuple[str, ...]


def cell_text(value: Any) -> str:
    """A cell as text: no needless `.0`, dates as ISO, yes and no for truth values, and no white space around it."""
    if value is None or value is pd.NA or value is pd.NaT:
        return ""
    if isinstance(value, str):
        return value.replace("\u00a0", " ").strip()
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        if value != value:
            return ""
        return str(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    return str(value).strip()
