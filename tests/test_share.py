"""Pseudonyms: no name and no typed text in any byte that is written, the same pseudonyms in every run with one key."""

import json
import os
import zipfile
from dataclasses import fields
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from pipeline.assess import assess
from pipeline.review import Review
from pipeline.rulebook.rules import Rulebook
from pipeline.share import pseudonymised
from pipeline.share_columns import Pseudonyms, own_words, pooled, treated
from pipeline.source import read
from pipeline.tables import INPUT
from tests.command import medreview
from tests.inputs import DAY, HOME, read_csv, write_csv, write_folder

CANARY = "Quetzalcoatlus"
KEY = bytes(range(32))


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    assert medreview("key", tmp_path / "key").status == 0
    return tmp_path / "key"


def planted() -> dict[str, list[list[str]]]:
    """The home with the name in every text of every column that the input may have, as well as in headings that are not
    known; ids are of it, one resident is 97."""
    tables = {}
    for name, schema in INPUT.items():
        columns = list(schema.columns)
        rows = []
        for number, row in enumerate(HOME[name][1:]):
            cells = dict(zip(HOME[name][0], row, strict=True))
            cells["patient_id"] = f"{CANARY}-{cells['patient_id']}"
            if "birth_date" in cells:
                cells["birth_date"] = "1929-01-02" if number else cells["birth_date"]
            texts = {
                column: f"{CANARY} {column}" for column in columns if schema.columns[column].kind in ("text", "id")
            }
            rows.append(
                [*({**texts, "route": "PO", "frequency": "TID", **cells}.get(column, "") for column in columns), CANARY]
            )
        # And once more as a row of which every cell is the name: it is set aside, or its drug is not recognised.
        rows.append([f"{CANARY} {column}" for column in columns] + [CANARY])
        cells = {column: f"{CANARY} {column}" for column in columns if schema.columns[column].kind in ("text", "id")}
        rows.append([{**cells, "patient_id": f"{CANARY}-007"}.get(column, "") for column in columns] + [CANARY])
        if name == "medications":  # a known drug whose every other text is the name
            known = {**cells, "patient_id": f"{CANARY}-R2", "drug": "baclofen 10 mg", "dose": "5", "order_id": CANARY}
            rows.append([known.get(column, "") for column in columns] + [CANARY])
        tables[name] = [[*columns, f"{CANARY} heading"], *rows]
    return tables


def every_byte(folder: Path) -> bytes:
    """All that a folder holds: names of files, their bytes, and the bytes of what is packed in them."""
    found = []
    for path in sorted(folder.rglob("*")):
        found.append(str(path.relative_to(folder)).encode())
        if path.is_file():
            found.append(path.read_bytes())
            if path.suffix in (".xlsx", ".docx"):
                with zipfile.ZipFile(path) as parts:
                    found += [parts.read(name) for name in parts.namelist()]
    return b"\n".join(found)


@pytest.mark.usefixtures("compiled")
def test_no_name_in_any_byte(key_file: Path, tmp_path: Path) -> None:
    source = write_folder(tmp_path / f"{CANARY}-home", planted())
    plain = tmp_path / "plain"
    assert medreview("review", source, "--out", plain, "--as-of", DAY, "--quiet", "--letters").status == 0
    out = tmp_path / "out"
    done = medreview(
        "review",
        source,
        "--out",
        out,
        "--as-of",
        DAY,
        "--quiet",
        "--letters",
        "--pseudonyms",
        key_file,
        "--previous",
        plain,
    )
    assert done.status == 0, done.err
    assert CANARY.encode() in every_byte(plain), "the search finds it where it is"
    written = every_byte(out)
    for hidden in (CANARY, CANARY.lower(), "1929-01-02", "Jan 1929", "age 97", "97 years", "1940-02-03"):
        assert hidden.encode() not in written, hidden
    assert b"90+ years" in written and b"For sharing." in written
    assert len(list((out / "patients").iterdir())) == len(list((plain / "patients").iterdir()))
    assert len(read_csv(out / "findings.csv")) == len(read_csv(plain / "findings.csv"))
    before, after = (json.loads((folder / "run.json").read_text()) for folder in (plain, out))
    assert after["rows"] == before["rows"] and after["findings_by_severity"] == before["findings_by_severity"]


def assessed(book: Rulebook, folder: Path) -> Review:
    return assess(read(write_folder(folder, HOME), None), book, date.fromisoformat(DAY))


def test_every_column_of_a_review_is_decided_on(book: Rulebook, tmp_path: Path) -> None:
    """Who adds a column says in share_columns.py whether it may be shown; until then it is empty."""
    review = assessed(book, tmp_path / "home")
    for field in fields(Review):
        table = getattr(review, field.name)
        # Of what people answered nothing is shown: those tables are emptied whole.
        if isinstance(table, pd.DataFrame) and field.name not in ("responses", "ageing", "rules_accepted"):
            empty = {"name", "birth_date"} | {"note", "directions", "dose", "dose_unit", "frequency"} | {"row"}
            open_questions = set(table.columns) - treated(field.name) - empty
            assert {name for name in open_questions if not name.startswith("written_")} == set(), field.name


def test_orders_findings_and_reports_still_belong_together(book: Rulebook, tmp_path: Path) -> None:
    review = assessed(book, tmp_path / "home")
    shared = pseudonymised(review, KEY)
    made = Pseudonyms(KEY)
    assert list(shared.patients["patient_id"]) == sorted(made.of("resident", one) for one in ("007", "R2"))
    told = {(made.of("resident", row.patient_id), row.rule_id, row.drugs) for row in review.findings.itertuples()}
    assert {(row.patient_id, row.rule_id, row.drugs) for row in shared.findings.itertuples()} == told
    ordered = {str(row.row): (row.patient_id, row.ingredients) for row in shared.medications.itertuples()}
    for finding in shared.findings.itertuples():
        for row in filter(None, finding.rows.split(";")):
            assert ordered[row][0] == finding.patient_id and ordered[row][1] in finding.drugs.split(";")
    ids = set(shared.findings["finding_id"])
    assert {one for cell in shared.problems["finding_ids"] for one in cell.split(";")} <= ids
    assert not ids & set(review.findings["finding_id"]), "they could be computed from the residents' ids"


def test_one_key_gives_one_pseudonym_and_another_key_another() -> None:
    one, other = Pseudonyms(KEY), Pseudonyms(bytes(32))
    assert (
        one.of("resident", "007")
        == Pseudonyms(KEY).of("resident", "007")
        == "resident-" + one.of("resident", "007")[9:]
    )
    assert one.of("resident", "007") != other.of("resident", "007")
    assert one.of("unit", "North")[5:] != one.of("facility", "North")[9:], "a unit is no facility of the same name"
    assert one.of("unit", "") == "" and one.finding("") == ""
    assert len({one.of("resident", str(number)) for number in range(5000)}) == 5000


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("age 91", "age 90+"), ("age 90, male", "age 90+, male"), ("age 89", "age 89"), ("dosage 95", "dosage 95"),
        ("", ""),
    ],
)  # fmt: skip
def test_ages_in_words_are_pooled(text: str, shown: str) -> None:
    assert pooled(Pseudonyms(KEY), text) == shown


def test_what_is_missing_is_told_in_our_own_words_alone() -> None:
    assert own_words("weight") == "weight"
    assert own_words("INR from the last year; the last is 400 days old").startswith("INR")
    assert own_words("the meaning of the order 'Ann Smith'") == "the meaning of an order (not shown)"
    assert own_words("row Smith!3 of the labs, set aside") == "a row that was set aside (not shown)"
    assert own_words("Ann Smith") == "something that quotes the input (not shown)"


def test_a_key_is_for_its_owner_and_never_replaced(key_file: Path) -> None:
    assert len(key_file.read_text()) == 65
    assert os.name == "nt" or key_file.stat().st_mode & 0o777 == 0o600
    again = medreview("key", key_file)
    assert again.status == 4 and "never replaced" in again.err


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize(
    ("content", "mode", "message"),
    [
        ("00" * 32, 0o640, "can be used by others than its owner. Run: chmod 600"),
        ("00" * 31, 0o600, "is no key: it must hold 64 digits"),
        ("hunter2", 0o600, "is no key"),
        ("é", 0o600, "cannot be read: it is no text"),
        (None, 0, "cannot be read: No such file or directory. `medreview key FILE` makes one."),
    ],
)
def test_keys_that_are_refused(content: str | None, mode: int, message: str, tmp_path: Path) -> None:
    if content is not None:
        (tmp_path / "key").write_text(content, encoding="utf-8")
        (tmp_path / "key").chmod(mode)
    source = write_csv(tmp_path / "orders.csv", HOME["medications"])
    done = medreview("review", source, "--out", tmp_path / "out", "--pseudonyms", tmp_path / "key", "--quiet")
    assert done.status == 4 and message in done.err
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("compiled")
def test_settings_name_the_key_and_a_shared_review_is_no_earlier_one(key_file: Path, tmp_path: Path) -> None:
    (tmp_path / "our.toml").write_text('pseudonyms = "key"', encoding="utf-8")
    source = write_csv(tmp_path / "orders.csv", HOME["medications"])
    words = ("review", source, "--as-of", DAY, "--only", "findings", "--quiet")
    assert medreview(*words, "--out", tmp_path / "out", "--config", tmp_path / "our.toml").status == 0
    assert json.loads((tmp_path / "out" / "run.json").read_text())["sharing"]["ages_pooled_from"] == 90
    done = medreview(*words, "--out", tmp_path / "next", "--previous", tmp_path / "out")
    assert done.status == 4 and "holds a review for sharing, whose residents have other ids" in done.err
