"""One input path, whatever it is, as raw tables."""

from pathlib import Path

from pipeline.errors import InputError
from pipeline.source import delimited, excel, parquet
from pipeline.source.headers import raw_table, table_of_headings, table_of_name
from pipeline.source.raw import RawTable, Source

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
DELIMITED = (".csv", ".tsv", ".txt")
PARQUET = (".parquet", ".pq")


def read(path: Path) -> Source:
    """The tables of a workbook, of one CSV or Parquet file (medications alone), or of a folder of such files.

    Raises:
        InputError: there is no such file, it is not what its name says, or it lacks the medications or a needed column.
    """
    try:
        if not path.exists():
            raise InputError(f"There is no file or folder {path}. Check the path.")
        if path.is_dir():
            source = _folder(path)
        elif path.suffix.lower() in WORKBOOKS:
            source = _workbook(path)
        else:
            source = Source({"medications": _single(path, "medications")}, ())
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Check its name and its permissions.") from error
    if "medications" not in source.tables:
        holder = "the file `medications.csv` or `medications.parquet`" if path.is_dir() else "its sheet `medications`"
        raise InputError(
            f"{path} has no table of medications. Name {holder}, with the headings patient_id and drug. "
            f"Seen and not used: {', '.join(source.unused) or 'nothing'}."
        )
    medications = source.tables["medications"]
    if medications.frame.empty:
        raise InputError(
            f"{medications.place}: the medications table has headings but no rows. Check that the export has finished."
        )
    return source


def _workbook(path: Path) -> Source:
    found: dict[str, RawTable] = {}
    unused: list[str] = []
    for name, grid in excel.sheets(path).items():
        table = table_of_name(name) or table_of_headings(grid)
        if table is None or not any(any(cell != "" for cell in row) for row in grid):
            unused.append(f"sheet '{name}'" if table is None else f"sheet '{name}' (empty)")
            continue
        _add(found, raw_table(grid, table, path.name, name))
    return Source(found, tuple(unused))


def _folder(path: Path) -> Source:
    found: dict[str, RawTable] = {}
    unused: list[str] = []
    for entry in sorted(path.iterdir()):
        if entry.name.startswith("."):
            continue
        table = table_of_name(entry.stem if entry.is_file() else entry.name)
        readable = entry.is_dir() or entry.suffix.lower() in (*DELIMITED, *PARQUET)
        if table is None or not readable:
            unused.append(entry.name)
            continue
        _add(found, _single(entry, table))
    return Source(found, tuple(unused))


def _single(path: Path, table: str) -> RawTable:
    """One CSV file, Parquet file or folder of Parquet parts."""
    if path.is_dir() or path.suffix.lower() in PARQUET:
        return raw_table(parquet.rows(path), table, path.name)
    if path.suffix.lower() not in DELIMITED:
        raise InputError(
            f"{path.name} is of a kind that is not read. Use a workbook ({', '.join(WORKBOOKS)}), "
            f"CSV ({', '.join(DELIMITED)}), Parquet ({', '.join(PARQUET)}), or a folder of CSV or Parquet files."
        )
    if path.stat().st_size == 0:
        raise InputError(f"{path.name} is empty. Check that the export has finished.")
    records, malformed = delimited.rows(path, table)
    return raw_table(records, table, path.name, malformed=malformed)


def _add(found: dict[str, RawTable], raw: RawTable) -> None:
    if raw.table in found:
        raise InputError(
            f"{found[raw.table].place} and {raw.place} both hold the {raw.table} table. Keep one of them, "
            "or put their rows together."
        )
    found[raw.table] = raw
