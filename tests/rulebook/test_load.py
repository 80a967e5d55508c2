"""Loading the reference: a table that is not as it should be stops everything, with its file and line."""

import shutil
from pathlib import Path

import pytest

from pipeline.errors import ReferenceDamagedError
from pipeline.rulebook.load import COLUMNS, OPTIONAL, load
from tests import toy


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return toy.write(tmp_path / "reference")


def damaged(folder: Path) -> str:
    with pytest.raises(ReferenceDamagedError) as caught:
        load(folder)
    return str(caught.value)


def test_every_cell_is_text_with_the_file_and_line_it_came_from(folder: Path) -> None:
    drugs = load(folder).tables["drugs"]
    assert list(drugs.columns) == [*COLUMNS["drugs"], "_file", "_line"]
    assert drugs.iloc[0].to_dict() == {
        "ingredient": "alderine", "atc": "A01AA01", "route": "oral", "_file": "drugs.csv", "_line": 2,
    }  # fmt: skip
    assert drugs.loc[drugs["ingredient"] == "hazelor", "atc"].item() == ""


def test_a_folder_of_files_is_one_table(folder: Path) -> None:
    (folder / "drugs").mkdir()
    (folder / "drugs.csv").rename(folder / "drugs" / "b.csv")
    (folder / "drugs" / "a.csv").write_text("ingredient,atc,route\nyarrowin,,oral\n", encoding="utf-8")
    drugs = load(folder).tables["drugs"]
    assert drugs["ingredient"].tolist()[:2] == ["yarrowin", "alderine"]
    assert drugs["_file"].unique().tolist() == ["drugs/a.csv", "drugs/b.csv"]


def test_text_that_pandas_would_take_for_missing_stays(folder: Path) -> None:
    (folder / "drugs.csv").write_text("ingredient,atc,route\nna,,oral\nnull,,oral\n", encoding="utf-8")
    assert load(folder).tables["drugs"]["ingredient"].tolist() == ["na", "null"]


@pytest.mark.parametrize("table", sorted(set(COLUMNS) - set(OPTIONAL)))
def test_a_missing_table(folder: Path, table: str) -> None:
    (folder / f"{table}.csv").unlink()
    assert f"lacks the table {table}." in damaged(folder)


@pytest.mark.parametrize("table", ["drugs", "pairs", "canaries"])
def test_an_empty_table(folder: Path, table: str) -> None:
    (folder / f"{table}.csv").write_text(",".join(COLUMNS[table]) + "\n", encoding="utf-8")
    assert f"the reference table {table} has no rows" in damaged(folder).casefold()


def test_a_file_of_no_bytes(folder: Path) -> None:
    (folder / "drugs.csv").write_bytes(b"")
    assert damaged(folder).startswith("drugs.csv: the headings must be ingredient,atc,route, not ")


def test_a_wrong_heading(folder: Path) -> None:
    (folder / "drugs.csv").write_text("ingredient,code,route\nalderine,,oral\n", encoding="utf-8")
    assert damaged(folder) == "drugs.csv: the headings must be ingredient,atc,route, not ingredient,code,route."


@pytest.mark.parametrize("row", ["birchol,", "birchol", "birchol,,oral,more"])
def test_a_row_cut_short_or_too_long(folder: Path, row: str) -> None:
    (folder / "drugs.csv").write_text(f"ingredient,atc,route\nalderine,,oral\n{row}\n", encoding="utf-8")
    assert damaged(folder) == f"drugs.csv, line 3: {row.count(',') + 1} cells, not 3."


@pytest.mark.parametrize("content", [b"ingredient,atc,route\n\xff,,oral\n", b'ingredient,atc,route\n"alderine,,oral\n'])
def test_a_file_that_is_not_csv_in_utf_8(folder: Path, content: bytes) -> None:
    (folder / "drugs.csv").write_bytes(content)
    assert damaged(folder).startswith("drugs.csv is damaged: it is not CSV in UTF-8")


def test_no_folder(tmp_path: Path) -> None:
    assert "no reference folder" in damaged(tmp_path / "nowhere")


@pytest.mark.parametrize("content", [None, "# Changes without a version\n"])
def test_no_version(folder: Path, content: str | None) -> None:
    (folder / "CHANGELOG.md").unlink()
    if content:
        (folder / "CHANGELOG.md").write_text(content, encoding="utf-8")
    assert "names no version" in damaged(folder)


def test_the_version_is_the_newest_heading(folder: Path) -> None:
    (folder / "CHANGELOG.md").write_text("# C\n\n## 2026.2\n\nB.\n\n## 2026.1\n\nA.\n", encoding="utf-8")
    assert load(folder).version == "2026.2"


def test_the_hash_changes_with_any_byte_of_any_table_and_with_nothing_else(folder: Path, tmp_path: Path) -> None:
    before = load(folder).hash
    copy = shutil.copytree(folder, tmp_path / "copy")
    assert load(copy).hash == before
    (copy / "salts.csv").write_bytes((copy / "salts.csv").read_bytes() + b"\n")
    assert load(copy).hash != before
