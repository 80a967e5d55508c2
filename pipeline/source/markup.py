"""Web pages and Excel 2003 XML under the name of a workbook: what many records systems export as .xls."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any
from xml.etree import ElementTree

from pipeline.source.delimited import decode

_SPREADSHEET = "{urn:schemas-microsoft-com:office:spreadsheet}"
# What no list needs, so that a number in a file cannot fill the memory.
_MOST_COLUMNS, _MOST_ROWS = 1000, 1_048_576
_SPACE = re.compile(r"[ \t\r\n\f]+")

Grid = list[list[Any]]


def is_markup(start: bytes) -> bool:
    """Whether a file that begins so is a web page or XML, and no workbook."""
    return start.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")


def sheets(data: bytes) -> Iterator[tuple[str, Grid]]:
    """The tables of the file, each with its name; cells that span rows give their value to each.

    Raises:
        ValueError: the XML is damaged, or a page so that nothing can be made of it.
    """
    if b"urn:schemas-microsoft-com:office:spreadsheet" in data[:4096] and b"<html" not in data[:4096].lower():
        yield from _worksheets(data)
        return
    page = _Page()
    try:
        page.feed(decode(data, "the page"))
        page.close()
    except AssertionError as error:  # so the parser says that it gives up on a declaration
        raise ValueError("damaged page") from error
    for number, grid in enumerate(page.tables, start=1):
        yield f"table {number}", grid


def _worksheets(data: bytes) -> Iterator[tuple[str, Grid]]:
    try:
        root = ElementTree.fromstring(data)
    except (ElementTree.ParseError, LookupError) as error:  # also an encoding that nobody knows
        raise ValueError("damaged XML") from error
    for sheet in root.iter(f"{_SPREADSHEET}Worksheet"):
        grid = _Cells()
        for row in sheet.iter(f"{_SPREADSHEET}Row"):
            grid.next_row(_number(row, "Index"))
            for cell in row.iter(f"{_SPREADSHEET}Cell"):
                content = cell.find(f"{_SPREADSHEET}Data")
                text = "" if content is None else "".join(content.itertext())
                kind = "" if content is None else content.get(f"{_SPREADSHEET}Type")
                grid.put(
                    _value(text, kind), _number(cell, "Index"), _number(cell, "MergeAcross"), _number(cell, "MergeDown")
                )
        yield str(sheet.get(f"{_SPREADSHEET}Name") or ""), grid.rows()


def _number(element: ElementTree.Element, name: str) -> int:
    text = str(element.get(f"{_SPREADSHEET}{name}") or "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _value(text: str, kind: str | None) -> Any:
    if kind == "Boolean":
        return text == "1"
    if kind == "DateTime":
        return text.removesuffix(".000").replace("T", " ").removesuffix(" 00:00:00")
    if kind == "Number":
        try:
            return float(text)
        except ValueError:
            return text
    return text


class _Cells:
    """A grid that is filled from the left to the right and downwards, with cells that span several."""

    def __init__(self) -> None:
        self._rows: Grid = []
        self._spans: dict[int, dict[int, Any]] = {}
        self._column = 0

    def next_row(self, number: int = 0) -> None:
        while len(self._rows) < min(number - 1, _MOST_ROWS):
            self._rows.append([])
        self._rows.append([])
        self._column = 0

    def put(self, value: Any, column: int = 0, across: int = 0, down: int = 0) -> None:
        """One cell: at the column, or the next that is free; it spans so many more columns and rows."""
        if not self._rows:
            self.next_row()
        at = len(self._rows) - 1
        above = self._spans.get(at, {})
        self._column = column - 1 if column else self._column
        while not column and self._column in above:
            self._column += 1
        if self._column >= _MOST_COLUMNS:
            return
        cells = self._rows[at]
        cells.extend([""] * (self._column + 1 - len(cells)))
        cells[self._column] = value
        for row in range(at + 1, at + 1 + min(down, _MOST_COLUMNS)):
            for more in range(min(across, _MOST_COLUMNS) + 1):
                self._spans.setdefault(row, {})[self._column + more] = "" if more else value
        self._column += 1 + across

    def rows(self) -> Grid:
        """The grid; the value of a cell that spans rows stands in each that has something of its own."""
        for at, spans in self._spans.items():
            if at < len(self._rows) and any(cell != "" for cell in self._rows[at]):
                cells = self._rows[at]
                for column, value in spans.items():
                    cells.extend([""] * (column + 1 - len(cells)))
                    cells[column] = value
        return self._rows


class _Page(HTMLParser):
    """The tables of a web page as grids; a table inside a cell is part of the cell."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[Grid] = []
        self._cells: _Cells | None = None
        self._text: list[str] | None = None
        self._spans = (0, 0)
        self._depth = 0

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self._cells = _Cells()
        if self._depth > 1 or self._cells is None:
            return
        if tag == "tr":
            self._end_cell()
            self._cells.next_row()
        elif tag in ("td", "th"):
            self._end_cell()
            given = dict(attributes)
            self._spans = (_span(given.get("colspan")), _span(given.get("rowspan")))
            self._text = []
        elif tag in ("br", "p", "div") and self._text:
            self._text.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._depth:
            if self._depth == 1 and self._cells is not None:
                self._end_cell()
                self.tables.append(self._cells.rows())
                self._cells = None
            self._depth -= 1
        elif tag in ("td", "th", "tr") and self._depth == 1:
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(_SPACE.sub(" ", data))

    def _end_cell(self) -> None:
        if self._text is not None and self._cells is not None:
            self._cells.put("".join(self._text).strip(), across=self._spans[0], down=self._spans[1])
        self._text = None

    def close(self) -> None:
        """Ends the page; a table that is not closed counts with the rows it has."""
        super().close()
        while self._depth:
            self.handle_endtag("table")


def _span(text: str | None) -> int:
    return int(text) - 1 if text and text.isascii() and text.isdigit() and int(text) > 1 else 0
