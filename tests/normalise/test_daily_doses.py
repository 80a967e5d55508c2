"""Orders of the whole reference as systems write them, with their daily doses: `daily_doses.txt`."""

from pathlib import Path

import pandas as pd

from pipeline.normalise.orders import understand
from pipeline.rulebook.compile import rulebook
from pipeline.validate import validate
from tests import toy

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
ROWS = [
    tuple(cell.strip() for cell in line.split("|"))
    for line in Path(__file__).with_name("daily_doses.txt").read_text(encoding="utf-8").splitlines()[2:]
]


def told(order: pd.Series) -> str:
    """`10 mg`, `160;12.5 mg` of a combination, or `-` and why no daily dose is known."""
    if not order["daily_dose"]:
        return f"- {order['not_computable']}"
    return ";".join(f"{float(value):.6g}" for value in order["daily_dose"].split(";")) + f" {order['daily_dose_unit']}"


def test_daily_doses_of_orders() -> None:
    names = ("drug", "dose", "frequency", "directions")
    cells = [dict(zip(names, row, strict=False)) for row in ROWS]
    orders = [{"patient_id": "1", "order_id": str(at), **row} for at, row in enumerate(cells)]
    accepted = validate(toy.source(medications=orders), toy.TODAY)
    assert accepted.rejected.empty, accepted.rejected.to_string()
    medications = understand(accepted.tables["medications"], rulebook(REFERENCE), toy.TODAY).medications
    found = [
        told(order) for _, order in medications.set_index("order_id").loc[[o["order_id"] for o in orders]].iterrows()
    ]
    wrong = [
        (*row, one)
        for row, one in zip(ROWS, found, strict=True)
        if not (one == row[4] or (row[4].startswith("-") and one.startswith("-") and row[4][1:].strip() in one))
    ]
    assert wrong == []
