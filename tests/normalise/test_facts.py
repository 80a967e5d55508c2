"""Facts: what each table says of a person, as concepts."""

from pathlib import Path

import pytest

from pipeline.normalise.facts import ALWAYS, FOREVER, Facts
from tests import toy

BANDS = [
    {"rule_id": f"band-{at}", "a": "alderine", "b": band}
    for at, band in enumerate(["age>=65", "age>65", "egfr<60", "egfr<=60", "potassium>5"])
]


def concepts(folder: Path, **tables: str) -> dict[str, set[str]]:
    """Person → the labels of what is true of them."""
    book = toy.book(folder, pairs=[toy.RULES["pairs"], *BANDS])
    _, normalised = toy.screened(book, **{"medications": "patient_id,drug\n1,alderine\n", **tables})
    facts = normalised.facts
    found: dict[str, set[str]] = {name: set() for name in facts.ids}
    for patient, concept in zip(facts.patient, facts.concept, strict=True):
        found[facts.ids[patient]].add(book.concepts.label(int(concept)))
    return found


def test_states_of_a_person(tmp_path: Path) -> None:
    found = concepts(
        tmp_path,
        patients=(
            "patient_id,sex,pregnant,smoker,hospice,dialysis,grapefruit,alcohol_use,hepatic_impairment\n"
            "1,F,yes,no,,no,no,none,none\n"
            "2,M,no,yes,yes,yes,yes,moderate,severe\n"
            "3,,,,,,,,\n"
        ),
    )
    assert found == {
        "1": {"alderine", "female", "pregnant"},
        "2": {
            "male", "smoker", "hospice", "dialysis", "grapefruit", "alcohol", "alcohol:moderate", "hepatic:mild",
            "hepatic:moderate", "hepatic:severe",
        },
        "3": set(),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("egfr", "birth_date", "expected"),
    [
        ("59", "1961-01-16", {"egfr<60", "egfr<=60"}),
        ("60", "1961-01-15", {"egfr<=60", "age>=65"}),
        ("61", "1960-01-15", {"age>=65", "age>65"}),
    ],
)
def test_bands_at_their_bounds(tmp_path: Path, egfr: str, birth_date: str, expected: set[str]) -> None:
    found = concepts(
        tmp_path,
        patients=f"patient_id,birth_date\n1,{birth_date}\n",
        labs=f"patient_id,test,value,date\n1,egfr,{egfr},2026-01-10\n",
    )
    assert found["1"] == {"alderine"} | expected


def test_conditions_and_allergies(tmp_path: Path) -> None:
    found = concepts(
        tmp_path,
        conditions="patient_id,code,description\n1,R50.9,\n1,,gout\n1,M10,gout\n1,Z99,something else\n",
        allergies="patient_id,substance\n1,elmicor\n1,trees\n1,NKDA\n",
    )
    assert found["1"] == {"alderine", "condition:fever", "condition:gout", "allergy:elmic", "allergy:class:tree"}


def test_an_intolerance_is_no_allergy_and_one_of_a_class_is_one_of_each_member(tmp_path: Path) -> None:
    found = concepts(
        tmp_path,
        allergies="patient_id,substance,reaction,type\n1,elmicor,nausea,\n1,trees,,intolerance\n1,elmic,hives,\n",
    )
    assert found["1"] == {
        "alderine", "intolerance:elmic", "allergy:elmic", "intolerance:alderine", "intolerance:birchol",
        "intolerance:cedarin",
    }  # fmt: skip


def test_codes_of_conditions(tmp_path: Path) -> None:
    found = concepts(
        tmp_path,
        conditions=(
            "patient_id,code,code_system,icd9,description,status,end_date\n"
            "1,R50.9; M10.1,,,,,\n1,G80,SNOMED,,,,\n1,,,G80,,,\n1,,,,palsy,resolved,\n1,,,,palsy,,2026-01-01\n"
        ),
    )
    assert found["1"] == {"alderine", "condition:fever", "condition:gout"}


def test_an_allergy_that_is_not_recognised_is_told(tmp_path: Path) -> None:
    _, normalised = toy.screened(
        toy.book(tmp_path),
        medications="patient_id,drug\n1,alderine\n",
        allergies="patient_id,substance\n1,moonshine\n1,pollen\n",
    )
    assert normalised.unknown_allergies.to_numpy().tolist() == [["1", "moonshine"]]


def test_facts_are_sorted_by_person_and_concept_and_open_where_no_date_is(tmp_path: Path) -> None:
    book = toy.book(tmp_path)
    _, normalised = toy.screened(
        book,
        medications="patient_id,drug,start_date,stop_date\n2,elmic,,\n1,elmic,2026-01-01,\n1,alderine,,2026-01-31\n",
    )
    facts: Facts = normalised.facts
    assert [book.concepts.label(int(code)) for code in facts.concept] == ["alderine", "elmic", "elmic"]
    assert facts.patient.tolist() == [0, 0, 1]
    assert [facts.start[0], facts.stop[1]] == [ALWAYS, FOREVER]
    # Days since 1970-01-01
    assert [facts.start[1], facts.stop[0]] == [20454, 20484]
    assert facts.order.tolist() == [2, 1, 0]


@pytest.mark.parametrize("test", ["egfr", "creatinine"])
def test_a_result_of_somebody_who_takes_nothing_is_nobody_elses(tmp_path: Path, test: str) -> None:
    found = concepts(tmp_path, labs=f"patient_id,test,value,date\nstranger,{test},20,2026-01-10\n")
    assert found["1"] == {"alderine"}
    rule = {"rule_id": "kidney", "a": "alderine", "b": "egfr<30"}
    result, _ = toy.screened(
        toy.book(tmp_path / "kidney", pairs=[rule]),
        medications="patient_id,drug\n1,alderine\n",
        labs=f"patient_id,test,value,date\nstranger,{test},20,2026-01-10\n",
    )
    assert result.missing["missing"].tolist() == ["egfr"]
