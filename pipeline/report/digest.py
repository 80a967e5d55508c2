"""What the reports say about one resident, before layout: problems, what to do first, why a review is incomplete."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd

from pipeline.choices import HELD, IN_ERROR, PLANNED
from pipeline.report import words
from pipeline.report.sheet import plain

Record = dict[str, Any]

# How many things to do stand at the head of a resident's report.
FIRST_STEPS = 3
# A sentence longer than this is cut at its first full stop; the whole of it stands with the finding.
STEP_LENGTH = 200


@dataclass
class Entry:
    """Findings of one rule that say the same, for example one opioid with each of two benzodiazepines."""

    severity: str
    text: Record
    subjects: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    finding_ids: list[str] = field(default_factory=list)

    @property
    def heading(self) -> str:
        """What the entry is about, in one line."""
        status = words.STATUS.get(self.text["status"] or "")
        return "; ".join(self.subjects) + (f" ({status})" if status else "")


@dataclass
class Problem:
    """One clinical problem of a resident and all that adds to it, worst first."""

    code: str
    entries: list[Entry]

    @property
    def worst(self) -> str:
        """The gravest severity among the entries."""
        return self.entries[0].severity


def records(frame: pd.DataFrame) -> list[Record]:
    """The rows of a table as cells take them."""
    names = [str(name) for name in frame.columns]
    columns = [[plain(value) for value in frame[name]] for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def by_patient(frame: pd.DataFrame) -> dict[str, list[Record]]:
    """The rows of a table by patient; those of no patient (limits of the whole review) stand under the empty text."""
    grouped: dict[str, list[Record]] = {}
    for record in records(frame):
        grouped.setdefault(record["patient_id"] or "", []).append(record)
    return grouped


def severity_rank(severity: str | None) -> int:
    """0 for the gravest; a severity that is not known comes last."""
    return words.SEVERITIES.index(severity) if severity in words.SEVERITIES else len(words.SEVERITIES)


def open_findings(findings: Iterable[Record]) -> list[Record]:
    """The findings that still stand, without those that are resolved since the last review."""
    return [finding for finding in findings if finding["status"] != "resolved"]


def subject(finding: Record) -> str:
    """Who is involved: `Baclofen + morphine, with egfr 24`."""
    drugs = (finding["drugs"] or "").replace(";", " + ")
    factor = words.factor(finding["factor"] or "")
    joined = ", with ".join(part for part in (drugs, factor) if part) or words.as_words(finding["check"] or "")
    return joined[:1].upper() + joined[1:]


def order_text(order: Record) -> str:
    """An order as the home wrote it: by its columns, and by its directions where a column leaves it to them."""
    dose = " ".join(str(part) for part in (amount(order["written_dose"]), order["written_dose_unit"]) if part)
    parts = [order["drug"] or "", dose, order["written_frequency"] or ""]
    if not all(parts):
        parts.append(order["directions"] or "")
    return ", ".join(part for part in parts if part)


def amount(text: str | None) -> str:
    """A dose as one would write it: `5`, `2.5`, `1,000`, `1-2`; those of a combination with a `+` between them."""
    return " + ".join(_amount(part) for part in text.split(";")) if text else ""


def _amount(text: str) -> str:
    value = number(text)
    return text if isinstance(value, str) else f"{value:,.6g}" if value < 1e6 else f"{value:,.0f}"


def number(text: str) -> float | str:
    """The text as a number where it is a plain one."""
    return float(text) if re.fullmatch(r"\d+(?:\.\d+)?", text) else text


def entries(findings: Iterable[Record], orders: Sequence[Record]) -> list[Entry]:
    """Findings that say the same, joined; worst first, otherwise in the order of the findings."""
    by_row = {str(order["row"]): order_text(order) for order in orders}
    joined: dict[tuple[Any, ...], Entry] = {}
    for finding in findings:
        key = tuple(finding[name] for name in ("severity", "problem", "rule_id", "effect", "management", "status"))
        entry = joined.setdefault(key, Entry(finding["severity"] or "", finding))
        _add(entry.subjects, subject(finding))
        for row in (finding["rows"] or "").split(";"):
            _add(entry.orders, by_row.get(row.strip(), ""))
        _add(entry.finding_ids, finding["finding_id"] or "")
    return sorted(joined.values(), key=lambda entry: severity_rank(entry.severity))


def _add(texts: list[str], text: str) -> None:
    if text and text not in texts:
        texts.append(text)


def problems(all_entries: Iterable[Entry]) -> list[Problem]:
    """Entries by clinical problem: the problem with the gravest finding first, then the one with the most findings."""
    grouped: dict[str, list[Entry]] = {}
    for entry in all_entries:
        grouped.setdefault(entry.text["problem"] or "", []).append(entry)
    found = [Problem(code, members) for code, members in grouped.items()]
    return sorted(found, key=lambda problem: (severity_rank(problem.worst), -len(problem.entries)))


def first_steps(patient: Record, all_entries: Sequence[Entry]) -> list[str]:
    """The first things to do, in plain sentences: what triage puts first, then the worst of each further problem."""
    steps = [patient["first_action"]] if patient["first_action"] else []
    seen_problems: set[str] = set()
    for entry in all_entries:
        management = entry.text["management"] or ""
        if len(steps) == FIRST_STEPS or not management or entry.severity == "minor":
            break
        step = _short(management)
        known = any(step.rstrip(".").lower() in earlier.lower() for earlier in steps)
        problem = entry.text["problem"] or ""
        if not known and problem not in seen_problems:
            steps.append(f"{entry.subjects[0]}: {step}")
        seen_problems.add(problem)
    return steps


def _short(text: str) -> str:
    """A text up to the last full stop that fits."""
    if len(text) <= STEP_LENGTH:
        return text
    end = text.rfind(". ", 0, STEP_LENGTH)
    return text[: end + 1] if end > 0 else text


def is_unrecognised(order: Record) -> bool:
    """An order that names no known ingredient and is no diluent or supply."""
    return not order["ingredients"] and order["match"] != "non_drug"


def why_incomplete(orders: Iterable[Record], limits: Iterable[Record]) -> list[str]:
    """Why a review is incomplete, in sentences; without another reason, a row of the resident was set aside."""
    reasons = []
    names = [order["drug"] or "an order without a name" for order in orders if is_unrecognised(order)]
    if names:
        listed = "; ".join(f"“{name}”" for name in names)
        reasons.append(f"{words.count(len(names), 'order')} not recognised and therefore not checked at all: {listed}.")
    missing = list(dict.fromkeys(limit["missing"] for limit in limits if limit["missing"]))
    if missing:
        reasons.append(f"Missing: {'; '.join(missing)}. What this stops is listed under “Not assessed”.")
    return reasons or ["A row of this resident's data was set aside; see sheet “Rejected rows” of population.xlsx."]


def tier_code(patient: Record) -> str:
    """The tier. A resident who could not be fully checked is never one without findings."""
    return "not_checked" if patient["tier"] == "none" and not patient["complete"] else patient["tier"] or ""


def action(patient: Record) -> str:
    """What the tier asks for."""
    return words.NOT_CHECKED_ACTION if tier_code(patient) == "not_checked" else patient["action"] or ""


def order_status(order: Record, as_of: date) -> str:
    """Whether an order counts, in words."""
    start, status = order["start_date"], order["status"]
    if order["current"]:
        state = "Current, on hold" if status == HELD else "Current"
    elif status == IN_ERROR:
        state = "Entered in error"
    else:
        state = "Not yet started" if status == PLANNED or (start and start > as_of) else "Stopped"
    if order["prn"]:
        state += ", as needed"
    if is_unrecognised(order):
        state = f"NOT RECOGNISED. {state}"
    return f"{state}. No drug" if order["match"] == "non_drug" else state


def place(record: Record) -> str:
    """Facility and unit in one text."""
    return ", ".join(part for part in (record["facility"], record["unit"]) if part)
