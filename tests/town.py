"""A small town whose whole columns say what its parts do not: the tables, and Parquet of them in any order."""

import random
from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.inputs import Grid

_DRUGS = ("baclofen 10 mg", "oxycodone 5 mg", "lorazepam 1 mg", "warfarin 5 mg", "ibuprofen 400 mg", "zorvexapine 3 mg")


def town(residents: int = 24, seed: int = 7) -> dict[str, list[list[str]]]:
    """The tables, sorted by resident.

    Only one date of a table tells that the day comes first; most admissions lie years ahead; most codes are numbers, so
    that V45.01 is of ICD-9; an order number and a drug that nobody knows stand in several parts; rows are set aside.
    """
    choose = random.Random(seed)
    ids = [f"R{number:03}" for number in range(residents)]
    patients = [["patient_id", "name", "facility", "unit", "sex", "birth_date", "age", "admission_date"]]
    orders = [
        ["patient_id", "order_id", "drug", "dose", "frequency", "start_date", "stop_date", "status", "indication"]
    ]
    problems = [["patient_id", "code", "description", "status"]]
    allergies = [["patient_id", "substance", "reaction"]]
    labs = [["patient_id", "test", "value", "unit", "date"]]
    for at, one in enumerate(ids):
        born = "" if at % 5 == 0 else f"{23 if at == 7 else 3}/{at % 9 + 1}/19{30 + at}"
        patients.append([one, f"Name {at}", f"Home {at % 3}", "North" if at % 2 else "", "F" if at % 3 else "M", born,
                         "81", f"{2140 + at}-01-01"])  # fmt: skip
        for number in range(choose.randint(1, 5)):
            order = "shared" if number == 1 and at % 6 == 0 else f"{at}-{number}"
            begun = "25/1/2026" if at == residents - 1 else f"2/{number + 1}/2026"
            status = "stopped" if number == 3 else ""
            dose = "abc" if at % 8 == 3 and not number else "1"
            orders.append([one, order, choose.choice(_DRUGS), dose, "BID", begun, "", status, ""])
        problems += [[one, "401.9", "", ""], [one, choose.choice(("V45.01", "E11.9", "")), "epilepsy", ""]]
        if at % 4 == 0:
            allergies.append([one, choose.choice(("penicillin", "unobtainium", "codeine")), "rash"])
            problems.append([one, "", "gout", "resolved"])
        labs.append(
            [
                one,
                "creatinine",
                choose.choice(("1.1", "2.4", "high")),
                "mg/dL",
                "30/9/2026" if at == 11 else "2/10/2026",
            ]
        )
        labs.append([one, "blarney", "3", "", "2/10/2026"])
    orders.append(["", "x", "baclofen 10 mg", "", "", "", "", "", ""])
    return {"patients": patients, "medications": orders, "conditions": problems, "allergies": allergies, "labs": labs}


def shuffled(tables: Mapping[str, Grid], seed: int = 1) -> dict[str, list[list[str]]]:
    """The same rows in another order."""
    choose = random.Random(seed)
    return {name: [list(rows[0]), *choose.sample([list(row) for row in rows[1:]], len(rows) - 1)]
            for name, rows in tables.items()}  # fmt: skip


def write_parquet(folder: Path, tables: Mapping[str, Grid], rows_of_a_group: int = 20) -> Path:
    """Each table as a Parquet file of several row groups."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in tables.items():
        columns = dict(zip(rows[0], map(list, zip(*rows[1:], strict=True)), strict=True))
        pq.write_table(pa.table(columns), folder / f"{name}.parquet", row_group_size=rows_of_a_group)
    return folder
