"""Compiling rules: what cannot be understood is refused with file, line and column."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ReferenceDamagedError
from pipeline.rulebook.load import RULE_TABLES
from pipeline.rulebook.rules import Rulebook
from tests import toy

PAIR, TOTAL, GAP = (toy.RULES[table] for table in RULE_TABLES)
STOP = {"kind": "stop", "needs": "", "within_days": "30", "final_dose": "5 mg"}


@pytest.mark.parametrize(
    ("table", "cells", "column", "reason"),
    [
        ("pairs", {"a": "nothing"}, "a", "'nothing' is not in the reference"),
        ("pairs", {"b": "class:nothing"}, "b", "'nothing' is not in the reference"),
        ("pairs", {"a": "alderine:nose"}, "a", "'alderine:nose' names no route group known"),
        ("pairs", {"a": "condition:gout"}, "a", "side a must be a medicine"),
        ("pairs", {"b": "elmic|condition:gout"}, "b", "side b mixes medicines"),
        ("pairs", {"b": "same|elmic"}, "b", "an alternative to what is the same"),
        ("pairs", {"b": ""}, "b", "'' names nothing"),
        ("pairs", {"b": "sodium>5"}, "b", "'sodium' is not in the reference"),
        ("pairs", {"severity": "dreadful"}, "severity", "must be one of contraindicated, major, moderate, minor"),
        ("pairs", {"severity": ""}, "severity", "must be one of"),
        ("pairs", {"when": "condition:nothing"}, "when", "'condition:nothing' is not in the reference"),
        ("pairs", {"unless": "egfr<30;nothing"}, "unless", "'nothing' is not in the reference"),
        ("pairs", {"raise_when": "egfr<thirty"}, "raise_when", "'egfr<thirty' is not in the reference"),
        ("pairs", {"washout_days": "two weeks"}, "washout_days", "could not convert"),
        ("pairs", {"min_daily_dose": "much mg"}, "min_daily_dose", "could not convert"),
        ("pairs", {"max_lab_age": "old"}, "max_lab_age", "could not convert"),
        ("totals", {"terms": "nothing"}, "terms", "'nothing' is not in the reference"),
        (
            "totals",
            {"measure": "sum"},
            "measure",
            "must be one of daily_dose, daily_dose_per_kg, weighted_daily_dose, times_a_day, dose, weight",
        ),
        ("totals", {"comparison": "<"}, "comparison", "must be one of >, >="),
        ("totals", {"threshold": ""}, "threshold", "could not convert"),
        ("gaps", {"kind": "hole"}, "kind", "must be one of companion, lab, duration, reduction, stop, field"),
        ("gaps", {"orders": "PRN"}, "orders", "must be one of prn, scheduled"),
        ("gaps", {"present": "nothing"}, "present", "'nothing' is not in the reference"),
        ("gaps", {"present": "condition:gout"}, "present", "what is no medicine has no orders"),
        ("gaps", {"kind": "companion", "present": "condition:gout", "orders": "prn"}, "present", "has no orders"),
        ("gaps", {"kind": "companion", "needs": "nothing"}, "needs", "'nothing' is not in the reference"),
        ("gaps", {"kind": "lab", "needs": "sodium", "within_days": "30"}, "needs", "'sodium' is no test of labs.csv"),
        ("gaps", {"kind": "lab", "needs": "potassium"}, "within_days", "is empty"),
        ("gaps", {"kind": "duration"}, "max_days", "is empty"),
        ("gaps", {**STOP, "final_dose": ""}, "final_dose", "is empty"),
        ("gaps", {**STOP, "within_days": ""}, "within_days", "is empty"),
        ("gaps", {"needs": ""}, "needs", "is empty"),
        ("gaps", {"needs": "indication|colour"}, "needs", "'colour' is none of indication, dose, frequency"),
    ],
)
def test_a_rule_that_cannot_be_understood(
    tmp_path: Path, table: str, cells: dict[str, str], column: str, reason: str
) -> None:
    good = toy.RULES[table]
    bad = good | {"rule_id": "the-bad-one"} | cells
    with pytest.raises(ReferenceDamagedError) as caught:
        toy.book(tmp_path, **{table: [good, bad]})
    assert str(caught.value).startswith(f"{table}.csv, line 3, column {column}: ")
    assert reason in str(caught.value)


def test_rules_that_are_not_active_are_left_out(tmp_path: Path) -> None:
    book = toy.book(tmp_path, pairs=[PAIR, {**PAIR, "rule_id": "asleep", "a": "nothing", "active": "no"}])
    assert "asleep" not in set(book.rules["rule_id"])


@pytest.mark.parametrize("table", RULE_TABLES)
def test_a_table_of_rules_that_all_sleep(tmp_path: Path, table: str) -> None:
    with pytest.raises(ReferenceDamagedError, match="no active rule"):
        toy.book(tmp_path, **{table: [{**toy.RULES[table], "active": "no"}]})


def test_rules_are_numbered_through_all_tables(tmp_path: Path) -> None:
    book = toy.book(tmp_path)
    numbers = [rule.rule for rule in (*book.pairs, *book.totals, *book.gaps)]
    assert numbers == [0, 1, 2]
    assert book.rules["rule_id"].tolist() == [PAIR["rule_id"], TOTAL["rule_id"], GAP["rule_id"]]


@pytest.mark.parametrize(
    ("written", "value", "unit"),
    [("20 mg", 20, "mg"), ("0.5 g", 500, "mg"), ("250 mcg", 0.25, "mg"), ("12 unit", 12, "unit")],
)
def test_a_dose_is_in_mg_where_it_is_a_mass(tmp_path: Path, written: str, value: float, unit: str) -> None:
    rule = toy.book(tmp_path, pairs=[{**PAIR, "min_daily_dose": written}]).pairs[0]
    assert (rule.min_daily_dose, rule.dose_unit) == (value, unit)


def test_what_a_rule_does_not_say_is_not_asked(tmp_path: Path) -> None:
    rule = toy.book(tmp_path).pairs[0]
    assert np.isnan([rule.washout_days, rule.min_days, rule.min_daily_dose]).all()
    assert rule.context.max_lab_age == 365


@pytest.mark.parametrize(
    ("a", "b", "pairs"),
    [
        ("alderine:systemic", "elmic:systemic", 1),
        ("alderine:systemic", "elmic:systemic|local", 2),
        # Three medicines of one class make three pairs, in whichever order; none meets itself.
        ("class:tree:systemic", "class:tree:systemic", 3),
        # alderine-birchol, alderine-elmic, birchol-elmic
        ("alderine:systemic|birchol:systemic", "birchol:systemic|elmic:systemic", 3),
        ("alderine:systemic", "alderine:intrathecal", 0),
        ("alderine:systemic", "egfr<30|dialysis", 2),
        ("class:tree:systemic", "allergy:same", 3),
        ("class:tree:systemic", "same", 3),
    ],
)
def test_how_many_pairs_a_rule_covers(tmp_path: Path, a: str, b: str, pairs: int) -> None:
    assert toy.book(tmp_path, pairs=[{**PAIR, "a": a, "b": b}]).pairs[0].covers == pairs


def test_the_reference_of_the_repository_compiles(book: Rulebook) -> None:
    assert len(book.rules) == len(book.pairs) + len(book.totals) + len(book.gaps)
    assert book.rules["rule_id"].is_unique
