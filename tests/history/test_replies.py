"""Replies really typed into really written reports are read back, whatever people do to the files."""

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests.command import medreview
from tests.history.made import Home, of_rule
from tests.inputs import tree, write_csv

REPORT = "Medication review"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """Reviewed on 1 November, with reports; resident 1 has a major finding, resident 2 a moderate one."""
    made = Home(tmp_path)
    made.review("2026-11-01", workbooks=True)
    return made


def type_into_report(path: Path, response: object, who: object = "", why: object = "", day: object = "") -> None:
    """What a physician types beside the first problem."""
    book = load_workbook(path)
    sheet = book.active
    row = next(cell.row for cell in sheet["C"] if cell.value == "Reply")
    for number, value in enumerate((response, who, why, day)):
        assert sheet.cell(row + number, 3).value == ("Reply", "By", "Rationale", "Date")[number]
        sheet.cell(row + number, 4).value = value or None
    book.save(path)


def type_into_list(path: Path, title: str, patient: str, response: str, **cells: object) -> None:
    """What somebody types into a row of a list of the population workbook."""
    book = load_workbook(path)
    sheet = book[title]
    headings = [cell.value for cell in sheet[1]]
    row = next(row[0].row for row in sheet.iter_rows(min_row=2) if row[0].value == patient)
    for heading, value in {"Reply": response, **cells}.items():
        sheet.cell(row, headings.index(heading) + 1).value = value
    book.save(path)


def told(home: Home, *columns: str) -> list[tuple[str, ...]]:
    return [tuple(row[name] for name in columns) for row in home.responses()]


def test_a_reply_in_a_report(home: Home) -> None:
    type_into_report(home.out / "patients" / "1.xlsx", "Accept ", "Dr Lee", "as tolerated", date(2026, 11, 3))
    found = home.review("2026-11-10")
    (row,) = home.responses()
    assert row == {
        "patient_id": "1", "finding_id": of_rule(found, "hazelor-ivyrin")["finding_id"], "rule_id": "hazelor-ivyrin",
        "problem": "trouble", "response": "accept", "rationale": "as tolerated", "who": "Dr Lee", "date": "2026-11-03",
        "read_from": "resident report", "note": "", "conflict": "", "state": "to be done until 2026-11-17",
        "reviewed": "2026-11-01", "since": "2026-11-01", "severity": "major", "factor": "",
        "doses": "hazelor oral 10 mg; ivyrin oral 5 mg", "problem_doses": "hazelor oral 10 mg; ivyrin oral 5 mg",
        "closed": "",
    }  # fmt: skip


@pytest.mark.parametrize(
    "move",
    [
        lambda out: (out / "patients" / "1.xlsx").rename(out / "patients" / "Byron, answered.xlsx"),
        lambda out: (out / "patients" / "1.xlsx").replace(out / "patients" / "2.xlsx"),
        lambda out: shutil.move(out / "patients" / "1.xlsx", (out / "patients" / "from Dr Lee").mkdir() or
                                out / "patients" / "from Dr Lee" / "1.xlsx"),
    ],
    ids=["renamed", "under the name of another resident", "moved"],
)  # fmt: skip
def test_the_name_and_the_place_of_a_report_do_not_matter(move: Callable, home: Home) -> None:
    type_into_report(home.out / "patients" / "1.xlsx", "Decline", "Dr Lee", "needed", "3 Nov 2026")
    move(home.out)
    found = home.review("2026-11-10")
    assert told(home, "patient_id", "response", "rationale") == [("1", "decline", "needed")]
    assert of_rule(found, "hazelor-ivyrin")["status"] == "declined"


@pytest.mark.parametrize(("sheet", "kind"), [("Problems", "problems sheet"), ("Worklist", "worklist")])
def test_a_reply_in_the_population_workbook(sheet: str, kind: str, home: Home) -> None:
    """Of the worklist it answers what stands under “Do first”."""
    cells = {"By": "Dr Okafor", "Rationale": "stable", "Date": "11/04/2026"}
    type_into_list(home.out / "population.xlsx", sheet, "2", "declined", **cells)
    found = home.review("2026-11-10")
    assert told(home, "patient_id", "rule_id", "response", "who", "rationale", "date", "read_from") == [
        ("2", "cedarin-kidney", "decline", "Dr Okafor", "stable", "2026-11-04", kind)
    ]
    assert of_rule(found, "cedarin-kidney")["status"] == "declined"


def test_a_reply_in_a_table(home: Home) -> None:
    """Headings are matched as people write them; one line may answer several findings."""
    found = home.review("2026-11-02")
    ids = ";".join(row["finding_id"] for row in found)
    rows = [["Finding IDs", "Reply", "By", "Reason", "Day"], [ids, "OK", "Dr Lee", "'=1+1", "3.11.2026"]]
    home.review("2026-11-10", "--history", home.history, "--responses", write_csv(home.folder / "ours.csv", rows))
    assert told(home, "patient_id", "response", "who", "rationale", "date") == [
        ("1", "accept", "Dr Lee", "'=1+1", "2026-11-03"),
        ("2", "accept", "Dr Lee", "'=1+1", "2026-11-03"),
    ]


@pytest.mark.parametrize("options", [(), ("--previous",)])
def test_a_reply_is_not_lost_by_a_run_into_the_same_folder(options: tuple, home: Home) -> None:
    """With or without a history or an earlier review, and however often."""
    type_into_report(home.out / "patients" / "1.xlsx", "Accept", "Dr Lee", day=date(2026, 11, 3))
    without_history = ("--fail-on", "rejected", *((*options, home.out) if options else ()))
    for day in ("2026-11-04", "2026-11-04", "2026-11-10", "2026-12-01"):
        found = home.review(day, *without_history)
        assert told(home, "response", "who", "date") == [("accept", "Dr Lee", "2026-11-03")]
    assert of_rule(found, "hazelor-ivyrin")["status"] == "accepted_not_done"


def test_the_history_alone_remembers(home: Home) -> None:
    type_into_report(home.out / "patients" / "1.xlsx", "Accept", "Dr Lee", day=date(2026, 11, 3))
    home.review("2026-11-10")
    shutil.rmtree(home.out)
    home.review("2026-12-01")
    assert told(home, "response", "state") == [("accept", "not done")]


def test_the_same_reply_read_twice_is_one(home: Home) -> None:
    """From the folder, from a copy of the report, from a table without a day, and from the history."""
    report = home.out / "patients" / "1.xlsx"
    type_into_report(report, "Accept", "Dr Lee", "as  Tolerated", date(2026, 11, 3))
    copy = shutil.copy(report, home.folder / "copy.xlsx")
    home.review("2026-11-10", "--history", home.history, "--responses", copy)
    home.answer("cedarin-kidney", "Decline", who="Dr Lee")
    for day in ("2026-11-11", "2026-11-12"):
        home.review(day, "--history", home.history, "--responses", copy)
        assert sorted(told(home, "response", "who", "date")) == [
            ("accept", "Dr Lee", "2026-11-03"),
            ("decline", "Dr Lee", "2026-11-11"),
        ]


def test_two_people_answer_and_both_are_kept(home: Home) -> None:
    type_into_report(home.out / "patients" / "1.xlsx", "Accept", "Dr Lee", day=date(2026, 11, 3))
    type_into_list(home.out / "population.xlsx", "Problems", "1", "Decline", By="Dr Okafor", Date=date(2026, 11, 4))
    found = home.review("2026-11-10")
    assert told(home, "who", "response", "conflict", "state") == [
        ("Dr Lee", "accept", "yes", "to be done until 2026-11-17"),
        ("Dr Okafor", "decline", "yes", "does not count: somebody else accepted"),
    ]
    assert of_rule(found, "hazelor-ivyrin")["status"] == "persisting", "open, not quiet"


@pytest.mark.parametrize(
    ("typed", "note"),
    [
        (("maybe", "Dr Lee"), "reply not understood: maybe (patients/1.xlsx, sheet “Medication review”, D{row}); "
                              "no date typed"),
        (("", "Dr Lee", "look again"), "no reply chosen (patients/1.xlsx, sheet “Medication review”, D{row}); "
                                       "no date typed"),
        (("Accept", "Dr Lee", "", "31.31.26"), "date not understood (no such day in the calendar)"),
    ],
)  # fmt: skip
def test_what_cannot_be_understood_is_listed(typed: tuple, note: str, home: Home) -> None:
    report = home.out / "patients" / "1.xlsx"
    type_into_report(report, *typed)
    row = next(cell.row for cell in load_workbook(report).active["C"] if cell.value == "Reply")
    home.review("2026-11-10")
    for day in ("2026-11-10", "2026-11-11"):
        home.review(day)
        assert told(home, "who", "note", "date") == [("Dr Lee", note.format(row=row), "2026-11-01")]


def test_a_reply_to_no_known_finding_and_to_that_of_another_resident(home: Home) -> None:
    found = of_rule(home.review("2026-11-02"), "hazelor-ivyrin")["finding_id"]
    rows = [["patient_id", "finding_id", "response"], ["1", "0123456789ab", "accept"], ["2", found, "decline"],
            ["1", "", "accept"]]  # fmt: skip
    found_after = home.review("2026-11-03", "--responses", write_csv(home.folder / "r.csv", rows))
    assert sorted(told(home, "finding_id", "state", "note")) == [
        ("", "no such finding known", "no finding named (r.csv, row 4); no date typed"),
        ("0123456789ab", "no such finding known", "no date typed"),
        (found, "not understood", "the finding is of another resident than the row says"),
    ]
    assert of_rule(found_after, "hazelor-ivyrin")["status"] == ""


def test_a_report_that_cannot_be_read_is_not_thrown_away(home: Home) -> None:
    (home.out / "patients" / "1.xlsx").write_bytes(b"PK\x03\x04 half a workbook")
    before = tree(home.out)
    home.review("2026-11-10", status=4)
    assert home.err.startswith("medreview: patients/1.xlsx cannot be read, and replies may be in it.")
    assert tree(home.out) == before


@pytest.mark.parametrize("name", ["letter.docx", "scans/1.pdf"])
def test_what_somebody_laid_among_the_reports_is_not_thrown_away(name: str, home: Home) -> None:
    other = home.out / "patients" / name
    other.parent.mkdir(exist_ok=True)
    other.touch()
    home.review("2026-11-10", status=4)
    assert f"holds 'patients/{name}', so it is no earlier review alone" in home.err
    assert other.exists()


def test_files_of_programs_that_have_a_report_open_are_no_reports(home: Home) -> None:
    for name in ("~$1.xlsx", ".~lock.1.xlsx#", "._1.xlsx"):
        (home.out / "patients" / name).write_bytes(b"\x05")
    home.review("2026-11-10")


def test_the_command_reads_without_a_review(home: Home) -> None:
    """It says where something was not understood, and no word of what was typed."""
    type_into_report(home.out / "patients" / "1.xlsx", "Byron says maybe", "Dr Lee", "secret", "soon")
    type_into_report(home.out / "patients" / "2.xlsx", "Accept", "Dr Lee")
    result = medreview("responses", home.out, "--history", home.history, "--out", home.folder / "all.csv",
                       "--as-of", "2026-11-10")  # fmt: skip
    assert result.status == 0
    lines = result.out.splitlines()
    assert lines[0] == "Replies typed: 2 (1 accept, 1 unclear); responses known: 2"
    assert lines[1] == f"Added to {home.history}: 2"
    place = "patients/1.xlsx, sheet “Medication review”, D"
    assert place in result.err and "date not understood (not a date)" in result.err
    assert not any(word in result.out + result.err for word in ("Byron", "secret", "soon", "maybe"))
    assert (home.folder / "all.csv").read_text(encoding="utf-8").count("\n") == 3
    shutil.rmtree(home.out)
    home.review("2026-12-01")
    assert told(home, "patient_id", "response", "state") == [
        ("1", "unclear", "not understood"),
        ("2", "accept", "not done"),
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("finding,answered\na,accept\n", "no heading response"),
        ("response,who\naccept,x\n", "no heading finding_id"),
    ],
)
def test_tables_that_cannot_be_used(content: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "r.csv"
    file.write_text(content, encoding="utf-8")
    result = medreview("responses", file)
    assert result.status == 4 and message in result.err


def test_a_path_that_is_not_there(tmp_path: Path) -> None:
    result = medreview("responses", tmp_path / "nowhere")
    assert (result.status, result.out) == (4, "")
    assert "is not there. Give the folder of a review, a report, or a responses.csv." in result.err


def test_a_table_of_responses_that_a_spreadsheet_program_saved_again(home: Home) -> None:
    """It writes days in its own way, and somebody may have changed a word."""
    type_into_report(home.out / "patients" / "1.xlsx", "Accept", "Dr Lee", "as tolerated", date(2026, 11, 13))
    home.review("2026-11-14", "--fail-on", "rejected")
    (before,) = home.responses()
    file = home.out / "responses.csv"
    text = file.read_text(encoding="utf-8")
    for day, written in (("2026-11-13", "11/13/2026"), ("2026-11-01", "11/1/2026"), (",accept,", ",Accepted,")):
        text = text.replace(day, written)
    file.write_text(text, encoding="utf-8-sig")
    home.review("2026-11-15", "--fail-on", "rejected")
    (after,) = home.responses()
    # 11/1/2026 may be two days; the later reads of how the finding stood are told by the answer itself.
    assert {name: after[name] for name in ("response", "date", "who", "rationale", "doses", "state")} == {
        name: before[name] for name in ("response", "date", "who", "rationale", "doses", "state")
    }
