"""Letters: one document for each prescriber, each resident on pages of their own, with room for the reply.

Pages of one resident carry nothing of another and can go into that resident's chart. python-docx is an optional extra:
most homes print the reports of residents, and it brings a large XML library along.
"""

from collections.abc import Sequence
from copy import deepcopy
from datetime import datetime, time
from pathlib import Path
from typing import Any

from pipeline.errors import OutputError
from pipeline.paths import patient_file_names
from pipeline.report import addressed, digest, order_texts, words
from pipeline.report.addressed import UNKNOWN, Concern
from pipeline.report.answers import REPLIES
from pipeline.report.digest import Problem
from pipeline.report.document import clean, field, fill_row, rgb, shade, unthemed
from pipeline.report.records import by_patient
from pipeline.report.style import FONT, GREY, INK, SEVERITY_COLOURS, about, versions
from pipeline.review import Review

FOLDER = "letters"
_BOX = "\N{BALLOT BOX}"
_CONFIDENTIAL = (
    "Confidential: health information of the residents named. Only for the prescriber and those who care for them."
)


def check_installed() -> None:
    """Makes sure that letters can be written, before a review begins.

    Raises:
        OutputError: the extra is not installed.
    """
    try:
        import docx  # noqa: F401
    except ImportError:
        raise OutputError("--letters needs python-docx: pip install 'medreview[letters]'.") from None


def write_all(review: Review, folder: Path) -> None:
    """Write the letter of every prescriber whom a finding concerns into `folder`."""
    concerns = addressed.by_prescriber(review)
    names = patient_file_names(concerns)
    told = by_patient(review.problems)
    for prescriber, residents in concerns.items():
        _Letter(review, prescriber, residents, told).save(folder / f"{names[prescriber]}.docx")


class _Letter:
    """One document, written from top to bottom."""

    def __init__(
        self, review: Review, prescriber: str, concerns: Sequence[Concern], told: dict[str, list[digest.Record]]
    ) -> None:
        import docx
        from docx.shared import Pt

        self.review, self.prescriber, self.told = review, prescriber, told
        self.day = f"{review.as_of.day} {review.as_of:%B %Y}"
        self.document = docx.Document()
        normal = self.document.styles["Normal"]
        normal.font.name, normal.font.size = FONT, Pt(10)
        normal.paragraph_format.space_after = Pt(3)
        for level, size in ((1, 15), (2, 12), (3, 10.5)):
            style = self.document.styles[f"Heading {level}"]
            style.font.name, style.font.size, style.font.bold = FONT, Pt(size), True
            style.font.color.rgb = rgb(INK)
            unthemed(style)
            style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(10), Pt(3)
        self.document.styles["Footer"].font.size = Pt(7.5)
        self._properties()
        self._page(self.document.sections[0], f"Letter to {prescriber}, {self.day}")
        self._footer(self.document.sections[0])
        self._reply = self._reply_table()
        self._opening(concerns)
        for concern in concerns:
            self._resident(concern)

    def save(self, path: Path) -> None:
        self.document.save(str(path))

    def _properties(self) -> None:
        properties = self.document.core_properties
        properties.title = "Medication review: recommendations to the prescriber"
        properties.author = f"medreview {self.review.manifest.get('version', '')}".strip()
        properties.comments = about(self.review)
        # The day of the review, not of the writing: the same input gives the same letter.
        properties.created = properties.modified = datetime.combine(self.review.as_of, time())

    def _text(
        self, text: str, caption: str = "", style: str | None = None, bold: bool = False, small: bool = False
    ) -> Any:
        """A paragraph; what came from the input is text and nothing else."""
        from docx.shared import Pt

        paragraph = self.document.add_paragraph(style=style)
        if caption:
            run = paragraph.add_run(f"{caption}: ")
            run.font.color.rgb = rgb(GREY)
        run = paragraph.add_run(clean(text))
        run.bold = bold or None
        if small:
            run.font.size = Pt(8.5)
        return paragraph

    def _opening(self, concerns: Sequence[Concern]) -> None:
        self._text("Medication review: recommendations to the prescriber", style="Heading 1")
        known = self.prescriber != UNKNOWN
        self._text(self.prescriber if known else "Prescriber not known", "To", bold=True)
        self._text(self.day, "Review of")
        for notice in self.review.notices:
            self._text(notice, bold=True)
        if not known:
            self._text(
                "The orders in this letter name no prescriber, or the residents have no order that names one. Find out "
                "who is responsible, and give each page to them."
            )
        self._text(
            f"The review found something on your orders for {words.count(len(concerns), 'resident')}. Please answer "
            "below each problem: accept, modify or decline, with the reason and your signature. Each resident has "
            "pages of their own, which can go into the chart."
            if known
            else f"It concerns {words.count(len(concerns), 'resident')}."
        )
        table = self.document.add_table(rows=1, cols=4)
        table.style = "Table Grid"
        fill_row(table.rows[0].cells, ("Resident", "Home and unit", "Tier", "Problems"), bold=True)
        for concern in concerns:
            patient = concern.patient
            tier = digest.tier_code(patient)
            problems = digest.problems(digest.entries(concern.findings, concern.orders))
            fill_row(
                table.add_row().cells,
                (_named(patient), digest.place(patient), words.TIER.get(tier, tier), str(len(problems))),
            )
        self._text(
            "The tier is that of all findings of the resident, also of those that concern other prescribers.",
            small=True,
        )
        self._text(f"{about(self.review)} {words.JUDGEMENT}", small=True)

    def _resident(self, concern: Concern) -> None:
        from docx.enum.section import WD_SECTION

        patient = concern.patient
        section = self.document.add_section(WD_SECTION.NEW_PAGE)
        self._page(section, f"{_named(patient)}; letter to {self.prescriber}, {self.day}")
        self._text(_named(patient), style="Heading 2")
        for caption, text in (
            ("Home", digest.place(patient)), ("Age and sex", digest.age_and_sex(patient)),
            ("Allergies", (patient["allergies"] or "none recorded").replace(";", "; ")), ("Kidney", patient["kidney"]),
        ):  # fmt: skip
            self._text(text or "not known", caption)
        if not patient["complete"]:
            self._text(
                "REVIEW INCOMPLETE: something of this resident could not be checked; the resident's report says what.",
                bold=True,
            )
        known = {problem["problem"]: problem for problem in self.told.get(patient["patient_id"], [])}
        problems = digest.problems(digest.entries(concern.findings, concern.orders))
        for problem in problems:
            if problem.worst != "minor":
                self._problem(concern, problem, known.get(problem.code, {}))
        minor = [problem for problem in problems if problem.worst == "minor"]
        if minor:
            self._text("Minor, no reply needed", style="Heading 3")
        for problem in minor:
            title = known.get(problem.code, {}).get("title") or words.as_words(problem.code)
            said = [f"{entry.heading}. {entry.text['management'] or ''}".strip() for entry in problem.entries]
            self._text(f"{title}: {' '.join(said)}{self._shared(concern, problem)}", small=True)

    def _problem(self, concern: Concern, problem: Problem, told: digest.Record) -> None:
        drugs = ", ".join(dict.fromkeys(one for entry in problem.entries for one in _drugs(entry.text)))
        title = told.get("title") or words.as_words(problem.code)
        heading = self._text("", style="Heading 3")
        grade = heading.add_run(f" {words.SEVERITY.get(problem.worst, problem.worst)} ")
        shade(grade, *SEVERITY_COLOURS.get(problem.worst, ("FFFFFF", INK)))
        heading.add_run(clean(f"  {title}: {drugs}" if drugs else f"  {title}"))
        lines = [("As ordered", self._ordered(concern, problem)), *_why(problem), ("What to do", _do(problem, told))]
        instead = dict.fromkeys((entry.text["alternatives"] or "").rstrip(".") for entry in problem.entries[:2])
        lines.append(("Instead", "; ".join(text for text in instead if text)))
        for caption, text in lines:
            if text:
                paragraph = self._text(text, caption, bold=caption == "What to do")
                paragraph.paragraph_format.keep_with_next = True
        shared = self._shared(concern, problem).strip()
        if shared:
            self._text(shared).paragraph_format.keep_with_next = True
        self.document.element.body.insert_element_before(deepcopy(self._reply), "w:sectPr")
        self._text("", small=True)

    def _ordered(self, concern: Concern, problem: Problem) -> str:
        """The orders as the home wrote them, with who ordered those of others."""
        ids = {one for entry in problem.entries for one in entry.finding_ids}
        named = {row for one in concern.findings if one["finding_id"] in ids for row in addressed.rows(one)}
        lines = []
        for order in concern.orders:
            row = str(order["row"])
            if row in named:
                other = concern.ordered_by[row]
                by = "" if other == self.prescriber else f" (ordered by {other})"
                lines.append(f"{order_texts.order_text(order)}{by}")
        return "; ".join(dict.fromkeys(lines)) or "no order"

    def _shared(self, concern: Concern, problem: Problem) -> str:
        """Who else has this problem in a letter, or why it stands in this one without an order."""
        ids = [one for entry in problem.entries for one in entry.finding_ids]
        others = list(dict.fromkeys(other for one in ids for other in concern.others.get(one, [])))
        said = f" Also told to: {'; '.join(others)}. Agree on who changes what." if others else ""
        if concern.unordered.intersection(ids) and self.prescriber != UNKNOWN:
            said += (
                " No order of anybody is named here; it comes to you because most of the resident's orders are yours."
            )
        return said

    def _reply_table(self) -> Any:
        """The reply, made once and copied for each problem: building it anew takes most of the time."""
        from docx.shared import Pt

        table = self.document.add_table(rows=2, cols=2)
        table.style = "Table Grid"
        choices = "     ".join(f"{_BOX} {reply}" for reply in REPLIES)
        texts = (("Reply:  " + choices, "Signature:"), ("Reason, or what instead:\n\n", "Date:"))
        for row, pair in zip(table.rows, texts, strict=True):
            row.height = Pt(22)
            for cell, text in zip(row.cells, pair, strict=True):
                cell.text = text
                cell.paragraphs[0].paragraph_format.keep_with_next = row is table.rows[0]
        made = table._element
        made.getparent().remove(made)
        return made

    def _page(self, section: Any, header: str) -> None:
        from docx.shared import Inches, Pt

        section.left_margin = section.right_margin = Inches(0.9)
        section.top_margin = section.bottom_margin = Inches(0.8)
        section.header.is_linked_to_previous = False
        paragraph = section.header.paragraphs[0]
        run = paragraph.add_run(clean(header).replace("\n", " "))
        run.font.size = Pt(8.5)

    def _footer(self, section: Any) -> None:
        first, *_ = section.footer.paragraphs
        first.add_run(_CONFIDENTIAL + " Page ")
        field(first, "PAGE")
        first.add_run(" of ")
        field(first, "NUMPAGES")
        second = section.footer.add_paragraph(style="Footer")
        second.add_run(f"{versions(self.review)}. Supports and does not replace clinical judgement.")


def _why(problem: Problem) -> list[tuple[str, str]]:
    """What can happen and why, of each finding."""
    lines = []
    for number, entry in enumerate(problem.entries):
        why = entry.text["mechanism"] if not number and entry.severity in words.GRAVE else ""
        said = " ".join(part for part in (f"{entry.heading}.", entry.text["effect"], why) if part)
        lines.append(("Why it matters" if not number else f"Also {entry.severity}", said))
    return lines


def _do(problem: Problem, told: digest.Record) -> str:
    """What the whole problem asks for; of a part of it (the rest concerns others) what its findings ask for."""
    ids = {one for entry in problem.entries for one in entry.finding_ids}
    if told.get("action") and ids >= set((told.get("finding_ids") or "").split(";")):
        return str(told["action"])
    return " ".join(dict.fromkeys(entry.text["management"] for entry in problem.entries if entry.text["management"]))


def _drugs(finding: digest.Record) -> list[str]:
    return [drug for drug in (finding["drugs"] or "").split(";") if drug]


def _named(patient: digest.Record) -> str:
    return ", id ".join(part for part in (patient["name"], patient["patient_id"]) if part)
