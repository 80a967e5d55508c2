"""Delimited files: any encoding, mark and quoting gives the same cells, and a broken row takes no other with it."""

from pathlib import Path

import pytest

from pipeline.source import RawTable, read
from pipeline.source.report_lines import LINE_OF_REPORT
from tests.inputs import write_csv

TEXT = "mrn,drug,sig\n007,Lévodopa,à 8 h\n1E5,Ménière,“two”\n"
CELLS = [["007", "Lévodopa", "à 8 h"], ["1E5", "Ménière", "“two”"]]


def _cells(path: Path) -> RawTable:
    return read(path).tables["medications"]


ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be")


@pytest.mark.parametrize(
    ("encoding", "end"),
    [(encoding, end) for encoding in ENCODINGS for end in ("\n", "\r\n", "\r")]
    + [("cp1252", "\n"), ("cp1252", "\r\n")],
)
def test_encodings_and_ends_of_lines(encoding: str, end: str, tmp_path: Path) -> None:
    path = tmp_path / "home.csv"
    path.write_bytes(TEXT.replace("\n", end).encode(encoding))
    assert _cells(path).frame.to_numpy().tolist() == CELLS


def test_text_of_an_old_macintosh(tmp_path: Path) -> None:
    path = tmp_path / "home.csv"
    path.write_bytes(TEXT.replace("\n", "\r").encode("mac_roman"))
    assert _cells(path).frame.to_numpy().tolist() == CELLS


def test_latin_1_without_the_quotes_that_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "home.csv"
    path.write_bytes("mrn,drug\n1,Lévodopa 25µg\n".encode("latin-1"))
    assert _cells(path).frame["drug"].tolist() == ["Lévodopa 25µg"]


@pytest.mark.parametrize(("line", "mark"), [("sep=;", ";"), ('"sep=|"', "|"), ("SEP=,", ","), ("sep=\t", "\t")])
def test_the_line_that_says_which_mark_parts_cells(line: str, mark: str, tmp_path: Path) -> None:
    raw = _delimited(tmp_path, f"{line}\r\nmrn,drug,sig\r\n1,baclofen,a:b\r\n".replace(",", mark))
    assert raw.frame.to_numpy().tolist() == [["1", "baclofen", "a:b"]]
    assert list(raw.frame.index) == [3]


def test_bytes_that_pad_the_cells_of_old_systems(tmp_path: Path) -> None:
    path = tmp_path / "home.csv"
    path.write_bytes(TEXT.encode() + b"8,x\0,\r\n\x1a")
    assert _cells(path).frame["drug"].tolist() == ["Lévodopa", "Ménière", "x"]


def test_ids_written_as_fractions(tmp_path: Path) -> None:
    """A program that knows a column only as numbers writes 7 as 7.0; an id that looks so among others is left."""
    write_csv(tmp_path / "medications.csv", [["mrn", "order id", "drug"], ["7.0", "1.0", "a"], ["", "2", "b"]])
    write_csv(tmp_path / "patients.csv", [["mrn", "name"], ["7", "Ada"]])
    tables = read(tmp_path).tables
    assert tables["medications"].frame["patient_id"].tolist() == ["7", ""]
    assert tables["medications"].frame["order_id"].tolist() == ["1.0", "2"]


def test_rows_that_are_short_or_end_in_marks(tmp_path: Path) -> None:
    raw = _delimited(tmp_path, "mrn,drug,dose\n1,a\n2,b,5,,,\n\n,,\n3,c,1\n")
    assert raw.frame.to_numpy().tolist() == [["1", "a", ""], ["2", "b", "5"], ["3", "c", "1"]]
    assert not raw.bad_rows


def _delimited(folder: Path, text: str, name: str = "home.csv") -> RawTable:
    path = folder / name
    path.write_bytes(text.encode())
    return _cells(path)


def test_quoted_cells(tmp_path: Path) -> None:
    """Commas, quotation marks and line breaks inside quotation marks belong to the cell; a record has one number."""
    raw = _delimited(tmp_path, 'patient_id,drug,sig\r\n1,"baclofen, 10 mg","take ""one""\r\n\r\nat night"\r\n2,x,y\r\n')
    assert raw.frame.to_numpy().tolist() == [
        ["1", "baclofen, 10 mg", 'take "one"\r\n\r\nat night'],
        ["2", "x", "y"],
    ]
    assert list(raw.frame.index) == [2, 3]
    assert not raw.bad_rows


@pytest.mark.parametrize("end", ['4,"d"\n', "4,d\n", ""])
def test_a_quotation_mark_that_is_not_closed_takes_one_row_only(end: str, tmp_path: Path) -> None:
    """Read as written it would swallow the orders below it, and nobody would know."""
    raw = _delimited(tmp_path, f'patient_id,drug\n1,a\n2,"b\n3,c\n{end}')
    assert raw.bad_rows == {3: "a quotation mark is opened and not closed"}
    assert raw.frame["patient_id"].tolist() == ["1", "2", "3", "4"][: 4 if end else 3]
    assert raw.frame["drug"].loc[4] == "c"


def test_a_quotation_mark_before_a_very_long_rest(tmp_path: Path) -> None:
    rest = "3,lorazepam 0.5 mg tablet\n" * 20_000
    raw = _delimited(tmp_path, f'patient_id,drug\n1,a\n2,"b\n{rest}')
    assert raw.bad_rows == {3: "a quotation mark is opened and not closed"}
    assert len(raw.frame) == 20_002


def test_marks_inside_an_unquoted_cell(tmp_path: Path) -> None:
    raw = _delimited(tmp_path, 'patient_id,drug\n1,5" wound strip\n2,"plain" cream\n3,b\n')
    assert raw.frame["drug"].tolist() == ['5" wound strip', "plain cream", "b"]
    assert not raw.bad_rows


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
def test_commas_in_cells_do_not_decide_the_delimiter(delimiter: str, tmp_path: Path) -> None:
    rows = ["patient_id;drug;sig", "1;baclofen;one, two, three, four, or five", "2;a;1,5"]
    raw = _delimited(tmp_path, "\n".join(rows).replace(";", delimiter))
    assert raw.frame["directions"].tolist() == ["one, two, three, four, or five", "1,5"]


def test_a_row_with_too_many_cells_is_told(tmp_path: Path) -> None:
    """An unquoted comma shifts every cell after it."""
    raw = _delimited(tmp_path, "patient_id,drug,dose\n1,calcium, 500 mg,1\n2,baclofen,5,,\n3,b\n")
    assert raw.bad_rows == {2: "the row has 4 cells, the header 3: quote cells that hold commas"}
    assert raw.frame.loc[4].tolist() == ["3", "b", ""]


def test_headings_repeated_on_each_page_are_no_order(tmp_path: Path) -> None:
    raw = _delimited(tmp_path, "patient_id,drug\n1,a\npatient_id,drug\n2,b\n")
    assert raw.bad_rows == {3: "repeats the headings"}


@pytest.mark.parametrize(
    "line",
    [
        "Page 1 of 3", "Grand Total,5", ",Subtotal: 3 orders", "Total orders: 7", "TOTAL RX: 11", "Sub-total,2",
        "-- 4 records --", "Printed by: nurse 11/20/2026", "*** End of report ***", "Run Date: 11/20/2026,,8:14",
    ],
)  # fmt: skip
def test_lines_of_a_printed_report_are_no_order(line: str, tmp_path: Path) -> None:
    raw = _delimited(tmp_path, f"patient_id,drug,start_date\n1,a,2026-01-01\n{line}\n2,b,2026-01-01\n")
    assert raw.bad_rows == {3: LINE_OF_REPORT}


@pytest.mark.parametrize(
    "line", ["Page Ann,baclofen,", "7,Total parenteral nutrition,", ",Total parenteral nutrition,"]
)
def test_orders_that_resemble_a_line_of_a_report(line: str, tmp_path: Path) -> None:
    assert _delimited(tmp_path, f"patient_id,drug,start_date\n{line}\n").bad_rows == {}
