"""What users give by mistake: the exit status, and the message word for word. Nothing is written or replaced.

A message names the file, the sheet and the column, and says what to do. `{folder}` is the folder of the test.
"""

import json
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.command import medreview, program
from tests.inputs import DAY, HOME, compound_file, tree, workbook, write_csv, write_folder, write_workbook

pytestmark = pytest.mark.usefixtures("compiled")

ORDERS = HOME["medications"]
DAMAGED = (
    "cannot be read as a workbook: it is damaged, cut short, or another kind of file under this name. Open it in the "
    "program it came from and save it again as .xlsx."
)
NOT_TEXT = "is not a text file although its name says CSV. Give the file its right suffix, or export it again as CSV."
NO_PARQUET = (
    "cannot be read as Parquet: it is damaged, cut short, another kind of file under this name, or a folder whose "
    "parts do not have the same columns. Export it again."
)
NO_HEADER = (
    "no header row was found for the medications table in the first 40 rows. It needs the headings patient_id, drug; "
    "`medreview template FILE` writes an empty workbook with all of them."
)
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


BOOK = workbook({"Medications": ORDERS})


def _truncated(folder: Path) -> Path:
    return _bytes("orders.xlsx", BOOK[:-900])(folder)


def _broken_part(folder: Path) -> Path:
    """A workbook whose directory of parts is whole and whose sheet is not."""
    data = bytearray(BOOK)
    at = data.index(b"xl/worksheets/sheet1.xml") + 60
    data[at : at + 40] = bytes(40)
    return _bytes("orders.xlsx", bytes(data))(folder)


def _newer_package(folder: Path) -> Path:
    """A part that only a later version of the zip format could unpack."""
    data = bytearray(BOOK)
    at = data.rindex(b"PK\x01\x02")
    data[at + 6 : at + 8] = struct.pack("<H", 182)
    return _bytes("orders.xlsx", bytes(data))(folder)


def _package(folder: Path) -> Path:
    with zipfile.ZipFile(folder / "orders.xlsx", "w") as package:
        package.writestr("notes.txt", "hello")
    return folder / "orders.xlsx"


def _zip_bomb(folder: Path) -> Path:
    """A workbook that declares 24 GiB once unpacked."""
    data = bytearray(BOOK)
    at = 0
    for _ in range(6):
        at = data.index(b"PK\x01\x02", at) + 4
        data[at + 20 : at + 24] = struct.pack("<I", 0xFFFFFFFE)
    return _bytes("orders.xlsx", bytes(data))(folder)


def _panic(folder: Path) -> Path:
    """An .xls that is cut short within its directory, at which the reader of workbooks panics."""
    return _bytes("orders.xls", compound_file({"Workbook": b"x"})[:1455])(folder)


def _in_folder(name: str, rows: list[list[str]] | bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        home = folder / "home"
        home.mkdir()
        if isinstance(rows, bytes):
            (home / name).write_bytes(rows)
        else:
            write_csv(home / name, rows)
        return home

    return make


def _two_files(folder: Path) -> Path:
    write_csv(folder / "home" / "medications.csv", ORDERS)
    write_csv(folder / "home" / "orders.csv", ORDERS)
    return folder / "home"


def _parts_that_differ(folder: Path) -> Path:
    parts = folder / "home" / "medications"
    parts.mkdir(parents=True)
    pq.write_table(pa.table({"patient_id": [7], "drug": ["baclofen"]}), parts / "a.parquet")
    pq.write_table(pa.table({"patient_id": [["7"]], "drug": ["baclofen"]}), parts / "b.parquet")
    return folder / "home"


AMBIGUOUS = [["patient_id", "drug", "Order Date"], ["1", "baclofen", "3/4/2026"], ["1", "lorazepam", "5/6/2026"]]

BAD: dict[str, tuple[Callable[[Path], Path], str]] = {
    "no such path": (
        lambda folder: folder / "orders.xlsx",
        "There is no file or folder {folder}/orders.xlsx. Check the path.",
    ),
    "name too long": (
        lambda folder: folder / f"{'x' * 300}.csv",
        f"{{folder}}/{'x' * 300}.csv cannot be read: File name too long. Check its name and its permissions.",
    ),
    "a kind of file that is not read": (
        _bytes("orders.pdf", b"%PDF-1.7"),
        "orders.pdf is of a kind that is not read. Use a workbook (.xlsx, .xlsm, .xls, .ods), CSV (.csv, .tsv, .txt), "
        "Parquet (.parquet, .pq), or a folder of CSV or Parquet files.",
    ),
    "text named .xlsx": (_bytes("orders.xlsx", b"patient_id,drug\n1,baclofen\n"), f"orders.xlsx {DAMAGED}"),
    "a web page named .xls": (_bytes("orders.xls", b"<html><table><tr><td>drug"), f"orders.xls {DAMAGED}"),
    "workbook named .csv": (_bytes("orders.csv", BOOK), f"orders.csv {NOT_TEXT}"),
    "binary .csv": (_bytes("orders.csv", bytes(range(256)) * 4), f"orders.csv {NOT_TEXT}"),
    "UTF-16 without its mark": (_bytes("orders.csv", "patient_id,drug".encode("utf-16-le")), f"orders.csv {NOT_TEXT}"),
    "truncated workbook": (_truncated, f"orders.xlsx {DAMAGED}"),
    "workbook with a damaged sheet": (_broken_part, f"orders.xlsx {DAMAGED}"),
    "workbook of an unknown package format": (_newer_package, f"orders.xlsx {DAMAGED}"),
    "compound file at which the reader panics": (_panic, f"orders.xls {DAMAGED}"),
    "workbook with a password": (
        _bytes("orders.xlsx", compound_file({"EncryptionInfo": b"x", "EncryptedPackage": b"y" * 5000})),
        "orders.xlsx is protected with a password. Open it, save a copy without a password, and review that copy.",
    ),
    "workbook that unpacks to far too much": (
        _zip_bomb,
        "orders.xlsx would unpack to 24 GiB, which no order list needs. Check where the file came from; export the "
        "list again, as CSV if it really is that long.",
    ),
    "a package that is no workbook": (_package, f"orders.xlsx {DAMAGED}"),
    "empty workbook file": (_bytes("orders.xlsx", b""), f"orders.xlsx {DAMAGED}"),
    "empty CSV": (_bytes("orders.csv", b""), "orders.csv is empty. Check that the export has finished."),
    "CSV of blank lines": (_bytes("orders.csv", b"\n\n,,\n"), f"orders.csv: {NO_HEADER}"),
    "CSV without headings": (_csv("orders.csv", ["1", "baclofen"], ["2", "warfarin"]), f"orders.csv: {NO_HEADER}"),
    "no sheet that fits": (
        _sheets(Notes=[["hello"]], Sheet2=[]),
        "{folder}/orders.xlsx has no table of medications. Name its sheet `medications`, with the headings patient_id "
        "and drug. Seen and not used: sheet 'Notes', sheet 'Sheet2'.",
    ),
    "medications sheet that is empty": (
        _sheets(Medications=[]),
        "{folder}/orders.xlsx has no table of medications. Name its sheet `medications`, with the headings patient_id "
        "and drug. Seen and not used: sheet 'Medications' (empty).",
    ),
    "sheet without headings": (
        _sheets(Medications=[["1", "baclofen"]]),
        f"orders.xlsx, sheet 'Medications': {NO_HEADER}",
    ),
    "sheet without the drug column": (
        _sheets(Medications=[["Resident ID", "Dose", "Colour"], ["1", "5", "red"]]),
        f"orders.xlsx, sheet 'Medications': the medications table lacks the column {ALIASES}. Headings found: "
        "'Resident ID', 'Dose', 'Colour'. Name the column so, or run `medreview template FILE` for an empty workbook "
        "with the right headings.",
    ),
    "another table without a column it needs": (
        _sheets(Medications=ORDERS, Labs=[["patient_id", "test", "value"], ["1", "inr", "2"]]),
        "orders.xlsx, sheet 'Labs': the labs table lacks the column date (also: collection date, result date, lab "
        "date, collected). Headings found: 'patient_id', 'test', 'value'. Name the column so, or run `medreview "
        "template FILE` for an empty workbook with the right headings.",
    ),
    "headings and no rows": (
        _sheets(Medications=ORDERS[:1]),
        "orders.xlsx, sheet 'Medications': the medications table has headings but no rows. Check that the export has "
        "finished.",
    ),
    "two columns that could both be drug": (
        _csv("orders.csv", ["patient_id", "Medication", "Order"], ["1", "baclofen", "Lioresal"]),
        "orders.csv: the columns 'Medication' and 'Order' could both be drug. Name the right one drug.",
    ),
    "two sheets that hold one table": (
        _sheets(Medications=ORDERS, Orders=ORDERS),
        "orders.xlsx, sheet 'Medications' and orders.xlsx, sheet 'Orders' both hold the medications table. Keep one of "
        "them, or put their rows together.",
    ),
    "two files that hold one table": (
        _two_files,
        "medications.csv and orders.csv both hold the medications table. Keep one of them, or put their rows together.",
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
    "folder without medications": (
        _in_folder("patients.csv", HOME["patients"]),
        "{folder}/home has no table of medications. Name the file `medications.csv` or `medications.parquet`, with the "
        "headings patient_id and drug. Seen and not used: nothing.",
    ),
    "folder with a workbook in it": (
        _in_folder("medications.xlsx", BOOK),
        "{folder}/home has no table of medications. Name the file `medications.csv` or `medications.parquet`, with the "
        "headings patient_id and drug. Seen and not used: medications.xlsx.",
    ),
    "text named .parquet": (_bytes("orders.parquet", b"patient_id"), f"orders.parquet {NO_PARQUET}"),
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


@pytest.mark.parametrize("name", ["no such path", "two columns that could both be drug", "truncated workbook"])
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


@pytest.mark.parametrize("name", ["truncated workbook", "sheet without the drug column"])
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
