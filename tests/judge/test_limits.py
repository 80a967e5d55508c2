"""Limits: what could not be assessed is told, and nobody of whom that is true is shown as clear."""

from dataclasses import replace
from pathlib import Path

import pytest

from pipeline.assess import assess
from pipeline.canaries import canaries
from pipeline.errors import ReferenceDamagedError
from pipeline.judge.once import unused_columns
from pipeline.judge.triage import NO_FINDING
from pipeline.review import Review
from tests import toy

KIDNEY = {"rule_id": "alderine-kidney", "a": "alderine", "b": "egfr<30", "problem": "renal"}
DOSE = {
    "rule_id": "alderine-dose", "terms": "alderine", "measure": "daily_dose", "comparison": ">", "threshold": "10",
    "unit": "mg", "problem": "overdose",
}  # fmt: skip
ORDERS = "patient_id,drug,dose,dose_unit,frequency,start_date\n"
LONG = {"rule_id": "alderine-long", "kind": "duration", "present": "alderine", "max_days": "14", "problem": "habit"}
NO_RULES = "rules of their own for some of the medicines"
PEOPLE = {
    "patients": "patient_id,birth_date\n1,1950-01-01\n",
    "medications": ORDERS + "1,elmic,5,mg,daily,2026-01-10\n",
    "conditions": "patient_id,code,description\n1,,gout\n",
    "allergies": "patient_id,substance\n1,NKDA\n",
    "labs": "patient_id,test,value,unit,date\n1,egfr,60,,2026-01-10\n",
}


def reviewed(folder: Path, **tables: str) -> Review:
    book = toy.book(
        folder,
        pairs=[toy.RULES["pairs"], KIDNEY],
        totals=[toy.RULES["totals"], DOSE],
        gaps=[toy.RULES["gaps"] | {"needs": "dose"}, LONG],
    )
    return assess(toy.source(**{**PEOPLE, **tables}), book, toy.TODAY)


def own(review: Review) -> list[tuple[str, str]]:
    mine = review.limits[(review.limits["patient_id"] == "1") & ~review.limits["missing"].str.startswith(NO_RULES)]
    return list(zip(mine["missing"], mine["stops"], strict=True))


def general(review: Review) -> list[str]:
    told = review.limits.loc[review.limits["patient_id"] == "", "missing"].tolist()
    assert told[0].startswith("rules beyond what reference ")
    return told[1:]


def test_a_complete_review_has_no_limits_but_the_rules_that_there_are(tmp_path: Path) -> None:
    review = reviewed(tmp_path)
    assert own(review) == general(review) == []
    told = [["none", "No finding by the rules there are", True]]
    assert review.patients[["tier", "action", "complete"]].to_numpy().tolist() == told


def test_medicines_that_no_rule_of_their_own_speaks_of_are_named(tmp_path: Path) -> None:
    medications = "patient_id,drug,stop_date\n1,alderine,\n1,firostat,\n1,cedarin,\n1,elmic,2020-01-01\n"
    review = reviewed(tmp_path, medications=medications)
    told = review.limits[review.limits["missing"].str.startswith(NO_RULES)]
    assert told["stops"].tolist() == ["what is special about cedarin, firostat"]
    assert (review.manifest["ingredients_taken"], review.manifest["ingredients_without_rules"]) == (3, 2)


@pytest.mark.parametrize(
    ("tables", "missing", "stops"),
    [
        (
            {"medications": "patient_id,drug\n1,moonshine\n"},
            "the meaning of the order 'moonshine'",
            "everything about this medicine",
        ),
        (
            {"medications": ORDERS + "1,elmic,,,,\n1,elmic,5,mg,daily,soon\n"},
            "row 3 of the medications, set aside for its start_date",
            "whatever this row says",
        ),
        (
            {"allergies": "patient_id,substance\n1,moonshine\n"},
            "the meaning of the allergy 'moonshine'",
            "medicines that this allergy speaks against",
        ),
        (
            {"labs": "patient_id,test,value,unit,date\n1,potassium,4,stone,2026-01-10\n"},
            "the unit of the potassium result",
            "what depends on this result",
        ),
        (
            {
                "medications": ORDERS + "1,alderine,5,mg,daily,2026-01-10\n",
                "labs": "patient_id,test,value,unit,date\n1,egfr,60,,2024-01-10\n",
            },
            "kidney function (eGFR, or a creatinine with birth date and sex) from the last year; "
            "the last is 736 days old",
            "renal (alderine)",
        ),
        (
            {"medications": ORDERS + "1,alderine,,,,2026-01-10\n"},
            "a daily dose that can be computed",
            "overdose (alderine)",
        ),
        (
            {"medications": ORDERS + "1,alderine,5,mg,daily,\n"},
            "the start date of the order",
            "habit (alderine)",
        ),
    ],
)
def test_what_could_not_be_assessed_of_a_person(
    tmp_path: Path, tables: dict[str, str], missing: str, stops: str
) -> None:
    review = reviewed(tmp_path, **tables)
    assert own(review) == [(missing, stops)]
    assert not review.patients["complete"].any()
    assert set(review.patients["action"]).isdisjoint({NO_FINDING[1]})


def test_an_order_that_has_ended_and_was_not_recognised_limits_nothing(tmp_path: Path) -> None:
    orders = "patient_id,drug,start_date,stop_date\n1,elmic,2026-01-01,\n1,moonshine,,2025-01-01\n"
    assert own(reviewed(tmp_path, medications=orders)) == []


@pytest.mark.parametrize("table", ["patients", "conditions", "allergies", "labs"])
def test_a_missing_table_is_a_limit_of_the_whole_review(tmp_path: Path, table: str) -> None:
    book = toy.book(tmp_path, gaps=[LONG])
    tables = {name: content for name, content in PEOPLE.items() if name != table}
    review = assess(toy.source(**tables), book, toy.TODAY)
    assert len(general(review)) == 1
    assert general(review)[0].startswith(f"no {table} table: ")


def test_a_column_that_was_never_exported_is_a_limit_and_no_finding_of_everyone(tmp_path: Path) -> None:
    field = {"rule_id": "why", "kind": "field", "present": "any", "needs": "indication"}
    review = assess(toy.source(**PEOPLE), toy.book(tmp_path, gaps=[field]), toy.TODAY)
    assert general(review) == ["the medications have no column indication"]
    assert review.limits.loc[review.limits["patient_id"] == "", "rules"].tolist() == [0, 1]
    assert review.findings.empty


def test_columns_that_were_not_used_and_stops_without_a_day_are_limits_of_the_whole_review(tmp_path: Path) -> None:
    medications = "patient_id,drug,status\n1,elmic 5 mg daily,active\n1,birchol 5 mg daily,discontinued\n"
    review = reviewed(tmp_path, medications=medications)
    assert "the stop date of 1 orders whose status says that they have stopped" in general(review)
    assert review.medications["current"].tolist() == [True, False]
    source = toy.source(**PEOPLE)
    tables = dict(source.tables)
    tables["labs"] = replace(tables["labs"], unused=("Ordered by", "Panel"))
    assert unused_columns(replace(source, tables=tables)) == {tables["labs"].place: ["Ordered by", "Panel"]}


def test_the_canaries_of_the_toy_sing(tmp_path: Path) -> None:
    canaries(toy.book(tmp_path), toy.TODAY)


@pytest.mark.parametrize(
    "tables",
    [
        {"pairs": [toy.RULES["pairs"] | {"active": "no"}, KIDNEY]},
        {"pairs": [toy.RULES["pairs"] | {"b": "elmic"}]},
        {"pairs": [toy.RULES["pairs"] | {"when": "hospice"}]},
        {"canaries": "drugs,rule_id\nhazelor;ivyrin,hazelor-ivyrin\nmoonshine;ivyrin,hazelor-ivyrin\n"},
    ],
)
def test_a_reference_that_has_lost_a_rule_or_a_name_reviews_nothing(tmp_path: Path, tables: dict) -> None:
    book = toy.book(tmp_path, **tables)
    with pytest.raises(ReferenceDamagedError, match="hazelor-ivyrin did not fire"):
        assess(toy.source(**PEOPLE), book, toy.TODAY)
