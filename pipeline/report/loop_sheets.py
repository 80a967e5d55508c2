"""The sheets of the closed loop: what waits for whom, every response, and how often each rule is accepted."""

import pandas as pd

from pipeline.report import words
from pipeline.report.listings import MAX_ROWS, Listings
from pipeline.report.sheet import Column

# A rule that was answered so often and never accepted is worth a look: it may be noise.
ENOUGH_ANSWERS = 3


def waiting(lists: Listings) -> None:
    """Open recommendations by facility, unit and prescriber; nothing where no earlier review says since when."""
    frame = lists.review.ageing
    if frame.empty or not (lists.review.findings["since"] != "").any():
        return
    columns = [
        Column("Facility", _or_all(frame["facility"]), 24),
        Column("Unit", _or_all(frame["unit"]), 20),
        Column("Prescriber", _or_all(frame["prescriber"]), 28),
        Column("Open", frame["open"], 10, "cell number"),
        Column("Overdue", frame["overdue"], 10, "cell number"),
        Column("Accepted, not carried out", frame["accepted_not_done"], 15, "cell number"),
        Column("Median days open", frame["median_days"], 12, "cell amount"),
        Column("Most days open", frame["oldest_days"], 12, "cell amount"),
    ]
    lists.write("Waiting", columns, "Nothing is open.", 8, bars=(5, 6))


def responses(lists: Listings) -> None:
    """Every response known, what is not done or in conflict first, and what became of it."""
    table = lists.review.responses
    if table.empty:
        return
    loud = table["state"].eq("not done") * 4 + table["conflict"].eq("yes") * 2 + table["response"].eq("unclear")
    frame = table.loc[loud.sort_values(ascending=False, kind="stable").index].head(MAX_ROWS)
    titles = [lists.titles.get(code) or words.as_words(code or "other") for code in frame["problem"]]
    columns = [
        *lists.who(frame),
        Column("Problem", titles, 22),
        Column("Response", [words.as_words(text) for text in frame["response"]], 11, "cell strong"),
        Column("By", frame["who"], 16),
        Column("Date", [words.day_text(text) for text in frame["date"]], 12),
        Column("Rationale", frame["rationale"], 34),
        Column("What became of it", [words.as_words(text) for text in frame["state"]], 34, "cell strong"),
        Column("Conflict", frame["conflict"], 9),
        Column("Note", frame["note"], 26),
        Column("Read from", frame["read_from"], 14),
        Column("Rule", frame["rule_id"], 24),
        Column("Finding", frame["finding_id"], 18, "cell id"),
    ]
    lists.write("Responses", columns, "No responses.", 12)


def rules(lists: Listings) -> None:
    """How often each rule is accepted, those that nobody accepts first: noise dies here."""
    frame = lists.review.rules_accepted
    if frame.empty:
        return
    never = (frame["accepted"] == 0) & (frame["answered"] >= ENOUGH_ANSWERS)
    columns = [
        Column("Rule", frame["rule_id"], 40, "cell strong"),
        Column("Problem", [words.as_words(code or "other") for code in frame["problem"]], 26),
        Column("Findings answered", frame["answered"], 11, "cell number"),
        Column("Accepted", frame["accepted"], 11, "cell number"),
        Column("Declined", frame["declined"], 11, "cell number"),
        Column("Acceptance rate", frame["rate"], 13, "cell percent"),
        Column("Median days to the answer", frame["median_days"], 13, "cell amount"),
        Column("For review", ["Nobody accepts it" if one else "" for one in never], 18, "cell strong"),
    ]
    lists.write("Rules accepted", columns, "No responses.", 8, bars=(6,))


def _or_all(texts: pd.Series) -> list[str]:
    return [text or "All" for text in texts.fillna("")]
