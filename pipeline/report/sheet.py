"""Writing one worksheet from top to bottom: safe text, row heights that show all of it, links and Excel tables.

Workbooks are written row by row (openpyxl's write-only mode), so that a hundred thousand findings need little memory.
So column widths, panes and page set-up are settled before the first row, and nothing can be changed afterwards.
"""

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.parse import quote

import pandas as pd
from openpyxl import Workbook
from openpyxl.cell import Cell, WriteOnlyCell
from openpyxl.formatting.rule import CellIsRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo

from pipeline.report.style import LOOKS, set_page
from pipeline.review import Review

# What Excel allows: the height of a row in points, the text of a cell, the links of a sheet.
MAX_HEIGHT = 409.0
MAX_TEXT = 32_767
MAX_LINKS = 65_000

_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# A spreadsheet that lets someone edit such a text would take it for a formula.
_RISKY = ("=", "+", "-", "@", "\t")
_ADVANCES = ((0.28, "ijltfI.,:;'|!/ "), (0.34, "r()[]{}-`"), (0.5, "cksvxyz"), (0.89, "mwMW@%—…●"))


class Put(NamedTuple):
    """What goes into one cell: a value, the name of its style, and where it links to."""

    value: Any = None
    style: str = "body"
    link: str | None = None


@dataclass(frozen=True)
class Column:
    """A column of an Excel table: its heading, its values, its width and the name of the style of its cells."""

    heading: str
    values: Iterable[Any]
    width: float
    style: str = "cell"
    links: Sequence[str | None] | None = None


def plain(value: Any) -> Any:
    """A value as a cell takes it: None when missing, text without the characters that a workbook must not hold."""
    if isinstance(value, str):
        return _FORBIDDEN.sub("", value.replace("\r\n", "\n").replace("\r", "\n"))[:MAX_TEXT] or None
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    if hasattr(value, "item"):  # a numpy number
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, pd.Timestamp):
        return value.date()
    return value


def _advance(letter: str) -> float:
    """The width of a letter in parts of the font size: Arial, in classes."""
    for width, letters in _ADVANCES:
        if letter in letters:
            return width
    if ord(letter) > 0x2E7F:  # East Asian letters fill the square
        return 1.05
    return 0.7 if letter.isupper() else 0.56


@lru_cache(maxsize=65_536)
def lines_needed(text: str, room: float) -> int:
    """How many lines a text takes in a cell with room for so many font sizes in one line."""
    lines = 0
    for paragraph in text.split("\n"):
        lines += 1
        used = 0.0
        for word in re.findall(r"\S+\s*", paragraph) or [""]:
            letters = sum(map(_advance, word.rstrip()))
            if used and used + letters > room:
                lines += 1
                used = 0.0
            if letters > room:  # a word longer than the line is broken anywhere
                lines += int(letters // room)
                letters %= room
            used += letters + 0.28 * (len(word) - len(word.rstrip()))
    return lines


def height_of(text: str, style: str, width: float) -> float:
    """The height in points that a text needs in a column of this width."""
    look = LOOKS[style]
    # A unit of column width is 7 pixels of 0.75 points; 6 points go to the margins of the cell, 7 to an indent.
    # Screens set text a little wider than paper does, hence 3 parts in a hundred.
    room = (width * 5.25 - 6 - 7 * look.indent) / (look.size * 1.03 * (1.07 if look.bold else 1.0))
    lines = lines_needed(text, max(room, 1.0)) if look.wrap else 1
    return lines * look.size * 1.23 + 4


def heading_style(style: str) -> str:
    """The style of the heading of a column: numbers stand under it on the right."""
    return "column head number" if LOOKS[style].horizontal == "right" else "column head"


class Sheet:
    """A worksheet that is written downwards."""

    def __init__(
        self,
        book: Workbook,
        review: Review,
        title: str,
        widths: Sequence[float],
        *,
        header: str,
        landscape: bool = False,
    ) -> None:
        self.raw: Any = book.create_sheet(title)
        self.title = title
        self.widths = list(widths)
        self.rows = 0
        self._links = 0
        for number, width in enumerate(widths, 1):
            self.raw.column_dimensions[get_column_letter(number)].width = width
        self.raw.sheet_view.showGridLines = False
        set_page(self.raw, review, header, landscape)

    def row(self, *cells: Put | None, height: float = 0) -> int:
        """Write one row; it is made as high as its text needs. Returns its number."""
        self.rows += 1
        written: list[Cell | None] = []
        for number, put in enumerate(cells, 1):
            if put is None:
                written.append(None)
                continue
            cell = WriteOnlyCell(self.raw)
            cell.style = put.style
            self._fill(cell, plain(put.value), number, put.link)
            if cell.data_type == "s":
                height = max(height, height_of(cell.value, put.style, self.widths[number - 1]))
            written.append(cell)
        if height:
            self.raw.row_dimensions[self.rows].height = min(height, MAX_HEIGHT)
        self.raw.append(written)
        return self.rows

    def space(self, height: float = 8) -> None:
        """An empty row."""
        self.row(height=height)

    def section(self, text: str, columns: int) -> int:
        """A heading with a line under all columns."""
        return self.row(Put(text, "section"), *[Put(None, "section")] * (columns - 1), height=26)

    def _fill(self, cell: Cell, value: Any, column: int, link: str | None = None) -> None:
        """Put a value into a cell; text stays text whatever it begins with."""
        cell.value = value
        if isinstance(value, str):
            cell.data_type = "s"
            if value.startswith(_RISKY):
                cell.quotePrefix = True
        if link and self._links < MAX_LINKS:
            cell.row, cell.column = self.rows, column
            # A file name may hold a percent sign of its own.
            cell.hyperlink = quote(link)
            self._links += 1

    def table(self, name: str, columns: Sequence[Column], empty: str) -> tuple[int, int]:
        """Write an Excel table; without rows, the text `empty`. Returns its first and last row of data."""
        self.row(*[Put(column.heading, heading_style(column.style)) for column in columns], height=28)
        heading = self.rows
        values = [[plain(value) for value in column.values] for column in columns]
        if not values[0]:
            self.row(Put(empty, "page subtitle"))
            return self.rows, self.rows
        # One cell for each column, filled anew for each row: giving each cell its own style takes most of the time.
        cells = [self._blank(column.style) for column in columns]
        guarded = [self._blank(column.style) for column in columns]
        for cell in guarded:
            cell.quotePrefix = True
        for position, record in enumerate(zip(*values, strict=True)):
            self.rows += 1
            height = 0.0
            out = []
            for number, value in enumerate(record):
                column = columns[number]
                cell = cells[number]
                if type(value) is str:
                    cell = guarded[number] if value.startswith(_RISKY) else cell
                    height = max(height, height_of(value, column.style, self.widths[number]))
                cell.hyperlink = None
                self._fill(cell, value, number + 1, column.links[position] if column.links else None)
                out.append(cell)
            self.raw.row_dimensions[self.rows].height = min(max(height, 15.0), MAX_HEIGHT)
            self.raw.append(out)
            del self.raw.row_dimensions[self.rows]  # written; keeping it would only cost memory
        self._add_table(name, [column.heading for column in columns], heading)
        return heading + 1, self.rows

    def _blank(self, style: str) -> Cell:
        cell = WriteOnlyCell(self.raw)
        cell.style = style
        return cell

    def _add_table(self, name: str, headings: Sequence[str], first: int) -> None:
        reference = f"A{first}:{get_column_letter(len(headings))}{self.rows}"
        table = Table(displayName=name, name=name, ref=reference)
        # In write-only mode openpyxl cannot read the headings back, so they are named here.
        table.tableColumns = [TableColumn(id=number, name=text) for number, text in enumerate(headings, 1)]
        table.autoFilter = AutoFilter(ref=reference)
        table.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
        # `add_table` warns about headings in this mode even when they are given.
        self.raw._tables.add(table)

    def colour(self, column: int, first: int, last: int, colours: dict[str, tuple[str, str]]) -> None:
        """Colour the cells of a column that hold one of these texts, wherever they are after sorting."""
        letter = get_column_letter(column)
        for text, (fill, font) in colours.items():
            rule = CellIsRule(
                operator="equal",
                formula=[f'"{text}"'],
                fill=PatternFill(bgColor=fill, fill_type="solid"),
                font=Font(color=font, bold=True),
            )
            self.raw.conditional_formatting.add(f"{letter}{first}:{letter}{last}", rule)
