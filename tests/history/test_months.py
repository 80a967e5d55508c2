"""A home over several months, by the command: the history, the causes, the loop, the trend."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from pipeline.history.store import Store
from tests.command import medreview
from tests.history.made import Home, of_rule
from tests.inputs import read_csv, tree


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def statuses(rows: list[dict[str, str]]) -> dict[str, str]:
    return {row["rule_id"]: row["status"] for row in rows}


def test_three_months(home: Home) -> None:
    october = home.review("2026-10-25")
    assert {(row["status"], row["since"], row["runs"], row["asked"]) for row in october} == {
        ("", "2026-10-25", "1", "2026-10-25")
    }
    home.add("1", "13", "alderine")
    home.add("1", "14", "birchol")
    november = home.review("2026-10-27")
    assert of_rule(november, "alderine-birchol")["status"] == "new"
    assert of_rule(november, "alderine-birchol")["why"] == (
        "prescribing: alderine oral started, birchol oral started"
    )  # fmt: skip
    del home.orders["12"]
    december = home.review("2026-11-27")
    gone, kept = of_rule(december, "hazelor-ivyrin"), of_rule(december, "cedarin-kidney")
    assert (gone["status"], gone["why"], gone["rows"]) == ("resolved", "prescribing: ivyrin oral stopped", "")
    assert gone["effect"] == "Harm.", "its words are those of the rule"
    assert (kept["status"], kept["since"], kept["runs"]) == ("overdue", "2026-10-25", "3")
    assert "resolved" not in statuses(home.review("2026-11-28")).values(), "told once"


CHANGES: dict[str, tuple[Callable[[Home], None], str, str, str]] = {
    "another dose": (
        lambda home: home.orders["21"].__setitem__(3, "40"), "cedarin-elmic", "persisting", ""
    ),
    "kidney function": (
        lambda home: home.egfr.update({"2": "28"}), "cedarin-kidney", "persisting",
        "re-graded from moderate to major; facts: egfr 45 to 28",
    ),
    "a condition": (lambda home: home.gout.append("1"), "alderine-gout", "new", "facts"),
    "a result that is better": (lambda home: home.egfr.update({"2": "80"}), "cedarin-kidney", "resolved", "facts"),
    "an admission": (
        lambda home: (home.patients.append(["3", "Cy", "Elm Court", "North"]), home.add("3", "31", "alderine"),
                      home.add("3", "32", "birchol")),
        "alderine-birchol", "new", "census: admitted",
    ),
    "a rule": (
        lambda home: home.pairs[0].update(severity="moderate"), "hazelor-ivyrin", "persisting",
        "re-graded from major to moderate; reference: the rule changed",
    ),
    "a new rule": (
        lambda home: home.pairs.append({"rule_id": "elmic-alderine", "a": "elmic", "b": "alderine"}), "elmic-alderine",
        "new", "reference: a new rule",
    ),
    "a rule that is gone": (
        lambda home: home.pairs.pop(2), "cedarin-elmic", "resolved", "reference: the rule is gone",
    ),
}  # fmt: skip


BY_FOLDER = ("kidney function", "a condition", "an admission", "a rule", "a rule that is gone")


@pytest.mark.parametrize(
    ("kept", "name"), [*(("history", name) for name in CHANGES), *(("folder", name) for name in BY_FOLDER)]
)
def test_causes(kept: str, name: str, home: Home) -> None:
    """By the history, and by the earlier output folder as far as that tells."""
    change, rule, status, why = CHANGES[name]
    home.add("1", "13", "alderine")
    home.add("1", "15", "elmic")
    home.add("2", "22", "elmic")
    home.review("2026-11-01", *(() if kept == "history" else ("--fail-on", "rejected")))
    change(home)
    found = of_rule(home.review("2026-11-04", *(() if kept == "history" else ("--previous", home.out))), rule)
    if kept == "folder":
        # A folder knows neither the rules of its reference nor what else was known of a resident.
        why = why.replace("reference: the rule changed", "facts or reference")
        why = "facts or reference" if why in ("reference: a new rule", "reference: the rule is gone") else why
    assert (found["status"], found["why"]) == (status, why)


def test_a_resident_who_left_has_nothing_resolved(home: Home) -> None:
    home.review("2026-11-01")
    home.patients.pop()
    del home.orders["21"], home.egfr["2"]
    assert {row["patient_id"] for row in home.review("2026-11-08")} == {"1"}


def test_ids_do_not_depend_on_rows_order_ids_or_spelling(home: Home) -> None:
    """The same orders in another order, under other numbers, in other words: nothing is new, and nothing is gone."""
    home.add("2", "22", "elmic")
    before = home.review("2026-11-01")
    spelled = {"hazelor": "HAZELOR 10 mg tablet", "ivyrin": "Ivyrin acetate", "cedarin": "cedarin tablet",
               "elmic": "Elmicor"}  # fmt: skip
    home.orders = {
        f"9{number}": [row[0], f"9{number}", spelled[row[2]], *row[3:]]
        for number, row in enumerate(reversed(home.orders.values()))
    }
    home.patients[1:] = home.patients[:0:-1]
    after = home.review("2026-11-04")
    assert {row["finding_id"] for row in before} == {row["finding_id"] for row in after}
    assert {(row["status"], row["why"]) for row in after} == {("persisting", "")}


def test_the_same_day_again_gives_the_same_files(home: Home) -> None:
    """A review of the same day is compared with the day before it, and not with itself."""
    home.review("2026-11-01")
    home.add("1", "13", "alderine")
    home.add("1", "14", "birchol")
    first = home.review("2026-11-02")
    files = tree(home.out)
    for _ in range(2):
        assert home.review("2026-11-02") == first
        again = tree(home.out)
        manifests = [json.loads(files.pop("run.json")), json.loads(again.pop("run.json"))]
        assert files == again
        for manifest in manifests:
            manifest.pop("seconds")
        assert manifests[0] == manifests[1]
        files = tree(home.out)


def _dies(*_: object) -> None:
    raise KeyboardInterrupt


@pytest.mark.parametrize("place", ["record", "publish"])
def test_a_run_that_dies_beside_the_exchange_needs_no_hand(
    place: str, home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before it: the old report stands, and the run never was. After it: the new one stands, and the history has it."""
    home.review("2026-11-01")
    old = tree(home.out)
    home.answer("hazelor-ivyrin", "accept", "2026-11-03", "Dr Lee")
    with monkeypatch.context() as dying:
        dying.setattr(Store, place, _dies)
        home.review("2026-11-05", status=1)
    exchanged = json.loads((home.out / "run.json").read_text(encoding="utf-8"))["as_of"] == "2026-11-05"
    assert exchanged == (place == "publish")
    assert exchanged or tree(home.out) == old
    found = of_rule(home.review("2026-11-06"), "cedarin-kidney")
    assert (found["since"], found["runs"]) == ("2026-11-01", "3" if exchanged else "2")
    assert [row["state"] for row in home.responses()] == ["to be done until 2026-11-17"]


def test_accepted_and_not_done_is_the_loudest(home: Home) -> None:
    home.review("2026-11-01", workbooks=True)
    home.answer("cedarin-kidney", "accept", "2026-11-03", "Dr Okafor")
    found = home.review("2026-11-18", workbooks=True)
    assert statuses(found) == {"hazelor-ivyrin": "overdue", "cedarin-kidney": "accepted_not_done"}
    waiting = load_workbook(home.out / "population.xlsx")["Waiting"]
    assert [cell.value for cell in waiting[2]] == ["All", "All", "All", 2, 1, 1, 17, 17]
    summary = [cell.value for cell in load_workbook(home.out / "population.xlsx")["Summary"]["A"]]
    assert summary.index("Accepted and not carried out") < summary.index("See these residents first")
    worklist = load_workbook(home.out / "population.xlsx")["Worklist"]
    first = {worklist.cell(1, number).value: cell.value for number, cell in enumerate(worklist[2], 1)}
    assert (first["Resident"], first["Tier"]) == ("2", "1 Act today")
    assert first["Do first"].startswith("ACCEPTED AND NOT CARRIED OUT: Cedarin, egfr 45: ")
    report = load_workbook(home.out / "patients" / "2.xlsx").active
    texts = [cell.value for row in report.iter_rows() for cell in row if cell.value]
    assert texts.index("NOT DONE") < texts.index("Act today") < texts.index("Moderate")
    assert "Accepted 3 Nov 2026 by Dr Okafor. Not done." in texts


def test_a_declined_finding_rests_and_comes_back(home: Home) -> None:
    home.review("2026-11-01", workbooks=True)
    home.answer("cedarin-kidney", "decline", "2026-11-03", "Dr Okafor", "no better drug")
    found = home.review("2026-12-01", workbooks=True)
    assert of_rule(found, "cedarin-kidney")["status"] == "declined"
    report = load_workbook(home.out / "patients" / "2.xlsx").active
    captions = [cell.value for cell in report["A"] if cell.value]
    assert "Declined" in captions and "Reply" not in [cell.value for cell in report["C"]]
    assert "At the monthly review" in captions, "nobody is clear because something was declined"
    told = [cell.value for cell in report["B"] if cell.value]
    assert "Nothing is open. What was found was declined, and stands at the foot." in told
    assert not any(text.startswith("No findings") for text in told)
    home.egfr["2"] = "35"
    back = of_rule(home.review("2026-12-08"), "cedarin-kidney")
    assert (back["status"], back["asked"]) == ("persisting", "2026-12-08")
    assert back["why"] == "declined 2026-11-03, re-opened: egfr 45 to 35"
    assert of_rule(home.review("2027-01-07"), "cedarin-kidney")["status"] == "persisting"
    assert of_rule(home.review("2027-01-08"), "cedarin-kidney")["status"] == "overdue"


@pytest.mark.parametrize("kept", ["history", "folder"])
def test_what_was_done_and_comes_back_is_asked_anew(kept: str, home: Home) -> None:
    """And is not told as never carried out."""
    options: tuple[object, ...] = () if kept == "history" else ("--previous", home.out)
    home.review("2026-11-01", *(() if kept == "history" else ("--fail-on", "rejected")))
    home.answer("hazelor-ivyrin", "accept", "2026-11-03", "Dr Lee")
    taken = home.orders.pop("12")
    for day in ("2026-11-10", "2026-11-11"):
        home.review(day, *options)
        assert [(row["state"], row["closed"]) for row in home.responses()] == [("done", "2026-11-10")]
    home.orders["12"] = taken
    found = of_rule(home.review("2026-12-20", *options), "hazelor-ivyrin")
    assert (found["status"], found["asked"]) == ("new", "2026-12-20")
    assert [row["state"] for row in home.responses()] == ["settled 2026-11-10, and found again"]


def test_the_settings_file_says_how_long(home: Home) -> None:
    settings = home.folder / "medreview.toml"
    settings.write_text("[loop]\noverdue_this_week = 1\n", encoding="utf-8")
    home.more = ("--config", settings)
    home.review("2026-11-01")
    assert statuses(home.review("2026-11-03")) == {"hazelor-ivyrin": "overdue", "cedarin-kidney": "persisting"}


def test_ageing_and_acceptance(home: Home) -> None:
    home.review("2026-11-01")
    home.answer("cedarin-kidney", "accept", "2026-11-03", "Dr Okafor")
    home.answer("hazelor-ivyrin", "decline", "2026-11-06", "Dr Lee")
    home.egfr["1"] = "50"
    home.add("1", "14", "cedarin")
    home.review("2026-11-18")
    waiting = read_csv(home.out / "ageing.csv")
    assert [list(row.values())[:6] for row in waiting] == [
        ["", "", "", "2", "0", "1"],
        ["Elm Court", "", "", "2", "0", "1"],
        ["Elm Court", "North", "", "1", "0", "0"],
        ["Elm Court", "South", "", "1", "0", "1"],
        ["Elm Court", "", "Dr Lee", "1", "0", "0"],
        ["Elm Court", "", "Dr Okafor", "1", "0", "1"],
    ]
    assert (waiting[0]["median_days"], waiting[0]["oldest_days"]) == ("8.5", "17.0")
    assert [list(row.values()) for row in read_csv(home.out / "rules_accepted.csv")] == [
        ["hazelor-ivyrin", "trouble", "1", "0", "1", "0.0", "5.0"],
        ["cedarin-kidney", "burden", "1", "1", "0", "1.0", "2.0"],
    ]


def test_the_trend_grows_by_a_row_each_day(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.report.trends.FEWEST_RESIDENTS", 2)
    home.review("2026-11-01", workbooks=True)
    assert "Trend" not in load_workbook(home.out / "population.xlsx").sheetnames
    home.answer("hazelor-ivyrin", "decline", "2026-11-03", "Dr Lee")
    home.egfr["2"] = "80"
    home.add("2", "25", "firostat")
    home.review("2026-11-10", workbooks=True)
    home.review("2026-12-01", workbooks=True)
    book = load_workbook(home.out / "population.xlsx")
    assert {"Trend", "Responses", "Rules accepted"} <= set(book.sheetnames)
    sheet = book["Trend"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    at = next(number for number, row in enumerate(rows) if row[0] == "Findings for each 100 residents")
    assert rows[at + 1][:5] == ["Day of the review", "Contraindicated", "Major", "Moderate", "Minor"]
    assert [row[:4] for row in rows[at + 2 : at + 5]] == [
        ["2026-11-01", 0, 50, 50],
        ["2026-11-10", 0, 50, 0],
        ["2026-12-01", 0, 50, 0],
    ]
    at = next(number for number, row in enumerate(rows) if row[0] == "Findings by what became of them")
    assert [row[0] for row in rows[at + 2 : at + 5]] == ["2026-11-01", "2026-11-10", "2026-12-01"]
    assert len(sheet._charts) == 4
    assert [len(chart.series) for chart in sheet._charts[3:]] == [2], "the first and the last review"
    moved = next(row for row in rows if row[0] == "Residents on two or more ingredients")
    assert moved[:5] == ["Residents on two or more ingredients", 0.5, 1, 2, 2], "with what the rates are of"
    reply = next(row for row in rows if row[0] == "2026-11")
    assert reply[1:6] == [1, 2, 2, 0, 1]


def test_a_history_that_cannot_be_used_stops_the_run_before_anything_is_replaced(home: Home) -> None:
    home.review("2026-11-01")
    old = tree(home.out)
    home.history.write_text("no history " * 100, encoding="utf-8")
    home.review("2026-11-02", status=4)
    assert home.err == (
        f"medreview: {home.history} is no history of medreview, or is damaged. Check --history, or restore the file "
        "from a backup.\n"
    )
    assert tree(home.out) == old


def test_the_history_takes_over_from_an_earlier_folder(home: Home) -> None:
    """The first run with a history goes on from --previous."""
    home.review("2026-11-01", "--fail-on", "rejected")
    earlier = shutil.copytree(home.out, home.folder / "october")
    found = home.review("2026-11-02", "--history", home.history, "--previous", earlier)
    assert {(row["status"], row["since"], row["runs"]) for row in found} == {("persisting", "2026-11-01", "2")}


@pytest.mark.parametrize(
    ("gate", "day", "status"),
    [("accepted_not_done", "2026-11-17", 0), ("accepted_not_done", "2026-11-18", 3), ("overdue", "2026-11-08", 0),
     ("overdue", "2026-11-09", 3)],
)  # fmt: skip
def test_gates_of_the_loop(gate: str, day: str, status: int, home: Home) -> None:
    home.review("2026-11-01")
    home.answer("cedarin-kidney", "accept", "2026-11-03")
    home.review(day, "--history", home.history, "--fail-on", gate, status=status)


def test_quiet_is_quiet_and_the_summary_is_not(home: Home) -> None:
    home.review("2026-11-01")
    home.answer("cedarin-kidney", "accept", "2026-11-03")
    home.review("2026-11-18")
    result = medreview("review", home.folder / "home", "--out", home.out, "--as-of", "2026-11-18", "--only", "findings",
                       "--reference", home.folder / "reference", "--history", home.history)  # fmt: skip
    assert "ACCEPTED AND NOT CARRIED OUT: findings: 1, residents: 1" in result.out
    assert "Against earlier reviews: 1 accepted not done, 1 overdue" in result.out
