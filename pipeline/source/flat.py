"""Flat sheets: the columns of one table repeated on the rows of another, and lists inside one cell.

Many systems export one sheet of orders with the resident's name, birth date and weight on each row, and allergies as
one text. While such a sheet is read, a column that belongs to another table is kept under that table's name, such as
`patients.birth_date`; here these become the tables they are.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import pandas as pd

from pipeline import tables
from pipeline.errors import InputError
from pipeline.source.names import ALIAS, OWN, folded, understand
from pipeline.source.raw import RawTable

if TYPE_CHECKING:
    from pipeline.source.mapping import Mapping as Written

UNIT_BESIDE = "patients.unit"
_ALLERGIES, _CONDITIONS = "allergies.substance", "conditions.description"
# Folded headings of a column that holds a whole list.
_LISTS = {
    "allergies": _ALLERGIES, "allergy": _ALLERGIES, "allergylist": _ALLERGIES, "knownallergies": _ALLERGIES,
    "drugallergies": _ALLERGIES, "medicationallergies": _ALLERGIES, "allergen": _ALLERGIES, "allergens": _ALLERGIES,
    "diagnoses": _CONDITIONS, "diagnosislist": _CONDITIONS, "problemlist": _CONDITIONS, "problems": _CONDITIONS,
    "activediagnoses": _CONDITIONS, "medicaldiagnoses": _CONDITIONS, "conditions": _CONDITIONS, "dxlist": _CONDITIONS,
    "medicalhistory": _CONDITIONS,
}  # fmt: skip
# In a list of residents these cannot be what an order is given for.
_LISTS_OF_RESIDENTS = {"diagnosis": _CONDITIONS, "dx": _CONDITIONS, "condition": _CONDITIONS}
# Residents move, so that two units are no contradiction; which one holds is not known.
_MAY_CHANGE = frozenset({"facility", "unit"})
# A comma belongs to the wording of many diagnoses, so it parts them only where nothing else does.
_MARKS = re.compile(r"[;|\r\n]+")
_COMMA = re.compile(r",(?![^()]*\))")
_ICD_10 = re.compile(r"([A-TV-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?)\s*[-:]*\s*(.*)", re.DOTALL)


def columns_beside(
    table: str, headings: Sequence[str], taken: Mapping[str, int], place: str, mapped: "Written | None" = None
) -> dict[str, int]:
    """The columns of other tables among the headings of one: `patients.birth_date` and the like → position.

    Args:
        table: whose headings they are.
        headings: as written.
        taken: the table's own columns → position; a heading that is one of those is nothing else.
        place: for a message.
        mapped: the mapping that a person wrote, if any.

    Raises:
        InputError: a column `Unit` that could be the unit of the dose or that of the resident.
    """
    if table not in ("patients", "medications"):
        return {}
    ignored = {folded(heading) for heading in mapped.tables[table].ignore} if mapped and table in mapped.tables else ()
    left = [
        "" if at in taken.values() or folded(heading) in ignored else heading for at, heading in enumerate(headings)
    ]
    lists = _LISTS | _LISTS_OF_RESIDENTS if table == "patients" else _LISTS
    found: dict[str, int] = {}
    for position, heading in enumerate(left):
        if column := lists.get(folded(heading)):
            found.setdefault(column, position)
    if table == "patients":
        return found
    # The number of the patient stays among them, or a heading `Resident` beside it would be taken for the number.
    with_number = [headings[at] if at == taken.get("patient_id") else left[at] for at in range(len(left))]
    residents = understand(with_number, "patients", mapped.tables.get("patients") if mapped else None)
    for name, position in residents.positions.items():
        if name == "patient_id" or residents.how[name] > ALIAS:
            continue
        doubtful = residents.how[name] >= OWN and "dose" in taken and "dose_unit" not in taken
        if name == "unit" and doubtful and folded(headings[position]) == "unit":
            raise InputError(
                f"{place}: the column '{headings[position]}' beside '{headings[taken['dose']]}' could be the unit of "
                "the dose or the unit where the resident lives. Name it dose_unit or nursing unit, or say which it is "
                "in a mapping, with --mapping."
            )
        found[f"patients.{name}"] = position
    return found


def split(found: Mapping[str, RawTable]) -> dict[str, RawTable]:
    """The tables, with what stood beside the rows of another moved to where it belongs.

    A table of its own wins: of the columns beside the orders, only those that the patients table lacks are used, and
    a list in a cell only where there is no table of allergies or conditions.
    """
    whole = dict(found)
    for name in ("patients", "medications"):
        raw = whole.get(name)
        if raw is None:
            continue
        beside = [column for column in raw.frame if "." in column]
        if not beside:
            continue
        people = [column for column in beside if column.startswith("patients.")]
        own = whole["patients"].frame.columns if "patients" in whole else ()
        used = [column for column in people if column.partition(".")[2] not in own]
        if used:
            whole["patients"] = _patients(raw, used, whole.get("patients"))
        for column, listed in ((_ALLERGIES, "allergies"), (_CONDITIONS, "conditions")):
            if column in beside and listed not in whole:
                used.append(column)
                if (raw.frame[column] != "").any():
                    whole[listed] = _listed(raw, column, listed)
        whole[name] = _without(raw, beside, used)
    return whole


def _without(raw: RawTable, beside: Collection[str], used: Collection[str]) -> RawTable:
    """The table without the columns of others; those that nothing needed are among its unused headings."""
    idle = tuple(raw.headings[column] for column in beside if column not in used and column in raw.headings)
    several = raw.several
    if several:
        several = (replace(several[0], unused=(*several[0].unused, *idle)), *several[1:])
    headings = {column: heading for column, heading in raw.headings.items() if column not in beside}
    return replace(
        raw,
        frame=raw.frame.drop(columns=list(beside)),
        headings=headings,
        unused=(*raw.unused, *idle),
        several=several,
    )


def _readable(raw: RawTable, column: str = "patient_id") -> pd.DataFrame:
    """The rows that have a patient and something in the column, and whose cells have not shifted."""
    frame = raw.frame[(raw.frame["patient_id"] != "") & (raw.frame[column] != "")]
    return frame[~frame.index.isin(list(raw.bad_rows))]


def _patients(raw: RawTable, columns: Sequence[str], known: RawTable | None) -> RawTable:
    """The patients table with these columns of the orders, each patient's in the row of the first order.

    Where the rows of a patient disagree nothing is guessed: the cell is told as one that cannot be believed.
    """
    frame = known.frame if known else _readable(raw)[["patient_id"]].drop_duplicates("patient_id")
    bad_cells = dict(known.bad_cells) if known else {}
    named = {}
    for column in columns:
        name = column.partition(".")[2]
        values, contradictions = _agreed(raw, column)
        frame = frame.assign(**{name: frame["patient_id"].map(values).astype("str").fillna("")})
        if column in raw.headings:
            named[name] = raw.headings[column]
        doubtful = frame.index[frame["patient_id"].isin(contradictions.keys())]
        if name in _MAY_CHANGE:
            frame.loc[doubtful, name] = ""
            continue
        for row in doubtful:
            bad_cells[row, name] = contradictions[frame.at[row, "patient_id"]]
    if known:
        return replace(known, frame=frame, headings=named | known.headings, bad_cells=bad_cells)
    headings = {"patient_id": raw.headings["patient_id"], **named}
    return RawTable(
        "patients", raw.file, raw.sheet, frame, headings, bad_cells=bad_cells, labels=raw.labels, derived=True,
        several=tuple(replace(part, unused=()) for part in raw.several),
    )  # fmt: skip


def _agreed(raw: RawTable, column: str) -> tuple[pd.Series, dict[str, str]]:
    """By patient the first thing that the rows say, and for those whose rows say two things, which rows do."""
    name = column.partition(".")[2]
    cells = _readable(raw, column)[["patient_id", column]]
    same = {text: _meaning(name, text) for text in cells[column].unique()}
    distinct = cells.assign(meaning=cells[column].map(same)).drop_duplicates(["patient_id", "meaning"])
    again = distinct["patient_id"].duplicated()
    first = distinct[~again]
    second = distinct[again].drop_duplicates("patient_id")
    row_of = dict(zip(first["patient_id"], raw.rows(first.index), strict=True))
    contradictions = {
        patient: f"rows {row_of[patient]} and {row} of the medications disagree"
        for patient, row in zip(second["patient_id"], raw.rows(second.index), strict=True)
    }
    return first.set_index("patient_id")[column], contradictions


def _meaning(column: str, text: str) -> object:
    """What two cells have in common that say the same in other letters."""
    plain = " ".join(text.casefold().split())
    kind = tables.PATIENTS.columns[column].kind
    if column == "name":
        return " ".join(sorted(re.findall(r"[^\W_]+", plain)))
    if kind in ("choice", "yes_no"):
        return str(tables.PATIENTS.columns[column].words.get(plain, plain))
    if kind in ("number", "age", "weight", "height"):
        try:
            return str(float(plain.replace(",", "")))
        except ValueError:
            return plain
    return plain.removesuffix(" 00:00:00")


def _listed(raw: RawTable, column: str, table: str) -> RawTable:
    """A table of the entries of a list; each entry of a patient once, in the row where it first stands."""
    cells = _readable(raw, column)[["patient_id", column]].drop_duplicates()
    parted = {text: _entries(text, table) for text in cells[column].unique()}
    patients, rows, entries = [], [], []
    seen = set()
    for patient, text, row in zip(cells["patient_id"], cells[column], raw.rows(cells.index), strict=True):
        for entry in parted[text]:
            if (patient, entry.casefold()) not in seen:
                seen.add((patient, entry.casefold()))
                patients.append(patient)
                rows.append(row)
                entries.append(entry)
    index = pd.RangeIndex(1, len(entries) + 1, name="row")
    columns = {"patient_id": patients, "substance": entries}
    if table == "conditions":
        coded = [_ICD_10.fullmatch(entry) for entry in entries]
        columns = {
            "patient_id": patients,
            "code": [found[1] if found else "" for found in coded],
            "description": [found[2] if found else entry for found, entry in zip(coded, entries, strict=True)],
        }
    headings = dict.fromkeys(columns, raw.headings[column]) | {"patient_id": raw.headings["patient_id"]}
    return RawTable(
        table, raw.file, raw.sheet, pd.DataFrame(columns, index=index, dtype="str"), headings,
        labels=pd.Series(rows, index=index, dtype="object"), derived=True,
        several=tuple(replace(part, unused=()) for part in raw.several),
    )  # fmt: skip


def _entries(text: str, table: str) -> list[str]:
    parts = _MARKS.split(text)
    if table == "allergies" or len(parts) == 1:
        parts = [entry for part in parts for entry in _COMMA.split(part)]
    return [entry for part in parts if (entry := part.strip(" \t*•"))]
