"""The report on one resident: one sheet to print, read from the top. What to do first stands first.

The grid has six columns. Text to read stands in the second; the reply of the physician to the right of it. The finding
ids stand to the right of the page, so that filled-in replies can be read back.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from openpyxl.worksheet.datavalidation import DataValidation

from pipeline.report import digest, words
from pipeline.report.digest import Entry, Record
from pipeline.report.sheet import Put, Sheet
from pipeline.report.style import about, new_book, severity_look, tier_look
from pipeline.review import Review

WIDTHS = (16.5, 66, 12, 12, 12, 12, 3, 30)
COLUMNS = 6
REPLIES = ("Accept", "Modify", "Decline")
UNKNOWN = "not known"


def write_all(review: Review, folder: Path, file_name: Callable[[str], str]) -> None:
    """Write the report of every resident into `folder`; `file_name` gives the name of the file for an id."""
    source = _Source(review)
    for patient in source.patients:
        source.write(patient, folder / file_name(patient["patient_id"]))


def write(review: Review, patient_id: str, path: Path) -> None:
    """Write the report of one resident."""
    source = _Source(review)
    source.write(next(patient for patient in source.patients if patient["patient_id"] == patient_id), path)


class _Source:
    """The tables of a review, grouped once for all residents."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self.patients = digest.records(review.patients)
        self.orders = digest.by_patient(review.medications)
        self.findings = digest.by_patient(review.findings)
        self.limits = digest.by_patient(review.limits)
        self.sources = _source_titles(review.sources)

    def write(self, patient: Record, path: Path) -> None:
        patient_id = patient["patient_id"]
        title = f"Medication review: {patient['name'] or patient_id}"
        book = new_book(self.review, title, f"Resident {patient_id}")
        header = f"{patient['name'] or 'Name ' + UNKNOWN}   id {patient_id}   {_day(self.review.as_of)}"
        sheet = Sheet(book, self.review, "Medication review", WIDTHS, header=header)
        findings = self.findings.get(patient_id, [])
        orders = sorted(self.orders.get(patient_id, []), key=_order_rank)
        entries = digest.entries(digest.open_findings(findings), orders)

        _who(sheet, patient, self.review)
        _what_first(sheet, patient, entries)
        if not patient["complete"]:
            _banner(sheet, digest.why_incomplete(orders, self.limits.get(patient_id, [])))
        _problems(sheet, patient, entries, self.sources)
        _resolved(sheet, [finding for finding in findings if finding["status"] == "resolved"])
        _medicines(sheet, orders, self.review)
        _not_assessed(sheet, self.limits.get(patient_id, []), self.limits.get("", []))
        _sign_off(sheet, self.review)
        sheet.raw.print_area = f"A1:F{sheet.rows}"
        book.save(path)


def _source_titles(sources: pd.DataFrame) -> dict[str, str]:
    titles = {}
    for source in digest.records(sources):
        title = ", ".join(part for part in (source["title"], source["section"]) if part) or source["key"]
        titles[source["key"]] = title + (" (cited from memory)" if source["seen"] == "no" else "")
    return titles


def _day(day: Any) -> str:
    return f"{day.day} {day:%b %Y}"


def _who(sheet: Sheet, patient: Record, review: Review) -> None:
    sheet.row(Put("Medication review", "page title"))
    sheet.space(6)
    age = f"{patient['age']:.0f} years" if patient["age"] is not None else "age " + UNKNOWN
    sex = {"F": "female", "M": "male"}.get(patient["sex"] or "", patient["sex"] or "sex " + UNKNOWN)
    weight = f"{patient['weight_kg']:.4g} kg" if patient["weight_kg"] is not None else UNKNOWN
    allergies = (patient["allergies"] or "none recorded").replace(";", "; ")
    rows: list[tuple[str, Any, str, str, Any, str]] = [
        ("Resident", patient["name"] or UNKNOWN, "resident", "Id", patient["patient_id"], _line(patient["patient_id"])),
        ("Home", digest.place(patient) or UNKNOWN, "body", "Review of", review.as_of, "body date"),
        ("Allergies", allergies, "strong", "Age and sex", f"{age}, {sex}", "fact"),
        ("Kidney function", patient["kidney"] or UNKNOWN, "body", "Weight", weight, "fact"),
    ]
    if patient["birth_date"]:
        rows.append((" ", None, "body", "Born", patient["birth_date"], "body date"))
    for left, left_value, left_style, right, right_value, right_style in rows:
        sheet.row(
            Put(left, "caption"), Put(left_value, left_style), Put(right, "caption"),
            Put(right_value, right_style),
        )  # fmt: skip


def _line(patient_id: str) -> str:
    """The style of an id: it runs on over the empty cells beside it, unless it is too long for them."""
    return "fact" if len(patient_id) <= 25 else "strong"


def _what_first(sheet: Sheet, patient: Record, entries: Sequence[Entry]) -> None:
    sheet.space()
    tier = digest.tier_code(patient)
    sheet.row(
        Put(words.TIER.get(tier, tier), tier_look(tier)), Put(digest.action(patient), "lead"),
        Put("Score", "caption"), Put(patient["score"], "body number"),
        Put("Current medicines", "caption"), Put(patient["medications"], "body number"),
        height=36,
    )  # fmt: skip
    steps = digest.first_steps(patient, entries)
    if steps:
        sheet.section("Do first", COLUMNS)
    for number, step in enumerate(steps, 1):
        sheet.row(Put(number, "step"), Put(step, "lead" if number == 1 else "body"))


def _banner(sheet: Sheet, reasons: Sequence[str]) -> None:
    sheet.space()
    text = " ".join(reasons) + " That nothing was found there does not mean that there is nothing to find."
    sheet.row(Put("REVIEW INCOMPLETE", "banner"), Put(text, "banner text"), height=30)


def _problems(sheet: Sheet, patient: Record, entries: Sequence[Entry], sources: dict[str, str]) -> None:
    replies = DataValidation(type="list", formula1=f'"{",".join(REPLIES)}"', allow_blank=True)
    replies.promptTitle, replies.prompt = "Reply", "Accept, modify or decline; give the reason below."
    serious = [entry for entry in entries if entry.severity != "minor"]
    if serious:
        sheet.section("Problems, worst first", COLUMNS)
    for problem in digest.problems(serious):
        many = sum(len(entry.finding_ids) for entry in problem.entries)
        text = f"{words.problem(problem.code)}: {words.count(many, 'finding')}"
        sheet.space(6)
        sheet.row(Put(text, "problem"), *[Put(None, "problem")] * (COLUMNS - 1), height=18)
        for entry in problem.entries:
            sheet.space(5)
            replies.add(f"C{_entry(sheet, entry, sources)}")
    if serious:
        sheet.raw.data_validations.append(replies)
    minor = [entry for entry in entries if entry.severity == "minor"]
    if minor:
        sheet.section("Minor: be aware; no reply needed", COLUMNS)
    for entry in minor:
        sheet.row(
            Put(words.problem(entry.text["problem"]), "cell"),
            Put(f"{entry.heading}. {_joined(entry.text['effect'], entry.text['management'])}", "cell"),
            *[Put(None, "cell")] * (COLUMNS - 2), None, Put(";".join(entry.finding_ids), "off page"),
        )  # fmt: skip
    if not entries:
        sheet.section("Problems", COLUMNS)
        more = "" if patient["complete"] else " The review is incomplete."
        sheet.row(None, Put(f"No findings in what could be checked.{more}"))


def _entry(sheet: Sheet, entry: Entry, sources: dict[str, str]) -> int:
    """One finding with room for the reply. Returns the row of the reply."""
    text = entry.text
    name = words.SEVERITY.get(entry.severity, entry.severity)
    sheet.row(
        Put(name, severity_look(entry.severity)), Put(entry.heading, "strong"),
        Put("Reply", "caption"), Put("By", "caption"), Put("Date", "caption"), None,
        None, Put(";".join(entry.finding_ids), "off page"),
    )  # fmt: skip
    reply = sheet.row(
        Put("As ordered", "caption"), Put("\n".join(entry.orders) or "no order", "body"),
        Put(None, "entry"), Put(None, "entry"), Put(None, "entry date"), height=22,
    )  # fmt: skip
    lines = [
        ("What can happen", text["effect"], "body"),
        ("Why", text["mechanism"], "body"),
        ("What to do", text["management"], "strong"),
        ("Instead", text["alternatives"], "body"),
        ("Evidence", _evidence(text, sources), "fine print"),
    ]
    for caption, value, style in lines:
        if value:
            sheet.row(Put(caption, "caption"), Put(value, style))
    sheet.row(Put("Rationale", "caption"), Put(None, "entry"), height=26)
    return reply


def _evidence(text: Record, sources: dict[str, str]) -> str:
    keys = [key.strip() for key in (text["sources"] or "").split(";") if key.strip()]
    named = "; ".join(sources.get(key, key) for key in keys)
    return ": ".join(part for part in (text["evidence"], named) if part)


def _joined(*sentences: str | None) -> str:
    return " ".join(sentence for sentence in sentences if sentence)


def _resolved(sheet: Sheet, findings: Sequence[Record]) -> None:
    if not findings:
        return
    sheet.section("Resolved since the last review", COLUMNS)
    for finding in findings:
        sheet.row(Put(words.SEVERITY.get(finding["severity"], ""), "cell"), Put(digest.subject(finding), "cell"))


def _order_rank(order: Record) -> tuple[bool, bool]:
    """Current orders first, and among them those that were not recognised."""
    return not order["current"], not digest.is_unrecognised(order)


def _medicines(sheet: Sheet, orders: Sequence[Record], review: Review) -> None:
    sheet.section("Medicines as understood", COLUMNS)
    headings = ("Status", "Order as written, and as understood", "Route", "A day", "Since", "Until")
    sheet.row(*[Put(heading, "column head") for heading in headings], None, Put("Source row", "off page"))
    for order in orders:
        if digest.is_unrecognised(order):
            understood = "not recognised, therefore not checked"
        else:
            understood = (order["ingredients"] or "no drug").replace(";", " + ")
        written = [digest.order_text(order), f"= {understood}"]
        told = order["directions"] and order["directions"] not in written[0]
        written += [f"Directions: {order['directions']}"] if told else []
        written.append(f"For: {order['indication']}" if order["indication"] else "No indication given")
        written += [f"Note: {order['note']}"] if order["note"] else []
        daily = " ".join(part for part in (digest.amount(order["daily_dose"]), order["daily_dose_unit"]) if part)
        sheet.row(
            Put(digest.order_status(order, review.as_of), "cell strong"), Put("\n".join(written), "cell"),
            Put(order["route"] or UNKNOWN, "cell"), Put(daily or UNKNOWN, "cell"),
            Put(order["start_date"], "cell date"), Put(order["stop_date"], "cell date"),
            None, Put(order["row"], "off page"),
        )  # fmt: skip
    if not orders:
        sheet.row(None, Put("No orders."))


def _not_assessed(sheet: Sheet, own: Sequence[Record], general: Sequence[Record]) -> None:
    sheet.section("Not assessed, and what is missing", COLUMNS)
    for limit, whose in [(limit, "This resident") for limit in own] + [(limit, "Whole review") for limit in general]:
        rules = f"{words.count(limit['rules'], 'rule')}" if limit["rules"] else ""
        text = f"{limit['missing'] or ''}\nNot checked: {limit['stops'] or UNKNOWN}"
        blank = [Put(None, "cell")] * (COLUMNS - 3)
        sheet.row(Put(whose, "cell strong"), Put(text, "cell"), Put(rules, "cell"), *blank)
    if not own and not general:
        sheet.row(None, Put("Nothing is known to be missing."))


def _sign_off(sheet: Sheet, review: Review) -> None:
    sheet.section("Signed", COLUMNS)
    for role in ("Pharmacist", "Physician"):
        sheet.space(4)
        sheet.row(Put(role), Put(None, "entry"), Put("Date", "caption"), Put(None, "entry date"), height=30)
    sheet.space()
    sheet.row(Put("About", "caption"), Put(f"{about(review)} {words.JUDGEMENT}", "fine print"))
