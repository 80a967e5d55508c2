"""Every row of the input is accepted or set aside and listed; no row is lost, and none stops the review."""

import json
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline import tables
from pipeline.errors import InputError
from pipeline.normalise.labs import LabTests
from pipeline.source.headers import columns_named, raw_table
from pipeline.source.raw import Source
from pipeline.validate import Accepted, validate
from tests import toy
from tests.command import medreview
from tests.inputs import DAY, HOME, Grid, read_csv, write_csv

AS_OF = date.fromisoformat(DAY)
GOOD = {
    "text": ["baclofen", "creatinine", "NA", "10 mg tab"],
    "id": ["007", "R1", "R2", "R3", "R4"],
    "number": ["1", "62.5", "<5", "1,200"],
    "dose": ["5", "1-2", "see directions", "0.5"],
    "age": ["81", "81 y", "90+"],
    "weight": ["61", "150 lb", "68.2 kg"],
    "height": ["163", "5'4\"", "64 in"],
    "date": ["2026-01-02", "46024", "3 Jan 2026", "2026-01-02 08:00:00"],
    "birth": ["1940-01-02", "3 Jan 1940", "14644"],
    "last_day": ["2026-01-02", "ongoing", "12/31/9999"],
    "yes_no": ["yes", "N", "TRUE", "0"],
    "choice": ["F", "male", "none", "moderate"],
}
JUNK = [
    "", " ", "\u00a0", "#N/A", "#REF!", "=1+1", "-5", "0", "1e999", "nan", "None", "unknown", "31/02/2026", "2/30/2026",
    "13/13/2026", "1800-01-01", "99999", "2199-01-01", "\u2212", "½", "١٢", "😀", "a\r\nb", "\x0b", "\u2028", "\ufeff",
    "0000-00-00", "9999-12-31", "Nov 2026", "1,4", "5'", "'", '"', ";", ",", "%s", "<x>", "x" * 4001, "1.2.3",
    "--", "\U0010ffff",
]  # fmt: skip
LAB_TESTS = LabTests({name: pd.DataFrame(toy.rows(toy.TABLES[name])) for name in ("labs", "lab_units", "lab_ranges")})
CHARACTERS = st.characters(exclude_categories=["Cs"], exclude_characters="\x00")


def _cell(kind: str) -> st.SearchStrategy[str]:
    good = st.sampled_from(GOOD[kind])
    return st.one_of(good, good, good, st.sampled_from(JUNK), st.text(CHARACTERS, max_size=8))


@st.composite
def _heading(draw: st.DrawFn, table: str, column: str) -> str:
    """One of the column's names, in any case, its words set apart in any way."""
    name = draw(st.sampled_from([column, *tables.INPUT[table].columns[column].aliases]))
    mark = draw(st.sampled_from([" ", "_", "-", "  "]))
    name = mark.join(name.replace("_", " ").split())
    return draw(st.sampled_from([name, name.upper(), name.title(), f" {name} "]))


@st.composite
def _grid(draw: st.DrawFn, table: str, most: int = 8) -> list[list[str]]:
    """A table with some of its columns in any order; rows may be blank or stand there twice."""
    schema = tables.INPUT[table]
    needed = tables.required(schema)
    others = [name for name in schema.columns if name not in needed]
    columns = draw(st.permutations([*needed, *draw(st.lists(st.sampled_from(others), unique=True))]))
    if len(columns) == 1:
        columns = [*columns, *others[:1]]
    headings = [draw(_heading(table, column)) for column in columns]
    row = st.tuples(*(_cell(schema.columns[column].kind) for column in columns)).map(list)
    rows = draw(st.lists(st.one_of(row, row, row, st.just([""] * len(columns))), max_size=most))
    again = draw(st.lists(st.sampled_from(rows), max_size=2)) if rows else []
    return [headings, *rows, *again]


def _validated(grids: dict[str, Grid], date_order: str = "mdy") -> tuple[Source, Accepted]:
    source = Source({name: raw_table(rows, name, f"{name}.csv") for name, rows in grids.items()}, ())
    return source, validate(source, AS_OF, date_order, LAB_TESTS)


def _blank(row: list[str]) -> bool:
    return not any(cell.replace("\u00a0", " ").strip() for cell in row)


@pytest.mark.parametrize("table", tables.INPUT)
@settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_every_row_is_accepted_or_listed(table: str, data: st.DataObject) -> None:
    grid = data.draw(_grid(table))
    if data.draw(st.booleans()) and table != "patients":
        grids = {"patients": [["patient_id", "name"], ["007", "x"], ["R1", "y"]], table: grid}
    else:
        grids = {table: grid}
    source, accepted = _validated(grids)
    rows = [number for number, row in enumerate(grid[1:], start=2) if not _blank(row)]
    counts = accepted.rows[table]
    assert counts["read"] == len(rows) == counts["accepted"] + counts["rejected"]
    kept = accepted.tables[table]
    listed = accepted.rejected[accepted.rejected["table"] == table]
    assert sorted([*kept.index, *listed["row"].unique()]) == rows
    assert len(listed["row"].unique()) == counts["rejected"]
    assert (listed["reason"] != "").all()
    raw = source.tables[table].frame
    for cell in listed.itertuples():
        assert cell.column == "" or cell.value == (raw[cell.column].loc[cell.row] if cell.column in raw else "")
    assert list(kept.columns) == list(tables.INPUT[table].columns)
    assert kept.dtypes.to_dict() == tables.empty(table).dtypes.to_dict()
    for column in tables.required(tables.INPUT[table]):
        assert not kept[column].isna().any() and (kept[column] != "").all()


@pytest.mark.usefixtures("compiled")
@settings(
    max_examples=10,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)  # fmt: skip
@given(data=st.data())
def test_no_row_stops_a_review(data: st.DataObject) -> None:
    """Whatever stands in the cells, the review is made, its rows add up, and the workbooks are written."""
    grids = {name: data.draw(_grid(name, most=5)) for name in tables.INPUT}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for table, rows in grids.items():
            write_csv(folder / "home" / f"{table}.csv", rows)
        orders = grids["medications"]
        good = _row("medications", orders[0], patient_id="007", drug="baclofen 10 mg")
        write_csv(folder / "home" / "medications.csv", [*orders, good])
        people = grids["patients"]
        write_csv(folder / "home" / "patients.csv", [*people, _row("patients", people[0], patient_id="007")])
        result = medreview(
            "review", folder / "home", "--out", folder / "out", "--as-of", DAY, "--date-order", "mdy", "--quiet"
        )
        assert (result.status, result.err) == (0, "")
        counts = json.loads((folder / "out" / "run.json").read_text(encoding="utf-8"))["rows"]
        listed = read_csv(folder / "out" / "rejected.csv")
        for table in tables.INPUT:
            assert counts[table]["read"] == counts[table]["accepted"] + counts[table]["rejected"]
            assert len({row["row"] for row in listed if row["table"] == table}) == counts[table]["rejected"]


def _row(table: str, headings: list[str], **cells: str) -> list[str]:
    """A row below these headings with nothing but the given cells."""
    return ["".join(cells.get(name, "") for name in columns_named([heading], table)) for heading in headings]


CELLS = [
    # table, column, cell, what it becomes or the reason why not
    ("patients", "sex", "Female", "F"),
    ("patients", "sex", "UNKNOWN", ""),
    ("patients", "sex", "diverse", "must be one of F, M"),
    ("medications", "status", "Discontinued", "stopped"),
    ("medications", "status", "On Hold", "on hold"),
    ("medications", "status", "purple", "must be one of active, on hold, stopped, planned, entered in error"),
    ("patients", "smoker", "Y", True),
    ("patients", "smoker", "n/a", None),
    ("patients", "smoker", "maybe", "must be one of yes, no"),
    ("patients", "hepatic_impairment", "Child-Pugh B", "moderate"),
    ("patients", "weight_kg", "61.5", 61.5),
    ("patients", "weight_kg", "610", "must be between 0.3 and 500 kg"),
    ("patients", "weight_kg", "61 kg", 61.0),
    ("patients", "weight_kg", "61,5", 61.5),
    ("patients", "weight_kg", "61 parsecs", "not a unit of weight: kg and lb are read"),
    ("patients", "weight_kg", "heavy", "not a number"),
    ("patients", "weight_kg", "0", "must be between 0.3 and 500 kg"),
    ("patients", "weight_kg", "1500 lb", "must be between 0.3 and 500 kg"),
    ("patients", "weight_lb", "150", 150.0),
    ("patients", "weight_lb", "1500", "must be between 0.7 and 1100 lb"),
    ("patients", "height_cm", "163 cm", 163.0),
    ("patients", "height_cm", "1.63 m", 163.0),
    ("patients", "height_cm", "5'", 152.4),
    ("patients", "height_cm", "1.63", "must be between 20 and 250 cm"),
    ("patients", "height_cm", "5 cubits", "not a unit of height: cm, m, ft and in are read"),
    ("patients", "height_in", "64", 64.0),
    ("patients", "height_in", "5'4\"", 64.0),
    ("patients", "age", "81", 81.0),
    ("patients", "age", "81 y/o", 81.0),
    ("patients", "age", "18 months", 1.0),
    ("patients", "age", "90+", 90.0),
    ("patients", "age", ">89", 90.0),
    ("patients", "age", "81.7 years old", 81.0),
    ("patients", "age", "old", "not an age in years"),
    ("patients", "age", "200", "must be between 0 and 125 years"),
    ("patients", "weight_kg", "1e999", "not a finite number"),
    ("patients", "birth_date", "1940-02-03", date(1940, 2, 3)),
    ("patients", "birth_date", "Feb 3, 1940", date(1940, 2, 3)),
    ("patients", "birth_date", "14644", date(1940, 2, 3)),
    ("patients", "birth_date", "2/30/1940", "no such day in the calendar"),
    ("patients", "birth_date", "long ago", "not a date"),
    ("patients", "birth_date", "1840-02-03", "before 1900"),
    ("patients", "birth_date", "1900-10-31", "more than 125 years before the day of the review"),
    ("patients", "birth_date", "1900-11-02", date(1900, 11, 2)),
    ("patients", "birth_date", "3-Feb-40", date(1940, 2, 3)),
    ("patients", "birth_date", "25-Dec-26", date(1926, 12, 25)),
    ("patients", "birth_date", "25-Dec-30", date(1930, 12, 25)),
    ("patients", "birth_date", "Feb 1940", "names a month or a year, not a day"),
    ("patients", "birth_date", "9999-12-31", "a placeholder, not a date"),
    ("patients", "birth_date", "N/A", "not a date"),
    ("medications", "start_date", "0000-00-00", "a placeholder, not a date"),
    ("medications", "stop_date", "0000-00-00", None),
    ("medications", "stop_date", "12/31/9999", None),
    ("medications", "stop_date", "Open-ended", None),
    ("medications", "stop_date", "N/A", None),
    ("medications", "stop_date", "-", None),
    ("medications", "stop_date", "soon", "not a date"),
    ("medications", "stop_date", "2036-01-01", date(2036, 1, 1)),
    ("medications", "start_date", "2026-10-01T08:00:00Z", date(2026, 10, 1)),
    ("patients", "birth_date", "2026-11-02", "after the day of the review"),
    ("medications", "drug", "", "empty, but needed"),
    ("medications", "drug", "NA", "NA"),
    ("medications", "drug", "#REF!", "the cell shows a spreadsheet error"),
    ("medications", "directions", "x" * 4001, "longer than 4000 characters"),
    ("medications", "dose", "1-2", "1-2"),
    ("medications", "dose", "2,5", "2.5"),
    ("medications", "dose", "25,000", "25,000"),
    ("medications", "dose", "-5", "a dose cannot be negative"),
    ("medications", "dose", "abc", "not a dose: a number was expected"),
    ("labs", "value", "hemolyzed", "hemolyzed"),
    ("labs", "value", "", "empty, but needed"),
]


@pytest.mark.parametrize(("table", "column", "cell", "expected"), CELLS)
def test_cells(table: str, column: str, cell: str, expected: object) -> None:
    row = dict.fromkeys(tables.required(tables.INPUT[table]), "1") | ({"date": "2026-01-01"} if table == "labs" else {})
    row |= {column: cell, "patient_id": "007"}
    _, accepted = _validated({table: [list(row), list(row.values())]})
    if len(accepted.rejected):
        assert accepted.rejected[list(tables.REJECTED)].to_dict("records") == [
            {"table": table, "row": 2, "column": column, "value": cell, "reason": expected}
        ]
        return
    value = accepted.tables[table][column].loc[2]
    value = value.date() if isinstance(value, pd.Timestamp) else None if value is pd.NA or value is pd.NaT else value
    value = round(value, 6) if isinstance(value, float) else value
    assert value == expected and isinstance(value, type(expected) | np.generic)


ACROSS = {
    "a stop before the start": (
        "medications",
        [["patient_id", "drug", "start_date", "stop_date"], ["1", "a", "2026-02-01", "2026-01-01"]],
        [(2, "stop_date", "before the start date")],
    ),
    "an order number once more": (
        "medications",
        [["patient_id", "order_id", "drug"], ["1", "x", "a"], ["1", "", "b"], ["1", "", "c"], ["2", "x", "d"]],
        [(5, "order_id", "the same order_id stands in row 2")],
    ),
    "a row without a number once more": (
        "medications",
        [["patient_id", "drug"], ["1", "a"], ["1", "b"], ["1", "a"], ["2", "a"]],
        [(4, "drug", "repeats an earlier row in every cell")],
    ),
    "a resident twice": (
        "patients",
        [["patient_id", "name"], ["1", "a"], ["2", "b"], ["1", "c"]],
        [(4, "patient_id", "the same patient_id stands in row 2")],
    ),
    "a condition that says nothing": (
        "conditions",
        [["patient_id", "code"], ["1", ""], ["1", "I10"]],
        [(2, "description", "neither a code nor a description")],
    ),
    "two bad cells in one row": (
        "medications",
        [["patient_id", "drug", "dose", "prn"], ["1", "a", "abc", "perhaps"]],
        [(2, "dose", "not a dose: a number was expected"), (2, "prn", "must be one of yes, no")],
    ),
    "a start long after the review, in a column of the past": (
        "medications",
        [
            ["patient_id", "drug", "start_date"],
            ["1", "a", "2026-01-01"],
            ["1", "b", "2027-11-02"],
            ["1", "c", "2027-11-03"],
            ["1", "d", "2026-02-01"],
        ],
        [(4, "start_date", "more than a year after the day of the review")],
    ),
    "a result long after the review": (
        "labs",
        [
            ["patient_id", "test", "value", "date"],
            ["1", "inr", "2", "2026-01-01"],
            ["1", "inr", "2", "2062-01-01"],
            ["1", "inr", "2", "2026-12-01"],
        ],
        [(3, "date", "more than a year after the day of the review")],
    ),
    "before birth": (
        "medications",
        [
            ["patient_id", "drug", "start_date", "stop_date"],
            ["2", "a", "1940-02-02", ""],
            ["2", "b", "1940-02-03", ""],
            ["2", "c", "", "1939-01-01"],
            ["1", "d", "1930-01-01", ""],
        ],
        [(2, "start_date", "before the date of birth"), (4, "stop_date", "before the date of birth")],
    ),
    "a result before birth": (
        "labs",
        [["patient_id", "test", "value", "date"], ["2", "inr", "2", "1904-01-01"], ["1", "inr", "2", "1904-01-01"]],
        [(2, "date", "before the date of birth")],
    ),
    "an admission before birth": (
        "patients",
        [
            ["patient_id", "birth_date", "admission_date"],
            ["1", "1940-02-03", "1939-02-03"],
            ["2", "1940-02-03", "2030-01-01"],
            ["3", "", "2020-01-01"],
        ],
        [
            (2, "admission_date", "before the date of birth"),
            (3, "admission_date", "more than a year after the day of the review"),
        ],
    ),
    "results that cannot be": (
        "labs",
        [
            ["patient_id", "test", "value", "unit", "date"],
            ["1", "creatinine", "88", "", "2026-01-01"],
            ["1", "creatinine", "88", "umol/L", "2026-01-01"],
            ["1", "creatinine", "pending", "", "2026-01-01"],
            ["1", "survey", "often", "", "2026-01-01"],
        ],
        [(2, "value", "not plausible for creatinine in mg/dL: check its unit"), (4, "value", "not a number")],
    ),
    "a resident who is not known": (
        "labs",
        [["patient_id", "test", "value", "date"], ["3", "inr", "2", "2026-01-01"], ["1", "inr", "2", "2026-01-01"]],
        [(2, "patient_id", "no patient of this id stands in the patients table")],
    ),
}


@pytest.mark.parametrize("name", ACROSS)
def test_rows(name: str) -> None:
    table, grid, expected = ACROSS[name]
    people = {"patients": [["patient_id", "birth_date"], ["1", ""], ["2", "1940-02-03"]]}
    _, accepted = _validated(people | {table: grid})
    found = accepted.rejected[["row", "column", "reason"]]
    assert list(found.itertuples(index=False, name=None)) == expected


def test_a_bad_birth_date_does_not_take_the_orders_away() -> None:
    people = [["patient_id", "birth_date"], ["1", "long ago"]]
    _, accepted = _validated({"patients": people, "medications": [["patient_id", "drug"], ["1", "a"]]})
    assert accepted.rows["medications"]["accepted"] == 1
    assert accepted.rows["patients"]["rejected"] == 1


@pytest.mark.parametrize(
    ("cells", "order", "expected"),
    [
        (["3/4/2026", "3/14/2026"], "", date(2026, 3, 4)),
        (["3/4/2026", "14/3/2026"], "", date(2026, 4, 3)),
        (["3/4/2026", "14/3/2026"], "mdy", date(2026, 4, 3)),
        (["3/4/2026"], "mdy", date(2026, 3, 4)),
        (["3/4/2026"], "dmy", date(2026, 4, 3)),
        (["4/4/2026"], "", date(2026, 4, 4)),
        (["3.4.26"], "dmy", date(2026, 4, 3)),
    ],
)
def test_day_and_month(cells: list[str], order: str, expected: date) -> None:
    rows = [["patient_id", "drug", "start_date"], *(["1", f"drug {at}", cell] for at, cell in enumerate(cells))]
    _, accepted = _validated({"medications": rows}, order)
    assert accepted.tables["medications"]["start_date"].loc[2].date() == expected


def test_dates_that_prove_both_orders_are_set_aside_where_they_prove_none() -> None:
    rows = [
        ["patient_id", "drug", "start_date"],
        ["1", "a", "3/14/2026"],
        ["1", "b", "14/3/2026"],
        ["1", "c", "3/4/2026"],
    ]
    _, accepted = _validated({"medications": rows}, "")
    assert accepted.rejected["row"].tolist() == [4]
    assert accepted.rejected["reason"].tolist() == ["day and month cannot be told apart"]


def test_dates_that_prove_no_order_stop_the_review() -> None:
    with pytest.raises(InputError, match="day and month cannot be told apart"):
        _validated({"medications": [["patient_id", "drug", "start_date"], ["1", "a", "3/4/2026"]]}, "")


def test_another_date_column_of_the_report_tells_day_and_month() -> None:
    rows = [["patient_id", "drug", "start_date", "stop_date"], ["1", "a", "1/20/2026", "3/4/2026"]]
    _, accepted = _validated({"medications": rows}, "")
    assert accepted.tables["medications"]["stop_date"].tolist() == [pd.Timestamp("2026-03-04")]
    assert accepted.date_order == "mdy"
    rows[1][2] = "2026-01-20"
    with pytest.raises(InputError, match="day and month cannot be told apart"):
        _validated({"medications": rows}, "")


def _told(accepted: Accepted) -> list[tuple[str, str]]:
    """What is to be said once of the input: what is missing and what that stops."""
    return [(note.text, note.stops) for note in accepted.notes if note.count != 0]


def test_what_is_no_row_of_the_table_has_one_reason() -> None:
    rows = [["patient_id", "drug", "start_date"], ["1", "a", ""], ["", "Total orders: 1", ""], ["", "b", ""]]
    _, accepted = _validated({"medications": rows}, "")
    told = accepted.rejected[["row", "column"]].to_numpy().tolist()
    assert told == [[3, ""], [4, "patient_id"]]
    assert _told(accepted) == [("whose orders those without a patient_id are (1)", "these orders: no review has them")]


def test_a_column_of_shifted_dates_is_taken_as_it_is_and_told_once() -> None:
    rows = [
        ["patient_id", "drug", "start_date"],
        *(["1", f"drug {year}", f"{year}-01-01"] for year in range(2140, 2149)),
        ["1", "c", "2026-01-01"],
    ]
    _, accepted = _validated({"medications": rows})
    assert accepted.rejected.empty
    ((missing, _),) = _told(accepted)
    assert missing == (
        "dates before the day of the review: most of the column 'start_date' of medications.csv lie more than a year "
        "after it"
    )


def test_what_is_told_once_of_the_input() -> None:
    people = [["patient_id", "birth_date", "age"], ["1", "", "81"], ["2", "1940-01-01", "86"]]
    problems = [
        ["patient_id", "description", "status", "end_date"],
        ["1", "gout", "Resolved", ""],
        ["1", "fever", "", ""],
    ]
    _, accepted = _validated({"patients": people, "conditions": problems})
    assert [missing for missing, _ in _told(accepted)] == [
        "birth dates of residents of whom only the age in years is given (1)",
        "problems that are marked as resolved or inactive (1): they are not used",
    ]


def test_weights_and_heights_in_pounds_and_inches_fill_in_what_is_missing() -> None:
    people = [["patient_id", "weight", "Weight (lbs)", "Height (in)"], ["1", "61", "999", ""], ["2", "", "150", "64"]]
    _, accepted = _validated({"patients": people})
    table = accepted.tables["patients"]
    assert table["weight_kg"].round(1).tolist() == [61.0, 68.0]
    assert table["height_cm"].loc[3] == pytest.approx(162.56)


def test_what_the_source_lacks() -> None:
    _, accepted = _validated({"medications": [["patient_id", "drug"], ["1", "a"]]})
    assert accepted.absent["labs"] == frozenset(tables.LABS.columns)
    assert accepted.absent["medications"] == frozenset(tables.MEDICATIONS.columns) - {"patient_id", "drug"}
    assert accepted.rows == {"medications": {"read": 1, "accepted": 1, "rejected": 0}}
    assert accepted.tables["medications"]["start_date"].isna().all()


def test_a_good_home_is_accepted_whole() -> None:
    _, accepted = _validated(HOME)
    assert accepted.rejected.empty
    assert {name: counts["accepted"] for name, counts in accepted.rows.items()} == {
        name: len(rows) - 1 for name, rows in HOME.items()
    }
