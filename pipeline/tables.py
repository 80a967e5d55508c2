"""The tables that come in and go out, each declared once.

Reading, validation, the template workbook and the documentation all derive from these declarations. A column of an
input table is a pandera column; its metadata says how a cell is read (`kind`), which headings name it (`aliases`) and,
for a choice, which words stand for which value (`words`).
"""

from collections.abc import Mapping
from typing import Any

import pandas as pd
import pandera.pandas as pa

YES_NO = {
    "yes": True, "y": True, "true": True, "t": True, "1": True, "x": True,
    "no": False, "n": False, "false": False, "f": False, "0": False,
}  # fmt: skip
SEX = {"f": "F", "female": "F", "woman": "F", "m": "M", "male": "M", "man": "M"}
HEPATIC = {
    "none": "none", "no": "none", "normal": "none",
    "mild": "mild", "moderate": "moderate", "severe": "severe",
    "child-pugh a": "mild", "child-pugh b": "moderate", "child-pugh c": "severe",
    "a": "mild", "b": "moderate", "c": "severe",
    "class a": "mild", "class b": "moderate", "class c": "severe",
}  # fmt: skip
ALCOHOL = {
    "none": "none", "no": "none", "never": "none", "abstinent": "none", "n": "none",
    "occasional": "occasional", "social": "occasional", "rare": "occasional", "light": "occasional",
    "yes": "occasional", "y": "occasional",
    "moderate": "moderate", "daily": "moderate",
    "heavy": "heavy", "severe": "heavy",
}  # fmt: skip

DTYPES = {
    "text": "str",
    "id": "str",
    "number": "Float64",
    "date": "datetime64[s]",
    "yes_no": "boolean",
    "choice": "str",
}


def _column(
    kind: str,
    description: str,
    *aliases: str,
    required: bool = False,
    words: Mapping[str, Any] | None = None,
    check: pa.Check | None = None,
) -> pa.Column:
    return pa.Column(
        None,
        checks=check,
        required=required,
        nullable=not required,
        description=description,
        metadata={"kind": kind, "aliases": aliases, "words": YES_NO if kind == "yes_no" else words},
    )


def _between(low: float, high: float, unit: str) -> pa.Check:
    return pa.Check.in_range(low, high, error=f"must be between {low:g} and {high:g} {unit}".rstrip())


_PATIENT_ID = ("resident id", "mrn", "resident", "patient", "resident number", "medical record number", "client id")


def _patient_id() -> pa.Column:
    return _column("id", "the resident's number, as in every other table", *_PATIENT_ID, required=True)


PATIENTS = pa.DataFrameSchema(
    {
        "patient_id": _patient_id(),
        "name": _column("text", "the resident's name", "resident name", "patient name", "full name"),
        "facility": _column("text", "the home", "facility name", "home", "site", "community"),
        "unit": _column("text", "the unit, wing or floor", "wing", "floor", "ward", "nursing unit", "station"),
        "sex": _column("choice", "F or M", "gender", "birth sex", words=SEX),
        "birth_date": _column("date", "the day of birth", "dob", "date of birth", "birthdate"),
        "weight_kg": _column(
            "number", "weight in kilograms", "weight", "body weight kg", check=_between(0.3, 500, "kg")
        ),
        "height_cm": _column("number", "height in centimetres", "height", check=_between(20, 250, "cm")),
        "hepatic_impairment": _column(
            "choice",
            "none, mild, moderate or severe (Child-Pugh A, B, C)",
            "liver impairment",
            "child pugh",
            words=HEPATIC,
        ),
        "pregnant": _column("yes_no", "pregnant now", "pregnancy"),
        "breastfeeding": _column("yes_no", "breastfeeding now", "lactating", "lactation"),
        "smoker": _column("yes_no", "smokes tobacco", "smoking", "tobacco use"),
        "hospice": _column("yes_no", "on hospice or end-of-life care", "hospice care", "end of life"),
        "dialysis": _column("yes_no", "on dialysis", "on dialysis", "hemodialysis", "haemodialysis"),
        "alcohol_use": _column("choice", "none, occasional, moderate or heavy", "alcohol", "etoh", words=ALCOHOL),
        "grapefruit": _column("yes_no", "eats grapefruit or drinks its juice", "grapefruit juice"),
        "admission_date": _column("date", "the day of admission", "admitted", "admit date", "admission"),
        "pump_refill_due": _column(
            "date", "the day an intrathecal pump must be refilled by", "pump refill date", "refill due"
        ),
    },
    name="patients",
)

MEDICATIONS = pa.DataFrameSchema(
    {
        "patient_id": _patient_id(),
        "order_id": _column("id", "the order's number, unique when given", "order number", "rx number", "rx", "rx id"),
        "drug": _column(
            "text", "the medicine as the source writes it", "medication", "order", "drug name", "medication name",
            "order description", "medicine", required=True,
        ),
        "dose": _column("dose", "how much at a time", "dose amount", "dosage", "dose quantity", "dose value"),
        "dose_unit": _column("text", "mg, mcg, tablet, units …", "unit of dose", "dose units", "uom", "dosage unit"),
        "frequency": _column("text", "BID, every 6 hours PRN, at bedtime …", "freq", "schedule", "sig frequency"),
        "route": _column("text", "PO, intrathecal, topical …", "route of administration", "admin route"),
        "prn": _column("yes_no", "given only as needed; also read off the frequency", "as needed", "prn flag"),
        "start_date": _column("date", "the first day", "start", "order date", "ordered", "date started", "begin date"),
        "stop_date": _column(
            "date", "the last day; empty means ongoing", "stop", "end date", "end", "discontinued", "discontinue date"
        ),
        "indication": _column("text", "why it is given", "diagnosis", "reason", "indication for use", "dx"),
        "prescriber": _column("text", "who ordered it", "physician", "provider", "ordering provider", "doctor"),
        "directions": _column("text", "the full directions", "sig", "instructions", "directions for use"),
    },
    name="medications",
)  # fmt: skip

CONDITIONS = pa.DataFrameSchema(
    {
        "patient_id": _patient_id(),
        "code": _column(
            "id", "the ICD-10 code", "icd10", "icd 10", "icd code", "diagnosis code", "dx code", "icd10 code"
        ),
        "description": _column(
            "text", "the condition in words", "diagnosis", "condition", "problem", "diagnosis description"
        ),
    },
    name="conditions",
)

ALLERGIES = pa.DataFrameSchema(
    {
        "patient_id": _patient_id(),
        "substance": _column("text", "a medicine or a class of them", "allergen", "allergy", "drug", required=True),
        "reaction": _column("text", "what happened", "reactions", "manifestation"),
    },
    name="allergies",
)

LABS = pa.DataFrameSchema(
    {
        "patient_id": _patient_id(),
        "test": _column(
            "text", "creatinine, potassium, inr …", "lab", "lab test", "test name", "analyte", required=True
        ),
        "value": _column("number", "the result as a number", "result", "result value", "lab value", required=True),
        "unit": _column("text", "the unit of the result", "units", "uom", "result unit"),
        "date": _column(
            "date", "the day the sample was taken", "collection date", "result date", "lab date", "collected",
            required=True,
        ),
    },
    name="labs",
)  # fmt: skip

INPUT = {schema.name: schema for schema in (PATIENTS, MEDICATIONS, CONDITIONS, ALLERGIES, LABS)}

TABLE_ALIASES = {
    "patients": ("patients", "patient", "residents", "resident", "census", "demographics", "resident list"),
    "medications": (
        "medications", "medication", "meds", "orders", "medication orders", "order", "prescriptions", "med list",
        "medication list", "active orders",
    ),
    "conditions": ("conditions", "diagnoses", "diagnosis", "problems", "problem list", "condition", "dx"),
    "allergies": ("allergies", "allergy", "adverse reactions"),
    "labs": ("labs", "lab", "lab results", "laboratory", "results", "lab result"),
}  # fmt: skip

FINDINGS = (
    "patient_id", "finding_id", "check", "rule_id", "severity", "drugs", "factor", "problem", "effect", "mechanism",
    "management", "alternatives", "evidence", "sources", "rows", "status",
)  # fmt: skip
MEDICATIONS_OUT = (
    "patient_id", "row", "drug", "ingredients", "route", "daily_dose", "daily_dose_unit", "current", "match",
)  # fmt: skip
REJECTED = ("table", "row", "column", "value", "reason")
UNRECOGNISED = ("drug", "rows", "patients", "suggestions")
MEASURES = ("measure", "facility", "unit", "numerator", "denominator", "rate", "ci_low", "ci_high")

SEVERITIES = ("contraindicated", "major", "moderate", "minor")
CHECKS = (
    "interaction", "duplicate", "condition", "allergy", "lifestyle", "dose", "age", "burden", "withdrawal",
    "monitoring", "omission", "duration", "documentation", "pregnancy",
)  # fmt: skip
# What a reader should meet first among findings of one severity.
CHECKS_BY_URGENCY = (
    "allergy", "withdrawal", "dose", "condition", "interaction", "pregnancy", "duplicate", "lifestyle", "burden", "age",
    "duration", "omission", "monitoring", "documentation",
)  # fmt: skip


def kind(schema: pa.DataFrameSchema, column: str) -> str:
    """How a cell of the column is read: text, id, number, dose, date, yes_no or choice."""
    return str(schema.columns[column].metadata["kind"])


def words(schema: pa.DataFrameSchema, column: str) -> Mapping[str, Any]:
    """The words a choice or yes/no column accepts, lower case, and what each stands for."""
    return schema.columns[column].metadata["words"] or {}


def aliases(schema: pa.DataFrameSchema, column: str) -> tuple[str, ...]:
    """Other headings of the column."""
    return tuple(schema.columns[column].metadata["aliases"])


def required(schema: pa.DataFrameSchema) -> list[str]:
    """The columns without which the table cannot be used."""
    return [name for name, column in schema.columns.items() if column.required]


def empty(table: str) -> pd.DataFrame:
    """An accepted table of no rows."""
    schema = INPUT[table]
    kinds = {name: DTYPES.get(kind(schema, name), "str") for name in schema.columns}
    return pd.DataFrame(
        {name: pd.Series(dtype=dtype) for name, dtype in kinds.items()}, index=pd.Index([], dtype="int64")
    )
