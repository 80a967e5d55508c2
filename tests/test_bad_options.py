"""Options that cannot be followed: the exit status, and the message word for word. Nothing is written or replaced."""

from pathlib import Path

import pytest
from filelock import FileLock

from tests.command import medreview
from tests.inputs import DAY, HOME, tree, write_csv

pytestmark = pytest.mark.usefixtures("compiled")


def _review(folder: Path, *more: object) -> tuple[object, ...]:
    source = folder / "orders.csv"
    if not source.exists():
        write_csv(source, HOME["medications"])
    return ("review", source, "--as-of", DAY, "--only", "findings", "--quiet", *more)


PREVIOUS = (
    "{folder}/earlier is not the output folder of an earlier review: it needs findings.csv (or "
    "findings.parquet) and run.json. Check the path given to --previous, or leave it out."
)


@pytest.mark.parametrize("files", [None, {}, {"run.json": "{}"}, {"run.json": "{", "findings.csv": "patient_id\n"}])
def test_previous_that_is_no_review(files: dict[str, str] | None, tmp_path: Path) -> None:
    earlier = tmp_path / "earlier"
    for name, content in (files or {}).items():
        earlier.mkdir(exist_ok=True)
        (earlier / name).write_text(content, encoding="utf-8")
    result = medreview(*_review(tmp_path), "--out", tmp_path / "out", "--previous", earlier)
    assert (result.status, result.err) == (4, f"medreview: {PREVIOUS.format(folder=tmp_path)}\n")
    assert not (tmp_path / "out").exists()


def test_previous_that_was_changed(tmp_path: Path) -> None:
    earlier = tmp_path / "earlier"
    earlier.mkdir()
    (earlier / "run.json").write_text("{}", encoding="utf-8")
    (earlier / "findings.csv").write_text("patient_id;finding_id\n", encoding="utf-8")
    result = medreview(*_review(tmp_path), "--out", tmp_path / "out", "--previous", earlier)
    assert result.status == 4
    assert result.err == (
        f"medreview: The findings of {earlier} lack the column alternatives: they were changed after the review. "
        "Restore them as they were written, or leave --previous out.\n"
    )


@pytest.mark.parametrize(
    ("files", "what"),
    [
        ({"letter.docx": "dear"}, "'letter.docx'"),
        ({"run.json": '{"reference_hash": "x"}', "findings.csv": "", "letter.docx": "dear"}, "'letter.docx'"),
        ({"run.json": '{"name": "another program"}'}, "no run.json of medreview"),
        ({"findings.csv": ""}, "no run.json of medreview"),
    ],
)
def test_out_that_holds_other_files(files: dict[str, str], what: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name, content in files.items():
        (out / name).write_text(content, encoding="utf-8")
    arguments = _review(tmp_path)
    before = tree(tmp_path)
    result = medreview(*arguments, "--out", out)
    assert result.status == 4
    assert result.err == (
        f"medreview: {out} holds {what}, so it is no earlier review alone, and a review replaces its whole folder. "
        "Choose an empty or a new folder for --out, or move what else is in it.\n"
    )
    assert tree(tmp_path) == before


def test_out_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    result = medreview(*_review(tmp_path), "--out", tmp_path / "out")
    assert (result.status, result.err) == (4, f"medreview: {tmp_path}/out is a file. Give --out a folder.\n")
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_out_that_cannot_be_looked_into(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "out").mkdir()
    arguments = _review(tmp_path)
    monkeypatch.setattr(Path, "iterdir", refuse)
    result = medreview(*arguments, "--out", tmp_path / "out")
    message = f"{tmp_path}/out cannot be looked into (Permission denied). Choose another --out."
    assert (result.status, result.err) == (4, f"medreview: {message}\n")


def test_out_below_a_file(tmp_path: Path) -> None:
    result = medreview(*_review(tmp_path), "--out", tmp_path / "orders.csv" / "out")
    assert result.status == 4
    assert result.err == f"medreview: {tmp_path}/orders.csv is a file. Give --out a folder.\n"


def test_a_locked_folder(tmp_path: Path) -> None:
    with FileLock(tmp_path / ".out.lock"):
        result = medreview(*_review(tmp_path), "--out", tmp_path / "out")
    assert (result.status, result.out) == (5, "")
    assert result.err == (
        f"medreview: Another run is writing {tmp_path}/out. Wait for it to end, or give another --out.\n"
    )
    assert not (tmp_path / "out").exists()


SETTINGS = {
    'date_order = "ymd"': '{file}: date_order must be "mdy" or "dmy".',
    "date_order = mdy": "The settings file {file} is not TOML: Invalid value (at line 1, column 14). Lines look like "
    'date_order = "mdy".',
    'fail_on = "major"': '{file}: fail_on must be a list such as ["major"] of any of contraindicated, major, moderate, '
    "minor, unrecognised, rejected, accepted_not_done, overdue.",
    'out = "x"': "{file}: 'out' is no setting. Known are codes, date_order, fail_on, loop, low_priority, mapping, "
    "names, pseudonyms, reference, suppress_below.",
    'low_priority = "yes"': "{file}: low_priority must be true or false, without quotation marks.",
    "loop = 1": "{file}: loop must be a table: a line [loop] and, below it, overdue_today = 1.",
    "[loop]\noverdue = 1": "{file}, [loop]: 'overdue' is no setting. Known are overdue_today, overdue_this_week, "
    "overdue_monthly_review, accepted_not_done, declined_quiet, number_change.",
    "[loop]\naccepted_not_done = true": "{file}, [loop]: accepted_not_done must be a whole number from 0 to 3650.",
    "mapping = 1": "{file}: mapping must be the path of a TOML file, or a name, in quotation marks.",
    "pseudonyms = 1": "{file}: pseudonyms must be the path of a key file, in quotation marks.",
    "suppress_below = 1": "{file}: suppress_below must be a whole number of at least 2, such as 11, or 0 for none.",
    "suppress_below = true": "{file}: suppress_below must be a whole number of at least 2, such as 11, or 0 for none.",
    "reference = 1": "{file}: reference must be the path of a folder, in quotation marks.",
}


@pytest.mark.parametrize("content", SETTINGS)
def test_bad_settings(content: str, tmp_path: Path) -> None:
    file = tmp_path / "medreview.toml"
    file.write_text(content, encoding="utf-8")
    result = medreview(*_review(tmp_path), "--out", tmp_path / "out", "--config", file)
    assert (result.status, result.err) == (4, f"medreview: {SETTINGS[content].format(file=file)}\n")
    assert not (tmp_path / "out").exists()


def test_settings_that_are_not_there(tmp_path: Path) -> None:
    file = tmp_path / "medreview.toml"
    result = medreview(*_review(tmp_path), "--out", tmp_path / "out", "--config", file)
    message = f"The settings file {file} cannot be read: No such file or directory. Check --config."
    assert (result.status, result.err) == (4, f"medreview: {message}\n")


WRONG_USAGE = {
    ("review", "orders.csv"): "Missing option '--out'",
    ("review", "orders.csv", "--out", "out", "--as-of", "1/11/2026"): "must be a day such as 2026-11-01",
    ("review", "orders.csv", "--out", "out", "--fail-on", "all"): "'all' is not one of",
    ("review", "orders.csv", "--out", "out", "--only", "workbooks"): "'workbooks' is not",
    ("check",): "Missing argument 'DRUG...'",
    ("check", "baclofen", "--age", "old"): "'old' is not a valid float",
    ("undo",): "No such command 'undo'",
}


@pytest.mark.parametrize("words", WRONG_USAGE, ids=" ".join)
def test_wrong_usage(words: tuple[str, ...]) -> None:
    result = medreview(*words)
    assert (result.status, result.out) == (2, "")
    assert WRONG_USAGE[words] in result.err
    assert "Traceback" not in result.err


def test_a_bad_result_of_check() -> None:
    result = medreview("check", "baclofen", "--lab", "potassium")
    message = "--lab potassium: write the test, an equals sign and the value, such as potassium=5.6."
    assert (result.status, result.err) == (4, f"medreview: {message}\n")


def test_a_template_that_cannot_be_written(tmp_path: Path) -> None:
    result = medreview("template", tmp_path / "empty.csv")
    assert (result.status, result.err) == (4, f"medreview: {tmp_path}/empty.csv must end in .xlsx.\n")
    result = medreview("template", tmp_path / "nowhere" / "empty.xlsx")
    message = f"{tmp_path}/nowhere/empty.xlsx cannot be written: No such file or directory."
    assert (result.status, result.err) == (4, f"medreview: {message}\n")
