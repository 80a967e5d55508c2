"""An empty input workbook: a sheet for each table, drop-downs, and a page that explains every column."""

from pathlib import Path

from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from pipeline import tables
from pipeline.errors import OutputError

_LAST_ROW = 2000
_HEADING = PatternFill("solid", fgColor="1F3B57")
_NEEDED = PatternFill("solid", fgColor="9A5B00")
_FORMS = {
    "text": "text",
    "id": "text",
    "number": "a number",
    "dose": "a number, or a range such as 1-2",
    "age": "whole years",
    "weight": "a number, or one with its unit: 150 lb",
    "height": "a number, or one with its unit: 64 in",
    "date": "a date, best as 2026-11-01",
    "birth": "a date, best as 2026-11-01",
    "last_day": "a date, best as 2026-11-01",
    "yes_no": "yes or no",
}


def write_template(path: Path) -> None:
    """Writes the workbook.

    Raises:
        OutputError: the file is there already, cannot be written, or is no .xlsx by its name.
    """
    if path.suffix.lower() != ".xlsx":
        raise OutputError(f"{path} must end in .xlsx.")
    if path.exists():
        raise OutputError(f"{path} is there already and may be filled in. Choose another name, or delete it first.")
    workbook = Workbook()
    explained = workbook.active
    assert isinstance(explained, Worksheet)
    _explain(explained)
    for name, schema in tables.INPUT.items():
        _sheet(workbook.create_sheet(name.capitalize()), schema)
    try:
        workbook.save(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}.") from error


def form(schema: tables.Table, column: str) -> str:
    """What goes into a cell of the column, in words."""
    kind = schema.columns[column].kind
    return _FORMS[kind] if kind in _FORMS else "one of " + ", ".join(choices(schema, column))


def choices(schema: tables.Table, column: str) -> list[str]:
    """The few values that a cell of the column may have; empty when there are many."""
    kind = schema.columns[column].kind
    if kind == "yes_no":
        return ["yes", "no"]
    return (
        list(dict.fromkeys(str(value) for value in schema.columns[column].words.values())) if kind == "choice" else []
    )


def _sheet(sheet: Worksheet, schema: tables.Table) -> None:
    for at, name in enumerate(schema.columns, start=1):
        letter = get_column_letter(at)
        cell = sheet.cell(1, at, name)
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = _NEEDED if schema.columns[name].required else _HEADING
        sheet.column_dimensions[letter].width = max(
            14, len(name) + 4, 34 if name in ("drug", "directions", "description") else 0
        )
        below = f"{letter}2:{letter}{_LAST_ROW}"
        kind = schema.columns[name].kind
        if kind in ("text", "id", "dose", "choice"):
            sheet.column_dimensions[letter].number_format = "@"
        if kind in ("date", "birth", "last_day"):
            sheet.column_dimensions[letter].number_format = "yyyy-mm-dd"
        values = choices(schema, name)
        if values:
            validation = DataValidation(
                "list", formula1=f'"{",".join(values)}"', allow_blank=True, showErrorMessage=True
            )
            validation.error = f"Choose one of {', '.join(values)}, or leave it empty."
            sheet.add_data_validation(validation)
            validation.add(below)
    sheet.freeze_panes = "C2" if schema.name != "patients" else "B2"


def _explain(sheet: Worksheet) -> None:
    sheet.title = "Read me"
    sheet.append(["How to fill in this workbook"])
    sheet["A1"].font = Font(bold=True, size=14)
    sheet.append(
        ["Fill in Medications; every other sheet adds checks. One row an order. Headings in brown are needed."]
    )
    sheet.append(["Then run: medreview review THIS-FILE.xlsx --out FOLDER"])
    sheet.append([])
    sheet.append(
        ["sheet", "column", "what it holds", "what goes into a cell", "needed", "other headings that are understood"]
    )
    for cell in sheet[5]:
        cell.font = Font(bold=True, color="FFFFFF")
        cell.fill = _HEADING
    for table, schema in tables.INPUT.items():
        for name, column in schema.columns.items():
            needed = "yes" if column.required else ""
            others = ", ".join(schema.columns[name].aliases)
            sheet.append([table.capitalize(), name, column.description, form(schema, name), needed, others])
    for letter, width in zip("ABCDEF", (14, 20, 44, 40, 9, 70), strict=True):
        sheet.column_dimensions[letter].width = width
    for row in sheet.iter_rows(min_row=6):
        for cell in row:
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A6"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
