"""Reads back what people typed: into the report of a resident, into the population workbook, into a responses.csv.

A reply is found by its captions and by the ids of the findings beside it, and the resident by the id inside the sheet:
the name and the place of a file do not matter, nor the order of rows. Workbooks are read with calamine, some ten times
as fast as openpyxl: all reports of a folder are read before it is replaced.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.source import delimited

REPORT, PROBLEMS, WORKLIST, TABLE = "resident report", "problems sheet", "worklist", "responses.csv"
RESPONSES_FILE = "responses.csv"
# The captions of a reply, in a report below each other, in a list beside each other, and the heading of its ids.
REPLY = ("Reply", "By", "Rationale", "Date")
IDS = "Finding ids"
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
_PARQUET = ".parquet"  # as a review writes it; nobody types into it, but what was typed elsewhere is kept in it
# What spreadsheet programs put beside a file that is open.
LOCKS = ("~$", ".~lock", "._")
_BLOCK = 8  # the captions of one reply stand within so many rows
_HEADINGS = {
    "patient_id": ("patientid", "resident", "residentid", "mrn", "id"),
    "finding_id": ("findingid", "findingids", "finding", "findings"),
    "response": ("response", "reply", "answer", "decision"),
    "rationale": ("rationale", "reason", "comment", "why"),
    "who": ("who", "by", "answeredby", "answered"),
    "date": ("date", "day", "answeredon"),
}


@dataclass(frozen=True)
class Reply:
    """What was typed in one place. `finding_ids` are all that it answers; `reviewed` is the day of the review that was
    answered, where the place says it; `place` names file, sheet and cell and nothing of a resident but what the file's
    name says. `known`: the other columns of a responses.csv that a review wrote."""

    patient_id: str
    finding_ids: tuple[str, ...]
    response: str
    rationale: str
    who: str
    date: Any
    kind: str
    place: str
    reviewed: date | None = None
    known: dict[str, str] = field(default_factory=dict)


def read(paths: Sequence[Path]) -> list[Reply]:
    """Every reply in these files and folders, in the order of their names.

    Raises:
        InputError: a path is not there, or a file cannot be read; replies may be in it.
    """
    replies: list[Reply] = []
    for path in paths:
        if not path.exists():
            raise InputError(f"{path} is not there. Give the folder of a review, a report, or a responses.csv.")
        reviewed = _reviewed(path)
        for file in files(path):
            name = file.relative_to(path).as_posix() if path.is_dir() else file.name
            table = file.suffix.lower() not in _WORKBOOKS
            found = _table(file, name) if table else _workbook(file, name)
            for reply in found:
                dated = reply.reviewed or reply.known.get("read_from")
                replies.append(reply if dated else replace(reply, reviewed=reviewed))
    return replies


def _reviewed(folder: Path) -> date | None:
    """The day of the review whose folder it is."""
    try:
        return _day(json.loads((folder / "run.json").read_text(encoding="utf-8"))["as_of"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def files(path: Path) -> list[Path]:
    """The files that replies may be in: workbooks, and tables named responses."""
    found = [path] if path.is_file() else sorted(one for one in path.rglob("*") if one.is_file())
    return [
        one
        for one in found
        if not one.name.startswith(LOCKS)
        and (
            one.suffix.lower() in _WORKBOOKS
            or one.suffix.lower() in (".csv", ".tsv", ".txt", _PARQUET)
            and (one == path or "response" in one.name.lower())
        )
    ]


def _workbook(path: Path, name: str) -> Iterator[Reply]:
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        with CalamineWorkbook.from_path(path) as book:
            for title in book.sheet_names:
                rows = book.get_sheet_by_name(title).to_python(skip_empty_area=False)
                yield from _sheet(rows, f"{name}, sheet “{title}”")
    except (CalamineError, OSError, ValueError) as error:
        raise InputError(
            f"{name} cannot be read, and replies may be in it. If it is open or damaged, close or repair it, or "
            "move it out of the folder."
        ) from error


def _sheet(rows: list[list[Any]], place: str) -> Iterator[Reply]:
    """The replies of a sheet: of one resident's report, or of a list with a heading for each part of a reply."""
    for number, row in enumerate(rows[:5]):
        texts = [_text(cell) for cell in row]
        if REPLY[0] in texts and IDS in texts:
            yield from _listed(rows, number, place)
            return
    yield from _report(rows, place)


def _report(rows: list[list[Any]], place: str) -> Iterator[Reply]:
    who, reviewed = _beside(rows[:10], "Id"), _beside(rows[:10], "Review of")
    for number, row in enumerate(rows):
        for column, cell in enumerate(row):
            if cell != REPLY[0] or column + 2 >= len(row):
                continue
            ids = _ids(next((_text(other) for other in reversed(row[column + 2 :]) if _text(other)), ""))
            if not ids:
                continue
            answer, by, rationale, day = _block(rows[number : number + _BLOCK], column)
            if any(_text(value) for value in (answer, by, rationale, day)):
                yield Reply(
                    _text(who), ids, _text(answer), _text(rationale), _text(by), day, REPORT,
                    f"{place}, {_cell(number, column + 1)}", _day(reviewed),
                )  # fmt: skip


def _block(rows: list[list[Any]], column: int) -> list[Any]:
    """What stands beside each of the captions of the first reply in these rows."""
    found: dict[str, Any] = {}
    for row in rows:
        caption, value = (*row[column : column + 2], "", "")[:2]
        if caption in found:  # the next reply
            break
        if caption in REPLY:
            found[caption] = value
    return [found.get(caption, "") for caption in REPLY]


def _listed(rows: list[list[Any]], heading: int, place: str) -> Iterator[Reply]:
    texts = [_text(cell) for cell in rows[heading]]
    at = [texts.index(caption) if caption in texts else -1 for caption in (*REPLY, IDS, "Resident")]
    kind = WORKLIST if "Do first" in texts else PROBLEMS
    for number, row in enumerate(rows[heading + 1 :], heading + 1):
        answer, by, rationale, day, ids, who = (row[column] if 0 <= column < len(row) else "" for column in at)
        if any(_text(value) for value in (answer, by, rationale, day)):
            yield Reply(
                _text(who), _ids(_text(ids)), _text(answer), _text(rationale), _text(by), day, kind,
                f"{place}, {_cell(number, at[0])}",
            )  # fmt: skip


def _table(path: Path, name: str) -> Iterator[Reply]:
    records = _of_parquet(path, name) if path.suffix.lower() == _PARQUET else _of_text(path, name)
    headings = [_text(cell) for cell in records[0]] if records else []
    plain = [re.sub(r"[\W_]", "", heading.lower()) for heading in headings]
    at = {
        column: next((plain.index(name) for name in names if name in plain), -1) for column, names in _HEADINGS.items()
    }
    lost = [column for column in ("finding_id", "response") if at[column] < 0]
    if lost:
        raise InputError(f"{name}: no heading {lost[0]}. It needs finding_id and response; patient_id, rationale, who "
                         "and date are read too.")  # fmt: skip
    rest = {heading: column for column, heading in enumerate(headings) if column not in at.values() and heading}
    for line, record in enumerate(records[1:], 2):
        cells = {name: _written(record[column]) if 0 <= column < len(record) else "" for name, column in at.items()}
        if not any(cells.values()):
            continue
        known = {heading: _written(record[column]) for heading, column in rest.items() if column < len(record)}
        reviewed = _day(known.get("reviewed", ""))
        yield Reply(
            cells["patient_id"], _ids(cells["finding_id"]), cells["response"], cells["rationale"], cells["who"],
            cells["date"], TABLE, f"{name}, row {line}", reviewed, known,
        )  # fmt: skip


def _of_text(path: Path, name: str) -> list[list[Any]]:
    try:
        records, malformed = delimited.rows(path.read_bytes(), name, None)
    except OSError as error:
        raise InputError(f"{name} cannot be read: {error.strerror}. Check the path.") from error
    for line, why in malformed.items():
        raise InputError(f"{name}, row {line}: {why}. No reply of it was read: mend the row.")
    return records


def _of_parquet(path: Path, name: str) -> list[list[Any]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except (pa.ArrowException, OSError) as error:
        raise InputError(f"{name} cannot be read as Parquet, and replies may be in it. Restore it.") from error
    return [table.column_names, *map(list, zip(*(column.to_pylist() for column in table.columns), strict=True))]


def _beside(rows: list[list[Any]], caption: str) -> Any:
    """The value to the right of a caption."""
    return next(
        (row[at + 1] for row in rows for at, cell in enumerate(row[:-1]) if cell == caption), ""
    )  # fmt: skip


def _text(value: Any) -> str:
    if isinstance(value, float) and value.is_integer():  # an id such as 1207 that a program made a number of
        return str(int(value))
    return "" if value is None else str(value).strip()


def _written(value: Any) -> str:
    text = _text(value)
    return text[1:] if re.match(r"'[=+\-@\t\r]", text) else text


def _ids(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part for part in re.split(r"[;,\s]+", text) if part))


def _day(value: Any) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    try:
        return date.fromisoformat(str(value)[:10])
    except ValueError:
        return None


def _cell(row: int, column: int) -> str:
    from openpyxl.utils import get_column_letter

    return f"{get_column_letter(column + 1)}{row + 1}"
