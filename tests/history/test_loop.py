"""What became of each recommendation: small tables of what was answered, and of what changed since."""

from dataclasses import replace
from datetime import date, timedelta

import pandas as pd
import pytest

from pipeline.history.loop import follow
from pipeline.history.policy import Policy
from pipeline.history.replies import TABLE, Reply
from pipeline.history.responses import understood, with_basis
from pipeline.history.snapshot import Snapshot
from tests.history.made import findings, snapshot

PROBLEMS = pd.DataFrame({"problem": ["trouble"], "today_from": ["contraindicated"]})
FOUND = "1 a r1 major x;y egfr 40"
ORDERS = "1 x oral 30 mg, 1 y oral 5 mg"
WHEN = snapshot(FOUND, orders=ORDERS)  # 1 November, when it was answered
ANSWERED = date(2026, 11, 3)
USUAL = Policy()


def answers(*texts: str, when: Snapshot = WHEN) -> pd.DataFrame:
    """Each `finding response [day [who]]`, given to the review of 1 November."""
    typed = []
    for text in texts:
        said = text.split()
        finding, response, day, who = (*said, *("2026-11-03", "")[len(said) - 2 :])
        typed.append(Reply("", (finding,), response, "", who, day, TABLE, "a file", when.as_of))
    return with_basis(understood(typed, "", date(2027, 12, 1)), [when])


def after(
    responses: pd.DataFrame,
    days: int,
    *texts: str,
    orders: str = ORDERS,
    residents: str = "1",
    whole: str = "1",
    asked: str = "2026-11-01",
    policy: Policy = USUAL,
) -> tuple[dict[str, tuple[str, str]], list[str]]:
    """So many days after the answer: `status` and `asked` of each finding, and the state of each response."""
    day = ANSWERED + timedelta(days=days)
    now = snapshot(day=day, orders=orders, residents=residents)
    earlier = snapshot(FOUND)
    earlier = replace(earlier, findings=earlier.findings.assign(asked=asked))
    found = findings(*texts).assign(status="persisting", points=1)
    told, states = follow(found, responses, now, earlier, set(whole.split()), policy, PROBLEMS)
    table = {row.finding_id: (row.status, row.asked) for row in told.itertuples()}
    return table, states["state"].tolist()


def test_accepted_and_done() -> None:
    assert after(answers("a accept"), 30) == ({}, ["done"])


@pytest.mark.parametrize(
    ("days", "status", "state"),
    [
        (0, "persisting", "to be done until 2026-11-17"),
        (13, "persisting", "to be done until 2026-11-17"),
        (14, "persisting", "to be done until 2026-11-17"),
        (15, "accepted_not_done", "not done"),
        (400, "accepted_not_done", "not done"),
    ],
)
@pytest.mark.parametrize("answer", ["accept", "modify"])
def test_accepted_and_not_done(answer: str, days: int, status: str, state: str) -> None:
    """An answered finding awaits no reply, so that it is never overdue as well."""
    assert after(answers(f"a {answer}"), days, FOUND) == ({"a": (status, "")}, [state])


def test_to_accept_again_does_not_set_the_clock_back() -> None:
    told, states = after(answers("a accept 2026-11-03 Lee", "a accept 2026-11-17 Lee"), 15, FOUND)
    assert told["a"][0] == "accepted_not_done"
    assert states == ["replaced by a later response", "not done"]


@pytest.mark.parametrize(
    ("orders", "change"),
    [
        ("1 x oral 15 mg, 1 y oral 5 mg", "x oral 30 mg to 15 mg"),
        ("1 x oral 30 mg", "y oral stopped"),
    ],
)
def test_what_was_begun_is_not_told_as_not_done(orders: str, change: str) -> None:
    """It is asked again instead, and the clock begins anew."""
    told, states = after(answers("a accept"), 15, FOUND, orders=orders)
    assert (told, states) == ({"a": ("persisting", "2026-11-18")}, [f"changed, and still found: {change}"])


def test_one_reply_answers_a_problem_and_one_medicine_of_it_is_a_beginning() -> None:
    """Of four sedatives one is tapered first: the pairs of the others are not told as ignored."""
    other = "1 b r2 major y"
    both = snapshot(FOUND, other, orders=ORDERS)
    told, states = after(answers("b accept", when=both), 15, FOUND, other, orders="1 x oral 15 mg, 1 y oral 5 mg")
    assert told["b"] == ("persisting", "2026-11-18")
    assert states == ["changed, and still found: x oral 30 mg to 15 mg"]


def test_a_test_that_was_promised_is_not_done_by_another_dose() -> None:
    when = snapshot(FOUND, orders=ORDERS)
    now = findings(FOUND).assign(status="persisting", points=1, check="monitoring")
    here = snapshot(day=date(2026, 11, 18), orders="1 x oral 15 mg, 1 y oral 5 mg")
    told, _ = follow(now, answers("a accept", when=when), here, when, {"1"}, Policy(), PROBLEMS)
    assert told["status"].tolist() == ["accepted_not_done"]


@pytest.mark.parametrize(
    ("days", "status", "state"),
    [
        (0, "declined", "declined, quiet until 2027-11-03"),
        (364, "declined", "declined, quiet until 2027-11-03"),
        (365, "declined", "declined, quiet until 2027-11-03"),
        (366, "persisting", "re-opened: declined 2026-11-03, longer ago than the policy lets it rest"),
    ],
)
def test_declined_rests_for_a_year(days: int, status: str, state: str) -> None:
    told, states = after(answers("a decline"), days, FOUND)
    assert (told["a"][0], states) == (status, [state])


@pytest.mark.parametrize(
    ("texts", "orders", "why"),
    [
        ([FOUND], "1 x oral 31 mg, 1 y oral 5 mg", "x oral 30 mg to 31 mg"),
        ([FOUND], "1 x oral 20 mg, 1 y oral 5 mg", "x oral 30 mg to 20 mg"),
        (["1 a r1 major x;y egfr 33"], ORDERS, ""),
        (["1 a r1 major x;y egfr 32"], ORDERS, "egfr 40 to 32"),
        (["1 a r1 major x;y egfr 48"], ORDERS, "egfr 40 to 48"),
        ([FOUND, "1 b r2 minor y;z"], f"{ORDERS}, 1 z oral 1 mg", "z oral is new in the problem"),
        (["1 a r1 contraindicated x;y egfr 40"], ORDERS, "major to contraindicated"),
        (["1 a r1 moderate x;y egfr 40"], ORDERS, "major to moderate"),
        ([FOUND], f"{ORDERS}, 1 w oral 1 mg", ""),  # a new medicine, but none of the problem
        (["1 a r1 major x;y egfr 40, prn 99 days"], ORDERS, ""),  # days go by without anybody's doing
    ],
)
def test_declined_rests_until_something_changes(texts: list[str], orders: str, why: str) -> None:
    told, states = after(answers("a decline"), 30, *texts, orders=orders)
    if why:
        assert (told["a"], states) == (("persisting", "2026-12-03"), [f"re-opened: {why}"])
    else:
        assert (told["a"], states) == (("declined", ""), ["declined, quiet until 2027-11-03"])


def test_what_was_opened_again_is_overdue_by_its_own_clock() -> None:
    """Asked on the day it was opened again, as the review before said."""
    changed = "1 x oral 31 mg, 1 y oral 5 mg"
    for days, status in ((37, "persisting"), (38, "overdue")):
        told, _ = after(answers("a decline"), days, FOUND, orders=changed, asked="2026-12-03")
        assert told["a"] == (status, "2026-12-03")


def test_what_must_be_acted_on_today_is_never_quiet() -> None:
    grave = "1 a r1 contraindicated x;y egfr 40"
    when = snapshot(grave, orders=ORDERS)
    now = findings(grave).assign(status="persisting", points=1)
    here = snapshot(day=date(2026, 11, 18), orders=ORDERS)
    told, states = follow(now, answers("a decline", when=when), here, when, {"1"}, Policy(), PROBLEMS)
    assert told[["status", "quiet"]].to_numpy().tolist() == [["declined", False]]
    assert states["state"].tolist() == ["declined, but never quiet: to be acted on today"]


@pytest.mark.parametrize(
    ("severity", "days", "status"),
    [
        ("contraindicated", 1, "persisting"),
        ("contraindicated", 2, "overdue"),
        ("major", 7, "persisting"),
        ("major", 8, "overdue"),
        ("moderate", 30, "persisting"),
        ("moderate", 31, "overdue"),
        ("minor", 3000, "persisting"),
    ],
)
def test_without_a_response_it_is_overdue_by_its_tier(severity: str, days: int, status: str) -> None:
    """Counted from 1 November, the day it was first told."""
    told, _ = after(answers(), days - 2, f"1 a r1 {severity} x;y egfr 40")
    assert told == {"a": (status, "2026-11-01")}


def test_the_policy_says_how_long() -> None:
    policy = Policy(overdue_this_week=3, accepted_not_done=0, declined_quiet=10, number_change=0)
    assert after(answers(), 1, FOUND, policy=policy)[0] == {"a": ("persisting", "2026-11-01")}
    assert after(answers(), 2, FOUND, policy=policy)[0] == {"a": ("overdue", "2026-11-01")}
    assert after(answers("a accept"), 1, FOUND, policy=policy)[0] == {"a": ("accepted_not_done", "")}
    assert after(answers("a decline"), 10, FOUND, policy=policy)[0]["a"][0] == "declined"
    assert after(answers("a decline"), 11, FOUND, policy=policy)[0]["a"][0] == "persisting"
    nearly = "1 a r1 major x;y egfr 39.9"
    assert after(answers("a decline"), 1, nearly, policy=policy)[1] == ["re-opened: egfr 40 to 39.9"]


def test_graded_worse_the_clock_begins_anew() -> None:
    now = findings(FOUND).assign(status="persisting", points=1, why="re-graded from moderate to major; facts: egfr 50")
    here = snapshot(day=date(2026, 12, 1), orders=ORDERS)
    told, _ = follow(now, answers(), here, WHEN, {"1"}, Policy(), PROBLEMS)
    assert told[["status", "asked"]].to_numpy().tolist() == [["persisting", "2026-12-01"]]


@pytest.mark.parametrize(
    ("given", "status", "states", "conflict"),
    [
        (  # two people: both are kept, and the finding stays open
            ["a accept 2026-11-03 Lee", "a decline 2026-11-04 Okafor"],
            "persisting",
            ["to be done until 2026-11-17", "does not count: somebody else accepted"],
            ["yes", "yes"],
        ),
        (
            ["a decline 2026-11-03 Lee", "a accept 2026-11-04 Okafor"],
            "persisting",
            ["does not count: somebody else accepted", "to be done until 2026-11-18"],
            ["yes", "yes"],
        ),
        (  # the same person thought again
            ["a accept 2026-11-03 Lee", "a decline 2026-11-04 lee"],
            "declined",
            ["replaced by a later response", "declined, quiet until 2027-11-04"],
            ["", ""],
        ),
        (  # on one day, nobody knows which is the later
            ["a accept 2026-11-03 Lee", "a decline 2026-11-03 Lee"],
            "persisting",
            ["to be done until 2026-11-17", "does not count: somebody else accepted"],
            ["yes", "yes"],
        ),
        (  # of one mind
            ["a accept 2026-11-03 Lee", "a modify 2026-11-04 Okafor"],
            "persisting",
            ["to be done until 2026-11-17", "to be done until 2026-11-17"],
            ["", ""],
        ),
    ],
)
def test_several_people(given: list[str], status: str, states: list[str], conflict: list[str]) -> None:
    now = findings(FOUND).assign(status="persisting", points=1)
    here = snapshot(day=date(2026, 11, 10), orders=ORDERS)
    told, answered = follow(now, answers(*given), here, WHEN, {"1"}, Policy(), PROBLEMS)
    assert told["status"].tolist() == [status]
    assert (answered["state"].tolist(), answered["conflict"].tolist()) == (states, conflict)


def test_a_decline_that_is_open_again_contradicts_nobody() -> None:
    given = answers("a decline 2026-11-03 Lee", "a accept 2026-11-20 Okafor")
    told, states = after(given, 20, FOUND, "1 b r2 minor y;z", orders=f"{ORDERS}, 1 z oral 1 mg")
    assert told["a"][0] == "persisting"
    assert states == ["re-opened: z oral is new in the problem", "to be done until 2026-12-04"]


@pytest.mark.parametrize(
    ("answer", "residents", "whole", "state"),
    [
        ("a accept", "1", "1", "done"),
        ("a modify", "1", "1", "done"),
        ("a decline", "1", "1", "no longer found"),
        ("a accept", "2", "2", "the resident has left"),
        ("a accept", "1", "", "not checked: a part of the resident's records could not be read"),
        ("a perhaps", "1", "1", "not understood"),
        ("q accept", "1", "1", "no such finding known"),
    ],
)
def test_responses_whose_finding_is_not_found(answer: str, residents: str, whole: str, state: str) -> None:
    assert after(answers(answer), 30, residents=residents, whole=whole) == ({}, [state])


def test_an_unclear_reply_closes_nothing() -> None:
    told, states = after(answers("a perhaps"), 30, FOUND)
    assert (told["a"][0], states) == ("overdue", ["not understood"])
