"""The tables of a home, from the lists in `parts/`.

The lists say who lives there, what they have and what they take. What they leave open (order dates, spellings of a
frequency, ordinary laboratory values) is drawn from a generator seeded with the resident and the order, so that a
change to one resident changes nobody else and every run gives the same cells.
"""

import csv
import random
from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

Row = dict[str, object]
Tables = dict[str, list[Row]]

PARTS = Path(__file__).resolve().parent / "parts"
REVIEW_DAY = date(2026, 11, 1)
TABLES = ("patients", "medications", "conditions", "allergies", "labs")
PRESCRIBERS = {
    "North": "Odalys Brennick, MD",
    "South": "Hamish Tolliver, DO",
    "Memory Care": "Noor Achterberg, MD",
    "Rehab": "Tessa Wynkoop, NP",
    "First Floor": "Odalys Brennick, MD",
    "Second Floor": "Hamish Tolliver, DO",
}
# Nurses and pharmacies write the same frequency differently; an export holds them all.
SPELLINGS = {
    "daily": ("daily", "once daily", "QD", "every day", "one time a day"),
    "BID": ("BID", "twice daily", "two times a day"),
    "TID": ("TID", "three times daily", "three times a day"),
    "QID": ("QID", "four times daily"),
    "at bedtime": ("at bedtime", "HS", "QHS"),
    "every 6 hours": ("every 6 hours", "q6h"),
    "every 8 hours": ("every 8 hours", "q8h"),
    "every 12 hours": ("every 12 hours", "q12h"),
    "every 4 hours PRN": ("every 4 hours PRN", "q4h PRN", "every 4 hours as needed"),
    "every 6 hours PRN": ("every 6 hours PRN", "q6h prn", "every 6 hours as needed"),
    "every 8 hours PRN": ("every 8 hours PRN", "q8h PRN", "every 8 hours as needed"),
}
ROUTES = {
    "PO": ("Give", "by mouth"),
    "sublingual": ("Place", "under the tongue"),
    "inhalation": ("Inhale", "by mouth"),
    "ophthalmic": ("Instill", "in both eyes"),
    "otic": ("Instill", "in both ears"),
    "nasal": ("Spray", "in each nostril"),
    "topical": ("Apply", "to the affected area"),
    "transdermal": ("Apply", "to the skin"),
    "subcutaneous": ("Inject", "subcutaneously"),
    "rectal": ("Insert", "rectally"),
    "vaginal": ("Insert", "vaginally"),
}


def part(name: str) -> list[dict[str, str]]:
    """One of the lists, as text."""
    with (PARTS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def drawn(*names: str) -> random.Random:
    """A generator of its own for each thing that is drawn."""
    return random.Random(" ".join(names))


def day_between(generator: random.Random, first: date, last: date) -> date:
    return first + timedelta(days=generator.randrange((last - first).days + 1))


def as_date(text: str) -> date | None:
    return date.fromisoformat(text) if text else None


def as_number(text: str) -> object:
    """A number where the text is one; whole numbers without a decimal point, as a spreadsheet shows them."""
    try:
        number = float(text)
    except ValueError:
        return text or None
    return int(number) if number.is_integer() else number


def patient(resident: dict[str, str], facility: str) -> Row:
    yes_no = {"Y": "Yes", "": "No"}
    return {
        "Resident ID": resident["resident_id"],
        "Name": resident["name"],
        "Facility": facility,
        "Unit": resident["unit"],
        "Sex": resident["sex"],
        "Birth Date": as_date(resident["birth_date"]),
        "Weight kg": as_number(resident["weight_kg"]),
        "Height cm": as_number(resident["height_cm"]),
        "Hepatic Impairment": resident["hepatic_impairment"] or "none",
        "Smoker": yes_no[resident["smoker"]],
        "Hospice": yes_no[resident["hospice"]],
        "Dialysis": yes_no[resident["dialysis"]],
        "Alcohol Use": resident["alcohol_use"] or "none",
        "Grapefruit": yes_no[resident["grapefruit"]],
        "Admission Date": as_date(resident["admission_date"]),
        "Pump Refill Due": as_date(resident["pump_refill_due"]),
    }


def order(resident: dict[str, str], given: dict[str, str]) -> Row:
    """One order from the formulary or from the home's particular orders (which bring their own dates)."""
    generator = drawn(resident["resident_id"], given["drug"], given.get("start_date", ""))
    spellings = SPELLINGS.get(given["frequency"], (given["frequency"],))
    as_needed = "PRN" in given["frequency"]
    start, stop = as_date(given.get("start_date", "")), as_date(given.get("stop_date", ""))
    if start is None:
        start, stop = order_dates(generator, date.fromisoformat(resident["admission_date"]), given["days"])
    # Real exports leave some indications out; here only everyday orders do: each listed problem stays what it is.
    told = "start_date" in given or generator.random() > 0.06
    indication = given["indication"] if told else ""
    directions = given.get("directions") or directions_for(given, max(spellings, key=len), indication)
    return {
        "Resident ID": resident["resident_id"],
        "Order ID": None,
        "Medication": given["drug"],
        "Dose": as_number(given["dose"]),
        "Dose Unit": given["dose_unit"],
        "Frequency": generator.choice(spellings),
        "Route": given["route"],
        "PRN": "Yes" if as_needed else "No",
        "Start Date": start,
        "Stop Date": stop,
        "Indication": indication or None,
        "Prescriber": given.get("prescriber") or PRESCRIBERS[resident["unit"]],
        "Directions": directions,
    }


def order_dates(generator: random.Random, admitted: date, days: str) -> tuple[date, date | None]:
    """A course of `days` lies wholly in the past year; anything else goes on, half of it since the admission."""
    length = int(days or 0)
    last = REVIEW_DAY - timedelta(days=length + 30)
    first = max(admitted, REVIEW_DAY - timedelta(days=330)) if length else admitted
    on_admission = last <= first or (not length and generator.random() < 0.5)
    start = admitted if on_admission else day_between(generator, first, last)
    return start, start + timedelta(days=length - 1) if length else None


def directions_for(given: dict[str, str], frequency: str, indication: str) -> str:
    verb, way = ROUTES[given["route"]]
    text = f"{verb} {given['dose']} {given['dose_unit']} {way} {frequency}"
    text += f" for {indication}" if indication else ""
    return text + (f". {given['note']}" if given.get("note") else "")


def lab_results(resident: dict[str, str], needed: Iterable[str], particular: list[dict[str, str]]) -> list[Row]:
    """Ordinary values of the tests a resident needs, and in their place the particular ones where those are given."""
    who = resident["resident_id"]
    given = [row for row in particular if row["resident_id"] == who]
    replaced = {row["test"] for row in given}
    results: list[tuple[str, object, str, date | None]] = []
    for row in given:
        if row["value"]:  # an empty value takes the test away
            results.append((row["test"], as_number(row["value"]), row["unit"], as_date(row["date"])))
    for test in part("panel"):
        if test["test"] in replaced or not (test["for_all"] == "yes" or test["test"] in needed):
            continue
        generator = drawn(who, test["test"])
        value = round(generator.uniform(float(test["low"]), float(test["high"])), int(test["decimals"]))
        age = generator.randrange(3, int(test["within_days"]))
        results.append((test["test"], as_number(str(value)), test["unit"], REVIEW_DAY - timedelta(days=age)))
    if "Creatinine" not in replaced:
        generator = drawn(who, "Creatinine")
        recent = REVIEW_DAY - timedelta(days=generator.randrange(5, 75))
        value = float(resident["creatinine"])
        earlier = round(value * generator.uniform(0.92, 1.05), 1)
        results.append(("Creatinine", as_number(str(value)), "mg/dL", recent))
        results.append(("Creatinine", as_number(str(earlier)), "mg/dL", recent - timedelta(days=182)))
    results.sort(key=lambda result: (result[0], result[3]))
    return [
        {"Resident ID": who, "Test": test, "Value": value, "Unit": unit or None, "Date": day}
        for test, value, unit, day in results
    ]


def home(name: str, facility: str, first_order: int) -> Tables:
    """All tables of one home."""
    formulary = {row["key"]: row for row in part("formulary")}
    conditions = {row["key"]: row for row in part("conditions")}
    particular, labs = part(f"{name}-orders"), part(f"{name}-labs")
    tables: Tables = {table: [] for table in TABLES}
    for resident in part(f"{name}-residents"):
        who = {"Resident ID": resident["resident_id"]}
        usual = [formulary[key] for key in resident["orders"].split()]
        special = [row for row in particular if row["resident_id"] == resident["resident_id"]]
        orders = sorted((order(resident, given) for given in usual + special), key=lambda row: row["Start Date"])
        needed = {test for row in usual for test in row["monitor"].split(";")}
        tables["patients"].append(patient(resident, facility))
        tables["medications"] += orders
        for key in resident["conditions"].split():
            tables["conditions"].append(
                who | {"Code": conditions[key]["code"], "Description": conditions[key]["description"]}
            )
        for entry in filter(None, resident["allergies"].split(";")):
            substance, reaction = entry.split("=")
            tables["allergies"].append(who | {"Substance": substance, "Reaction": reaction})
        tables["labs"] += lab_results(resident, needed, labs)
    for number, row in enumerate(tables["medications"], first_order):
        row["Order ID"] = f"RX{number}"
    return tables
