"""Raw tables become accepted tables of typed columns; every row that cannot be trusted is set aside and listed.

Cells are parsed one by one to nullable types, each distinct text once, and only then are presence and ranges checked
(these by pandera): one cell that does not parse must not switch off the check of its column. A row with any bad cell is
set aside whole: a half-read order is more dangerous than one that is listed as not read. For every table, read =
accepted + rejected.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline import across, tables
from pipeline.cells import CENTIMETRES, KILOGRAMS, LONGEST_TEXT, NOT_SHOWN, Bad, parser
from pipeline.errors import InputError
from pipeline.normalise import dates
from pipeline.normalise.conditions import counted_codes
from pipeline.normalise.distinct import positions_in
from pipeline.normalise.labs import LabTests
from pipeline.rejects import Rejects
from pipeline.source.raw import ERROR_CELLS, ERROR_MARK, RawTable, Source

if TYPE_CHECKING:
    import pandera.pandas as pa

EARLIEST = date(1900, 1, 1)
_REMEMBERED = 50_000
_DATES = ("date", "birth", "last_day")


@dataclass(frozen=True)
class Accepted:
    """The tables that the rest of the review works on.

    `tables`: each table of the input with typed columns, indexed by source row. Columns the source lacks are there,
    empty. `rejected`: one line for each bad cell: `table`, `row`, `column`, `value`, `reason`, and `at`, the place of
    the row in the table. `rows`: for each table read, accepted and rejected. `absent`: table → contract columns that
    the source does not have (all of them when the table is missing). `set_aside`: patient ids of the rejected rows, by
    table. `notes`: what is to be said once of the whole input. `date_order`: how the dates of the medications are
    written, `mdy` or `dmy`, as far as that is known. `numeric_codes`: whether most codes of conditions are numbers, as
    those of ICD-9 are.
    """

    tables: dict[str, pd.DataFrame]
    rejected: pd.DataFrame
    rows: dict[str, dict[str, int]]
    absent: dict[str, frozenset[str]]
    set_aside: dict[str, pd.Series]
    notes: tuple[across.Note, ...] = ()
    date_order: str = ""
    numeric_codes: bool = False


def validate(source: Source, as_of: date, date_order: str = "", lab_tests: LabTests | None = None) -> Accepted:
    """Every table of the source, accepted or rejected row by row.

    Args:
        source: the tables as read.
        as_of: the day of the review, in the light of which dates are judged.
        date_order: `mdy` or `dmy` for dates such as 3/4/2026, or empty to decide from each column.
        lab_tests: the tests of which a result that is no number, or that cannot be, is set aside.

    Raises:
        InputError: a date column in which day and month cannot be told apart.
    """
    known = _known_patients(source)
    light = across.Light(as_of, pd.Series(dtype="datetime64[s]"), lab_tests, [])
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
        rejects = Rejects(raw)
        typed = _typed(raw, schema, rejects, as_of, date_order)
        _check_schema(typed, schema, rejects)
        if table == "patients":
            light = replace(light, births=across.births(typed))
        across.check(typed, rejects, light)
        if known is not None and table != "patients":
            strangers = positions_in(known, typed["patient_id"]) < 0
            unknown = typed.index[strangers & (typed["patient_id"] != "").to_numpy(bool)]
            rejects.add(unknown, "patient_id", "no patient of this id stands in the patients table")
        bad = rejects.rows
        set_aside[table] = raw.frame["patient_id"].loc[bad].set_axis(raw.rows(bad))
        accepted[table] = _in_one_unit(typed.drop(index=bad) if len(bad) else typed)
        rejected.append(rejects.frame())
        counts[table] = {"read": len(typed), "accepted": len(typed) - len(bad), "rejected": len(bad)}
    listed = [frame for frame in rejected if len(frame)]
    frame = pd.concat(listed, ignore_index=True) if listed else pd.DataFrame(columns=list(tables.REJECTED))
    orders = source.tables.get("medications")
    known_order = date_order or (_order_of_others(orders, "") if orders else "")
    numeric = numeric_codes(source.tables["conditions"]) if "conditions" in source.tables else False
    return Accepted(accepted, frame, counts, absent, set_aside, tuple(light.notes), known_order, numeric)


def numeric_codes(raw: RawTable) -> bool:
    """Whether most codes of the problem lists, as far as they do not name their system, are numbers."""
    if raw.whole:
        return raw.whole.numeric_codes
    coded, numbers = codes_and_numbers(raw)
    return numbers * 2 > coded


def codes_and_numbers(raw: RawTable) -> tuple[int, int]:
    """Of the codes that do not name their system how many there are, and how many of them are numbers."""
    if "code" not in raw.frame:
        return 0, 0
    silent = pd.Series("", index=raw.frame.index, dtype="str")
    return counted_codes(raw.frame.get("code_system", silent), raw.frame["code"])


def _known_patients(source: Source) -> pd.Index | None:
    """Ids in the patients table, rejected rows included: a bad birth date must not take a resident's orders away."""
    raw = source.tables.get("patients")
    return pd.Index(raw.frame["patient_id"].unique()) if raw is not None and not raw.derived else None


def _in_one_unit(typed: pd.DataFrame) -> pd.DataFrame:
    """Weight and height, where they are given in pounds and inches alone, in kilograms and centimetres too."""
    if "weight_kg" not in typed:
        return typed
    return typed.assign(
        weight_kg=typed["weight_kg"].fillna(typed["weight_lb"] * KILOGRAMS["lb"]),
        height_cm=typed["height_cm"].fillna(typed["height_in"] * CENTIMETRES["in"]),
    )


def _typed(raw: RawTable, schema: tables.Table, rejects: Rejects, as_of: date, date_order: str) -> pd.DataFrame:
    """All columns of the schema, parsed; a cell that does not parse is null and among the rejects."""
    columns = {}
    for (row, name), reason in raw.bad_cells.items():
        rejects.add(pd.Index([row]), name, reason)
    for name in schema.columns:
        kind = schema.columns[name].kind
        dtype = tables.DTYPES.get(kind, "str")
        if name not in raw.frame:
            columns[name] = pd.Series("" if dtype == "str" else pd.NA, index=raw.frame.index, dtype=dtype)
            continue
        if kind in ("text", "id") and not _any_odd(raw.frame[name], name == "patient_id"):
            columns[name] = raw.frame[name].astype("str")
            continue
        parse = _date_parser(kind, name, raw, as_of, date_order) if kind in _DATES else parser(schema, name)
        columns[name] = _parsed(raw.frame[name], parse, dtype, name, rejects)
    rejects.add(pd.Index(list(raw.bad_rows)), "", pd.Series(list(raw.bad_rows.values()), dtype="str"))
    return pd.DataFrame(columns, index=raw.frame.index)


def _any_odd(texts: pd.Series, names_residents: bool) -> bool:
    """Whether any text is too long, shows an error of a spreadsheet or, where it names residents, cannot be shown; of
    text nothing else is asked."""
    import pyarrow as pa
    import pyarrow.compute as pc

    cells = pa.array(texts, type=pa.large_string())
    longest = pc.max(pc.binary_length(cells)).as_py() or 0  # in bytes: no text has more characters
    if longest > LONGEST_TEXT or not ERROR_CELLS.keys().isdisjoint(
        cells.filter(pc.starts_with(cells, ERROR_MARK)).to_pylist()
    ):
        return True
    return names_residents and NOT_SHOWN.search("\n".join(texts.unique().tolist())) is not None


def _parsed(texts: pd.Series, parse: Callable[[str], object], dtype: str, name: str, rejects: Rejects) -> pd.Series:
    """Each distinct text parsed once. `parse` gives the value, or a `Bad` with the reason."""
    codes, distinct = pd.factorize(texts)
    values: list[object] = []
    reasons: list[str] = []
    missing = "" if dtype == "str" else None
    for text in distinct.tolist():
        bad = Bad(ERROR_CELLS[text]) if text in ERROR_CELLS else None
        value = bad or (parse(text) if text else missing)
        reasons.append(value.reason if isinstance(value, Bad) else "")
        values.append(missing if isinstance(value, Bad) else value)
    is_bad = np.array([reason != "" for reason in reasons], dtype=bool)
    failed = np.flatnonzero(is_bad[codes]) if is_bad.any() else np.array([], dtype=np.int64)
    reason = np.array(reasons, dtype=object)[codes[failed]]
    rejects.add(texts.index[failed], name, pd.Series(reason, dtype="str"))
    array = pd.array(values, dtype=dtype) if dtype != "datetime64[s]" else pd.array(np.array(values, dtype=dtype))
    return pd.Series(array.take(codes) if len(distinct) else array, index=texts.index, name=name)


def _date_parser(kind: str, name: str, raw: RawTable, as_of: date, date_order: str) -> Callable[[str], object]:
    return date_parser(kind, order_in(raw, name, date_order), as_of)


def order_in(raw: RawTable, name: str, date_order: str) -> str:
    """How a date column writes day and month: `mdy`, `dmy`, `mixed` or empty.

    Raises:
        InputError: neither the column nor the others of the table nor the user says which comes first.
    """
    order = _order_of(raw, name)
    if order in ("unknown", "mixed") and date_order:
        order = date_order
    if order == "unknown":
        order = _order_of_others(raw, name) or order
    if order == "unknown":
        raise InputError(
            f"{raw.place}, column '{raw.headings[name]}': day and month cannot be told apart in any of its dates. "
            "Say which comes first with --date-order mdy (3/4/2026 is March 4) or --date-order dmy (it is 3 April)."
        )
    return order


def _order_of(raw: RawTable, name: str) -> str:
    return raw.whole.date_orders[name] if raw.whole else dates.order_of(raw.frame[name].unique().tolist())


@lru_cache(maxsize=32)
def date_parser(kind: str, order: str, as_of: date) -> Callable[[str], object]:
    """What reads a date of a column of this kind: the day, None for an open end, or `Bad`. It keeps days in mind, for
    the next part of the input."""
    read = dates.parse_birth if kind == "birth" else dates.parse

    @lru_cache(maxsize=_REMEMBERED)
    def parse(text: str) -> object:
        if kind == "last_day" and dates.open_ended(text):
            return None
        value = read(text, order, as_of)
        if isinstance(value, str):
            return Bad(value)
        if value < EARLIEST:
            return Bad("before 1900")
        return np.datetime64(value, "s")

    return parse


def _order_of_others(raw: RawTable, name: str) -> str:
    """The order of day and month that the other date columns of the table prove, if they agree: a report has one."""
    orders = {_order_of(raw, other) for other in date_columns(raw) if other != name} - {"", "unknown"}
    return orders.pop() if len(orders) == 1 and "mixed" not in orders else ""


def date_columns(raw: RawTable) -> list[str]:
    """The columns of dates that the table has."""
    schema = tables.INPUT[raw.table]
    return [name for name in schema.columns if schema.columns[name].kind in _DATES and name in raw.frame]


def _check_schema(typed: pd.DataFrame, schema: tables.Table, rejects: Rejects) -> None:
    """Required cells that are empty, and numbers out of range."""
    for name in tables.required(schema):
        text = tables.DTYPES.get(schema.columns[name].kind, "str") == "str"
        empty = (typed[name] == "") if text else typed[name].isna()
        rejects.add(typed.index[empty], name, "empty, but needed")
    outside = {name: typed[name] for name, column in schema.columns.items() if _any_outside(typed[name], column)}
    if not outside:
        return  # pandera takes half a second to import and to set up
    import pandera.pandas as pa

    checks = {name: pa.Column(None, _range(schema.columns[name]), nullable=True) for name in outside}
    try:
        pa.DataFrameSchema(checks).validate(pd.DataFrame(outside), lazy=True)
    except pa.errors.SchemaErrors as errors:
        cases = errors.failure_cases
        cases = cases[cases["column"].isin(typed.columns) & cases["index"].notna() & (cases["check"] != "not_nullable")]
        for (column, check), group in cases.groupby(["column", "check"]):
            rejects.add(pd.Index(group["index"].astype("int64")), str(column), str(check))


def _any_outside(numbers: pd.Series, column: tables.Column) -> bool:
    """Whether any number is not in the range of its column."""
    if column.between is None or not numbers.notna().any():
        return False
    low, high, _ = column.between
    return bool(numbers.min() < low or numbers.max() > high)


def _range(column: tables.Column) -> "pa.Check":
    import pandera.pandas as pa

    assert column.between is not None
    low, high, unit = column.between
    return pa.Check.in_range(low, high, error=f"must be between {low:g} and {high:g} {unit}".rstrip())
