"""The change that helps most: what stopping one medicine takes away, what it needs, and that it is true."""

from pathlib import Path

import pytest

from pipeline.assess import assess
from pipeline.judge.changes import MOST
from pipeline.review import Review
from pipeline.rulebook.rules import Rulebook
from tests import toy
from tests.screen import residents

ORDERS = "patient_id,drug,dose,dose_unit,frequency,start_date,indication\n"
PAIRS = [
    toy.RULES["pairs"],
    {"rule_id": "alderine-birchol", "a": "alderine", "b": "birchol", "severity": "major", "alternatives": "Cedarin."},
    {"rule_id": "alderine-elmic", "a": "alderine", "b": "elmic", "unless": "firostat", "effect": "Bleeding."},
    {"rule_id": "hazelor-elmic", "a": "hazelor", "b": "elmic", "severity": "minor"},
]
GAPS = [
    toy.RULES["gaps"] | {"check": "documentation", "problem": "trouble"},
    {
        "rule_id": "alderine-stop", "check": "withdrawal", "kind": "stop", "present": "alderine", "within_days": "7",
        "min_days": "30", "final_dose": "5 mg", "effect": "Shaking.", "problem": "withdrawal",
    },
    {
        "rule_id": "gout-untreated", "check": "omission", "kind": "companion", "present": "condition:gout",
        "needs": "birchol", "effect": "Gout goes on.", "severity": "minor",
    },
]  # fmt: skip


def reviewed(folder: Path, orders: str, **tables: str) -> Review:
    return assess(
        toy.source(medications=ORDERS + orders, **tables), toy.book(folder, pairs=PAIRS, gaps=GAPS), toy.TODAY
    )


def test_the_medicine_that_takes_most_away_comes_first(tmp_path: Path) -> None:
    orders = "1,alderine,5,mg,daily,2025-01-01,pain\n1,birchol,5,mg,daily,,\n1,elmic,5,mg,daily,,\n"
    first, second, third = reviewed(tmp_path, orders).changes.to_dict("records")
    assert (first["drug"], first["points_before"], first["points_after"], first["rows"]) == ("alderine", 13, 0, "2")
    assert (first["indication"], first["taper"], first["alternatives"]) == ("pain", "Shaking.", "Cedarin")
    assert (first["resolves"], first["change"]) == ("Trouble", "stop or swap")
    assert (second["drug"], second["points_after"], second["taper"]) == ("birchol", 3, "")
    assert (third["drug"], third["points_after"]) == ("elmic", 10)


def test_a_medicine_taken_for_a_short_time_needs_no_taper(tmp_path: Path) -> None:
    for start, taper in (("2025-12-17", "Shaking."), ("2025-12-18", "")):
        orders = f"1,alderine,5,mg,daily,{start},\n1,birchol,5,mg,daily,,\n"
        found = reviewed(tmp_path / start, orders).changes.set_index("drug")
        assert found.loc["alderine", "taper"] == taper


def test_what_only_minor_findings_name_is_no_change_to_propose(tmp_path: Path) -> None:
    assert reviewed(tmp_path, "1,hazelor,5,mg,daily,,x\n1,elmic,5,mg,daily,,x\n").changes.empty


def test_what_a_word_on_the_order_settles_is_no_reason_to_stop(tmp_path: Path) -> None:
    review = reviewed(tmp_path, "1,hazelor,5,mg,daily,,\n")
    assert review.findings["check"].tolist() == ["documentation"]
    assert review.changes.empty


def test_a_protection_that_goes_and_a_disease_left_untreated_count_against_it(tmp_path: Path) -> None:
    orders = "1,alderine,5,mg,daily,,\n1,birchol,5,mg,daily,,\n1,elmic,5,mg,daily,,\n1,firostat,5,mg,daily,,\n"
    found = reviewed(tmp_path, orders, conditions="patient_id,description\n1,gout\n").changes.set_index("drug")
    assert found.loc["alderine", "adds"] == ""
    assert found.loc["birchol", "adds"] == "Gout goes on."
    assert found.loc["birchol", "points_after"] == 1
    assert "firostat" not in found.index


def test_a_combination_goes_as_one(tmp_path: Path) -> None:
    found = reviewed(tmp_path, "1,alderbirch,1,tablet,daily,,\n1,elmic,5,mg,daily,,\n").changes
    assert found["drug"].tolist() == ["alderine;birchol", "elmic"]


def test_a_dose_above_its_limit_asks_for_less_of_it(tmp_path: Path) -> None:
    dose = {
        "rule_id": "elmic-dose", "check": "dose", "terms": "elmic", "measure": "daily_dose", "comparison": ">",
        "threshold": "4", "unit": "mg",
    }  # fmt: skip
    book = toy.book(tmp_path, totals=[dose])
    found = assess(toy.source(medications=ORDERS + "1,elmic,5,mg,daily,,\n"), book, toy.TODAY).changes
    assert found[["drug", "change"]].to_numpy().tolist() == [["elmic", "lower the dose"]]


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    generated = residents.rules(3, 40)
    return toy.book(tmp_path_factory.mktemp("reference"), **generated)


def points(review: Review, patient_id: str) -> int:
    """The score without what a test or a word on the order settles."""
    mine = review.findings[review.findings["patient_id"] == patient_id]
    return int(mine.loc[~mine["check"].isin(["monitoring", "documentation"]), "points"].sum())


@pytest.mark.parametrize("seed", range(3))
def test_what_is_promised_is_what_a_review_without_the_medicine_says(
    rules: Rulebook, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipeline.find.canaries", lambda rulebook, as_of: None)  # the rules are made up
    tables, _ = residents.home(seed, 60)
    source = {name: rows for name, rows in tables.items() if rows}
    review = assess(toy.source(**source), rules, toy.TODAY)
    found = review.changes.to_dict("records")
    assert found
    assert max(row["rank"] for row in found) <= MOST
    by_row = review.medications.set_index("row")
    for row in found[:: max(1, len(found) // 8)]:
        same = by_row[(by_row["patient_id"] == row["patient_id"]) & (by_row["ingredients"] == row["drug"])].index
        left = [order for at, order in enumerate(source["medications"], 2) if at not in set(same)]
        without = assess(toy.source(**{**source, "medications": left}), rules, toy.TODAY)
        assert points(review, row["patient_id"]) == row["points_before"]
        assert points(without, row["patient_id"]) == row["points_after"]
