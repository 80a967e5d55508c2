"""Totals and gaps: courses, tapers, tests that are due, and sums at their threshold."""

from datetime import timedelta
from pathlib import Path

import pytest

from tests import toy


def day(ago: int) -> str:
    return str(toy.TODAY - timedelta(days=ago))


def orders(person: str, *cells: str) -> list[dict[str, str]]:
    """Orders of alderine, each `dose first-day last-day` in days ago; `-` is empty."""
    rows = []
    for at, text in enumerate(cells):
        dose, start, stop = text.split()
        rows.append(
            {
                "patient_id": person,
                "order_id": f"{person} {at}",
                "drug": "alderine",
                "dose": dose.replace("-", ""),
                "dose_unit": "mg",
                "frequency": "daily",
                "start_date": "" if start == "-" else day(int(start)),
                "stop_date": "" if stop == "-" else day(int(stop)),
            }
        )
    return rows


def home(people: dict[str, list[str]]) -> list[dict[str, str]]:
    return [row for person, cells in people.items() for row in orders(person, *cells)]


def gap(
    folder: Path, medications: list[dict[str, str]], labs: str = "", **cells: str
) -> tuple[dict[str, str], dict[str, str]]:
    """Of one rule of a gap: person → factor of the finding, and person → what is missing."""
    book = toy.book(folder, gaps=[{"rule_id": "gap", "present": "alderine", **cells}])
    result, normalised = toy.screened(book, medications=medications, labs="patient_id,test,value,date\n" + labs)
    unknown = zip(normalised.facts.ids[result.missing["patient"]], result.missing["missing"], strict=True)
    return dict(zip(result.findings["patient_id"], result.findings["factor"], strict=True)), dict(unknown)


# Courses


def test_a_course_is_of_orders_that_follow_each_other(tmp_path: Path) -> None:
    people = {
        "14 days": ["5 13 -"],
        "15 days": ["5 14 -"],
        # Three days without an order are a late renewal, four are a new course.
        "renewed late": ["5 30 10", "5 6 -"],
        "new course": ["5 30 10", "5 5 -"],
        # Orders that overlap are one course, whichever ends last.
        "overlap": ["5 30 -", "5 20 10"],
        "over": ["5 30 1"],
        "no start": ["5 - -"],
        "no start, renewed": ["5 - 8", "5 5 -"],
        "no start, new course": ["5 - 40", "5 5 -"],
    }
    factors, missing = gap(tmp_path, home(people), kind="duration", max_days="14")
    assert factors == {"15 days": "15 days", "renewed late": "31 days", "overlap": "31 days"}
    assert missing == {"no start": "start date", "no start, renewed": "start date"}


@pytest.mark.parametrize(("asked", "found"), [("prn", {"1": "prn 31 days"}), ("scheduled", {}), ("", {"1": "31 days"})])
def test_a_rule_can_ask_for_orders_as_needed_alone(tmp_path: Path, asked: str, found: dict[str, str]) -> None:
    medications = [row | {"prn": "yes"} for row in orders("1", "5 30 -")]
    factors, _ = gap(tmp_path, medications, kind="duration", max_days="14", orders=asked)
    assert factors == found


# Stops


def test_a_stop_without_a_taper(tmp_path: Path) -> None:
    abrupt = {
        "stopped": ["20 100 5"],
        "low but never lowered": ["5 100 5"],
        "lowered too little": ["20 100 15", "6 14 5"],
        "30 days ago": ["20 100 30"],
        "taken for 14 days": ["20 18 5"],
        "no start": ["20 - 5"],
        "dose unknown": ["- 100 5"],
        "two orders stopped together": ["2 100 5", "2 100 5"],
        "renewed at the same dose": ["4 100 50", "4 49 5"],
    }
    rest = {
        "tapered": ["20 100 15", "5 14 5"],
        "31 days ago": ["20 100 31"],
        "taken for 13 days": ["20 17 5"],
        "taken again": ["20 100 5", "20 3 -"],
        "of two orders one stopped before": ["4 100 5", "4 100 15"],
    }
    factors, missing = gap(
        tmp_path, home(abrupt | rest), kind="stop", within_days="30", min_days="14", final_dose="5 mg"
    )
    assert set(factors) == set(abrupt)
    assert factors["stopped"] == "stopped 2026-01-10"
    assert missing == {}


def test_a_taper_can_be_a_share_of_the_highest_dose(tmp_path: Path) -> None:
    people = {
        "to a half": ["20 100 15", "10 14 5"],
        "to more": ["20 100 15", "12 14 5"],
        "not at all": ["5 100 5"],
        "dose unknown": ["20 100 15", "- 14 5"],
    }
    factors, _ = gap(tmp_path, home(people), kind="stop", within_days="30", min_days="14", final_dose="50 %")
    assert set(factors) == {"to more", "not at all", "dose unknown"}


def test_a_dose_that_was_not_lowered(tmp_path: Path) -> None:
    people = {
        "never lowered": ["20 300 -"],
        "lowered": ["20 300 50", "10 49 -"],
        "lowered long ago": ["20 300 101", "10 100 -"],
        "lowered and raised again": ["20 300 60", "10 59 30", "20 29 -"],
        "of two orders one stopped": ["5 300 -", "5 300 50"],
        "not long enough": ["20 179 -"],
        "no start": ["20 - -"],
    }
    factors, missing = gap(tmp_path, home(people), kind="reduction", max_days="180", within_days="90")
    assert set(factors) == {"never lowered", "lowered long ago", "lowered and raised again"}
    assert missing == {"no start": "start date"}


# Tests that are due


def test_a_test_that_is_missing_or_old(tmp_path: Path) -> None:
    people = {name: ["5 30 -"] for name in ("never", "90 days", "91 days", "another", "tomorrow")}
    labs = f"90 days,potassium,4,{day(90)}\n91 days,potassium,4,{day(91)}\n"
    labs += f"another,potassium,4,{day(91)}\nanother,egfr,60,{day(3)}\ntomorrow,potassium,4,{day(-1)}\n"
    factors, _ = gap(tmp_path, home(people), labs, kind="lab", needs="potassium|egfr", within_days="90")
    assert factors == {
        "never": "no potassium or egfr on file",
        "91 days": "last potassium or egfr 91 days ago",
        "tomorrow": "no potassium or egfr on file",
    }


def test_a_test_is_due_only_after_so_long_on_the_medicine(tmp_path: Path) -> None:
    people = {"29 days": ["5 28 -"], "30 days": ["5 29 -"], "renewed": ["5 60 8", "5 7 -"]}
    factors, _ = gap(tmp_path, home(people), kind="lab", needs="potassium", within_days="90", min_days="30")
    assert set(factors) == {"30 days", "renewed"}


def test_without_a_table_of_labs_no_test_is_missing(tmp_path: Path) -> None:
    rule = {"rule_id": "gap", "kind": "lab", "present": "alderine", "needs": "potassium", "within_days": "90"}
    result, _ = toy.screened(toy.book(tmp_path, gaps=[rule]), medications=orders("1", "5 30 -"))
    assert result.findings.empty
    assert result.skipped["missing"].tolist() == ["labs"]


# Companions and fields


def test_a_companion_is_due_only_after_so_long_on_the_medicine(tmp_path: Path) -> None:
    people = {"89 days": ["5 88 -"], "90 days": ["5 89 -"], "no start": ["5 - -"]}
    factors, _ = gap(tmp_path, home(people), kind="companion", needs="elmic", min_days="90")
    assert set(factors) == {"90 days", "no start"}


def test_a_companion_is_missing_beside_a_medicine_or_a_condition(tmp_path: Path) -> None:
    rules = [
        {"rule_id": "of-medicine", "kind": "companion", "present": "alderine", "needs": "elmic;class:shrub;hospice"},
        {"rule_id": "of-illness", "kind": "companion", "present": "condition:gout", "needs": "elmic"},
    ]
    found = toy.told(
        toy.book(tmp_path, gaps=rules),
        medications="patient_id,drug\n1,alderine\n2,alderine\n2,elmic\n3,alderine\n4,alderine\n4,gorsemab\n",
        patients="patient_id,hospice\n1,no\n2,no\n3,yes\n4,no\n",
        conditions="patient_id,description\n2,gout\n4,gout\n",
    )
    assert found == ["1 of-medicine moderate alderine", "4 of-illness moderate "]


def test_each_order_that_lacks_a_field_is_named(tmp_path: Path) -> None:
    rule = {"rule_id": "gap", "kind": "field", "present": "alderine|elmic", "needs": "indication|stop_date"}
    result, _ = toy.screened(
        toy.book(tmp_path, gaps=[rule]),
        medications=(
            "patient_id,order_id,drug,indication,stop_date\n"
            f"1,a,alderine,,\n1,b,alderine,,\n1,c,alderine,pain,\n1,d,elmic,,{day(-9)}\n1,e,elmic,,\n"
        ),
    )
    assert result.findings[["drugs", "rows", "factor"]].to_numpy().tolist() == [
        ["alderine", "2;3", "no indication, stop date"],
        ["elmic", "6", "no indication, stop date"],
    ]


# Totals


def total(folder: Path, medications: list[dict[str, str]], **cells: str) -> tuple[list[str], list[str]]:
    rule = {"rule_id": "total", "terms": "alderine", "measure": "daily_dose", "comparison": ">", "unit": "mg", **cells}
    patients = "patient_id,weight_kg\n1,50\n"
    result, _ = toy.screened(toy.book(folder, totals=[rule]), medications=medications, patients=patients)
    return result.findings["factor"].tolist(), result.missing["missing"].tolist()


@pytest.mark.parametrize(
    ("cells", "medications", "factors", "missing"),
    [
        ({"threshold": "20"}, orders("1", "10 9 -", "10 9 -"), [], []),
        ({"threshold": "20", "comparison": ">="}, orders("1", "10 9 -", "10 9 -"), ["20 mg/day"], []),
        ({"threshold": "19999", "unit": "mcg"}, orders("1", "20 9 -"), ["2e+04 mcg/day"], []),
        ({"threshold": "20"}, orders("1", "10 9 1", "20 9 -"), [], []),
        ({"threshold": "20"}, orders("1", "10 9 -", "- 9 -"), [], ["daily dose"]),
        ({"threshold": "20"}, orders("1", "30 9 -", "- 9 -"), ["30 mg/day"], []),
        ({"threshold": "20", "unit": "unit"}, orders("1", "30 9 -"), [], ["daily dose"]),
        ({"threshold": "10", "measure": "dose"}, orders("1", "6 9 -", "6 9 -"), [], []),
        ({"threshold": "10", "measure": "dose"}, orders("1", "6 9 -", "11 9 -"), ["11 mg at once"], []),
        ({"threshold": "0.4", "measure": "daily_dose_per_kg"}, orders("1", "20 9 -"), [], []),
        ({"threshold": "0.4", "measure": "daily_dose_per_kg"}, orders("1", "21 9 -"), ["0.42 mg/kg/day"], []),
    ],
)
def test_sums_of_doses(
    tmp_path: Path, cells: dict[str, str], medications: list[dict[str, str]], factors: list[str], missing: list[str]
) -> None:
    assert total(tmp_path, medications, **cells) == (factors, missing)


def test_without_a_weight_a_dose_per_kilogram_is_not_known(tmp_path: Path) -> None:
    rule = {"rule_id": "total", "terms": "alderine", "measure": "daily_dose_per_kg", "comparison": ">", "unit": "mg"}
    result, _ = toy.screened(
        toy.book(tmp_path, totals=[rule | {"threshold": "1"}]), medications=orders("1", "20 9 -")
    )  # fmt: skip
    assert result.missing["missing"].tolist() == ["daily dose and weight"]


def test_a_limit_for_the_first_days(tmp_path: Path) -> None:
    people = {
        "7th day": ["30 6 -"],
        "8th day": ["30 7 -"],
        "a renewal is no start": ["30 100 7", "30 6 -"],
        "taken again after a long pause": ["30 100 60", "30 6 -"],
        "no start": ["30 - -"],
    }
    rule = {"rule_id": "total", "terms": "alderine", "measure": "daily_dose", "comparison": ">", "unit": "mg"}
    book = toy.book(tmp_path, totals=[rule | {"threshold": "20", "started_within_days": "7"}])
    result, _ = toy.screened(book, medications=home(people))
    assert set(result.findings["patient_id"]) == {"7th day", "taken again after a long pause"}


def test_points_and_numbers_of_ingredients_count_each_once(tmp_path: Path) -> None:
    rules = [
        {"rule_id": "points", "terms": "class:load", "measure": "weight", "comparison": ">=", "threshold": "3.5"},
        {"rule_id": "number", "terms": "any", "measure": "ingredients", "comparison": ">=", "threshold": "3"},
    ]
    medications = (
        "patient_id,order_id,drug\n1,a,alderine\n1,b,alderbirch\n"
        "2,c,alderine\n2,d,alderine\n2,e,hazelor\n3,f,alderbirch\n3,g,hazelor\n"
    )
    result, _ = toy.screened(toy.book(tmp_path, totals=rules), medications=medications)
    found = result.findings[["patient_id", "rule_id", "factor"]].to_numpy().tolist()
    assert found == [["1", "points", "3.5 points"], ["3", "number", "3 medicines"], ["3", "points", "3.5 points"]]


def test_of_one_sum_the_most_severe_limit_that_is_met_is_told(tmp_path: Path) -> None:
    common = {"terms": "alderine", "measure": "daily_dose", "comparison": ">", "unit": "mg"}
    rules = [
        common | {"rule_id": "over-10", "threshold": "10", "severity": "minor"},
        common | {"rule_id": "over-20", "threshold": "20", "severity": "major"},
        common | {"rule_id": "over-5-smoker", "threshold": "5", "severity": "minor", "raise_when": "smoker"},
    ]
    medications = [
        {"patient_id": name, "drug": "alderine", "dose": dose, "dose_unit": "mg", "frequency": "daily"}
        for name, dose in (("1", "15"), ("2", "25"), ("3", "15"))
    ]
    patients = "patient_id,smoker\n1,no\n2,yes\n3,yes\n"
    assert toy.told(toy.book(tmp_path, totals=rules), medications=medications, patients=patients) == [
        "1 over-10 minor alderine",
        "2 over-20 major alderine",
        "3 over-5-smoker moderate alderine",
    ]


def test_of_equal_limits_one_that_is_held_back_does_not_silence_the_other(tmp_path: Path) -> None:
    common = {"terms": "alderine", "measure": "daily_dose", "comparison": ">", "unit": "mg", "threshold": "10"}
    rules = [common | {"rule_id": "a-held", "unless": "hospice"}, common | {"rule_id": "b-not"}]
    book = toy.book(tmp_path, totals=rules)
    patients = "patient_id,hospice\n1,yes\n"
    assert toy.told(book, medications=orders("1", "20 9 -"), patients=patients) == ["1 b-not moderate alderine"]


@pytest.mark.parametrize(("frequency", "found"), [("weekly", set()), ("twice weekly", set()), ("daily", {"1"})])
def test_how_often_a_day(tmp_path: Path, frequency: str, found: set[str]) -> None:
    rule = {
        "rule_id": "daily", "terms": "alderine", "measure": "times_a_day", "comparison": ">", "threshold": "0.5",
    }  # fmt: skip
    medications = [row | {"frequency": frequency} for row in orders("1", "10 30 -")]
    result, _ = toy.screened(toy.book(tmp_path, totals=[rule]), medications=medications)
    assert set(result.findings["patient_id"]) == found


def test_daily_doses_can_count_by_their_weight(tmp_path: Path) -> None:
    """The class `load` counts alderine three times and birchol half."""
    rule = {
        "rule_id": "load", "terms": "class:load", "measure": "weighted_daily_dose", "comparison": ">=",
        "threshold": "35", "unit": "mg",
    }  # fmt: skip
    rows = [
        {"patient_id": person, "drug": drug, "dose": dose, "dose_unit": "mg", "frequency": "daily"}
        for person, drug, dose in [
            ("34.5", "alderine", "10"), ("34.5", "birchol", "9"), ("35", "alderine", "10"), ("35", "birchol", "10"),
            ("unknown", "alderine", "10"), ("unknown", "birchol", ""),
        ]
    ]  # fmt: skip
    result, normalised = toy.screened(toy.book(tmp_path, totals=[rule]), medications=rows)
    assert result.findings[["patient_id", "factor"]].to_numpy().tolist() == [["35", "35 mg/day, weighted"]]
    assert normalised.facts.ids[result.missing["patient"]].tolist() == ["unknown"]
