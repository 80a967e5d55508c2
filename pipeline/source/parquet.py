"""Parquet: a file, or a folder of part files."""

from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import InputError
from pipeline.source.raw import cell_text

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.dataset as ds


def rows(path: Path) -> list[list[object]]:
    """The column names, then the rows, so that row 2 is the first record, as in a CSV file.

    Raises:
        InputError: the file is no Parquet, or is damaged.
    """
    import pyarrow as pa

    try:
        table = _dataset(path).to_table()
        columns = [_texts(column) for column in table.columns]
    except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
        if isinstance(error, PermissionError):
            raise
        raise InputError(
            f"{path.name} cannot be read as Parquet: it is damaged, cut short, another kind of file under this name, "
            "or a folder whose parts do not have the same columns. Export it again."
        ) from error
    return [list(table.column_names), *(list(row) for row in zip(*columns, strict=True))]


def head(path: Path) -> list[list[object]]:
    """The column names alone.

    Raises:
        InputError: the file is no Parquet, or is damaged.
    """
    import pyarrow as pa

    try:
        return [list(_dataset(path).schema.names)]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"{path.name} cannot be read as Parquet.") from error


def _dataset(path: Path) -> "ds.Dataset":
    """The file or folder; what the names of its subfolders say (`unit=007`) is text, or 007 would become 7."""
    import pyarrow as pa
    import pyarrow.dataset as ds

    found = ds.dataset(path, format="parquet", partitioning="hive")
    names = [] if path.is_file() else found.partitioning.schema.names
    if not names:
        return found
    text = ds.partitioning(pa.schema([(name, pa.string()) for name in names]), flavor="hive")
    return ds.dataset(path, format="parquet", partitioning=text)


def _texts(column: "pa.ChunkedArray") -> list[object]:
    """The cells as text, each distinct value made into text once."""
    import pyarrow as pa

    try:
        encoded = column.combine_chunks().dictionary_encode()
    except pa.ArrowNotImplementedError:  # lists and structures, which no column of the contract is
        return [cell_text(value) for value in column.to_pylist()]
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    texts = [cell_text(value) for value in encoded.dictionary.to_pylist()]
    return ["" if code is None else texts[code] for code in encoded.indices.to_pylist()]
