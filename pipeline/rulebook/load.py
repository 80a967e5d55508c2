"""The reference's tables as they stand on disk, every cell as text with the file and line it came from."""

import codecs
import csv
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

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
    "lab_ranges": ("test", "unit", "low", "high"),
    "reactions": ("text", "kind"),
    "routes": ("text", "route", "group"),
    "absorption": ("ingredient", "route", "group"),
    "frequencies": ("text", "kind", "value"),
    "units": ("text", "unit", "factor", "kind"),
    "forms": ("word", "kind", "route"),
    "salts": ("word",),
    "non_drugs": ("name", "kind"),
    "lookalikes": ("name", "confused_with"),
    "warnings": ("text", "kind", "warning"),
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
    "pair_lists": ("list", "a", "b"),
    "codes": ("system", "code", "name"),
    "problems": ("problem", "title", "acts", "today_from", "several"),
    "scales": ("scale", "title", "problem", "unit", "thresholds", "bands", "when", "note", "sources"),
    "scale_items": ("scale", "item", "terms", "counts", "points"),
    "measures": (
        "measure", "title", "counts", "of", "at_least", "days", "among", "among_days", "min_age", "min_stay",
        "excludes", "needs", "note", "sources",
    ),
    "canaries": ("drugs", "rule_id"),
}  # fmt: skip
# Tables that may have no rows: ours has none, an overlay brings them.
OPTIONAL = ("pair_lists", "codes")
# What `active` says of a rule whose findings are listed as held back unless they are asked for.
LOW_PRIORITY = "low_priority"
RULE_TABLES = ("pairs", "totals", "gaps")
# A folder with this file is a whole reference.
CHANGELOG = "CHANGELOG.md"


@dataclass(frozen=True, eq=False)
class Reference:
    """The reference as loaded.

    `tables`: name → its columns as text, with `_file` (path relative to the reference) and `_line` (1 is the heading).
    `version`: the newest heading of CHANGELOG.md; `scope`: the paragraph below it, what this version covers. `hash`: of
    every table's name and bytes. `overlay`: the name of the folder laid over it, if any; the `_file` of its rows begins
    so. `key`: of the cache, of what is made of this reference; empty where nothing is to be kept.
    """

    tables: dict[str, pd.DataFrame]
    version: str
    scope: str
    hash: str
    overlay: str = ""
    key: str = ""


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
    if not files and name not in OPTIONAL:
        raise ReferenceDamagedError(
            f"The reference lacks the table {name}. Install medreview again or restore {folder}."
        )
    frames = [pd.DataFrame(columns=[*COLUMNS[name], "_file", "_line"], dtype="str").astype({"_line": "int64"})]
    for path in files:
        relative = path.relative_to(folder).as_posix()
        frames.append(table_rows(path, relative, digest))
        header = tuple(frames[-1].columns[:-2])
        if header != COLUMNS[name]:
            raise ReferenceDamagedError(
                f"{relative}: the headings must be {','.join(COLUMNS[name])}, not {','.join(header)}."
            )
    table = pd.concat(frames, ignore_index=True)
    if table.empty and name not in OPTIONAL:
        raise ReferenceDamagedError(
            f"The reference table {name} has no rows. Install medreview again or restore {folder}."
        )
    return table


def table_rows(path: Path, file: str, digest: "hashlib._Hash") -> pd.DataFrame:
    """The rows of one file of a table as text, each with the file's name (`_file`) and the line it ends on (`_line`).

    Raises:
        ReferenceDamagedError: the file cannot be read, is no CSV, or a row is cut short.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise ReferenceDamagedError(f"{path} cannot be read: {error.strerror}. Check its permissions.") from error
    digest.update(file.encode() + b"\0" + data + b"\0")
    data = data.removeprefix(codecs.BOM_UTF8)
    rows = _plain_rows(data)
    if rows is None:
        rows = _quoted_rows(data, file)
    rows.insert(len(rows.columns) - 1, "_file", file)
    return rows.astype({"_file": "str"})


def _plain_rows(data: bytes) -> pd.DataFrame | None:
    """The rows of a file without quotation marks and empty lines, in which each line is a row; None of any other file.

    Somebody else's table of interactions has hundreds of thousands of rows; this reads them ten times as fast.
    """
    if b'"' in data or b"\n\n" in data or b"\n\r" in data or data[:1] in (b"", b"\r", b"\n"):
        return None
    try:
        header = data.partition(b"\n")[0].decode().rstrip("\r").split(",")
        if len(set(header)) < len(header):
            return None
        table = arrow_csv.read_csv(
            pa.BufferReader(data),
            parse_options=arrow_csv.ParseOptions(quote_char=False),
            convert_options=arrow_csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string())),
        )
    except (pa.ArrowInvalid, UnicodeDecodeError):
        return None  # the other reader says what is wrong
    cells = {name: pc.utf8_trim_whitespace(table[name]).to_pandas() for name in header}
    return pd.DataFrame(cells, dtype="str").assign(_line=range(2, table.num_rows + 2))


def _quoted_rows(data: bytes, file: str) -> pd.DataFrame:
    try:
        lines = csv.reader(data.decode().splitlines(keepends=True), strict=True)
        header = next(lines, [])
        records, ends = [], []
        for cells in lines:
            if not cells:
                continue
            if len(cells) != len(header):
                raise ReferenceDamagedError(f"{file}, line {lines.line_num}: {len(cells)} cells, not {len(header)}.")
            records.append([cell.strip() for cell in cells])
            ends.append(lines.line_num)
    except (UnicodeDecodeError, csv.Error) as error:
        raise ReferenceDamagedError(f"{file} is damaged: it is not CSV in UTF-8 ({error}).") from error
    rows = pd.DataFrame(records, columns=header, dtype="str")
    rows["_line"] = np.array(ends, dtype=np.int64)
    return rows


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
