"""Workbooks about the reference itself: tables to look at, and the rules to review and sign."""

from collections.abc import Mapping
from pathlib import Path

import pandas as pd
from openpyxl import Workbook
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.errors import OutputError
from pipeline.report.sheet import plain
from pipeline.report.style import FONT, HEADER_FILL, WHITE
from pipeline.rulebook.load import COLUMNS, RULE_TABLES, Reference
from pipeline.tables import SEVERITIES

SIGNED = ("checked_by", "reviewed_on")
_READ_ME = (
    "How to review and sign the rules",
    "1. Each row of the sheets pairs, totals and gaps is one rule; the reference's README.md says how to read it.",
    "2. Correct what is wrong, in any column but rule_id. To switch a rule off, write no in the column active.",
    "3. Sign a rule that is right: your name in checked_by and the day in reviewed_on, in the columns at the left.",
    "4. Save, and run: medreview reference import signed THIS-FILE.xlsx --into OUR-REFERENCE",
    "   Only rows that you signed or changed are taken over. Then review with --reference OUR-REFERENCE.",
)
_TEXT_WIDTH = 46


def write_frames(path: Path, title: str, frames: Mapping[str, pd.DataFrame]) -> None:
    """Tables as the sheets of a workbook, with filters and frozen headings.

    Raises:
        OutputError: the file cannot be written, or is no .xlsx by its name.
    """
    book = _book(path, title)
    for name, frame in frames.items():
        shown = frame.drop(columns=[column for column in frame if column.startswith("_") or column == "table"])
        _fill(book.create_sheet(name), shown)
    _save(book, path)


def write_rules(path: Path, reference: Reference) -> None:
    """All rules and their sources, to be reviewed and signed.

    Raises:
        OutputError: the file cannot be written, or is no .xlsx by its name.
    """
    book = _book(path, f"medreview: rules of the reference {reference.version}")
    first = book.create_sheet("Read me")
    first.column_dimensions["A"].width = 120
    for line in _READ_ME:
        first.append([line])
    first["A1"].font = Font(name=FONT, bold=True, size=14)
    for name in RULE_TABLES:
        columns = ["rule_id", *SIGNED, *(column for column in COLUMNS[name][1:] if column not in SIGNED)]
        sheet = book.create_sheet(name)
        _fill(sheet, reference.tables[name][columns])
        _choices(sheet, columns, "severity", SEVERITIES)
        _choices(sheet, columns, "active", ("yes", "no"))
        for column in (2, 3):
            sheet.cell(1, column).fill = PatternFill("solid", fgColor="9A5B00")
    _fill(book.create_sheet("sources"), reference.tables["sources"][list(COLUMNS["sources"])])
    _save(book, path)


def _book(path: Path, title: str) -> Workbook:
    if path.suffix.lower() != ".xlsx":
        raise OutputError(f"{path} must end in .xlsx.")
    if path.exists():
        raise OutputError(f"{path} is there already. Choose another name, or delete it first.")
    book = Workbook()
    book.remove(book.worksheets[0])
    book.properties.title, book.properties.creator = title, "medreview"
    return book


def _save(book: Workbook, path: Path) -> None:
    try:
        book.save(path)
    except OSError as error:
        raise OutputError(f"{path} cannot be written: {error.strerror}.") from error


def _fill(sheet: Worksheet, frame: pd.DataFrame) -> None:
    """Headings and rows; text stays text whatever it begins with."""
    for at, name in enumerate(frame.columns, start=1):
        cell = sheet.cell(1, at, name)
        cell.font, cell.fill = Font(name=FONT, bold=True, color=WHITE), PatternFill("solid", fgColor=HEADER_FILL)
        longest = int(frame[name].astype("str").str.len().max()) if len(frame) else 0
        sheet.column_dimensions[get_column_letter(at)].width = min(max(longest, len(name)) + 3, _TEXT_WIDTH)
    wrapped, body = Alignment(wrap_text=True, vertical="top"), Font(name=FONT, size=9)
    for row, record in enumerate(frame.itertuples(index=False), start=2):
        for at, value in enumerate(record, start=1):
            cell = sheet.cell(row, at)
            cell.value = plain(value)
            if isinstance(value, str):
                cell.data_type = "s"
            cell.alignment, cell.font = wrapped, body
    sheet.freeze_panes = "B2"
    if len(frame):
        sheet.auto_filter.ref = sheet.dimensions
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.print_title_rows = "1:1"


def _choices(sheet: Worksheet, columns: list[str], name: str, values: tuple[str, ...]) -> None:
    letter = get_column_letter(columns.index(name) + 1)
    validation = DataValidation("list", formula1=f'"{",".join(values)}"', showErrorMessage=True)
    sheet.add_data_validation(validation)
    validation.add(f"{letter}2:{letter}{sheet.max_row}")
