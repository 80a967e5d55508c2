"""The report on one resident: one sheet to print, read from the top. What to do first stands first.

The grid has four columns. Text to read stands in the second; facts and the replies of the physician stand to its right.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from pipeline.report import answers, digest, order_texts, problem_blocks, words
from pipeline.report.digest import Entry
from pipeline.report.problem_blocks import COLUMNS
from pipeline.report.records import Record, by_patient, records
from pipeline.report.sheet import Put, Sheet
from pipeline.report.style import new_book, tier_look
from pipeline.review import Review

WIDTHS = (15, 80, 11, 20, 3, 30)
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
        self.patients = records(review.patients)
        self.orders = by_patient(review.medications)
        self.findings = by_patient(review.findings)
        self.limits = by_patient(review.limits)
        self.problems = by_patient(review.problems)
        self.scales = by_patient(review.scales)
        self.changes = by_patient(review.changes)
        self.responses = by_patient(review.responses)
        self.sources = problem_blocks.source_titles(review.sources)

    def write(self, patient: Record, path: Path) -> None:
        patient_id = patient["patient_id"]
        title = f"Medication review: {patient['name'] or patient_id}"
        book = new_book(self.review, title, f"Resident {patient_id}")
        header = f"{patient['name'] or 'Name ' + UNKNOWN}   id {patient_id}   {_day(self.review.as_of)}"
        sheet = Sheet(book, self.review, "Medication review", WIDTHS, header=header)
        findings = self.findings.get(patient_id, [])
        orders = sorted(self.orders.get(patient_id, []), key=_order_rank)
        standing, resting = answers.open_and_quiet(findings)
        entries = digest.entries(standing, orders)
        answered = answers.by_finding(self.responses.get(patient_id, []))

        _who(sheet, patient, self.review)
        for notice in self.review.notices:
            sheet.row(None, Put(notice, "strong"))
        answers.not_carried_out(sheet, entries, answered)
        _since_last(sheet, findings)
        _what_first(sheet, patient, entries, self.changes.get(patient_id, []))
        if not patient["complete"]:
            _banner(sheet, digest.why_incomplete(orders, self.limits.get(patient_id, [])))
        scales = self.scales.get(patient_id, [])
        told = problem_blocks.Told(self.problems.get(patient_id, []), scales, self.sources, answered, bool(resting))
        problem_blocks.put(sheet, patient, entries, told)
        _medicines(sheet, orders, findings, self.review)
        _scales(sheet, scales)
        _not_assessed(sheet, self.limits.get(patient_id, []), self.limits.get("", []))
        answers.quiet(sheet, digest.entries(resting, orders), answered, COLUMNS)
        _sign_off(sheet)
        sheet.end(COLUMNS)
        book.save(path)


def _day(day: Any) -> str:
    return f"{day.day} {day:%b %Y}"


def _who(sheet: Sheet, patient: Record, review: Review) -> None:
    sheet.row(Put("Medication review", "page title"), None, Put("Review of", "caption"), Put(review.as_of, "body date"))
    weight = f"{patient['weight_kg']:.4g} kg" if patient["weight_kg"] is not None else UNKNOWN
    allergies = (patient["allergies"] or "none recorded").replace(";", "; ")
    person = digest.age_and_sex(patient)
    rows: list[tuple[str, Any, str, str, Any, str]] = [
        ("Resident", patient["name"] or UNKNOWN, "resident", "Id", patient["patient_id"], _line(patient["patient_id"])),
        ("Home", digest.place(patient) or UNKNOWN, "body", "Age and sex", person, _line(person)),
        ("Allergies", allergies, "strong", "Born", patient["birth_date"] or UNKNOWN, "body date"),
        ("Kidney", patient["kidney"] or UNKNOWN, "body", "Weight", weight, "fact"),
    ]
    for left, left_value, left_style, right, right_value, right_style in rows:
        sheet.row(
            Put(left, "caption"), Put(left_value, left_style), Put(right, "caption"),
            Put(right_value, right_style),
        )  # fmt: skip


def _line(fact: str) -> str:
    """The style of a fact: in one line, unless it is too long for that."""
    return "fact" if len(fact) <= 18 else "strong"


def _since_last(sheet: Sheet, findings: Sequence[Record]) -> None:
    """What is new, and what is gone, against the earlier review; nothing without one."""
    states: dict[str, list[str]] = {}
    for finding in findings:
        states.setdefault(finding["status"] or "", []).append(digest.subject(finding))
    if not set(states) - {""}:
        return
    counts = [
        f"{words.count(len(found), 'finding')} {words.STATUS_SHORT[name]}" for name, found in states.items() if name
    ]
    gone = f" Resolved: {'; '.join(states['resolved'])}." if "resolved" in states else ""
    sheet.row(Put("Since last time", "caption"), Put(f"{', '.join(counts)}.{gone}"))


def _what_first(sheet: Sheet, patient: Record, entries: Sequence[Entry], changes: Sequence[Record]) -> None:
    sheet.space(4)
    tier = digest.tier_code(patient)
    sheet.row(
        Put(words.TIER.get(tier, tier), tier_look(tier)), Put(digest.action(patient), "lead"),
        Put("Score", "caption"), Put(patient["score"], "body number"), height=24,
    )  # fmt: skip
    for number, step in enumerate(digest.first_steps(patient, entries), 1):
        sheet.row(Put(f"Do first: {number}" if number == 1 else number, "step"), Put(step, "small strong"))
    for change in changes[:1]:
        sheet.row(Put("Helps most", "caption"), Put(digest.change_text(change), "small"))


def _banner(sheet: Sheet, reasons: Sequence[str]) -> None:
    sheet.space(4)
    text = " ".join(reasons) + " That nothing was found there does not mean that there is nothing to find."
    sheet.row(Put("REVIEW INCOMPLETE", "banner"), Put(text, "banner text"), height=30)


def _order_rank(order: Record) -> tuple[bool, bool]:
    """Orders that were not recognised first, then the current ones."""
    return not order_texts.is_unrecognised(order), not order["current"]


def _medicines(sheet: Sheet, orders: Sequence[Record], findings: Sequence[Record], review: Review) -> None:
    sheet.space(4)
    headings = ("Medicines", "as understood: order as written = ingredients, for what", "Route", "A day, and since")
    sheet.row(*[Put(heading, "column head") for heading in headings], None, Put("Source row", "off page"))
    flags = digest.flags(digest.open_findings(findings))
    for order in orders:
        if not order["current"] and not order_texts.is_unrecognised(order):
            continue
        flag = order_texts.flag_text(order, flags.get(str(order["row"]), ""), review.as_of)
        sheet.row(
            Put(flag, "cell strong"), Put(order_texts.understood_text(order), "cell"),
            Put(order["route"] or UNKNOWN, "cell"), Put(_dose_and_day(order), "cell"),
            None, Put(order["row"], "off page"),
        )  # fmt: skip
    past = [order for order in orders if not order["current"] and not order_texts.is_unrecognised(order)]
    if past:
        told = [order_texts.past_text(order, review.as_of) for order in past]
        _line_of_table(sheet, "Not current", "; ".join(told), "cell small")
    if not orders:
        sheet.row(None, Put("No orders."))


def _dose_and_day(order: Record) -> str:
    """`2,600 mg, 5 Jun 2023`: how much a day, and since when."""
    daily = " ".join(part for part in (order_texts.amount(order["daily_dose"]), order["daily_dose_unit"]) if part)
    return ", ".join((daily or "dose " + UNKNOWN, _day(order["start_date"]) if order["start_date"] else "no start"))


def _line_of_table(sheet: Sheet, caption: str, text: str, look: str = "cell") -> None:
    sheet.row(Put(caption, "cell strong"), Put(text, look), *[Put(None, "cell")] * (COLUMNS - 2))


def _scales(sheet: Sheet, scales: Sequence[Record]) -> None:
    """What reaches a threshold or is not wholly known, a line each; the rest in one."""
    if not scales:
        return
    sheet.space(4)
    headings = ("Scales", "load of the regimen (threshold): what adds to it", "", "")
    sheet.row(*[Put(heading, "column head") for heading in headings])
    below = []
    for scale in scales:
        limits = (scale["thresholds"] or "").replace(";", ", ")
        if not scale["band"] and not scale["missing"]:
            below.append(f"{scale['text']} ({limits})")
            continue
        missing = f" Missing: {scale['missing']}." if scale["missing"] else ""
        # That each medicine counts as one says nothing.
        parts = (scale["contributors"] or "").split("; ")
        told = ", ".join(part.removesuffix(" 1") if scale["unit"] == "medicines" else part for part in parts)
        caption = "Reached" if scale["band"] else "Not known"
        _line_of_table(sheet, caption, f"{scale['text']} ({limits}): {told}.{missing}")
    if below:
        _line_of_table(sheet, "Below", "; ".join(below), "cell small")


def _not_assessed(sheet: Sheet, own: Sequence[Record], general: Sequence[Record]) -> None:
    sheet.space(4)
    headings = ("Not assessed", "what is missing, and what was therefore not checked", "", "")
    sheet.row(*[Put(heading, "column head") for heading in headings])
    if own:
        _line_of_table(sheet, "Missing", "; ".join(map(_limit, own)), "cell small")
    if general:
        text = "; ".join((limit["missing"] or "").partition(":")[0] for limit in general)
        told = f"{text}. What this stops is listed in population.xlsx, sheet “Not assessable”."
        _line_of_table(sheet, "All residents", told, "cell small")
    if not own and not general:
        sheet.row(None, Put("Nothing is known to be missing."))


def _limit(limit: Record) -> str:
    rules = f", {words.count(limit['rules'], 'rule')}" if limit["rules"] else ""
    return f"{limit['missing'] or ''} (not checked: {limit['stops'] or UNKNOWN}{rules})"


def _sign_off(sheet: Sheet) -> None:
    sheet.space(6)
    for role in ("Pharmacist", "Physician"):
        sheet.row(Put(role), Put(None, "entry"), Put("Date", "caption"), Put(None, "entry date"), height=20)
