"""What the reference lists as of low priority is held back, and counted, unless it is asked for."""

from pathlib import Path

import pytest

from pipeline.normalise.facts import normalise
from pipeline.screen import screen
from pipeline.validate import validate
from tests import toy

RULE = {"rule_id": "low", "a": "alderine", "b": "elmic", "severity": "minor", "active": "low_priority"}
WIDE = {"rule_id": "wide", "a": "alderine", "b": "class:load", "severity": "major"}
NARROW = {"rule_id": "narrow", "a": "alderine", "b": "birchol", "severity": "minor", "active": "low_priority"}


def told(folder: Path, rules: list[dict[str, str]], asked: bool, people: str = "patient_id\n1\n") -> tuple[list, list]:
    book = toy.book(folder, pairs=rules)
    medications = "patient_id,drug\n1,alderine\n1,elmic\n1,birchol\n"
    accepted = validate(toy.source(medications=medications, patients=people), toy.TODAY)
    result = screen(normalise(accepted, book, toy.TODAY), book, accepted.absent, toy.TODAY, asked)
    return result.findings["rule_id"].tolist(), result.held_back[["rule_id", "held_by"]].to_numpy().tolist()


@pytest.mark.parametrize(("asked", "found", "held"), [(False, [], [["low", "low priority"]]), (True, ["low"], [])])
def test_it_is_listed_as_held_back_unless_asked_for(tmp_path: Path, asked: bool, found: list, held: list) -> None:
    assert told(tmp_path, [RULE], asked) == (found, held)


def test_a_narrow_rule_of_low_priority_quiets_a_pair_of_its_class(tmp_path: Path) -> None:
    assert told(tmp_path, [WIDE, NARROW], False) == ([], [["narrow", "low priority"]])


def test_a_finding_that_context_makes_worse_is_told(tmp_path: Path) -> None:
    rule = RULE | {"raise_when": "smoker"}
    assert told(tmp_path, [rule], False, "patient_id,smoker\n1,yes\n") == (["low"], [])


def test_what_a_rule_of_low_priority_lacks_is_not_told(tmp_path: Path) -> None:
    book = toy.book(tmp_path, pairs=[RULE | {"when": "age>=65"}])
    accepted = validate(toy.source(medications="patient_id,drug\n1,alderine\n1,elmic\n"), toy.TODAY)
    facts = normalise(accepted, book, toy.TODAY)
    assert screen(facts, book, accepted.absent, toy.TODAY).missing.empty
    assert len(screen(facts, book, accepted.absent, toy.TODAY, low_priority=True).missing) == 1
