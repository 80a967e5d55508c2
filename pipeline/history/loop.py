"""What became of each recommendation: done, accepted and not done, declined, or without a response for too long.

An acceptance is done when the finding is no longer found. A declined finding is quiet until the dose or route of its
medicines, a number of it, the medicines of its problem or its severity change, or a year is over; what must be acted on
today never is. If two people answer differently, the finding stays open.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from pipeline.history import typed
from pipeline.history.compare import dose_change, dose_lines, numbers, worse
from pipeline.history.policy import Policy, is_past
from pipeline.history.responses import basis, with_basis
from pipeline.history.snapshot import Snapshot
from pipeline.judge.triage import TIERS, urgency
from pipeline.tables import SEVERITIES

Row = dict[str, str]
DECLINE = "decline"
# Nobody is asked to answer what one need only be aware of.
NOT_ASKED = "minor"
# What became of an acceptance and of a decline whose finding is no longer found: found again, it is asked anew.
SETTLED = ("done", "no longer found")
# The checks whose findings no change of a dose settles.
SETTLED_OTHERWISE = ("monitoring", "documentation", "omission")


@dataclass(frozen=True)
class Moment:
    """The review in whose light responses are looked at. `whole`: the patients whose every row could be read;
    `present`: everyone in the input."""

    as_of: date
    policy: Policy
    whole: set[str]
    present: set[str]


@dataclass
class Standing:
    """How a finding that is still there stands. `state` is of the loop: `open`, `accepted`, `not_done`, `declined`,
    `reopened` (also: acted on and still found); `since`: the day of the response that this rests on."""

    state: str = "open"
    since: str = ""
    why: str = ""


def follow(
    findings: pd.DataFrame,
    responses: pd.DataFrame,
    now: Snapshot,
    earlier: Snapshot | None,
    whole: set[str],
    policy: Policy,
    definitions: pd.DataFrame,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The findings with `status`, `asked`, `why` and `quiet` (bool) in the light of the responses, and the responses
    with `conflict` and `state`.

    Args:
        findings: as `compare` gives them.
        responses: every response known.
        now: this review; `findings` need not be in it.
        earlier: the review before.
        whole: the patients whose every row could be read.
        policy: how long each step may take.
        definitions: the reference's table of problems.
    """
    standing = findings[findings["status"] != "resolved"].reset_index(drop=True)
    seen = Snapshot(now.as_of, now.reference_hash, standing, now.orders, now.residents)
    responses = with_basis(responses, [seen]).reset_index(drop=True)
    current = basis(seen, set(responses["finding_id"]) - {""})
    moment = Moment(now.as_of, policy, whole, set(now.residents["patient_id"]))
    grades = urgency(findings, definitions) if len(findings) else np.array([], dtype=np.int64)
    today = dict(zip(findings["finding_id"], grades == 0, strict=True))
    rows: list[Row] = responses.to_dict("records")
    by_finding: dict[str, list[Row]] = {}
    for row in rows:
        by_finding.setdefault(row["finding_id"], []).append(row)
    stand = {finding: _answered(mine, current.get(finding), bool(today.get(finding)), moment)
             for finding, mine in by_finding.items()}  # fmt: skip
    table = pd.DataFrame(rows, columns=list(responses.columns), dtype="str") if rows else responses
    return _told(findings, stand, grades, now.as_of, earlier, policy), table


def _answered(rows: list[Row], found: Row | None, today: bool, moment: Moment) -> Standing:
    """How a finding stands by what people answered, and, written into the rows, what became of each response.

    Args:
        rows: the responses of the finding.
        found: how it stands now; None when it is not found.
        today: whether it must be acted on today.
        moment: the review.
    """
    for row in rows:
        if row["response"] == typed.UNCLEAR:
            row["state"] = "not understood"
        elif not row["rule_id"]:
            row["state"] = "no such finding known"
        elif found is not None and row["closed"] and row["closed"] <= moment.as_of.isoformat():
            row["state"] = f"settled {row['closed']}, and found again"
    clear = [row for row in rows if not row["state"]]
    last = _last_of_each(clear)
    for row in clear:
        if row not in last:
            row["state"] = "replaced by a later response"
    if found is None:
        for row in last:
            row["state"] = _gone(row, moment)
            if row["state"] in SETTLED:
                row["closed"] = row["closed"] or moment.as_of.isoformat()
        return Standing()
    accepted = [row for row in last if row["response"] != DECLINE]
    declined = [row for row in last if row["response"] == DECLINE]
    changed = {id(row): changes_since(row, found, moment.policy) for row in clear}
    for row in declined:
        until = date.fromisoformat(row["date"]) + timedelta(days=moment.policy.declined_quiet)
        over = is_past(date.fromisoformat(row["date"]), moment.policy.declined_quiet, moment.as_of)
        why = changed[id(row)] or (f"declined {row['date']}, longer ago than the policy lets it rest" if over else "")
        row["state"] = f"re-opened: {why}" if why else f"declined, quiet until {until.isoformat()}"
        if not why and today:
            row["state"] = "declined, but never quiet: to be acted on today"
    valid = [row for row in declined if not row["state"].startswith("re-opened")]
    if accepted and valid:
        for row in (*accepted, *valid):
            row["conflict"] = "yes"
        for row in valid:
            row["state"] = "does not count: somebody else accepted"
    if accepted:
        return _accepted(accepted, clear, found, moment)
    if valid:
        return Standing("declined", max(row["date"] for row in valid))
    if declined:
        newest = max(declined, key=lambda row: row["date"])
        return Standing("reopened", newest["date"], f"declined {newest['date']}, {newest['state']}")
    return Standing()


def _accepted(accepted: list[Row], clear: list[Row], found: Row, moment: Moment) -> Standing:
    """How a finding stands that somebody accepted, and the state of these responses.

    To accept again does not set the clock back: it runs from the first acceptance since when nothing changed. A change
    of any medicine of the problem is a beginning, since one reply answers all of it; not where a test, a word on the
    order or another medicine was asked for.
    """
    who = {row["who"].casefold() for row in accepted}
    mine = [row for row in clear if row["response"] != DECLINE and row["who"].casefold() in who]
    elsewhere = found["check"] in SETTLED_OTHERWISE
    changes = {id(row): dose_change(row["problem_doses"], found["problem_doses"], started=False) for row in mine}
    untouched = [row for row in mine if elsewhere or not changes[id(row)]]
    if not untouched:
        newest = max(accepted, key=lambda row: row["date"])
        change = changes[id(newest)]
        for row in accepted:
            row["state"] = f"changed, and still found: {change}"
        return Standing("reopened", newest["date"], f"accepted {newest['date']}, changed and still found: {change}")
    first = min(row["date"] for row in untouched)
    limit = moment.policy.accepted_not_done
    late = is_past(date.fromisoformat(first), limit, moment.as_of)
    until = date.fromisoformat(first) + timedelta(days=limit)
    for row in accepted:
        row["state"] = "not done" if late else f"to be done until {until.isoformat()}"
    return Standing("not_done" if late else "accepted", first, f"accepted {first}")


def _last_of_each(rows: Iterable[Row]) -> list[Row]:
    """The last response of each person; several where they say different things on one day."""
    newest: dict[str, list[Row]] = {}
    for row in rows:
        mine = newest.setdefault(row["who"].casefold(), [])
        if mine and row["date"] > mine[0]["date"]:
            mine.clear()
        if not mine or row["date"] == mine[0]["date"] and row["response"] not in [other["response"] for other in mine]:
            mine.append(row)
    return [row for mine in newest.values() for row in mine]


def _gone(row: Row, moment: Moment) -> str:
    """What became of a response whose finding is no longer found."""
    if row["patient_id"] not in moment.present:
        return "the resident has left"
    if row["patient_id"] not in moment.whole:
        return "not checked: a part of the resident's records could not be read"
    done, no_more = SETTLED
    return no_more if row["response"] == DECLINE else done


def changes_since(row: Row, found: Row, policy: Policy) -> str:
    """What changed of a finding since it was answered: doses, numbers, medicines of its problem, severity.

    Args:
        row: the response, with how the finding stood.
        found: how it stands now.
        policy: says by how much a number must move.
    """
    said = [dose_change(row["doses"], found["doses"])]
    before, after = numbers(row["factor"]), numbers(found["factor"])
    for name, value in after.items():
        # What is prescribed a day stands among the doses.
        if name in before and not name.endswith("/day"):
            moved = abs(value - before[name]) * 100
            if moved and moved >= policy.number_change * abs(before[name]):
                said.append(f"{name} {before[name]:g} to {value:g}")
    known = dose_lines(row["problem_doses"])
    own = dose_lines(found["doses"])
    said += [f"{name} is new in the problem" for name in dose_lines(found["problem_doses"])
             if name not in known and name not in own]  # fmt: skip
    if found["severity"] != row["severity"]:
        said.append(f"{row['severity']} to {found['severity']}")
    return ", ".join(filter(None, said))


def _told(
    findings: pd.DataFrame,
    stand: dict[str, Standing],
    grades: np.ndarray,
    as_of: date,
    earlier: Snapshot | None,
    policy: Policy,
) -> pd.DataFrame:
    """The findings with the status that is loudest, since when a reply is awaited, why, and whether they are quiet."""
    before = dict(zip(earlier.findings["finding_id"], earlier.findings["asked"], strict=True)) if earlier else {}
    tiers = [TIERS[SEVERITIES[grade]][0] for grade in grades]
    statuses, asked_days, reasons, quiet = [], [], [], []
    columns = (findings[name] for name in ("finding_id", "status", "since", "severity", "why"))
    for finding, status, since, severity, why, tier in zip(*columns, tiers, strict=True):
        how = stand.get(finding, Standing())
        asked = ""
        if status != "resolved":
            asked = _asked(how, before.get(finding, ""), since, why, as_of)
            status = _status(how, status, "" if severity == NOT_ASKED else asked, tier, as_of, policy)
            why = "; ".join(filter(None, (why, how.why if how.state in ("reopened", "not_done") else "")))
        statuses.append(status)
        asked_days.append(asked)
        reasons.append(why)
        quiet.append(status == "declined" and tier != "today")
    told = findings.assign(status=statuses, asked=asked_days, why=reasons, quiet=quiet)
    return told.astype({"status": "str", "asked": "str", "why": "str", "quiet": "bool"})


def _asked(how: Standing, before: str, since: str, why: str, as_of: date) -> str:
    """Since which day a reply is awaited; empty while none is.

    The clock begins when the finding is first told, when it is graded worse, and when it is opened again.
    """
    if how.state in ("accepted", "not_done", "declined"):
        return ""
    if how.state == "reopened":
        return before if before > how.since else as_of.isoformat()
    if _graded_worse(why):
        return as_of.isoformat()
    return before or since


def _graded_worse(why: str) -> bool:
    words = why.partition(";")[0].split()
    return words[:2] == ["re-graded", "from"] and worse(words[4], than=words[2])


def _status(how: Standing, status: str, asked: str, tier: str, as_of: date, policy: Policy) -> str:
    if how.state == "not_done":
        return "accepted_not_done"
    if how.state == "declined":
        return "declined"
    if asked and is_past(date.fromisoformat(asked), policy.until_overdue(tier), as_of):
        return "overdue"
    return status
