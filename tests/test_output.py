"""The output folder: what is in it, that its text is harmless, and that it appears at once or not at all."""

import json
import os
import shutil
import sys
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pytest
from filelock import FileLock
from openpyxl import load_workbook

from pipeline import exchange, output, output_folder, space, table_files, tables
from pipeline.errors import BusyError, OutputError
from tests.command import medreview
from tests.inputs import DAY, HOME, read_csv, tree, write_csv, write_folder, write_workbook

COLUMNS = {
    "findings.csv": "patient_id,finding_id,check,rule_id,severity,drugs,factor,problem,effect,mechanism,management,"
    "alternatives,evidence,sources,rows,status,points,since,runs,asked,why",
    "held_back.csv": "patient_id,finding_id,check,rule_id,severity,drugs,factor,problem,effect,mechanism,management,"
    "alternatives,evidence,sources,rows,status,held_by",
    "medications.csv": "patient_id,row,drug,ingredients,route,daily_dose,daily_dose_unit,current,match,note",
    "rejected.csv": "table,row,column,value,reason",
    "unrecognised.csv": "drug,rows,patients,suggestions",
    "measures.csv": "measure,facility,unit,numerator,denominator,rate,ci_low,ci_high,excluded,not_assessable,title",
    "problems.csv": "patient_id,problem,title,severity,drugs,factors,findings,finding_ids,load,action,points,status",
    "scales.csv": "patient_id,scale,title,value,unit,thresholds,band,complete,contributors,missing,sources",
    "changes.csv": "patient_id,rank,change,drug,points_before,points_after,resolves,resolved_ids,adds,indication,taper,"
    "alternatives,rows",
    "not_assessed.csv": "patient_id,missing,stops,rules",
    "responses.csv": "patient_id,finding_id,rule_id,problem,response,rationale,who,date,read_from,note,conflict,state,"
    "reviewed,since,severity,factor,doses,problem_doses,closed",
    "ageing.csv": "facility,unit,prescriber,open,overdue,accepted_not_done,median_days,oldest_days",
    "rules_accepted.csv": "rule_id,problem,answered,accepted,declined,rate,median_days",
}
WORKBOOKS = {"population.xlsx", "population.html", "patients", "patients/007.xlsx", "patients/R2.xlsx"}
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
    assert set(files) == {"run.json", *COLUMNS} - {"changes.csv"}
    tables = review(tmp_path / "home", tmp_path / "tables", "--only", "tables")
    assert set(tables) == {"run.json", *COLUMNS}
    del files["run.json"], tables["run.json"], tables["changes.csv"]
    assert files == tables


@pytest.mark.usefixtures("compiled")
def test_an_earlier_review_is_replaced_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    review(write_folder(tmp_path / "home", HOME), out)
    (out / ".DS_Store").touch()
    one = write_csv(tmp_path / "one.csv", [["mrn", "drug"], ["R9", "baclofen"]])
    assert set(review(one, out)) == {
        "run.json",
        *COLUMNS,
        "population.xlsx",
        "population.html",
        "patients",
        "patients/R9.xlsx",
    }


RUNS = ["=1+1", "+cmd", "-x", "@SUM(A1)", "\t=1", "\r=1", "-5 mg", '=HYPERLINK("http://x","y")', "-1\n=2"]
NUMBERS = ["-5", "+5.25", "12"]


@pytest.mark.parametrize("text", RUNS)
def test_text_that_a_spreadsheet_would_run(text: str) -> None:
    assert table_files.harmless(text) == f"'{text}"


@pytest.mark.parametrize("value", [*NUMBERS, "", "baclofen", "'tis", 5, -5, None])
def test_what_is_left_as_it_is(value: object) -> None:
    assert table_files.harmless(value) == value


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
                assert not table_files._RUNS.match(cell) or table_files._IS_NUMBER.fullmatch(cell), (name, cell)
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
    with pytest.raises(error), output_folder.staged(tmp_path / "out") as folder:
        (folder / "findings.csv").write_text("half", encoding="utf-8")
        raise error
    assert tree(tmp_path) == before


def test_a_full_disk_leaves_the_old_folder(tmp_path: Path) -> None:
    before = _old(tmp_path)
    message = "could not be written: No space left on device. Nothing was replaced. Free some space"
    with pytest.raises(OutputError, match=message), output_folder.staged(tmp_path / "out"):
        raise OSError(28, os.strerror(28))
    assert tree(tmp_path) == before


def test_a_failed_exchange_puts_the_old_folder_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = _old(tmp_path)
    rename = Path.rename

    def refuse(self: Path, target: Path) -> Path:
        if self.name.endswith(".partial"):
            raise PermissionError(13, "Permission denied")
        return rename(self, target)

    monkeypatch.setattr(output_folder, "traded", lambda one, other: False)
    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(OutputError, match="Nothing was replaced"), output_folder.staged(tmp_path / "out") as folder:
        (folder / "run.json").write_text("{}", encoding="utf-8")
    assert tree(tmp_path) == before


def test_a_run_killed_within_the_exchange_is_put_right(tmp_path: Path) -> None:
    before = _old(tmp_path)
    (tmp_path / "out").rename(tmp_path / ".out.old")
    with output_folder.locked(tmp_path / "out"):
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
    with output_folder.locked(out):
        with pytest.raises(BusyError, match="Another run is writing"), output_folder.locked(out):
            pass
        with pytest.raises(BusyError), output_folder.locked(out):
            pass
    with output_folder.locked(out):
        pass
    assert not tree(tmp_path)


def test_a_lock_of_another_program_is_left(tmp_path: Path) -> None:
    with FileLock(tmp_path / ".out.lock"):
        with pytest.raises(BusyError), output_folder.locked(tmp_path / "out"):
            pass
        assert (tmp_path / ".out.lock").exists()


def test_parents_are_made_and_removed_again_if_nothing_comes_of_it(tmp_path: Path) -> None:
    out = tmp_path / "a" / "b" / "out"
    with pytest.raises(ValueError, match="x"), output_folder.locked(out):
        raise ValueError("x")
    assert not tree(tmp_path)
    with output_folder.locked(out), output_folder.staged(out) as folder:
        (folder / "run.json").touch()
    assert set(tree(tmp_path)) == {"a", "a/b", "a/b/out", "a/b/out/run.json"}


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_only_the_owner_can_read_what_is_written(umask: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half-written as well as finished, whatever the umask of the user; which is as it was afterwards."""
    seen: list[int] = []
    real = output.write_manifest

    def look(manifest: dict, folder: Path) -> None:
        real(manifest, folder)
        seen.extend(path.stat().st_mode & 0o777 for path in (folder, *folder.rglob("*")))
        seen.append((tmp_path / "new" / ".out.lock").stat().st_mode & 0o777)

    monkeypatch.setattr("pipeline.run.write_manifest", look)
    source = write_folder(tmp_path / "home", HOME)
    before = os.umask(umask)
    try:
        review(source, tmp_path / "new" / "out")
        assert os.umask(umask) == umask
    finally:
        os.umask(before)
    written = [tmp_path / "new", *(tmp_path / "new").rglob("*")]
    assert {(path.is_dir(), path.stat().st_mode & 0o777) for path in written} == {(True, 0o700), (False, 0o600)}
    assert set(seen) == {0o700, 0o600}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take two steps")
def test_the_exchange_is_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reader finds the old folder or the new one, and never none."""
    _old(tmp_path)
    monkeypatch.setattr(Path, "rename", None)
    with output_folder.staged(tmp_path / "out") as folder:
        (folder / "new.csv").touch()
    assert set(tree(tmp_path)) == {"out", "out/new.csv"}


def test_where_the_exchange_is_not_one_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two renames, as on Windows, or on a file system that cannot do it."""
    _old(tmp_path)
    assert not exchange.traded(tmp_path / "out", tmp_path / "nowhere")
    monkeypatch.setattr(sys, "platform", "win32")
    with output_folder.staged(tmp_path / "out") as folder:
        (folder / "new.csv").touch()
    assert set(tree(tmp_path)) == {"out", "out/new.csv"}


@pytest.mark.usefixtures("compiled")
def test_a_disk_without_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told before anything is read: by the size of the last review, else by that of the input."""
    source = write_folder(tmp_path / "home", HOME)
    out = tmp_path / "out"
    words = ("review", source, "--out", out, "--as-of", DAY, "--quiet")
    real = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: real._replace(free=5 << 20))
    result = medreview(*words)
    assert (result.status, result.out) == (4, "")
    assert result.err == (
        f"medreview: The disk of {tmp_path} has 5 MiB free, and the review needs about 11 MiB. Nothing was replaced. "
        "Free some space, or write to another disk.\n"
    )
    assert not out.exists()


def test_the_room_that_a_review_needs(tmp_path: Path) -> None:
    source = tmp_path / "orders.csv"
    source.write_bytes(bytes(space.MIB))
    base = space.needed(Path("-"), None, pdf=False)
    assert space.needed(tmp_path / "missing.csv", None, pdf=False) == base
    assert space.needed(source, None, pdf=False) == base + 15 * space.MIB
    assert space.needed(tmp_path, None, pdf=True) == base + 75 * space.MIB
    assert space.needed(source.rename(tmp_path / "orders.xlsx"), tmp_path / "none", pdf=False) == base + 30 * space.MIB
    packed = (tmp_path / "orders.xlsx").rename(tmp_path / "orders.parquet")
    assert space.needed(packed, None, pdf=False, packed=True) == base + 10 * space.MIB
    source = packed.rename(tmp_path / "orders.xlsx")
    last = tmp_path / "last" / "patients"
    last.mkdir(parents=True)
    (last / "1.xlsx").write_bytes(bytes(4 * space.MIB))
    assert space.needed(source, tmp_path / "last", pdf=True) == base + 6 * space.MIB


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
    table_files.write_csv(frame, tables.UNRECOGNISED, tmp_path / "x.csv")
    assert _as_csv(tmp_path / "x.csv") == 'drug,rows,patients,suggestions\n"a ""b""\nc, d",1,2,\n'


def test_what_a_rule_says_is_made_harmless_too(tmp_path: Path) -> None:
    """Its texts are categories: each is there once."""
    frame = pd.DataFrame({"effect": pd.Categorical(["=1+1", "falls", "=1+1"])})
    output.write_csv(frame, ("effect",), tmp_path / "findings.csv")
    assert (tmp_path / "findings.csv").read_text(encoding="utf-8") == "effect\n'=1+1\nfalls\n'=1+1\n"
