"""Workbooks: .xlsx, .xlsm, .xls and .ods, through calamine."""

import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

from pipeline.errors import InputError

_LARGEST = 4 * 1024**3
# Also what Python's zip module raises for a package that is damaged or made in a way it does not know.
_DAMAGED = (OSError, ValueError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError)
# A cell whose formula failed, which calamine reads as empty: its attributes and what the sheet shows. Some programs
# write the names of elements with a prefix.
_ERROR_CELL = re.compile(
    rb'<(?:\w+:)?c\s([^>]*\bt="e"[^>]*)>\s*(?:<(?:\w+:)?f\b[^>]*/>|<(?:\w+:)?f\b[^>]*>[^<]*</(?:\w+:)?f>)?\s*'
    rb"<(?:\w+:)?v>([^<]*)</"
)
_CELL_REFERENCE = re.compile(rb'\br="([A-Z]{1,3})(\d+)"')

Grid = list[list[Any]]


def sheets(path: Path) -> dict[str, Grid]:
    """The worksheets of a workbook, each as a grid whose first row is row 1 of the sheet.

    Raises:
        InputError: the file is encrypted, damaged, unreasonably large when unpacked, or no workbook.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    try:
        _check_size(path)
        with CalamineWorkbook.from_path(path) as workbook:
            grids = {
                name: [list(row) for row in workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)]
                for name in workbook.sheet_names
            }
        if path.suffix.lower() in (".xlsx", ".xlsm"):
            _put_error_cells(grids, path)
    except PasswordError:
        raise InputError(
            f"{path.name} is protected with a password. Open it, save a copy without a password, and review that copy."
        ) from None
    except BaseException as error:
        # At some damaged files calamine panics, and that is no Exception.
        damaged = isinstance(error, (CalamineError, *_DAMAGED)) or type(error).__name__ == "PanicException"
        if not damaged or isinstance(error, PermissionError):
            raise
        raise InputError(
            f"{path.name} cannot be read as a workbook: it is damaged, cut short, or another kind of file "
            "under this name. Open it in the program it came from and save it again as .xlsx."
        ) from error
    return grids


def _check_size(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(2) != b"PK":
            return
    with zipfile.ZipFile(path) as package:
        unpacked = sum(entry.file_size for entry in package.infolist())
    if unpacked > _LARGEST:
        raise InputError(
            f"{path.name} would unpack to {unpacked / 1024**3:.0f} GiB, which no order list needs. "
            "Check where the file came from; export the list again, as CSV if it really is that long."
        )


def _put_error_cells(grids: dict[str, Grid], path: Path) -> None:
    """Puts what the sheet shows, such as #N/A, into the cells whose formula failed."""
    with zipfile.ZipFile(path) as package:
        for name, part in _sheet_parts(package).items():
            grid = grids.get(name, [])
            for attributes, shown in _ERROR_CELL.findall(package.read(part)):
                reference = _CELL_REFERENCE.search(attributes)
                if reference is None:
                    continue
                row, column = int(reference[2]) - 1, _column_number(reference[1]) - 1
                if row < len(grid) and column < len(grid[row]):
                    grid[row][column] = shown.decode("utf-8", "replace")


def _sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → the part of the package that holds it."""
    from xml.etree import ElementTree

    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    try:
        links = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
        targets = {link.get("Id"): str(link.get("Target")) for link in links}
        book = ElementTree.fromstring(package.read("xl/workbook.xml"))
    except (KeyError, ElementTree.ParseError):
        return {}
    parts = {}
    for sheet in book.iter(f"{main}sheet"):
        target = targets.get(sheet.get(relation), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in package.namelist():
            parts[str(sheet.get("name"))] = part
    return parts


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number
