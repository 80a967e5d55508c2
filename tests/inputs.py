"""Input files as tests need them: a small home as tables, and writers for every format, good and bad."""

import csv
import io
import struct
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook

Grid = Sequence[Sequence[Any]]

HOME: dict[str, Grid] = {
    "patients": [
        ["patient_id", "name", "facility", "unit", "sex", "birth_date", "weight_kg"],
        ["007", "Ada Byron", "Elm Court", "North", "F", "1940-02-03", "61"],
        ["R2", "Bo Lund", "Elm Court", "South", "M", "1951-11-30", "80"],
    ],
    "medications": [
        ["patient_id", "order_id", "drug", "dose", "dose_unit", "frequency", "route", "start_date"],
        ["007", "1", "baclofen", "10", "mg", "TID", "PO", "2025-01-01"],
        ["007", "2", "oxycodone", "5", "mg", "q6h", "PO", "2025-01-01"],
        ["007", "3", "lorazepam", "0.5", "mg", "BID", "PO", "2025-01-01"],
        ["R2", "4", "baclofen", "5", "mg", "TID", "PO", "2025-01-01"],
        ["R2", "5", "morphine", "10", "mg", "BID", "PO", "2025-01-01"],
    ],
    "conditions": [["patient_id", "code", "description"], ["007", "G40.909", "epilepsy"]],
    "allergies": [["patient_id", "substance", "reaction"], ["R2", "penicillin", "rash"]],
    "labs": [
        ["patient_id", "test", "value", "unit", "date"],
        ["007", "creatinine", "1.9", "mg/dL", "2026-10-02"],
        ["R2", "inr", "2.4", "", "2026-10-20"],
    ],
}
DAY = "2026-11-01"


def workbook(sheets: Mapping[str, Grid]) -> bytes:
    book = Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def write_workbook(path: Path, sheets: Mapping[str, Grid]) -> Path:
    path.write_bytes(workbook(sheets))
    return path


def write_cells(path: Path, sheet_rows: str, after: str = "", **parts: str) -> Path:
    """A workbook whose only sheet, Medications, has these rows, written as XML; other parts of its package replaced.

    `after` follows the rows, such as the list of merged cells.
    """
    with zipfile.ZipFile(io.BytesIO(workbook({"Medications": [["x"]]}))) as package:
        content = {name: package.read(name) for name in package.namelist()}
    start = content["xl/worksheets/sheet1.xml"].decode().split("<sheetData>")[0]
    content["xl/worksheets/sheet1.xml"] = f"{start}<sheetData>{sheet_rows}</sheetData>{after}</worksheet>".encode()
    content |= {f"xl/{name}.xml": text.encode() for name, text in parts.items()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        for name, data in content.items():
            package.writestr(name, data)
    return path


def write_csv(path: Path, rows: Grid, delimiter: str = ",", encoding: str = "utf-8") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return path


def write_folder(folder: Path, tables: Mapping[str, Grid]) -> Path:
    for name, rows in tables.items():
        write_csv(folder / f"{name}.csv", rows)
    return folder


def write_ods(path: Path, sheets: Mapping[str, Grid]) -> Path:
    """An OpenDocument spreadsheet; numbers are written as numbers, anything else as text."""

    def cell(value: Any) -> str:
        kind = f'float" office:value="{value}' if isinstance(value, (int, float)) else "string"
        return f'<table:table-cell office:value-type="{kind}"><text:p>{escape(str(value))}</text:p></table:table-cell>'

    tables = "".join(
        f'<table:table table:name="{escape(name)}">'
        + "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
        + "</table:table>"
        for name, rows in sheets.items()
    )
    return write_ods_tables(path, tables)


def write_ods_tables(path: Path, tables: str, styles: str = "", manifest_of_parts: str = "") -> Path:
    """An OpenDocument spreadsheet of these `table:table` elements, written as XML."""
    space = "urn:oasis:names:tc:opendocument:xmlns:"
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content office:version="1.3" '
        f'xmlns:office="{space}office:1.0" xmlns:table="{space}table:1.0" xmlns:text="{space}text:1.0" '
        f'xmlns:style="{space}style:1.0" xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns">'
        f"<office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:spreadsheet>{tables}</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        f'<?xml version="1.0" encoding="UTF-8"?><manifest:manifest xmlns:manifest="{space}manifest:1.0">'
        '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml">'
        f"{manifest_of_parts}</manifest:file-entry></manifest:manifest>"
    )
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", content)
        package.writestr("META-INF/manifest.xml", manifest)
    return path


XLS_ERRORS = {"#DIV/0!": 7, "#VALUE!": 15, "#N/A": 42}


def write_xls(path: Path, sheets: Mapping[str, Grid]) -> Path:
    """An Excel 97 workbook: a compound file with one stream of records (MS-XLS)."""

    def record(kind: int, data: bytes = b"") -> bytes:
        return struct.pack("<HH", kind, len(data)) + data

    def cell(row: int, column: int, value: Any) -> bytes:
        place = struct.pack("<HHH", row, column, 0)
        if isinstance(value, (int, float)):
            return record(0x0203, place + struct.pack("<d", value))
        if value in XLS_ERRORS:
            return record(0x0205, place + bytes([XLS_ERRORS[value], 1]))
        text = str(value).encode("utf-16-le")
        return record(0x0204, place + struct.pack("<HB", len(text) // 2, 1) + text)

    begin = struct.pack("<HHHHII", 0x0600, 0, 0, 0, 0, 0)
    bodies = [
        record(0x0809, begin[:2] + struct.pack("<H", 0x0010) + begin[4:])
        + b"".join(cell(r, c, value) for r, row in enumerate(rows) for c, value in enumerate(row))
        + record(0x000A)
        for rows in sheets.values()
    ]
    names = [name.encode("utf-16-le") for name in sheets]
    head = record(0x0809, begin[:2] + struct.pack("<H", 0x0005) + begin[4:])
    offset = len(head) + sum(4 + 8 + len(name) for name in names) + 4
    for name, body in zip(names, bodies, strict=True):
        head += record(0x0085, struct.pack("<IHBB", offset, 0, len(name) // 2, 1) + name)
        offset += len(body)
    path.write_bytes(compound_file({"Workbook": head + record(0x000A) + b"".join(bodies)}))
    return path


def compound_file(streams: Mapping[str, bytes]) -> bytes:
    """A compound file (MS-CFB) of up to three streams, each padded to the size that needs no mini stream."""
    free, end, special, sector = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD, 512
    fat, body, entries = [special, end], b"", [_entry("Root Entry", 5, end, 0, child=1)]
    for number, (name, content) in enumerate(streams.items(), start=1):
        data = content.ljust(max(4096, -(-len(content) // sector) * sector), b"\0")
        first, count = len(fat), len(data) // sector
        fat += [*range(first + 1, first + count), end]
        body += data
        entries.append(_entry(name, 2, first, len(data), right=number + 1 if number < len(streams) else free))
    entries += [bytes(68) + struct.pack("<III", free, free, free) + bytes(48)] * (4 - len(entries))
    header = struct.pack(
        "<8s16xHHHHH6xIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", 0x3E, 3, 0xFFFE, 9, 6, 0, 1, 1, 0, 4096, end, 0,
        end, 0, 0,
    ) + struct.pack("<I", free) * 108  # fmt: skip
    return header + struct.pack("<128I", *fat, *[free] * (128 - len(fat))) + b"".join(entries) + body


def _entry(name: str, kind: int, first: int, size: int, right: int = 0xFFFFFFFF, child: int = 0xFFFFFFFF) -> bytes:
    text = (name + "\0").encode("utf-16-le")
    return struct.pack(
        "<64sHBBIII16xI16xIII", text, len(text), kind, 1, 0xFFFFFFFF, right, child, 0, first, size, 0
    )  # fmt: skip


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes, and every folder."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")
    }


def read_csv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
