"""OpenDocument spreadsheets (.ods).

Read here cell by cell, because calamine gives neither errors nor merged cells of this format, and makes a place for
every cell up to the farthest one.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.parsers import expat

from pipeline.source.package import ProtectedError
from pipeline.source.raw import FORMULA

_NUMBERS = frozenset({"float", "percentage", "currency"})
_MOST_ROWS, _MOST_COLUMNS = 1_048_576, 16_384
# More than this many filled cells are no list of orders, but a short text that says to repeat itself.
_MOST_CELLS = 100_000_000
_PIECE = 1 << 20


def sheets(path: Path) -> Iterator[tuple[str, list[list[Any]], bool]]:
    """The name of each sheet, its cells, and whether it is hidden.

    Raises:
        ValueError: the file is no OpenDocument spreadsheet, or damaged.
        ProtectedError: it is encrypted.
    """
    with zipfile.ZipFile(path) as package:
        names = package.namelist()
        if "content.xml" not in names:
            raise ValueError("no content")
        if "META-INF/manifest.xml" in names and b"encryption-data" in package.read("META-INF/manifest.xml"):
            raise ProtectedError
        content = _Content()
        try:
            with package.open("content.xml") as file:
                while piece := file.read(_PIECE):
                    content.parse(piece)
                    yield from content.taken()
            content.parse(b"", True)
        except (expat.ExpatError, LookupError) as error:  # also an encoding that nobody knows
            raise ValueError("damaged XML") from error


class _Content:
    """Listens to the elements of content.xml; their names are taken without the prefix that programs choose."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        self._sheets: list[tuple[str, list[list[Any]], bool]] = []
        self._hidden_styles: set[str] = set()
        self._style = ""
        self._rows: list[list[Any]] | None = None
        self._row: list[Any] = []
        self._column = self._cells = self._repeat = self._notes = 0
        self._cell: dict[str, str] | None = None
        self._text: list[str] = []
        self._merged: list[tuple[int, int, int]] = []

    def parse(self, piece: bytes, last: bool = False) -> None:
        self._parser.Parse(piece, last)

    def taken(self) -> list[tuple[str, list[list[Any]], bool]]:
        """The sheets that have come to their end since this was last asked."""
        done, self._sheets = self._sheets, []
        return done

    def _start(self, name: str, given: dict[str, str]) -> None:
        name = name.rpartition(":")[2]
        attributes = {key.rpartition(":")[2]: value for key, value in given.items()}
        if name == "style":
            self._style = attributes.get("name", "")
        elif name == "table-properties" and attributes.get("display") == "false":
            self._hidden_styles.add(self._style)
        elif name == "table" and self._rows is None:
            self._rows, self._merged = [], []
            self._name = attributes.get("name", "")
            self._hidden = attributes.get("style-name", "") in self._hidden_styles
        elif name == "table-row":
            self._row, self._column = [], 0
            self._repeat = _count(attributes, "number-rows-repeated")
        elif name in ("table-cell", "covered-table-cell"):
            self._cell, self._text = attributes | {"covered": name}, []
            # The kind of value stands twice: as the format has it, and as the program that wrote it means it.
            self._cell["meant"] = given.get("calcext:value-type", "")
            self._cell["value-type"] = given.get("office:value-type", self._cell.get("value-type", ""))
        elif name == "annotation":
            self._notes += 1
        elif name == "p" and self._text:
            self._text.append("\n")
        elif name == "line-break":
            self._characters("\n")
        elif name in ("s", "tab"):
            self._characters(" " * min(_count(attributes, "c"), 1000))

    def _characters(self, text: str) -> None:
        if self._cell is not None and not self._notes:
            self._text.append(text)

    def _end(self, name: str) -> None:
        name = name.rpartition(":")[2]
        if name == "annotation":
            self._notes -= 1
        elif name in ("table-cell", "covered-table-cell") and self._cell is not None:
            self._end_cell(self._cell)
            self._cell = None
        elif name == "table-row":
            self._end_row()
        elif name == "table" and self._rows is not None and self._cell is None:
            self._fill_down(self._rows)
            self._sheets.append((self._name, self._rows, self._hidden))
            self._rows = None

    def _end_cell(self, cell: dict[str, str]) -> None:
        value = "" if cell["covered"] == "covered-table-cell" else _value(cell, "".join(self._text))
        count = min(_count(cell, "number-columns-repeated"), _MOST_COLUMNS - self._column)
        down = _count(cell, "number-rows-spanned")
        if down > 1 and self._rows is not None:
            self._merged.append((len(self._rows), self._column, min(down, _MOST_ROWS)))
        if value != "":
            self._row.extend([""] * (self._column - len(self._row)))
            self._row.extend([value] * count)
        self._column += count

    def _end_row(self) -> None:
        if self._rows is None:
            return
        count = min(self._repeat, _MOST_ROWS - len(self._rows))
        self._cells += len(self._row) * count
        if self._cells > _MOST_CELLS:
            raise ValueError("too many cells")
        # Rows that repeat each other share their cells until one of them is filled from above.
        self._rows.extend([self._row] * count if self._row else [[]] * count)

    def _fill_down(self, rows: list[list[Any]]) -> None:
        """Gives the value of a merged cell to each of its rows that has something of its own."""
        while rows and not rows[-1]:
            rows.pop()
        for top, column, down in self._merged:
            if top >= len(rows) or column >= len(rows[top]):
                continue
            for at in range(top + 1, min(top + down, len(rows))):
                if rows[at]:
                    cells = [*rows[at], *[""] * (column + 1 - len(rows[at]))]
                    cells[column] = rows[top][column]
                    rows[at] = cells


def _count(attributes: dict[str, str], name: str) -> int:
    text = attributes.get(name, "1")
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 10 else 1


def _value(cell: dict[str, str], shown: str) -> Any:
    kind = cell["value-type"]
    if cell["meant"] == "error" or (shown.startswith(("#", "Err:")) and "formula" in cell):
        return shown
    if not kind:
        return FORMULA if "formula" in cell else shown
    if kind in _NUMBERS:
        # An id that is a number and shows its zeros, 007, is what it shows.
        zeros = shown.isascii() and shown.isdigit() and shown.startswith("0") and len(shown) > 1
        return shown if zeros else float(cell.get("value", "nan"))
    if kind == "date":
        return cell.get("date-value", shown).replace("T", " ").removesuffix(" 00:00:00")
    if kind == "boolean":
        return cell.get("boolean-value") == "true"
    return shown or cell.get("string-value", "")
