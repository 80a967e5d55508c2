"""A review from input to output: the same input gives the same files, and gates tell what was found."""

import json
from datetime import date
from pathlib import Path

import pytest

from pipeline import run
from tests.command import medreview, program
from tests.inputs import DAY, HOME, tree, write_csv, write_folder, write_workbook

pytestmark = pytest.mark.usefixtures("compiled")
AS_OF = date.fromisoformat(DAY)


def _reviewed(source: Path, out: Path, **options: object) -> tuple[run.Outcome, dict[str, bytes], dict]:
    outcome = run.review(source, out, AS_OF, workbooks=False, **options)
    files = tree(out)
    return outcome, files, json.loads(files.pop("run.json"))


def test_the_same_input_gives_the_same_files(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "home", HOME)
    _, once, manifest = _reviewed(source, tmp_path / "a")
    _, again, manifest_again = _reviewed(source, tmp_path / "b")
    assert once == again
    assert set(manifest.pop("seconds")) == set(manifest_again.pop("seconds")) == set(run.STAGES)
    assert manifest == manifest_again


def test_the_order_of_rows_and_columns_does_not_change_the_findings(tmp_path: Path) -> None:
    turned = {name: [row[::-1] for row in [rows[0], *rows[:0:-1]]] for name, rows in HOME.items()}
    plain, _, _ = _reviewed(write_folder(tmp_path / "home", HOME), tmp_path / "a")
    other, _, _ = _reviewed(write_folder(tmp_path / "turned", turned), tmp_path / "b")
    columns = ["patient_id", "finding_id", "severity", "drugs"]
    assert plain.review.findings[columns].equals(other.review.findings[columns])


def test_workbook_and_folder_give_the_same_findings(tmp_path: Path) -> None:
    _, from_folder, one = _reviewed(write_folder(tmp_path / "home", HOME), tmp_path / "a")
    _, from_book, other = _reviewed(write_workbook(tmp_path / "home.xlsx", HOME), tmp_path / "b")
    assert from_folder == from_book
    assert one["input_hash"] != other["input_hash"]


def test_the_output_inside_the_input_folder(tmp_path: Path) -> None:
    """The review's own files are no part of its input."""
    source = write_folder(tmp_path / "home", HOME)
    _, once, manifest = _reviewed(source, source / "out")
    _, again, manifest_again = _reviewed(source, source / "out")
    assert once == again
    assert manifest["input_hash"] == manifest_again["input_hash"]
    assert sorted(path.name for path in source.iterdir()) == sorted([*(f"{name}.csv" for name in HOME), "out"])


def test_the_hash_is_of_what_was_read(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "home", HOME)
    hashes = [_reviewed(source, tmp_path / "out")[2]["input_hash"]]
    (source / "notes.docx").write_text("x", encoding="utf-8")
    hashes.append(_reviewed(source, tmp_path / "out")[2]["input_hash"])
    write_csv(source / "allergies.csv", HOME["allergies"][:1])
    hashes.append(_reviewed(source, tmp_path / "out")[2]["input_hash"])
    assert hashes[0] == hashes[1] != hashes[2]


@pytest.mark.parametrize("gate", ["contraindicated", "major", "moderate", "minor", "unrecognised", "rejected"])
def test_gates(gate: str, tmp_path: Path) -> None:
    rows = [
        ["mrn", "drug", "dose"],
        ["1", "baclofen 10 mg", "1"],
        ["1", "oxycodone 5 mg", "1"],
        ["2", "zorvexapine", ""],
    ]
    source = write_csv(tmp_path / "orders.csv", [*rows, ["3", "baclofen", "abc"]])
    outcome, _, manifest = _reviewed(source, tmp_path / "out", fail_on=(gate,))
    worst = run.SEVERITIES.index(gate) + 1 if gate in run.SEVERITIES else 0
    found = sum(manifest["findings_by_severity"][name] for name in run.SEVERITIES[:worst])
    assert outcome.reached == ((gate,) if found or not worst else ())
    status = medreview(
        "review", source, "--out", tmp_path / "out", "--as-of", DAY, "--only", "findings", "--fail-on", gate
    )
    assert status.status == (3 if outcome.reached else 0)
    assert (tmp_path / "out" / "run.json").is_file()


def test_a_clean_home_reaches_no_gate(tmp_path: Path) -> None:
    source = write_csv(tmp_path / "orders.csv", [["mrn", "drug"], ["1", "baclofen 10 mg"]])
    outcome, _, _ = _reviewed(source, tmp_path / "out", fail_on=("unrecognised", "rejected"))
    assert outcome.reached == ()


@pytest.mark.parametrize("day", ["1901-01-01", "2026-02-28", "2199-12-31"])
def test_any_day(day: str, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "orders.csv", [["mrn", "drug"], ["1", "baclofen 10 mg"]])
    result = medreview("review", source, "--out", tmp_path / "out", "--as-of", day, "--only", "findings", "--quiet")
    assert (result.status, result.err) == (0, "")


def test_the_same_bytes_in_every_process(tmp_path: Path) -> None:
    """Whatever order a process happens to keep sets and names in."""
    source = write_folder(tmp_path / "home", HOME)
    found = []
    for seed in ("0", "4711"):
        out = tmp_path / seed
        words = ("review", source, "--out", out, "--as-of", DAY, "--only", "findings", "--quiet")
        done = program(*words, PYTHONHASHSEED=seed)
        assert (done.status, done.out, done.err) == (0, "", "")
        files = tree(out)
        manifest = json.loads(files.pop("run.json"))
        manifest.pop("seconds")
        found.append((files, json.dumps(manifest)))
    assert found[0] == found[1]
