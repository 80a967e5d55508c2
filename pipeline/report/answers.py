"""What people answered, as the report of a resident tells it: what was not carried out, each answer, what is quiet."""

from collections.abc import Iterable, Sequence

from openpyxl.worksheet.datavalidation import DataValidation

from pipeline.report import digest, words
from pipeline.report.digest import Entry
from pipeline.report.records import Record
from pipeline.report.sheet import Put, Sheet

_SAID = {"accept": "Accepted", "modify": "Accepted with a change", "decline": "Declined", "unclear": "Not understood"}
REPLACED = "replaced by a later response"

REPLIES = ("Accept", "Modify", "Decline")

Answers = dict[str, list[Record]]


def reply_choice() -> DataValidation:
    """What a cell offers where a reply is chosen; other words may be typed too."""
    choice = DataValidation(type="list", formula1=f'"{",".join(REPLIES)}"', allow_blank=True)
    choice.promptTitle, choice.prompt = "Reply", "Accept, modify or decline; give the reason too."
    choice.showErrorMessage = False
    return choice


def by_finding(responses: Iterable[Record]) -> Answers:
    """The responses of each finding that still count, by its id."""
    found: Answers = {}
    for response in responses:
        if response["state"] != REPLACED:
            found.setdefault(response["finding_id"] or "", []).append(response)
    return found


def texts(entry: Entry, answers: Answers) -> list[str]:
    """What was answered to a finding, each answer once: `Accepted 3 Nov 2026 by Dr Okafor: as tolerated. Not done`."""
    told = [_text(answer) for finding in entry.finding_ids for answer in answers.get(finding, [])]
    return list(dict.fromkeys(told))


def _text(answer: Record) -> str:
    said = f"{_SAID.get(answer['response'] or '', 'Answered')} {words.day_text(answer['date'])}"
    by = f" by {answer['who']}" if answer["who"] else ""
    why = f": {answer['rationale'].rstrip('.')}" if answer["rationale"] else ""
    conflict = "CONFLICT. " if answer["conflict"] else ""
    note = f" ({answer['note']})" if answer["response"] == "unclear" else ""
    state = answer["state"] or ""
    return f"{conflict}{said}{by}{why}. {state[:1].upper()}{state[1:]}{note}."


def not_carried_out(sheet: Sheet, entries: Sequence[Entry], answers: Answers) -> None:
    """The loudest thing of a report: what was accepted and is still as it was."""
    late = [entry for entry in entries if entry.is_late]
    if not late:
        return
    sheet.space(4)
    told: dict[str, list[str]] = {}
    for entry in late:
        told.setdefault(" ".join(texts(entry, answers)), []).append("; ".join(entry.subjects))
    lines = [f"{'; '.join(subjects)}. {answered}".strip() for answered, subjects in told.items()]
    text = "\n".join(("Accepted and not carried out:", *lines))
    sheet.row(Put("NOT DONE", "alarm"), Put(text, "alarm text"), height=30)


def quiet(sheet: Sheet, entries: Sequence[Entry], answers: Answers, columns: int) -> None:
    """At the foot: what was declined and rests until something of it changes."""
    if not entries:
        return
    sheet.space(4)
    headings = ("Declined", "quiet until its doses, numbers or medicines change, or the time is over", "", "")
    sheet.row(*[Put(heading, "column head") for heading in headings])
    for entry in entries:
        about = f"{'; '.join(entry.subjects)}. {' '.join(texts(entry, answers))}"
        severity = words.SEVERITY.get(entry.severity, entry.severity)
        blank = [Put(None, "cell")] * (columns - 2)
        sheet.row(
            Put(severity, "cell strong"), Put(about, "cell small"), *blank, None,
            Put(";".join(entry.finding_ids), "off page"),
        )  # fmt: skip


def open_and_quiet(findings: Iterable[Record]) -> tuple[list[Record], list[Record]]:
    """The findings that still stand, those to be acted on and those that rest."""
    standing = digest.open_findings(findings)
    return [one for one in standing if not one["quiet"]], [one for one in standing if one["quiet"]]
