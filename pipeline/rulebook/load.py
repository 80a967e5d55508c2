"""The reference's tables as they stand on disk, every cell as text with the file and line it came from."""

import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.errors import ReferenceDamagedError

_RULE_TAIL = (
    "severity", "problem", "effect", "mechanism", "management", "alternatives", "evidence", "sources", "authored_by",
    "checked_by", "reviewed_on", "active",
)  # fmt: skip
CONTEXT = ("when", "unless", "raise_when", "lower_when")

COLUMNS: dict[str, tuple[str, ...]] = {
    "drugs": ("ingredient", "atc", "route"),
    "names": ("name", "ingredients", "kind", "route", "strengths"),
    "classes": ("class", "member", "weight"),
    "conditions": ("condition", "kind", "value"),
    "allergens": ("text", "term"),
    "labs": ("test", "name"),
    "lab_units": ("test", "unit", "factor"),
    "routes": ("text", "route", "group"),
    "absorption": ("ingredient", "route", "group"),
    "frequencies": ("text", "kind", "value"),
    "units": ("text", "unit", "factor", "kind"),
    "forms": ("word", "kind", "route"),
    "salts": ("word",),
    "non_drugs": ("name", "kind"),
    "pairs": (
        "rule_id", "check", "a", "b", *CONTEXT, "washout_days", "min_days", "min_daily_dose", "max_lab_age",
        *_RULE_TAIL,
    ),
    "totals": (
        "rule_id", "check", "terms", "measure", "comparison", "threshold", "unit", "started_within_days", *CONTEXT,
        *_RULE_TAIL,
    ),
    "gaps": (
        "rule_id", "check", "kind", "present", "orders", "needs", "within_days", "min_days", "max_days", "final_dose",
        *CONTEXT, *_RULE_TAIL,
    ),
    "sources": ("key", "kind", "title", "section", "identifier", "seen"),
    "measures": ("measure", "title", "counts", "of", "at_least"),
    "canaries": ("drugs", "rule_id"),
}  # fmt: skip
RULE_TABLES = ("pairs", "totals", "gaps")
# A folder with this file is a whole reference.
CHANGELOG = "CHANGELOG.md"


@dataclass(frozen=True, eq=False)
class Reference:
    """The reference as loaded.

    `tables`: name → its columns as text, with `_file` (path relative to the reference) and `_line` (1 is the heading).
    `version`: the newest heading of CHANGELOG.md; `scope`: the paragraph below it, what this version covers. `hash`: of
    every table's name and bytes. `overlay`: the name of the folder laid over it, if any; the `_file` of its rows begins
    so.
    """

    tables: dict[str, pd.DataFrame]
    version: str
    scope: str
    hash: str
    overlay: str = ""


def load(folder: Path) -> Reference:
    """Every table of a reference folder.

    Raises:
        ReferenceDamagedError: a table is missing, empty, has other columns than it should, or a row is cut short.
    """
    if not folder.is_dir():
        raise ReferenceDamagedError(
            f"There is no reference folder {folder}. Check the path given to --reference; without one, install "
            "medreview again."
        )
    digest = hashlib.sha256()
    tables = {name: _table(folder, name, digest) for name in COLUMNS}
    return Reference(tables, *_version(folder), digest.hexdigest()[:16])


def table_files(folder: Path, name: str) -> list[Path]:
    """The files of one table: `name.csv`, or every CSV file of the folder `name`."""
    single = folder / f"{name}.csv"
    return [single] if single.is_file() else sorted((folder / name).glob("*.csv"))


def _table(folder: Path, name: str, digest: "hashlib._Hash") -> pd.DataFrame:
    files = table_files(folder, name)
    if not files:
        raise ReferenceDamagedError(
            f"The reference lacks the table {name}. Install medreview again or restore {folder}."
        )
    records: list[list[str]] = []
    for path in files:
        relative = path.relative_to(folder).as_posix()
        header, rows = table_records(path, relative, digest)
        if tuple(header) != COLUMNS[name]:
            raise ReferenceDamagedError(
                f"{relative}: the headings must be {','.join(COLUMNS[name])}, not {','.join(header)}."
            )
        records.extend(rows)
    if not records:
        raise ReferenceDamagedError(
            f"The reference table {name} has no rows. Install medreview again or restore {folder}."
        )
    return pd.DataFrame(records, columns=[*COLUMNS[name], "_file", "_line"], dtype="str").astype({"_line": "int64"})


def table_records(path: Path, file: str, digest: "hashlib._Hash") -> tuple[list[str], list[list[str]]]:
    """The headings of one file of a table, and its rows, each with the file's name and the line it ends on.

    Raises:
        ReferenceDamagedError: the file cannot be read, is no CSV, or a row is cut short.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReferenceDamagedError(f"{path} cannot be read: {error.strerror}. Check its permissions.") from error
    digest.update(file.encode() + b"\0" + data + b"\0")
    try:
        lines = csv.reader(data.decode("utf-8-sig").splitlines(keepends=True), strict=True)
        header = next(lines, [])
        records = []
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(header):
                raise ReferenceDamagedError(f"{file}, line {lines.line_num}: {len(cells)} cells, not {len(header)}.")
            records.append([*(cell.strip() for cell in cells), file, str(lines.line_num)])
        return header, records
    except (UnicodeDecodeError, csv.Error) as error:
        raise ReferenceDamagedError(f"{file} is damaged: it is not CSV in UTF-8 ({error}).") from error


def _version(folder: Path) -> tuple[str, str]:
    try:
        newest = re.search(r"^## (\S+)\n+((?:.+\n?)+)", (folder / CHANGELOG).read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        newest = None
    if not newest:
        raise ReferenceDamagedError(
            "The reference's CHANGELOG.md is missing, or names no version and what it covers. Install medreview again."
        )
    return newest[1], " ".join(newest[2].split()).rstrip(".")
