"""The output folder: everything appears in it at once or not at all, and one run at a time writes it."""

import csv
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from pipeline.errors import BusyError, OutputError
from pipeline.paths import patient_file_names
from pipeline.review import Review
from pipeline.tables import FINDINGS, MEASURES, MEDICATIONS_OUT, REJECTED, UNRECOGNISED

MANIFEST = "run.json"
# A cell that a spreadsheet would run as a formula, unless it is a plain number.
_RUNS = re.compile(r"[=+\-@\t\r]")
_IS_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?$")


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Holds the output folder for this run. A run that died holds nothing: the system lets go of its lock.

    Raises:
        BusyError: another run holds it.
        OutputError: the folder's parent cannot be made or written.
    """
    from filelock import FileLock, Timeout

    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        lock = FileLock(out.parent / f".{out.name}.lock", timeout=0)
        lock.acquire()
    except Timeout:
        raise BusyError(f"Another run is writing {out}. Wait for it to end, or give another --out.") from None
    except OSError as error:
        raise OutputError(
            f"{out.parent} cannot be written ({error.strerror}). Choose another folder for --out."
        ) from error
    try:
        yield
    finally:
        lock.release()


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """A folder beside `out` to write into, which takes its place when the block ends without an error.

    An earlier run that was killed between the two steps of the exchange is put right first.

    Raises:
        OutputError: `out` holds something that no review has written, or cannot be written.
    """
    old = out.with_name(f".{out.name}.old")
    if old.exists() and not out.exists():
        old.rename(out)
    _check_replaceable(out)
    for left in out.parent.glob(f".{out.name}.partial-*"):
        shutil.rmtree(left, ignore_errors=True)
    try:
        staging = Path(tempfile.mkdtemp(prefix=f".{out.name}.partial-", dir=out.parent))
    except OSError as error:
        raise OutputError(
            f"{out.parent} cannot be written ({error.strerror}). Choose another folder for --out."
        ) from error
    try:
        yield staging
        shutil.rmtree(old, ignore_errors=True)
        if out.exists():
            out.rename(old)
        staging.rename(out)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise OutputError(
            f"{out} could not be written: {error.strerror or error}. Nothing was replaced. "
            "Free some space or choose another folder."
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _check_replaceable(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is a file. Give --out a folder.")
    if out.is_dir() and any(out.iterdir()) and not (out / MANIFEST).is_file():
        raise OutputError(
            f"{out} is not empty and holds no earlier review, and a review replaces its folder. "
            "Choose an empty or a new folder for --out."
        )


def write(review: Review, folder: Path, workbooks: bool) -> None:
    """Every file of the contract except the manifest.

    Args:
        review: the finished review.
        folder: an empty folder.
        workbooks: whether the patient and population workbooks are written too.
    """
    write_csv(review.findings, FINDINGS, folder / "findings.csv")
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
    if isinstance(value, str) and _RUNS.match(value) and not _IS_NUMBER.match(value):
        return f"'{value}"
    return value


def _medications(medications: pd.DataFrame) -> pd.DataFrame:
    return medications.assign(current=medications["current"].map({True: "yes", False: "no"}))
