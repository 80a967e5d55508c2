"""A review against the one before: what is new, what persists since when, what is gone, and why."""

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.history.snapshot import HALF, Snapshot, doses_of
from pipeline.tables import FINDINGS, LOOP, SEVERITIES

NOTHING_CHANGED = "time"


@dataclass(frozen=True)
class Residents:
    """Ids of residents. `before`: in the input of the earlier review; `facts`: of whom a condition, a result or the
    like changed (None: not known); `orders`: of whom any order changed."""

    before: set[str]
    facts: set[str] | None
    orders: set[str]


def compare(findings: pd.DataFrame, now: Snapshot, earlier: Snapshot, whole: set[str]) -> pd.DataFrame:
    """The findings with `status` (`new` or `persisting`), `since`, `runs` and `why`; and, added, those of the earlier
    review that are `resolved`.

    A finding of a patient who has left, or of whose records a part could not be read, is not resolved because it is
    not found again; it is left out.

    `why` begins with what changed: `census` (admitted), `prescribing` (medicine, route or dose of its drugs), `facts`
    (a condition, a result, an allergy), `reference` (the rule, or the reference around it), `time` (nothing but the
    day), or what cannot be told apart (`facts or reference`).

    Args:
        findings: of this review, the contract's columns with `points`.
        now, earlier: the two reviews.
        whole: the patients of this review whose every row was read and every medicine recognised.
    """
    people = _residents(now, earlier)
    old = earlier.findings.set_index("finding_id")
    known = findings["finding_id"].isin(old.index).to_numpy(bool)
    day = now.as_of.isoformat()
    before = old.reindex(findings["finding_id"]).reset_index(drop=True)
    told = findings.assign(
        status=np.where(known, "persisting", "new"),
        since=before["since"].fillna("").where(known, day).to_numpy(),
        # A review made again on its day is no further one.
        runs=before["runs"].fillna(0).to_numpy(np.int64) + np.where(known, now.as_of != earlier.as_of, 1),
    )
    told["asked"] = ""
    told["why"] = _reasons(told, before, known, now, earlier, people)
    gone = earlier.findings[
        ~earlier.findings["finding_id"].isin(set(findings["finding_id"])) & earlier.findings["patient_id"].isin(whole)
    ].reset_index(drop=True)
    gone = gone.assign(status="resolved", rows="", points=0, asked="")
    gone["why"] = _ends(gone, now, earlier, people)
    texts = dict.fromkeys([*FINDINGS, "since", "asked", "why"], "str")
    return pd.concat([told, gone], ignore_index=True).astype({**texts, "runs": "Int64"})


def without_earlier(findings: pd.DataFrame, since: str) -> pd.DataFrame:
    """The findings of a review that is compared with none. `since`: its day if a history begins with it, or empty."""
    runs = pd.Series(1 if since else pd.NA, index=findings.index, dtype="Int64")
    told = findings.assign(since=since, runs=runs)
    return told.assign(asked="", why="").astype(dict.fromkeys(["since", "asked", "why"], "str"))


def kept(findings: pd.DataFrame, now: Snapshot, earlier: Snapshot | None, whole: set[str]) -> pd.DataFrame:
    """What the next review must know: the findings that stand, and those that could not be looked for this time."""
    standing = findings[findings["status"] != "resolved"]
    columns = [*FINDINGS, *LOOP]
    if earlier is None:
        return standing[columns].reset_index(drop=True)
    unseen = set(now.residents["patient_id"]) - whole
    waiting = earlier.findings[
        earlier.findings["patient_id"].isin(unseen) & ~earlier.findings["finding_id"].isin(set(findings["finding_id"]))
    ]
    return pd.concat([standing[columns], waiting[columns]], ignore_index=True)


def _residents(now: Snapshot, earlier: Snapshot) -> Residents:
    old = dict(zip(earlier.residents["patient_id"], earlier.residents["facts"], strict=True))
    new = dict(zip(now.residents["patient_id"], now.residents["facts"], strict=True))
    both = {who: (old[who], facts) for who, facts in new.items() if who in old}
    if any(old.values()):
        facts = {who for who, (before, after) in both.items() if before[:HALF] != after[:HALF]}
        orders = {who for who, (before, after) in both.items() if before[HALF:] != after[HALF:]}
        return Residents(set(old), facts, orders)
    merged = earlier.orders.merge(now.orders, how="outer", indicator=True)
    return Residents(set(old), None, set(merged.loc[merged["_merge"] != "both", "patient_id"]))


def _reasons(
    told: pd.DataFrame, before: pd.DataFrame, known: np.ndarray, now: Snapshot, earlier: Snapshot, people: Residents
) -> list[str]:
    """For each finding why it is new or graded otherwise; empty where it persists as it was."""
    old_severity = before["severity"].where(known, "").to_numpy(object)
    asked = np.flatnonzero(~known | (old_severity != told["severity"].to_numpy(object)))
    some = told.iloc[asked]
    old_factors = before["factor"].where(known, "").to_numpy(object)
    answers = np.full(len(told), "", dtype=object)
    columns = (some[name] for name in ("patient_id", "rule_id", "severity", "factor"))
    for at, change, who, rule, severity, factor in zip(
        asked.tolist(), _dose_changes(some, now, earlier), *columns, strict=True
    ):
        if who not in people.before:
            answers[at] = "census: admitted"
            continue
        moved = _moved(old_factors[at], factor) if known[at] else ""
        why = _cause(who, rule, change, moved, now, earlier, people)
        answers[at] = f"re-graded from {old_severity[at]} to {severity}; {why}" if known[at] else why
    return answers.tolist()


def _ends(gone: pd.DataFrame, now: Snapshot, earlier: Snapshot, people: Residents) -> list[str]:
    """For each finding that is gone why it is."""
    changes = _dose_changes(gone, now, earlier)
    columns = ("patient_id", "rule_id")
    return [
        _cause(who, rule, change, "", now, earlier, people)
        for who, rule, change in zip(*(gone[name] for name in columns), changes, strict=True)
    ]


def _cause(
    who: str, rule: str, dose_change: str, moved: str, now: Snapshot, earlier: Snapshot, people: Residents
) -> str:
    """What changed between two reviews of a resident who was there in both, as far as it concerns the rule."""
    causes = []
    other_reference = now.reference_hash != earlier.reference_hash
    of_rule = _rule_change(rule, now, earlier) if other_reference else ""
    if dose_change:
        causes.append(f"prescribing: {dose_change}")
    if of_rule:
        causes.append(f"reference: {of_rule}")
    if moved:
        causes.append(f"facts: {moved}")
    if causes:
        return "; ".join(causes)
    may_be = [
        name
        for name, holds in (
            ("prescribing", who in people.orders),
            ("facts", people.facts is None or who in people.facts),
            ("reference", other_reference),
        )
        if holds
    ]
    return " or ".join(may_be) or NOTHING_CHANGED


def _rule_change(rule: str, now: Snapshot, earlier: Snapshot) -> str:
    if not earlier.rules:
        return ""
    old, new = earlier.rules.get(rule), now.rules.get(rule)
    if old == new:
        return ""
    return "a new rule" if old is None else "the rule is gone" if new is None else "the rule changed"


def _dose_changes(findings: pd.DataFrame, now: Snapshot, earlier: Snapshot) -> list[str]:
    return [
        dose_change(old, new)
        for old, new in zip(doses_of(findings, earlier.orders), doses_of(findings, now.orders), strict=True)
    ]


def dose_change(old: str, new: str, started: bool = True) -> str:
    """What is no longer prescribed as it was, in words; both as `doses_of` gives them.

    `oxycodone oral started, baclofen oral 30 mg to 60 mg`; without what was started, if `started` is False.
    """
    before, after = dose_lines(old), dose_lines(new)
    said = [f"{name} started" for name in after if started and name not in before]
    said += [f"{name} stopped" for name in before if name not in after]
    said += [
        f"{name} {before[name]} to {dose}" for name, dose in after.items() if name in before and before[name] != dose
    ]
    return ", ".join(said)


_LINE = re.compile(r"(?P<name>.*?)(?: (?P<dose>dose not known|[\d.e+]+ .*|[\d.e+]+))?")


def dose_lines(doses: str) -> dict[str, str]:
    """Medicine and route → dose, of a text as `doses_of` gives it."""
    found = [_LINE.fullmatch(line) for line in doses.split("; ") if line]
    return {line["name"]: line["dose"] or "" for line in found if line}


def numbers(factor: str) -> dict[str, float]:
    """The numbers of what else is involved in a finding, by what they are of: `egfr 24` → egfr: 24. Counts of days,
    dates and ages are left out: they move by themselves."""
    found: dict[str, float] = {}
    for part in re.split(r"[,;]", factor or ""):
        text = part.strip()
        if re.search(r"\bdays\b|\d{4}-\d{2}-\d{2}|^age \d", text):
            continue
        for match in re.finditer(r"(?<![\w.])\d+(?:\.\d+)?(?![\w.]*\d)", text):
            name = (text[: match.start()] + text[match.end() :]).strip()
            found[name] = float(match[0])
    return found


def _moved(old: str, new: str) -> str:
    """The numbers that are no longer what they were: `egfr 45 to 28`."""
    before, after = numbers(old), numbers(new)
    return ", ".join(
        f"{name} {before[name]:g} to {value:g}" for name, value in after.items() if before.get(name, value) != value
    )


def worse(severity: str, than: str) -> bool:
    """Whether a severity is graver than another."""
    return SEVERITIES.index(severity) < SEVERITIES.index(than)
