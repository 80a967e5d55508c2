"""CSV and its relatives: comma, semicolon, tab or bar, in UTF-8, UTF-16 or Windows-1252."""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import InputError
from pipeline.source.headers import LOOK_AT, columns_named

_DELIMITERS = (",", ";", "\t", "|")
_OPEN_QUOTE = "a quotation mark is opened and not closed"


def rows(path: Path, table: str) -> tuple[list[list[object]], dict[int, str]]:
    """The records of a delimited file, and why some cannot be told apart, by number; record 1 is the first line.

    Raises:
        InputError: the file is no text.
    """
    text = decode(path.read_bytes(), path.name)
    lines = list(io.StringIO(text, newline=""))
    records: list[list[object]] = []
    malformed: dict[int, str] = {}
    for record, reason in _records(lines, _delimiter(lines, table)):
        records.append(list(record))
        if reason:
            malformed[len(records)] = reason
    return records, malformed


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


def _records(lines: list[str], delimiter: str) -> Iterator[tuple[list[str], str]]:
    """Each record, with the reason why it is malformed or an empty text.

    A quotation mark that is never closed would swallow the orders below it, up to the next mark. Such a line is taken
    alone and told as malformed, and the reading goes on below it.
    """
    start = 0
    while start < len(lines):
        reader = csv.reader((lines[at] for at in range(start, len(lines))), delimiter=delimiter)
        done = 0
        try:
            for record in reader:
                if reader.line_num - done > 1 and _open_quote(lines[start + done : start + reader.line_num], delimiter):
                    break
                yield record, ""
                done = reader.line_num
            else:
                return
        except csv.Error:
            pass  # a cell longer than the csv module takes: in an order list, a quotation mark that is not closed
        yield lines[start + done].rstrip("\r\n").split(delimiter), _OPEN_QUOTE
        start += done + 1


def _open_quote(lines: list[str], delimiter: str) -> bool:
    """Whether the lines of one record end inside a quotation, or go on after its end."""
    try:
        return len(list(csv.reader(lines, delimiter=delimiter, strict=True))) != 1
    except csv.Error:
        return True


def _delimiter(lines: list[str], table: str) -> str:
    """The delimiter that makes the first lines name most columns of the table; cells may hold more of another one."""

    def named(mark: str) -> int:
        first = (line[:3000] for line in lines[:LOOK_AT])
        return max((len(columns_named(record, table)) for record in csv.reader(first, delimiter=mark)), default=0)

    return max(_DELIMITERS, key=named)
