"""Runs that are killed leave the old review or the new one, and the next run needs no hand.

`killed.py` does the work; here it kills before a few of the steps, in .ci/run before most, by hand before each.
"""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from filelock import FileLock

from pipeline import output_folder
from pipeline.errors import BusyError
from tests.command import REPOSITORY, medreview
from tests.inputs import DAY, HOME, tree, write_csv, write_folder

if sys.platform == "win32":
    pytest.skip("Windows has no fork and no SIGKILL", allow_module_level=True)


@pytest.mark.parametrize("scenario", ["one folder", "history"])
def test_killed_at_many_steps(scenario: str) -> None:
    command = [sys.executable, "-m", "tests.killed", scenario, "--every", "20", "--most", "8"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    steps, tried = (int(word) for word in done.stdout.replace(",", "").split() if word.isdigit() and word != "0")
    assert steps > 30 and tried == 8, done.stdout


@pytest.mark.usefixtures("compiled")
def test_the_program_killed_at_random_times(tmp_path: Path) -> None:
    """As users run it, from its start to its end."""
    source = write_folder(tmp_path / "home", HOME)
    out = tmp_path / "new" / "out"
    words = ["review", source, "--out", out, "--as-of", DAY, "--only", "findings", "--quiet"]
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", *map(str, words)]
    chance = random.Random(7)
    for _ in range(3):
        running = subprocess.Popen(command, cwd=REPOSITORY)
        time.sleep(chance.uniform(0.5, 3))
        running.send_signal(signal.SIGKILL)
        running.wait()
        assert not out.exists() or (out / "run.json").is_file()
    assert medreview(*words).status == 0
    assert [path.name for path in out.parent.iterdir()] == ["out"]


def test_a_dead_run_holds_no_lock(tmp_path: Path) -> None:
    """The system lets go of it; the file that is left means nothing."""
    out = tmp_path / "out"
    hold = "import sys, time; from pipeline import output_folder; from pathlib import Path\n"
    hold += "with output_folder.locked(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(600)"
    running = subprocess.Popen([sys.executable, "-c", hold, out], cwd=REPOSITORY, stdout=subprocess.PIPE, text=True)
    assert running.stdout and running.stdout.readline() == "held\n"
    with pytest.raises(BusyError), output_folder.locked(out):
        pass
    running.kill()
    running.wait()
    assert (tmp_path / ".out.lock").exists()
    with output_folder.locked(out):
        pass
    assert not tree(tmp_path)


def test_a_lock_file_that_was_left_means_nothing(tmp_path: Path) -> None:
    (tmp_path / ".out.lock").write_text("4711", encoding="utf-8")
    with output_folder.locked(tmp_path / "out"), pytest.raises(BusyError), output_folder.locked(tmp_path / "out"):
        pass
    assert not tree(tmp_path)
    with FileLock(tmp_path / ".out.lock"), pytest.raises(BusyError), output_folder.locked(tmp_path / "out"):
        pass


@pytest.mark.usefixtures("compiled")
def test_a_stopped_run_clears_what_a_killed_one_left(tmp_path: Path) -> None:
    """Also where it writes nothing itself."""
    source = write_csv(tmp_path / "orders.csv", [["patient_id"], ["1"]])
    for name in (".out.partial", ".out.old"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "findings.csv").touch()
    (tmp_path / "out").mkdir()
    assert medreview("review", source, "--out", tmp_path / "out", "--as-of", DAY, "--quiet").status == 4
    assert set(tree(tmp_path)) == {"orders.csv", "out"}
