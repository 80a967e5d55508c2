"""Runs that are killed, at every step that changes a file: what they leave, and what the next run makes of it.

`python -m tests.killed` forks a child for each step. The child counts what it is about to do to the file system (open
a file to write, rename, make, remove, exchange, sync) and to the history (begin, commit, a line of a run) and kills
itself with SIGKILL before the n-th; nothing of the program is told of that. The parent then looks at what is left, and
runs once more to the end.

    python -m tests.killed [SCENARIO…] [--random N] [--every N] [--most N]

`--random`: besides, so many kills at random times. `--every`: of opening and removing files only every n-th step.
`--most`: at most so many kills, spread over the steps.
"""

import argparse
import contextlib
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The program is loaded here once, and not in each child.
import pipeline.find
import pipeline.report.patient
import pipeline.report.population
import pipeline.run
from pipeline import output_folder
from pipeline.rulebook.compile import rulebook
from tests.command import medreview
from tests.inputs import DAY, HOME, read_csv, write_folder

Tree = dict[str, object]
_CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate", "ctypes.dlopen"}
_STATEMENTS = ("BEGIN", "COMMIT", "ROLLBACK", *(f"INSERT INTO {table} " for table in ("runs", "writings", "published")))
_WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
# Of these there are many; all others make the exchange and the history, and none of them is left out.
_MANY = {"open", "os.remove", "os.rmdir"}
_OTHER_HOME = {**HOME, "medications": [*HOME["medications"][:3], ["R2", "6", "warfarin", "5", "mg", "daily", "PO", ""]]}


class _Steps:
    """Counts the steps of this process that change files below a folder, and kills it before one of them."""

    def __init__(self, folder: Path, last: int) -> None:
        self._folder, self._last = str(folder), last
        self.done: list[str] = []
        sync = os.fsync

        def counted(descriptor: int) -> None:
            self.count("sync")
            sync(descriptor)

        connect = sqlite3.connect

        def told(*given: Any, **named: Any) -> sqlite3.Connection:
            connection = connect(*given, **named)
            connection.set_trace_callback(self._stated)
            return connection

        os.fsync, sqlite3.connect = counted, told
        sys.addaudithook(self._seen)

    def _seen(self, event: str, given: tuple[Any, ...]) -> None:
        if event in _CHANGES or (event == "open" and self._writes(*given)):
            self.count(event)

    def _stated(self, statement: str) -> None:
        if statement.startswith(_STATEMENTS):
            self.count("history")

    def _writes(self, path: object, mode: object, flags: object) -> bool:
        return isinstance(path, str) and path.startswith(self._folder) and bool(int(str(flags)) & _WRITES)

    def count(self, event: str) -> None:
        self.done.append(event)
        if len(self.done) == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def run(words: tuple[object, ...], prepare: Callable[[], object] = lambda: None, seconds: float = 0) -> int:
    """Runs a command in a forked child.

    Args:
        words: of the command.
        prepare: called in the child first.
        seconds: after which it is killed, if above 0.

    Returns:
        Its exit status, or minus the number of the signal that ended it.
    """
    child = os.fork()
    if not child:
        status = 99
        try:
            prepare()
            result = medreview(*words)
            status = result.status
            if status:
                print(result.out, result.err, file=sys.stderr)
        finally:
            os._exit(status)
    if seconds:
        time.sleep(seconds)
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def content(folder: Path) -> Tree:
    """What is in an output folder, without times: a table by its bytes, a workbook by its parts' checksums."""
    found: Tree = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.name == "run.json":
            manifest = json.loads(path.read_text(encoding="utf-8"))
            manifest.pop("seconds")
            found[name] = manifest
        elif path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as package:
                parts = {part.filename: part.CRC for part in package.infolist()}
            parts.pop("docProps/core.xml")  # when it was written
            found[name] = parts
        else:
            found[name] = path.read_bytes() if path.is_file() else b""
    return found


@dataclass(frozen=True)
class Scenario:
    """`words`: the command that is killed; `again`: the one that runs next. `set_up`: makes the folder as it is before,
    `check`: what may be left by a kill, `finished`: what has to be there after the next run."""

    words: tuple[object, ...]
    again: tuple[object, ...]
    set_up: Callable[[], None]
    check: Callable[[], None]
    finished: Callable[[], None]
    prepare: Callable[[], object] = lambda: None


def one_folder(folder: Path, two_steps: bool) -> Scenario:
    """A review with all its workbooks that replaces an earlier one of another input."""
    out = folder / "work" / "out"
    sources = [write_folder(folder / f"home-{at}", home) for at, home in enumerate((HOME, _OTHER_HOME))]
    kept = []
    for at, source in enumerate(sources):
        assert run(("review", source, "--out", folder / f"kept-{at}", "--as-of", DAY, "--quiet")) == 0
        kept.append(content(folder / f"kept-{at}"))
    assert kept[0] != kept[1]

    def set_up() -> None:
        shutil.copytree(folder / "kept-0", out)

    def check() -> None:
        place = out if out.exists() or not two_steps else out.with_name(".out.old")
        assert content(place) in kept, f"a mixture in {place.name}"

    def finished() -> None:
        assert content(out) == kept[1]
        assert _names(out.parent) == ["out"], _names(out.parent)

    words = ("review", sources[1], "--out", out, "--as-of", DAY, "--quiet")
    return Scenario(words, words, set_up, check, finished, _two_steps if two_steps else lambda: None)


def with_history(folder: Path) -> Scenario:
    """A review with a history that replaces an earlier one, among whose reports somebody has left an answer."""
    work, before = folder / "work", folder / "before"
    out, history = work / "out", work / "history.sqlite"
    source = write_folder(folder / "home", HOME)
    words = ("review", source, "--only", "findings", "--quiet", "--out")
    assert run((*words, before / "out", "--history", before / "history.sqlite", "--as-of", "2026-10-31")) == 0
    answered = read_csv(before / "out" / "findings.csv")[0]["finding_id"]
    (before / "out" / "patients").mkdir()
    answer = before / "out" / "patients" / "responses.csv"
    answer.write_text(
        f"finding_id,response,rationale,by,date\n{answered},decline,tried,X,2026-10-31\n", encoding="utf-8"
    )
    old = content(before / "out")

    def set_up() -> None:
        shutil.copytree(before, work)
        # The history knows where its runs stand.
        with contextlib.closing(sqlite3.connect(history)) as opened:
            assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    def check() -> None:
        now = content(out)
        assert now == old or (now["run.json"]["as_of"] == DAY and "patients" not in now), sorted(now)

    def finished() -> None:
        assert _names(work) == ["history.sqlite", "out"], _names(work)
        told = [(row["finding_id"], row["response"]) for row in read_csv(out / "responses.csv")]
        assert told == [(answered, "decline")], told
        with contextlib.closing(sqlite3.connect(history)) as opened:
            assert opened.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            days = opened.execute(
                "SELECT as_of, count(DISTINCT run) FROM published JOIN writings USING (writing) JOIN runs USING (run) "
                "GROUP BY as_of ORDER BY as_of"
            ).fetchall()
            assert days == [("2026-10-31", 1), (DAY, 1)], days
            answers = opened.execute("SELECT count(*) FROM responses").fetchone()
            assert answers == (1,), answers
        assert {row["runs"] for row in read_csv(out / "findings.csv")} == {"2"}

    words = (*words, out, "--history", history, "--as-of", DAY)
    return Scenario(words, words, set_up, check, finished)


def _names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def _two_steps() -> None:
    """As on a system that cannot exchange two folders at once."""
    output_folder.traded = lambda one, other: False


def dated_folders(folder: Path, next_day: bool) -> Scenario:
    """An unattended run that writes a folder of its own and removes the oldest of the earlier ones."""
    work = folder / "work"
    write_folder(folder / "home", HOME)
    config = folder / "elm.toml"
    config.write_text('input = "home"\nout = "work/{date}"\nkeep = 2\nonly = "findings"\n', encoding="utf-8")
    days = ["2026-10-30", "2026-10-31", "2026-11-01"]
    whole = {}
    for day in days:
        assert run(("nightly", config, "--as-of", day)) == 0
        whole[day] = content(work / day)
        shutil.copytree(work / day, folder / "kept" / day)

    def set_up() -> None:
        for day in days[:2]:
            shutil.copytree(folder / "kept" / day, work / day)

    def check() -> None:
        there = {path.name: content(path) for path in work.iterdir() if not path.name.startswith(".")}
        assert "2026-10-31" in there and there.items() <= whole.items(), sorted(there)

    def finished() -> None:
        left = _names(work)
        if not next_day:
            assert left == days[1:] and {day: content(work / day) for day in left}.items() <= whole.items(), left
        else:  # whether the run that was killed has finished its own folder or not
            assert left in (["2026-10-31", "2026-11-02"], ["2026-11-01", "2026-11-02"]), left

    again = ("nightly", config, "--as-of", "2026-11-02" if next_day else days[2])
    return Scenario(("nightly", config, "--as-of", days[2]), again, set_up, check, finished)


SCENARIOS: dict[str, Callable[[Path], Scenario]] = {
    "one folder": lambda folder: one_folder(folder, two_steps=False),
    "one folder in two steps": lambda folder: one_folder(folder, two_steps=True),
    "history": with_history,
    "dated folders": lambda folder: dated_folders(folder, next_day=False),
    "dated folders, next day": lambda folder: dated_folders(folder, next_day=True),
}


def each_step(scenario: Scenario, folder: Path, every: int = 1, most: int = 0) -> tuple[int, int]:
    """Kills before each step in turn; gives how many there are, and before how many it was killed."""
    counted = folder / "steps"

    def count_only() -> None:
        scenario.prepare()
        steps = _Steps(folder / "work", 0)
        leave = os._exit
        os._exit = lambda status: (counted.write_text("\n".join(steps.done)), leave(status))

    _set_up(scenario, folder)
    assert run(scenario.words, count_only) == 0
    seen = counted.read_text().splitlines()
    total = len(seen)
    tried = [step for step, event in enumerate(seen, start=1) if event not in _MANY or step % every == 0]
    if 0 < most < len(tried):
        tried = [tried[at * len(tried) // most] for at in range(most)]
    for step in tried:

        def prepare(step: int = step) -> None:
            scenario.prepare()
            _Steps(folder / "work", step)

        _set_up(scenario, folder)
        status = run(scenario.words, prepare)
        assert status == -signal.SIGKILL, f"step {step} was not met: {status}"
        _look(scenario, f"step {step} of {total}")
    return total, len(tried)


def at_random(scenario: Scenario, folder: Path, times: int) -> None:
    """Kills at random times of the run."""
    _set_up(scenario, folder)
    began = time.perf_counter()
    assert run(scenario.words, scenario.prepare) == 0
    longest = time.perf_counter() - began
    for _ in range(times):
        _set_up(scenario, folder)
        run(scenario.words, scenario.prepare, random.uniform(0.01, longest))
        _look(scenario, "a random time")


def _set_up(scenario: Scenario, folder: Path) -> None:
    shutil.rmtree(folder / "work", ignore_errors=True)
    scenario.set_up()


def _look(scenario: Scenario, when: str) -> None:
    try:
        scenario.check()
        assert run(scenario.again, scenario.prepare) == 0, "the next run did not end well"
        scenario.finished()
    except AssertionError as error:
        raise AssertionError(f"killed at {when}: {error}") from error


def _quick() -> None:
    """The reference is compiled before the children are forked, and its canaries are not screened in each."""
    book = rulebook(None)
    pipeline.run.rulebook = lambda folder: book
    pipeline.find.canaries = lambda rulebook, as_of: None


def main() -> None:
    """Runs the scenarios and prints how many steps each has."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("scenarios", nargs="*", metavar="SCENARIO", help=f"of {', '.join(SCENARIOS)}; all")
    parser.add_argument("--random", type=int, default=0, metavar="N")
    parser.add_argument("--every", type=int, default=1, metavar="N")
    parser.add_argument("--most", type=int, default=0, metavar="N")
    options = parser.parse_args()
    _quick()
    for name in options.scenarios or SCENARIOS:
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made).resolve()
            scenario = SCENARIOS[name](folder)
            steps, tried = each_step(scenario, folder, options.every, options.most)
            at_random(scenario, folder, options.random)
        print(f"{name}: {steps} steps, killed before {tried} and at {options.random} random times", flush=True)


if __name__ == "__main__":
    main()
