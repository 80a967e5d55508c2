"""A review against the output folder of an earlier one, with the program's own reference."""

import shutil
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from pipeline.history.snapshot import earlier_findings, of_folder
from pipeline.tables import FINDINGS, FINDINGS_OUT
from tests.command import medreview
from tests.inputs import DAY, HOME, read_csv, write_folder


@pytest.fixture
def review(tmp_path: Path, compiled: object):
    def run(name: str, tables: dict, *more: object) -> list[dict[str, str]]:
        source = write_folder(tmp_path / f"{name}-input", tables)
        arguments = ("--out", tmp_path / name, "--as-of", DAY, "--only", "findings", "--quiet", *more)
        result = medreview("review", source, *arguments)
        assert (result.status, result.err) == (0, "")
        return read_csv(tmp_path / name / "findings.csv")

    return run


def _without(*orders: str) -> dict:
    return HOME | {"medications": [row for row in HOME["medications"] if row[1] not in orders]}


def _about(findings: list[dict[str, str]], patient_id: str, drugs: str) -> set[str]:
    return {row["status"] for row in findings if (row["patient_id"], row["drugs"]) == (patient_id, drugs)}


def test_a_second_month(review, tmp_path: Path) -> None:
    october = review("october", _without("2"))
    assert {row["status"] for row in october} == {""}
    assert _about(october, "R2", "baclofen;morphine") and not _about(october, "007", "baclofen;oxycodone")
    november = review("november", _without("5"), "--previous", tmp_path / "october")
    assert _about(november, "007", "baclofen;lorazepam") == {"persisting"}
    assert _about(november, "007", "baclofen;oxycodone") == {"new"}
    assert _about(november, "R2", "baclofen;morphine") == {"resolved"}
    assert list(november[0]) == list(FINDINGS_OUT)
    december = review("december", _without("5"), "--previous", tmp_path / "november")
    assert "resolved" not in {row["status"] for row in december}


def test_an_unchanged_home_has_persisting_findings_only(review, tmp_path: Path) -> None:
    """Also when the earlier review lies where the new one is written."""
    review("out", HOME)
    again = review("out", HOME, "--previous", tmp_path / "out")
    assert {row["status"] for row in again} == {"persisting"}


def test_the_earlier_review_may_be_parquet(review, tmp_path: Path) -> None:
    """A file each, or a folder of parts as a review in parts writes."""
    review("october", _without("2"))
    source = tmp_path / "october-input"
    columns = ("--as-of", DAY, "--only", "findings", "--quiet")
    result = medreview("review", source, "--out", tmp_path / "files", "--format", "parquet", *columns)
    assert (result.status, result.err) == (0, "")
    shutil.copytree(tmp_path / "files", tmp_path / "parts")
    for table in ("findings", "medications"):
        whole = pq.read_table(tmp_path / "parts" / f"{table}.parquet")
        (tmp_path / "parts" / f"{table}.parquet").unlink()
        (tmp_path / "parts" / f"{table}.parquet").mkdir()
        for number, piece in enumerate((whole.slice(0, 2), whole.slice(2))):
            pq.write_table(piece, tmp_path / "parts" / f"{table}.parquet" / f"part-{number:05}.parquet")
    told = review("november", _without("5"), "--previous", tmp_path / "october")
    assert {row["status"] for row in told} == {"new", "persisting", "resolved"}
    for name in ("files", "parts"):
        assert review(f"after-{name}", _without("5"), "--previous", tmp_path / name) == told


def test_a_resident_who_left_has_nothing_resolved(review, tmp_path: Path) -> None:
    review("october", HOME)
    stayed = {name: [rows[0], *(row for row in rows[1:] if row[0] != "R2")] for name, rows in HOME.items()}
    november = review("november", stayed, "--previous", tmp_path / "october")
    assert {row["patient_id"] for row in november} == {"007"}


@pytest.mark.parametrize("cell", [(3, "abc"), (2, "morfeen")])
def test_what_can_no_longer_be_read_is_not_resolved(cell: tuple[int, str], review, tmp_path: Path) -> None:
    """An order that was set aside or not recognised may still be taken."""
    review("october", HOME)
    orders = [list(row) for row in HOME["medications"]]
    orders[5][cell[0]] = cell[1]
    november = review("november", HOME | {"medications": orders}, "--previous", tmp_path / "october")
    assert _about(november, "R2", "baclofen;morphine") == set()
    assert _about(november, "007", "baclofen;oxycodone") == {"persisting"}


def test_text_made_harmless_is_read_as_it_was(tmp_path: Path) -> None:
    rows = dict.fromkeys(FINDINGS, "") | {"patient_id": "'=1+1", "factor": "'tis"}
    (tmp_path / "run.json").write_text("{}", encoding="utf-8")
    pd.DataFrame([rows]).to_csv(tmp_path / "findings.csv", index=False, encoding="utf-8-sig")
    earlier = earlier_findings(tmp_path)
    assert earlier[["patient_id", "factor"]].to_dict("records") == [{"patient_id": "=1+1", "factor": "'tis"}]


def test_a_folder_of_a_version_without_since_is_read(review, tmp_path: Path) -> None:
    """What it found was told on its own day at the latest."""
    review("october", HOME)
    file = tmp_path / "october" / "findings.csv"
    table = pd.read_csv(file, dtype="str", keep_default_na=False)
    table.drop(columns=["since", "runs", "asked", "why"]).to_csv(file, index=False)
    assert set(of_folder(tmp_path / "october").findings["since"]) == {DAY}
    again = review("november", HOME, "--previous", tmp_path / "october")
    assert {(row["status"], row["since"], row["runs"]) for row in again} == {("persisting", DAY, "1")}
