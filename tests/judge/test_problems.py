"""Findings of one clinical problem are one: its drugs, its load, one thing to do; the points explain the score."""

import pandas as pd

from pipeline.judge.problems import problems, reduction, with_points

DEFINITIONS = pd.DataFrame(
    [["burden", "Burden", "together", "Do them as one."], ["trouble", "Trouble", "each", ""]],
    columns=["problem", "title", "acts", "several"],
)
NO_SCALES = pd.DataFrame(columns=["patient_id", "problem", "text"], dtype="str")


def findings(*rows: str) -> pd.DataFrame:
    """Each `patient severity problem drugs`; the management of the nth is `Do n.`"""
    cells = [row.split() for row in rows]
    table = pd.DataFrame(cells, columns=["patient_id", "severity", "problem", "drugs"], dtype="str")
    number = (table.index + 1).astype("str")
    table = table.assign(factor="", finding_id="f" + number, management="Do " + number + ".", status="")
    return with_points(table, DEFINITIONS)


def told(*rows: str, scales: pd.DataFrame = NO_SCALES) -> list[dict]:
    return problems(findings(*rows), DEFINITIONS, scales).to_dict("records")


def test_findings_of_one_problem_are_one_row_with_the_worst_severity_and_every_drug() -> None:
    row = told("1 major burden alderine;elmic", "1 moderate burden birchol;elmic", "1 minor burden cedarin")[0]
    assert (row["severity"], row["drugs"], row["findings"], row["finding_ids"], row["points"]) == (
        "major", "alderine;birchol;cedarin;elmic", 3, "f1;f2;f3", 12,
    )  # fmt: skip
    assert row["action"] == "Do 1. Do them as one."


def test_a_single_finding_says_what_to_do_about_it_alone() -> None:
    assert told("1 major burden alderine;elmic")[0]["action"] == "Do 1."


def test_what_stands_for_itself_keeps_each_action_with_its_medicines() -> None:
    row = told("1 major trouble alderine;elmic", "1 moderate trouble birchol")[0]
    assert row["action"] == "alderine + elmic: Do 1. birchol: Do 2."
    assert row["points"] == 13


def test_the_gravest_problem_of_each_resident_stands_first() -> None:
    rows = told(
        "1 moderate burden alderine", "2 major trouble elmic", "2 moderate burden elmic", "2 minor burden elmic"
    )
    assert [(row["patient_id"], row["problem"]) for row in rows] == [("1", "burden"), ("2", "trouble"), ("2", "burden")]


def test_a_problem_without_a_definition_is_named_by_its_code() -> None:
    assert told("1 major odd_thing elmic")[0]["title"] == "Odd thing"


def test_the_total_load_of_the_problem_is_told() -> None:
    scales = pd.DataFrame({"patient_id": ["1", "2"], "problem": ["burden"] * 2, "text": ["Load: 5 points", "Load: 9"]})
    assert told("1 major burden elmic", "1 minor trouble elmic", scales=scales)[0]["load"] == "Load: 5 points"


def test_no_findings_are_no_problems() -> None:
    assert told() == []


def test_how_much_less_there_is_to_read() -> None:
    assert reduction(6, 2, 2) == {"matched": 8, "findings": 6, "problems": 2, "share_fewer": 0.75}
    assert reduction(0, 0, 0)["share_fewer"] == 0.0
