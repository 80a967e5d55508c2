"""Unattended reviews: what stops one, the one line that tells of it, and which folders stay."""

import json
import os
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from pipeline.settings import example, read_nightly
from tests.command import Result, medreview
from tests.inputs import DAY, HOME, read_csv, tree, write_csv, write_folder

pytestmark = pytest.mark.usefixtures("compiled")

KEYS = [
    "time", "status", "exit_status", "reason", "as_of", "input", "out", "residents", "findings", "act_today",
    "rejected", "unrecognised", "seconds",
]  # fmt: skip


def _config(folder: Path, **settings: Any) -> Path:
    """A settings file, and an input beside it if there is none."""
    if not (folder / "home").exists():
        write_folder(folder / "home", HOME)
    given = {"input": "home", "out": "out", "only": "findings"} | settings
    path = folder / "elm.toml"
    path.write_text("".join(f"{key} = {json.dumps(value)}\n" for key, value in given.items()), encoding="utf-8")
    return path


def _run(config: Path, day: str = DAY, *more: object) -> tuple[dict[str, Any], Result]:
    result = medreview("nightly", config, "--as-of", day, *more)
    line = json.loads(result.out)
    assert result.out.count("\n") == 1 and list(line) == KEYS
    assert line["exit_status"] == result.status
    return line, result


def test_a_good_night(tmp_path: Path) -> None:
    """One line, with the figures of the review, and nothing on standard error."""
    line, result = _run(_config(tmp_path))
    assert result.err == ""
    found = read_csv(tmp_path / "out" / "findings.csv")
    assert sum(line["findings"].values()) == len(found)
    assert (line["status"], line["reason"], line["as_of"]) == ("reviewed", "", DAY)
    assert (line["residents"], line["rejected"], line["unrecognised"]) == (2, 0, 0)
    assert (line["input"], line["out"]) == (str(tmp_path / "home"), str(tmp_path / "out"))
    assert line["seconds"] > 0 and line["act_today"] >= 0


def test_verbose_logs_the_stages(tmp_path: Path) -> None:
    _, result = _run(_config(tmp_path), DAY, "--verbose")
    lines = [json.loads(line) for line in result.err.splitlines()]
    assert {line["level"] for line in lines} == {"info"}
    assert [line["message"] for line in lines if "seconds" in line][0] == "read"


def test_a_gate(tmp_path: Path) -> None:
    line, result = _run(_config(tmp_path, fail_on=["minor"]))
    assert (line["status"], line["exit_status"], line["reason"]) == ("gate", 3, "reached the gate minor")
    assert json.loads(result.err)["exit_status"] == 3
    assert (tmp_path / "out" / "run.json").is_file()


def test_the_newest_input_is_read(tmp_path: Path) -> None:
    """Not what a program has left beside it, nor an earlier review."""
    exports = tmp_path / "exports"
    for hours, name in ((1, "b.csv"), (2, "a.csv"), (0, ".c.csv"), (0, "~$d.csv")):
        path = write_csv(exports / name, [["mrn", "drug"], [name, "baclofen"]])
        os.utime(path, (time.time() - hours * 3600,) * 2)
    write_folder(exports / "earlier", HOME)
    (exports / "earlier" / "run.json").write_text("{}", encoding="utf-8")
    line, _ = _run(_config(tmp_path, input="exports/*"))
    assert line["input"] == str(exports / "b.csv")
    assert {row["patient_id"] for row in read_csv(tmp_path / "out" / "medications.csv")} == {"b.csv"}


def test_no_input(tmp_path: Path) -> None:
    line, _ = _run(_config(tmp_path, input="nowhere/*.xlsx"))
    assert (line["status"], line["exit_status"]) == ("failed", 4)
    assert line["reason"] == (
        f"No file or folder fits input = {tmp_path}/nowhere/*.xlsx. Check the path, and whether the export ran."
    )


def test_one_table_that_is_stale_stops_the_run(tmp_path: Path) -> None:
    config = _config(tmp_path, stale_hours=26)
    assert _run(config)[0]["status"] == "reviewed"
    before = tree(tmp_path)
    old = time.time() - 30 * 3600
    os.utime(tmp_path / "home" / "labs.csv", (old, old))
    line, result = _run(config)
    assert (line["status"], line["exit_status"]) == ("stopped", 6)
    assert line["reason"].startswith(f"{tmp_path}/home/labs.csv is 30 hours old (of ")
    assert "stale_hours allows 26. Nothing was replaced." in line["reason"]
    assert json.loads(result.err)["message"] == line["reason"]
    assert tree(tmp_path) == before


@pytest.mark.parametrize(
    ("table", "rows", "status", "what"),
    [("labs", 1, 6, "1 accepted rows of labs, and 2"), ("medications", 3, 6, "1 residents, and 2"), ("", 0, 0, "")],
)
def test_rows_that_are_gone_stop_the_run(table: str, rows: int, status: int, what: str, tmp_path: Path) -> None:
    config = _config(tmp_path, most_fewer_rows=0.3)
    assert _run(config)[0]["status"] == "reviewed"
    before = tree(tmp_path / "out")
    if table:
        write_csv(tmp_path / "home" / f"{table}.csv", HOME[table][: rows + 1])
    line, _ = _run(config)
    assert line["exit_status"] == status
    if status:
        assert line["reason"].startswith(f"{what} in the last review: 50% fewer, and most_fewer_rows allows 30%.")
        assert tree(tmp_path / "out") == before
        _config(tmp_path, most_fewer_rows=1)
        assert _run(config)[0]["status"] == "reviewed"


def test_another_run(tmp_path: Path) -> None:
    config = _config(tmp_path)
    with FileLock(tmp_path / ".out.lock"):
        line, _ = _run(config)
    assert (line["status"], line["exit_status"]) == ("busy", 5)


def test_a_bug_is_told_without_what_it_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ValueError("Zebedee Quagmire")

    monkeypatch.setattr("pipeline.run.write", fail)
    line, result = _run(_config(tmp_path))
    assert (line["status"], line["exit_status"]) == ("bug", 1)
    assert line["reason"].startswith("a bug: ValueError at ") and "run.py" in line["reason"]
    assert "Zebedee" not in result.out + result.err
    assert set(tree(tmp_path)) == {"elm.toml", "home", *(f"home/{name}.csv" for name in HOME)}


@pytest.mark.skipif(os.name == "nt", reason="Windows ends a process without asking")
def test_the_system_ends_a_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It clears up and says so."""
    monkeypatch.setattr("pipeline.run.write", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
    line, _ = _run(_config(tmp_path))
    assert (line["status"], line["exit_status"], line["reason"]) == ("failed", 143, "the system ended the run")
    assert set(tree(tmp_path)) == {"elm.toml", "home", *(f"home/{name}.csv" for name in HOME)}


def _days(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_dated_folders(tmp_path: Path) -> None:
    """Each is compared with the one before; the newest stay; what is no review is never removed."""
    config = _config(tmp_path, out="reviews/elm-{date}", keep=2)
    reviews = tmp_path / "reviews"
    for other in ("elm-2026-10-01", "elm-notes", "oak-2026-10-01"):
        (reviews / other).mkdir(parents=True)
        (reviews / other / "letter.txt").touch()
    others = _days(reviews)
    for day in ("2026-10-29", "2026-10-30", "2026-10-31"):
        assert _run(config, day)[1].err == ""
    assert _days(reviews) == sorted([*others, "elm-2026-10-30", "elm-2026-10-31"])
    assert {row["status"] for row in read_csv(reviews / "elm-2026-10-31" / "findings.csv")} == {"persisting"}
    (reviews / "elm-2026-10-30" / "letter.txt").touch()
    line, result = _run(config, "2026-11-01")
    assert line["status"] == "reviewed"
    assert json.loads(result.err)["message"].startswith(f"{reviews}/elm-2026-10-30 could not be removed.")
    assert "elm-2026-10-30" in _days(reviews)


def test_a_folder_in_which_somebody_types_meanwhile_stays(tmp_path: Path) -> None:
    config = _config(tmp_path, out="reviews/{date}", keep=1)
    _run(config, "2026-10-30")
    soon = time.time() + 60
    os.utime(tmp_path / "reviews" / "2026-10-30" / "findings.csv", (soon, soon))
    _run(config, "2026-10-31")
    assert _days(tmp_path / "reviews") == ["2026-10-30", "2026-10-31"]


def test_answers_in_any_kept_review_are_read_and_outlive_it(tmp_path: Path) -> None:
    config = _config(tmp_path, out="reviews/{date}", keep=2)
    for day in ("2026-10-28", "2026-10-29"):
        _run(config, day)
    oldest = tmp_path / "reviews" / "2026-10-28"
    found = read_csv(oldest / "findings.csv")[0]["finding_id"]
    rows = [["finding_id", "response", "date"], [found, "accept", "2026-10-28"]]
    answer = write_csv(oldest / "patients" / "responses.csv", rows)
    later = time.time() - 1
    os.utime(answer, (later, later))
    os.utime(oldest / "run.json", (later - 60, later - 60))
    for day in ("2026-10-30", "2026-10-31", "2026-11-01"):
        _run(config, day)
        told = read_csv(tmp_path / "reviews" / day / "responses.csv")
        assert [(row["finding_id"], row["response"]) for row in told] == [(found, "accept")]
    assert _days(tmp_path / "reviews") == ["2026-10-31", "2026-11-01"]


def test_a_history(tmp_path: Path) -> None:
    config = _config(tmp_path, out="reviews/{date}", history="history.sqlite", keep=1)
    for day in ("2026-10-30", "2026-10-31", "2026-11-01"):
        _run(config, day)
    assert {row["runs"] for row in read_csv(tmp_path / "reviews" / DAY / "findings.csv")} == {"3"}
    assert {path.stat().st_mode & 0o777 for path in tmp_path.glob("history.sqlite*")} <= {0o600}


def test_leftovers_of_another_day_are_cleared(tmp_path: Path) -> None:
    """The run of that day will not come again."""
    config = _config(tmp_path, out="reviews/{date}")
    reviews = tmp_path / "reviews"
    _run(config, "2026-10-30")
    for left in (".2026-10-31.partial", ".2026-10-29.removed"):
        (reviews / left).mkdir()
        (reviews / left / "findings.csv").touch()
    (reviews / ".2026-10-31.lock").touch()
    (reviews / "2026-10-30").rename(reviews / ".2026-10-30.old")
    _run(config, "2026-11-01")
    assert _days(reviews) == ["2026-10-30", "2026-11-01"]
    assert {row["status"] for row in read_csv(reviews / "2026-11-01" / "findings.csv")} == {"persisting"}


def test_room_that_must_stay_free(tmp_path: Path) -> None:
    line, _ = _run(_config(tmp_path, least_free_mb=10**12))
    assert line["exit_status"] == 4 and "MiB that must stay free. Nothing was replaced." in line["reason"]


class TestConfig:
    def test_init_writes_what_check_and_nightly_take(self, tmp_path: Path) -> None:
        file = tmp_path / "elm.toml"
        result = medreview("config", "init", file)
        assert (result.status, result.err) == (0, "")
        write_folder(tmp_path / "exports" / "home", HOME)
        text = file.read_text(encoding="utf-8").replace("exports/*.xlsx", "exports/*")
        file.write_text(text, encoding="utf-8")
        result = medreview("config", "check", file)
        assert (result.status, result.err) == (0, "")
        lines = result.out.splitlines()
        assert lines[:2] == [f"{file} is in order.", f"reads     {tmp_path}/exports/home (0 hours old)"]
        assert lines[3] == "compares  with nothing: there is no earlier review"
        assert not (tmp_path / "reviews").exists()
        assert _run(file)[0]["out"] == str(tmp_path / "reviews" / DAY)
        assert medreview("config", "init", file).err == (
            f"medreview: {file} cannot be written: File exists. Choose another file.\n"
        )

    def test_every_example_is_a_setting(self, tmp_path: Path) -> None:
        """With the # taken away from all but two lines that exclude each other."""
        file = tmp_path / "elm.toml"
        lines = example().splitlines()[1:]
        file.write_text("\n".join(line.removeprefix("# ") for line in lines if "pdf =" not in line), encoding="utf-8")
        settings = read_nightly(file)
        assert settings.history == tmp_path / "history.sqlite"
        assert settings.out == tmp_path / "reviews" / "{date}" and settings.keep == 30
        assert settings.responses == (tmp_path / "answered",)

    def test_check_says_what_would_stop_a_run(self, tmp_path: Path) -> None:
        for settings, message in (
            ({"input": "nowhere"}, "No file or folder fits input"),
            ({"codes": "nowhere.csv"}, "nowhere.csv"),
            ({"names": "nowhere.csv"}, "nowhere.csv"),
            ({"mapping": "nowhere.toml"}, "nowhere.toml"),
            ({"previous": "nowhere"}, "nowhere is not the output folder of an earlier review"),
            ({"responses": ["nowhere"]}, "nowhere is not there"),
            ({"out": "home"}, "home holds "),
        ):
            result = medreview("config", "check", _config(tmp_path, **settings))
            assert (result.status, result.out) == (4, ""), settings
            assert message in result.err


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"input": 1}, "input must be the path of a file or folder, or a pattern such as exports/*.xlsx, in quotation"),
        ({"out": "{date}/x"}, "out must be the path of a folder, in quotation marks; {date} may stand once, in its"),
        ({"keep": 3}, "keep must be a whole number, 1 or more; only where out has {date}."),
        ({"out": "{date}", "keep": 0}, "keep must be a whole number, 1 or more; only where out has {date}."),
        ({"previous": ""}, "previous must be the path of the output folder of an earlier review, in quotation marks."),
        ({"history": 1}, "history must be the path of a file, in quotation marks."),
        ({"responses": "x"}, 'responses must be a list of paths, such as ["answered"].'),
        ({"stale_hours": 0}, "stale_hours must be a number of hours above 0."),
        ({"most_fewer_rows": 20}, "most_fewer_rows must be a share from 0 to 1, such as 0.2 for 20 %."),
        ({"most_fewer_rows": True}, "most_fewer_rows must be a share from 0 to 1, such as 0.2 for 20 %."),
        ({"least_free_mb": -1}, "least_free_mb must be a whole number of megabytes."),
        ({"only": "workbooks"}, 'only must be "findings" or "tables".'),
        ({"pdf": "yes"}, "pdf must be true or false, without quotation marks."),
        ({"pdf": True}, "pdf prints the workbooks that the setting only leaves out. Give one of the two."),
        ({"date_order": "ymd"}, 'date_order must be "mdy" or "dmy".'),
        ({"colour": "red"}, "'colour' is no setting. Known are codes, date_order, fail_on, history, input, keep,"),
    ],
)
def test_wrong_settings(settings: dict[str, Any], message: str, tmp_path: Path) -> None:
    """Each is named with what is allowed, by a run and by `config check`."""
    config = _config(tmp_path, **settings)
    line, _ = _run(config)
    assert (line["status"], line["exit_status"]) == ("failed", 4)
    assert line["reason"].startswith(f"{config}: {message}")
    assert medreview("config", "check", config).err == f"medreview: {line['reason']}\n"


def test_settings_that_lack_what_is_needed(tmp_path: Path) -> None:
    config = tmp_path / "elm.toml"
    config.write_text('input = "home"\n', encoding="utf-8")
    assert _run(config)[0]["reason"].startswith(f"{config}: out is missing. It must be the path of a folder")
    assert _run(tmp_path / "nowhere.toml")[0]["reason"] == (
        f"The settings file {tmp_path}/nowhere.toml cannot be read: No such file or directory. "
        "`medreview config init FILE` writes one to edit."
    )
