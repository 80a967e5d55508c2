"""The history file: only ever added to, brought up to date, whole or not at all, and each run in it once."""

import json
import sqlite3
import stat
import sys
from contextlib import closing
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from pipeline.errors import BusyError, InputError, OutputError
from pipeline.history import file as history_file
from pipeline.history.file import migrate
from pipeline.history.migrations import APPLICATION_ID, MIGRATIONS
from pipeline.history.past import no_responses
from pipeline.history.snapshot import Snapshot
from pipeline.history.store import WORDS, Store, history
from pipeline.history.trend import Trend
from tests.history.made import snapshot

RUN = {"version": "1", "reference_version": "2026.1", "reference_hash": "ref", "input_hash": "in"}
RULES = pd.DataFrame([["r1", *WORDS], ["r2", *WORDS]], columns=["rule_id", *WORDS], dtype="str")
NOVEMBER, DECEMBER = date(2026, 11, 1), date(2026, 12, 1)
FOUND = snapshot("1 a r1 major x", "2 b r2 minor y", orders="1 x oral 30 mg, 2 y oral 5 mg", residents="1 2 3")


def counted(residents: int = 3) -> Trend:
    figures = pd.DataFrame([["", "residents", residents]], columns=["facility", "figure", "number"])
    measures = pd.DataFrame(
        [["m", "", "A measure", 1, residents]], columns=["measure", "facility", "title", "numerator", "denominator"]
    )
    return Trend(figures, measures)


def record(store: Store, what: Snapshot = FOUND, out: Path = Path("/nowhere"), publish: bool = True) -> str:
    run_id = store.record(what, RUN, out, counted(), RULES)
    if publish:
        store.publish(run_id)
    return run_id


def rows(path: Path, table: str) -> int:
    with closing(sqlite3.connect(path)) as raw:
        return raw.execute(f"SELECT count(*) FROM {table}").fetchone()[0]


def test_what_was_recorded_is_what_the_next_run_sees(tmp_path: Path) -> None:
    with history(tmp_path / "h.db") as store:
        record(store)
    with history(tmp_path / "h.db") as store:
        assert store.before(NOVEMBER) is None, "a review of the same day is no earlier one"
        last = store.before(DECEMBER)
    assert last.as_of == NOVEMBER and last.reference_hash == "ref"
    columns = ["patient_id", "finding_id", "rule_id", "severity", "drugs", "since", "asked"]
    assert last.findings[columns].equals(FOUND.findings[columns])
    assert last.findings["runs"].tolist() == [1, 1]
    assert last.findings["effect"].tolist() == ["effect", "effect"], "the words of a rule that may be gone by then"
    assert last.orders.equals(FOUND.orders)
    assert last.residents.equals(FOUND.residents)
    assert last.rules == {"r1": "a", "r2": "a"}


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    with history(tmp_path / "new" / "h.db") as store:
        record(store)
    assert stat.S_IMODE((tmp_path / "new" / "h.db").stat().st_mode) == 0o600
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["h.db"], "no journal is left"


def test_nothing_is_ever_changed_or_taken_away(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    with history(path) as store:
        record(store)
        store.keep(no_responses().reindex([0]).fillna("x"))
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        tables = [name for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        assert len(tables) == 12
        for table in tables:
            assert rows(path, table), table
            column = raw.execute(f"SELECT * FROM {table}").description[0][0]
            for statement in (f'UPDATE {table} SET "{column}" = "{column}"', f"DELETE FROM {table}"):
                with pytest.raises(sqlite3.IntegrityError, match="append-only"):
                    raw.execute(statement)


@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_a_history_of_every_version_goes_on(version: int, tmp_path: Path) -> None:
    """One with a run in it, as that version wrote it."""
    path = tmp_path / "h.db"
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        migrate(raw, path, upto=version)
        assert raw.execute("PRAGMA user_version").fetchone() == (version,)
        for statement in (
            "INSERT INTO runs VALUES (1, 'id', '2026-11-01', '1', '2026.1', 'ref', 'in')",
            "INSERT INTO writings VALUES (1, 1, '/nowhere')",
            "INSERT INTO published VALUES (1, 1)",
            "INSERT INTO states VALUES (1, 'content', 'facts')",
            "INSERT INTO state_findings VALUES (1, 'a', 'r1', 'major', 'x', '', '2026-10-01', '2026-10-01')",
            "INSERT INTO state_orders VALUES (1, 'x', 'oral', '30 mg')",
            "INSERT INTO census VALUES (1, '1', 'Elm Court', 'North', 1)",
            "INSERT INTO figures VALUES (1, '', 'residents', 1)",
            "INSERT INTO measures VALUES (1, 'm', '', 'A measure', 1, 2)",
        ):
            raw.execute(statement)
    with history(path) as store:
        last = store.before(DECEMBER)
        assert last.findings[["finding_id", "since"]].to_numpy().tolist() == [["a", "2026-10-01"]]
        assert store.trend(DECEMBER).days == ["2026-11-01"]
        assert store.responses().empty
        record(store, snapshot("1 a r1 major x", day=DECEMBER))
    assert rows(path, "runs") == 2
    with closing(sqlite3.connect(path)) as raw:
        assert raw.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
        with pytest.raises(sqlite3.IntegrityError, match="append-only"):
            raw.execute("DELETE FROM runs")


def test_a_run_is_recorded_once(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    with history(path) as store:
        first, again = record(store), record(store)
        other = record(store, snapshot("1 a r1 major x"))
    assert first == again != other
    assert (rows(path, "runs"), rows(path, "published")) == (2, 2)


def test_what_did_not_change_is_kept_once(tmp_path: Path) -> None:
    """Nightly runs of years: an unchanged resident adds a line of the census and nothing else."""
    path = tmp_path / "h.db"
    with history(path) as store:
        for day in range(1, 29):
            texts = ["1 a r1 major x prn 182 days".replace("182", str(day)), "2 b r2 minor y"]
            orders = "1 x oral 30 mg, 2 y oral 5 mg"
            record(store, snapshot(*texts, day=date(2026, 11, day), orders=orders, residents="1 2 3"))
    assert (rows(path, "runs"), rows(path, "census")) == (28, 84)
    assert (rows(path, "states"), rows(path, "state_findings"), rows(path, "state_orders")) == (3, 2, 2)


def test_of_several_runs_of_one_day_the_last_one_counts(tmp_path: Path) -> None:
    """Also when the first one is made once more."""
    with history(tmp_path / "h.db") as store:
        good, bad = FOUND, snapshot()
        for what, findings in ((good, 2), (bad, 0), (good, 2)):
            record(store, what)
            assert len(store.before(DECEMBER).findings) == findings
        assert len(store.days) == 1


def test_a_review_of_an_earlier_day_comes_before_those_that_are_there(tmp_path: Path) -> None:
    with history(tmp_path / "h.db") as store:
        record(store, snapshot("1 a r1 major x", day=DECEMBER))
        record(store, FOUND)
        assert [day for day, _ in store.days] == [NOVEMBER, DECEMBER]
        assert store.before(DECEMBER).as_of == NOVEMBER
        assert store.before(date(2027, 1, 1)).findings["runs"].tolist() == [2], "the days since it was first told"


def test_a_run_counts_only_when_its_output_stands_there(tmp_path: Path) -> None:
    """Killed before the folder was exchanged: as if it had not been. Killed after: the next run says that it was."""
    path, out = tmp_path / "h.db", tmp_path / "out"
    with history(path) as store:
        run_id = record(store, out=out, publish=False)
        store.settle()
        assert store.days == []
    out.mkdir()
    for content in ("", "[]", "{}", json.dumps({"run_id": "another"})):
        (out / "run.json").write_text(content, encoding="utf-8")
        with history(path) as store:
            store.settle()
            assert store.days == []
    (out / "run.json").write_text(json.dumps({"run_id": run_id}), encoding="utf-8")
    with history(path) as store:
        store.settle()
        assert [day for day, _ in store.days] == [NOVEMBER]
        store.settle()
    assert rows(path, "published") == 1


def test_a_run_that_fails_halfway_leaves_nothing(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    with history(path) as store:
        whole = counted()
        broken = Trend(whole.figures, whole.measures.assign(title=None))  # the last table that is written
        with pytest.raises(sqlite3.IntegrityError):
            store.record(FOUND, RUN, Path("/nowhere"), broken, RULES)
        assert (rows(path, "runs"), rows(path, "states"), rows(path, "census")) == (0, 0, 0)
        record(store)
    assert rows(path, "runs") == 1


def test_responses_are_added_once(tmp_path: Path) -> None:
    blank = dict.fromkeys(no_responses().columns, "")
    one = blank | {"finding_id": "a", "response": "accept", "who": "Dr Lee", "date": "2026-11-03"}
    known = one | {"rule_id": "r1", "severity": "major"}
    closed = known | {"closed": "2026-12-01"}
    with history(tmp_path / "h.db") as store:
        added = [store.keep(pd.DataFrame([row], dtype="str")) for row in (one, one, known, known, one, closed, known)]
        assert added == [1, 0, 1, 0, 0, 1, 0], "once more when more is known of it"
        assert store.responses()[["rule_id", "closed"]].to_numpy().tolist() == [
            ["", ""],
            ["r1", ""],
            ["r1", "2026-12-01"],
        ]


def test_the_history_of_another_home_is_not_gone_on_with(tmp_path: Path) -> None:
    with history(tmp_path / "h.db") as store:
        record(store, snapshot(residents=" ".join(f"A{number}" for number in range(10))))
        other = snapshot(residents=" ".join(f"B{number}" for number in range(10)), day=DECEMBER)
        with pytest.raises(InputError, match="Of the 10 residents of the input none stands in the last review"):
            store.check_residents(other.residents, DECEMBER)
        store.check_residents(snapshot(residents="B1 B2").residents, DECEMBER)  # so few may all be new
        some = snapshot(residents="A1 " + " ".join(f"B{number}" for number in range(10)))
        store.check_residents(some.residents, DECEMBER)


def _database(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        for statement in statements:
            raw.execute(statement)


def test_files_that_are_no_history(tmp_path: Path) -> None:
    text, other, newer = tmp_path / "text.db", tmp_path / "other.db", tmp_path / "newer.db"
    text.write_text("Dear colleague, " * 100, encoding="utf-8")
    _database(other, "CREATE TABLE somebodys (x)")
    with history(newer):
        pass
    _database(newer, f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    told = {text: "is no history of medreview, or is damaged", other: "a database of another program",
            newer: "written by a newer medreview"}  # fmt: skip
    for path, message in told.items():
        before = path.read_bytes()
        with pytest.raises(InputError, match=message), history(path):
            pass
        assert path.read_bytes() == before
    with pytest.raises(OutputError, match="cannot be made"), history(text / "h.db"):
        pass


def test_an_empty_file_becomes_a_history(tmp_path: Path) -> None:
    """One that a killed run had only just made."""
    (tmp_path / "h.db").touch()
    with history(tmp_path / "h.db") as store:
        record(store)
    with closing(sqlite3.connect(tmp_path / "h.db")) as raw:
        assert raw.execute("PRAGMA application_id").fetchone() == (APPLICATION_ID,)


def test_one_run_writes_at_a_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history_file, "WAIT_SECONDS", 0.0)
    path = tmp_path / "h.db"
    with history(path) as store, closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(BusyError, match="Another run is writing the history"):
            record(store)
        other.execute("ROLLBACK")
        record(store)


@pytest.mark.skipif(sys.platform == "win32", reason="modes of files")
def test_a_file_that_may_not_be_written(tmp_path: Path) -> None:
    path = tmp_path / "h.db"
    with history(path) as store:
        record(store)
    path.chmod(0o400)
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, isolation_level=None)) as raw:
        store = Store(raw, path)
        with pytest.raises(OutputError, match="cannot be written"):
            record(store, snapshot())
