"""Whether a disk has room for a review, asked before anything is written: a full disk stops a run at its end."""

import shutil
from pathlib import Path

from pipeline.errors import OutputError
from pipeline.places import Place
from pipeline.source.grids import PARQUET, WORKBOOKS, entries

MIB = 1 << 20
# The sample homes: a review takes 15 times its .xlsx file and 7 times its CSV files; twice that to be safe.
_TIMES_PACKED, _TIMES_TEXT = 30, 15
# Tables of Parquet take 1.3 times the Parquet that they tell of; rows that are first brought together by resident take
# some 4 times it besides.
_TIMES_TABLES = 10
# Pages of residents whom a workbook of 12 kB tells of take some 60 kB.
_TIMES_PDF = 5
_LEAST = 10 * MIB
# The home may have grown since the last review.
_GROWTH = 1.5


def needed(source: Place, last: Path | None, pdf: bool, packed: bool = False) -> int:
    """The bytes that a review will take, with room to spare.

    Args:
        source: the input file or folder, or `-`; an address tells nothing.
        last: the output folder of the last review of the same home, which says most; None: only the input tells.
        pdf: whether the reports are printed into a PDF too.
        packed: whether nothing is written but tables of Parquet.
    """
    if last is not None and any(last.glob("*")):
        return int(sum(path.stat().st_size for path in _files(last)) * _GROWTH) + _LEAST
    if isinstance(source, str):
        return _LEAST
    try:
        files = [path for entry in entries(source) for path in _files(entry)] if source.is_dir() else _files(source)
        size = sum(path.stat().st_size * _times(path, packed) for path in files)
    except OSError:  # reading it will tell
        size = 0
    return size * (_TIMES_PDF if pdf else 1) + _LEAST


def check(folder: Path, need: int, spare: int = 0) -> None:
    """That the disk of a folder has room.

    Args:
        folder: that exists.
        need: bytes that will be written.
        spare: bytes that must stay free besides.

    Raises:
        OutputError: it has not.
    """
    free = shutil.disk_usage(folder).free
    if free < need + spare:
        besides = f", and {_mib(spare)} that must stay free" if spare else ""
        raise OutputError(
            f"The disk of {folder} has {_mib(free)} free, and the review needs about {_mib(need)}{besides}. "
            "Nothing was replaced. Free some space, or write to another disk."
        )


def _files(path: Path) -> list[Path]:
    if path.is_dir():
        return [file for file in path.rglob("*") if file.is_file()]
    return [path] if path.is_file() else []


def _times(path: Path, packed: bool) -> int:
    if packed and path.suffix.lower() in PARQUET:
        return _TIMES_TABLES
    return _TIMES_PACKED if path.suffix.lower() in (*WORKBOOKS, *PARQUET) else _TIMES_TEXT


def _mib(size: int) -> str:
    return f"{-(-size // MIB):,} MiB"
