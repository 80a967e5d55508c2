"""The problems on a resident's report: one block and one reply each.

To the right of a block stand the cells of its reply: a caption of `REPLY` in the third column, what is typed in the
fourth. The finding ids stand to the right of the page in the row of the first caption, joined by `;`, so that replies
that were filled in can be read back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from pipeline.history.replies import REPLY
from pipeline.report import answers, digest, words
from pipeline.report.answers import Answers
from pipeline.report.digest import Entry, Problem
from pipeline.report.records import Record, records
from pipeline.report.sheet import Put, Sheet
from pipeline.report.style import severity_look

COLUMNS = 4
_LEAST = 18.0  # points of height that a pen needs


def source_titles(sources: pd.DataFrame) -> dict[str, str]:
    """What each source is called, and whether it was cited from memory."""
    titles = {}
    for source in records(sources):
        titles[source["key"]] = (source["title"] or source["key"]) + (
            " (cited from memory)" if source["seen"] == "no" else ""
        )
    return titles


@dataclass(frozen=True)
class Told:
    """What is known of a resident besides the findings. `problems`: the rows of problems.csv; `scales`: those of
    scales.csv, of which a problem tells its own that reach a threshold; `sources`: key → what a source is called, as
    `source_titles` gives it; `answered`: the responses by finding, as `answers.by_finding` gives them; `resting`:
    whether findings were declined and are quiet."""

    problems: Sequence[Record]
    scales: Sequence[Record]
    sources: dict[str, str]
    answered: Answers
    resting: bool


def put(sheet: Sheet, patient: Record, entries: Sequence[Entry], told: Told) -> None:
    """Write the problems of a resident, worst first; those that are only minor get one line and no reply.

    Args:
        sheet: of the resident.
        patient: the row of patients.csv.
        entries: the findings that are open, as `digest.entries` joins them.
        told: what else is known of the resident.
    """
    replies = answers.reply_choice()
    known = {problem["problem"]: problem for problem in told.problems}
    grouped = digest.problems(entries)
    serious = [problem for problem in grouped if problem.worst != "minor"]
    for problem in serious:
        loads = [scale["text"] for scale in told.scales if scale["band"] and scale["problem"] == problem.code]
        replies.add(f"D{_problem(sheet, problem, known.get(problem.code, {}), loads, told)}")
    if serious:
        sheet.raw.data_validations.append(replies)
    minor = [problem for problem in grouped if problem.worst == "minor"]
    for number, problem in enumerate(minor):
        title = known.get(problem.code, {}).get("title") or words.as_words(problem.code)
        # The page is for what needs a reply: of the others the first sentence; the whole stands in population.xlsx.
        said = [
            f"{entry.heading}. {digest.first_sentence(entry.text['management'] or '')}".strip()
            for entry in problem.entries
        ]
        if not number:
            sheet.space(4)
        sheet.row(
            Put(words.SEVERITY["minor"], severity_look("minor")), Put(f"{title}: {' '.join(said)}", "cell"),
            Put("no reply", "cell"), Put("needed", "cell"), None, Put(_ids(problem), "off page"),
        )  # fmt: skip
    if not entries and told.resting:
        sheet.row(None, Put("Nothing is open. What was found was declined, and stands at the foot."))
    elif not entries:
        more = "" if patient["complete"] else " The review is incomplete."
        sheet.row(None, Put(f"No findings in what could be checked.{more}"))


def _problem(sheet: Sheet, problem: Problem, row: Record, loads: Sequence[str], told: Told) -> int:
    """One problem with room for the reply. Returns the row in which the reply is chosen."""
    first = problem.entries[0]
    drugs = (row.get("drugs") or "").replace(";", ", ")
    title = row.get("title") or words.as_words(problem.code)
    orders = "; ".join(dict.fromkeys(order for entry in problem.entries for order in entry.orders))
    reply, by, rationale, day = (Put(caption, "caption") for caption in REPLY)
    sheet.space(4)
    reply_row = sheet.row(
        Put(words.SEVERITY.get(problem.worst, problem.worst), severity_look(problem.worst)),
        Put(f"{title}: {drugs}" if drugs else title, "problem"),
        reply, Put(None, "entry"), None, Put(_ids(problem), "off page"), height=_LEAST,
    )  # fmt: skip
    sheet.row(
        Put("As ordered", "caption"), Put(orders or "no order", "small"), by, Put(None, "entry"), height=_LEAST
    )  # fmt: skip
    sheet.row(
        Put("Why it matters", "caption"), Put(_matters(problem, loads), "small"), rationale, Put(None, "entry"),
        height=_LEAST,
    )  # fmt: skip
    sheet.row(
        Put("What to do", "caption"), Put(row.get("action") or first.text["management"], "small strong"),
        day, Put(None, "entry date"), height=_LEAST,
    )  # fmt: skip
    instead = "; ".join(
        dict.fromkeys(text.rstrip(".") for text in (e.text["alternatives"] for e in problem.entries[:2]) if text)
    )
    answered = "\n".join(
        dict.fromkeys(text for entry in problem.entries for text in answers.texts(entry, told.answered))
    )
    for caption, value, style in (
        ("Answered", answered, "small strong"), ("Instead", instead, "small"),
        ("Sources", _evidence(first.text, told.sources), "fine print"),
    ):  # fmt: skip
        if value:
            sheet.row(Put(caption, "caption"), Put(value, style))
    return reply_row


def _matters(problem: Problem, loads: Sequence[str]) -> str:
    """Each finding of the problem, gravest first: what can happen, and of a grave one why; then the loads reached."""
    first, *others = problem.entries
    why = first.text["mechanism"] if first.severity in words.GRAVE else ""
    lines = [f"{first.heading}. {_joined(first.text['effect'], why)}"]
    told_effects = {first.text["effect"]}
    for entry in others:
        grade = words.SEVERITY.get(entry.severity, entry.severity).lower()
        effect = entry.text["effect"] or ""
        said = "" if effect in told_effects else f" {digest.first_sentence(effect)}"
        told_effects.add(effect)
        lines.append(f"Also {grade}: {entry.heading}.{said}")
    if loads:
        lines.append(f"Load: {'; '.join(loads)}.")
    return "\n".join(lines)


def _ids(problem: Problem) -> str:
    return ";".join(one for entry in problem.entries for one in entry.finding_ids)


def _evidence(text: Record, sources: dict[str, str]) -> str:
    keys = [key.strip() for key in (text["sources"] or "").split(";") if key.strip()]
    named = "; ".join(sources.get(key, key) for key in keys)
    return ": ".join(part for part in (text["evidence"], named) if part)


def _joined(*sentences: str | None) -> str:
    return " ".join(sentence for sentence in sentences if sentence)
