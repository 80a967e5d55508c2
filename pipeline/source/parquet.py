"""Parquet: a file, or a folder of part files."""

from pathlib import Path

from pipeline.errors import InputError
from pipeline.source.raw import cell_text


def rows(path: Path) -> list[list[object]]:
    """The column names, then the rows, so that row 2 is the first record, as in a CSV file.

    Raises:
        InputError: the file is no Parquet, or is damaged.
    """
    import pyarrow as pa
    import pyarrow.dataset as ds

    try:
        table = ds.dataset(path, format="parquet").to_table()
    except (pa.ArrowException, OSError) as error:
        raise InputError(
            f"{path.name} cannot be read as Parquet: it is damaged, cut short, or another kind of file under this name."
        ) from error
    columns = []
    for column in table.columns:
        encoded = column.combine_chunks().dictionary_encode()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.combine_chunks()
        texts = [cell_text(value) for value in encoded.dictionary.to_pylist()]
        columns.append(["" if code is None else texts[code] for code in encoded.indices.to_pylist()])
    return [list(table.column_names), *(list(row) for row in zip(*columns, strict=True))]
