"""The tables that come in and go out, each declared once.

Reading, validation, the template workbook and the documentation all derive from these declarations.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from pipeline.choices import ALCOHOL, HEPATIC, SEX, STATUS, YES_NO
from pipeline.headings import TABLES

DTYPES = {
    "text": "str",
    "id": "str",
    "number": "Float64",
    "age": "Float64",
    "weight": "Float64",
    "height": "Float64",
    "date": "datetime64[s]",
    "birth": "datetime64[s]",
    "last_day": "datetime64[s]",
    "yes_no": "boolean",
    "choice": "str",
}


@dataclass(frozen=True)
class Column:
    """A column of an input table. `kind`: how a cell is read. `aliases`: headings that name it. `words`: of a choice,
    which words stand for which value. `between`: the least and the greatest number, and their unit."""

    kind: str
    description: str
    aliases: tuple[str, ...]
    required: bool
    words: Mapping[str, Any]
    between: tuple[float, float, str] | None


@dataclass(frozen=True)
class Table:
    """An input table."""

    columns: Mapping[str, Column]
    name: str


def _column(
    kind: str,
    description: str,
    *aliases: str,
    required: bool = False,
    words: Mapping[str, Any] | None = None,
    between: tuple[float, float, str] | None = None,
) -> Column:
    return Column(kind, description, aliases, required, YES_NO if kind == "yes_no" else words or {}, between)


_PATIENT_ID = ("resident id", "mrn", "resident number", "medical record number", "client id")


def _patient_id() -> Column:
    return _column("id", "the resident's number, as in every other table", *_PATIENT_ID, required=True)


PATIENTS = Table(
    {
        "patient_id": _patient_id(),
        "name": _column("text", "the resident's name", "resident name", "patient name", "full name"),
        "facility": _column("text", "the home", "facility name", "home", "site", "community"),
        "unit": _column("text", "the unit, wing or floor", "wing", "floor", "ward", "nursing unit", "station"),
        "sex": _column("choice", "F or M", "gender", "birth sex", words=SEX),
        "birth_date": _column("birth", "the day of birth", "dob", "date of birth", "birthdate"),
        "age": _column(
            "age",
            "age in years, used when there is no birth_date",
            "age years",
            "age in years",
            "years of age",
            between=(0, 125, "years"),
        ),
        "weight_kg": _column(
            "weight",
            "weight in kilograms",
            "weight",
            "body weight kg",
            "weight in kg",
            "wt kg",
            between=(0.3, 500, "kg"),
        ),
        "weight_lb": _column(
            "weight",
            "weight in pounds, used when there is no weight_kg",
            "weight lbs",
            "weight in lb",
            "weight in lbs",
            "weight pounds",
            "weight in pounds",
            "wt lb",
            "wt lbs",
            "body weight lb",
            "body weight lbs",
            between=(0.7, 1100, "lb"),
        ),
        "height_cm": _column(
            "height", "height in centimetres", "height", "height in cm", "ht cm", between=(20, 250, "cm")
        ),
        "height_in": _column(
            "height",
            "height in inches, used when there is no height_cm",
            "height inches",
            "height in inches",
            "ht in",
            between=(8, 100, "in"),
        ),
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

MEDICATIONS = Table(
    {
        "patient_id": _patient_id(),
        "order_id": _column("id", "the order's number, unique when given", "order number", "rx number", "rx", "rx id"),
        "drug": _column(
            "text", "the medicine as the source writes it", "medication", "order", "drug name", "medication name",
            "order description", "medicine", required=True,
        ),
        "strength": _column(
            "text", "the strength, where the medicine's text does not say it: 5 mg, 20 mg/5 mL", "prod strength",
            "product strength", "med strength", "medication strength", "drug strength", "strength text",
        ),
        "rxcui": _column(
            "id", "the medicine's RxNorm code", "rxnorm", "rxnorm code", "rxcui code", "rxnorm id", "rxnorm cui",
        ),
        "ndc": _column(
            "id", "the product's National Drug Code", "ndc code", "ndc11", "ndc 11", "ndc number", "ndc no",
            "national drug code",
        ),
        "atc": _column("id", "the medicine's ATC code, all seven characters", "atc code", "atc5", "atc 5"),
        "dose": _column("dose", "how much at a time", "dose amount", "dosage", "dose quantity", "dose value"),
        "dose_unit": _column("text", "mg, mcg, tablet, units …", "unit of dose", "dose units", "uom", "dosage unit"),
        "frequency": _column("text", "BID, every 6 hours PRN, at bedtime …", "freq", "schedule", "sig frequency"),
        "route": _column("text", "PO, intrathecal, topical …", "route of administration", "admin route"),
        "prn": _column("yes_no", "given only as needed; also read off the frequency", "as needed", "prn flag"),
        "start_date": _column("date", "the first day", "start", "date started", "begin date"),
        "stop_date": _column(
            "last_day", "the last day; empty means ongoing", "stop", "end date", "end", "discontinued",
            "discontinue date",
        ),
        "status": _column(
            "choice", "active, on hold, stopped (completed, cancelled), planned (draft) or entered in error",
            words=STATUS,
        ),
        "indication": _column("text", "why it is given", "diagnosis", "reason", "indication for use", "dx"),
        "prescriber": _column("text", "who ordered it", "physician", "provider", "ordering provider", "doctor"),
        "directions": _column("text", "the full directions", "sig", "instructions", "directions for use"),
    },
    name="medications",
)  # fmt: skip

CONDITIONS = Table(
    {
        "patient_id": _patient_id(),
        "code": _column(
            "id", "the ICD-10 or ICD-9 code", "icd10", "icd 10", "icd code", "diagnosis code", "dx code", "icd10 code"
        ),
        "code_system": _column(
            "text", "icd10 or icd9 (10, 9); codes of another system are not read", "code type", "coding system",
            "icd version", "icd type",
        ),
        "icd9": _column("id", "the ICD-9 code, where it has a column of its own", "icd9 code", "icd 9", "icd9cm"),
        "description": _column(
            "text", "the condition in words", "diagnosis", "condition", "problem", "diagnosis description"
        ),
        "status": _column(
            "text", "active or resolved; resolved and inactive ones are not used", "clinical status",
            "problem status", "diagnosis status", "condition status",
        ),
        "end_date": _column(
            "last_day", "the day since when it is no more; empty means ongoing", "resolved date", "resolution date",
            "date resolved", "abatement date", "resolved on",
        ),
    },
    name="conditions",
)  # fmt: skip

ALLERGIES = Table(
    {
        "patient_id": _patient_id(),
        "substance": _column("text", "a medicine or a class of them", "allergen", "allergy", "drug", required=True),
        "reaction": _column("text", "what happened", "reactions", "manifestation"),
        "type": _column(
            "text", "allergy or intolerance; without it the reaction tells", "allergy type", "reaction type",
            "allergy or intolerance",
        ),
    },
    name="allergies",
)  # fmt: skip

LABS = Table(
    {
        "patient_id": _patient_id(),
        "test": _column(
            "text", "creatinine, potassium, inr …", "lab", "lab test", "test name", "analyte", required=True
        ),
        "loinc": _column("id", "the test's LOINC code", "loinc code", "loinc num", "loinc number"),
        "value": _column(
            "text", "the result: a number, as a rule", "result", "result value", "lab value", required=True
        ),
        "unit": _column("text", "the unit of the result", "units", "uom", "result unit"),
        "date": _column(
            "date", "the day the sample was taken", "collection date", "lab date", "collected",
            required=True,
        ),
    },
    name="labs",
)  # fmt: skip

TABLE_ALIASES = TABLES
INPUT = {schema.name: schema for schema in (PATIENTS, MEDICATIONS, CONDITIONS, ALLERGIES, LABS)}

FINDINGS = (
    "patient_id", "finding_id", "check", "rule_id", "severity", "drugs", "factor", "problem", "effect", "mechanism",
    "management", "alternatives", "evidence", "sources", "rows", "status",
)  # fmt: skip
# What an earlier review may lack: since which day the finding is told, in how many runs, since which day a reply is
# awaited (empty: none is), and why it came, went, or is graded otherwise.
LOOP = ("since", "runs", "asked", "why")
FINDINGS_OUT = (*FINDINGS, "points", *LOOP)
HELD_BACK = (*FINDINGS, "held_by")
PROBLEMS = (
    "patient_id", "problem", "title", "severity", "drugs", "factors", "findings", "finding_ids", "load", "action",
    "points", "status",
)  # fmt: skip
SCALES = (
    "patient_id", "scale", "title", "value", "unit", "thresholds", "band", "complete", "contributors", "missing",
    "sources",
)  # fmt: skip
CHANGES = (
    "patient_id", "rank", "change", "drug", "points_before", "points_after", "resolves", "resolved_ids", "adds",
    "indication", "taper", "alternatives", "rows",
)  # fmt: skip
NOT_ASSESSED = ("patient_id", "missing", "stops", "rules")
MEDICATIONS_OUT = (
    "patient_id", "row", "drug", "ingredients", "route", "daily_dose", "daily_dose_unit", "current", "match",
    "note",
)  # fmt: skip
REJECTED = ("table", "row", "column", "value", "reason")
UNRECOGNISED = ("drug", "rows", "patients", "suggestions")
# What somebody answered, what became of it, and how the finding stood when it was answered.
RESPONSES = (
    "patient_id", "finding_id", "rule_id", "problem", "response", "rationale", "who", "date", "read_from", "note",
    "conflict", "state", "reviewed", "since", "severity", "factor", "doses", "problem_doses", "closed",
)  # fmt: skip
AGEING = ("facility", "unit", "prescriber", "open", "overdue", "accepted_not_done", "median_days", "oldest_days")
RULES_ACCEPTED = ("rule_id", "problem", "answered", "accepted", "declined", "rate", "median_days")
MEASURES = ("measure", "facility", "unit", "numerator", "denominator", "rate", "ci_low", "ci_high")
MEASURES_OUT = (*MEASURES, "excluded", "not_assessable", "title")

SEVERITIES = ("contraindicated", "major", "moderate", "minor")
# Of a finding against earlier reviews and what people answered, the loudest first.
STATUSES = ("accepted_not_done", "overdue", "new", "persisting", "declined", "resolved")
CHECKS = (
    "interaction", "duplicate", "condition", "allergy", "lifestyle", "dose", "age", "burden", "withdrawal",
    "monitoring", "omission", "duration", "documentation", "pregnancy",
)  # fmt: skip
# What a reader should meet first among findings of one severity.
CHECKS_BY_URGENCY = (
    "allergy", "withdrawal", "dose", "condition", "interaction", "pregnancy", "duplicate", "lifestyle", "burden", "age",
    "duration", "omission", "monitoring", "documentation",
)  # fmt: skip


def required(schema: Table) -> list[str]:
    """The columns without which the table cannot be used."""
    return [name for name, column in schema.columns.items() if column.required]


def empty(table: str) -> pd.DataFrame:
    """An accepted table of no rows."""
    schema = INPUT[table]
    kinds = {name: DTYPES.get(column.kind, "str") for name, column in schema.columns.items()}
    return pd.DataFrame(
        {name: pd.Series(dtype=dtype) for name, dtype in kinds.items()}, index=pd.Index([], dtype="int64")
    )
