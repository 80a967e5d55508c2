"""Nobody's name, number or cell in what a log may hold: standard output and error, and run.json, whatever goes wrong.

The names stand in every column of every table, in files of every kind, and in those that settings name.
"""

import json
from pathlib import Path

import pytest

from pipeline import tables
from tests.command import medreview
from tests.fuzz import FORMATS
from tests.inputs import DAY, Grid, write_csv, write_folder

pytestmark = pytest.mark.usefixtures("compiled")

CANARIES = ("Zebedee", "Quagmire", "8675309")
NAME, ID = "Zebedee Quagmire", "MRN-8675309"


def _home() -> dict[str, Grid]:
    """In each column the name once, in a row that else is good; and one row with nothing but names."""
    made: dict[str, Grid] = {}
    plain = {"patient_id": ID, "drug": "baclofen", "substance": "penicillin", "test": "inr", "value": "2"}
    plain |= {"date": "2026-10-01", "code": "I10", "sex": "F"}
    for table, schema in tables.INPUT.items():
        columns = list(schema.columns)
        rows = [[NAME if name == column else plain.get(name, "") for name in columns] for column in columns]
        if table == "patients":
            rows = [[f"{ID}-{at}" if row[0] == ID else row[0], *row[1:]] for at, row in enumerate(rows)]
        made[table] = [columns, *rows, [NAME] * len(columns)]
    return made


def _without(column: str) -> dict[str, Grid]:
    home = _home()
    at = home["medications"][0].index(column)
    return home | {"medications": [[*row[:at], *row[at + 1 :]] for row in home["medications"]]}


def _column(column: str, cell: str) -> dict[str, Grid]:
    home = _home()
    at = home["medications"][0].index(column)
    head, *rows = home["medications"]
    return home | {"medications": [head, *([*row[:at], cell, *row[at + 1 :]] for row in rows)]}


HOMES: dict[str, dict[str, Grid]] = {
    "as it is": _home(),
    "no drug": _without("drug"),
    "no ids": _without("patient_id"),
    "no headings": {table: rows[1:] for table, rows in _home().items()},
    "headings twice": {
        table: [rows[0] + rows[0], *([*row, *row] for row in rows[1:])] for table, rows in _home().items()
    },
    "dates that cannot be told": _column("start_date", "3/4/2026"),
    "every row is bad": _column("dose", NAME),
    "too many cells": {table: [rows[0], *([*row, NAME] for row in rows[1:])] for table, rows in _home().items()},
    "unclosed": _column("directions", f'"{NAME}'),
    "no rows": {table: rows[:1] for table, rows in _home().items()},
}


def _search(config: Path, by_hand: bool = False) -> None:
    """Runs it in both ways and looks at all that they print, and at the manifest."""
    night = medreview("nightly", config, "--as-of", DAY, "--verbose")
    assert night.status in (0, 3, 4, 5, 6), night.out
    check = medreview("config", "check", config)
    manifest = config.parent / "out" / "run.json"
    texts = [night.out, night.err, check.out, check.err, manifest.read_text("utf-8") if manifest.exists() else ""]
    if by_hand:
        source = json.loads(night.out)["input"]
        seen = medreview("review", source, "--out", config.parent / "by-hand", "--as-of", DAY)
        asked = medreview("map", source)
        texts += [seen.out, seen.err, asked.err]
    for text in texts:
        for canary in CANARIES:
            assert canary not in text, text[:1000]


def _config(folder: Path, source: Path, *lines: str) -> Path:
    config = folder / "elm.toml"
    text = "\n".join([f"input = {json.dumps(str(source))}", 'out = "out"', 'only = "findings"', *lines])
    config.write_text(text + "\n", encoding="utf-8")
    return config


@pytest.mark.parametrize("kind", HOMES)
def test_homes_of_every_kind_of_trouble(kind: str, tmp_path: Path) -> None:
    _search(_config(tmp_path, FORMATS["home"](tmp_path / "home", HOMES[kind])), by_hand=True)


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("kind", ["no headings", "no drug", "cut short"])
def test_files_of_every_kind(form: str, kind: str, tmp_path: Path) -> None:
    path = FORMATS[form](tmp_path / form, HOMES.get(kind, HOMES["as it is"]))
    if kind == "cut short":
        file = path / "medications.csv" if path.is_dir() else path
        file.write_bytes(file.read_bytes()[: -file.stat().st_size // 3])
    _search(_config(tmp_path, path))


@pytest.mark.parametrize(
    ("setting", "file", "content"),
    [
        ("codes", "codes.csv", f"{NAME},{ID}\n{NAME},{ID}\n"),
        ("codes", "codes.csv", f"system,code,name\n{NAME},{ID},{NAME}\n"),
        ("names", "names.csv", f"{NAME},{ID}\n{NAME},{ID}\n"),
        ("names", "names.csv", f"drug,name\n{NAME},{NAME}\n{NAME},{ID}\n"),
        ("responses", "responses.csv", f"{NAME},{ID}\n{NAME},{ID}\n"),
        ("responses", "responses.csv", f"finding_id,response,rationale,date\n{ID},{NAME},{NAME},{NAME}\n"),
        ("history", "history.sqlite", f"{NAME},{ID}\n" * 200),
    ],
)
def test_files_that_settings_name(setting: str, file: str, content: str, tmp_path: Path) -> None:
    source = write_folder(tmp_path / "home", _home())
    (tmp_path / file).write_text(content, encoding="utf-8")
    value = f'["{file}"]' if setting == "responses" else f'"{file}"'
    _search(_config(tmp_path, source, f"{setting} = {value}"))


def test_an_earlier_review_that_was_changed(tmp_path: Path) -> None:
    config = _config(tmp_path, write_folder(tmp_path / "home", _home()))
    _search(config)
    write_csv(tmp_path / "out" / "findings.csv", [[NAME, ID], [NAME, ID]])
    _search(config)
    (tmp_path / "out" / f"{NAME}.txt").touch()
    assert "run.json" in {path.name for path in (tmp_path / "out").iterdir()}


@pytest.mark.parametrize(
    "place", ["source.reader._read", "find.validate", "find.normalise", "find.limits", "assess.measures", "run.write"]
)
def test_a_bug_at_any_stage(place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        try:
            raise KeyError(NAME)
        except KeyError as error:
            raise ValueError(f"cannot read {NAME} {ID}") from error

    config = _config(tmp_path, write_folder(tmp_path / "home", _home()))
    monkeypatch.setattr(f"pipeline.{place}", fail)
    result = medreview("nightly", config, "--as-of", DAY, "--verbose")
    assert result.status == 1 and "a bug: ValueError at " in result.out
    assert not any(canary in result.out + result.err for canary in CANARIES)
