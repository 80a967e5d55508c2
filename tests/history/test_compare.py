"""A review against the one before: statuses, since when, and why something came, went or is graded otherwise."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from pipeline.history.compare import compare, dose_change, kept, numbers
from pipeline.history.snapshot import doses_of, prescribed, timeless
from tests.history.made import findings, snapshot

NOW = date(2026, 12, 1)


def told(now_texts: tuple[str, ...], now, earlier, whole: str = "1") -> dict[str, tuple[str, str]]:
    found = compare(findings(*now_texts).assign(status="", points=0), now, earlier, set(whole.split()))
    return {row.finding_id: (row.status, row.why) for row in found.itertuples()}


def test_statuses() -> None:
    earlier = snapshot("1 a r1 major x", "1 c r1 major y", "3 e r1 major x", "2 g r1 major x", residents="1 2 3")
    now = snapshot(day=NOW, residents="1 2")
    found = told(("1 a r1 major x", "1 b r1 major z", "2 f r1 major x"), now, earlier)
    assert {finding: status for finding, (status, _) in found.items()} == {
        "a": "persisting",
        "b": "new",
        "f": "new",
        "c": "resolved",  # e: the resident has left; g: not every row could be read
    }


def test_since_and_runs_go_on() -> None:
    earlier = snapshot("1 a r1 major x")
    found = compare(findings("1 a r1 major x", "1 b r1 major x"), snapshot(day=NOW), earlier, {"1"})
    assert found[["finding_id", "since", "runs"]].to_numpy().tolist() == [
        ["a", "2026-11-01", 2],
        ["b", "2026-12-01", 1],
    ]


def test_a_review_made_again_on_its_day_is_no_further_one() -> None:
    found = compare(findings("1 a r1 major x"), snapshot(), snapshot("1 a r1 major x"), {"1"})
    assert found["runs"].tolist() == [1]


def test_a_resolved_finding_names_no_rows_of_this_input() -> None:
    earlier = snapshot("1 a r1 major x")
    earlier.findings["rows"] = "5;6"
    found = compare(findings(), snapshot(day=NOW), earlier, {"1"})
    assert found[["status", "rows", "asked"]].to_dict("records") == [{"status": "resolved", "rows": "", "asked": ""}]


BEFORE = {"orders": "1 x oral 30 mg", "rules": {"r1": "a"}}


@pytest.mark.parametrize(
    ("now", "why"),
    [
        ({"orders": "1 x oral 60 mg"}, "prescribing: x oral 30 mg to 60 mg"),
        ({"orders": ""}, "prescribing: x oral stopped"),
        ({"orders": "1 x oral 30 mg, 1 x rectal 5 mg"}, "prescribing: x rectal started"),
        ({"facts": "2"}, "prescribing or facts"),
        ({"reference": "other"}, "reference"),
        ({"reference": "other", "rules": {"r1": "b"}}, "reference: the rule changed"),
        ({"reference": "other", "facts": "2"}, "prescribing or facts or reference"),
        ({"reference": "other", "rules": {"r1": "b"}, "facts": "2"}, "reference: the rule changed"),
        (
            {"reference": "other", "rules": {"r1": "b"}, "orders": "1 x oral 60 mg"},
            "prescribing: x oral 30 mg to 60 mg; reference: the rule changed",
        ),
        ({}, "time"),
    ],
)
def test_why_a_finding_is_new_gone_or_graded_otherwise(now: dict, why: str) -> None:
    """The same cause, whichever of the three it brings about."""
    here = snapshot(day=NOW, **(BEFORE | now))
    new = told(("1 a r1 major x",), here, snapshot(**BEFORE))
    gone = told((), here, snapshot("1 a r1 major x", **BEFORE))
    otherwise = told(("1 a r1 major x",), here, snapshot("1 a r1 moderate x", **BEFORE))
    assert new == {"a": ("new", why)}
    assert gone == {"a": ("resolved", why)}
    assert otherwise == {"a": ("persisting", f"re-graded from moderate to major; {why}")}


@pytest.mark.parametrize(
    ("now_rules", "status", "why"),
    [
        ({"r1": "a", "r2": "a"}, "new", "reference: a new rule"),
        ({}, "resolved", "reference: the rule is gone"),
    ],
)
def test_rules_that_came_and_went(now_rules: dict, status: str, why: str) -> None:
    before = snapshot(*(["1 a r1 major x"] if status == "resolved" else []), rules={"r1": "a"})
    now = replace(snapshot(day=NOW, reference="other"), rules=now_rules)
    texts = ("1 a r2 major x",) if status == "new" else ()
    assert told(texts, now, before) == {"a": (status, why)}


def test_facts_and_orders_are_told_apart() -> None:
    before = snapshot(facts="1")
    conditions = replace(before, residents=before.residents.assign(facts="2" * 16 + "1" * 16))
    orders = replace(before, residents=before.residents.assign(facts="1" * 16 + "2" * 16))
    assert told(("1 a r1 major x",), replace(conditions, as_of=NOW), before) == {"a": ("new", "facts")}
    assert told(("1 a r1 major x",), replace(orders, as_of=NOW), before) == {"a": ("new", "prescribing")}


def test_an_admission_is_no_change_of_prescribing() -> None:
    now = snapshot(day=NOW, residents="1 2", orders="2 x oral 5 mg")
    assert told(("2 a r1 major x",), now, snapshot()) == {"a": ("new", "census: admitted")}


def test_a_number_that_regrades_is_told() -> None:
    now, before = snapshot(day=NOW), snapshot("1 a r1 moderate x egfr 45")
    assert told(("1 a r1 major x egfr 28",), now, before) == {
        "a": ("persisting", "re-graded from moderate to major; facts: egfr 45 to 28")
    }


def test_without_fingerprints_of_facts_less_can_be_told_apart() -> None:
    """An earlier output folder says what was prescribed, and which reference it was."""
    before = snapshot(orders="1 x oral 30 mg", facts="")
    now = snapshot(day=NOW, orders="1 x oral 30 mg", facts="2")
    assert told(("1 a r1 major x",), now, before) == {"a": ("new", "facts")}
    other = snapshot(day=NOW, orders="1 x oral 30 mg, 1 z oral 1 mg", facts="2", reference="other")
    assert told(("1 a r1 major x",), other, before) == {"a": ("new", "prescribing or facts or reference")}


def test_what_could_not_be_looked_for_waits_for_the_next_review() -> None:
    """It is neither resolved nor forgotten: found again, it persists since its first day."""
    before = snapshot("1 a r1 major x")
    now = snapshot(day=NOW)
    missed = compare(findings(), now, before, set())
    assert missed.empty
    waiting = replace(now, findings=kept(missed, now, before, set()))
    again = compare(findings("1 a r1 major x"), snapshot(day=date(2027, 1, 1)), waiting, {"1"})
    assert again[["status", "since"]].to_dict("records") == [{"status": "persisting", "since": "2026-11-01"}]


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        ("x oral 30 mg", "x oral 30 mg", ""),
        ("x oral 30 mg", "x oral 60 mg", "x oral 30 mg to 60 mg"),
        ("x oral 30 mg; y oral dose not known", "y oral 5 mg", "x oral stopped, y oral dose not known to 5 mg"),
        ("", "x oral 30 mg", "x oral started"),
        ("x y acetate oral 1e+06 unit", "x y acetate oral 5 unit", "x y acetate oral 1e+06 unit to 5 unit"),
    ],
)
def test_changes_of_dose_in_words(old: str, new: str, change: str) -> None:
    assert dose_change(old, new) == change


@pytest.mark.parametrize(
    ("factor", "found", "still"),
    [
        ("egfr 37.8", {"egfr": 37.8}, "egfr 37.8"),
        ("prn 182 days", {}, "prn"),
        ("140 days", {}, ""),
        ("age 69", {}, ""),
        ("dialysis, end stage renal disease", {}, "dialysis, end stage renal disease"),
        ("pump refill 12 days overdue", {}, "pump refill"),
        ("stopped 2026-10-25", {}, "stopped"),
        ("60 mg/day, weighted", {"mg/day": 60.0}, "60 mg/day, weighted"),
        ("10 points", {"points": 10.0}, "10 points"),
        ("", {}, ""),
    ],
)
def test_numbers_that_say_something_and_those_that_move_by_themselves(factor: str, found: dict, still: str) -> None:
    assert numbers(factor) == found
    assert timeless(factor) == still


def _orders(*rows: tuple[str, str, str, str, str]) -> pd.DataFrame:
    columns = ["patient_id", "ingredients", "route", "daily_dose", "daily_dose_unit"]
    return pd.DataFrame(rows, columns=columns, dtype="str").assign(current=True)


@pytest.mark.parametrize(
    "rows",
    [
        [("1", "x", "oral", "30", "mg")],
        [("1", "x", "oral", "10", "mg"), ("1", "x", "oral", "20", "mg")],
        [("1", "x", "oral", "20", "mg"), ("1", "x", "oral", "10", "mg")],
        [("1", "x;y", "oral", "30;5", "mg"), ("1", "", "", "", "")],
    ],
)
def test_a_daily_dose_is_the_same_however_it_is_ordered(rows: list) -> None:
    orders = prescribed(_orders(*rows))
    assert doses_of(findings("1 a r1 major x"), orders).tolist() == ["x oral 30 mg"]


def test_a_dose_that_is_not_known_is_told() -> None:
    orders = prescribed(_orders(("1", "x", "oral", "30", "mg"), ("1", "x", "oral", "", ""), ("1", "y", "oral", "", "")))
    assert doses_of(findings("1 a r1 major x;y"), orders).tolist() == ["x oral dose not known; y oral dose not known"]
