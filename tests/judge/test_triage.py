"""Triage: tiers, scores, and that more findings never make less of a person."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.judge.problems import POINTS, with_points
from pipeline.judge.triage import TIER_NAMES as ORDER
from pipeline.judge.triage import TIERS, triage
from pipeline.tables import SEVERITIES

COLUMNS = ["patient_id", "severity", "problem", "status", "drugs", "factor", "management"]
DEFINITIONS = pd.DataFrame(
    [
        ["burden", "together", "contraindicated"],
        ["trouble", "each", "contraindicated"],
        ["withdrawal", "each", "major"],
    ],
    columns=["problem", "acts", "today_from"],
)


def findings(*texts: str, patient: str = "1") -> pd.DataFrame:
    """Findings as the screen gives them, the most severe first; each `severity`, `severity problem` or
    `severity problem status`; a declined one is quiet."""
    graded = [(*text.split(), *("trouble", "new")[len(text.split()) - 1 :]) for text in texts]
    rows = [
        [patient, severity, problem, status, "alderine;elmic", "", f"Do {severity}."]
        for severity, problem, status in sorted(graded, key=lambda one: SEVERITIES.index(one[0]))
    ]
    table = pd.DataFrame(rows, columns=COLUMNS, dtype="str").assign(finding_id="f")
    return with_points(table.assign(quiet=table["status"] == "declined"), DEFINITIONS)


def one(*texts: str, incomplete: bool = False) -> dict:
    return triage(["1"], findings(*texts), {"1"} if incomplete else set(), DEFINITIONS).to_dict("records")[0]


def test_the_worst_finding_sets_the_tier_and_all_add_to_the_score() -> None:
    assert one("minor", "major", "moderate") == {
        "patient_id": "1",
        "tier": "this_week",
        "action": "Act this week: write to the prescriber",
        "score": 14,
        "findings": 3,
        "first_action": "Alderine + elmic: Do major.",
        "first_id": "f",
        "not_done": 0,
        "overdue": 0,
        "complete": True,
    }
    assert one("contraindicated")["tier"] == "today"
    assert one("moderate")["tier"] == one("minor")["tier"] == "monthly_review"


def test_a_major_withdrawal_is_for_today_and_the_first_thing_to_do() -> None:
    urgent = one("major trouble", "major withdrawal")
    assert urgent["tier"] == "today"
    assert urgent["score"] == 20
    assert one("moderate withdrawal")["tier"] == "monthly_review"


def test_what_acts_together_counts_in_full_once_and_a_quarter_for_each_further_finding() -> None:
    assert one("major burden")["score"] == 10
    assert one("major burden", "major burden", "moderate burden", "minor burden")["score"] == 10 + 3 + 1 + 1
    assert one("contraindicated burden", "major burden", "major trouble")["score"] == 40 + 3 + 10


def test_every_severity_has_points_and_a_tier() -> None:
    assert set(POINTS) == set(TIERS) == set(SEVERITIES)
    points = [POINTS[severity] for severity in SEVERITIES]
    assert points == sorted(points, reverse=True)


@pytest.mark.parametrize(
    ("texts", "tier", "first"),
    [
        (["major trouble declined"], "monthly_review", ""),
        (["minor", "major trouble declined"], "monthly_review", "Alderine + elmic: Do minor."),
        (["major", "moderate trouble declined"], "this_week", "Alderine + elmic: Do major."),
        (
            ["contraindicated", "moderate trouble accepted_not_done"],
            "today",
            "ACCEPTED AND NOT CARRIED OUT: Alderine + elmic: Do moderate.",
        ),
        (["major", "minor trouble overdue"], "this_week", "Alderine + elmic: Do major."),
    ],
)
def test_answers_move_the_tier_and_what_is_first(texts: list[str], tier: str, first: str) -> None:
    found = one(*texts)
    assert (found["tier"], found["first_action"]) == (tier, first)
    assert found["score"] == one(*(" ".join(text.split()[:2]) for text in texts))["score"]


def test_nobody_is_clear_of_whom_something_could_not_be_assessed() -> None:
    assert one()["action"] == "No finding by the rules there are"
    unclear = one(incomplete=True)
    assert unclear["action"] == "No finding, but the review is incomplete"
    assert unclear["complete"] is False
    assert one("minor", incomplete=True)["complete"] is False


def test_everyone_stands_there_once_in_the_order_given() -> None:
    found = pd.concat([findings("major", patient="a"), findings("minor", "minor", patient="c")], ignore_index=True)
    table = triage(["c", "b", "a"], found, set(), DEFINITIONS)
    assert table[["patient_id", "score", "findings"]].to_numpy().tolist() == [["c", 2, 2], ["b", 0, 0], ["a", 10, 1]]


PROBLEM = st.sampled_from(["trouble", "burden", "withdrawal", "unnamed"])
FINDING = st.builds("{} {}".format, st.sampled_from(SEVERITIES), PROBLEM)


@settings(max_examples=50)
@given(st.lists(FINDING, max_size=6), FINDING, st.booleans())
def test_one_more_finding_never_lowers_tier_or_score(some: list[str], more: str, incomplete: bool) -> None:
    before, after = one(*some, incomplete=incomplete), one(*some, more, incomplete=incomplete)
    assert ORDER.index(after["tier"]) <= ORDER.index(before["tier"])
    assert after["score"] > before["score"]
    assert after["complete"] == before["complete"]


@settings(max_examples=50)
@given(st.lists(FINDING, max_size=5), PROBLEM, st.integers(0, 3), st.integers(0, 3))
def test_a_more_severe_finding_never_lowers_tier_or_score(
    some: list[str], problem: str, one_way: int, other: int
) -> None:
    milder, worse = (f"{SEVERITIES[at]} {problem}" for at in (max(one_way, other), min(one_way, other)))
    before, after = one(*some, milder), one(*some, worse)
    assert ORDER.index(after["tier"]) <= ORDER.index(before["tier"])
    assert after["score"] >= before["score"]
