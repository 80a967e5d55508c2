"""The history: one SQLite file in which every run leaves what it found. It only ever grows.

Why SQLite and not DuckDB: it comes with Python, so the file can be read as long as there is a Python; its format is
promised until 2050; a transaction is on the disk when it ends, also when the power goes; and the history is written a
run at a time and read by key, for which a column store has nothing to offer. Figures over all runs are kept counted.

A run is recorded in two steps, because a file and a folder cannot change at one moment: `record` writes all of it in
one transaction just before the output folder is exchanged, and `publish` adds one line when that was done. A run
without this line does not count. If the process is killed between the two, the next one that opens the file finds the
run's id in the `run.json` of its output folder and adds the line (`settle`); if the folder was not exchanged, the run
stays without it.
"""

import hashlib
import json
import sqlite3
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from pipeline.errors import InputError
from pipeline.history.file import opened, transaction
from pipeline.history.responses import how_much_is_known, keys
from pipeline.history.snapshot import Snapshot, timeless
from pipeline.history.trend import FIGURES, MEASURES, Trend
from pipeline.places import Place
from pipeline.tables import FINDINGS, LOOP, RESPONSES

# What is worked out anew at each review.
DERIVED = ("conflict", "state")
WORDS = ("check", "problem", "effect", "mechanism", "management", "alternatives", "evidence", "sources")
RUN = ("version", "reference_version", "reference_hash", "input_hash")
# So many residents must have gone at once for the input to be taken for that of another home.
_FEW = 10


class Store:
    """An open history. `days` are the days of review that count, each with its run."""

    def __init__(self, connection: sqlite3.Connection, path: Path) -> None:
        self._db = connection
        self.path = path

    @property
    def days(self) -> list[tuple[date, int]]:
        """Every day that was reviewed with the run that counts for it: the last one that was published."""
        rows = self._db.execute(
            "SELECT as_of, run FROM (SELECT as_of, run, "
            "row_number() OVER (PARTITION BY as_of ORDER BY publication DESC) AS place "
            "FROM published JOIN writings USING (writing) JOIN runs USING (run)) WHERE place = 1 ORDER BY as_of"
        )
        return [(date.fromisoformat(day), run) for day, run in rows]

    def before(self, as_of: date) -> Snapshot | None:
        """The last review of an earlier day. Of the same day none is earlier: a review made again replaces it."""
        known = [(day, run) for day, run in self.days if day < as_of]
        return self._snapshot(known[-1][1], [day for day, _ in known]) if known else None

    def on(self, day: date) -> Snapshot | None:
        """The review of that day."""
        known = [(when, run) for when, run in self.days if when <= day]
        return self._snapshot(known[-1][1], [when for when, _ in known]) if known and known[-1][0] == day else None

    def check_residents(self, residents: pd.DataFrame, as_of: date) -> None:
        """Makes sure that the input belongs to this history, in which nothing can be undone.

        Raises:
            InputError: of ten residents or more not one stood in the last review.
        """
        known = [(day, run) for day, run in self.days if day < as_of]
        if not known:
            return
        day, run = known[-1]
        last = {who for (who,) in self._db.execute("SELECT patient_id FROM census WHERE run = ?", (run,))}
        if min(len(residents), len(last)) >= _FEW and last.isdisjoint(residents["patient_id"]):
            raise InputError(
                f"Of the {len(residents)} residents of the input none stands in the last review of {self.path} "
                f"({day}): it is the history of another home, or the ids have changed. Check INPUT and "
                "--history, or begin a new history."
            )

    def _snapshot(self, run: int, days: list[date]) -> Snapshot:
        as_of, reference = self._db.execute("SELECT as_of, reference_hash FROM runs WHERE run = ?", (run,)).fetchone()
        findings = self._frame(
            f"SELECT patient_id, finding_id, f.rule_id, severity, drugs, factor, since, asked, {_columns(WORDS)} "
            "FROM census JOIN state_findings f USING (state) "
            "LEFT JOIN reference_rules r ON r.reference_hash = ? AND r.rule_id = f.rule_id "
            "LEFT JOIN rules USING (content) WHERE run = ? ORDER BY patient_id, finding_id",
            reference, run,
        ).fillna("")  # fmt: skip
        stamps = sorted(day.isoformat() for day in days)
        findings["runs"] = [len(stamps) - bisect_left(stamps, since) for since in findings["since"]]
        columns = [*FINDINGS, *LOOP]
        findings = findings.reindex(columns=columns, fill_value="").astype(dict.fromkeys(columns, "str"))
        orders = self._frame(
            "SELECT patient_id, ingredient, route, daily_dose FROM census JOIN state_orders USING (state) "
            "WHERE run = ? ORDER BY patient_id, ingredient, route",
            run,
        )
        residents = self._frame(
            "SELECT patient_id, facility, unit, facts FROM census JOIN states USING (state) WHERE run = ?", run
        )
        rules = self._db.execute("SELECT rule_id, content FROM reference_rules WHERE reference_hash = ?", (reference,))
        return Snapshot(
            date.fromisoformat(as_of), reference, findings.astype({"runs": "int64"}), orders, residents, dict(rules)
        )

    def trend(self, before: date) -> Trend:
        """What the runs of earlier days counted of all facilities together."""
        runs = [run for day, run in self.days if day < before]
        read = {"figures": FIGURES, "measures": MEASURES}
        tables = {
            table: [
                self._frame(
                    f"SELECT as_of, {_columns(columns)} FROM {table} JOIN runs USING (run) "
                    "WHERE run = ? AND facility = ''",
                    run,
                )
                for run in runs
            ]
            for table, columns in read.items()
        }
        return Trend(**{name: pd.concat(frames, ignore_index=True) for name, frames in tables.items() if frames})

    def record(
        self,
        snapshot: Snapshot,
        run: dict[str, str],
        out: Place,
        counted: Trend,
        words: pd.DataFrame,
    ) -> str:
        """Writes a run that does not count yet, all of it or nothing. A run that is there already is not doubled.

        Args:
            snapshot: the review.
            run: `RUN`.
            out: the output folder.
            counted: what the review counts itself.
            words: of every active rule `rule_id` and `WORDS`.

        Returns:
            Its id, which the manifest of the output folder must have as `run_id`.
        """
        residents = _contents(snapshot)
        run_id = _digest([snapshot.as_of.isoformat(), *(run[name] for name in RUN), *residents["content"]])
        with self._transaction():
            known = self._db.execute("SELECT run FROM runs WHERE run_id = ?", (run_id,)).fetchone()
            if known:
                self._write(known[0], out)
                return run_id
            number = self._db.execute(
                f"INSERT INTO runs (run_id, as_of, {_columns(RUN)}) VALUES (?, ?, ?, ?, ?, ?)",
                (run_id, snapshot.as_of.isoformat(), *(run[name] for name in RUN)),
            ).lastrowid
            self._write(number, out)
            states = self._states(snapshot, residents)
            self._many(
                "census", 5, ((number, *row) for row in zip(
                    residents["patient_id"], residents["facility"], residents["unit"], states, strict=True)),
            )  # fmt: skip
            self._rules(snapshot, words)
            for table, columns, frame in (
                ("figures", FIGURES, counted.figures),
                ("measures", MEASURES, counted.measures),
            ):
                cells = (frame[name].tolist() for name in columns)
                self._many(table, 1 + len(columns), zip([number] * len(frame), *cells, strict=True))
        return run_id

    def publish(self, run_id: str) -> None:
        """From now on the run counts for its day."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO published (writing) SELECT max(writing) FROM writings JOIN runs USING (run) "
                "WHERE run_id = ? HAVING max(writing) NOT IN (SELECT writing FROM published)",
                (run_id,),
            )

    def settle(self) -> None:
        """Publishes those runs whose output stands in its folder although nobody came to say so."""
        waiting = self._db.execute(
            "SELECT run_id, out FROM writings JOIN runs USING (run) "
            "WHERE writing NOT IN (SELECT writing FROM published) ORDER BY writing"
        ).fetchall()
        for run_id, out in waiting:
            with suppress(OSError, ValueError, AttributeError):
                if json.loads((Path(out) / "run.json").read_text(encoding="utf-8")).get("run_id") == run_id:
                    self.publish(run_id)

    def _write(self, run: int | None, out: Place) -> None:
        """Notes that the run is about to stand in the folder, unless it counts for its day as it is."""
        if run not in [counted for _, counted in self.days]:
            self._db.execute("INSERT INTO writings (run, out) VALUES (?, ?)", (run, str(out)))

    def _states(self, snapshot: Snapshot, residents: pd.DataFrame) -> list[int]:
        """The state of each resident, written where it is not known yet."""
        self._db.execute("CREATE TEMP TABLE IF NOT EXISTS wanted (content TEXT PRIMARY KEY, facts TEXT)")
        self._db.execute("DELETE FROM wanted")
        pairs = residents[["content", "facts"]].itertuples(index=False)
        self._db.executemany("INSERT OR IGNORE INTO wanted VALUES (?, ?)", pairs)
        unknown = "FROM wanted WHERE content NOT IN (SELECT content FROM states) ORDER BY content"
        new = {row[0] for row in self._db.execute(f"SELECT content {unknown}")}
        self._db.execute(f"INSERT INTO states (content, facts) SELECT content, facts {unknown}")
        numbers = dict(self._db.execute("SELECT content, state FROM states JOIN wanted USING (content)"))
        # Two residents may share a state only if nothing of it names them, so each one's rows are written once.
        first = residents[residents["content"].isin(new)].drop_duplicates("content")
        owner = dict(zip(first["patient_id"], first["content"].map(numbers), strict=True))
        for table, frame in (("state_findings", _kept(snapshot.findings)), ("state_orders", snapshot.orders)):
            mine = frame[frame["patient_id"].isin(owner)]
            rows = mine.drop(columns="patient_id").itertuples(index=False)
            self._many(
                table, mine.shape[1], ((owner[who], *row) for who, row in zip(mine["patient_id"], rows, strict=True))
            )
        return [numbers[content] for content in residents["content"]]

    def _rules(self, snapshot: Snapshot, words: pd.DataFrame) -> None:
        """The rules of a reference, the first time that it is met."""
        key = snapshot.reference_hash
        if self._db.execute("SELECT 1 FROM reference_rules WHERE reference_hash = ?", (key,)).fetchone():
            return
        told = words[words["rule_id"].isin(snapshot.rules)]
        contents = [snapshot.rules[rule] for rule in told["rule_id"]]
        rows = zip(contents, told["rule_id"], *(told[name] for name in WORDS), strict=True)
        self._db.executemany(f"INSERT OR IGNORE INTO rules VALUES ({', '.join('?' * (2 + len(WORDS)))})", rows)
        self._many(
            "reference_rules",
            3,
            ((key, rule, content) for content, rule in zip(contents, told["rule_id"], strict=True)),
        )

    def _many(self, table: str, width: int, rows: Any) -> None:
        self._db.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * width)})", rows)

    def _frame(self, query: str, *values: object) -> pd.DataFrame:
        cursor = self._db.execute(query, values)
        return pd.DataFrame(cursor.fetchall(), columns=[column[0] for column in cursor.description])

    def _transaction(self) -> AbstractContextManager[None]:
        return transaction(self._db, self.path)

    def responses(self) -> pd.DataFrame:
        """Every response that was ever read: the columns of responses.csv, `conflict` and `state` empty."""
        kept = [name for name in RESPONSES if name not in DERIVED]
        table = self._frame(f"SELECT {_columns(tuple(kept))} FROM responses ORDER BY response_number")
        return table.reindex(columns=list(RESPONSES), fill_value="").astype("str")

    def keep(self, responses: pd.DataFrame) -> int:
        """Adds those responses that are not there yet. Returns how many."""
        kept = [name for name in RESPONSES if name not in DERIVED]
        with self._transaction():
            # It is added once more when more is known of it: its finding, or that this is no longer found.
            known: dict[str, int] = {}
            for text, rank in self._db.execute("SELECT same, (rule_id <> '') + 2 * (closed <> '') FROM responses"):
                known[text] = max(rank, known.get(text, -1))
            same = keys(responses)
            ranks = how_much_is_known(responses)
            new = [rank > known.get(text, -1) for text, rank in zip(same, ranks, strict=True)]
            rows = responses.loc[new, kept].itertuples(index=False)
            self._db.executemany(
                f"INSERT INTO responses (same, {_columns(tuple(kept))}) VALUES ({', '.join('?' * (1 + len(kept)))})",
                ((text, *row) for text, row in zip(same[new], rows, strict=True)),
            )
        return sum(new)


@contextmanager
def history(path: Path | None) -> Iterator[Store | None]:
    """Opens the history for a run; nothing without a path.

    Raises:
        InputError: the file is no history, is damaged, or was made by a newer version.
        OutputError, BusyError: it cannot be made or written, or another run holds it.
    """
    if path is None:
        yield None
        return
    connection = opened(path)
    try:
        yield Store(connection, path)
    finally:
        connection.close()


def _columns(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _kept(findings: pd.DataFrame) -> pd.DataFrame:
    """What a state keeps of a finding: what tells days is left out, or each night would be another state."""
    columns = ["patient_id", "finding_id", "rule_id", "severity", "drugs", "factor", "since", "asked"]
    kept = findings[columns].copy()
    kept["factor"] = [timeless(text) for text in kept["factor"].fillna("")]
    return kept


def _contents(snapshot: Snapshot) -> pd.DataFrame:
    """The residents by id, each with a fingerprint (`content`) of all that a state keeps of them."""
    lines: dict[str, list[str]] = {}
    for frame in (_kept(snapshot.findings), snapshot.orders):
        columns = [frame[name].tolist() for name in frame.columns if name != "patient_id"]
        for who, *cells in zip(frame["patient_id"], *columns, strict=True):
            lines.setdefault(who, []).append("\x1f".join(cells))
    residents = snapshot.residents.sort_values("patient_id", ignore_index=True)
    contents = [
        _digest([facts, *sorted(lines.get(who, []))])
        for who, facts in zip(residents["patient_id"], residents["facts"], strict=True)
    ]
    return residents.assign(content=pd.Series(contents, dtype="str"))


def _digest(parts: list[str]) -> str:
    return hashlib.sha256("\x1e".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
