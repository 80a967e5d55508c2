"""A table as the source holds it: every cell as text, every row with its number in the source."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

import pandas as pd

# The text of a cell that holds a formula and no value: a program wrote it that computes nothing.
FORMULA = "#FORMULA!"
_FRACTION = re.compile(r"\d+\.0")
_ERROR = "the cell shows a spreadsheet error"
# What a spreadsheet shows for a formula that failed. Such a cell has lost its meaning and is rejected by name: the
# text and the reason.
ERROR_CELLS: Mapping[str, str] = dict.fromkeys(
    ("#N/A", "#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NULL!", "#NUM!", "#GETTING_DATA", "#SPILL!", "#CALC!"), _ERROR
) | {FORMULA: "a formula without a stored value: open the file in Excel and save it"}
ERROR_MARK = "#"  # with which each of them begins


@dataclass(frozen=True)
class Part:
    """One sheet or file that a table was read from, with its own headings; see `RawTable`."""

    file: str
    sheet: str
    headings: dict[str, str]
    unused: tuple[str, ...]

    @property
    def place(self) -> str:
        """The file, and the sheet when there is one, as a message names them."""
        return f"{self.file}, sheet '{self.sheet}'" if self.sheet else self.file


@dataclass(frozen=True)
class Whole:
    """What only the whole table tells, of a table that is a part of one.

    `date_orders`: date column → how it writes day and month, as `dates.order_of` gives it. `ahead`: the date columns
    most of which lie after the review. `numeric_codes`: whether most codes of conditions are numbers. `first_rows`: of
    order ids that stand in several parts, the row where each stands first.
    """

    date_orders: Mapping[str, str]
    ahead: frozenset[str]
    numeric_codes: bool
    first_rows: Mapping[str, int]


@dataclass(frozen=True)
class RawTable:
    """One table as read.

    `frame`: the contract's columns that the source has, all text (empty string for an empty cell), indexed by the
    row's number in the source. `headings`: contract column → heading as written. `unused`: headings that name no
    column of the contract. `bad_rows`: row → why the row's cells cannot be told apart. `bad_cells`: row and column →
    why the cell cannot be believed.

    A table may be made of several sheets or files, or out of the columns of another table. Its index then merely
    counts, `labels` says for each index which row of the source that is, and `parts` has the sheets or files.
    `derived`: made out of another table, so that it does not say who lives in the home. `whole`: of a part of a table,
    what the whole tells.
    """

    table: str
    file: str
    sheet: str
    frame: pd.DataFrame
    headings: dict[str, str]
    unused: tuple[str, ...] = ()
    bad_rows: dict[int, str] = field(default_factory=dict)
    bad_cells: dict[tuple[int, str], str] = field(default_factory=dict)
    labels: pd.Series | None = None
    several: tuple[Part, ...] = ()
    derived: bool = False
    whole: Whole | None = None

    @property
    def parts(self) -> tuple[Part, ...]:
        """The sheets or files that the table was read from."""
        return self.several or (Part(self.file, self.sheet, self.headings, self.unused),)

    @property
    def place(self) -> str:
        """The file, and the sheet when there is one, as a message names them; of several parts each."""
        files = list(dict.fromkeys(part.file for part in self.parts))
        if len(files) > 1 or len(self.parts) == 1:
            return " and ".join(dict.fromkeys(part.place for part in self.parts))
        return f"{files[0]}, sheets " + " and ".join(f"'{part.sheet}'" for part in self.parts)

    def rows(self, index: pd.Index) -> pd.Index:
        """The rows of the source that these rows of the frame are: numbers, or `North Wing!12` where parts share them.

        Args:
            index: any of the frame's index, in any order.
        """
        return index if self.labels is None else pd.Index(self.labels.loc[index].to_numpy(), name="row")


@dataclass(frozen=True)
class Source:
    """Everything read from one input.

    `tables`: by name. `unused`: the sheets or files that were not used. `digest`: of the bytes that were read where
    they cannot be read again, as those of standard input.
    """

    tables: dict[str, RawTable]
    unused: tuple[str, ...]
    digest: str = ""


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


def with_whole_ids(frame: pd.DataFrame) -> None:
    """Takes the `.0` off the ids of a column in which each has it: a program has written numbers as fractions."""
    for column in ("patient_id", "order_id"):
        if column in frame and are_fractions(frame[column]):
            frame[column] = frame[column].str.removesuffix(".0")


def are_fractions(ids: pd.Series) -> bool:
    """Whether each id that is given is a number with `.0` behind it."""
    given = (ids != "").to_numpy(bool)
    if not given.any() or not _FRACTION.fullmatch(ids.iloc[int(given.argmax())]):
        return False
    return bool(ids[given].str.fullmatch(_FRACTION).all())
