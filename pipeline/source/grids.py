"""The sheets and files of an input, each as a grid of cells."""

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError
from pipeline.source import delimited, excel, parquet
from pipeline.source.mapping import Mapping

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
DELIMITED = (".csv", ".tsv", ".txt")
PARQUET = (".parquet", ".pq")
STANDARD_INPUT = Path("-")
# What programs and systems leave in a folder beside the files: locks of open workbooks, hidden files.
_LEFT_BEHIND = ("~$", ".")
_REVIEW = "run.json"  # a folder that holds it is an earlier review
_SYSTEMS = {"thumbs.db", "desktop.ini"}


@dataclass(frozen=True)
class Grid:
    """One sheet or file. `file`: as messages name it. `sheet`: its name, or empty for a file that is one grid.
    `rows`: the cells, from row 1 on. `malformed`: of a delimited file the records whose cells cannot be told apart,
    with the reason; else None. `hidden`: a sheet that the workbook does not show."""

    file: str
    sheet: str
    rows: Sequence[Sequence[object]]
    malformed: dict[int, str] | None = None
    hidden: bool = False

    @property
    def name(self) -> str:
        """What may say which table it holds: the sheet's name, or the file's without its suffix."""
        return self.sheet or stem(self.file)


def stem(file: str) -> str:
    """A file's name without its suffix."""
    return Path(file).stem


def entries(folder: Path) -> list[Path]:
    """What lies in a folder, by name, without what programs have left behind and without earlier reviews."""
    return [
        entry
        for entry in sorted(folder.iterdir())
        if not entry.name.startswith(_LEFT_BEHIND)
        and entry.name.casefold() not in _SYSTEMS
        and not (entry / _REVIEW).is_file()
    ]


def is_workbook(path: Path) -> bool:
    """Whether its suffix is that of a workbook."""
    return path.suffix.lower() in WORKBOOKS


def is_single(path: Path) -> bool:
    """Whether its suffix, or its being a folder, says that it is one grid."""
    return path.is_dir() or path.suffix.lower() in (*DELIMITED, *PARQUET)


def workbook(path: Path) -> Iterator[Grid]:
    """The sheets of a workbook, one after the other, so that no more than one need be held.

    Raises:
        InputError: the file is no workbook, or is damaged.
    """
    for sheet in excel.sheets(path):
        yield Grid(path.name, sheet.name, sheet.rows, hidden=sheet.hidden)


def single(path: Path, table: str | None, mapping: Mapping | None = None) -> Grid:
    """One CSV file, Parquet file or folder of Parquet parts.

    Args:
        path: the file or folder.
        table: that it should hold, or None when that is not known; the delimiter is told by its columns.
        mapping: which headings name columns besides the known ones.

    Raises:
        InputError: the file is of another kind, or is damaged.
    """
    if path.is_dir() or path.suffix.lower() in PARQUET:
        return Grid(path.name, "", parquet.Rows(path))
    if path.suffix.lower() not in DELIMITED:
        raise InputError(
            f"{path.name} is of a kind that is not read. Use a workbook ({', '.join(WORKBOOKS)}), "
            f"CSV ({', '.join(DELIMITED)}), Parquet ({', '.join(PARQUET)}), or a folder of such files."
        )
    return from_bytes(path.read_bytes(), path.name, table, mapping)


def standard_input() -> bytes:
    """Everything that another program writes to this one."""
    return sys.stdin.buffer.read()


def from_bytes(data: bytes, name: str, table: str | None, mapping: Mapping | None = None) -> Grid:
    """The bytes of a delimited file.

    Raises:
        InputError: there are none, or they are no text.
    """
    if not data:
        raise InputError(f"{name} is empty. Check that the export has finished.")
    records, malformed = delimited.rows(data, name, table, mapping)
    return Grid(name, "", records, malformed)


def head(path: Path, mapping: Mapping | None = None) -> list[list[object]]:
    """The first rows of a CSV or Parquet file, to see which table it could hold; none where it cannot be read."""
    try:
        if path.is_dir() or path.suffix.lower() in PARQUET:
            return parquet.head(path)
        with path.open("rb") as file:
            data = file.read(1 << 16)
        return delimited.rows(data[: data.rfind(b"\n") + 1] or data, path.name, None, mapping)[0]
    except InputError:
        return []
