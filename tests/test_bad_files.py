"""The bad files of `bad_files/`: each gives the message that its README promises, and nothing is written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.rulebook.rules import Rulebook
from tests import toy
from tests.bad_files.make import MAKERS
from tests.command import REPOSITORY, medreview
from tests.inputs import DAY, tree

_README = (Path(__file__).parent / "bad_files" / "README.md").read_text(encoding="utf-8")
_ROWS = [line.strip("|").split(" | ") for line in _README.splitlines() if line.startswith("| `")]
MESSAGES = {name.strip(" `"): message.strip() for name, _, message in _ROWS}


@pytest.fixture(scope="module")
def toy_book(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    return toy.book(tmp_path_factory.mktemp("reference"))


@pytest.fixture(autouse=True)
def _compiled(toy_book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.run.rulebook", lambda folder: toy_book)


def test_each_file_is_in_the_readme_and_is_made() -> None:
    assert list(MESSAGES) == list(MAKERS)


@pytest.mark.parametrize("name", MESSAGES)
def test_a_bad_file_gives_its_message(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """And nothing besides: a library that panics writes past Python."""
    MAKERS[name](tmp_path / name)
    before = tree(tmp_path)
    result = medreview("review", tmp_path / name, "--out", tmp_path / "new" / "out", "--as-of", DAY, "--quiet")
    assert result.err == f"medreview: {MESSAGES[name].replace('FOLDER', str(tmp_path))}\n"
    assert (result.status, result.out) == (4, "")
    assert capfd.readouterr() == ("", "")
    assert tree(tmp_path) == before


@pytest.mark.skipif(sys.platform != "linux", reason="the limit is one of Linux")
@pytest.mark.parametrize(
    "name", ["bomb.xlsx", "declares-too-little.xlsx", "far-cell.xlsx", "far-record.xls", "repeats-itself.ods"]
)
def test_no_file_fills_the_memory(name: str, tmp_path: Path) -> None:
    """As a program of its own that may have no more than 3 GiB."""
    MAKERS[name](tmp_path / name)
    limited = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30)); "
        "from pipeline.cli import main; main()"
    )
    command = [sys.executable, "-c", limited, "review", tmp_path / name, "--out", tmp_path / "out", "--quiet"]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False, cwd=REPOSITORY,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (4, f"medreview: {MESSAGES[name].replace('FOLDER', str(tmp_path))}\n")
