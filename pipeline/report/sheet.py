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
from openpyxl.cell import WriteOnlyCell
from openpyxl.formatting.rule import CellIsRule, DataBarRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.filters import AutoFilter
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.pagebreak import Break
from openpyxl.worksheet.table import Table, TableColumn, TableStyleInfo

from pipeline.report.rows import RowWriter
from pipeline.report.style import BAR, LOOKS, PAPER_HEIGHT, PAPER_WIDTH, set_page
from pipeline.review import Review

# What Excel allows: the height of a row in points, the text of a cell, the links of a sheet.
MAX_HEIGHT = 409.0
MAX_TEXT = 32_767
MAX_LINKS = 65_000

_LEAST_HEIGHT = 15.0
# The points of a unit of column width; and by how much a sheet may be longer than a page that it is squeezed into.
_UNIT = 5.25
_SQUEEZED = 1.09
_FORBIDDEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
# A spreadsheet that lets someone edit such a text would take it for a formula.
_RISKY = ("=", "+", "-", "@", "\t")
# The widths of letters in thousandths of the font size, as the metrics of Arial give them; of others: 0.6.
_REGULAR = {
    191: "'", 222: "ijl", 260: "|", 278: " !,./:;I[\\]ft", 333: "()-`r{}“”", 355: '"', 389: "*", 469: "^",
    500: "Jcksvxyz", 556: "#$0123456789?L_abdeghnopqu–é", 584: "+<=>~×", 611: "FTZ", 667: "&ABEKPSVXY",
    722: "CDHNRUw", 778: "GOQ", 833: "Mm", 889: "%", 944: "W", 1000: "—…", 1015: "@",
}  # fmt: skip
_BOLD = {
    238: "'", 278: " ,./I\\ijl|", 333: "!()-:;[]`ft", 389: "*r{}", 474: '"', 500: "z“”",
    556: "#$0123456789J_aceksvxyé–", 584: "+<=>^~×", 611: "?FLTZbdghnopqu", 667: "EPSVXY", 722: "&ABCDHKNRU",
    778: "GOQw", 833: "M", 889: "%m", 944: "W", 975: "@", 1000: "—…",
}  # fmt: skip
_WIDTHS = [
    {letter: width / 1000 for width, letters in table.items() for letter in letters} for table in (_REGULAR, _BOLD)
]
_BLANK = 0.278


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


def _width(letter: str, bold: bool) -> float:
    """The width of a letter in parts of the font size."""
    if ord(letter) > 0x2E7F:  # East Asian letters fill the square
        return 1.05
    return _WIDTHS[bold].get(letter, 0.7 if letter.isupper() else 0.6)


@lru_cache(maxsize=65_536)
def lines_needed(text: str, room: float, bold: bool = False) -> int:
    """How many lines a text takes in a cell with room for so many font sizes in one line."""
    lines = 0
    for paragraph in text.split("\n"):
        lines += 1
        used = 0.0
        for word in re.findall(r"\S+\s*", paragraph) or [""]:
            letters = sum(_width(letter, bold) for letter in word.rstrip())
            if used and used + letters > room:
                lines += 1
                used = 0.0
            if letters > room:  # a word longer than the line is broken anywhere
                lines += int(letters // room)
                letters %= room
            used += letters + _BLANK * (len(word) - len(word.rstrip()))
    return lines


def height_of(text: str, style: str, width: float) -> float:
    """The height in points that a text needs in a column of this width."""
    look = LOOKS[style]
    # A unit of column width is 7 pixels of 0.75 points; 6 points go to the margins of the cell, 7 to an indent.
    # Screens set text a little wider than paper does, hence 4 parts in a hundred.
    room = (width * _UNIT - 6 - 7 * look.indent) / (look.size * 1.04)
    lines = lines_needed(text, max(room, 1.0), look.bold) if look.wrap else 1
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
        self._book = book
        self._styles: dict[tuple[str, bool], int] = {}
        self._writer: RowWriter | None = None
        self.title = title
        self.widths = list(widths)
        self.rows = 0
        self._height = 0.0
        self._links = 0
        for number, width in enumerate(widths, 1):
            self.raw.column_dimensions[get_column_letter(number)].width = width
        self.raw.sheet_view.showGridLines = False
        set_page(self.raw, review, header, landscape)

    def row(self, *cells: Put | None, height: float = 0) -> int:
        """Write one row; it is made as high as its text needs. Returns its number."""
        self.rows += 1
        written: list[tuple[Any, int] | None] = []
        for number, put in enumerate(cells, 1):
            if put is None:
                written.append(None)
                continue
            value = plain(put.value)
            if type(value) is str:
                height = max(height, height_of(value, put.style, self.widths[number - 1]))
            written.append((value, self._style(put.style, value)))
            self._link(f"{get_column_letter(number)}{self.rows}", put.link)
        self._write(height, written)
        return self.rows

    def _write(self, height: float, cells: Iterable[tuple[Any, int] | None]) -> None:
        if self._writer is None:
            self._writer = RowWriter(self.raw)
        height = min(height, MAX_HEIGHT)
        self._height += height or _LEAST_HEIGHT
        self._writer.row(self.rows, height, cells)

    def end(self, columns: int) -> None:
        """What goes on paper: so many columns, all rows. What is a few lines too long for a page is set a little
        smaller, so that it is one."""
        self.raw.print_area = f"A1:{get_column_letter(columns)}{self.rows}"
        width = sum(self.widths[:columns]) * _UNIT
        if self._height * PAPER_WIDTH / width <= PAPER_HEIGHT * _SQUEEZED:
            self.raw.page_setup.fitToHeight = 1

    def space(self, height: float = 8) -> None:
        """An empty row."""
        self.row(height=height)

    def new_page(self) -> None:
        """What follows begins a page, in programs that heed it on a sheet that is fitted to the width of one."""
        self.raw.row_breaks.append(Break(id=self.rows))

    def section(self, text: str, columns: int) -> int:
        """A heading with a line under all columns."""
        return self.row(Put(text, "section"), *[Put(None, "section")] * (columns - 1), height=22)

    def table(self, name: str, columns: Sequence[Column], empty: str) -> tuple[int, int]:
        """Write an Excel table; without rows, the text `empty`. Returns its first and last row of data."""
        self.row(*[Put(column.heading, heading_style(column.style)) for column in columns], height=28)
        heading = self.rows
        values = [[plain(value) for value in column.values] for column in columns]
        if not values[0]:
            self.row(Put(empty, "page subtitle"))
            return self.rows, self.rows
        self._table_rows(columns, values)
        self._add_table(name, [column.heading for column in columns], heading)
        return heading + 1, self.rows

    def _table_rows(self, columns: Sequence[Column], values: Sequence[Sequence[Any]]) -> None:
        first = self.rows + 1
        for record in zip(*values, strict=True):
            self.rows += 1
            height, cells = _LEAST_HEIGHT, []
            for column, value, width in zip(columns, record, self.widths, strict=False):
                if type(value) is str:
                    height = max(height, height_of(value, column.style, width))
                cells.append((value, self._style(column.style, value)))
            self._write(height, cells)
        for number, column in enumerate(columns, 1):
            for row, link in enumerate(column.links or (), first):
                self._link(f"{get_column_letter(number)}{row}", link)

    def _link(self, cell: str, link: str | None) -> None:
        if link and self._links < MAX_LINKS:
            # A file name may hold a percent sign of its own.
            self.raw._hyperlinks.append(Hyperlink(ref=cell, target=quote(link)))
            self._links += 1

    def _style(self, name: str, value: Any) -> int:
        """The number of a style for a value: a text that a spreadsheet could run is marked as text."""
        key = name, type(value) is str and value.startswith(_RISKY)
        if key not in self._styles:
            # Making a style takes longer than writing a row: a workbook gets those that it uses.
            if name not in self._book.named_styles:
                self._book.add_named_style(LOOKS[name].named(name))
            cell = WriteOnlyCell(self.raw)
            cell.style = name
            cell.quotePrefix = key[1]
            self._styles[key] = cell.style_id
        return self._styles[key]

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

    def bars(self, column: int, first: int, last: int) -> None:
        """Show the numbers of a column as bars in their cells too."""
        letter = get_column_letter(column)
        rule = DataBarRule(start_type="num", start_value=0, end_type="max", color=BAR, minLength=0, maxLength=100)
        self.raw.conditional_formatting.add(f"{letter}{first}:{letter}{last}", rule)
