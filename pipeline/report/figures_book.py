"""population.xlsx of figures alone: the tables of the page, one on each sheet, for who wants to go on calculating."""

from collections.abc import Sequence
from pathlib import Path

from pipeline.report.page_parts import Cell, Table
from pipeline.report.sheet import Column, Put, Sheet
from pipeline.report.style import about, new_book
from pipeline.review import Review

_SHEETS = {
    "figures-table": "Figures",
    "units-table": "Units",
    "problems-table": "Problems",
    "changes-table": "What would help most",
    "measures-table": "Measures",
    "loads-table": "Loads",
    "missing-table": "Not assessable",
}


def write(review: Review, tables: Sequence[Table], path: Path) -> None:
    """Write the workbook; its first sheet says what it is."""
    header = f"Population medication review, {review.as_of.day} {review.as_of:%b %Y}"
    book = new_book(review, "Population medication review", f"Figures, as of {review.as_of.isoformat()}")
    cover = Sheet(book, review, "About", (100,), header=header)
    cover.row(Put("Population medication review: figures", "page title"))
    for text in (*review.notices, about(review)):
        cover.row(Put(text))
    for table in tables:
        title = _SHEETS[table.name]
        widths = [44, *[12 if heading.number else 26 for heading in table.headings[1:]]]
        sheet = Sheet(book, review, title, widths, header=f"{header}: {title}", landscape=True)
        sheet.raw.freeze_panes = "B2"
        columns = [
            Column(
                heading.text, [_value(row[at], heading.number) for row in table.rows], widths[at],
                "cell number" if heading.number else "cell",
            )
            for at, heading in enumerate(table.headings)
        ]  # fmt: skip
        sheet.table(title.title().replace(" ", ""), columns, table.empty)
    book.save(path)


def _value(cell: Cell, number: bool) -> str | int:
    counted = number and cell.sort is not None and "%" not in cell.text
    return int(cell.sort or 0) if counted else cell.text
