"""The charts of the population workbook: Excel's own, fed by the cells beside them."""

from collections.abc import Sequence
from typing import Any

from openpyxl.chart import BarChart, Reference, Series
from openpyxl.chart.label import DataLabelList
from openpyxl.chart.shapes import GraphicalProperties
from openpyxl.chart.text import RichText
from openpyxl.drawing.line import LineProperties
from openpyxl.drawing.text import CharacterProperties, Paragraph, ParagraphProperties

from pipeline.report.sheet import Sheet
from pipeline.report.style import INK

WIDTH_CM = 23.0
MAX_HEIGHT_CM = 13.5
POINTS_PER_CM = 28.35


def stacked_bars(
    sheet: Sheet, title: str, axis: str, heading: int, last: int, colours: Sequence[tuple[str, str]]
) -> None:
    """A bar for each row of the table above, made of its number columns; it stands below the table in a row of its own.

    `heading` and `last` are the first and last row of the table; `colours` are fill and text of its second and further
    columns.
    """
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "bar", "stacked", 100, 45
    chart.height = min(4.0 + 0.65 * (last - heading), MAX_HEIGHT_CM)
    # The first row of the table is the topmost bar.
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.title = axis
    chart.y_axis.crosses = "max"
    _draw(sheet, chart, title, heading, last, colours)


def columns(sheet: Sheet, title: str, axis: str, heading: int, last: int, colours: Sequence[tuple[str, str]]) -> None:
    """Columns side by side for each row of the table above; otherwise as `stacked_bars`."""
    chart = BarChart()
    chart.type, chart.grouping, chart.gapWidth = "col", "clustered", 60
    chart.height = 8.0
    chart.x_axis.title = axis
    chart.y_axis.title = "Residents"
    _draw(sheet, chart, title, heading, last, colours)


def over_time(sheet: Sheet, title: str, axis: str, heading: int, last: int, colours: Sequence[tuple[str, str]]) -> None:
    """A column for each row (day) of the table above, made of its number columns; otherwise as `stacked_bars`."""
    chart = BarChart()
    chart.type, chart.grouping, chart.overlap, chart.gapWidth = "col", "stacked", 100, 40
    chart.height = 8.0
    chart.y_axis.title = axis
    _draw(sheet, chart, title, heading, last, colours)


def pairs(sheet: Sheet, title: str, axis: str, heading: int, last: int, colours: Sequence[tuple[str, str]]) -> None:
    """Bars of shares beside each other for each row of the table above; otherwise as `stacked_bars`."""
    chart = BarChart()
    chart.type, chart.grouping, chart.gapWidth = "bar", "clustered", 45
    chart.height = min(4.0 + 1.1 * (last - heading), MAX_HEIGHT_CM)
    chart.x_axis.scaling.orientation = "maxMin"
    chart.y_axis.title = axis
    chart.y_axis.crosses = "max"
    _draw(sheet, chart, title, heading, last, colours, "0%")


def _draw(
    sheet: Sheet,
    chart: BarChart,
    title: str,
    heading: int,
    last: int,
    colours: Sequence[tuple[str, str]],
    number_format: str = "#,##0",
) -> None:
    chart.title = title
    chart.width = WIDTH_CM
    chart.legend.position = "b"
    for number, (fill, text) in enumerate(colours, 2):
        chart.series.append(_series(sheet, number, heading, last, fill, text if chart.grouping == "stacked" else INK))
    chart.set_categories(Reference(sheet.raw, min_col=1, min_row=heading + 1, max_row=last))
    chart.y_axis.number_format = number_format
    chart.y_axis.majorGridlines = None
    # openpyxl hides axes unless told not to.
    chart.x_axis.delete = chart.y_axis.delete = False
    chart.title.tx.rich.p[0].pPr = ParagraphProperties(defRPr=CharacterProperties(sz=1200, b=True))
    sheet.space()
    # One row as high as the chart: a row is never split between two pages.
    row = sheet.row(height=chart.height * POINTS_PER_CM + 12)
    sheet.raw.add_chart(chart, f"A{row}")


def _series(sheet: Sheet, column: int, heading: int, last: int, fill: str, text: str) -> Any:
    values = Reference(sheet.raw, min_col=column, min_row=heading, max_row=last)
    series = Series(values, title_from_data=True)
    # A dark outline keeps light parts apart in black and white.
    series.graphicalProperties = GraphicalProperties(solidFill=fill)
    series.graphicalProperties.line = LineProperties(solidFill=INK, w=6350)
    labels = DataLabelList()
    labels.showVal = True
    labels.showSerName = labels.showCatName = labels.showLegendKey = labels.showPercent = False
    font = CharacterProperties(sz=900, b=True, solidFill=text)
    labels.txPr = RichText(p=[Paragraph(pPr=ParagraphProperties(defRPr=font), endParaRPr=font)])
    series.dLbls = labels
    return series
