"""`medreview reference`: looking things up, comparing, and taking over other people's tables, with a toy reference."""

import csv
from pathlib import Path

import pytest
from openpyxl import load_workbook

from tests import toy
from tests.command import medreview

pytestmark = pytest.mark.usefixtures("loaded_once")

RULES = [
    {"rule_id": "alder-elm", "a": "alderine", "b": "elmic", "severity": "major", "problem": "burden"},
    {"rule_id": "alder-load", "a": "alderine", "b": "class:load", "severity": "minor", "problem": "burden"},
    {"rule_id": "any-fever", "check": "condition", "a": "any", "b": "condition:fever"},
    {"rule_id": "hazelor-ivyrin", "a": "hazelor", "b": "ivyrin"},
]
THEIRS = """drug1,drug2,severity
Elmic,alderine,Major
Birchol,Cedarin,Severe
Birchol,Cedarin,moderate
Ivyrin,Hazelor,Minor
Ivyrin,Cedarin,Unknown
Unheard,Cedarin,Major
"""


@pytest.fixture
def reference(tmp_path: Path) -> Path:
    return toy.write(tmp_path / "toy", pairs=RULES)


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    (tmp_path / "theirs.csv").write_text(THEIRS, encoding="utf-8")
    return tmp_path / "theirs.csv"


def sheet(path: Path, name: str) -> list[tuple]:
    return list(load_workbook(path)[name].iter_rows(values_only=True))


def test_show_tells_what_a_medicine_is_graded_with_and_why(reference: Path, tmp_path: Path) -> None:
    result = medreview("reference", "show", "Alderine tablet", "--reference", reference, "--out", tmp_path / "a.xlsx")
    assert result.status == 0, result.err
    lines = result.out.splitlines()
    assert lines[0] == "alderine   ATC A01AA01, usually oral"
    # elmic by its own rule; of the class load birchol, firostat and ivyrin, but not alderine itself.
    assert "Graded with 4 other ingredients: 1 major, 3 minor" in lines
    assert "  major, alder-elm: elmic" in lines
    # A rule on every medicine says nothing of this one.
    assert "any-fever" not in result.out
    assert [row[0] for row in sheet(tmp_path / "a.xlsx", "Graded with")][:2] == ["ingredient", "elmic"]


@pytest.mark.parametrize(
    ("text", "message"),
    [("alderin", "'alderin' is not known. Perhaps alderine"), ("alderbirch", "is a combination of alderine, birchol")],
)
def test_show_of_what_is_no_single_medicine(reference: Path, text: str, message: str) -> None:
    result = medreview("reference", "show", text, "--reference", reference)
    assert result.status == 4
    assert message in result.err


@pytest.mark.parametrize(
    ("what", "containing", "line"),
    [
        ("rules", "alder-e", "alder-elm   major interaction, burden"),
        ("drugs", "elmic", "elmic   B02BB01"),
        ("classes", "shrub", None),
        ("conditions", "fev", "fever"),
        ("tests", "egfr", "egfr"),
        ("sources", "", "herbal   A herbal"),
    ],
)
def test_list(reference: Path, what: str, containing: str, line: str | None) -> None:
    result = medreview("reference", "list", what, containing, "--reference", reference)
    assert result.status == 0
    assert result.out.splitlines()
    if line:
        assert line in result.out.splitlines()


def test_diff_tells_rules_and_pairs(reference: Path, tmp_path: Path) -> None:
    changed = [RULES[0] | {"severity": "moderate"}, *RULES[2:], {"rule_id": "new", "a": "birchol", "b": "elmic"}]
    new = toy.write(tmp_path / "new", pairs=changed)
    result = medreview("reference", "diff", reference, new, "--out", tmp_path / "diff.xlsx")
    assert result.status == 0, result.err
    assert result.out.splitlines()[0] == "Rules: 1 added, 1 dropped, 1 changed"
    assert "  changed: alder-elm (severity)" in result.out
    pairs = {row[:2]: row[2:] for row in sheet(tmp_path / "diff.xlsx", "Pairs")[1:]}
    assert pairs["alderine", "elmic"] == ("major", "moderate")
    assert pairs["birchol", "elmic"] == (None, "moderate")
    assert pairs["alderine", "birchol"] == ("minor", None)


def test_compare_counts_what_each_side_grades(reference: Path, theirs: Path, tmp_path: Path) -> None:
    result = medreview("reference", "compare", theirs, "--reference", reference, "--out", tmp_path / "c.xlsx")
    assert result.status == 0, result.err
    assert "4 pairs of 6 ingredients; 1 names not matched" in result.out
    assert "their major pairs that we flag at moderate or above: 1 of 2 (50.0 %)" in result.out
    assert "our major pairs that they grade at moderate or above: 1 of 1 (100.0 %)" in result.out
    assert sheet(tmp_path / "c.xlsx", "Their major, not ours")[1][:2] == ("birchol", "cedarin")
    assert sheet(tmp_path / "c.xlsx", "Names not matched")[1] == ("Unheard", 1)


def test_compare_among_some_drugs_and_letters(reference: Path, theirs: Path, tmp_path: Path) -> None:
    (tmp_path / "drugs.txt").write_text("Alderine\nelmic\nbirchol\ncedarin\n", encoding="utf-8")
    words = ("reference", "compare", theirs, "--reference", reference, "--drugs", tmp_path / "drugs.txt")
    assert "flag at moderate or above: 1 of 2" in medreview(*words).out
    # Of these four only elmic is in the group B.
    assert "flag at moderate or above: 1 of 1" in medreview(*words, "--atc", "B").out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--columns", "a,b"], "--columns: name three headings"),
        (["--columns", "a,b,c"], "headings of two drugs and a grade were not found among drug1, drug2, severity"),
        (["--drugs", "nowhere.txt"], "nowhere.txt cannot be read"),
    ],
)
def test_what_compare_cannot_use(reference: Path, theirs: Path, words: list[str], message: str) -> None:
    result = medreview("reference", "compare", theirs, "--reference", reference, *words)
    assert result.status == 4
    assert message in result.err


def test_a_table_becomes_a_folder_to_lay_over_the_reference(tmp_path: Path) -> None:
    """With the program's own reference: the folder is used in a check right after."""
    table = tmp_path / "mine.csv"
    table.write_text("first,second,level\nBaclofen,Vitamin C,major\nbaclofen,nosuchdrug,major\n", encoding="utf-8")
    into = tmp_path / "mine"
    result = medreview(
        "reference", "import", "table", table, "--columns", "first,second,level", "--name", "mine", "--into", into
    )
    assert result.status == 0, result.err
    assert "Pairs: 1 major" in result.out
    assert (into / "unmatched.txt").read_text(encoding="utf-8") == "name\trows\nnosuchdrug\t1\n"
    checked = medreview("check", "baclofen", "ascorbic acid", "--reference", into)
    assert "Look the pair up" in checked.out


def test_ddinter_warns_of_the_letters_that_are_missing(tmp_path: Path) -> None:
    table = tmp_path / "ddinter_downloads_code_B.csv"
    table.write_text("DDInterID_A,Drug_A,DDInterID_B,Drug_B,Level\n1,Baclofen,2,Warfarin,Minor\n", encoding="utf-8")
    result = medreview("reference", "import", "ddinter", table, "--into", tmp_path / "dd")
    assert result.status == 0
    assert "Not given: A, C, D, G," in result.err
    again = medreview("reference", "import", "ddinter", table, "--into", tmp_path / "dd")
    assert again.status == 4
    assert "is there already" in again.err


def test_a_table_without_a_grade_is_refused(tmp_path: Path) -> None:
    table = tmp_path / "mine.csv"
    table.write_text("drug1,drug2,severity\nBaclofen,Warfarin,\n", encoding="utf-8")
    result = medreview("reference", "import", "table", table, "--name", "mine", "--into", tmp_path / "mine")
    assert result.status == 4
    assert "No pair of the table has both drugs known and a grade" in result.err


@pytest.fixture
def as_own(reference: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The toy as the program's own reference."""
    monkeypatch.setattr("pipeline.rulebook.overlay.reference_folder", lambda: reference)


@pytest.mark.usefixtures("as_own")
def test_rules_are_exported_signed_and_taken_over(tmp_path: Path) -> None:
    book_file, into = tmp_path / "rules.xlsx", tmp_path / "ours"
    assert medreview("reference", "export", book_file).status == 0
    book = load_workbook(book_file)
    pairs = book["pairs"]
    headings = [cell.value for cell in pairs[1]]
    row = next(number for number in range(2, pairs.max_row) if pairs.cell(number, 1).value == "alder-elm")
    for column, value in {"checked_by": "A. Pharmacist", "reviewed_on": "2026-11-01", "severity": "moderate"}.items():
        pairs.cell(row, headings.index(column) + 1).value = value
    book.save(book_file)
    result = medreview("reference", "import", "signed", book_file, "--into", into)
    assert result.status == 0, result.err
    assert "Taken over: 1 of pairs, 0 of totals, 0 of gaps" in result.out
    with (into / "pairs.csv").open(encoding="utf-8", newline="") as file:
        (signed,) = csv.DictReader(file)
    assert (signed["rule_id"], signed["checked_by"], signed["severity"]) == (
        "alder-elm", "A. Pharmacist", "moderate",
    )  # fmt: skip
    assert medreview("reference", "lint", "--reference", into).out == "The reference is in order.\n"
    # Nothing is taken over twice.
    assert "0 of pairs" in medreview("reference", "import", "signed", book_file, "--into", into).out


@pytest.mark.usefixtures("as_own")
@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ({"checked_by": "A. Pharmacist"}, "needs both checked_by and reviewed_on"),
        ({"checked_by": "A. Pharmacist", "reviewed_on": "soon"}, "column reviewed_on: must be a day"),
        ({"rule_id": "no-such-rule"}, "column rule_id: this is no rule of the reference"),
    ],
)
def test_a_signed_row_that_cannot_be_taken_over(tmp_path: Path, cells: dict[str, str], message: str) -> None:
    book_file = tmp_path / "rules.xlsx"
    medreview("reference", "export", book_file)
    book = load_workbook(book_file)
    headings = [cell.value for cell in book["pairs"][1]]
    for column, value in cells.items():
        book["pairs"].cell(2, headings.index(column) + 1).value = value
    book.save(book_file)
    result = medreview("reference", "import", "signed", book_file, "--into", tmp_path / "ours")
    assert result.status == 4
    assert f"{book_file.name}, sheet pairs, row 2" in result.err
    assert message in result.err
    assert not (tmp_path / "ours").exists()


def test_no_workbook(tmp_path: Path) -> None:
    result = medreview("reference", "import", "signed", tmp_path / "none.xlsx", "--into", tmp_path / "ours")
    assert (result.status, "none.xlsx" in result.err) == (4, True)
    (tmp_path / "text.xlsx").write_text("no workbook", encoding="utf-8")
    result = medreview("reference", "import", "signed", tmp_path / "text.xlsx", "--into", tmp_path / "ours")
    assert (result.status, "no sheet pairs that can be read" in result.err) == (4, True)
