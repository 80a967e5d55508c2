"""The words that the reports use for the codes of a review. Everything a reader sees in place of a code stands here."""

import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from pipeline.judge.triage import LATE as LATE
from pipeline.tables import SEVERITIES as SEVERITIES

SEVERITY = {"contraindicated": "Contraindicated", "major": "Major", "moderate": "Moderate", "minor": "Minor"}
GRAVE = SEVERITIES[:2]
SEVERITY_MEANING = {
    "contraindicated": "Never together.",
    "major": "Can cause serious harm: change it, or write down why not.",
    "moderate": "Monitor or adjust.",
    "minor": "Be aware.",
}

# `not_checked` is no tier of triage: it stands for `none` of a resident who could not be fully checked.
TIERS = ("today", "this_week", "monthly_review", "not_checked", "none")
TIER = {
    "today": "Act today",
    "this_week": "Act this week",
    "monthly_review": "At the monthly review",
    "not_checked": "Not fully checked",
    "none": "No findings",
}
NOT_CHECKED_ACTION = "Nothing was found in what could be checked. Get what is missing, then review again."

STATUS = {
    "new": "new since the last review",
    "persisting": "also found at the last review",
    "resolved": "resolved since the last review",
    "accepted_not_done": "accepted at an earlier review, not carried out",
    "declined": "declined at an earlier review",
    "overdue": "a reply is overdue",
}

STATUS_SHORT = {
    "new": "new",
    "persisting": "as before",
    "resolved": "resolved",
    "accepted_not_done": "accepted and not carried out",
    "declined": "declined",
    "overdue": "without a reply in time",
}

JUDGEMENT = "This report supports the judgement of pharmacist, physician and nurse; it does not replace it."


def status_text(finding: Mapping[str, Any]) -> str:
    """The status of a finding in words, with since when, and why it came or is graded otherwise."""
    status = finding["status"] or ""
    since = day_text(finding.get("since"))
    told = STATUS.get(status, "")
    if status == "accepted_not_done":  # when and by whom stands beside it
        return STATUS_SHORT[status]
    if since and status == "overdue":
        told = f"told since {since}, {told}"
    if since and status == "persisting":
        told = f"found since {since}"
    return "; ".join(filter(None, (told, finding.get("why"))))


def day_text(text: str | None) -> str:
    """A day such as 2026-11-03 as the reports write it: `3 Nov 2026`."""
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return text or ""
    return f"{found.day} {found:%b %Y}"


def as_words(code: str) -> str:
    """A code in snake_case as words with a capital first letter."""
    return code.replace("_", " ")[:1].upper() + code.replace("_", " ")[1:]


def factor(text: str) -> str:
    """What else is involved in a finding, as a reader writes it: `eGFR 24`, `alcohol moderate`."""
    spelled = text.replace("_", " ").replace(":", " ")
    for code, name in (("egfr", "eGFR"), ("crcl", "CrCl"), ("qtc", "QTc"), ("prn", "PRN"), ("inr", "INR")):
        spelled = re.sub(rf"\b{code}\b", name, spelled)
    return spelled


def ranked(code: str | None, order: tuple[str, ...], names: dict[str, str]) -> str:
    """The name behind its rank (`1 Contraindicated`), so that a column sorts by it; an unknown code stays as it is."""
    return f"{order.index(code) + 1} {names[code]}" if code in order else (code or "")


def count(number: int, one: str, many: str | None = None) -> str:
    """`1 resident`, `1,204 residents`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"
