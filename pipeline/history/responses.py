"""The table of responses: what people answered, understood, each once, with how the finding stood when they did."""

from collections.abc import Iterable, Sequence
from datetime import date

import pandas as pd

from pipeline.history import typed
from pipeline.history.replies import TABLE, Reply
from pipeline.history.snapshot import Snapshot, doses_of, drugs_of_problems
from pipeline.tables import RESPONSES

# How a finding stood when it was answered.
BASIS = ("rule_id", "problem", "since", "severity", "factor", "doses", "problem_doses")
ANSWERS = typed.RESPONSES


def understood(replies: Iterable[Reply], order: str, as_of: date) -> pd.DataFrame:
    """Replies as rows of responses.csv, one for each finding that they answer; `conflict` and `state` are empty.

    Args:
        replies: as `replies.read` gives them.
        order: `mdy`, `dmy` or empty, for dates such as 3/4/2026.
        as_of: the day of the review that reads them.
    """
    rows = [row for reply in replies for row in _rows(reply, order, as_of)]
    return pd.DataFrame(rows, columns=list(RESPONSES), dtype="str").fillna("")


def _rows(reply: Reply, order: str, as_of: date) -> list[dict[str, str]]:
    row = dict.fromkeys(RESPONSES, "")
    row |= {"patient_id": reply.patient_id, "rationale": reply.rationale, "who": reply.who, "read_from": reply.kind}
    known = reply.known if reply.known.get("read_from") else {}
    answer = typed.response(reply.response)
    when, note = typed.day(reply.date, order, reply.reviewed, as_of)
    if known and (answer in ANSWERS or reply.response == typed.UNCLEAR) and when:
        # A responses.csv that a review wrote. Programs write its days in their own way when it is saved again.
        row |= {name: value for name, value in known.items() if name in RESPONSES}
        row |= {name: _iso(row[name], order, as_of) for name in ("reviewed", "since", "closed")}
        row |= {"response": answer, "date": when.isoformat(), "conflict": "", "state": ""}
    else:
        notes = [note]
        if answer in ("", typed.UNCLEAR):
            said = f"reply not understood: {reply.response}" if answer else "no reply chosen"
            notes.insert(0, f"{said} ({reply.place})")
        if not reply.finding_ids:
            notes.insert(0, f"no finding named ({reply.place})")
        day = when or reply.reviewed or as_of
        row |= {
            "response": answer or typed.UNCLEAR, "date": day.isoformat(), "note": "; ".join(filter(None, notes)),
            "reviewed": reply.reviewed.isoformat() if reply.reviewed else "",
        }  # fmt: skip
    return [row | {"finding_id": finding} for finding in reply.finding_ids or ("",)]


def _iso(text: str, order: str, as_of: date) -> str:
    """A day of a table as 2026-11-03; empty where it is none."""
    found, _ = typed.day(text, order, None, as_of)
    return found.isoformat() if found else ""


def together(tables: Sequence[pd.DataFrame]) -> pd.DataFrame:
    """All responses, the same one once: of two that say the same the one is kept of which more is known."""
    whole = pd.concat([table for table in tables if len(table)] or [tables[0]], ignore_index=True)
    order = (-how_much_is_known(whole)).to_numpy().argsort(kind="stable")
    whole = whole.iloc[order]
    whole = whole[~keys(whole).duplicated().to_numpy()]
    return whole.sort_values(["date", "patient_id", "finding_id", "who", "response"], kind="stable", ignore_index=True)


def how_much_is_known(responses: pd.DataFrame) -> pd.Series:
    """1 when the finding of a response is known, and 2 more when it was no longer found on some day since."""
    return (responses["rule_id"] != "").astype("int64") + 2 * (responses["closed"] != "").astype("int64")


def keys(responses: pd.DataFrame) -> pd.Series:
    """What makes two responses the same one: finding, answer, who, why and when. A day that nobody typed into a table
    is the day of its first reading, and tells none apart."""
    texts = {name: responses[name].str.split().str.join(" ").str.casefold() for name in ("who", "rationale")}
    untold = responses["note"].str.contains(typed.NOT_TYPED, regex=False) & (responses["read_from"] == TABLE)
    day = responses["date"].mask(untold, "")
    vague = responses["note"].where(responses["response"] == typed.UNCLEAR, "")
    parts = [responses["finding_id"], responses["response"], texts["who"], texts["rationale"], day, vague]
    key = parts[0]
    for part in parts[1:]:
        key = key + "\x1f" + part
    return key.astype("str")


def with_basis(responses: pd.DataFrame, reviews: Sequence[Snapshot]) -> pd.DataFrame:
    """The responses, those that do not say yet how the finding stood filled in from the review that was answered, else
    from the first of the reviews that knows the finding. A resident's id that does not fit the finding is told, and the
    response counts for nothing."""
    lacking = (responses["severity"] == "") & (responses["finding_id"] != "")
    if not lacking.any() or not reviews:
        return responses
    table = responses.copy()
    wanted = set(table.loc[lacking, "finding_id"])
    known = [(review.as_of.isoformat(), basis(review, wanted)) for review in reviews]
    for at in table.index[lacking]:
        finding, reviewed = table.at[at, "finding_id"], table.at[at, "reviewed"]
        own = [(day, found) for day, found in known if day == reviewed and finding in found]
        other = own or [(day, found) for day, found in known if finding in found]
        if not other:
            continue
        day, found = other[0]
        row = found[finding]
        patient = table.at[at, "patient_id"]
        if patient and _same(patient) != _same(row["patient_id"]):
            table.loc[at, ["response", "note"]] = typed.UNCLEAR, "the finding is of another resident than the row says"
            continue
        table.loc[at, ["reviewed", "patient_id", *BASIS]] = [day, row["patient_id"], *(row[name] for name in BASIS)]
    return table


def _same(patient_id: str) -> str:
    """An id without what cells of a workbook cannot hold or people do not see."""
    return "".join(letter for letter in patient_id if letter.isprintable() and not letter.isspace())


def basis(review: Snapshot, wanted: set[str]) -> dict[str, dict[str, str]]:
    """Of each of the findings that the review has: `patient_id`, `check` and `BASIS`."""
    findings = review.findings
    patients = set(findings.loc[findings["finding_id"].isin(wanted), "patient_id"])
    mine = findings[findings["patient_id"].isin(patients)].reset_index(drop=True)
    mine = mine.assign(doses=doses_of(mine, review.orders))
    mine["problem_doses"] = doses_of(mine.assign(drugs=drugs_of_problems(mine)), review.orders)
    mine = mine[mine["finding_id"].isin(wanted)]
    return {row["finding_id"]: row for row in mine[["finding_id", "patient_id", "check", *BASIS]].to_dict("records")}
