"""The output folder: everything appears in it at once or not at all, and one run at a time writes it."""

import csv
import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pandas as pd

from pipeline.errors import BusyError, OutputError
from pipeline.paths import patient_file_names
from pipeline.review import Review
from pipeline.tables import FINDINGS, HELD_BACK, MEASURES, MEDICATIONS_OUT, REJECTED, UNRECOGNISED

MANIFEST = "run.json"
# What a review writes, and what systems leave in any folder that is looked at. A folder with anything else in it is
# somebody's, and is not replaced.
_OURS = {
    "population.xlsx", "patients", "findings.csv", "held_back.csv", "medications.csv", "rejected.csv",
    "unrecognised.csv", "measures.csv", MANIFEST,
}  # fmt: skip
_SYSTEMS = {".DS_Store", "Thumbs.db", "desktop.ini"}
# A cell that a spreadsheet would run as a formula, unless it is a plain number.
_RUNS = re.compile(r"[=+\-@\t\r]")
_IS_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Holds the output folder for this run. A run that died holds nothing: the system lets go of its lock.

    If an earlier run was killed between the two steps of the exchange, the folder it had moved aside is put back.

    Raises:
        BusyError: another run holds it.
        OutputError: the folder's parent cannot be made or written.
    """
    from filelock import FileLock, Timeout

    made = [folder for folder in out.parents if not folder.exists()]
    lock = FileLock(out.with_name(f".{out.name}.lock"), timeout=0)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        _recover(out)
    except Timeout:
        raise BusyError(f"Another run is writing {out}. Wait for it to end, or give another --out.") from None
    except OSError as error:
        raise OutputError(
            f"{out.parent} cannot be written ({error.strerror}). Choose another folder for --out."
        ) from error
    try:
        yield
    finally:
        with suppress(OSError):  # Windows removes the file when the lock is released, and not before
            Path(lock.lock_file).unlink()
        lock.release()
        for folder in made:
            with suppress(OSError):  # a folder that is not empty stays
                folder.rmdir()


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """A folder beside `out` to write into, which takes its place when the block ends without an error.

    Raises:
        OutputError: `out` holds something that no review has written, or cannot be written.
    """
    staging = out.with_name(f".{out.name}.partial")
    try:
        check_replaceable(out)
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
    except OSError as error:
        raise OutputError(f"{out} cannot be written ({error.strerror}). Choose another folder for --out.") from error
    try:
        yield staging
        _exchange(staging, out)
    except OSError as error:
        raise OutputError(
            f"{out} could not be written: {error.strerror or error}. Nothing was replaced. "
            "Free some space, close files of it that are open, or choose another folder."
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _exchange(staging: Path, out: Path) -> None:
    old = _moved_aside(out)
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    try:
        staging.rename(out)
    except OSError:
        _recover(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _recover(out: Path) -> None:
    old = _moved_aside(out)
    if old.exists() and not out.exists():
        old.rename(out)


def _moved_aside(out: Path) -> Path:
    return out.with_name(f".{out.name}.old")


def check_replaceable(out: Path) -> None:
    """Makes sure that replacing the folder destroys nothing but an earlier review.

    Raises:
        OutputError: it would.
    """
    try:
        file = next((path for path in (out, *out.parents) if path.exists() and not path.is_dir()), None)
        names = {entry.name for entry in out.iterdir()} - _SYSTEMS if out.is_dir() else set()
    except OSError as error:
        raise OutputError(f"{out} cannot be looked into ({error.strerror}). Choose another --out.") from error
    if file:
        raise OutputError(f"{file} is a file. Give --out a folder.")
    others = sorted(names - _OURS)
    if others or (names and not _is_manifest(out / MANIFEST)):
        which = f"'{others[0]}'" if others else "no run.json of medreview"
        raise OutputError(
            f"{out} holds {which}, so it is no earlier review alone, and a review replaces its whole folder. "
            "Choose an empty or a new folder for --out, or move what else is in it."
        )


def _is_manifest(path: Path) -> bool:
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(manifest, dict) and "reference_hash" in manifest


def write(review: Review, folder: Path, workbooks: bool) -> None:
    """Every file of the contract except the manifest.

    Args:
        review: the finished review.
        folder: an empty folder.
        workbooks: whether the patient and population workbooks are written too.
    """
    write_csv(review.findings, FINDINGS, folder / "findings.csv")
    write_csv(review.held_back, HELD_BACK, folder / "held_back.csv")
    write_csv(_medications(review.medications), MEDICATIONS_OUT, folder / "medications.csv")
    write_csv(review.rejected, REJECTED, folder / "rejected.csv")
    write_csv(review.unrecognised, UNRECOGNISED, folder / "unrecognised.csv")
    write_csv(review.measures, MEASURES, folder / "measures.csv")
    if workbooks:
        from pipeline.report import patient, population

        names = patient_file_names(review.patients["patient_id"])
        (folder / "patients").mkdir()
        patient.write_all(review, folder / "patients", lambda patient_id: f"{names[patient_id]}.xlsx")
        population.write(review, folder / "population.xlsx", lambda patient_id: f"patients/{names[patient_id]}.xlsx")


def write_manifest(manifest: dict, folder: Path) -> None:
    """run.json, written last: a folder that has it is whole."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    with (folder / MANIFEST).open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def write_csv(frame: pd.DataFrame, columns: tuple[str, ...], path: Path) -> None:
    """A table as CSV in UTF-8, its text made harmless for spreadsheet programs."""
    table = frame[list(columns)].copy()
    for name in table.columns:
        if table[name].dtype == "str" or table[name].dtype == object:
            table[name] = table[name].map(harmless)
    table.to_csv(path, index=False, encoding="utf-8", lineterminator="\n", quoting=csv.QUOTE_MINIMAL)


def harmless(value: object) -> object:
    """Text that a spreadsheet would run gets a leading apostrophe."""
    if isinstance(value, str) and _RUNS.match(value) and not _IS_NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def _medications(medications: pd.DataFrame) -> pd.DataFrame:
    return medications.assign(current=medications["current"].map({True: "yes", False: "no"}))
