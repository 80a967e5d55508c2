"""What users give by mistake: the exit status, and the message word for word. Nothing is written or replaced.

A message names the file, the sheet and the column, and says what to do. `{folder}` is the folder of the test. Files
that are damaged or are not what they seem stand in `bad_files/`.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.bad_files.make import BOOK, ORDERS
from tests.command import medreview, program
from tests.inputs import DAY, HOME, tree, write_csv, write_folder, write_workbook

pytestmark = pytest.mark.usefixtures("compiled")

DAMAGED = (
    "cannot be read as a workbook: it is damaged, cut short, or another kind of file under this name. Open it in the "
    "program it came from and save it again as .xlsx."
)
NO_PARQUET = (
    "cannot be read as Parquet: it is damaged, cut short, another kind of file under this name, or a folder whose "
    "parts do not have the same columns. Export it again."
)
MAP_HINT = "`medreview map INPUT --write FILE` writes one to edit, --mapping FILE uses it."
ALIASES = "drug (also: medication, order, drug name, medication name)"


def _bytes(name: str, content: bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(content)
        return path

    return make


def _csv(name: str, *rows: list[str]) -> Callable[[Path], Path]:
    return lambda folder: write_csv(folder / name, rows)


def _sheets(**sheets: list[list[str]]) -> Callable[[Path], Path]:
    return lambda folder: write_workbook(folder / "orders.xlsx", sheets)


def _parts_that_differ(folder: Path) -> Path:
    parts = folder / "home" / "medications"
    parts.mkdir(parents=True)
    pq.write_table(pa.table({"patient_id": [7], "drug": ["baclofen"]}), parts / "a.parquet")
    pq.write_table(pa.table({"patient_id": [["7"]], "drug": ["baclofen"]}), parts / "b.parquet")
    return folder / "home"


AMBIGUOUS = [["patient_id", "drug", "Order Date"], ["1", "baclofen", "3/4/2026"], ["1", "lorazepam", "5/6/2026"]]

BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "name too long": (
        lambda folder: folder / f"{'x' * 300}.csv",
        f"{{folder}}/{'x' * 300}.csv cannot be read: File name too long. Check its name and its permissions.",
    ),
    "no sheet that fits": (
        _sheets(Notes=[["hello"]], Sheet2=[]),
        "{folder}/orders.xlsx has no table of medications. Name its sheet `medications`, with the headings patient_id "
        "and drug. Seen and not used: sheet 'Notes', sheet 'Sheet2' (empty).",
    ),
    "sheet without the drug column": (
        _sheets(Medications=[["Resident ID", "Dose", "Colour"], ["1", "5", "red"]]),
        f"orders.xlsx, sheet 'Medications': the medications table lacks the column {ALIASES}. Headings found: "
        f"'Resident ID', 'Dose', 'Colour'. Name the column so, or say which heading it is in a mapping: {MAP_HINT}",
    ),
    "another table without a column it needs": (
        _sheets(Medications=ORDERS, Labs=[["patient_id", "test", "value"], ["1", "inr", "2"]]),
        "orders.xlsx, sheet 'Labs': the labs table lacks the column date (also: collection date, lab date, collected). "
        "Headings found: 'patient_id', 'test', 'value'. Name the column so, or say which heading it is in a mapping: "
        f"{MAP_HINT}",
    ),
    "two columns that could both be drug": (
        _csv("orders.csv", ["patient_id", "Medication", "Order"], ["1", "baclofen", "Lioresal"]),
        "orders.csv: the columns 'Medication' and 'Order' could both be drug. Name the right one drug, or say which it "
        f"is in a mapping: {MAP_HINT}",
    ),
    "dates that can be read in two ways": (
        _csv("orders.csv", *AMBIGUOUS),
        "orders.csv, column 'Order Date': day and month cannot be told apart in any of its dates. Say which comes "
        "first with --date-order mdy (3/4/2026 is March 4) or --date-order dmy (it is 3 April).",
    ),
    "every row is bad": (
        _csv("orders.csv", ["patient_id", "drug", "dose"], ["1", "baclofen", "abc"], ["2", "baclofen", "abc"]),
        "orders.csv: every one of the 2 rows was set aside, most often for the column dose: not a dose: a number was "
        "expected. `medreview validate` lists them all.",
    ),
    "every row has too many cells": (
        _csv("orders.csv", ["patient_id", "drug"], ["1", "calcium", "500 mg"]),
        "orders.csv: every one of the 1 rows was set aside, most often for the whole row: the row has 3 cells, the "
        "header 2: quote cells that hold commas. `medreview validate` lists them all.",
    ),
    "Parquet parts that differ": (_parts_that_differ, f"medications {NO_PARQUET}"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input(name: str, tmp_path: Path) -> None:
    make, message = BAD[name]
    source = make(tmp_path)
    before = tree(tmp_path)
    result = medreview("review", source, "--out", tmp_path / "new" / "out", "--as-of", DAY, "--quiet")
    assert result.err == f"medreview: {message.format(folder=tmp_path)}\n"
    assert (result.status, result.out) == (4, "")
    assert tree(tmp_path) == before


@pytest.mark.parametrize("name", ["no sheet that fits", "two columns that could both be drug"])
def test_validate_says_the_same(name: str, tmp_path: Path) -> None:
    make, message = BAD[name]
    result = medreview("validate", make(tmp_path), "--as-of", DAY)
    assert (result.status, result.out) == (4, "")
    assert result.err == f"medreview: {message.format(folder=tmp_path)}\n"


@pytest.mark.parametrize("what", ["file", "folder"])
def test_unreadable(what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Simulated, since an administrator may read everything."""

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    source = tmp_path / "home"
    source.mkdir()
    if what == "file":
        source = write_workbook(tmp_path / "orders.xlsx", {"Medications": ORDERS})
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open" if what == "file" else "iterdir", refuse)
        result = medreview("validate", source, "--as-of", DAY)
    message = f"{source} cannot be read: Permission denied. Check its name and its permissions."
    assert (result.status, result.out, result.err) == (4, "", f"medreview: {message}\n")


@pytest.mark.parametrize("name", ["no sheet that fits", "sheet without the drug column"])
def test_the_program_itself(name: str, tmp_path: Path) -> None:
    make, message = BAD[name]
    result = program("review", make(tmp_path), "--out", tmp_path / "out", "--quiet")
    assert (result.status, result.out) == (4, "")
    assert result.err == f"medreview: {message.format(folder=tmp_path)}\n"
    assert not (tmp_path / "out").exists()


def test_damage_anywhere_in_a_workbook_is_told(tmp_path: Path) -> None:
    """Cut short at any length."""
    for length in range(0, len(BOOK), len(BOOK) // 60):
        result = medreview("validate", _bytes("orders.xlsx", BOOK[:length])(tmp_path), "--as-of", DAY)
        assert (result.status, result.err) == (4, f"medreview: orders.xlsx {DAMAGED}\n")


def test_nothing_is_replaced_by_a_failed_review(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "home", HOME)
    arguments = ("review", source, "--out", tmp_path / "out", "--as-of", DAY, "--only", "findings", "--quiet")
    assert medreview(*arguments).status == 0
    write_csv(source / "medications.csv", [["patient_id"], ["1"]])
    before = tree(tmp_path)
    assert medreview(*arguments).status == 4
    assert tree(tmp_path) == before
    assert json.loads(before["out/run.json"])["rows"]["medications"]["accepted"] == 5
