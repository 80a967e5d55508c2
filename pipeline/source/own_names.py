"""The user's own names for drug texts: a CSV file, or the sheet of a population workbook with the names typed in."""

from collections.abc import Callable
from pathlib import Path
from zipfile import BadZipFile

from pipeline.errors import InputError
from pipeline.normalise.text import spelled
from pipeline.source import delimited

SHEET = "Unrecognised drugs"
TEXT_HEADING = "Drug as written"
NAME_HEADING = "Right name (type it here)"
_TEXTS = (TEXT_HEADING.casefold(), "drug")
_NAMES = (NAME_HEADING.casefold(), "name")
_WORKBOOKS = (".xlsx", ".xlsm")


def read_names(path: Path, suggest: Callable[[str], list[str] | None]) -> dict[str, str]:
    """The right name of each drug text, by the text as `spelled`; rows without a name are left out.

    Args:
        path: a CSV file with the columns drug and name, or a workbook with the sheet of unrecognised drugs.
        suggest: None for a name that is known, else the nearest known names.

    Raises:
        InputError: the file cannot be read, lacks a column, or has a name that is not known or two for one text.
    """
    place, records = _workbook(path) if path.suffix.lower() in _WORKBOOKS else _text(path)
    headings = [str(cell or "").strip().casefold() for cell in records[0]] if records else []
    at = [next((headings.index(name) for name in known if name in headings), -1) for known in (_TEXTS, _NAMES)]
    if min(at) < 0:
        raise InputError(
            f"{place}: the first line must have the headings drug and name, or “{TEXT_HEADING}” and “{NAME_HEADING}” "
            "as the workbook of a review has them."
        )
    names: dict[str, str] = {}
    for line, record in enumerate(records[1:], start=2):
        text, name = (str(record[column] or "").strip() if column < len(record) else "" for column in at)
        if not name:
            continue
        where = f"{place}, row {line}"
        if not text:
            raise InputError(f"{where}: a name is given, but no drug text that it belongs to.")
        near = suggest(name)
        if near is not None:
            like = f" Known names like it: {', '.join(near)}." if near else ""
            raise InputError(f"{where}, column {headings[at[1]]}: this name is not known.{like}")
        if names.setdefault(spelled(text), name) != name:
            raise InputError(f"{where}: another row gives a different name for the same drug text. Keep one of them.")
    return names


def _text(path: Path) -> tuple[str, list[list[object]]]:
    try:
        records, malformed = delimited.rows(path.read_bytes(), path.name, None)
    except OSError as error:
        raise InputError(f"The file of names {path} cannot be read: {error.strerror}. Check --names.") from error
    for line, why in malformed.items():
        raise InputError(f"{path}, row {line}: {why}.")
    return str(path), records


def _workbook(path: Path) -> tuple[str, list[list[object]]]:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except OSError as error:
        raise InputError(f"The file of names {path} cannot be read: {error.strerror}. Check --names.") from error
    except (BadZipFile, InvalidFileException, KeyError, ValueError) as error:
        raise InputError(f"The file of names {path} is no workbook. Save it again as .xlsx, or as CSV.") from error
    sheet = book[SHEET] if SHEET in book.sheetnames else book.worksheets[0]
    records = [list(row) for row in sheet.iter_rows(values_only=True)]
    return f"{path}, sheet “{sheet.title}”", records
