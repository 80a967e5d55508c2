"""What the reports say about one resident, before layout: problems, what to do first, why a review is incomplete."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pipeline.report import words
from pipeline.report.order_texts import is_unrecognised, order_text
from pipeline.report.records import Record

# How many things to do stand at the head of a resident's report.
FIRST_STEPS = 3
# Of a longer text only the first sentence stands there; the whole of it stands with the problem.
STEP_LENGTH = 100

_SENTENCE = re.compile(r"\.(?= [A-Z])")


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
        status = words.status_text(self.text)
        return "; ".join(self.subjects) + (f" ({status})" if status else "")

    @property
    def is_late(self) -> bool:
        """Accepted at an earlier review, and not carried out."""
        return self.text["status"] == "accepted_not_done"


@dataclass
class Problem:
    """One clinical problem of a resident and all that adds to it, worst first."""

    code: str
    entries: list[Entry]

    @property
    def worst(self) -> str:
        """The gravest severity among the entries."""
        return min((entry.severity for entry in self.entries), key=severity_rank)

    @property
    def is_late(self) -> bool:
        """Something of it was accepted and not carried out."""
        return any(entry.is_late for entry in self.entries)


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


def flags(findings: Iterable[Record]) -> dict[str, str]:
    """Source row → the gravest severity of the findings that name the order, in words."""
    worst: dict[str, str] = {}
    for finding in sorted(findings, key=lambda one: severity_rank(one["severity"])):
        for row in (finding["rows"] or "").split(";"):
            worst.setdefault(row.strip(), words.SEVERITY.get(finding["severity"], "").lower())
    return worst


def change_text(change: Record) -> str:
    """The change that takes most away, what it resolves, and what it needs."""
    drug = (change["drug"] or "").replace(";", " + ")
    points = f"score {change['points_before']} to {change['points_after']}"
    parts = [
        f"{words.as_words(change['change'] or '')}: {drug} ({points}; resolves {change['resolves'] or 'part of them'})."
    ]
    for name, text in (
        ("It is given for", change["indication"] or "no reason on the order"), ("Not at once:", change["taper"]),
        ("It would bring about", change["adds"]),
    ):  # fmt: skip
        parts += [f"{name} {text.rstrip('.')}."] if text else []
    return " ".join(parts)


def entries(findings: Iterable[Record], orders: Sequence[Record]) -> list[Entry]:
    """Findings that say the same, joined; what was accepted and not carried out first, then the worst, otherwise in the
    order of the findings."""
    by_row = {str(order["row"]): order_text(order) for order in orders}
    joined: dict[tuple[Any, ...], Entry] = {}
    for finding in findings:
        key = tuple(finding[name] for name in ("severity", "problem", "rule_id", "effect", "management", "status"))
        entry = joined.setdefault(key, Entry(finding["severity"] or "", finding))
        _add(entry.subjects, subject(finding))
        for row in (finding["rows"] or "").split(";"):
            _add(entry.orders, by_row.get(row.strip(), ""))
        _add(entry.finding_ids, finding["finding_id"] or "")
    return sorted(joined.values(), key=lambda entry: (not entry.is_late, severity_rank(entry.severity)))


def _add(texts: list[str], text: str) -> None:
    if text and text not in texts:
        texts.append(text)


def problems(all_entries: Iterable[Entry]) -> list[Problem]:
    """Entries by clinical problem: one with something not carried out first, then the one with the gravest finding,
    then the one with the most findings."""
    grouped: dict[str, list[Entry]] = {}
    for entry in all_entries:
        grouped.setdefault(entry.text["problem"] or "", []).append(entry)
    found = [Problem(code, members) for code, members in grouped.items()]
    return sorted(found, key=lambda one: (not one.is_late, severity_rank(one.worst), -len(one.entries)))


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
            late = f"{words.LATE}: " if entry.is_late else ""
            steps.append(f"{late}{entry.subjects[0]}: {step}")
        seen_problems.add(problem)
    return steps


def _short(text: str) -> str:
    """The first sentence of a text, which stands for itself."""
    return first_sentence(text) if len(text) > STEP_LENGTH else text


def first_sentence(text: str) -> str:
    """A text up to its first full stop that ends a sentence."""
    end = _SENTENCE.search(text)
    return text[: end.start() + 1] if end else text


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


def age_and_sex(patient: Record) -> str:
    """`84 years, female`; of pooled ages `90+ years, female`."""
    more = "+" if patient.get("age_pooled") else ""
    age = "age not known" if patient["age"] is None else f"{patient['age']:.0f}{more} years"
    sex = {"F": "female", "M": "male"}.get(patient["sex"] or "", patient["sex"] or "sex not known")
    return f"{age}, {sex}"


def place(record: Record) -> str:
    """Facility and unit in one text."""
    return ", ".join(part for part in (record["facility"], record["unit"]) if part)
