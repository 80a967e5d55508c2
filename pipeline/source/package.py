"""The package of an .xlsx or .ods workbook: whether it is safe to unpack, and what its cells show that calamine does
not tell.

Everything is read in pieces, so that a large sheet costs no memory.
"""

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import InputError
from pipeline.source.raw import FORMULA

_LARGEST = 4 * 1024**3
# Sheets of an order list shrink to a twentieth or fiftieth; a package that is made to fill the memory, to a thousandth.
_MODEST, _DENSEST = 256 * 1024**2, 300
_PIECE = 1 << 20
# The cells that a sheet may span beyond those it has: calamine keeps an empty place for each.
_WIDEST = 40_000_000
# Some programs write the names of elements with a prefix. A cell that closes itself is empty.
_CELL = re.compile(rb"<(?:\w+:)?c((?:\s[^>]*[^/>])?)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_FILLED = re.compile(rb'<(?:\w+:)?c\s(?:[^>]*?\s)?r=["\']([A-Za-z]{1,3})(\d+)["\'][^>/]*>\s*<(?:\w+:)?(?:v|is)\b')
_REFERENCE = re.compile(rb'\br=["\']([A-Za-z]{1,3})(\d+)')
_COLUMNS = re.compile(rb'\br=["\']([A-Za-z]{1,3})\d')
_ROWS = re.compile(rb'<(?:\w+:)?row\s(?:[^>]*?\s)?r=["\'](\d+)')
_VALUE = re.compile(rb"<(?:\w+:)?v(?:\s[^>]*)?>([^<]+)</")
_FORMULA = re.compile(rb"<(?:\w+:)?f[\s/>]")
_TYPE, _STYLE = re.compile(rb'\bt=["\'](\w+)'), re.compile(rb'\bs=["\'](\d+)')
_ERROR = re.compile(rb'\bt=["\']e\b')
_PADDED = re.compile(r"0{2,15}")
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


class ProtectedError(Exception):
    """The package, or a part of it, is encrypted."""


@dataclass
class Told:
    """What a sheet's own XML tells: `texts`, (row, column) from 0 → what to read there; `far`, a cell so far from the
    others that the sheet cannot be held in memory, or an empty text."""

    texts: dict[tuple[int, int], str] = field(default_factory=dict)
    far: str = ""


NOTHING = Told()


def check(path: Path) -> None:
    """That the package can be unpacked without harm. Sizes are measured, since what a package says of itself may lie.

    Raises:
        InputError: it would unpack to far too much.
        ProtectedError: it is encrypted.
    """
    if not _is_package(path):
        return
    with zipfile.ZipFile(path) as package:
        entries = package.infolist()
        if any(entry.flag_bits & 1 for entry in entries):
            raise ProtectedError
        unpacked, packed = sum(entry.file_size for entry in entries), path.stat().st_size
        if unpacked > _LARGEST or (unpacked > _MODEST and unpacked > packed * _DENSEST):
            raise InputError(
                f"{path.name} would unpack to {_size(unpacked)}, which no order list needs. "
                "Check where the file came from; export the list again, as CSV if it really is that long."
            )
        for entry in entries:
            # Unpacked here to no more than its declared size: what goes on beyond that is a damaged package.
            # Sheets are passed through when it is asked what they tell.
            if not entry.filename.startswith("xl/worksheets/"):
                for _ in _pieces(package, entry.filename):
                    pass


def told(path: Path) -> dict[str, Told]:
    """What each sheet of an .xlsx tells besides its values, by the sheet's name; nothing for other workbooks."""
    if not _is_package(path):
        return {}
    with zipfile.ZipFile(path) as package:
        if "xl/workbook.xml" not in package.namelist():
            return {}
        padded = _padded_styles(package)
        return {name: _sheet(package, part, padded) for name, part in _sheet_parts(package).items()}


def _is_package(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def _size(count: int) -> str:
    return f"{count / 1024**3:.0f} GiB" if count >= 1024**3 else f"{count / 1024**2:.0f} MiB"


def _pieces(package: zipfile.ZipFile, part: str) -> Iterator[bytes]:
    """A part in pieces that end between rows, where it has any."""
    rest = b""
    with package.open(part) as file:
        while block := file.read(_PIECE):
            rest += block
            end = rest.rfind(b"row>") + 4
            if end < 4 and len(rest) < 8 * _PIECE:
                continue
            yield rest[:end] if end >= 4 else rest
            rest = rest[end:] if end >= 4 else b""
    if rest:
        yield rest


def _sheet(package: zipfile.ZipFile, part: str, padded: dict[bytes, int]) -> Told:
    told = Told()
    columns: set[bytes] = set()
    lowest = 0
    for piece in _pieces(package, part):
        columns.update(_COLUMNS.findall(piece))
        rows = _ROWS.findall(piece) or [row for _, row in _REFERENCE.findall(piece)]
        lowest = max(lowest, *map(int, rows), 0)
        if padded or _ERROR.search(piece) or _FORMULA.search(piece):
            told.texts.update(_texts(piece, padded))
    if lowest * max(map(_column_number, columns), default=0) > _WIDEST:
        told.far = _far(package, part)
    return told


def _texts(piece: bytes, padded: dict[bytes, int]) -> Iterator[tuple[tuple[int, int], str]]:
    for attributes, content in _CELL.findall(piece):
        kind, style = _TYPE.search(attributes), _STYLE.search(attributes)
        formula, zeros = _FORMULA.search(content), padded.get(style[1], 0) if style else 0
        if not (formula or zeros or (kind and kind[1] == b"e")):
            continue
        reference, value = _REFERENCE.search(attributes), _VALUE.search(content)
        if reference is None:
            continue
        place = int(reference[2]) - 1, _column_number(reference[1]) - 1
        if kind and kind[1] == b"e" and value:
            yield place, value[1].decode("utf-8", "replace")
        elif formula and value is None and not (kind and kind[1] == b"str"):
            # Text of no length is a value; nothing at all is none.
            yield place, FORMULA
        elif zeros and value and (kind is None or kind[1] == b"n") and value[1].isdigit():
            yield place, value[1].decode().zfill(zeros)


def _far(package: zipfile.ZipFile, part: str) -> str:
    """The filled cell that makes the sheet too large, or an empty text if only empty ones lie far out."""
    cells = {
        (int(row), _column_number(column))
        for piece in _pieces(package, part)
        for column, row in set(_corners(_FILLED.findall(piece)))
    }
    row, column = max((row for row, _ in cells), default=0), max((column for _, column in cells), default=0)
    if row * column <= _WIDEST:
        return ""
    farthest = max(cells, key=lambda cell: cell[0] / 1_048_576 + cell[1] / 16_384)
    return f"{_letters(farthest[1])}{farthest[0]}"


def _corners(cells: list[tuple[bytes, bytes]]) -> Iterator[tuple[bytes, bytes]]:
    if cells:
        yield max(cells, key=lambda cell: int(cell[1]))
        yield max(cells, key=lambda cell: _column_number(cell[0]))


def _padded_styles(package: zipfile.ZipFile) -> dict[bytes, int]:
    """The cell styles that show whole numbers with leading zeros, and with how many digits."""
    from xml.etree import ElementTree

    try:
        styles = ElementTree.fromstring(package.read("xl/styles.xml"))
    except (LookupError, ElementTree.ParseError):
        return {}
    codes = {one.get("numFmtId"): str(one.get("formatCode")) for one in styles.iter(f"{_MAIN}numFmt")}
    formats = next(styles.iter(f"{_MAIN}cellXfs"), ())
    digits = {str(at).encode(): codes.get(one.get("numFmtId"), "") for at, one in enumerate(formats)}
    return {style: len(code) for style, code in digits.items() if _PADDED.fullmatch(code)}


def _sheet_parts(package: zipfile.ZipFile) -> dict[str, str]:
    """Sheet name → the part of the package that holds it."""
    from xml.etree import ElementTree

    try:
        links = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
        targets = {link.get("Id"): str(link.get("Target")) for link in links}
        book = ElementTree.fromstring(package.read("xl/workbook.xml"))
    except (LookupError, ElementTree.ParseError):
        return {}
    parts = {}
    for sheet in book.iter(f"{_MAIN}sheet"):
        target = targets.get(sheet.get(_RELATION), "")
        part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
        if part in package.namelist():
            parts[str(sheet.get("name"))] = part
    return parts


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number


def _letters(number: int) -> str:
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
