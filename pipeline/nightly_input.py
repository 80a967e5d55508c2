"""Which file or folder an unattended run reads: the newest that fits, with its age."""

import glob
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError
from pipeline.source.grids import entries


@dataclass(frozen=True)
class Chosen:
    """`path`: what is read; `oldest`: the file of it that is oldest, and `changed`, when that was written (seconds
    since 1970)."""

    path: Path
    oldest: Path
    changed: float


def choose(pattern: str) -> Chosen:
    """The newest file or folder that fits.

    A folder is as new as the newest file in it, and as old as its oldest table: one that was not exported again must
    not hide behind the others. A table in parts (a folder of Parquet files) is as old as its newest part.

    Args:
        pattern: a path, or a pattern such as `/exports/*.xlsx`; `**` stands for folders below.

    Raises:
        InputError: nothing fits, or what fits cannot be looked at.
    """
    path = Path(pattern)
    try:
        fitting = [path] if path.exists() else _fitting(pattern)
        if not fitting:
            raise InputError(f"No file or folder fits input = {pattern}. Check the path, and whether the export ran.")
        newest = max(fitting, key=lambda one: (_newest(one), str(one)))
        tables = entries(newest) if newest.is_dir() else [newest]
        oldest = min(tables, key=lambda one: (_newest(one), str(one)), default=newest)
        return Chosen(newest, oldest, _newest(oldest))
    except OSError as error:
        raise InputError(f"{pattern} cannot be looked into: {error.strerror}. Check its permissions.") from error


def _fitting(pattern: str) -> list[Path]:
    """What fits, without locks of open workbooks, hidden files and earlier reviews."""
    found = (Path(one) for one in glob.glob(pattern, recursive=True))  # noqa: PTH207 an absolute pattern
    beside: dict[Path, set[Path]] = {}
    return [path for path in found if path in beside.setdefault(path.parent, set(entries(path.parent)))]


def _newest(path: Path) -> float:
    """When a file, or the newest file of a folder, was last written."""
    if not path.is_dir():
        return path.stat().st_mtime
    return max((file.stat().st_mtime for file in path.rglob("*") if file.is_file()), default=path.stat().st_mtime)
