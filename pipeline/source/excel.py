"""Workbooks: .xlsx, .xlsm, .xls and .ods, through calamine."""

import re
import zipfile
from pathlib import Path
from typing import Any

from pipeline.errors import InputError

_LARGEST = 4 * 1024**3
_OLE = b"\xd0\xcf\x11\xe0"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# A cell whose formula failed, which calamine reads as empty: its reference and what the sheet shows.
_ERROR_CELL = re.compile(rb'<c r="([A-Z]{1,3})(\d+)"[^>]*\bt="e"[^>]*>(?:<f[^>]*/>|<f[^>]*>[^<]*</f>)?<v>([^<]*)</v>')

Grid = list[list[Any]]


def sheets(path: Path) -> dict[str, Grid]:
    """The worksheets of a workbook, each as a grid whose first row is row 1 of the sheet.

    Raises:
        InputError: the file is encrypted, damaged, unreasonably large when unpacked, or no workbook.
    """
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError

    _check_package(path)
    try:
        with CalamineWorkbook.from_path(path) as workbook:
            grids = {
                name: [list(row) for row in workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)]
                for name in workbook.sheet_names
            }
    except PasswordError:
        raise InputError(_encrypted(path)) from None
    except (CalamineError, OSError, ValueError) as error:
        raise InputError(
            f"{path.name} cannot be read as a workbook: it is damaged, cut short, or another kind of file "
            "under this name. "
            "Open it in the program it came from and save it again as .xlsx."
        ) from error
    if path.suffix.lower() in (".xlsx", ".xlsm"):
        for name, lost in _error_cells(path).items():
            for row, column, shown in lost:
                if name in grids and row < len(grids[name]) and column < len(grids[name][row]):
                    grids[name][row][column] = shown
    return grids


def _check_package(path: Path) -> None:
    with path.open("rb") as file:
        start = file.read(8)
        if start.startswith(_OLE) and _ENCRYPTED in start + file.read(8 * 1024**2):
            raise InputError(_encrypted(path))
    if start.startswith(b"PK"):
        try:
            with zipfile.ZipFile(path) as package:
                unpacked = sum(entry.file_size for entry in package.infolist())
        except zipfile.BadZipFile:
            return  # calamine says what is wrong
        if unpacked > _LARGEST:
            raise InputError(
                f"{path.name} would unpack to {unpacked / 1024**3:.0f} GiB, which no order list needs. "
                "Check where the file came from; export the list again, as CSV if it really is that long."
            )


def _encrypted(path: Path) -> str:
    return f"{path.name} is protected with a password. Open it, save a copy without a password, and review that copy."


def _error_cells(path: Path) -> dict[str, list[tuple[int, int, str]]]:
    """For each sheet the cells, as 0-based row and column, that show an error such as #N/A."""
    found: dict[str, list[tuple[int, int, str]]] = {}
    with zipfile.ZipFile(path) as package:
        for name, part in _sheet_parts(package).items():
            cells = [
                (int(row) - 1, _column_number(letters) - 1, shown.decode("utf-8", "replace"))
                for letters, row, shown in _ERROR_CELL.findall(package.read(part))
            ]
            if cells:
                found[name] = cells
    return found


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
