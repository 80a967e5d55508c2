"""Several sheets or files of one table, read together: one for each unit, page or home."""

import re
from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from pipeline import tables
from pipeline.source.flat import UNIT_BESIDE
from pipeline.source.raw import Part, RawTable

_WORD = re.compile(r"[^\W_]+")
# Words of names that tell sheets and files apart and are no unit.
_NO_UNIT = frozenset(
    {
        "sheet", "table", "tab", "page", "part", "export", "data", "report", "copy", "of", "backup", "new", "final",
        "all", "active", "current", "list", "file", "january", "february", "march", "april", "may", "june", "july",
        "august", "september", "october", "november", "december", "jan", "feb", "mar", "apr", "jun", "jul", "aug",
        "sep", "sept", "oct", "nov", "dec",
    }
)  # fmt: skip
# What the name of a sheet says of orders that are no longer given.
_ENDED = frozenset(
    {
        "discontinued", "discontinue", "dc", "inactive", "stopped", "completed", "ended", "expired", "history",
        "historical", "archive", "archived",
    }
)  # fmt: skip


def table_in_name(name: str) -> tuple[str, str] | None:
    """The table that a name such as `medications_north` begins or ends with, and the rest of the name, or None.

    Where a name speaks of two tables, as `lab_orders` does, it says nothing.
    """
    words = _WORD.findall(name)
    found: dict[str, str] = {}
    for table, names in tables.TABLE_ALIASES.items():
        for alias in sorted(names, key=len, reverse=True):
            long = len(alias.split())
            for at, rest in ((words[:long], words[long:]), (words[-long:], words[:-long])):
                if " ".join(at).casefold() == alias:
                    found.setdefault(table, " ".join(rest))
    return next(iter(found.items())) if len(found) == 1 else None


def has_ended(raw: RawTable) -> bool:
    """Whether the name says that these orders have ended, and no column says so: they would pass for current."""
    words = {word.casefold() for word in _WORD.findall(f"{raw.sheet} {_stem(raw.file)}" if raw.sheet else raw.file)}
    return raw.table == "medications" and bool(words & _ENDED) and not {"stop_date", "status"} & set(raw.frame)


def joined(found: Sequence[RawTable]) -> RawTable:
    """Parts of one table as one: each row labelled with its part, and its unit the name of the part.

    A part that has a column for the unit keeps what that says.
    """
    if len(found) == 1:
        return found[0]
    names, units = _names(found), _units(found)
    frames, labels = [], []
    bad_rows: dict[int, str] = {}
    before = 0
    for raw, name, unit in zip(found, names, units, strict=True):
        frame = raw.frame
        labels.append(pd.Series(f"{name}!" + frame.index.astype("str"), index=frame.index + before, dtype="object"))
        bad_rows |= {row + before: reason for row, reason in raw.bad_rows.items()}
        column = {"patients": "unit", "medications": UNIT_BESIDE}.get(raw.table, "")
        if column and column not in frame and any(units):
            frame = frame.assign(**{column: unit}).astype({column: "str"})
        frames.append(frame.set_axis(frame.index + before))
        before += int(frame.index.max()) if len(frame) else 0
    # A column that one part lacks is empty in its rows.
    frame = pd.concat(frames).fillna("").astype("str").rename_axis("row")
    headings = {column: heading for raw in reversed(found) for column, heading in raw.headings.items()}
    return replace(
        found[0],
        frame=frame,
        headings=headings,
        unused=(),
        bad_rows=bad_rows,
        labels=pd.concat(labels),
        several=tuple(Part(raw.file, raw.sheet, raw.headings, raw.unused) for raw in found),
    )


def _names(found: Sequence[RawTable]) -> list[str]:
    """What tells the parts apart, without the marks that join rows in the output."""
    ways = ([raw.sheet for raw in found], [raw.file for raw in found], [f"{raw.file} {raw.sheet}" for raw in found])
    names = next(way for way in ways if len(set(way)) == len(found))
    return [name.replace(";", ",") for name in names]


def _units(found: Sequence[RawTable]) -> list[str]:
    """The unit that each part's name says, or an empty text."""
    files = [raw.file for raw in found]
    return [_unit(raw.sheet if files.count(raw.file) > 1 else _stem(raw.file)) for raw in found]


def _unit(name: str) -> str:
    spoken = table_in_name(name)
    rest = spoken[1] if spoken else name.strip()
    words = [word.casefold().rstrip("0123456789") for word in _WORD.findall(rest)]
    return rest if any(word and word not in _NO_UNIT and word not in _ENDED for word in words) else ""


def _stem(file: str) -> str:
    return file.rsplit(".", 1)[0] if "." in file else file
