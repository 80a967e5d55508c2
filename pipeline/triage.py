"""How soon each resident needs somebody's attention, and why.

The score adds up points for each finding: contraindicated 40, major 10, moderate 3, minor 1. The tier is that of the
worst finding; a major finding of a withdrawal (a medicine stopped at once, a pump that runs dry) counts as one to act
on today, since it grows within days. Both only rank residents of one review for reading; neither has been validated as
a prediction of harm.
"""

import pandas as pd

from pipeline.tables import SEVERITIES

POINTS = {"contraindicated": 40, "major": 10, "moderate": 3, "minor": 1}
TIERS = {
    "contraindicated": ("today", "Act today: call the prescriber"),
    "major": ("this_week", "Act this week: write to the prescriber"),
    "moderate": ("monthly_review", "Take up at the monthly review"),
    "minor": ("monthly_review", "Take up at the monthly review"),
}
# Checks of which a major finding cannot wait for the week.
URGENT_CHECKS = ("withdrawal",)
NO_FINDING = ("none", "No finding by the rules there are")
INCOMPLETE = ("none", "No finding, but the review is incomplete")


def triage(patient_ids: list[str], findings: pd.DataFrame, incomplete: set[str]) -> pd.DataFrame:
    """Tier, action, score and the first thing to do of each patient.

    Args:
        patient_ids: everyone in the review.
        findings: the contract's columns, sorted by patient and severity.
        incomplete: those of whom something could not be assessed; they are never shown as clear.

    Returns:
        One row for each patient in the given order: `patient_id`, `tier`, `action`, `score`, `findings`,
        `first_action`, `complete`.
    """
    urgent = (findings["severity"] == "major") & findings["check"].isin(URGENT_CHECKS)
    ranked = findings.assign(
        points=findings["severity"].map(POINTS).astype("float64"),
        severity=findings["severity"].mask(urgent, SEVERITIES[0]),
    )
    grade = ranked["severity"].map({name: at for at, name in enumerate(SEVERITIES)})
    with_factor = ranked["factor"].where(ranked["factor"] == "", ", " + ranked["factor"])
    subject = ranked["drugs"].str.replace(";", " + ") + with_factor
    subject = subject.str.removeprefix(", ")
    first = subject.str[:1].str.upper() + subject.str[1:] + ": " + ranked["management"]
    by_patient = (
        ranked.assign(grade=grade, first=first).sort_values("grade", kind="stable").groupby("patient_id", sort=False)
    )
    worst = by_patient.agg(severity=("severity", "first"), first=("first", "first"))
    counts = by_patient.agg(score=("points", "sum"), findings=("points", "size"))
    table = pd.DataFrame({"patient_id": patient_ids}, dtype="str").join(worst.join(counts), on="patient_id")
    table = table.astype({"severity": "str", "first": "str"})
    complete = ~table["patient_id"].isin(incomplete)
    graded = table["severity"].map(TIERS)
    clear = complete.map({True: NO_FINDING, False: INCOMPLETE})
    chosen = graded.where(table["severity"].notna(), clear)
    return pd.DataFrame(
        {
            "patient_id": table["patient_id"],
            "tier": chosen.str[0].astype("str"),
            "action": chosen.str[1].astype("str"),
            "score": table["score"].fillna(0).astype("int64"),
            "findings": table["findings"].fillna(0).astype("int64"),
            "first_action": table["first"].fillna("").astype("str"),
            "complete": complete,
        }
    )
