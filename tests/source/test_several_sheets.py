"""Several sheets or files of one table are read together; what their names say of the unit is used, and no more."""

from pathlib import Path

import pytest

from pipeline.source import RawTable, Source, read
from tests.inputs import Grid, write_csv, write_workbook

HEADINGS = ["patient_id", "drug", "dose"]
NORTH: Grid = [["Orders of the north wing"], HEADINGS, ["1", "baclofen", "5"], ["2", "lorazepam", "1"]]
SOUTH: Grid = [["Medication", "Resident ID"], ["morphine", "3"]]


def _rows(raw: RawTable) -> dict[str, list[str]]:
    """Label of each row → its cells."""
    return {str(row): list(cells) for row, cells in zip(raw.rows(raw.frame.index), raw.frame.to_numpy(), strict=True)}


def _units(source: Source) -> dict[str, str]:
    patients = source.tables["patients"].frame
    return dict(zip(patients["patient_id"], patients["unit"], strict=True))


def _book(folder: Path, **sheets: Grid) -> Source:
    return read(write_workbook(folder / "home.xlsx", {name.replace("_", " "): rows for name, rows in sheets.items()}))


def test_sheets_of_one_table_are_read_together(tmp_path: Path) -> None:
    """Each with headings of its own; a row is named by its sheet and its number there."""
    source = _book(tmp_path, North_Wing=NORTH, South_Wing=SOUTH)
    orders = source.tables["medications"]
    assert _rows(orders) == {
        "North Wing!3": ["1", "baclofen", "5"],
        "North Wing!4": ["2", "lorazepam", "1"],
        "South Wing!2": ["3", "morphine", ""],
    }
    assert orders.frame.index.is_unique
    assert orders.place == "home.xlsx, sheets 'North Wing' and 'South Wing'"
    assert [part.headings["drug"] for part in orders.parts] == ["drug", "Medication"]
    assert _units(source) == {"1": "North Wing", "2": "North Wing", "3": "South Wing"}


def test_one_sheet_is_no_unit_and_has_plain_numbers(tmp_path: Path) -> None:
    source = _book(tmp_path, North_Wing=NORTH)
    assert _rows(source.tables["medications"]).keys() == {"3", "4"}
    assert source.tables["medications"].labels is None
    assert set(source.tables) == {"medications"}


@pytest.mark.parametrize("names", [["Medications", "Orders"], ["Sheet1", "Sheet2"], ["Page 1", "Page 2"], ["1", "2"]])
def test_a_name_that_is_no_unit_gives_none(names: list[str], tmp_path: Path) -> None:
    source = _book(tmp_path, **dict(zip(names, (NORTH, SOUTH), strict=True)))
    assert len(source.tables["medications"].frame) == 3
    assert "patients" not in source.tables


def test_the_word_for_the_table_is_no_part_of_the_unit(tmp_path: Path) -> None:
    assert _units(_book(tmp_path, Medications_North=NORTH, South_Meds=SOUTH))["1"] == "North"


def test_a_patient_on_two_sheets_has_no_unit(tmp_path: Path) -> None:
    source = _book(tmp_path, North=NORTH, South=[*SOUTH, ["warfarin", "1"]])
    assert _units(source) == {"1": "", "2": "North", "3": "South"}
    assert not source.tables["patients"].bad_cells


def test_what_a_column_says_of_the_unit_wins(tmp_path: Path) -> None:
    patients = [["patient_id", "unit"], ["1", "Garden"], ["3", ""]]
    assert _units(_book(tmp_path, North=NORTH, South=SOUTH, Patients=patients)) == {"1": "Garden", "3": ""}
    beside = [[*HEADINGS, "Wing"], ["1", "baclofen", "5", "Garden"]]
    assert _units(_book(tmp_path, North=beside, South=SOUTH)) == {"1": "Garden", "3": "South"}


def test_a_patients_table_without_units_gets_them_from_the_orders(tmp_path: Path) -> None:
    patients = [["patient_id", "name"], ["1", "Ada"], ["9", "Bo"]]
    source = _book(tmp_path, North=NORTH, South=SOUTH, Patients=patients)
    assert _units(source) == {"1": "North", "9": ""}
    assert not source.tables["patients"].derived


def test_several_sheets_of_patients(tmp_path: Path) -> None:
    sheets = {"Residents North": [["MRN", "DOB"], ["1", "1940-02-03"]], "Residents South": [["MRN"], ["3"]]}
    source = read(write_workbook(tmp_path / "home.xlsx", {**sheets, "Orders": NORTH}))
    assert _units(source) == {"1": "North", "3": "South"}
    assert source.tables["patients"].frame["birth_date"].tolist() == ["1940-02-03", ""]


def test_marks_that_join_rows_are_not_in_a_label(tmp_path: Path) -> None:
    source = read(write_workbook(tmp_path / "home.xlsx", {"A;B": NORTH, "C": SOUTH}))
    assert list(_rows(source.tables["medications"]))[0] == "A,B!3"


def test_orders_that_have_ended_at_a_time_not_said_are_not_read_as_current(tmp_path: Path) -> None:
    source = _book(tmp_path, Active=NORTH, Discontinued=SOUTH)
    assert len(source.tables["medications"].frame) == 2
    assert source.unused == ("sheet 'Discontinued' (orders that have ended, without a stop date)",)
    dated = [["patient_id", "drug", "Stop Date"], ["3", "morphine", "2026-01-02"]]
    assert len(_book(tmp_path, Active=NORTH, Discontinued=dated).tables["medications"].frame) == 3


def _hidden(folder: Path, *names: str, **sheets: Grid) -> Source:
    from openpyxl import load_workbook

    path = write_workbook(folder / "home.xlsx", sheets)
    book = load_workbook(path)
    for name in names:
        book[name].sheet_state = "hidden"
    book.save(path)
    return read(path)


def test_a_hidden_sheet_is_not_read_beside_one_that_shows(tmp_path: Path) -> None:
    source = _hidden(tmp_path, "Old", North=NORTH, Old=SOUTH)
    assert len(source.tables["medications"].frame) == 2
    assert source.unused == ("sheet 'Old' (hidden)",)


def test_a_hidden_sheet_that_alone_has_a_table_is_read(tmp_path: Path) -> None:
    source = _hidden(tmp_path, "Meds", Meds=NORTH, Residents=[["mrn"], ["1"], ["2"]])
    assert len(source.tables["medications"].frame) == 2
    assert source.unused == ()


def test_files_of_one_table(tmp_path: Path) -> None:
    """A folder of anything: CSV files by their names, workbooks by their sheets, and what programs leave there."""
    write_csv(tmp_path / "medications_north.csv", NORTH)
    write_csv(tmp_path / "medications-south.csv", SOUTH, ";")
    write_workbook(tmp_path / "Garden House.xlsx", {"Sheet1": [HEADINGS, ["4", "warfarin", "2"]], "Notes": [["hello"]]})
    (tmp_path / "~$Garden House.xlsx").write_bytes(b"lock")
    (tmp_path / ".~lock.north.csv#").write_bytes(b"lock")
    (tmp_path / "letter.pdf").write_bytes(b"%PDF")
    source = read(tmp_path)
    assert _units(source) == {"1": "north", "2": "north", "3": "south", "4": "Garden House"}
    assert list(_rows(source.tables["medications"])) == [
        "Garden House.xlsx!2",
        "medications-south.csv!2",
        "medications_north.csv!3",
        "medications_north.csv!4",
    ]
    assert source.unused == ("Garden House.xlsx, sheet 'Notes'", "letter.pdf")


def test_workbooks_with_sheets_of_the_same_names(tmp_path: Path) -> None:
    for name, rows in {"north": NORTH, "south": SOUTH}.items():
        write_workbook(tmp_path / f"{name}.xlsx", {"Orders": rows, "Labs": [["mrn", "test", "value", "date"]]})
    source = read(tmp_path)
    assert list(_rows(source.tables["medications"]))[-1] == "south.xlsx!2"
    assert source.tables["labs"].place == "north.xlsx, sheet 'Labs' and south.xlsx, sheet 'Labs'"
    assert _units(source)["3"] == "south"


def test_a_folder_with_one_workbook(tmp_path: Path) -> None:
    write_workbook(tmp_path / "export.xlsx", {"North": NORTH})
    assert list(read(tmp_path).tables["medications"].frame.index) == [3, 4]


def test_a_file_of_no_telling_name_is_read_only_where_none_says_medications(tmp_path: Path) -> None:
    """What a records system exports beside the orders has patients and codes too."""
    write_csv(tmp_path / "export.csv", NORTH)
    write_csv(tmp_path / "procedures.csv", [["patient_id", "code", "description"], ["1", "0042", "blood test"]])
    source = read(tmp_path)
    assert set(source.tables) == {"medications"}
    assert source.unused == ("procedures.csv",)
    write_csv(tmp_path / "orders.csv", SOUTH)
    source = read(tmp_path)
    assert source.tables["medications"].frame["drug"].tolist() == ["morphine"]
    assert source.unused == ("export.csv", "procedures.csv")


def test_a_sheet_told_by_its_headings_alone_does_not_join_one_that_is_called_so(tmp_path: Path) -> None:
    """Except orders, of which a unit's would be lost."""
    codes = [["patient_id", "code", "description"], ["1", "G40", "epilepsy"]]
    source = _book(tmp_path, Orders=NORTH, Procedures=codes, Conditions=codes, South=SOUTH)
    assert len(source.tables["conditions"].frame) == 1
    assert len(source.tables["medications"].frame) == 3
    assert source.unused == ("sheet 'Procedures'",)
