"""Web pages and Excel 2003 XML that are named as workbooks."""

from pathlib import Path

import pytest

from pipeline.errors import InputError
from pipeline.source import RawTable, read

PAGE = """<html xmlns:x="urn:schemas-microsoft-com:office:excel"><head><meta charset="utf-8"><style>td{}</style></head>
<body><table><tr><td>Elm Court</td></tr></table>
<TABLE border=1>
<tr><th colspan=2>Active orders</th></tr>
<tr><th>Resident ID<th>Medication<th>Dose</tr>
<tr><td rowspan="2">007</td><td>Lévodopa&nbsp;&amp; <b>carbidopa</b></td><td>25<br>mg</td></tr>
<tr><td>baclofen</td><td></td></tr>
<tr><td></td><td>
   <table><tr><td>nested</td></tr></table></td></tr>
</TABLE>"""
BOOK = """<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?>
<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
<Worksheet ss:Name="Orders"><Table>
<Row ss:Index="3"><Cell><Data ss:Type="String">mrn</Data></Cell><Cell><Data ss:Type="String">drug</Data></Cell>
<Cell><Data ss:Type="String">dose</Data></Cell><Cell><Data ss:Type="String">start</Data></Cell></Row>
<Row><Cell ss:MergeDown="1"><Data ss:Type="String">007</Data></Cell><Cell><Data ss:Type="String">baclofen</Data></Cell>
<Cell><Data ss:Type="Number">5</Data></Cell><Cell><Data ss:Type="DateTime">2026-01-02T00:00:00.000</Data></Cell></Row>
<Row><Cell ss:Index="2"><Data ss:Type="String">x</Data></Cell><Cell><Data ss:Type="Error">#N/A</Data></Cell></Row>
</Table></Worksheet></Workbook>"""


def _read(path: Path, text: str, encoding: str = "utf-8") -> RawTable:
    path.write_bytes(text.encode(encoding))
    return read(path).tables["medications"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_a_web_page(encoding: str, tmp_path: Path) -> None:
    raw = _read(tmp_path / "orders.xls", PAGE, encoding)
    assert raw.frame.to_numpy().tolist() == [
        ["007", "Lévodopa & carbidopa", "25\nmg"], ["007", "baclofen", ""], ["", "nested", ""],
    ]  # fmt: skip
    assert raw.place == "orders.xls, sheet 'table 2'"
    assert list(raw.frame.index) == [3, 4, 5]


def test_a_web_page_that_is_cut_off_gives_the_rows_it_has(tmp_path: Path) -> None:
    raw = _read(tmp_path / "orders.xls", PAGE[: PAGE.index("baclofen") + 8])
    assert raw.frame["drug"].tolist() == ["Lévodopa & carbidopa", "baclofen"]


def test_excel_2003_xml(tmp_path: Path) -> None:
    raw = _read(tmp_path / "orders.xls", BOOK)
    assert raw.frame.to_numpy().tolist() == [["007", "baclofen", "5", "2026-01-02"], ["007", "x", "#N/A", ""]]
    assert list(raw.frame.index) == [4, 5]
    assert raw.place == "orders.xls, sheet 'Orders'"


def test_spans_that_would_fill_the_memory(tmp_path: Path) -> None:
    row = '<tr><td rowspan="999999999">1<td>baclofen<td colspan="999999999">5<td>x'
    raw = _read(tmp_path / "orders.xls", f"<table><tr><td>mrn<td>drug{row}")
    assert raw.frame.to_numpy().tolist() == [["1", "baclofen"]]
    with pytest.raises(InputError):
        _read(tmp_path / "orders.xls", BOOK.replace('ss:Index="3"', 'ss:Index="99999999999"'))
