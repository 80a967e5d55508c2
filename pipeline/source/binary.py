"""Excel 97 workbooks (.xls): whether they are safe to read, and the cells whose formula failed.

Calamine gives such cells as empty, and makes room for whatever a record says there is, which in a damaged file may be
more than there is memory. A compound file (MS-CFB) is a little file system; its stream `Workbook` is a row of records
(MS-XLS).
"""

import struct
from collections.abc import Iterator
from pathlib import Path

from pipeline.source.package import ProtectedError

_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_LAST = 0xFFFFFFFA  # sector numbers from here on mean the end, or nothing
_BOUND_SHEET, _BEGIN, _END, _ERROR, _FORMULA = 0x0085, 0x0809, 0x000A, 0x0205, 0x0006
_DIMENSIONS, _STRINGS, _PASSWORD = 0x0200, 0x00FC, 0x002F
# The name of the stream in which Office puts a newer workbook that has a password.
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
# Records of cells, each of which begins with its row and column.
_CELLS = frozenset({0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E})
_ROWS, _COLUMNS = 65_536, 256
_STREAM, _ROOT = 2, 5  # kinds of entries in the directory
_ERRORS = {0: "#NULL!", 7: "#DIV/0!", 15: "#VALUE!", 23: "#REF!", 29: "#NAME?", 36: "#NUM!", 42: "#N/A"}


def errors(path: Path) -> dict[str, dict[tuple[int, int], str]]:
    """Sheet name → (row, column) from 0 → the error that the cell shows; nothing for other kinds of file.

    Raises:
        ValueError: the file is damaged.
        ProtectedError: it is encrypted.
    """
    with path.open("rb") as file:
        if file.read(8) != _MAGIC:
            return {}
        data = _MAGIC + file.read()
    if _ENCRYPTED in data:
        raise ProtectedError
    try:
        stream = _workbook(data)
        _check(stream, 0)
        sheets = dict(_sheets(stream))
        for start in sheets.values():
            _check(stream, start)
        return {name: dict(_sheet(stream, start)) for name, start in sheets.items()}
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise ValueError("damaged compound file") from error


def _check(stream: bytes, start: int) -> None:
    """That no record of a part of the stream speaks of more than a sheet of this format can have."""
    depth = 0
    for kind, record in _records(stream, start):
        size = (0, 0)
        depth += (kind == _BEGIN) - (kind == _END)
        if kind == _PASSWORD:
            raise ProtectedError
        if depth <= 0 and kind == _END:
            return
        if kind == _DIMENSIONS:
            first_row, row, first_column, column = struct.unpack_from("<IIHH" if len(record) >= 14 else "<4H", record)
            if first_row > row or first_column > column:
                raise ValueError("a sheet that ends before it begins")
            size = (row, column)
        elif kind in _CELLS:
            size = (0, struct.unpack_from("<2xH", record)[0] + 1)
        elif kind == _STRINGS and struct.unpack_from("<4xI", record)[0] > len(stream):
            raise ValueError("more strings than bytes")
        if size[0] > _ROWS or size[1] > _COLUMNS:
            raise ValueError("a cell outside of the sheet")


def _workbook(data: bytes) -> bytes:
    """The stream named Workbook, or Book in older files."""
    (shift,), (tables_there,) = struct.unpack_from("<H", data, 30), struct.unpack_from("<I", data, 44)
    size = 1 << shift
    first, _, cutoff, small_first, small_there, more, more_there = struct.unpack_from("<IIIIIII", data, 48)
    if shift not in (9, 12) or max(tables_there, small_there, more_there) > len(data) // size:
        raise ValueError("no compound file")

    def sector(number: int) -> bytes:
        return data[(number + 1) * size : (number + 2) * size]

    def numbers(block: bytes) -> list[int]:
        return list(struct.unpack(f"<{len(block) // 4}I", block[: len(block) // 4 * 4]))

    tables = numbers(data[76:512])
    while more < _LAST and len(tables) <= len(data) // size + 109:
        *listed, more = numbers(sector(more))
        tables += listed
    following = [number for table in tables if table < _LAST for number in numbers(sector(table))]

    def chain(start: int, links: list[int], most: int = len(data) // size) -> list[int]:
        places: list[int] = []
        while start < _LAST:
            if len(places) > most:
                raise ValueError("a stream that has no end")
            places.append(start)
            start = links[start]
        return places

    def stream(start: int) -> bytes:
        return b"".join(map(sector, chain(start, following)))

    directory = stream(first)
    small_links = numbers(stream(small_first))
    found = {}
    small = b""
    for at in range(0, len(directory) - 127, 128):
        entry = directory[at : at + 128]
        length, kind = struct.unpack_from("<HB", entry, 64)
        start, count = struct.unpack_from("<II", entry, 116)
        if kind == _ROOT:
            small = stream(start)
        if kind != _ROOT and (kind != _STREAM or not count):
            continue
        if count > len(data):
            raise ValueError("a stream that is longer than the file")
        if kind == _ROOT or count >= cutoff:
            places = chain(start, following)
        else:
            places = chain(start, small_links, len(small) // 64)
        found[entry[: max(length - 2, 0)].decode("utf-16-le")] = places, count
    if not {"Workbook", "Book"} & set(found):
        raise ValueError("no workbook")
    places, count = found.get("Workbook") or found["Book"]
    if count >= cutoff:
        return b"".join(map(sector, places))[:count]
    return b"".join(small[at * 64 : (at + 1) * 64] for at in places)[:count]


def _records(stream: bytes, at: int = 0) -> Iterator[tuple[int, bytes]]:
    while at + 4 <= len(stream):
        kind, length = struct.unpack_from("<HH", stream, at)
        yield kind, stream[at + 4 : at + 4 + length]
        at += 4 + length


def _sheets(stream: bytes) -> Iterator[tuple[str, int]]:
    """The name of each sheet, and where its records begin."""
    for kind, record in _records(stream):
        if kind == _BOUND_SHEET:
            (start,), (letters, wide) = struct.unpack_from("<I", record), struct.unpack_from("<BB", record, 6)
            text = record[8 : 8 + letters * (1 + (wide & 1))]
            yield text.decode("utf-16-le" if wide & 1 else "latin-1"), start


def _sheet(stream: bytes, start: int) -> Iterator[tuple[tuple[int, int], str]]:
    depth = 0
    for kind, record in _records(stream, start):
        if kind == _BEGIN:
            depth += 1  # a chart inside the sheet has records of its own
        elif kind == _END:
            depth -= 1
            if depth <= 0:
                return
        elif kind == _ERROR and len(record) >= 8 and record[7]:
            yield struct.unpack_from("<HH", record), _ERRORS.get(record[6], "#N/A")
        elif kind == _FORMULA and record[6:7] == b"\x02" and record[12:14] == b"\xff\xff":
            yield struct.unpack_from("<HH", record), _ERRORS.get(record[8], "#N/A")
