"""Lists of pairs that somebody else made: screened beside our rules, one finding for a pair that both name."""

from pathlib import Path

import pytest

from pipeline.errors import ReferenceDamagedError
from pipeline.rulebook.rules import Rulebook
from tests import toy

OURS = {"rule_id": "ours", "a": "alderine", "b": "elmic", "severity": "moderate", "sources": "herbal"}
SOURCES = "key,kind,title,section,identifier,seen\nherbal,article,A herbal,,,no\nother,database,Theirs,,,yes\n"


def book(folder: Path, pairs: list[str], severity: str = "major", **ours: str) -> Rulebook:
    theirs = {"rule_id": "theirs", "a": "any", "b": "list:theirs", "severity": severity, "sources": "other"}
    theirs["problem"] = "listed_interaction"
    rules = [theirs, OURS | ours]
    listed = "list,a,b\n" + "".join(f"theirs,{pair}\n" for pair in pairs)
    return toy.book(folder, pairs=rules, sources=SOURCES, pair_lists=listed)


def orders(*drugs: str) -> str:
    return "patient_id,drug\n" + "".join(f"1,{drug}\n" for drug in drugs)


def test_a_pair_of_a_list_is_found_in_either_order(tmp_path: Path) -> None:
    rules = book(tmp_path, ["birchol,cedarin", "firostat,birchol"])
    found = toy.told(rules, medications=orders("cedarin", "birchol", "firostat", "hazelor"))
    assert found == ["1 theirs major birchol;cedarin", "1 theirs major birchol;firostat"]


def test_a_list_is_about_medicines_that_reach_the_body(tmp_path: Path) -> None:
    rules = book(tmp_path, ["birchol,cedarin"])
    medications = "patient_id,drug,route\n1,birchol,rectal\n1,cedarin,oral\n2,birchol,topical\n2,cedarin,oral\n"
    assert toy.told(rules, medications=medications) == ["1 theirs major birchol;cedarin"]


@pytest.mark.parametrize(("theirs", "told"), [("major", "major"), ("moderate", "moderate"), ("minor", "moderate")])
def test_a_pair_in_both_is_one_finding_of_the_worse_grade(tmp_path: Path, theirs: str, told: str) -> None:
    rules = book(tmp_path, ["alderine,elmic"], theirs)
    found = toy.screened(rules, medications=orders("alderine", "elmic"))[0].findings
    assert found[["rule_id", "severity", "sources"]].to_numpy().tolist() == [["ours", told, "herbal;other"]]
    assert ("sources disagree: other grades it major" in found["evidence"].item()) == (theirs == "major")


def test_what_our_context_holds_back_stays_held_back(tmp_path: Path) -> None:
    rules = book(tmp_path, ["alderine,elmic"], unless="hospice")
    people = "patient_id,hospice\n1,yes\n"
    result, _ = toy.screened(rules, medications=orders("alderine", "elmic"), patients=people)
    assert result.findings.empty
    assert result.held_back["rule_id"].tolist() == ["ours"]


@pytest.mark.parametrize(
    ("listed", "a", "message"),
    [
        ("list,a,b\ntheirs,alderine,nothing\n", "any", "'nothing' is not in the reference"),
        ("list,a,b\nothers,alderine,elmic\n", "any", "'theirs' is not in the reference"),
        ("list,a,b\ntheirs,alderine,elmic\n", "alderine", "side a of a list of pairs must be any"),
    ],
)
def test_a_list_that_cannot_be_used(tmp_path: Path, listed: str, a: str, message: str) -> None:
    rule = {"rule_id": "theirs", "a": a, "b": "list:theirs"}
    with pytest.raises(ReferenceDamagedError) as caught:
        toy.book(tmp_path, pairs=[rule], pair_lists=listed)
    assert message in str(caught.value)
