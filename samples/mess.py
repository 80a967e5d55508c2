"""What goes wrong in real exports, done to a clean home. `README.md` lists each defect with its cell.

`disturb` changes what the tables say, `disfigure` how the sheets look.
"""

from datetime import date

from homes import Row, Tables
from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill

HEADINGS = {
    "patients": {
        "Resident ID": "MRN", "Name": "resident  NAME", "Facility": "home", "Unit": "Wing", "Sex": "gender",
        "Birth Date": "d-o-b", "Weight kg": "WEIGHT_KG", "Height cm": "Height-CM", "Alcohol Use": "etoh",
        "Admission Date": "admit date",
    },
    "medications": {
        "Resident ID": "RESIDENT id", "Order ID": "order_number", "Medication": "MEDICATION", "Dose": "dose",
        "Dose Unit": "Dose_Unit", "Frequency": "FREQ", "PRN": "prn flag", "Start Date": "Order-Date",
        "Stop Date": "end  date", "Indication": "reason", "Prescriber": "PHYSICIAN", "Directions": "sig",
    },
    "conditions": {"Code": "icd-10 code", "Description": "PROBLEM"},
    "allergies": {"Substance": "allergen"},
    "labs": {"Test": "lab_test", "Value": "RESULT", "Unit": "uom", "Date": "Collection Date"},
}  # fmt: skip
SHEETS = {
    "patients": "RESIDENTS",
    "medications": "Medication Orders",
    "conditions": "diagnoses",
    "allergies": "ALLERGIES",
    "labs": "lab results",
}
GENDERS = {"F": "female", "M": "Male"}


def disturb(tables: Tables) -> Tables:
    """The tables with defects in their cells and rows."""
    _disturb_patients(tables["patients"])
    tables["medications"] = _disturb_orders(tables["medications"])
    return {table: [_renamed(row, HEADINGS[table]) for row in rows] for table, rows in tables.items()}


def _renamed(row: Row, headings: dict[str, str]) -> Row:
    return {headings.get(name, name): value for name, value in row.items()}


def _disturb_patients(patients: list[Row]) -> None:
    for number, patient in enumerate(patients):
        patient["Sex"] = GENDERS[str(patient["Sex"])] if number % 2 else patient["Sex"]
        patient["Smoker"] = {"Yes": "Y", "No": "n"}[str(patient["Smoker"])]
    by_id = {patient["Resident ID"]: patient for patient in patients}
    by_id["109"]["Birth Date"] = date(2043, 11, 28)


def _disturb_orders(orders: list[Row]) -> list[Row]:
    for number, order in enumerate(orders):
        order["Pharmacy Batch"] = 88000 + number
        start = order["Start Date"]
        # One column, three ways of writing a date; as text with slashes only days above 12, which cannot be months.
        if number % 5 == 1:
            order["Start Date"] = start.isoformat()
        elif number % 5 == 3 and start.day > 12:
            order["Start Date"] = f"{start.month}/{start.day}/{start.year}"
        # A spreadsheet turns ids that are digits alone into numbers.
        if order["Resident ID"] == "105":
            order["Resident ID"] = 105
    blank = dict.fromkeys(orders[0])
    stray = orders[3] | {
        "Resident ID": "199", "Order ID": "RX720900", "Medication": "Furosemide Oral Tablet 20 MG", "Dose": 20,
        "Frequency": "daily", "PRN": "No", "Indication": "Edema", "Directions": "Give 20 mg by mouth daily for Edema",
    }  # fmt: skip
    return [
        *orders[:30], blank, *orders[30:45], dict(orders[44]), *orders[45:70], blank, blank,
        *orders[70:90], stray, *orders[90:100], orders[100] | {"Order ID": orders[10]["Order ID"]}, *orders[101:],
    ]  # fmt: skip


def disfigure(book: Workbook) -> None:
    """A report's title above the orders, columns that hold nothing, a column hidden."""
    sheet = book[SHEETS["medications"]]
    last = sheet.max_column
    sheet.freeze_panes = None
    sheet.insert_rows(1, 3)
    sheet["A1"], sheet["A2"] = "BROOK HOUSE", "Order Summary Report: active and discontinued orders"
    for row in (1, 2):
        sheet.merge_cells(start_row=row, start_column=1, end_row=row, end_column=last)
        sheet.cell(row, 1).font = Font(bold=True, size=14)
    sheet.column_dimensions[sheet.cell(4, last).column_letter].hidden = True
    # Coloured but empty: the sheet reaches two columns further than its content.
    for row in range(4, 30):
        for column in (last + 1, last + 2):
            sheet.cell(row, column).fill = PatternFill("solid", fgColor="FFF2CC")
