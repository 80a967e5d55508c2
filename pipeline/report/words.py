"""The words that the reports use for the codes of a review. Everything a reader sees in place of a code stands here."""

import re

from pipeline.tables import SEVERITIES as SEVERITIES

SEVERITY = {"contraindicated": "Contraindicated", "major": "Major", "moderate": "Moderate", "minor": "Minor"}
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

PROBLEM = {
    "anticholinergic": "Anticholinergic load",
    "cns_depression": "Sedation and breathing (CNS depression)",
    "hepatic": "Liver",
    "hypotension_falls": "Low blood pressure and falls",
    "overdose": "Dose too high",
    "psychiatric": "Mood, behaviour and confusion",
    "qt_prolongation": "Heart rhythm (QT prolongation)",
    "renal": "Kidney",
    "respiratory": "Breathing",
    "serotonin": "Serotonin toxicity",
}

STATUS = {
    "new": "new since the last review",
    "persisting": "also found at the last review",
    "resolved": "resolved since the last review",
    "accepted_not_done": "accepted at an earlier review, not carried out",
    "declined": "declined at an earlier review",
    "overdue": "a reply is overdue",
}

JUDGEMENT = "This report supports the judgement of pharmacist, physician and nurse; it does not replace it."


def problem(code: str | None) -> str:
    """The name of a problem, for a heading."""
    return PROBLEM.get(code or "", as_words(code or "other")).strip()


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
