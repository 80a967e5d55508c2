"""The option --names: right names of drug texts, typed into the workbook of a review or written as CSV."""

from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pipeline.errors import InputError
from pipeline.source.own_names import NAME_HEADING, read_names
from tests.command import medreview

ORDERS = """patient_id,drug,dose,dose_unit,frequency
1,Zzyx  5 mg tab,1,tablet,BID
1,oxycodone 5 mg,5,mg,BID
"""


def suggest(name: str) -> list[str] | None:
    return None if name in {"alderine", "elmic 5 mg"} else ["alderine"]


def review(tmp_path: Path, *options: str | Path) -> pd.DataFrame:
    (tmp_path / "medications.csv").write_text(ORDERS, encoding="utf-8")
    out = tmp_path / "out"
    done = medreview("review", tmp_path / "medications.csv", "--out", out, "--as-of", "2026-11-01", "--quiet", *options)
    assert done.status == 0, done.err
    return pd.read_csv(out / "medications.csv", dtype=str, keep_default_na=False)


def test_a_name_typed_into_the_workbook_is_used_in_the_next_review(tmp_path: Path) -> None:
    assert review(tmp_path)["match"].tolist() == ["unrecognised", "exact"]
    book = openpyxl.load_workbook(tmp_path / "out" / "population.xlsx")
    sheet = book["Unrecognised drugs"]
    (heading,) = [cell for cell in sheet[1] if cell.value == NAME_HEADING]
    sheet.cell(2, heading.column).value = "lorazepam 0.5 mg"
    book.save(tmp_path / "typed.xlsx")
    orders = review(tmp_path, "--names", tmp_path / "typed.xlsx", "--only", "findings")
    assert orders["ingredients"].tolist() == ["lorazepam", "oxycodone"]
    assert orders["match"].tolist() == ["named", "exact"]
    assert orders["daily_dose"][0] == "1"
    assert orders["note"][0] == 'read as "lorazepam 0.5 mg", as your file of names says'
    findings = pd.read_csv(tmp_path / "out" / "findings.csv", dtype=str, keep_default_na=False)
    assert "lorazepam;oxycodone" in findings["drugs"].tolist(), "it is screened as what it is"


def names(tmp_path: Path, text: str) -> dict[str, str]:
    file = tmp_path / "names.csv"
    file.write_text(text, encoding="utf-8")
    return read_names(file, suggest)


def test_capitals_and_blanks_do_not_matter_and_rows_without_a_name_are_left_out(tmp_path: Path) -> None:
    assert names(tmp_path, "Drug,Name\nFoo  5 MG,elmic 5 mg\nbar,\nFOO 5 mg,elmic 5 mg\n") == {"foo 5 mg": "elmic 5 mg"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("drug,meaning\nfoo,alderine\n", "the first line must have the headings drug and name"),
        ("drug,name\nfoo,aldrine\n", "row 2, column name: this name is not known. Known names like it: alderine."),
        ("drug,name\n,alderine\n", "row 2: a name is given, but no drug text that it belongs to"),
        ("drug,name\nfoo,alderine\nFoo,elmic 5 mg\n", "row 3: another row gives a different name"),
    ],
)
def test_a_file_that_cannot_be_used_says_where_and_why(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        names(tmp_path, text)


def test_a_file_that_is_missing_or_no_workbook(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be read: No such file or directory. Check --names"):
        read_names(tmp_path / "none.csv", suggest)
    (tmp_path / "no.xlsx").write_text("no workbook", encoding="utf-8")
    with pytest.raises(InputError, match="is no workbook. Save it again as .xlsx, or as CSV"):
        read_names(tmp_path / "no.xlsx", suggest)
