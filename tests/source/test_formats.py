"""Every format that is read gives the same cells, with the numbers of the rows as the source shows them."""

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.source import read
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
