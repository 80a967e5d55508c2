"""The tables of the contract as files.

Tables are CSV files, or with `--format parquet` Parquet of the same names and columns, typed: counts, points and values
are numbers, `current` is a truth value, all else is text. A review in parts writes a folder of part files in place of
each Parquet file (`findings.parquet/part-00001.parquet`), in the order of the table:

    findings      one row a finding
    problems      one row for each resident and clinical problem
    scales        burdens of each resident
    changes       the changes that would help each resident most
    held_back     what context or priority held back
    medications   every accepted order as understood
    rejected      every row that was set aside
    unrecognised  every drug text that names no known ingredient
    measures      quality measures by home and unit
    not_assessed  what could not be assessed
    responses     what people answered, and what became of it
    ageing        what waits for whom, and for how long
    rules_accepted  which rules are accepted

The last three are empty of a review in parts, which knows nothing of the time before. `--only findings` leaves
`changes` out: it is a screen of its own for each medicine of each resident.
"""

import csv
import re
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.places import Place, arrow_place, below, file_system, opened, written
from pipeline.review import Review
from pipeline.tables import (
    AGEING,
    CHANGES,
    FINDINGS_OUT,
    HELD_BACK,
    MEASURES_OUT,
    MEDICATIONS_OUT,
    NOT_ASSESSED,
    PROBLEMS,
    REJECTED,
    RESPONSES,
    RULES_ACCEPTED,
    SCALES,
    UNRECOGNISED,
)

if TYPE_CHECKING:
    import pyarrow as pa

CSV, PARQUET = FORMATS = ("csv", "parquet")
TABLES = {
    "findings": FINDINGS_OUT, "problems": PROBLEMS, "scales": SCALES, "changes": CHANGES, "not_assessed": NOT_ASSESSED,
    "held_back": HELD_BACK, "medications": MEDICATIONS_OUT, "rejected": REJECTED, "unrecognised": UNRECOGNISED,
    "measures": MEASURES_OUT, "responses": RESPONSES, "ageing": AGEING, "rules_accepted": RULES_ACCEPTED,
}  # fmt: skip
# The columns that are no text in Parquet.
_COUNTS: dict[str, tuple[str, ...]] = {
    "findings": ("points", "runs"), "problems": ("findings", "points"),
    "changes": ("rank", "points_before", "points_after"),
    "not_assessed": ("rules",), "unrecognised": ("rows", "patients"),
    "measures": ("numerator", "denominator", "excluded", "not_assessable"),
    "ageing": ("open", "overdue", "accepted_not_done"), "rules_accepted": ("answered", "accepted", "declined"),
}  # fmt: skip
_NUMBERS = {
    "scales": ("value",), "measures": ("rate", "ci_low", "ci_high"), "ageing": ("median_days", "oldest_days"),
    "rules_accepted": ("rate", "median_days"),
}  # fmt: skip
_TRUTHS = {"medications": ("current",)}
# Columns whose text is another in each row, or nearly.
_EACH_ANOTHER = ("patient_id", "finding_id", "finding_ids", "resolved_ids", "row", "rows")
_PARTS = ".parts"  # of CSV files, until they are one
# A cell that a spreadsheet would run as a formula, unless it is a plain number.
_RUNS = re.compile(r"[=+\-@\t\r]")
_IS_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?")


def tables_of(review: Review, left_out: Sequence[str] = ()) -> dict[str, pd.DataFrame]:
    """The tables of the contract by name, each with its columns, but for those left out."""
    frames = {
        "findings": review.findings, "problems": review.problems, "scales": review.scales, "changes": review.changes,
        "not_assessed": review.limits, "held_back": review.held_back, "medications": review.medications,
        "rejected": review.rejected, "unrecognised": review.unrecognised, "measures": review.measures,
        "responses": review.responses, "ageing": review.ageing, "rules_accepted": review.rules_accepted,
    }  # fmt: skip
    return {name: frames[name][list(columns)] for name, columns in TABLES.items() if name not in left_out}


def write_csv(frame: pd.DataFrame, columns: tuple[str, ...], place: Place) -> None:
    """A table as CSV in UTF-8, its text made harmless for spreadsheet programs."""
    with written(place) as file:
        file.write(_csv(frame[list(columns)], header=True))


def _csv(frame: pd.DataFrame, header: bool) -> bytes:
    table = frame.copy()
    for name in table.columns:
        if table[name].dtype == bool:
            table[name] = np.where(table[name], "yes", "no")
        elif isinstance(table[name].dtype, pd.CategoricalDtype) or table[name].dtype in ("str", object):
            code, texts = pd.factorize(table[name], use_na_sentinel=False)
            safe = np.array([harmless(text) for text in texts], dtype=object)
            table[name] = safe[code] if len(safe) else table[name]
    text = table.to_csv(index=False, header=header, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    return text.encode()


def write_parquet(frame: pd.DataFrame, table: str, place: Place) -> None:
    """A table as Parquet, typed."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = dict.fromkeys(TABLES[table], pa.string())
    kinds |= dict.fromkeys(_COUNTS.get(table, ()), pa.int64())
    kinds |= dict.fromkeys(_NUMBERS.get(table, ()), pa.float64())
    kinds |= dict.fromkeys(_TRUTHS.get(table, ()), pa.bool_())
    columns = []
    for name, kind in kinds.items():
        values = frame[name]
        if kind == pa.string() and isinstance(values.dtype, pd.CategoricalDtype):
            columns.append(_used(values.array))
            continue
        mixed = kind == pa.string() and values.dtype != "str"
        columns.append(pa.array(values.astype("str") if mixed else values, type=kind, from_pandas=True))
    with written(place) as file:
        pq.write_table(
            pa.table(columns, names=list(kinds)), file, compression="zstd",
            # Without the schema of Arrow, in which a category would be more than the text that it is.
            store_schema=False,
            # Of a text that is another in each row, a dictionary only takes time; and nobody looks for most by range.
            use_dictionary=[name for name in kinds if name not in _EACH_ANOTHER],
            write_statistics=[name for name in kinds if name == "patient_id"],
        )  # fmt: skip


def _used(values: pd.Categorical) -> "pa.DictionaryArray":
    """A category column with the categories that stand in it alone: a part has few of the texts of all rules."""
    import pyarrow as pa

    codes = values.codes.astype(np.int32)
    used = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(values.categories)))
    place = np.zeros(len(values.categories) + 1, dtype=np.int32)
    place[used] = np.arange(len(used))
    indices = pa.array(place[codes], mask=codes < 0)
    return pa.DictionaryArray.from_arrays(indices, pa.array(values.categories[used], pa.string()))


def has_rows(table: str, folder: Place, format_: str) -> bool:
    """Whether a table of a review that was written has any rows; not if it is not there."""
    place = below(folder, f"{table}.{format_}")
    if isinstance(place, Path):
        if not place.exists():
            return False
    else:
        system, path = file_system(place)
        if not system.exists(path):
            return False
    if format_ == PARQUET:
        import pyarrow.dataset as ds

        path, system = arrow_place(place)
        return bool(ds.dataset(path, filesystem=system, format="parquet").count_rows())
    with opened(place) as file:
        return len(file.readlines(1 << 16)) > 1


def write_part(frame: pd.DataFrame, table: str, number: int, folder: Place, format_: str) -> None:
    """A part of a table.

    Args:
        frame: its rows, with the columns of the table at least.
        table: its name.
        number: its place among the parts.
        folder: of the review.
        format_: one of FORMATS.
    """
    if format_ == PARQUET:
        write_parquet(frame, table, below(folder, f"{table}.parquet", f"part-{number:05}.parquet"))
    else:
        with written(below(folder, _PARTS, table, f"{number:05}")) as file:
            file.write(_csv(frame[list(TABLES[table])], header=False))


def finish(folder: Place, format_: str) -> None:
    """Puts the parts of each CSV file together."""
    if format_ == PARQUET or not isinstance(folder, Path):
        return
    for table in sorted(path.name for path in (folder / _PARTS).iterdir()):
        with (folder / f"{table}.csv").open("wb") as whole:
            whole.write((",".join(TABLES[table]) + "\n").encode())
            for part in sorted((folder / _PARTS / table).iterdir()):
                with part.open("rb") as file:
                    shutil.copyfileobj(file, whole, 1 << 20)
    shutil.rmtree(folder / _PARTS)


def harmless(value: object) -> object:
    """Text that a spreadsheet would run gets a leading apostrophe."""
    if isinstance(value, str) and _RUNS.match(value) and not _IS_NUMBER.fullmatch(value):
        return f"'{value}"
    return value
