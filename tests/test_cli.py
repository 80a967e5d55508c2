"""What the commands print, how they end, and that nobody's data is among it."""

import contextlib
import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline import __version__, run, tables
from pipeline.progress import Progress
from tests.command import REPOSITORY, medreview, program
from tests.inputs import DAY, HOME, read_csv, tree, write_csv, write_folder, write_workbook

NAME = "Zebedee Quagmire"
BUG = re.compile(
    r"medreview: a bug: (\w+) at [\w.: <]+\. Please report it to the project's issue tracker, with the version "
)


def test_help_is_quick() -> None:
    """It loads none of the large libraries, of which the start of the program would otherwise be made."""
    code = (
        "import sys\nfrom pipeline.cli import main\n"
        "try:\n    main()\nexcept SystemExit as end:\n    assert not end.code\n"
        "print([name for name in ('pandas', 'numpy', 'pandera', 'openpyxl', 'pyarrow', 'rich') if name in sys.modules])"
    )
    for words in (["--help"], ["review", "--help"], ["--version"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *words], cwd=REPOSITORY, capture_output=True, text=True, check=True
        )
        assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "words",
    [
        [], ["review"], ["check"], ["validate"], ["map"], ["template"],
        *(["reference", name] for name in ("lint", "show", "list", "diff", "compare", "export", "import")),
        *(["reference", "import", name] for name in ("signed", "ddinter", "table", "onc", "rxnorm", "atc")),
    ],
)  # fmt: skip
def test_every_command_has_help(words: list[str]) -> None:
    result = medreview(*words, "-h")
    assert result.status == 0
    assert result.out.startswith(" ".join(["Usage: medreview", *words]))


def test_version() -> None:
    assert medreview("--version").out == f"medreview, version {__version__}\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "home", HOME)


def _review(source: Path, *more: object) -> tuple[object, ...]:
    return ("review", source, "--out", source.parent / "out", "--as-of", DAY, "--only", "findings", *more)


@pytest.mark.usefixtures("compiled")
class TestReview:
    def test_quiet_prints_nothing(self, home: Path) -> None:
        result = medreview(*_review(home, "--quiet"))
        assert (result.status, result.out, result.err) == (0, "", "")

    def test_progress_is_plain_lines_in_a_log(self, home: Path) -> None:
        result = medreview(*_review(home))
        assert result.err == "".join(f"medreview: {stage}\n" for stage in run.STAGES)

    def test_summary(self, home: Path) -> None:
        orders = [*HOME["medications"], ["R2", "6", "zorvexapine"], ["R2", "7", "baclofen", "abc"]]
        write_csv(home / "medications.csv", orders)
        result = medreview(*_review(home))
        lines = result.out.splitlines()
        assert re.fullmatch(
            r"2 residents, 6 orders; \d+ findings: \d+ contraindicated, \d+ major, \d+ moderate, \d+ minor", lines[0]
        )
        assert lines[1:3] == [
            "Rows set aside: 1 of medications; see rejected.csv",
            "Drug texts not recognised: 1; see unrecognised.csv",
        ]
        assert lines[-1] == f"Written to {home.parent / 'out'}"

    def test_a_gate_is_told_even_when_quiet(self, home: Path) -> None:
        write_csv(home / "medications.csv", [*HOME["medications"], ["R2", "6", "zorvexapine"]])
        result = medreview(*_review(home, "--quiet", "--fail-on", "unrecognised", "--fail-on", "rejected"))
        assert (result.status, result.out) == (3, "")
        assert result.err == "medreview: reached the gate unrecognised\n"
        assert len(read_csv(home.parent / "out" / "unrecognised.csv")) == 1

    def test_the_command_line_goes_before_the_settings(self, home: Path, tmp_path: Path) -> None:
        config = tmp_path / "medreview.toml"
        config.write_text('date_order = "dmy"\nfail_on = ["unrecognised"]\n', encoding="utf-8")
        rows = [["mrn", "drug", "start"], ["1", "baclofen", "3/4/2026"], ["1", "zorvexapine", ""]]
        source = write_csv(tmp_path / "orders.csv", rows)
        assert medreview(*_review(source, "--config", config, "--quiet")).status == 3
        result = medreview(*_review(source, "--config", config, "--quiet", "--fail-on", "rejected"))
        assert result.status == 0

    def test_a_bug_is_told_without_what_it_says(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def fail(*_: object, **__: object) -> None:
            try:
                raise KeyError(NAME)
            except KeyError as error:
                raise ValueError(f"cannot read {NAME}") from error

        assert medreview(*_review(home, "--quiet")).status == 0
        before = tree(home.parent)
        monkeypatch.setattr("pipeline.run.write", fail)
        result = medreview(*_review(home, "--quiet"))
        assert (result.status, result.out) == (1, "")
        assert BUG.match(result.err) and "ValueError" in result.err and "run.py" in result.err
        assert len(result.err.splitlines()) == 1 and NAME not in result.err
        assert tree(home.parent) == before

    def test_an_interrupted_review_leaves_nothing(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupt(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("pipeline.run.write", interrupt)
        before = tree(home.parent)
        result = medreview(*_review(home, "--quiet"))
        assert (result.status, result.out, result.err.strip()) == (1, "", "Aborted!")
        assert tree(home.parent) == before


def _named_home() -> dict[str, list[list[str]]]:
    """Tables with the name in every column: in rows that are accepted where a column takes text, and set aside else."""
    made = {}
    for table, schema in tables.INPUT.items():
        columns = list(schema.columns)
        rows = [["1" if column == "patient_id" else NAME for column in columns]]
        for number, column in enumerate(columns, start=2):
            plain = {"patient_id": "1", "drug": "baclofen", "substance": "penicillin", "test": "inr", "value": "2"}
            plain |= {"date": "2026-10-01", "code": "I10"}
            if table == "patients":
                plain["patient_id"] = str(number)
            rows.append([NAME if name == column else plain.get(name, "") for name in columns])
        made[table] = [columns, *rows]
    made["patients"].append(["1", *[""] * (len(made["patients"][0]) - 1)])
    return made


class TestPrivacy:
    """A log of a review may be read by anyone."""

    @pytest.mark.usefixtures("compiled")
    def test_no_name_is_printed_by_a_review(self, tmp_path: Path) -> None:
        source = write_folder(tmp_path / "home", _named_home())
        for more in ([], ["--fail-on", "rejected"], ["--fail-on", "unrecognised", "--quiet"]):
            result = medreview("review", source, "--out", tmp_path / "out", "--as-of", DAY, *more)
            assert result.status == (3 if more else 0)
            assert "Zebedee" not in result.out + result.err
        listed = read_csv(tmp_path / "out" / "rejected.csv")
        assert {row["table"] for row in listed if row["value"] == NAME} == {
            "patients",
            "medications",
            "conditions",
            "labs",
        }
        assert NAME in {row["drug"] for row in read_csv(tmp_path / "out" / "unrecognised.csv")}

    def test_nor_by_the_program(self, tmp_path: Path) -> None:
        source = write_workbook(tmp_path / "home.xlsx", _named_home())
        result = program("review", source, "--out", tmp_path / "out", "--as-of", DAY, PYTHONWARNINGS="always")
        assert result.status == 0, result.err
        assert "Zebedee" not in result.out + result.err
        assert result.err == "".join(f"medreview: {stage}\n" for stage in run.STAGES)

    @pytest.mark.parametrize("lost", ["drug", "patient_id"])
    def test_nor_when_a_column_is_missing(self, lost: str, tmp_path: Path) -> None:
        home = _named_home()
        at = home["medications"][0].index(lost)
        home["medications"] = [[cell for place, cell in enumerate(row) if place != at] for row in home["medications"]]
        result = medreview(*_review(write_workbook(tmp_path / "home.xlsx", home)))
        assert result.status == 4
        assert "Zebedee" not in result.out + result.err

    def test_nor_when_dates_cannot_be_told(self, tmp_path: Path) -> None:
        home = _named_home()
        at = home["medications"][0].index("start_date")
        for row in home["medications"][1:]:
            row[at] = "3/4/2026"
        result = medreview(*_review(write_folder(tmp_path / "home", home)))
        assert result.status == 4
        assert "day and month cannot be told apart" in result.err
        assert "Zebedee" not in result.out + result.err

    @pytest.mark.usefixtures("compiled")
    def test_nor_when_every_row_is_bad(self, tmp_path: Path) -> None:
        orders = [["patient_id", "drug", "dose"], *([str(number), NAME, NAME] for number in range(3))]
        result = medreview(*_review(write_csv(tmp_path / "orders.csv", orders)))
        assert result.status == 4
        assert "every one of the 3 rows was set aside" in result.err
        assert "Zebedee" not in result.out + result.err


def test_progress_on_a_terminal() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Terminal()
    with contextlib.redirect_stderr(screen), Progress(run.STAGES, quiet=False) as progress:
        for stage in run.STAGES:
            with progress.stage(stage):
                pass
    assert "medreview: read\n" not in screen.getvalue()
    quiet = Terminal()
    with contextlib.redirect_stderr(quiet), Progress(run.STAGES, quiet=True) as progress, progress.stage("read"):
        pass
    assert quiet.getvalue() == ""


@pytest.mark.usefixtures("compiled")
class TestCheck:
    def test_a_list(self) -> None:
        result = medreview(
            "check", "baclofen 20 mg TID", "oxycodone 5 mg", "--age", 81, "--sex", "f", "--weight", 60, "--egfr", 25,
            "--condition", "epilepsy", "--allergy", "penicillin", "--alcohol", "heavy", "--lab", "potassium=5.6",
            "--smoker", "--as-of", "2024-02-29",
        )  # fmt: skip
        assert (result.status, result.err) == (0, "")
        assert re.search(r"baclofen 20 mg TID +baclofen +oral +60 mg", result.out)
        assert re.search(r"^ *\d+ findings", result.out, re.MULTILINE)
        assert "baclofen + oxycodone" in " ".join(result.out.split())
        assert "Not read" not in result.out

    def test_what_is_not_understood(self) -> None:
        result = medreview("check", "baclofen", "zorvexapine [b]", "--lab", "potassium=high", "--as-of", DAY)
        assert result.status == 0
        assert "Not recognised: zorvexapine [b]." in result.out
        assert "Not read: labs, value: not a number" in result.out
        assert "Not assessed for want of" in result.out

    def test_the_same_twice(self) -> None:
        words = ("check", "baclofen 10 mg TID", "lorazepam", "--as-of", DAY)
        assert medreview(*words) == medreview(*words)


def test_the_program_prints_to_any_terminal(tmp_path: Path) -> None:
    """A terminal or log whose letters are few shows a question mark, and the command goes on."""
    result = program("check", "baclofen 10 mg TID", "zorvexapíne≥", "--egfr", 20, PYTHONIOENCODING="ascii")
    assert (result.status, result.err) == (0, "")
    assert "zorvexap?ne?" in result.out


@pytest.mark.usefixtures("compiled")
class TestValidate:
    def test_a_good_home(self, home: Path) -> None:
        result = medreview("validate", home, "--as-of", DAY)
        assert (result.status, result.err) == (0, "")
        assert result.out.splitlines() == [
            f"{name}: {len(rows) - 1} rows read, {len(rows) - 1} accepted, 0 rejected" for name, rows in HOME.items()
        ]

    def test_a_bad_one(self, home: Path) -> None:
        orders = [
            *HOME["medications"], ["R2", "6", "zorvexapine"], ["R2", "7", "baclofen", "a\x1b[J\nb"],
            ["R2", "", "baclofen", *[""] * 5, "spilt"],
        ]  # fmt: skip
        write_csv(home / "medications.csv", orders)
        before = tree(home.parent)
        result = medreview("validate", home, "--as-of", DAY)
        assert result.status == 0
        lines = result.out.splitlines()
        assert lines[1] == "medications: 8 rows read, 6 accepted, 2 rejected"
        assert lines[5:7] == [
            "  medications row 8, dose: not a dose: a number was expected (a\ufffd[J b)",
            "  medications row 9, whole row: the row has 9 cells, the header 8: quote cells that hold commas",
        ]
        assert lines[7].startswith("  not recognised in 1 rows: zorvexapine")
        assert tree(home.parent) == before


def test_a_damaged_reference(tmp_path: Path, home: Path) -> None:
    missing = tmp_path / "nowhere"
    for words in (("validate", home), _review(home), ("check", "baclofen")):
        result = medreview(*words, "--reference", missing, *(["--quiet"] if "review" in words else []))
        assert (result.status, result.out) == (4, "")
        assert result.err.startswith(f"medreview: There is no reference folder {missing}.")
    result = medreview("reference", "lint", "--reference", missing)
    assert result.status == 4 and "1 problems" in result.out
