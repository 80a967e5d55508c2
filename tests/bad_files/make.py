"""Makes each of the bad files that README.md lists. Nothing is committed: a bomb is only as large as its test needs."""

import io
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl import load_workbook

from tests.inputs import (
    HOME,
    Grid,
    compound_file,
    workbook,
    write_csv,
    write_ods,
    write_ods_tables,
    write_workbook,
    write_xls,
)

ORDERS = HOME["medications"]
BOOK = workbook({"Medications": ORDERS})
_MIB = 1 << 20


def _bytes(content: bytes) -> Callable[[Path], object]:
    return lambda path: path.write_bytes(content)


def _csv(*rows: list[str]) -> Callable[[Path], object]:
    return lambda path: write_csv(path, rows)


def _sheet(*rows: list[object], name: str = "Medications") -> Callable[[Path], object]:
    return lambda path: write_workbook(path, {name: rows})


def _with_part(name: str, content: bytes) -> bytes:
    """A workbook with one part more."""
    file = io.BytesIO(BOOK)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as package:
        package.writestr(name, content)
    return file.getvalue()


def _central(data: bytes, name: bytes) -> int:
    """Where the entry of a part stands in the directory of the package."""
    at = data.rindex(name)
    return data.rindex(b"PK\x01\x02", 0, at)


def _patched(data: bytes, at: int, content: bytes) -> bytes:
    return data[:at] + content + data[at + len(content) :]


def _damaged_sheet() -> bytes:
    return _patched(BOOK, BOOK.index(b"xl/worksheets/sheet1.xml") + 60, bytes(40))


def _newer_package() -> bytes:
    return _patched(BOOK, BOOK.rindex(b"PK\x01\x02") + 6, struct.pack("<H", 182))


def _declares_24_gib() -> bytes:
    data, at = BOOK, 0
    for _ in range(6):
        at = data.index(b"PK\x01\x02", at) + 4
        data = _patched(data, at + 20, struct.pack("<I", 0xFFFFFFFE))
    return data


def _declares_too_little() -> bytes:
    """Unpacks to 64 MiB and declares 10 bytes."""
    data = _with_part("xl/sharedStrings.xml", bytes(64 * _MIB))
    data = _patched(data, _central(data, b"xl/sharedStrings.xml") + 24, struct.pack("<I", 10))
    return _patched(data, data.index(b"xl/sharedStrings.xml") - 30 + 22, struct.pack("<I", 10))


def _encrypted_part() -> bytes:
    return _patched(BOOK, _central(BOOK, b"xl/worksheets/sheet1.xml") + 8, struct.pack("<H", 1))


def _far_cell(path: Path) -> None:
    write_workbook(path, {"Medications": ORDERS})
    book = load_workbook(path)
    book["Medications"]["XFD1048576"] = "."
    book.save(path)


def _formulas(path: Path) -> None:
    rows: Grid = [["patient_id", "drug", "dose"], ["1", "baclofen", "=5+5"], ["2", "baclofen", "=C2"]]
    write_workbook(path, {"Medications": rows})


def _entities() -> bytes:
    """Ten lines that expand to ten to the ninth letters."""
    lines = ['<!ENTITY a0 "aaaaaaaaaa">']
    lines += [f'<!ENTITY a{at} "{f"&a{at - 1};" * 10}">' for at in range(1, 10)]
    name = "urn:schemas-microsoft-com:office:spreadsheet"
    return (
        f'<?xml version="1.0"?><!DOCTYPE x [{"".join(lines)}]><Workbook xmlns="{name}" xmlns:ss="{name}">'
        '<Worksheet ss:Name="a"><Table><Row><Cell><Data ss:Type="String">&a9;</Data></Cell></Row></Table></Worksheet>'
        "</Workbook>"
    ).encode()


def _repeats_itself(path: Path) -> None:
    """A short text that says to repeat its row a million times, and each cell of it ten thousand times."""
    cell = (
        '<table:table-cell office:value-type="string" table:number-columns-repeated="10000"><text:p>x</text:p>'
        "</table:table-cell>"
    )
    row = f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>'
    write_ods_tables(path, f'<table:table table:name="Medications">{row}</table:table>')


def _encrypted_ods(path: Path) -> None:
    write_ods_tables(path, "", manifest_of_parts="<manifest:encryption-data/>")


def _far_record(path: Path) -> None:
    """A cell in column 65,536 of an Excel 97 workbook, whose sheets have 256."""
    write_xls(path, {"Medications": ORDERS})
    data = path.read_bytes()
    path.write_bytes(_patched(data, data.index("baclofen".encode("utf-16-le")) - 7, b"\xff\xff"))


def _cut_ods(path: Path) -> None:
    write_ods(path, {"Medications": ORDERS})
    with zipfile.ZipFile(path) as package:
        content = package.read("content.xml")
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("content.xml", content[:-200])


def _numbers(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("Index/Document.iwa", b"\0snappy")


def _parquet(path: Path) -> None:
    pq.write_table(pa.table({"patient_id": ["1"], "drug": ["baclofen"]}), path)
    path.write_bytes(path.read_bytes()[:-40])


def _folder(path: Path) -> None:
    write_csv(path / "patients.csv", HOME["patients"])
    (path / "~$orders.xlsx").write_bytes(b"lock")
    (path / "letter.docx").write_bytes(b"PK")


MAKERS: dict[str, Callable[[Path], object]] = {
    "missing.xlsx": lambda path: None,
    "text.xlsx": _bytes(b"patient_id,drug\n1,baclofen\n"),
    "empty.xlsx": _bytes(b""),
    "cut-short.xlsx": _bytes(BOOK[:-900]),
    "damaged-sheet.xlsx": _bytes(_damaged_sheet()),
    "newer-package.xlsx": _bytes(_newer_package()),
    "numbers.xlsx": _numbers,
    "orders.numbers": _numbers,
    "password.xlsx": _bytes(compound_file({"EncryptionInfo": b"x", "EncryptedPackage": b"y" * 5000})),
    "password-on-a-part.xlsx": _bytes(_encrypted_part()),
    "password.ods": _encrypted_ods,
    "declares-24-gib.xlsx": _bytes(_declares_24_gib()),
    "bomb.xlsx": lambda path: path.write_bytes(_with_part("xl/media/image1.png", bytes(400 * _MIB))),
    "declares-too-little.xlsx": lambda path: path.write_bytes(_declares_too_little()),
    "entities.xls": _bytes(_entities()),
    "repeats-itself.ods": _repeats_itself,
    "far-cell.xlsx": _far_cell,
    "cut-short.xls": _bytes(compound_file({"Workbook": b"x"})[:1455]),
    "far-record.xls": _far_record,
    "cut-short.ods": _cut_ods,
    "web-page.xls": _bytes(b"<html><body>Your session has ended. <a href='/'>Log in</a></body></html>"),
    "cut-short-2003.xls": _bytes(
        b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">'
    ),
    "empty-sheet.xlsx": _sheet(),
    "another-table.xlsx": _sheet(["hello"], name="Notes"),
    "no-rows.xlsx": _sheet(ORDERS[0]),
    "no-headings.xlsx": _sheet(["1", "baclofen"]),
    "no-drug.xlsx": _sheet(["Resident ID", "Dose"], ["1", "5"]),
    "formulas.xlsx": _formulas,
    "all-bad.csv": _csv(["patient_id", "drug", "dose"], ["1", "baclofen", "abc"], ["2", "baclofen", "abc"]),
    "dose-or-wing.csv": _csv(["MRN", "Medication", "Dose", "Unit"], ["1", "baclofen", "5", "mg"]),
    "empty.csv": _bytes(b""),
    "blank.csv": _bytes(b"\n\n,,\n"),
    "no-headings.csv": _csv(["1", "baclofen"], ["2", "warfarin"]),
    "binary.csv": _bytes(bytes(range(256)) * 4),
    "workbook.csv": _bytes(BOOK),
    "text.parquet": _bytes(b"patient_id,drug\n1,baclofen\n"),
    "cut-short.parquet": _parquet,
    "orders.pdf": _bytes(b"%PDF-1.7"),
    "home": _folder,
}
