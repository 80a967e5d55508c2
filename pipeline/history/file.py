"""The file of the history: made for its owner alone, its tables brought up to date, and never anything taken away.

The version of the tables stands in `PRAGMA user_version`. Triggers refuse to change or delete a row.
"""

import os
import re
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.errors import BusyError, InputError, OutputError
from pipeline.history.migrations import APPLICATION_ID, MIGRATIONS

WAIT_SECONDS = 30.0


def opened(path: Path) -> sqlite3.Connection:
    """The file, made or brought up to date where needed.

    Raises:
        InputError: the file is no history, is damaged, or was made by a newer version.
        OutputError, BusyError: it cannot be made or written, or another run holds it.
    """
    new = not path.exists()
    try:
        if new:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Its journal gets the mode of the file: what is in it is for its owner alone.
            os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise OutputError(f"The history {path} cannot be made: {error.strerror}. Check --history.") from error
    connection = sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)
    try:
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # Without it, replacing a row would pass by the triggers that refuse to delete one.
        connection.execute("PRAGMA recursive_triggers = ON")
        migrate(connection, path)
    except sqlite3.OperationalError as error:
        connection.close()
        raise refused(error, path) from error
    except sqlite3.DatabaseError as error:
        connection.close()
        raise InputError(
            f"{path} is no history of medreview, or is damaged. Check --history, or restore the file from a backup."
        ) from error
    except BaseException:
        connection.close()
        raise
    return connection


def migrate(connection: sqlite3.Connection, path: Path, upto: int = len(MIGRATIONS)) -> None:
    """Brings the tables to the version wanted, one version after the other, all of them or none."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    kind = connection.execute("PRAGMA application_id").fetchone()[0]
    tables = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()[0]
    if (kind != APPLICATION_ID) if tables else (version or kind):
        raise InputError(f"{path} is a database of another program. Give --history a file of its own.")
    if version > upto:
        raise InputError(
            f"The history {path} was written by a newer medreview (version {version} of its tables; this one knows "
            f"{upto}). Install that version again."
        )
    if version == upto:
        return
    connection.execute("BEGIN IMMEDIATE")
    try:
        version = connection.execute("PRAGMA user_version").fetchone()[0]  # another run may have been faster
        for script in MIGRATIONS[version:upto]:
            for statement in _statements(script):
                connection.execute(statement)
        _append_only(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {upto}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise


def _statements(script: str) -> list[str]:
    plain = re.sub(r"--.*", "", script)
    return [statement for part in plain.split(";") if (statement := part.strip())]


def _append_only(connection: sqlite3.Connection) -> None:
    """Triggers on every table that refuse to change or delete a row."""
    for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        for event in ("UPDATE", "DELETE"):
            connection.execute(
                f"CREATE TRIGGER IF NOT EXISTS {table}_no_{event.lower()} BEFORE {event} ON {table} "
                "BEGIN SELECT RAISE(ABORT, 'the history is append-only'); END"
            )


def refused(error: sqlite3.OperationalError, path: Path) -> Exception:
    if error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return BusyError(f"Another run is writing the history {path}. Wait for it to end, or give another --history.")
    if error.sqlite_errorcode & 0xFF in (
        sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_PERM,
    ):  # fmt: skip
        return OutputError(f"The history {path} cannot be written ({error}). Nothing was replaced. Check --history.")
    return error


@contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[None]:
    """Whole or not at all.

    Raises:
        BusyError: another run is writing the file.
        OutputError: it cannot be written.
    """
    try:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
    except sqlite3.OperationalError as error:
        raise refused(error, path) from error
