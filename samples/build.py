"""Write the sample input: two invented homes, from the lists in `parts/`.

    python samples/build.py [FOLDER]

Every run writes the same cells, whatever the day.
"""

import csv
import sys
from datetime import date
from pathlib import Path

import mess
from homes import Row, Tables, home
from openpyxl import Workbook
from openpyxl.styles import Font
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

SHEETS = {
    "patients": "Residents",
    "medications": "Medication Orders",
    "conditions": "Diagnoses",
    "allergies": "Allergies",
    "labs": "Lab Results",
}
WIDTHS = {"Medication": 52, "Directions": 60, "Description": 52, "Name": 26, "Indication": 30, "Prescriber": 24}


def write_sheet(sheet: Worksheet, rows: list[Row]) -> None:
    """A heading row and the rows below it, with real dates and numbers."""
    for column, heading in enumerate(rows[0], 1):
        sheet.cell(1, column, heading).font = Font(bold=True)
        sheet.column_dimensions[get_column_letter(column)].width = WIDTHS.get(heading, 15)
    for number, row in enumerate(rows, 2):
        for column, value in enumerate(row.values(), 1):
            cell = sheet.cell(number, column, value)
            if isinstance(value, date):
                cell.number_format = "mm/dd/yyyy"
    sheet.freeze_panes = "B2"


def workbook(tables: Tables, titles: dict[str, str]) -> Workbook:
    book = Workbook()
    book.remove(book.active)
    for table, title in titles.items():
        write_sheet(book.create_sheet(title), tables[table])
    return book


def write_csv(tables: Tables, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for table, rows in tables.items():
        with (folder / f"{table}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)


def build(folder: Path) -> None:
    """Write all samples into the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    clean = home("maple-court", "Maple Court", 410001)
    workbook(clean, SHEETS).save(folder / "maple-court.xlsx")
    write_csv(clean, folder / "maple-court")

    messy = workbook(mess.disturb(home("brook-house", "Brook House", 720001)), mess.SHEETS)
    mess.disfigure(messy)
    messy.save(folder / "messy.xlsx")


if __name__ == "__main__":
    build(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent)
