"""How soon each resident needs somebody's attention, and why.

The tier is that of the gravest finding: act today from the severity that reference/problems.csv names for its problem
(contraindicated; for what grows within days, such as a withdrawal, major), this week for a major one, at the monthly
review for the others. A finding that was accepted and not carried out is acted on today, whatever its severity. One
that was declined and is quiet asks for no more than the monthly review; it never makes anyone clear. The score is the
sum of the points of the findings (pipeline/judge/problems.py tells how many each has), declined ones included. Both
only rank residents of one review for reading; neither has been validated as a prediction of harm.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.normalise.distinct import positions_in
from pipeline.tables import SEVERITIES

TIERS = {
    "contraindicated": ("today", "Act today: call the prescriber"),
    "major": ("this_week", "Act this week: write to the prescriber"),
    "moderate": ("monthly_review", "Take up at the monthly review"),
    "minor": ("monthly_review", "Take up at the monthly review"),
}
TIER_NAMES = ("today", "this_week", "monthly_review", "none")
NO_FINDING = ("none", "No finding by the rules there are")
NOT_DONE = ("today", "Act today: what was accepted was not carried out")
LATE = "ACCEPTED AND NOT CARRIED OUT"
DECLINED = ("monthly_review", "Nothing is open: what was found was declined. Look again at the monthly review")
INCOMPLETE = ("none", "No finding, but the review is incomplete")
_FIRST, _LAST = -1, len(SEVERITIES)


def triage(
    patient_ids: Sequence[str] | pd.Index, findings: pd.DataFrame, incomplete: set[str], definitions: pd.DataFrame
) -> pd.DataFrame:
    """Tier, action, score and the first thing to do of each patient.

    Args:
        patient_ids: everyone in the review.
        findings: the contract's columns with `points` and `quiet`, sorted by patient and severity; resolved ones left
            out.
        incomplete: those of whom something could not be assessed; they are never shown as clear.
        definitions: the reference's table of problems.

    Returns:
        One row for each patient in the given order: `patient_id`, `tier`, `action`, `score`, `findings`,
        `first_action`, `first_id` (its finding), `not_done`, `overdue` (counts), `complete`.
    """
    ids = pd.Index(patient_ids, dtype="str")
    whose = positions_in(ids, findings["patient_id"])
    late = (findings["status"] == "accepted_not_done").to_numpy(bool)
    overdue = (findings["status"] == "overdue").to_numpy(bool)
    quiet = findings["quiet"].to_numpy(bool)
    # Positions beside those of severities: what was accepted and not done before all, what is quiet after all.
    grade = np.select([late, quiet], [_FIRST, _LAST], urgency(findings, definitions))
    # The first of the gravest of each patient.
    order = np.lexsort((grade, whose))
    first = order[np.diff(whose[order], prepend=-1) != 0]
    firsts = findings[["drugs", "factor", "management", "finding_id"]].iloc[first]
    with_factor = firsts["factor"].where(firsts["factor"] == "", ", " + firsts["factor"])
    subject = (firsts["drugs"].str.replace(";", " + ") + with_factor).str.removeprefix(", ")
    told = subject.str[:1].str.upper() + subject.str[1:] + ": " + firsts["management"].astype("str")
    told = (f"{LATE}: " + told).where(late[first], told.mask(quiet[first], ""))
    first_action, first_id = np.full(len(ids), "", dtype=object), np.full(len(ids), "", dtype=object)
    first_action[whose[first]] = told.to_numpy(object)
    first_id[whose[first]] = firsts["finding_id"].to_numpy(object)
    complete = pd.Index(list(incomplete), dtype="str").get_indexer(ids) < 0
    states = [NOT_DONE, *(TIERS[name] for name in SEVERITIES), DECLINED, NO_FINDING, INCOMPLETE]
    state = np.where(complete, states.index(NO_FINDING), states.index(INCOMPLETE))
    state[whose[first]] = grade[first] - _FIRST
    return pd.DataFrame(
        {
            "patient_id": ids,
            "tier": pd.array([tier for tier, _ in states], dtype="str").take(state),
            "action": pd.array([action for _, action in states], dtype="str").take(state),
            "score": np.bincount(whose, findings["points"], len(ids)).astype(np.int64),
            "findings": np.bincount(whose, minlength=len(ids)),
            "first_action": pd.array(first_action, dtype="str"),
            "first_id": pd.array(first_id, dtype="str"),
            "not_done": np.bincount(whose[late], minlength=len(ids)),
            "overdue": np.bincount(whose[overdue], minlength=len(ids)),
            "complete": complete,
        }
    )


def urgency(findings: pd.DataFrame, definitions: pd.DataFrame) -> np.ndarray:
    """For each finding the position of its severity, that of the gravest where its problem is acted on today."""
    position = {name: at for at, name in enumerate(SEVERITIES)}
    today_from = dict(zip(definitions["problem"], definitions["today_from"].map(position), strict=True))
    grade = findings["severity"].map(position).to_numpy(np.int64)
    limit = findings["problem"].map(today_from).fillna(0).to_numpy(np.int64)
    return np.where(grade <= limit, 0, grade)
