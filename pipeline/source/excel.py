"""Workbooks: .xlsx, .xlsm and .xls through calamine, .ods, and what is called so."""

import os
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import InputError
from pipeline.source import binary, markup, opendocument, package

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook

# Also what Python's zip module raises for a package that is damaged or made in a way it does not know.
_DAMAGED = (OSError, ValueError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError)
_COMPOUND_FILE = b"\xd0\xcf\x11\xe0"


@dataclass(frozen=True)
class Sheet:
    """One worksheet: its name, its cells as a grid whose first row is row 1, and whether the workbook hides it."""

    name: str
    rows: list[list[Any]]
    hidden: bool = False


def sheets(path: Path) -> Iterator[Sheet]:
    """The worksheets of a workbook, each when it is asked for. Hidden rows and columns are read as any others.

    Raises:
        InputError: the file is encrypted, damaged, unreasonably large when unpacked, or no workbook.
    """
    from python_calamine import CalamineError, PasswordError

    try:
        with path.open("rb") as file:
            start = file.read(4096)
        if markup.is_markup(start):
            # Records systems write web pages and call them .xls.
            yield from (Sheet(name, rows) for name, rows in markup.sheets(path.read_bytes()))
            return
        package.check(path)
        if path.suffix.lower() == ".ods" and start.startswith(b"PK"):
            yield from (Sheet(*sheet) for sheet in opendocument.sheets(path))
            return
        told = package.told(path) or {name: package.Told(texts) for name, texts in binary.errors(path).items()}
        with _opened(path, start) as workbook:
            yield from _worksheets(workbook, path, told)
    except PasswordError:
        raise _protected(path) from None
    except package.ProtectedError:
        raise _protected(path) from None
    except GeneratorExit:
        raise
    except BaseException as error:
        # At some damaged files calamine panics, and that is no Exception.
        damaged = isinstance(error, (CalamineError, *_DAMAGED)) or type(error).__name__ == "PanicException"
        if not damaged or isinstance(error, PermissionError):
            raise
        raise InputError(
            f"{path.name} cannot be read as a workbook: it is damaged, cut short, or another kind of file "
            "under this name. Open it in the program it came from and save it again as .xlsx."
        ) from error


def _protected(path: Path) -> InputError:
    return InputError(
        f"{path.name} is protected with a password. Open it, save a copy without a password, and review that copy."
    )


def _opened(path: Path, start: bytes) -> "CalamineWorkbook":
    """The workbook as what it is: one of the one kind is often renamed to the other."""
    from python_calamine import CalamineWorkbook

    compound = start.startswith(_COMPOUND_FILE)
    if compound == (path.suffix.lower() == ".xls"):
        with _silence():
            return CalamineWorkbook.from_path(path)
    with path.open("rb") as file, _silence():
        return CalamineWorkbook.from_filelike(file)


@contextmanager
def _silence() -> Iterator[None]:
    """Nothing on standard error: where calamine panics, its runtime writes a trace there that Python never sees."""
    try:
        kept = os.dup(2)
    except OSError:  # it is closed, and nothing can be written there
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _worksheets(workbook: "CalamineWorkbook", path: Path, told: dict[str, package.Told]) -> Iterator[Sheet]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    for known in workbook.sheets_metadata:
        if known.typ not in (SheetTypeEnum.WorkSheet, SheetTypeEnum.DialogSheet):
            continue  # charts and macros have no cells
        cells = told.get(known.name, package.NOTHING)
        if cells.far:
            raise InputError(
                f"{path.name}, sheet '{known.name}': the cell {cells.far} lies far from the others, and a sheet of "
                "that size does not fit into memory. Delete the rows and columns below and right of the list, and save."
            )
        with _silence():
            sheet = workbook.get_sheet_by_name(known.name)
            rows = sheet.to_python(skip_empty_area=False)
            merged = sheet.merged_cell_ranges or []
        _put(rows, cells.texts)
        _fill_down(rows, merged)
        yield Sheet(known.name, rows, known.visible != SheetVisibleEnum.Visible)
        del rows, sheet


def _put(rows: list[list[Any]], texts: dict[tuple[int, int], str]) -> None:
    """Puts what calamine does not tell into the cells: errors, formulas without a value, ids with leading zeros."""
    for (row, column), text in texts.items():
        while len(rows) <= row:
            rows.append([])
        cells = rows[row]
        cells.extend([""] * (column + 1 - len(cells)))
        cells[column] = text


def _fill_down(rows: list[list[Any]], merged: list[tuple[tuple[int, int], tuple[int, int]]]) -> None:
    """Gives the value of a merged cell to each of its rows, unless the row has nothing of its own."""
    down = [area for area in merged if area[0][0] < area[1][0] and area[0][0] < len(rows)]
    filled = {row for (top, _), (bottom, _) in down for row in range(top + 1, min(bottom + 1, len(rows)))}
    own = {row for row in filled if any(cell != "" for cell in rows[row])}
    for (top, left), (bottom, _) in down:
        if left >= len(rows[top]) or rows[top][left] == "":
            continue
        for row in range(top + 1, min(bottom + 1, len(rows))):
            if row in own and left < len(rows[row]):
                rows[row][left] = rows[top][left]
