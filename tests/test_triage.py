"""Triage: tiers, scores, and that more findings never make less of a person."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.tables import SEVERITIES
from pipeline.triage import POINTS, TIERS, triage

ORDER = ("today", "this_week", "monthly_review", "none")

COLUMNS = ["patient_id", "severity", "check", "drugs", "factor", "management"]


def findings(*texts: str, patient: str = "1") -> pd.DataFrame:
    """Findings as the screen gives them, the most severe first; each `severity` or `severity check`."""
    graded = [(*text.split(), "interaction")[:2] for text in texts]
    rows = [
        [patient, severity, check, "alderine;elmic", "", f"Do {severity}."]
        for severity, check in sorted(graded, key=lambda one: SEVERITIES.index(one[0]))
    ]
    return pd.DataFrame(rows, columns=COLUMNS, dtype="str")


def one(*texts: str, incomplete: bool = False) -> dict:
    return triage(["1"], findings(*texts), {"1"} if incomplete else set()).to_dict("records")[0]


def test_the_worst_finding_sets_the_tier_and_all_add_to_the_score() -> None:
    assert one("minor", "major", "moderate") == {
        "patient_id": "1",
        "tier": "this_week",
        "action": "Act this week: write to the prescriber",
        "score": 14,
        "findings": 3,
        "first_action": "Alderine + elmic: Do major.",
        "complete": True,
    }
    assert one("contraindicated")["tier"] == "today"
    assert one("moderate")["tier"] == one("minor")["tier"] == "monthly_review"


def test_a_major_withdrawal_is_for_today_and_the_first_thing_to_do() -> None:
    urgent = one("major dose", "major withdrawal")
    assert urgent["tier"] == "today"
    assert urgent["score"] == 20
    assert one("moderate withdrawal")["tier"] == "monthly_review"


def test_every_severity_has_points_and_a_tier() -> None:
    assert set(POINTS) == set(TIERS) == set(SEVERITIES)
    points = [POINTS[severity] for severity in SEVERITIES]
    assert points == sorted(points, reverse=True)


def test_nobody_is_clear_of_whom_something_could_not_be_assessed() -> None:
    assert one()["action"] == "No finding by the rules there are"
    unclear = one(incomplete=True)
    assert unclear["action"] == "No finding, but the review is incomplete"
    assert unclear["complete"] is False
    assert one("minor", incomplete=True)["complete"] is False


def test_everyone_stands_there_once_in_the_order_given() -> None:
    found = pd.concat([findings("major", patient="a"), findings("minor", "minor", patient="c")], ignore_index=True)
    table = triage(["c", "b", "a"], found, set())
    assert table[["patient_id", "score", "findings"]].to_numpy().tolist() == [["c", 2, 2], ["b", 0, 0], ["a", 10, 1]]


CHECK = st.sampled_from(["interaction", "withdrawal", "monitoring"])
FINDING = st.builds("{} {}".format, st.sampled_from(SEVERITIES), CHECK)


@settings(max_examples=50, deadline=None)
@given(st.lists(FINDING, max_size=6), FINDING, st.booleans())
def test_one_more_finding_never_lowers_tier_or_score(some: list[str], more: str, incomplete: bool) -> None:
    before, after = one(*some, incomplete=incomplete), one(*some, more, incomplete=incomplete)
    assert ORDER.index(after["tier"]) <= ORDER.index(before["tier"])
    assert after["score"] > before["score"]
    assert after["complete"] == before["complete"]


@settings(max_examples=50, deadline=None)
@given(st.lists(FINDING, max_size=5), CHECK, st.integers(0, 3), st.integers(0, 3))
def test_a_more_severe_finding_never_lowers_tier_or_score(
    some: list[str], check: str, one_way: int, other: int
) -> None:
    milder, worse = (f"{SEVERITIES[at]} {check}" for at in (max(one_way, other), min(one_way, other)))
    before, after = one(*some, milder), one(*some, worse)
    assert ORDER.index(after["tier"]) <= ORDER.index(before["tier"])
    assert after["score"] >= before["score"]
