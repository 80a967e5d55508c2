"""The user's own table of codes: read, applied to a review, and what is wrong in one."""

import csv
import json
from pathlib import Path

import pandas as pd
import pytest

from pipeline.errors import InputError
from pipeline.settings import read_settings
from pipeline.source.codes import read_codes
from tests.command import medreview

CODES = 'System,Code,Name\nRxNorm,77001,baclofen 10 mg tablet\nndc,0378-0018-01,"metoprolol, tartrate"\n\n'
HOME = (
    "Resident ID,Medication,RxNorm,NDC Code,Strength\n"
    "1,Spasm tablet,77001,,\n"
    "1,oxycodone 5 mg,77001,,\n"
    "1,Heart tablet,,378001801,\n"
    "1,Other tablet,5,,\n"
    "1,MSO4 10 mg,,,\n"
)


@pytest.mark.parametrize(
    "data",
    [
        CODES.encode(),
        b"\xef\xbb\xbf" + CODES.encode(),
        CODES.replace(",", ";").replace('"metoprolol; tartrate"', '"metoprolol, tartrate"').encode(),
        CODES.replace("\n", "\r\n").encode("utf-16"),
    ],
)
def test_a_table_of_codes(data: bytes, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    file.write_bytes(data)
    assert read_codes(file).to_numpy().tolist() == [
        ["rxcui", "77001", "baclofen 10 mg tablet"],
        ["ndc", "0378-0018-01", "metoprolol, tartrate"],
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "cannot be read"),
        ("", "no column 'system'"),
        ("system,code\nndc,1\n", "no column 'name'"),
        ("system,code,name\nrxcui,1\n", "line 2: a system, a code and a name are needed"),
        ("system,code,name\nrxcui,,aspirin\n", "line 2: a system, a code and a name are needed"),
        ("system,code,name\nrxcui,1,aspirin\ngpi,1,aspirin\n", "line 3, column system: must be rxcui, ndc, atc"),
        ("system,code,name\nndc,12-34,aspirin\n", ""),
        ("system,code,name\natc,M03,aspirin\n", "line 2, column code: is no atc code"),
    ],
)
def test_what_is_wrong_in_one_is_said(content: str | None, said: str, tmp_path: Path) -> None:
    file = tmp_path / "codes.csv"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    if not said:
        assert len(read_codes(file)) == 1
        return
    with pytest.raises(InputError) as error:
        read_codes(file)
    assert str(file) in str(error.value)
    assert said in str(error.value)


def _written(tmp_path: Path) -> tuple[Path, Path]:
    home, codes = tmp_path / "home.csv", tmp_path / "codes.csv"
    home.write_text(HOME, encoding="utf-8")
    codes.write_text(CODES, encoding="utf-8")
    return home, codes


def test_a_review_with_codes(tmp_path: Path) -> None:
    home, codes = _written(tmp_path)
    out = tmp_path / "out"
    done = medreview("review", home, "--out", out, "--as-of", "2026-11-01", "--codes", codes, "--quiet")
    assert done.status == 0, done.err
    orders = pd.read_csv(out / "medications.csv", dtype=str, keep_default_na=False)
    assert orders["ingredients"].tolist() == ["baclofen", "oxycodone", "metoprolol", "", "morphine"]
    assert orders["match"].tolist() == ["code", "exact", "code", "unrecognised", "abbreviation"]
    assert orders["note"][0] == "recognised by its rxcui code 77001"
    assert orders["note"][1] == "its rxcui code 77001 stands for baclofen"
    assert orders["note"][4].startswith('"MSO4" may be read as magnesium sulfate')
    with (out / "unrecognised.csv").open(encoding="utf-8") as file:
        assert [row["drug"] for row in csv.DictReader(file)] == ["Other tablet"]
    manifest = json.loads((out / "run.json").read_text(encoding="utf-8"))
    assert manifest["order_rows_with_note"] == 5
    assert manifest["order_rows_by_match"]["code"] == 2
    # The contradiction stands in the resident's report.
    report = pd.read_excel(out / "patients" / "1.xlsx", sheet_name=None, header=None, dtype=str, engine="openpyxl")
    text = " ".join(str(cell) for sheet in report.values() for cell in sheet.to_numpy().ravel())
    assert "whether the order 'oxycodone 5 mg' is what it says, or baclofen as its code says" in text
    assert "note: recognised by its rxcui code 77001" in text


def test_validate_with_codes(tmp_path: Path) -> None:
    home, codes = _written(tmp_path)
    without, given = medreview("validate", home), medreview("validate", home, "--codes", codes)
    assert "not recognised in 1 rows: Spasm tablet" in without.out
    assert "Spasm tablet" not in given.out
    assert "not recognised in 1 rows: Other tablet" in given.out


def test_the_settings_name_a_table_of_codes(tmp_path: Path) -> None:
    settings = tmp_path / "medreview.toml"
    settings.write_text('codes = "ours.csv"', encoding="utf-8")
    assert read_settings(settings).codes == tmp_path / "ours.csv"
    settings.write_text("codes = 7", encoding="utf-8")
    with pytest.raises(InputError, match="codes must be the path of a CSV file"):
        read_settings(settings)
