"""A flat sheet is split into the tables it holds; where its rows disagree nothing is guessed."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.source import RawTable, Source, read
from tests.inputs import Grid, write_csv, write_workbook

FLAT: Grid = [
    ["MRN", "Resident Name", "DOB", "Sex", "Wing", "Weight", "Medication", "Dose", "Diagnosis", "Batch"],
    ["1", "Byron, Ada", "1940-02-03", "F", "North", "61", "baclofen", "5", "spasms", "x"],
    ["2", "Bo Lund", "", "M", "South", "80", "morphine", "10", "", "x"],
    ["1", "Ada  BYRON", "1940-02-03", "female", "North", "61.0", "lorazepam", "1", "anxiety", "x"],
    ["2", "Bo Lund", "1951-11-30", "", "South", "", "warfarin", "2", "", "x"],
]


def _read(folder: Path, rows: Grid, **tables: Grid) -> Source:
    if not tables:
        return read(write_csv(folder / "flat.csv", rows))
    return read(write_workbook(folder / "flat.xlsx", {"medications": rows, **tables}))


def _cells(raw: RawTable) -> list[list[str]]:
    return raw.frame.to_numpy().tolist()


def _changed(row: int, column: str, text: str) -> Grid:
    rows = [list(cells) for cells in FLAT]
    rows[row - 1][FLAT[0].index(column)] = text
    return rows


def test_a_flat_list_is_patients_and_orders(tmp_path: Path) -> None:
    """What rows leave out others may say, and writing the same in another way is no contradiction."""
    source = _read(tmp_path, FLAT)
    patients, orders = source.tables["patients"], source.tables["medications"]
    assert list(patients.frame.columns) == ["patient_id", "name", "birth_date", "sex", "unit", "weight_kg"]
    assert _cells(patients) == [
        ["1", "Byron, Ada", "1940-02-03", "F", "North", "61"],
        ["2", "Bo Lund", "1951-11-30", "M", "South", "80"],
    ]
    assert list(patients.frame.index) == [2, 3]
    assert patients.headings["birth_date"] == "DOB"
    assert patients.bad_cells == {}
    assert list(orders.frame.columns) == ["patient_id", "drug", "dose", "indication"]
    assert orders.unused == ("Batch",)
    assert list(orders.frame.index) == [2, 3, 4, 5]


@pytest.mark.parametrize(
    ("column", "text", "name"),
    [("DOB", "1941-02-03", "birth_date"), ("Sex", "M", "sex"), ("Weight", "75", "weight_kg"),
     ("Resident Name", "Cy Dee", "name")],
)  # fmt: skip
def test_rows_that_disagree_are_told(column: str, text: str, name: str, tmp_path: Path) -> None:
    patients = _read(tmp_path, _changed(4, column, text)).tables["patients"]
    assert patients.bad_cells == {(2, name): "rows 2 and 4 of the medications disagree"}


def test_a_resident_who_moved_has_no_unit_and_no_fault(tmp_path: Path) -> None:
    patients = _read(tmp_path, _changed(4, "Wing", "South")).tables["patients"]
    assert patients.frame["unit"].tolist() == ["", "South"]
    assert patients.bad_cells == {}


def test_a_patients_table_wins(tmp_path: Path) -> None:
    """The flat columns only fill those that it lacks entirely."""
    source = _read(tmp_path, FLAT, patients=[["patient_id", "sex", "unit"], ["1", "", "Garden"], ["7", "F", ""]])
    patients = source.tables["patients"].frame
    assert patients.loc[2].to_dict() == {
        "patient_id": "1", "sex": "", "unit": "Garden", "name": "Byron, Ada", "birth_date": "1940-02-03",
        "weight_kg": "61",
    }  # fmt: skip
    assert patients["patient_id"].tolist() == ["1", "7"]
    assert source.tables["medications"].unused == ("Batch", "Sex", "Wing")


def test_rows_whose_cells_have_shifted_say_nothing_of_the_patient(tmp_path: Path) -> None:
    path = tmp_path / "flat.csv"
    path.write_text("mrn,sex,drug\n1,M,calcium, 500 mg\n1,F,baclofen\n", encoding="utf-8")
    patients = read(path).tables["patients"]
    assert _cells(patients) == [["1", "F"]]
    assert list(patients.frame.index) == [3]


@pytest.mark.parametrize("heading", ["Unit", "UNIT"])
def test_a_unit_beside_a_dose_is_asked_about(heading: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as raised:
        _read(tmp_path, [["mrn", "drug", "Dose", heading], ["1", "baclofen", "5", "mg"]])
    assert str(raised.value) == (
        f"flat.csv: the column '{heading}' beside 'Dose' could be the unit of the dose or the unit where the resident "
        "lives. Name it dose_unit or nursing unit, or say which it is in a mapping, with --mapping."
    )


@pytest.mark.parametrize("headings", [["Dose", "Dose Unit", "Unit"], ["Unit", "Frequency", "Route"]])
def test_a_unit_that_can_only_be_that_of_the_resident(headings: list[str], tmp_path: Path) -> None:
    rows = [["mrn", "drug", *headings], ["1", "baclofen", *("North" if name == "Unit" else "" for name in headings)]]
    assert _read(tmp_path, rows).tables["patients"].frame["unit"].tolist() == ["North"]


def test_a_list_of_allergies_in_a_cell(tmp_path: Path) -> None:
    rows = [
        ["mrn", "drug", "Allergies"],
        ["1", "baclofen", "PCN (rash, hives); sulfa|codeine"],
        ["1", "lorazepam", "Sulfa, latex\niodine"],
        ["2", "morphine", "NKDA"],
        ["3", "morphine", ""],
    ]
    allergies = _read(tmp_path, rows).tables["allergies"]
    assert _cells(allergies) == [
        ["1", "PCN (rash, hives)"], ["1", "sulfa"], ["1", "codeine"], ["1", "latex"], ["1", "iodine"], ["2", "NKDA"],
    ]  # fmt: skip
    assert list(allergies.rows(allergies.frame.index)) == [2, 2, 2, 3, 3, 4]


def test_lists_in_a_table_of_patients(tmp_path: Path) -> None:
    patients = [
        ["patient_id", "Allergies", "Diagnosis"],
        ["1", "PCN", "G40.909 Epilepsy, unspecified; I10"],
        ["2", "", "Asthma, gout"],
    ]
    tables = _read(tmp_path, [["mrn", "drug"], ["1", "baclofen"], ["2", "x"]], patients=patients).tables
    assert _cells(tables["allergies"]) == [["1", "PCN"]]
    assert tables["conditions"].frame[["patient_id", "code", "description"]].to_numpy().tolist() == [
        ["1", "G40.909", "Epilepsy, unspecified"], ["1", "I10", ""], ["2", "", "Asthma"], ["2", "", "gout"],
    ]  # fmt: skip
    assert list(tables["patients"].frame.columns) == ["patient_id"]


def test_a_table_of_allergies_wins_over_a_list(tmp_path: Path) -> None:
    rows = [["mrn", "drug", "Allergies"], ["1", "baclofen", "PCN"]]
    source = _read(tmp_path, rows, allergies=[["mrn", "substance"], ["1", "sulfa"]])
    assert _cells(source.tables["allergies"]) == [["1", "sulfa"]]
    assert source.tables["medications"].unused == ("Allergies",)


def test_a_list_that_is_empty_throughout_is_no_table(tmp_path: Path) -> None:
    source = _read(tmp_path, [["mrn", "drug", "Allergies"], ["1", "baclofen", ""]])
    assert set(source.tables) == {"medications"}


def test_a_list_of_residents_with_their_medicines_is_a_list_of_orders(tmp_path: Path) -> None:
    source = read(write_workbook(tmp_path / "home.xlsx", {"Residents": FLAT}))
    assert set(source.tables) == {"medications", "patients"}
    source = read(write_workbook(tmp_path / "home.xlsx", {"Residents": FLAT, "Orders": [["mrn", "drug"], ["1", "x"]]}))
    assert source.tables["medications"].frame["drug"].tolist() == ["x"]


def test_flat_sheets_of_several_units(tmp_path: Path) -> None:
    """Contradictions across sheets name the sheet."""
    south = [["MRN", "DOB", "Medication"], ["1", "1940-02-04", "morphine"]]
    source = read(write_workbook(tmp_path / "home.xlsx", {"North": FLAT, "South": south}))
    reason = "rows North!2 and South!2 of the medications disagree"
    assert list(source.tables["patients"].bad_cells.values()) == [reason]


def test_the_sample() -> None:
    source = read(Path(__file__).parents[2] / "samples" / "flat-list.csv")
    assert {name: len(raw.frame) for name, raw in source.tables.items()} == {
        "medications": 7, "patients": 3, "allergies": 3, "conditions": 5,
    }  # fmt: skip
    assert source.tables["patients"].bad_cells == {(9, "birth_date"): "rows 9 and 10 of the medications disagree"}
    assert source.tables["medications"].unused == ()


def test_resident_beside_a_number_is_the_name(tmp_path: Path) -> None:
    rows: Grid = [["Resident", "Resident ID", "Order"], ["Byron, Ada", "1", "baclofen"]]
    source = _read(tmp_path, rows)
    assert _cells(source.tables["patients"]) == [["1", "Byron, Ada"]]
    assert source.tables["patients"].headings["name"] == "Resident"
    alone: Grid = [["Resident", "Order"], ["Byron, Ada", "baclofen"]]
    source = _read(tmp_path, alone)
    assert source.tables["medications"].frame["patient_id"].tolist() == ["Byron, Ada"]
