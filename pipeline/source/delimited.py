"""CSV and its relatives: comma, semicolon, tab or bar, in any common encoding."""

import csv
import io
import re
from collections.abc import Iterator

from pipeline.errors import InputError
from pipeline.source.headers import LOOK_AT, columns_named
from pipeline.source.mapping import Mapping
from pipeline.tables import INPUT

# As messages name what comes from another program.
STANDARD_INPUT = "standard input"
_DELIMITERS = (",", ";", "\t", "|")
_OPEN_QUOTE = "a quotation mark is opened and not closed"
# The line that Excel writes or reads above the headings to say which mark parts the cells.
_SEPARATOR = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)
_LOOK_AT_BYTES = 1 << 16
# As many as a sheet of a workbook has columns; only a line that is long is counted.
_MOST_CELLS, _LONG_LINE = 16_384, 100_000
_BINARY = (b"PK\x03\x04", b"PAR1", b"\xd0\xcf\x11\xe0", b"%PDF", b"\x1f\x8b")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\v\f\r\x1a"))
# Bytes that are no character in Windows-1252 and a letter with an accent on an old Macintosh.
_MACINTOSH_ONLY = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")


def rows(
    data: bytes, name: str, table: str | None, mapping: Mapping | None = None
) -> tuple[list[list[object]], dict[int, str]]:
    """The records of a delimited file, and why some cannot be told apart, by number; record 1 is the first line.

    Args:
        data: the file's bytes.
        name: the file as a message names it.
        table: that the file holds, or None when that is not known.
        mapping: which headings name columns besides the known ones.

    Raises:
        InputError: the file is no text, or no list of rows.
    """
    lines = list(io.StringIO(decode(data, name), newline=""))
    said = _SEPARATOR.fullmatch(lines[0]) if lines else None
    delimiter = said[1] if said else _delimiter(lines, table, mapping)
    if any(len(line) > _LONG_LINE and line.count(delimiter) > _MOST_CELLS for line in lines):
        raise InputError(
            f"{name} has a line of more than {_MOST_CELLS:,} cells, which no list has. Check that its lines end, and "
            "export it again."
        )
    records: list[list[object]] = []
    malformed: dict[int, str] = {}
    for record, reason in _records(lines, delimiter):
        records.append(list(record))
        if reason:
            malformed[len(records)] = reason
    return records, malformed


def decode(data: bytes, name: str) -> str:
    """The bytes as text: by their byte order mark, else UTF-16 or UTF-8 where they are that, else an older encoding.

    Raises:
        InputError: the bytes are no text.
    """
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    start = data[:_LOOK_AT_BYTES]
    if wide := _wide(start):
        return data.decode(wide, "replace")
    if start.startswith(_BINARY) or start.count(0) > 4 + len(start) / 100:
        raise _no_text(name)
    # A few of these pad the cells or the end of a file that an old system wrote.
    data = data.replace(b"\0", b"").removesuffix(b"\x1a")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        if len(start) - len(start.translate(None, _CONTROLS)) > 4 + len(start) / 100:
            raise _no_text(name) from None
        macintosh = _MACINTOSH_ONLY.search(data) or (b"\r" in data and b"\n" not in data)
        return data.decode("mac_roman" if macintosh else "cp1252", "replace")


def _no_text(name: str) -> InputError:
    if name == STANDARD_INPUT:
        return InputError(f"{name} is not text. Only CSV is read from it; give anything else as a file.")
    return InputError(
        f"{name} is not a text file although its name says CSV. "
        "Give the file its right suffix, or export it again as CSV."
    )


def _wide(start: bytes) -> str:
    """The kind of UTF-16 without its mark: of western text nearly every other byte is zero."""
    even, odd, half = start[::2].count(0), start[1::2].count(0), len(start) / 2
    if len(start) < 4 or max(even, odd) < 0.7 * half or min(even, odd) > 0.05 * half:
        return ""
    return "utf-16-le" if odd > even else "utf-16-be"


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


def _delimiter(lines: list[str], table: str | None, mapping: Mapping | None) -> str:
    """The delimiter that makes the first lines name most columns of the table; cells may hold more of another one."""
    first = [line[:3000] for line in lines[:LOOK_AT]]

    def named(mark: str) -> tuple[int, int]:
        records = list(csv.reader(first, delimiter=mark))
        known = (
            len(columns_named(record, name, mapping)) for record in records for name in ([table] if table else INPUT)
        )
        return max(known, default=0), max(map(len, records), default=0)

    return max(_DELIMITERS, key=named)
