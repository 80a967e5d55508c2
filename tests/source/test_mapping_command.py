"""`medreview map` shows how headings are understood and writes a mapping that reads the same input the same way."""

import tomllib
from pathlib import Path

import pytest

from pipeline.source import read
from pipeline.source.mapping import read_mapping
from tests.command import medreview
from tests.inputs import DAY, HOME, read_csv, write_csv, write_folder, write_workbook
from tests.source.systems import SYSTEMS

UNITS = {
    "North": [["Client #", "Item", "Allergies"], ["SECRET1", "baclofen 10 mg", ""]],
    "South": [["Client #", "Thing", "Odd \u201cheading\u201d \\"], ["SECRET2", "SECRET3", "x"]],
    "Notes": [["call Bo"]],
}
CHOICE = [["mrn", "Brand Name", "Generic Name", "Colour"], ["SECRET1", "Lioresal", "baclofen", "red"]]


@pytest.mark.parametrize("name", [*SYSTEMS, "home", "workbook"])
def test_the_mapping_written_reads_the_same(name: str, tmp_path: Path) -> None:
    if name in SYSTEMS:
        source = write_folder(tmp_path / "export", SYSTEMS[name][0])
    elif name == "home":
        source = write_folder(tmp_path / "home", HOME)
    else:
        source = write_workbook(tmp_path / "home.xlsx", {"Sheet1": HOME["medications"], "Labs 2026": HOME["labs"]})
    result = medreview("map", source, "--write", tmp_path / "m.toml")
    assert (result.status, result.err) == (0, "")
    plain, mapped = read(source), read(source, read_mapping(tmp_path / "m.toml"))
    assert mapped.unused == plain.unused
    assert {table: raw.headings for table, raw in mapped.tables.items()} == {
        table: raw.headings for table, raw in plain.tables.items()
    }
    assert all(raw.frame.equals(plain.tables[table].frame) for table, raw in mapped.tables.items())
    again = medreview("map", source, "--mapping", tmp_path / "m.toml", "--write", tmp_path / "again.toml")
    assert again.status == 0
    assert tomllib.loads((tmp_path / "again.toml").read_text(encoding="utf-8")) == tomllib.loads(
        (tmp_path / "m.toml").read_text(encoding="utf-8")
    )


def test_what_it_shows(tmp_path: Path) -> None:
    rows = [["Active orders"], ["Resident #", "Description", "Order #", "Colour"], ["SECRET1", "SECRET2", "", "red"]]
    result = medreview("map", write_csv(tmp_path / "orders.csv", rows))
    assert result.status == 0
    assert [" ".join(line.split()) for line in result.out.splitlines()[:6]] == [
        "orders.csv: taken for medications; 1 rows below row 2",
        "heading column how filled cells",
        "Resident # patient_id other name 1",
        "Description drug for want of a better one 1",
        "Order # order_id other name 0",
        "Colour - not used 1",
    ]
    assert "  not found: strength, rxcui, " in result.out
    assert "medications: 1 rows from orders.csv" in result.out
    assert "SECRET" not in result.out


def test_an_ambiguous_input_is_shown_and_the_choice_settles_it(tmp_path: Path) -> None:
    source, file = write_csv(tmp_path / "orders.csv", CHOICE), tmp_path / "m.toml"
    result = medreview("map", source, "--write", file)
    assert result.status == 4
    assert "drug could be 'Brand Name' or 'Generic Name': say which in a mapping" in result.out
    assert "Not usable yet: orders.csv: the columns 'Brand Name' and 'Generic Name' could both be drug." in result.out
    assert "SECRET" not in result.out
    text = file.read_text(encoding="utf-8")
    assert '# drug = "Brand Name"\n# drug = "Generic Name"\n' in text
    file.write_text(text.replace('# drug = "Generic', 'drug = "Generic'), encoding="utf-8")
    assert medreview("map", source, "--mapping", file).status == 0
    assert read(source, read_mapping(file)).tables["medications"].frame["drug"].tolist() == ["baclofen"]


def test_sheets_whose_headings_are_not_known(tmp_path: Path) -> None:
    """A person writes the mapping; the headings that differ from sheet to sheet stand in a list."""
    source, file = write_workbook(tmp_path / "home.xlsx", UNITS), tmp_path / "m.toml"
    result = medreview("map", source, "--write", file)
    assert result.status == 4
    assert "sheet 'North': taken for no table" in result.out
    file.write_text(
        '[medications]\nfrom = ["North", "South"]\npatient_id = "Client #"\ndrug = ["Item", "Thing"]\n',
        encoding="utf-8",
    )
    second = medreview("map", source, "--mapping", file, "--write", tmp_path / "again.toml")
    assert second.status == 0, second.out
    assert "SECRET" not in second.out + second.err
    assert "medications: 2 rows from home.xlsx, sheets 'North' and 'South'" in second.out
    section = tomllib.loads((tmp_path / "again.toml").read_text(encoding="utf-8"))["medications"]
    assert section["from"] == ["North", "South"]
    assert section["drug"] == ["Item", "Thing"]
    again = read(source, read_mapping(tmp_path / "again.toml")).tables["medications"].frame
    assert again["patient_id"].tolist() == ["SECRET1", "SECRET2"]


def test_columns_beside_the_orders(tmp_path: Path) -> None:
    """Columns of residents on the rows of orders are mapped too, and read the same."""
    rows = [["mrn", "Drug", "Date of Birth", "Allergies"], ["1", "baclofen 10 mg", "1940-02-03", "penicillin"]]
    source, file = write_csv(tmp_path / "orders.csv", rows), tmp_path / "m.toml"
    result = medreview("map", source, "--write", file)
    assert result.status == 0
    assert "patients.birth_date" in result.out
    assert tomllib.loads(file.read_text(encoding="utf-8"))["patients"] == {"birth_date": "Date of Birth"}
    plain, mapped = read(source), read(source, read_mapping(file))
    assert set(mapped.tables) == set(plain.tables) == {"medications", "patients", "allergies"}
    assert all(raw.frame.equals(plain.tables[table].frame) for table, raw in mapped.tables.items())


def test_a_file_whose_first_row_may_be_data_is_not_shown(tmp_path: Path) -> None:
    source, file = write_csv(tmp_path / "orders.csv", [["SECRET1", "SECRET2"], ["SECRET3", "b"]]), tmp_path / "m.toml"
    result = medreview("map", source, "--write", file)
    assert result.status == 4
    assert "SECRET" not in result.out + result.err
    assert '# drug = ""' in file.read_text(encoding="utf-8")


def test_a_mapping_is_not_overwritten_unless_told(tmp_path: Path) -> None:
    source, file = write_csv(tmp_path / "orders.csv", HOME["medications"]), tmp_path / "m.toml"
    file.write_text("mine", encoding="utf-8")
    result = medreview("map", source, "--write", file)
    assert (result.status, result.out) == (4, "")
    assert (
        result.err
        == f"medreview: {file} is there already and may have been edited. Choose another name, or add --force.\n"
    )
    assert file.read_text(encoding="utf-8") == "mine"
    assert medreview("map", source, "--write", file, "--force").status == 0
    assert file.read_text(encoding="utf-8") != "mine"


def test_a_place_that_cannot_be_written(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "orders.csv", HOME["medications"])
    result = medreview("map", source, "--write", tmp_path / "none" / "m.toml")
    assert result.status == 4
    assert result.err.endswith("m.toml cannot be written: No such file or directory.\n")


def test_standard_input_is_refused() -> None:
    result = medreview("map", "-")
    assert (result.status, result.out) == (4, "")
    assert "Give a file or a folder, not standard input." in result.err


@pytest.mark.usefixtures("compiled")
def test_a_review_with_a_mapping(tmp_path: Path) -> None:
    """The mapping decides the columns and the order of day and month; what nobody used is told."""
    rows = [["Client", "Item", "Begun", "Colour"], ["1", "baclofen 10 mg", "3/4/2026", "red"]]
    source, file = write_csv(tmp_path / "orders.csv", rows), tmp_path / "m.toml"
    file.write_text(
        'date_order = "dmy"\n[medications]\npatient_id = "Client"\ndrug = "Item"\nstart_date = "Begun"\n',
        encoding="utf-8",
    )
    (tmp_path / "settings.toml").write_text('mapping = "m.toml"\ndate_order = "mdy"\n', encoding="utf-8")
    for at, words in enumerate((("--mapping", file), ("--config", tmp_path / "settings.toml"))):
        out = tmp_path / f"out{at}"
        result = medreview("review", source, "--out", out, "--as-of", "2026-04-02", "--only", "findings", *words)
        assert result.status == 0, result.err
        assert "Columns not used: 1; `medreview map` shows them" in result.out
        # On the second of April, an order of the third is not yet current.
        assert [row["current"] for row in read_csv(out / "medications.csv")] == ["no"]
    told = medreview("validate", source, "--as-of", DAY, "--mapping", file)
    assert "columns not used (see `medreview map`):\n  orders.csv: Colour" in told.out
