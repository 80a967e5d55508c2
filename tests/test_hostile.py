"""Input that was made to do harm: formulas, entities that multiply or reach outside, ids that are paths, endless lines.

Bombs in packages stand in `bad_files/`, harmed files of every kind in `fuzz.py`.
"""

import csv
import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook

from pipeline import table_files
from tests.benchmarks.largest import one_line
from tests.command import REPOSITORY, medreview
from tests.fuzz import run
from tests.inputs import DAY, HOME, read_csv, write_csv, write_folder, write_ods, write_workbook

pytestmark = pytest.mark.usefixtures("compiled")


@pytest.mark.parametrize("block", range(8))
def test_harmed_inputs(block: int) -> None:
    """Some of what `python -m tests.fuzz` tries: no bug, no status but the contract's, no row lost."""
    for seed in range(100_000 + block * 25, 100_000 + block * 25 + 25):
        run(seed, whole=seed % 25 == 0)


def _cells(out: Path) -> list[str]:
    found = []
    for path in out.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            found += [cell for row in csv.reader(file) for cell in row]
    return found


@pytest.mark.parametrize("kind", ["sheets", "files", "headings"])
def test_formulas_beside_the_cells(kind: str, tmp_path: Path) -> None:
    """In names of sheets and files, which are the unit of a resident and part of each row's place, and in headings."""
    evil = "=HYPERLINK(1) medications"
    orders = HOME["medications"]
    if kind == "sheets":
        source = write_workbook(tmp_path / "home.xlsx", {evil: orders[:3], "+medications": [orders[0], *orders[3:]]})
    elif kind == "files":
        source = write_folder(tmp_path / "home", {evil: orders[:3], "+medications": [orders[0], *orders[3:]]})
    else:
        rows = [[*orders[0], "=1+1", "@SUM(A1)"], *([*row, "x", "y"] for row in orders[1:])]
        source = write_csv(tmp_path / "orders.csv", rows)
    result = medreview("review", source, "--out", tmp_path / "out", "--as-of", DAY, "--quiet")
    assert result.status == 0, result.err
    for cell in _cells(tmp_path / "out"):
        assert not table_files._RUNS.match(cell) or table_files._IS_NUMBER.fullmatch(cell), cell
    for path in (tmp_path / "out").rglob("*.xlsx"):
        for sheet in load_workbook(path):
            assert not sheet.title.startswith(("=", "+", "-", "@"))
            assert not [cell for row in sheet.rows for cell in row if cell.data_type == "f"], path.name


_BOMB = '<!DOCTYPE x [<!ENTITY a0 "aaaaaaaaaa">' + "".join(
    f'<!ENTITY a{at} "{f"&a{at - 1};" * 10}">' for at in range(1, 10)
)
_OUTSIDE = '<!DOCTYPE x [<!ENTITY a9 SYSTEM "file:///etc/passwd">'


def _with_entity(path: Path, part: str, declared: str) -> Path:
    """A package one part of which declares entities, and uses one in its first text or attribute."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    text = parts[part].decode()
    head, _, body = text.partition("?>") if text.startswith("<?xml") else ("", "", text)
    body = body.replace(">baclofen<", ">&a9;<").replace('name="Medications"', 'name="Medications&a9;"')
    parts[part] = f'<?xml version="1.0"?>{declared}]>{body}'.encode()
    with zipfile.ZipFile(path, "w") as package:
        for name, data in parts.items():
            package.writestr(name, data)
    return path


PACKAGES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "workbook": (lambda path: write_workbook(path / "a.xlsx", {"Medications": HOME["medications"]}), "xl/workbook.xml"),
    "texts": (
        lambda path: write_workbook(path / "a.xlsx", {"Medications": HOME["medications"]}), "xl/worksheets/sheet1.xml",
    ),
    "styles": (lambda path: write_workbook(path / "a.xlsx", {"Medications": HOME["medications"]}), "xl/styles.xml"),
    "ods": (lambda path: write_ods(path / "a.ods", {"Medications": HOME["medications"]}), "content.xml"),
}  # fmt: skip


@pytest.mark.parametrize("declared", [_BOMB, _OUTSIDE], ids=["multiply", "reach outside"])
@pytest.mark.parametrize("name", PACKAGES)
def test_entities(name: str, declared: str, tmp_path: Path) -> None:
    """They are never followed: neither memory nor time is lost, and nothing of another file is read."""
    make, part = PACKAGES[name]
    source = _with_entity(make(tmp_path), part, declared)
    limited = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30)); "
        "resource.setrlimit(resource.RLIMIT_CPU, (60, 60)); from pipeline.cli import main; main()"
    )
    if sys.platform == "linux" and declared == _BOMB:
        done = subprocess.run(
            [sys.executable, "-c", limited, "map", str(source)], cwd=REPOSITORY, capture_output=True, text=True,
            check=False, env={"OPENBLAS_NUM_THREADS": "1", "PATH": ""},
        )  # fmt: skip
        assert done.returncode in (0, 4), done.stderr
    result = medreview("validate", source, "--as-of", DAY)
    assert result.status in (0, 4) and "a bug" not in result.err
    assert "root:" not in result.out + result.err and "a" * 50 not in result.out + result.err


def test_ids_that_are_paths_or_marks(tmp_path: Path) -> None:
    """Each resident has one report of their own in the folder of reports, and nothing is written elsewhere."""
    ids = [
        "../../x",
        "..\\..\\x",
        "/etc/passwd",
        "CON",
        "x" * 300,
        "😀",
        "ab",
        "AB",
        "a\0b",
        "\u202eab",
        "a\u200bb",
        "~",
        "-rf",
    ]
    rows = [["patient_id", "drug"], *([one, drug] for one in ids for drug in ("baclofen 10 mg", "oxycodone"))]
    out = tmp_path / "deep" / "out"
    result = medreview("review", write_csv(tmp_path / "orders.csv", rows), "--out", out, "--as-of", DAY, "--quiet")
    assert result.status == 0, result.err
    manifest = json.loads((out / "run.json").read_text(encoding="utf-8"))
    files = sorted(path.name for path in (out / "patients").iterdir())
    assert len({name.casefold() for name in files}) == len(files) == manifest["patients"]
    # A zero byte is no part of any text: the resident is "ab" then, together with that one.
    assert manifest["patients"] in (len(ids) - 1, len(ids))
    assert all(name.isascii() and len(name) < 130 for name in files)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["deep", "orders.csv"]
    assert [path.name for path in out.parent.iterdir()] == ["out"]
    counts = manifest["rows"]["medications"]
    assert counts["read"] == counts["accepted"] + counts["rejected"] == len(rows) - 1


def test_ids_with_characters_that_no_report_can_show(tmp_path: Path) -> None:
    """Shown, they would be the ids of others: such rows are set aside, and listed."""
    rows = [["patient_id", "drug"], ["ab", "baclofen"], ["a\x01b", "morphine"], ["\ufffe", "oxycodone"]]
    out = tmp_path / "out"
    result = medreview("review", write_csv(tmp_path / "orders.csv", rows), "--out", out, "--as-of", DAY, "--quiet")
    assert result.status == 0, result.err
    assert [path.name for path in (out / "patients").iterdir()] == ["ab.xlsx"]
    reason = "an id with a character that cannot be shown"
    listed = [(row["row"], row["column"], row["reason"]) for row in read_csv(out / "rejected.csv")]
    assert listed == [("3", "patient_id", reason), ("4", "patient_id", reason)]


def test_one_endless_line(tmp_path: Path) -> None:
    result = medreview("validate", one_line(tmp_path / "line.csv", 5_000_000), "--as-of", DAY)
    assert (result.status, result.err) == (
        4,
        "medreview: line.csv has a line of more than 16,384 cells, which no list has. Check that its lines end, and "
        "export it again.\n",
    )
    text = "patient_id,drug\n" + "x" * 2_000_000 + ",baclofen\nR2," + "y" * 2_000_000 + "\nR3,baclofen\n"
    (tmp_path / "long.csv").write_text(text, encoding="utf-8")
    result = medreview("review", tmp_path / "long.csv", "--out", tmp_path / "out", "--as-of", DAY, "--quiet")
    assert result.status == 0, result.err[:300]
    counts = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))["rows"]["medications"]
    assert counts["read"] == counts["accepted"] + counts["rejected"] == 3
    assert "R3" in {row["patient_id"] for row in read_csv(tmp_path / "out" / "medications.csv")}


def test_zero_bytes(tmp_path: Path) -> None:
    chance = random.Random(1)
    data = bytearray("patient_id,drug\n" + "".join(f"R{at},baclofen 10 mg\n" for at in range(400)), "utf-8")
    for at in sorted((chance.randrange(20, len(data)) for _ in range(5)), reverse=True):
        data.insert(at, 0)
    (tmp_path / "orders.csv").write_bytes(data)
    result = medreview("validate", tmp_path / "orders.csv", "--as-of", DAY)
    assert result.out.splitlines()[0] == "medications: 400 rows read, 400 accepted, 0 rejected"
