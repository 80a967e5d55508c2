"""The workbook of rules that a clinician has reviewed and signed, taken over into a folder of a site's own rows."""

import csv
from datetime import date, datetime
from pathlib import Path

import pandas as pd

from pipeline.errors import InputError, OutputError
from pipeline.rulebook.load import COLUMNS, RULE_TABLES, Reference

_UNREVIEWED = ("", "unreviewed")


def take_over(workbook: Path, reference: Reference, folder: Path) -> dict[str, int]:
    """Writes the rows that were signed or changed into `folder`, in the place of rows of the same rule there.

    Args:
        workbook: as `write_rules` makes it, filled in.
        reference: what its rows are compared with.
        folder: the overlay; made when it is not there.

    Returns:
        For each rule table how many rows were taken over.

    Raises:
        InputError: the workbook cannot be read, or a row is not as it must be; sheet, row and column are named.
        OutputError: the folder cannot be written.
    """
    changed = {name: _changed(_sheet(workbook, name), reference.tables[name], name, workbook) for name in RULE_TABLES}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, rows in changed.items():
            if rows:
                _write(folder / f"{name}.csv", name, rows)
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}.") from error
    return {name: len(rows) for name, rows in changed.items()}


def _sheet(workbook: Path, name: str) -> pd.DataFrame:
    try:
        frame = pd.read_excel(workbook, sheet_name=name, dtype=object, keep_default_na=False, engine="openpyxl")
    except OSError as error:
        raise InputError(f"{workbook} cannot be read: {error.strerror}. Check the path.") from error
    except Exception as error:  # openpyxl raises whatever its parsers do
        raise InputError(
            f"{workbook.name} has no sheet {name} that can be read. Give the workbook that "
            "`medreview reference export` wrote, saved as .xlsx."
        ) from error
    lacking = [column for column in COLUMNS[name] if column not in frame]
    if lacking:
        raise InputError(f"{workbook.name}, sheet {name}: the column {lacking[0]} is missing.")
    return frame[list(COLUMNS[name])].map(_text)


def _text(value: object) -> str:
    if isinstance(value, datetime | date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value).strip()


def _changed(signed: pd.DataFrame, ours: pd.DataFrame, name: str, workbook: Path) -> list[dict[str, str]]:
    """The rows that differ from ours; each must say who checked it and when, or not claim that anybody did."""
    known = ours.set_index("rule_id")
    rows = []
    for number, row in enumerate(signed.to_dict("records"), start=2):
        place = f"{workbook.name}, sheet {name}, row {number}"
        if not any(row.values()):
            continue
        if row["rule_id"] not in known.index:
            raise InputError(f"{place}, column rule_id: this is no rule of the reference. Put a new rule into a CSV.")
        if all(row[column] == known.at[row["rule_id"], column] for column in COLUMNS[name][1:]):
            continue
        if (row["checked_by"] in _UNREVIEWED) != (row["reviewed_on"] == ""):
            raise InputError(f"{place}: a rule that was checked needs both checked_by and reviewed_on.")
        if row["reviewed_on"]:
            _day(row["reviewed_on"], place)
        rows.append(row | {"checked_by": row["checked_by"] or "unreviewed"})
    return rows


def _day(text: str, place: str) -> None:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise InputError(f"{place}, column reviewed_on: must be a day such as 2026-11-01.") from None


def _write(path: Path, name: str, rows: list[dict[str, str]]) -> None:
    """Adds rows to the overlay's file of a table; a row of the same rule is replaced."""
    kept: dict[str, dict[str, str]] = {}
    if path.is_file():
        with path.open(encoding="utf-8-sig", newline="") as file:
            kept = {row["rule_id"]: row for row in csv.DictReader(file)}
    kept.update({row["rule_id"]: row for row in rows})
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS[name], restval="", lineterminator="\n")
        writer.writeheader()
        writer.writerows(kept[rule] for rule in sorted(kept))
