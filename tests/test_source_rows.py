"""Whatever a table was put together from, every output names rows as the person with the file in hand finds them."""

import hashlib
import io
import json
from pathlib import Path

import pytest
from openpyxl import load_workbook

from pipeline.assess import assess
from pipeline.rulebook.rules import Rulebook
from pipeline.source import read
from pipeline.source.grids import STANDARD_INPUT
from pipeline.tables import REJECTED
from tests import toy
from tests.command import medreview
from tests.inputs import Grid, read_csv, write_csv, write_workbook

HEADINGS = ["patient_id", "order_id", "drug", "dose"]
SHEETS: dict[str, Grid] = {
    "North": [HEADINGS, ["1", "a", "alderine", "5"], ["1", "", "elmic", "5"], ["1", "", "elmic", "5"]],
    "South;2": [["Orders"], HEADINGS, ["1", "b", "birchol", "5"], ["1", "a", "elmic", "6"], ["2", "", "elmic", "x"]],
    "Copy of North": [HEADINGS, ["1", "", "elmic", "5"], ["2", "c", "elmic", "5"]],
}
FLAT: Grid = [
    ["patient_id", "birth_date", "Allergies", "drug"],
    ["1", "1950-01-01", "trees", "alderine"],
    ["1", "1950-01-02", "trees", "birchol"],
    ["2", "1950-01-01", "#N/A", "elmic"],
]


@pytest.fixture(scope="module")
def toy_book(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    pair = {"rule_id": "alderine-birchol", "a": "alderine", "b": "birchol"}
    return toy.book(tmp_path_factory.mktemp("reference"), pairs=[toy.RULES["pairs"], pair])


@pytest.fixture
def command(toy_book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.run.rulebook", lambda folder: toy_book)
    monkeypatch.setattr("pipeline.rulebook.compile.rulebook", lambda folder: toy_book)


def test_rows_of_several_sheets(toy_book: Rulebook, tmp_path: Path) -> None:
    review = assess(read(write_workbook(tmp_path / "home.xlsx", SHEETS)), toy_book, toy.TODAY)
    rejected = review.rejected[["row", "column", "reason"]].to_numpy().tolist()
    assert rejected == [
        ["North!4", "drug", "repeats an earlier row in every cell"],
        ["South,2!4", "order_id", "the same order_id stands in row North!2"],
        ["South,2!5", "dose", "not a dose: a number was expected"],
        ["Copy of North!2", "drug", "repeats an earlier row in every cell"],
    ]
    assert review.medications[["patient_id", "row", "drug"]].to_numpy().tolist() == [
        ["1", "North!2", "alderine"], ["1", "North!3", "elmic"], ["1", "South,2!3", "birchol"],
        ["2", "Copy of North!3", "elmic"],
    ]  # fmt: skip
    both = review.findings[review.findings["drugs"] == "alderine;birchol"]
    assert "North!2;South,2!3" in set(both["rows"])
    own = set(review.limits.loc[review.limits["patient_id"] == "2", "missing"])
    assert "row South,2!5 of the medications, set aside for its dose" in own
    assert review.manifest["rows"]["medications"] == {"read": 8, "accepted": 4, "rejected": 4}


@pytest.mark.usefixtures("command")
def test_the_files_that_are_written(tmp_path: Path) -> None:
    source = write_workbook(tmp_path / "home.xlsx", SHEETS)
    result = medreview("review", source, "--out", tmp_path / "out", "--as-of", toy.TODAY, "--quiet")
    assert (result.status, result.err) == (0, "")
    assert [row["row"] for row in read_csv(tmp_path / "out" / "rejected.csv")] == [
        "North!4", "South,2!4", "South,2!5", "Copy of North!2",
    ]  # fmt: skip
    assert "North!2;South,2!3" in {row["rows"] for row in read_csv(tmp_path / "out" / "findings.csv")}
    book = load_workbook(tmp_path / "out" / "population.xlsx")
    for sheet, text in {"Findings": "North!2; South,2!3", "Medications": "North!2", "Rejected rows": "North!4"}.items():
        assert text in {cell for row in book[sheet].iter_rows(values_only=True) for cell in row}


def test_rows_of_a_flat_list(toy_book: Rulebook, tmp_path: Path) -> None:
    """Plain numbers, also of what was made out of its cells; a contradiction makes the resident's review incomplete."""
    review = assess(read(write_csv(tmp_path / "flat.csv", FLAT)), toy_book, toy.TODAY)
    assert review.rejected[list(REJECTED)].to_numpy().tolist() == [
        ["patients", 2, "birth_date", "1950-01-01", "rows 2 and 3 of the medications disagree"],
        ["allergies", 4, "substance", "#N/A", "the cell shows a spreadsheet error"],
    ]
    assert review.patients.set_index("patient_id")["age"].isna().to_dict() == {"1": True, "2": False}
    assert not review.patients["complete"].any()
    assert review.patients["allergies"].tolist() == ["trees", ""]
    assert review.medications["row"].tolist() == [2, 3, 4]
    assert review.manifest["rows"]["patients"] == {"read": 2, "accepted": 1, "rejected": 1}


def test_who_has_no_order_may_still_have_results(tmp_path: Path) -> None:
    """Patients made out of the orders do not say who lives in the home."""
    labs = [["patient_id", "test", "value", "date"], ["9", "inr", "2", "2026-01-02"]]
    source = read(write_workbook(tmp_path / "home.xlsx", {"medications": FLAT, "labs": labs}))
    from pipeline.validate import validate

    assert validate(source, toy.TODAY).rows["labs"]["rejected"] == 0


class _Stream:
    """Standard input that holds these bytes."""

    def __init__(self, content: bytes) -> None:
        self.buffer = io.BytesIO(content)


@pytest.mark.usefixtures("command")
def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    content = write_csv(tmp_path / "flat.csv", FLAT).read_bytes()
    monkeypatch.setattr("sys.stdin", _Stream(content))
    result = medreview("review", STANDARD_INPUT, "--out", tmp_path / "out", "--as-of", toy.TODAY, "--quiet")
    assert (result.status, result.err) == (0, "")
    assert json.loads((tmp_path / "out" / "run.json").read_text())["input_hash"] == hashlib.sha256(content).hexdigest()
    assert len(read_csv(tmp_path / "out" / "medications.csv")) == 3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "standard input is empty. Check that the export has finished."),
        (b"PK\x03\x04", "standard input is not text. Only CSV is read from it; give anything else as a file."),
        (b"patient_id,dose\n1,5\n", "standard input: the medications table lacks the column drug"),
        (b"patient_id,drug\n", "standard input: the medications table has headings but no rows."),
    ],
)
@pytest.mark.usefixtures("command")
def test_standard_input_that_is_bad(content: bytes, message: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", _Stream(content))
    result = medreview("validate", "-", "--as-of", toy.TODAY)
    assert result.status == 4
    assert result.err.startswith(f"medreview: {message}")
