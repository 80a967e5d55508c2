"""Raw tables become accepted tables of typed columns; every row that cannot be trusted is set aside and listed.

Cells are parsed one by one to nullable types, each distinct text once, and only then does pandera check ranges and
presence: one cell that does not parse must not switch off the check of its column. A row with any bad cell is set
aside whole: a half-read order is more dangerous than one that is listed as not read. For every table, read = accepted
+ rejected.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd
import pandera.pandas as pa

from pipeline import tables
from pipeline.errors import InputError
from pipeline.normalise import dates
from pipeline.source.raw import ERROR_CELLS, RawTable, Source

EARLIEST = date(1900, 1, 1)
_NUMBER = re.compile(r"[<>]?\s*([-+]?(?:\d{1,3}(?:,\d{3})+|\d+)?(?:\.\d+)?(?:e[-+]?\d+)?)$", re.IGNORECASE)
_NUMBER_IN_TEXT = re.compile(r"(?<![\d.])-?\d*\.?\d+")
# Doses that are words: the order is kept, its daily dose is not computable.
_DOSE_WORDS = re.compile(
    r"(see|per|as|sliding|variable|varies|titrat|continuous|thin|small|moderate|liberal|generous|ribbon|pea|dime|half|one|two|n/?a$|none$|-+$)",
    re.IGNORECASE,
)
_LONGEST_TEXT = 4000
# What sources write into a cell of few values to say that nothing is known. It is as good as empty.
_NOT_KNOWN = frozenset({"unknown", "unk", "u", "not known", "n/a", "na", "-", "--", "?"})


@dataclass(frozen=True)
class Accepted:
    """The tables that the rest of the review works on.

    `tables`: each table of the input with typed columns, indexed by source row. Columns the source lacks are there,
    empty. `rejected`: one line for each bad cell: `table`, `row`, `column`, `value`, `reason`. `rows`: for each table
    read, accepted and rejected. `absent`: table → contract columns that the source does not have (all of them when
    the table is missing). `set_aside`: patient ids of the rejected rows, by table. `known`: the ids of the patients
    table, rejected rows included, or None without that table.
    """

    tables: dict[str, pd.DataFrame]
    rejected: pd.DataFrame
    rows: dict[str, dict[str, int]]
    absent: dict[str, frozenset[str]]
    set_aside: dict[str, pd.Series]


class _Rejects:
    """Bad cells of one table, with the text as the source has it."""

    def __init__(self, raw: RawTable) -> None:
        self.raw = raw
        self.found: list[pd.DataFrame] = []

    def add(self, rows: pd.Index, column: str, reason: str | pd.Series) -> None:
        if not len(rows):
            return
        values = self.raw.frame[column].loc[rows] if column in self.raw.frame else ""
        found = pd.DataFrame({"table": self.raw.table, "row": rows, "column": column, "value": np.asarray(values)})
        self.found.append(found.assign(reason=reason if isinstance(reason, str) else np.asarray(reason)))

    def frame(self) -> pd.DataFrame:
        if not self.found:
            return pd.DataFrame(columns=list(tables.REJECTED))
        found = pd.concat(self.found, ignore_index=True)
        return found.drop_duplicates(["row", "column"]).sort_values(["row", "column"], kind="stable", ignore_index=True)

    @property
    def rows(self) -> pd.Index:
        return pd.Index(np.unique(np.concatenate([np.asarray(f["row"]) for f in self.found])) if self.found else [])


def validate(source: Source, as_of: date, date_order: str = "") -> Accepted:
    """Every table of the source, accepted or rejected row by row.

    Args:
        source: the tables as read.
        as_of: the day of the review, in the light of which dates are judged.
        date_order: `mdy` or `dmy` for dates such as 3/4/2026, or empty to decide from each column.

    Raises:
        InputError: a date column in which day and month cannot be told apart.
    """
    known = _known_patients(source)
    accepted: dict[str, pd.DataFrame] = {}
    rejected: list[pd.DataFrame] = []
    counts: dict[str, dict[str, int]] = {}
    set_aside: dict[str, pd.Series] = {}
    absent: dict[str, frozenset[str]] = {}
    for table, schema in tables.INPUT.items():
        raw = source.tables.get(table)
        if raw is None:
            accepted[table] = tables.empty(table)
            absent[table] = frozenset(schema.columns)
            continue
        absent[table] = frozenset(schema.columns) - frozenset(raw.frame.columns)
        rejects = _Rejects(raw)
        typed = _typed(raw, schema, rejects, as_of, date_order)
        _check_schema(typed, schema, rejects)
        _ACROSS[table](typed, rejects, as_of)
        if known is not None and table != "patients":
            unknown = typed.index[~typed["patient_id"].isin(known) & (typed["patient_id"] != "")]
            rejects.add(unknown, "patient_id", "no patient of this id stands in the patients table")
        bad = rejects.rows
        set_aside[table] = raw.frame["patient_id"].loc[bad]
        accepted[table] = typed.drop(index=bad)
        rejected.append(rejects.frame())
        counts[table] = {"read": len(typed), "accepted": len(typed) - len(bad), "rejected": len(bad)}
    listed = [frame for frame in rejected if len(frame)]
    frame = pd.concat(listed, ignore_index=True) if listed else pd.DataFrame(columns=list(tables.REJECTED))
    return Accepted(accepted, frame, counts, absent, set_aside)


def _known_patients(source: Source) -> set[str] | None:
    """Ids in the patients table, rejected rows included: a bad birth date must not take a resident's orders away."""
    raw = source.tables.get("patients")
    return set(raw.frame["patient_id"]) if raw is not None else None


def _typed(raw: RawTable, schema: pa.DataFrameSchema, rejects: _Rejects, as_of: date, date_order: str) -> pd.DataFrame:
    """All columns of the schema, parsed; a cell that does not parse is null and among the rejects."""
    columns = {}
    for name in schema.columns:
        kind = tables.kind(schema, name)
        if name not in raw.frame:
            columns[name] = pd.Series(
                pd.NA if kind not in ("text", "id", "choice", "dose") else "", index=raw.frame.index
            )
            columns[name] = columns[name].astype(tables.DTYPES.get(kind, "str"))
            continue
        parse = _parser(kind, schema, name, raw, as_of, date_order)
        columns[name] = _parsed(raw.frame[name], parse, tables.DTYPES.get(kind, "str"), name, rejects)
    rejects.add(pd.Index(list(raw.bad_rows)), "", pd.Series(list(raw.bad_rows.values()), dtype="str"))
    return pd.DataFrame(columns, index=raw.frame.index)


def _parsed(texts: pd.Series, parse: Callable[[str], object], dtype: str, name: str, rejects: _Rejects) -> pd.Series:
    """Each distinct text parsed once. `parse` gives the value, or a `_Bad` with the reason."""
    codes, distinct = pd.factorize(texts)
    values: list[object] = []
    reasons: list[str] = []
    missing = "" if dtype == "str" else None
    for text in distinct:
        bad = _Bad("the cell shows a spreadsheet error") if text in ERROR_CELLS else None
        value = bad or (parse(text) if text else missing)
        reasons.append(value.reason if isinstance(value, _Bad) else "")
        values.append(missing if isinstance(value, _Bad) else value)
    reason = np.asarray(reasons, dtype=object)[codes] if len(distinct) else np.asarray([], dtype=object)
    failed = reason != ""
    rejects.add(texts.index[failed], name, pd.Series(reason[failed], dtype="str"))
    array = pd.array(values, dtype=dtype) if dtype != "datetime64[s]" else pd.array(np.array(values, dtype=dtype))
    return pd.Series(array.take(codes) if len(distinct) else array, index=texts.index, name=name)


@dataclass(frozen=True)
class _Bad:
    reason: str


def _parser(
    kind: str, schema: pa.DataFrameSchema, name: str, raw: RawTable, as_of: date, date_order: str
) -> Callable[[str], object]:
    if kind == "number":
        return _number
    if kind == "dose":
        return _dose
    if kind == "date":
        return _date_parser(name, raw, as_of, date_order)
    if kind in ("choice", "yes_no"):
        words = tables.words(schema, name)
        choices = ", ".join(
            dict.fromkeys("yes" if v is True else "no" if v is False else str(v) for v in words.values())
        )
        not_known = dict.fromkeys(_NOT_KNOWN, "" if kind == "choice" else None)
        known = not_known | dict(words)
        return lambda text: known.get(text.casefold(), _Bad(f"must be one of {choices}"))
    return lambda text: text if len(text) <= _LONGEST_TEXT else _Bad(f"longer than {_LONGEST_TEXT} characters")


def _number(text: str) -> float | _Bad:
    found = _NUMBER.match(text.replace("\u2212", "-"))
    if not found or not any(character.isdigit() for character in found[1]):
        return _Bad("not a number")
    value = float(found[1].replace(",", ""))
    return value if np.isfinite(value) else _Bad("not a finite number")


def _dose(text: str) -> str | _Bad:
    """A dose stays text (`1-2`, `25,000`, `1/2`); what has neither a number nor the words of a dose is no dose."""
    first = _NUMBER_IN_TEXT.search(text)
    if first is None:
        return text if _DOSE_WORDS.match(text) else _Bad("not a dose: a number was expected")
    if text.startswith(("-", "\u2212")):
        return _Bad("a dose cannot be negative")
    if re.fullmatch(r"[0.,]+", text):
        return _Bad("a dose cannot be zero")
    return text


def _date_parser(name: str, raw: RawTable, as_of: date, date_order: str) -> Callable[[str], object]:
    order = dates.order_of(raw.frame[name].unique())
    if order in ("unknown", "mixed") and date_order:
        order = date_order
    if order == "unknown":
        raise InputError(
            f"{raw.place}, column '{raw.headings[name]}': day and month cannot be told apart in any of its dates. "
            "Say which comes first with --date-order mdy (3/4/2026 is March 4) or --date-order dmy (it is 3 April)."
        )

    def parse(text: str) -> object:
        value = dates.parse(text, order, as_of)
        if isinstance(value, str):
            return _Bad(value)
        if value < EARLIEST:
            return _Bad("before 1900")
        return np.datetime64(value, "s")

    return parse


def _check_schema(typed: pd.DataFrame, schema: pa.DataFrameSchema, rejects: _Rejects) -> None:
    """Required cells that are empty, and numbers out of range."""
    for name in tables.required(schema):
        text = tables.DTYPES.get(tables.kind(schema, name), "str") == "str"
        empty = (typed[name] == "") if text else typed[name].isna()
        rejects.add(typed.index[empty], name, "empty, but needed")
    try:
        schema.validate(typed, lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        cases = cases[cases["column"].isin(typed.columns) & cases["index"].notna() & (cases["check"] != "not_nullable")]
        for (column, check), group in cases.groupby(["column", "check"]):
            rejects.add(pd.Index(group["index"].astype("int64")), str(column), str(check))


def _patients(typed: pd.DataFrame, rejects: _Rejects, as_of: date) -> None:
    _unique(typed, "patient_id", rejects)
    today = np.datetime64(as_of, "s")
    rejects.add(typed.index[typed["birth_date"] > today], "birth_date", "after the day of the review")


def _medications(typed: pd.DataFrame, rejects: _Rejects, as_of: date) -> None:
    stopped_first = typed["stop_date"] < typed["start_date"]
    rejects.add(typed.index[stopped_first], "stop_date", "before the start date")
    _unique(typed, "order_id", rejects)
    _repeated(typed, rejects)


def _conditions(typed: pd.DataFrame, rejects: _Rejects, as_of: date) -> None:
    nothing = (typed["code"] == "") & (typed["description"] == "")
    rejects.add(typed.index[nothing], "description", "neither a code nor a description")


def _labs(typed: pd.DataFrame, rejects: _Rejects, as_of: date) -> None:
    """Nothing holds across the columns of a lab result; a result after the day of the review is simply not used."""


def _allergies(typed: pd.DataFrame, rejects: _Rejects, as_of: date) -> None:
    """Nothing holds across the columns of an allergy."""


_ACROSS: dict[str, Callable[[pd.DataFrame, _Rejects, date], None]] = {
    "patients": _patients,
    "medications": _medications,
    "conditions": _conditions,
    "allergies": _allergies,
    "labs": _labs,
}


def _unique(typed: pd.DataFrame, column: str, rejects: _Rejects) -> None:
    given = typed[typed[column] != ""]
    again = given.index[given[column].duplicated()]
    first = given.drop_duplicates(column).reset_index().set_index(column).iloc[:, 0]
    rows = first.reindex(given[column].loc[again])
    reasons = pd.Series([f"the same {column} stands in row {row}" for row in rows], dtype="str")
    rejects.add(again, column, reasons)


def _repeated(typed: pd.DataFrame, rejects: _Rejects) -> None:
    """Rows without an order number that repeat an earlier row in every cell."""
    unnumbered = typed[typed["order_id"] == ""]
    again = unnumbered.index[unnumbered.duplicated()]
    rejects.add(again, "drug", "repeats an earlier row in every cell")
