"""The empty workbook: a sheet for each table, drop-downs, and a review of it once it is filled in."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from pipeline import tables
from tests.command import medreview
from tests.inputs import DAY, HOME, read_csv


@pytest.fixture
def template(tmp_path: Path) -> Path:
    path = tmp_path / "empty.xlsx"
    result = medreview("template", path)
    assert (result.status, result.out, result.err) == (0, f"Wrote {path}.\n", "")
    return path


def test_a_workbook_that_is_there_is_kept(template: Path) -> None:
    before = template.read_bytes()
    result = medreview("template", template)
    message = f"{template} is there already and may be filled in. Choose another name, or delete it first."
    assert (result.status, result.err) == (4, f"medreview: {message}\n")
    assert template.read_bytes() == before


def test_a_sheet_for_each_table(template: Path) -> None:
    book = load_workbook(template)
    assert book.sheetnames == ["Read me", *(name.capitalize() for name in tables.INPUT)]
    for name, schema in tables.INPUT.items():
        assert [cell.value for cell in book[name.capitalize()][1]] == list(schema.columns)
        assert book[name.capitalize()].max_row == 1


def test_every_column_is_explained(template: Path) -> None:
    rows = load_workbook(template)["Read me"].iter_rows(min_row=6, values_only=True)
    explained = {(str(row[0]).lower(), row[1]): row for row in rows}
    assert set(explained) == {(name, column) for name, schema in tables.INPUT.items() for column in schema.columns}
    assert all(row[2] and row[3] for row in explained.values())
    assert {key for key, row in explained.items() if row[4]} >= {("medications", "drug"), ("medications", "patient_id")}


def test_drop_downs_offer_what_is_accepted(template: Path) -> None:
    book = load_workbook(template)
    for name, schema in tables.INPUT.items():
        sheet = book[name.capitalize()]
        offered = {
            str(validation.sqref).split(":")[0]: validation.formula1.strip('"').split(",")
            for validation in sheet.data_validations.dataValidation
        }
        for cell in sheet[1]:
            words = schema.columns[cell.value].words
            assert bool(words) == (f"{cell.column_letter}2" in offered)
            assert all(word.casefold() in words for word in offered.get(f"{cell.column_letter}2", []))


def test_identifiers_are_kept_as_text(template: Path) -> None:
    """Or a spreadsheet program would make 7 of 007."""
    sheet = load_workbook(template)["Medications"]
    assert sheet.column_dimensions["A"].number_format == "@"


def test_an_empty_template_is_told_to_be_empty(template: Path) -> None:
    result = medreview("validate", template, "--as-of", DAY)
    message = "empty.xlsx, sheet 'Medications': the medications table has headings but no rows."
    assert (result.status, result.err) == (4, f"medreview: {message} Check that the export has finished.\n")


@pytest.mark.usefixtures("compiled")
def test_a_filled_template_is_reviewed(template: Path, tmp_path: Path) -> None:
    book = load_workbook(template)
    for name, rows in HOME.items():
        sheet = book[name.capitalize()]
        place = {cell.value: cell.column for cell in sheet[1]}
        for number, row in enumerate(rows[1:], start=2):
            for column, value in zip(rows[0], row, strict=True):
                sheet.cell(number, place[column], value)
    book.save(template)
    result = medreview("review", template, "--out", tmp_path / "out", "--as-of", DAY, "--only", "findings", "--quiet")
    assert (result.status, result.err) == (0, "")
    assert read_csv(tmp_path / "out" / "rejected.csv") == []
    assert {row["patient_id"] for row in read_csv(tmp_path / "out" / "findings.csv")} == {"007", "R2"}
