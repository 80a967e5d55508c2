"""Pairs: what meets, on which days, and which of several rules speaks."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests import toy

ALDERINE_ELMIC = {"rule_id": "alderine-elmic", "a": "alderine", "b": "elmic"}


def day(ago: int) -> str:
    return str(toy.TODAY - timedelta(days=ago))


def told(folder: Path, rules: list[dict[str, str]], medications: str, **tables: str) -> list[str]:
    """The findings of rules of pairs about orders given as `patient,drug,start,stop`."""
    orders = "patient_id,drug,start_date,stop_date\n" + medications
    return toy.told(toy.book(folder, pairs=rules), medications=orders, **tables)


def test_two_medicines_of_one_person_meet_in_either_order_of_the_rows(tmp_path: Path) -> None:
    found = told(
        tmp_path, [ALDERINE_ELMIC], "1,alderine,,\n1,elmic,,\n2,elmic,,\n2,alderine,,\n3,alderine,,\n4,elmic,,\n"
    )
    assert found == ["1 alderine-elmic moderate alderine;elmic", "2 alderine-elmic moderate alderine;elmic"]


def who(found: list[str]) -> set[str]:
    return {line.split()[0] for line in found}


def test_an_order_counts_from_its_first_to_its_last_day(tmp_path: Path) -> None:
    orders = {
        "always": ("", ""),
        "begins-today": (day(0), ""),
        "begins-tomorrow": (day(-1), ""),
        "ends-today": ("", day(0)),
        "ended-yesterday": ("", day(1)),
        "over": (day(9), day(2)),
    }
    rows = "".join(f"{name},alderine,,\n{name},elmic,{start},{stop}\n" for name, (start, stop) in orders.items())
    assert who(told(tmp_path, [ALDERINE_ELMIC], rows)) == {"always", "begins-today", "ends-today"}


@pytest.mark.parametrize("stopped", ["alderine", "elmic"])
def test_washout_counts_for_either_side_while_the_other_is_taken(tmp_path: Path, stopped: str) -> None:
    taken = {"alderine": "elmic", "elmic": "alderine"}[stopped]
    rows = "".join(f"{ago},{taken},{day(2)},\n{ago},{stopped},{day(90)},{day(ago)}\n" for ago in (13, 14, 15))
    assert who(told(tmp_path, [ALDERINE_ELMIC | {"washout_days": "14"}], rows)) == {"13", "14"}


def test_two_medicines_that_were_both_stopped_do_not_meet(tmp_path: Path) -> None:
    rule = ALDERINE_ELMIC | {"washout_days": "14"}
    assert told(tmp_path, [rule], f"1,alderine,{day(90)},{day(1)}\n1,elmic,{day(90)},{day(1)}\n") == []


def test_min_days_is_how_long_both_have_been_taken(tmp_path: Path) -> None:
    rows = "".join(f"{ago},alderine,{day(300)},\n{ago},elmic,{day(ago)},\n" for ago in (28, 29, 30))
    assert who(told(tmp_path, [ALDERINE_ELMIC | {"min_days": "30"}], rows)) == {"29", "30"}


def test_a_renewal_does_not_begin_the_time_together_anew(tmp_path: Path) -> None:
    rule = ALDERINE_ELMIC | {"min_days": "30"}
    orders = f"1,alderine,{day(300)},\n1,elmic,{day(60)},{day(8)}\n1,elmic,{day(7)},\n"
    assert told(tmp_path, [rule], orders) == ["1 alderine-elmic moderate alderine;elmic"]


def test_the_parts_of_one_product_do_not_interact_with_each_other(tmp_path: Path) -> None:
    rule = ALDERINE_ELMIC | {"b": "birchol"}
    assert told(tmp_path, [rule], "1,alderbirch,,\n") == []
    assert told(tmp_path / "with", [rule], "1,alderbirch,,\n1,birchol,,\n") == [
        "1 alderine-elmic moderate alderine;birchol"
    ]


def test_same_is_the_ingredient_on_another_order_and_not_another_of_its_class(tmp_path: Path) -> None:
    rule = {"rule_id": "twice", "a": "any", "b": "same"}
    orders = "1,alderine,,\n1,alderbirch,,\n2,alderine,,\n2,birchol,,\n3,alderbirch,,\n"
    assert told(tmp_path, [rule], orders) == ["1 twice moderate alderine"]


def test_a_class_with_itself_is_two_of_its_members_and_not_one_twice(tmp_path: Path) -> None:
    rule = {"rule_id": "two-trees", "a": "class:tree", "b": "class:tree"}
    orders = "1,alderine,,\n1,birchol,,\n2,alderine,,2026-02-01\n2,alderine,,\n"
    assert told(tmp_path, [rule], orders) == ["1 two-trees moderate alderine;birchol"]


def test_routes_decide_whether_a_medicine_is_meant(tmp_path: Path) -> None:
    rules = [
        {"rule_id": "body", "a": "birchol", "b": "elmic", "problem": "body"},
        {"rule_id": "eye", "a": "birchol:ophthalmic", "b": "elmic", "problem": "eye"},
        {"rule_id": "any-route", "a": "birchol:any", "b": "elmic", "problem": "any"},
    ]
    orders = "patient_id,drug,route\n"
    for at, route in enumerate(("ophthalmic", "intrathecal", "topical"), 1):
        orders += f"{at},elmic,\n{at},birchol,{route}\n"
    found = toy.told(toy.book(tmp_path, pairs=rules), medications=orders)
    assert [line.rsplit(" ", 2)[0] for line in found] == [
        "1 any-route",
        "1 eye",
        "2 any-route",
        "2 body",
        "3 any-route",
    ]


# Which of several rules speaks


def test_of_rules_for_one_pair_and_problem_the_narrowest_speaks(tmp_path: Path) -> None:
    rules = [
        {"rule_id": "wide", "a": "class:tree", "b": "class:shrub", "severity": "major"},
        {"rule_id": "narrow", "a": "alderine", "b": "elmic", "severity": "minor"},
        {"rule_id": "other-problem", "a": "class:tree", "b": "elmic", "problem": "bleeding"},
    ]
    assert told(tmp_path, rules, "1,alderine,,\n1,elmic,,\n1,firostat,,\n") == [
        "1 wide major alderine;firostat",
        "1 other-problem moderate alderine;elmic",
        "1 narrow minor alderine;elmic",
    ]


def test_a_rule_whose_when_fails_lets_the_next_speak_but_one_held_back_does_not(tmp_path: Path) -> None:
    rules = [
        {"rule_id": "narrow", "a": "alderine", "b": "elmic", "when": "smoker", "unless": "hospice"},
        {"rule_id": "wide", "a": "class:tree", "b": "elmic"},
    ]
    patients = "patient_id,smoker,hospice\n1,no,no\n2,yes,no\n3,yes,yes\n"
    orders = "patient_id,drug\n" + "".join(f"{at},alderine\n{at},elmic\n" for at in (1, 2, 3))
    result, _ = toy.screened(toy.book(tmp_path, pairs=rules), medications=orders, patients=patients)
    assert result.findings[["patient_id", "rule_id"]].to_numpy().tolist() == [["1", "wide"], ["2", "narrow"]]
    assert result.held_back[["patient_id", "rule_id", "held_by"]].to_numpy().tolist() == [["3", "narrow", "hospice"]]


def test_of_bands_of_one_number_the_most_severe_speaks(tmp_path: Path) -> None:
    rules = [
        {"rule_id": "below-60", "a": "alderine", "b": "egfr<60", "severity": "moderate"},
        {"rule_id": "below-30", "a": "alderine", "b": "egfr<30", "severity": "major"},
        {"rule_id": "old", "a": "alderine", "b": "age>=65", "severity": "minor"},
    ]
    patients = "patient_id,birth_date\n1,1950-01-01\n2,1990-01-01\n"
    labs = f"patient_id,test,value,date\n1,egfr,25,{day(3)}\n2,egfr,59,{day(3)}\n"
    assert told(tmp_path, rules, "1,alderine,,\n2,alderine,,\n", patients=patients, labs=labs) == [
        "1 below-30 major alderine",
        "1 old minor alderine",
        "2 below-60 moderate alderine",
    ]


def test_of_equals_one_that_is_held_back_does_not_silence_the_other(tmp_path: Path) -> None:
    rules = [
        {"rule_id": "a-held", "a": "alderine", "b": "elmic", "unless": "hospice"},
        {"rule_id": "b-not", "a": "alderine", "b": "elmic"},
    ]
    patients = "patient_id,hospice\n1,yes\n"
    assert told(tmp_path, rules, "1,alderine,,\n1,elmic,,\n", patients=patients) == ["1 b-not moderate alderine;elmic"]


def test_raise_when_is_one_step_and_no_further_than_contraindicated(tmp_path: Path) -> None:
    rules = [
        {"rule_id": "a", "a": "alderine", "b": "elmic", "raise_when": "smoker;hospice", "severity": "minor"},
        {"rule_id": "b", "a": "alderine", "b": "birchol", "raise_when": "smoker", "severity": "contraindicated"},
    ]
    found = told(
        tmp_path, rules, "1,alderine,,\n1,elmic,,\n1,birchol,,\n", patients="patient_id,smoker,hospice\n1,yes,yes\n"
    )
    assert found == ["1 b contraindicated alderine;birchol", "1 a moderate alderine;elmic"]


def test_lower_when_is_one_step_and_undone_by_a_raise(tmp_path: Path) -> None:
    rules = [
        {"rule_id": "a", "a": "alderine", "b": "elmic", "lower_when": "hospice", "severity": "minor"},
        {"rule_id": "b", "a": "alderine", "b": "birchol", "lower_when": "smoker;hospice", "severity": "major"},
        {"rule_id": "c", "a": "alderine", "b": "cedarin", "lower_when": "hospice", "raise_when": "smoker"},
    ]
    found = told(
        tmp_path,
        rules,
        "1,alderine,,\n1,elmic,,\n1,birchol,,\n1,cedarin,,\n",
        patients="patient_id,smoker,hospice\n1,yes,yes\n",
    )
    assert found == [
        "1 b moderate alderine;birchol",
        "1 c moderate alderine;cedarin",
        "1 a minor alderine;elmic",
    ]


# Numbers that are not known


@pytest.mark.parametrize(("ago", "told_as"), [(90, "finding"), (91, "missing")])
def test_a_lab_value_older_than_the_rule_allows_is_not_known(tmp_path: Path, ago: int, told_as: str) -> None:
    rule = {"rule_id": "kidney", "a": "alderine", "b": "egfr<30", "max_lab_age": "90"}
    labs = f"patient_id,test,value,date\n1,egfr,25,{day(ago)}\n"
    result, _ = toy.screened(toy.book(tmp_path, pairs=[rule]), medications="patient_id,drug\n1,alderine\n", labs=labs)
    assert len(result.findings) == (told_as == "finding")
    assert result.missing["missing"].tolist() == (["egfr"] if told_as == "missing" else [])


@pytest.mark.parametrize(
    ("person", "findings", "missing"),
    [
        ("1,no,no", [], ["egfr"]),
        # Dialysis says as much as the number would.
        ("1,yes,no", ["1 kidney moderate alderine"], []),
        # What would be held back anyway lacks nothing.
        ("1,no,yes", [], []),
    ],
)
def test_an_alternative_that_holds_needs_no_number(
    tmp_path: Path, person: str, findings: list[str], missing: list[str]
) -> None:
    rule = {"rule_id": "kidney", "a": "alderine", "b": "egfr<30|dialysis", "unless": "hospice"}
    tables = {"medications": "patient_id,drug\n1,alderine\n", "patients": f"patient_id,dialysis,hospice\n{person}\n"}
    book = toy.book(tmp_path, pairs=[rule])
    assert toy.told(book, **tables) == findings
    assert toy.screened(book, **tables)[0].missing["missing"].tolist() == missing


def test_min_daily_dose_is_of_all_orders_of_the_medicine(tmp_path: Path) -> None:
    doses = {
        "less": ["19"],
        "enough": ["20"],
        "morning-and-evening": ["10", "10"],
        "together-less": ["10", "9"],
        "one-unknown": ["10", ""],
        "one-unknown-but-enough": ["20", ""],
        "unknown": [""],
    }
    orders = "patient_id,order_id,drug,dose,dose_unit,frequency\n"
    for name, amounts in doses.items():
        orders += f"{name},{name},elmic,,,\n"
        orders += "".join(f"{name},{name}{at},alderine,{dose},mg,daily\n" for at, dose in enumerate(amounts))
    book = toy.book(tmp_path, pairs=[ALDERINE_ELMIC | {"min_daily_dose": "20 mg"}])
    result, normalised = toy.screened(book, medications=orders)
    assert set(result.findings["patient_id"]) == {"enough", "morning-and-evening", "one-unknown-but-enough"}
    assert set(normalised.facts.ids[result.missing["patient"]]) == {"one-unknown", "unknown"}
    assert set(result.missing["missing"]) == {"daily dose"}


# Allergies


def test_allergies_to_the_ingredient_or_its_class(tmp_path: Path) -> None:
    rules = [
        {"rule_id": "itself", "a": "any:any", "b": "allergy:same", "severity": "contraindicated"},
        {"rule_id": "tree", "a": "class:tree", "b": "allergy:class:tree", "severity": "major"},
    ]
    orders = "".join(f"{at},alderine,,\n" for at in range(1, 6))
    allergies = "patient_id,substance\n1,alderine\n2,birchol\n3,trees\n4,NKDA\n5,elmicor\n"
    assert told(tmp_path, rules, orders, allergies=allergies) == [
        "1 itself contraindicated alderine",
        "2 tree major alderine",
        "3 tree major alderine",
    ]


def test_the_factor_names_what_the_medicine_meets(tmp_path: Path) -> None:
    rules = [
        {"rule_id": "a-number", "a": "alderine", "b": "egfr<30"},
        {"rule_id": "b-state", "a": "alderine", "b": "alcohol:heavy"},
        {"rule_id": "c-illness", "a": "alderine", "b": "condition:gout"},
        {"rule_id": "d-allergy", "a": "alderine", "b": "allergy:class:tree"},
        {"rule_id": "e-medicine", "a": "alderine", "b": "elmic"},
    ]
    result, _ = toy.screened(
        toy.book(tmp_path, pairs=rules),
        medications="patient_id,drug\n1,alderine\n1,elmic\n",
        patients="patient_id,alcohol_use\n1,heavy\n",
        conditions="patient_id,description\n1,gout\n",
        allergies="patient_id,substance\n1,trees\n",
        labs=f"patient_id,test,value,date\n1,egfr,24.4,{day(0)}\n",
    )
    assert result.findings["factor"].tolist() == ["egfr 24.4", "alcohol heavy", "gout", "allergy to tree", ""]
