"""CSV and its relatives: comma, semicolon, tab or bar, in UTF-8, UTF-16 or Windows-1252."""

import csv
import io
from pathlib import Path

from pipeline.errors import InputError

_DELIMITERS = (",", ";", "\t", "|")


def rows(path: Path) -> list[list[object]]:
    """The records of a delimited file; record 1 is the first line.

    Raises:
        InputError: the file is no text, or its quoting never closes.
    """
    text = decode(path.read_bytes(), path.name)
    csv.field_size_limit(1 << 20)
    try:
        return [list(record) for record in csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text))]
    except csv.Error as error:
        raise InputError(
            f"{path.name} cannot be read as CSV: a cell is longer than 1,048,576 characters, most often because a "
            "quotation mark is opened and never closed. Export the file again."
        ) from error


def decode(data: bytes, name: str) -> str:
    """The bytes as text: by their byte order mark, else UTF-8, else Windows-1252.

    Raises:
        InputError: the bytes are no text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\x00" in data[:4096]:
        raise InputError(
            f"{name} is not a text file although its name says CSV. "
            "Give the file its right suffix, or export it again as CSV."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _delimiter(text: str) -> str:
    """The delimiter that stands most often in the fullest of the first lines."""
    lines = text[:65536].splitlines()[:20]
    return max(_DELIMITERS, key=lambda mark: max((line.count(mark) for line in lines), default=0))
