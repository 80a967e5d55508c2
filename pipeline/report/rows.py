"""The rows of a worksheet, handed to openpyxl as XML.

openpyxl makes an object of each cell and writes it element by element: seven million cells, as a hundred thousand
findings need, take over a minute and a half. A row whose values and styles are known is one text that its XML library
reads and writes several times as fast. Nothing else of the workbook is written differently.
"""

from collections.abc import Iterable
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

from openpyxl.utils import get_column_letter
from openpyxl.utils.datetime import to_excel
from openpyxl.xml.functions import fromstring


class RowWriter:
    """Writes the rows of a write-only worksheet. What stands before the rows (widths, panes) must be settled."""

    def __init__(self, raw: Any) -> None:
        self._raw = raw
        raw._get_writer()
        raw._values_to_row = lambda row, number: row
        raw._writer.write_row = lambda xf, row, number: xf.write(fromstring(row[0]))

    def row(self, number: int, height: float, cells: Iterable[tuple[Any, int] | None]) -> None:
        """One row.

        Args:
            number: of the row; 1 is the first.
            height: in points; 0: as the program likes.
            cells: for each column its value (text, number, day or None) and the number of its style; None: no cell.
        """
        given = f' ht="{height:g}" customHeight="1"' if height else ""
        texts = [
            _cell(f"{get_column_letter(column)}{number}", *cell)
            for column, cell in enumerate(cells, 1)
            if cell is not None
        ]
        self._raw.append([f'<row r="{number}"{given}>{"".join(texts)}</row>'])


def _cell(place: str, value: Any, style: int) -> str:
    if value is None:
        return f'<c r="{place}" s="{style}"/>'
    if isinstance(value, str):
        return f'<c r="{place}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    if isinstance(value, bool):
        return f'<c r="{place}" s="{style}" t="b"><v>{value:d}</v></c>'
    return f'<c r="{place}" s="{style}" t="n"><v>{to_excel(value) if isinstance(value, date) else value}</v></c>'
