"""The output folder: what is in it, that its text is harmless, and that it appears at once or not at all."""

import json
import os
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest
from filelock import FileLock
from openpyxl import load_workbook

from pipeline import output, tables
from pipeline.errors import BusyError, OutputError
from tests.command import medreview
from tests.inputs import DAY, HOME, read_csv, tree, write_csv, write_folder, write_workbook

COLUMNS = {
    "findings.csv": "patient_id,finding_id,check,rule_id,severity,drugs,factor,problem,effect,mechanism,management,"
    "alternatives,evidence,sources,rows,status",
    "held_back.csv": "patient_id,finding_id,check,rule_id,severity,drugs,factor,problem,effect,mechanism,management,"
    "alternatives,evidence,sources,rows,status,held_by",
    "medications.csv": "patient_id,row,drug,ingredients,route,daily_dose,daily_dose_unit,current,match,note",
    "rejected.csv": "table,row,column,value,reason",
    "unrecognised.csv": "drug,rows,patients,suggestions",
    "measures.csv": "measure,facility,unit,numerator,denominator,rate,ci_low,ci_high",
}
WORKBOOKS = {"population.xlsx", "patients", "patients/007.xlsx", "patients/R2.xlsx"}
MANIFEST = {"version", "reference_version", "reference_hash", "as_of", "input_hash", "rows", "seconds"}


def review(source: Path, out: Path, *more: object, status: int = 0) -> dict[str, bytes]:
    result = medreview("review", source, "--out", out, "--as-of", DAY, "--quiet", *more)
    assert (result.status, result.out) == (status, ""), result.err
    return tree(out) if out.exists() else {}


def _as_csv(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("kind", ["workbook", "folder"])
def test_the_files_and_their_columns(kind: str, tmp_path: Path) -> None:
    if kind == "workbook":
        source = write_workbook(tmp_path / "home.xlsx", HOME)
    else:
        source = write_folder(tmp_path / "home", HOME)
    out = tmp_path / "out"
    files = review(source, out)
    assert set(files) == {"run.json", *COLUMNS, *WORKBOOKS}
    for name, columns in COLUMNS.items():
        text = _as_csv(out / name)
        assert text.splitlines()[0] == columns
        assert "\r" not in text and text.endswith("\n")
    manifest = json.loads(_as_csv(out / "run.json"))
    assert set(manifest) >= MANIFEST
    assert manifest["rows"]["medications"] == {"read": 5, "accepted": 5, "rejected": 0}
    assert manifest["as_of"] == DAY
    findings = read_csv(out / "findings.csv")
    assert {row["patient_id"] for row in findings} == {"007", "R2"}
    assert {row["severity"] for row in findings} <= set(tables.SEVERITIES)
    assert {row["check"] for row in findings} <= set(tables.CHECKS)
    grades = [(row["patient_id"], tables.SEVERITIES.index(row["severity"])) for row in findings]
    assert grades == sorted(grades)
    assert len({row["finding_id"] for row in findings}) == len(findings)
    for row in findings:
        assert row["drugs"] == ";".join(sorted(row["drugs"].lower().split(";")))
        assert set(filter(None, row["rows"].split(";"))) <= {"2", "3", "4", "5", "6"}
    assert {row["current"] for row in read_csv(out / "medications.csv")} == {"yes"}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([source.name, "out"])


@pytest.mark.usefixtures("compiled")
def test_only_findings(tmp_path: Path) -> None:
    files = review(write_folder(tmp_path / "home", HOME), tmp_path / "out", "--only", "findings")
    assert set(files) == {"run.json", *COLUMNS}


@pytest.mark.usefixtures("compiled")
def test_an_earlier_review_is_replaced_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    review(write_folder(tmp_path / "home", HOME), out)
    (out / ".DS_Store").touch()
    one = write_csv(tmp_path / "one.csv", [["mrn", "drug"], ["R9", "baclofen"]])
    assert set(review(one, out)) == {"run.json", *COLUMNS, "population.xlsx", "patients", "patients/R9.xlsx"}


RUNS = ["=1+1", "+cmd", "-x", "@SUM(A1)", "\t=1", "\r=1", "-5 mg", '=HYPERLINK("http://x","y")', "-1\n=2"]
NUMBERS = ["-5", "+5.25", "12"]


@pytest.mark.parametrize("text", RUNS)
def test_text_that_a_spreadsheet_would_run(text: str) -> None:
    assert output.harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", [*NUMBERS, "", "baclofen", "'tis", 5, -5, None])
def test_what_is_left_as_it_is(value: object) -> None:
    assert output.harmless(value) == value


@pytest.mark.usefixtures("compiled")
def test_every_csv_is_harmless(tmp_path: Path) -> None:
    """Formulas in every column of the input, accepted and set aside."""
    evil = "=1+1"
    home = {name: [rows[0], *([evil] * len(rows[0]) for _ in range(2))] for name, rows in HOME.items()}
    home["medications"] += [["@a", "9", "+baclofen", "5", "mg", "TID", "PO", ""], ["=b", "10", "oxycodone"]]
    home["patients"] = [["patient_id", "facility", "unit"], ["@a", "=Elm", "-North"], ["=b", "=Elm", "+South"]]
    out = tmp_path / "out"
    review(write_folder(tmp_path / "home", home), out)
    seen = set()
    for name in COLUMNS:
        for row in read_csv(out / name):
            for cell in row.values():
                assert not output._RUNS.match(cell) or output._IS_NUMBER.fullmatch(cell), (name, cell)
                seen.add(cell)
    assert {"'=1+1", "'@a", "'=b"} <= seen
    for path in out.rglob("*.xlsx"):
        for sheet in load_workbook(path):
            assert not [cell for row in sheet.rows for cell in row if cell.data_type == "f"], path.name


@pytest.mark.usefixtures("compiled")
def test_patient_files(tmp_path: Path) -> None:
    """One file each whatever the id, and the links of the population report lead to them."""
    ids = ["../../x", "CON", "x" * 300, "😀", "ab", "AB", "a b", ".", "50%"]
    orders = [["patient_id", "drug"], *([one, drug] for one in ids for drug in ("baclofen 10 mg", "oxycodone"))]
    out = tmp_path / "out"
    review(write_csv(tmp_path / "orders.csv", orders), out)
    files = sorted(path.name for path in (out / "patients").iterdir())
    assert len(files) == len({name.casefold() for name in files}) == len(ids)
    assert "ab.xlsx" not in files and "a%20b.xlsx" in files and "50%25.xlsx" in files
    links = {
        unquote(cell.hyperlink.target)
        for sheet in load_workbook(out / "population.xlsx")
        for row in sheet.rows
        for cell in row
        if cell.hyperlink and cell.hyperlink.target
    }
    assert links == {f"patients/{name}" for name in files}


def _old(folder: Path) -> dict[str, bytes]:
    out = folder / "out"
    out.mkdir()
    (out / "run.json").write_text('{"reference_hash": "x"}', encoding="utf-8")
    (out / "findings.csv").write_text("old", encoding="utf-8")
    return tree(folder)


@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError, ValueError])
def test_a_run_that_dies_leaves_the_old_folder(error: type[BaseException], tmp_path: Path) -> None:
    before = _old(tmp_path)
    with pytest.raises(error), output.staged(tmp_path / "out") as folder:
        (folder / "findings.csv").write_text("half", encoding="utf-8")
        raise error
    assert tree(tmp_path) == before


def test_a_full_disk_leaves_the_old_folder(tmp_path: Path) -> None:
    before = _old(tmp_path)
    message = "could not be written: No space left on device. Nothing was replaced. Free some space"
    with pytest.raises(OutputError, match=message), output.staged(tmp_path / "out"):
        raise OSError(28, os.strerror(28))
    assert tree(tmp_path) == before


def test_a_failed_exchange_puts_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _old(tmp_path)
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.name.endswith(".partial"):
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OutputError, match="Nothing was replaced"), output.staged(tmp_path / "out") as folder:
        (folder / "run.json").write_text("{}", encoding="utf-8")
    assert tree(tmp_path) == before


def test_a_run_killed_within_the_exchange_is_put_right(tmp_path: Path) -> None:
    before = _old(tmp_path)
    (tmp_path / "out").rename(tmp_path / ".out.old")
    with output.locked(tmp_path / "out"):
        pass
    assert tree(tmp_path) == before


@pytest.mark.usefixtures("compiled")
def test_what_a_killed_run_left_is_cleared(tmp_path: Path) -> None:
    """Its half of a folder, its lock, and the folder that it had moved aside: also when that is compared with."""
    out = tmp_path / "out"
    source = write_folder(tmp_path / "home", HOME)
    review(source, out, "--only", "findings")
    out.rename(tmp_path / ".out.old")
    (tmp_path / ".out.partial").mkdir()
    (tmp_path / ".out.partial" / "findings.csv").touch()
    (tmp_path / ".out.lock").touch()
    review(source, out, "--only", "findings", "--previous", out)
    assert {row["status"] for row in read_csv(out / "findings.csv")} == {"persisting"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["home", "out"]


def test_one_run_at_a_time(tmp_path: Path) -> None:
    out = tmp_path / "out"
    with output.locked(out):
        with pytest.raises(BusyError, match="Another run is writing"), output.locked(out):
            pass
        with pytest.raises(BusyError), output.locked(out):
            pass
    with output.locked(out):
        pass
    assert not tree(tmp_path)


def test_a_lock_of_another_program_is_left(tmp_path: Path) -> None:
    with FileLock(tmp_path / ".out.lock"):
        with pytest.raises(BusyError), output.locked(tmp_path / "out"):
            pass
        assert (tmp_path / ".out.lock").exists()


def test_parents_are_made_and_removed_again_if_nothing_comes_of_it(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b" / "out"
    with pytest.raises(ValueError, match="x"), output.locked(out):
        raise ValueError("x")
    assert not tree(tmp_path)
    with output.locked(out), output.staged(out) as folder:
        (folder / "run.json").touch()
    assert set(tree(tmp_path)) == {"a", "a/b", "a/b/out", "a/b/out/run.json"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_the_folder_can_be_read_by_whom_the_system_lets(tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    with output.staged(tmp_path / "out"):
        pass
    assert (tmp_path / "out").stat().st_mode == other.stat().st_mode


@pytest.mark.usefixtures("compiled")
def test_a_link_to_a_folder_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "real", target_is_directory=True)
    source = write_csv(tmp_path / "orders.csv", [["mrn", "drug"], ["1", "baclofen"]])
    for _ in range(2):
        review(source, tmp_path / "out", "--only", "findings")
        assert (tmp_path / "out").is_symlink() and (tmp_path / "real" / "run.json").is_file()


@pytest.mark.usefixtures("compiled")
def test_names_with_marks_that_mean_something_to_a_shell(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "orders.csv", [["mrn", "drug"], ["1", "baclofen"]])
    out = tmp_path / "Elm [Court] *"
    review(source, out, "--only", "findings")
    assert (out / "run.json").is_file()


def test_csv_text_with_breaks_and_marks(tmp_path: Path) -> None:
    frame = pd.DataFrame({"drug": ['a "b"\nc, d'], "rows": [1], "patients": [2], "suggestions": [""]})
    output.write_csv(frame, tables.UNRECOGNISED, tmp_path / "x.csv")
    assert _as_csv(tmp_path / "x.csv") == 'drug,rows,patients,suggestions\n"a ""b""\nc, d",1,2,\n'
