"""Cells of workbooks: what the sheet shows is what is read, and what has lost its meaning is never read as empty."""

import zipfile
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.styles import PatternFill
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from pipeline.errors import InputError
from pipeline.source import RawTable, package, read
from pipeline.source.raw import FORMULA
from tests.inputs import compound_file, write_cells, write_ods_tables, write_workbook, write_xls


def _cells(path: Path) -> RawTable:
    return read(path).tables["medications"]


def _text(raw: RawTable) -> list[list[str]]:
    return raw.frame.to_numpy().tolist()


def test_cells_of_a_workbook(tmp_path: Path) -> None:
    """Numbers, text, dates and truth values as the sheet shows them."""
    rows = [
        ["patient_id", "drug", "dose", "prn", "start_date", "stop_date"],
        ["007", "NA", 5, True, date(2026, 1, 2), datetime.fromisoformat("2026-01-02 13:45")],
        [7, " baclofen\u00a010 mg\u00a0", "5", False, "2026-01-02", 46024],
        [1234567890123456, "nan", 0.1, "N", None, ""],
        ["1E5", "two\nlines", "2.50", "", "", ""],
    ]
    raw = _cells(write_workbook(tmp_path / "home.xlsx", {"Medications": rows}))
    assert _text(raw) == [
        ["007", "NA", "5", "yes", "2026-01-02", "2026-01-02 13:45:00"],
        ["7", "baclofen 10 mg", "5", "no", "2026-01-02", "46024"],
        ["1234567890123456", "nan", "0.1", "N", "", ""],
        ["1E5", "two\nlines", "2.50", "", "", ""],
    ]


HEADER = (
    '<row r="1"><c r="A1" t="inlineStr"><is><t>patient_id</t></is></c><c r="B1" t="inlineStr"><is><t>drug</t></is></c>'
    '<c r="C1" t="inlineStr"><is><t>dose</t></is></c></row>'
)


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="C3" t="e"><v>#N/A</v></c>',
        '<c r="C3" s="0" t="e"><f>1/0</f><v>#N/A</v></c>',
        '<c t="e" r="C3"><f t="shared" si="0"/><v>#N/A</v></c>',
    ],
)
def test_error_cells_keep_their_error(cell: str, tmp_path: Path) -> None:
    """An error read as an empty cell would pass for a dose that was never given."""
    row = f'<row r="3"><c r="A3"><v>7</v></c><c r="B3" t="str"><v>baclofen</v></c>{cell}</row>'
    raw = _cells(write_cells(tmp_path / "home.xlsx", HEADER + row))
    assert _text(raw) == [["7", "baclofen", "#N/A"]]
    assert list(raw.frame.index) == [3]


def test_error_cells_of_an_old_workbook(tmp_path: Path) -> None:
    rows = [["patient_id", "drug", "dose"], [7, "baclofen", "#N/A"], [8, "#VALUE!", 5.5]]
    raw = _cells(write_xls(tmp_path / "home.xls", {"Notes": [["#DIV/0!"]], "Medications": rows}))
    assert _text(raw) == [["7", "baclofen", "#N/A"], ["8", "#VALUE!", "5.5"]]


def test_formulas_give_their_last_value(tmp_path: Path) -> None:
    row = (
        '<row r="2"><c r="A2"><f>3+4</f><v>7</v></c><c r="B2" t="str"><f>A1&amp;"x"</f><v>baclofen</v></c>'
        '<c r="C2"><f>5/2</f><v>2.5</v></c></row><row r="3"><c r="A3"><v>8</v></c><c r="B3" t="str"><v>x</v></c>'
        '<c r="C3" t="str"><f>""</f><v></v></c></row>'
    )
    raw = _cells(write_cells(tmp_path / "home.xlsx", HEADER + row))
    assert _text(raw) == [["7", "baclofen", "2.5"], ["8", "x", ""]]


@pytest.mark.parametrize("piece", [1 << 20, 64])
def test_a_formula_without_a_stored_value_is_not_an_empty_cell(
    piece: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Programs that write workbooks compute nothing. Wherever the pieces of the sheet end, each such cell is found."""
    monkeypatch.setattr(package, "_PIECE", piece)
    rows = [["patient_id", "drug", "dose"], ["1", "baclofen", "=2+3"], ["2", "x", 5], ["=A2", "=B2", "=C2"]]
    raw = _cells(write_workbook(tmp_path / "home.xlsx", {"Medications": rows}))
    assert _text(raw) == [["1", "baclofen", FORMULA], ["2", "x", "5"], [FORMULA, FORMULA, FORMULA]]


def test_ids_that_are_numbers_and_show_zeros(tmp_path: Path) -> None:
    path = write_workbook(
        tmp_path / "home.xlsx", {"Medications": [["mrn", "drug", "dose"], [7, "a", 5], [12345, "b", 5]]}
    )
    book = load_workbook(path)
    for row in (2, 3):
        book["Medications"].cell(row, 1).number_format = "0000"
    book["Medications"].cell(2, 3).number_format = "0.00"
    book.save(path)
    assert _text(_cells(path)) == [["0007", "a", "5"], ["12345", "b", "5"]]


def test_days_counted_from_1904(tmp_path: Path) -> None:
    book = Workbook()
    book.epoch = CALENDAR_MAC_1904
    sheet = book.active
    sheet.append(["mrn", "drug", "start"])
    sheet.append(["1", "baclofen", date(2026, 1, 2)])
    book.save(tmp_path / "home.xlsx")
    assert _text(_cells(tmp_path / "home.xlsx")) == [["1", "baclofen", "2026-01-02"]]


def _oddities(path: Path) -> Path:
    """Merged titles and cells, hidden and blank rows and columns, and a far cell that is coloured and empty."""
    rows = [
        ["Elm Court", None, None], [None], [None, "mrn", "drug", "dose"], [None, "1", "baclofen", 5],
        [None, None, "x", 1], [None], [None, "2", "morphine", 10], [None, None, "warfarin", 2], [None] * 4,
    ]  # fmt: skip
    write_workbook(path, {"Medications": rows})
    book = load_workbook(path)
    sheet = book["Medications"]
    for area in ("A1:D1", "B4:B5", "B7:B9"):
        sheet.merge_cells(area)
    sheet.row_dimensions[7].hidden = True
    sheet.column_dimensions["D"].hidden = True
    sheet["XFD1048576"].fill = PatternFill("solid", fgColor="FFFF00")
    book.create_chartsheet("Chart")
    book.save(path)
    return path


@pytest.mark.parametrize("suffix", [".xlsx", ".xlsm"])
def test_an_odd_layout_loses_no_order(suffix: str, tmp_path: Path) -> None:
    """A list that is filtered hides its rows; the orders on them are given all the same."""
    raw = _cells(_oddities(tmp_path / f"home{suffix}"))
    assert _text(raw) == [["1", "baclofen", "5"], ["1", "x", "1"], ["2", "morphine", "10"], ["2", "warfarin", "2"]]
    assert list(raw.frame.index) == [4, 5, 7, 8]


def test_a_cell_far_out_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "home.xlsx", {"Medications": [["mrn", "drug"], ["1", "baclofen"]]})
    book = load_workbook(path)
    book["Medications"]["XFD1048576"] = "x"
    book.save(path)
    with pytest.raises(InputError, match="sheet 'Medications': the cell XFD1048576 lies far from the others"):
        read(path)


def test_a_workbook_under_the_suffix_of_another_kind(tmp_path: Path) -> None:
    rows = [["mrn", "drug"], ["1", "baclofen"]]
    write_xls(tmp_path / "old.xls", {"Medications": rows}).rename(tmp_path / "new.xlsx")
    write_workbook(tmp_path / "new2.xlsx", {"Medications": rows}).rename(tmp_path / "old.xls")
    for name in ("new.xlsx", "old.xls"):
        assert _text(_cells(tmp_path / name)) == [["1", "baclofen"]]


def test_macros_are_neither_run_nor_looked_at(tmp_path: Path) -> None:
    path = write_workbook(tmp_path / "home.xlsm", {"Medications": [["mrn", "drug"], ["1", "baclofen"]]})
    with zipfile.ZipFile(path, "a") as book:
        book.writestr("xl/vbaProject.bin", compound_file({"VBA": b"Sub Auto_Open()"}))
    assert _text(_cells(path)) == [["1", "baclofen"]]


def _ods_cell(attributes: str, shown: str = "") -> str:
    return f"<table:table-cell {attributes}><text:p>{shown}</text:p></table:table-cell>"


TEXT = 'office:value-type="string"'


def test_cells_of_an_open_document(tmp_path: Path) -> None:
    heads = "".join(_ods_cell(TEXT, name) for name in ("mrn", "drug", "dose", "start", "prn"))
    cells = [
        [
            _ods_cell('office:value-type="float" office:value="7"', "007"),
            _ods_cell(TEXT, "two</text:p><text:p>lines<text:s text:c='2'/>x"),
            _ods_cell('table:formula="of:=NA()" office:value-type="string" calcext:value-type="error"', "#N/A"),
            _ods_cell('office:value-type="date" office:date-value="2026-01-02T00:00:00"', "1/2/26"),
            _ods_cell('office:value-type="boolean" office:boolean-value="true"', "TRUE"),
        ],
        [
            _ods_cell('office:value-type="float" office:value="12" table:number-rows-spanned="3"', "12"),
            _ods_cell(TEXT, "<office:annotation><text:p>a note</text:p></office:annotation>x"),
            _ods_cell('table:formula="of:=1+1"'),
        ],
        [
            "<table:covered-table-cell/>",
            _ods_cell(TEXT, "y"),
            _ods_cell('office:value-type="float" office:value="2.5"'),
        ],
        [],
        ["<table:covered-table-cell/>", "<table:table-cell table:number-columns-repeated='16383'/>"],
    ]
    rows = "".join(f"<table:table-row>{''.join(row)}</table:table-row>" for row in cells)
    blank = "<table:table-row table:number-rows-repeated='{}'><table:table-cell/></table:table-row>"
    table = f"<table:table-row>{heads}</table:table-row>{blank.format(2)}{rows}{blank.format(1048570)}"
    old = "<table:table-row table:number-rows-repeated='9'>" + _ods_cell(TEXT, "mrn") * 2 + "</table:table-row>"
    path = write_ods_tables(
        tmp_path / "home.ods",
        f'<table:table table:name="Meds">{table}</table:table>'
        f'<table:table table:name="Old" table:style-name="ta2">{old}</table:table>',
        '<style:style style:name="ta2"><style:table-properties table:display="false"/></style:style>',
    )
    raw = _cells(path)
    assert _text(raw) == [
        ["007", "two\nlines  x", "#N/A", "2026-01-02", "yes"],
        ["12", "x", FORMULA, "", ""],
        ["12", "y", "2.5", "", ""],
    ]
    assert list(raw.frame.index) == [4, 5, 6]
    assert read(path).unused == ("sheet 'Old'",)


def test_a_cell_far_out_in_an_open_document(tmp_path: Path) -> None:
    first = "".join(
        f"<table:table-row>{_ods_cell(TEXT, one)}{_ods_cell(TEXT, two)}</table:table-row>"
        for one, two in (("mrn", "drug"), ("1", "baclofen"))
    )
    far = (
        "<table:table-row table:number-rows-repeated='1048573'><table:table-cell/></table:table-row><table:table-row>"
        f"<table:table-cell table:number-columns-repeated='16383'/>{_ods_cell(TEXT, 'x')}</table:table-row>"
    )
    raw = _cells(write_ods_tables(tmp_path / "home.ods", f'<table:table table:name="Meds">{first}{far}</table:table>'))
    assert _text(raw)[0] == ["1", "baclofen"]
    assert list(raw.frame.index) == [2, 1048576]


def test_an_encoding_that_nobody_knows(tmp_path: Path) -> None:
    path = tmp_path / "home.ods"
    with zipfile.ZipFile(path, "w") as book:
        book.writestr("content.xml", '<?xml version="1.0" encoding="UTF-9"?><x/>')
    with pytest.raises(InputError, match="home.ods cannot be read as a workbook"):
        read(path)
