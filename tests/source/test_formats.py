"""Every format that is read gives the same cells, with the numbers of the rows as the source shows them."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.source import read
from pipeline.source.column_texts import texts
from pipeline.source.raw import cell_text
from tests.inputs import HOME, Grid, write_csv, write_folder, write_ods, write_workbook, write_xls

ROWS = [["Resident ID", "Medication"], ["007", "baclofen 10 mg"], ["R2", "NA"], ["R3", "Lévodopa; carbidopa, 25/100"]]
CELLS = [["007", "baclofen 10 mg"], ["R2", "NA"], ["R3", "Lévodopa; carbidopa, 25/100"]]


def _parquet(path: Path, rows: Grid) -> Path:
    columns = dict(zip(rows[0], zip(*rows[1:], strict=True), strict=True))
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table({name: list(cells) for name, cells in columns.items()}), path)
    return path


WRITERS: dict[str, Callable[[Path], Path]] = {
    ".xlsx": lambda folder: write_workbook(folder / "home.xlsx", {"Medications": ROWS}),
    ".xlsm": lambda folder: write_workbook(folder / "home.xlsm", {"Medications": ROWS}),
    ".XLSX": lambda folder: write_workbook(folder / "HOME.XLSX", {"Medications": ROWS}),
    ".xls": lambda folder: write_xls(folder / "home.xls", {"Medications": ROWS}),
    ".ods": lambda folder: write_ods(folder / "home.ods", {"Medications": ROWS}),
    "comma": lambda folder: write_csv(folder / "home.csv", ROWS),
    "semicolon": lambda folder: write_csv(folder / "home.csv", ROWS, ";"),
    "tab": lambda folder: write_csv(folder / "home.tsv", ROWS, "\t"),
    "bar": lambda folder: write_csv(folder / "home.txt", ROWS, "|"),
    "UTF-8 with its mark": lambda folder: write_csv(folder / "home.csv", ROWS, encoding="utf-8-sig"),
    "UTF-16": lambda folder: write_csv(folder / "home.csv", ROWS, encoding="utf-16"),
    "Windows-1252": lambda folder: write_csv(folder / "home.csv", ROWS, encoding="cp1252"),
    "Parquet": lambda folder: _parquet(folder / "home.parquet", ROWS),
    "folder of CSV": lambda folder: write_csv(folder / "home" / "Orders.csv", ROWS).parent,
    "folder of Parquet": lambda folder: _parquet(folder / "home" / "meds.parquet", ROWS).parent,
}


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_the_same_cells(name: str, tmp_path: Path) -> None:
    raw = read(WRITERS[name](tmp_path)).tables["medications"]
    assert raw.frame.to_numpy().tolist() == CELLS
    assert list(raw.frame.columns) == ["patient_id", "drug"]
    assert list(raw.frame.index) == [2, 3, 4]
    assert raw.headings == {"patient_id": "Resident ID", "drug": "Medication"}


def test_partitioned_parquet(tmp_path: Path) -> None:
    """Parts of one table; what the folders' names say is a column, and stays text."""
    for unit, rows in {"007": ROWS[:2], "012": [ROWS[0], *ROWS[2:]]}.items():
        _parquet(tmp_path / "medications" / f"status={unit}" / "part-0.parquet", rows)
        _parquet(tmp_path / "patients" / f"unit={unit}" / "part-0.parquet", [["mrn"], *([row[0]] for row in rows[1:])])
    (tmp_path / "medications" / "_SUCCESS").touch()
    tables = read(tmp_path).tables
    assert tables["medications"].frame["patient_id"].tolist() == ["007", "R2", "R3"]
    assert list(tables["medications"].frame.index) == [2, 3, 4]
    assert tables["patients"].frame["unit"].tolist() == ["007", "012", "012"]


def test_parts_with_days(tmp_path: Path) -> None:
    """Parts that are not in folders of their own, with a column that is no text."""
    for part, patient in enumerate(("R1", "R2")):
        table = pa.table({"patient_id": [patient], "drug": ["baclofen"], "start_date": [date(2026, 1, part + 1)]})
        (tmp_path / "medications").mkdir(exist_ok=True)
        pq.write_table(table, tmp_path / "medications" / f"part-{part}.parquet")
    orders = read(tmp_path).tables["medications"].frame
    assert orders["start_date"].tolist() == ["2026-01-01", "2026-01-02"]


def test_parquet_types(tmp_path: Path) -> None:
    """Numbers, days, truth values and nulls become text; a column of lists, which nothing needs, does no harm."""
    table = pa.table(
        {
            "patient_id": [7, 8],
            "drug": ["baclofen", None],
            "dose": [2.5, 5.0],
            "prn": [True, None],
            "start_date": [date(2026, 1, 2), None],
            "stop_date": [datetime.fromisoformat(moment) for moment in ("2026-03-04", "2026-03-04 08:30")],
            "tags": [["a"], []],
        }
    )
    pq.write_table(table, tmp_path / "orders.parquet")
    raw = read(tmp_path / "orders.parquet").tables["medications"]
    assert raw.frame.to_numpy().tolist() == [
        ["7", "baclofen", "2.5", "yes", "2026-01-02", "2026-03-04"],
        ["8", "", "5", "", "", "2026-03-04 08:30:00"],
    ]
    assert raw.unused == ("tags",)


_DAYS = st.dates() | st.none()


@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"])) | st.none())
    | st.lists(st.integers(-(2**62), 2**62) | st.none())
    | st.lists(st.floats() | st.none())
    | st.lists(st.booleans() | st.none())
    | st.lists(_DAYS)
)
def test_a_column_becomes_the_text_that_each_of_its_cells_does(cells: list) -> None:
    column = pa.array(cells)
    told = [cell_text(cell) for cell in column.to_pylist()]
    assert texts(pa.chunked_array([column])).to_pylist() == told
    encoded = column if pa.types.is_null(column.type) else column.dictionary_encode()
    assert texts(pa.chunked_array([encoded, encoded])).to_pylist() == told * 2 or not cells


@pytest.mark.parametrize("space", [chr(code) for code in range(0x3001) if chr(code).isspace()])
def test_white_space_around_a_cell(space: str) -> None:
    cell = f"{space}a{space}b{space}"
    assert texts(pa.chunked_array([[cell]])).to_pylist() == [cell_text(cell)]


def test_lines_of_a_report_in_parquet(tmp_path: Path) -> None:
    """They are told by all of their cells, also those of columns that nothing needs; rows without text are left out."""
    rows = [
        ["patient_id", "drug", "remark"],
        ["1", "baclofen", ""],
        ["patient_id", "drug", "remark"],
        ["Page 2", "", ""],
        ["", "", ""],
        ["", "", "see page 3"],
        ["2", "lorazepam", "x"],
    ]
    raw = read(_parquet(tmp_path / "orders.parquet", rows)).tables["medications"]
    assert raw.frame["patient_id"].tolist() == ["1", "patient_id", "Page 2", "", "2"]
    assert list(raw.frame.index) == [2, 3, 4, 6, 7]
    assert list(raw.bad_rows) == [3, 4]


def test_a_whole_home(tmp_path: Path) -> None:
    """Every table from a workbook and from a folder, whatever else lies there."""
    book = write_workbook(tmp_path / "home.xlsx", {"Notes": [["call Bo"]], **HOME})
    folder = write_folder(tmp_path / "home", HOME)
    (folder / "notes.docx").write_text("x", encoding="utf-8")
    (folder / ".DS_Store").write_text("x", encoding="utf-8")
    from_book, from_folder = read(book), read(folder)
    assert set(from_book.tables) == set(from_folder.tables) == set(HOME)
    assert from_book.unused == ("sheet 'Notes'",)
    assert from_folder.unused == ("notes.docx",)
    for table, raw in from_book.tables.items():
        assert raw.frame.equals(from_folder.tables[table].frame), table


def test_sheets_are_told_by_their_headings(tmp_path: Path) -> None:
    """Where the name of a sheet says nothing, its headings do."""
    names = dict(zip(("a", "b", "c", "d", "e"), HOME.values(), strict=True))
    source = read(write_workbook(tmp_path / "home.xlsx", names))
    held = {raw.sheet: table for table, raw in source.tables.items()}
    assert {sheet: held[sheet] for sheet in "abde"} == {
        "a": "patients",
        "b": "medications",
        "d": "allergies",
        "e": "labs",
    }


def test_a_sheet_of_notes_is_no_table(tmp_path: Path) -> None:
    """One cell that could be a heading makes no table; the page that explains the template has many such."""
    notes = [["sheet", "column"], ["Patients", "patient_id"], ["Medications", "drug"], ["Labs", "date"]]
    source = read(write_workbook(tmp_path / "home.xlsx", {"Read me": notes, "Medications": ROWS}))
    assert list(source.tables) == ["medications"]
    assert source.unused == ("sheet 'Read me'",)


def test_titles_above_the_headings(tmp_path: Path) -> None:
    rows = [["Elm Court"], ["Active orders", "", "page 1"], [], *ROWS[:2], [], ["", ""], *ROWS[2:]]
    for path in (
        write_workbook(tmp_path / "home.xlsx", {"Medications": rows}),
        write_csv(tmp_path / "home.csv", rows),
        write_ods(tmp_path / "home.ods", {"Medications": rows}),
    ):
        raw = read(path).tables["medications"]
        assert list(raw.frame.index) == [5, 8, 9]
        assert raw.frame.to_numpy().tolist() == CELLS


@pytest.mark.parametrize(
    "heading", ["patient_id", "PATIENT ID", "Patient-Id", "patientid", "MRN", "resident  id", "Resident"]
)
def test_headings(heading: str, tmp_path: Path) -> None:
    raw = read(write_csv(tmp_path / "home.csv", [["X", heading, "DRUG"], ["1", "2", "3"]])).tables["medications"]
    assert raw.frame.to_numpy().tolist() == [["2", "3"]]
    assert raw.headings["patient_id"] == heading
    assert raw.unused == ("X",)


@pytest.mark.parametrize("headings", [["drug", "Medication"], ["Medication", "drug"]])
def test_the_own_name_of_a_column_wins(headings: list[str], tmp_path: Path) -> None:
    raw = read(write_csv(tmp_path / "home.csv", [["mrn", *headings], ["1", "2", "3"]])).tables["medications"]
    assert raw.headings["drug"] == "drug"
    assert raw.unused == ("Medication",)
