"""Rows dealt out to numbered buckets on disk: one file for each writer, in it one batch for each bucket.

So that many writers and many readers exchange rows without anybody holding all of them: a reader takes its bucket from
every file.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.joining import order_of
from pipeline.places import Place, opened, written


def deal(frame: pd.DataFrame, bucket: np.ndarray, count: int, place: Place) -> None:
    """Writes the rows into `count` buckets, in each of them in their order.

    Args:
        frame: text, whole numbers and truth values.
        bucket: of each row, from 0 on.
        count: how many buckets there are.
        place: the file to write.
    """
    order = order_of(bucket)
    bounds = np.searchsorted(bucket[order], np.arange(count + 1))
    kinds = {name: pa.int64() if frame[name].dtype.kind in "iu" else pa.large_string() for name in frame}
    columns = [pa.array(frame[name], type=kind, from_pandas=True) for name, kind in kinds.items()]
    table = pa.table(columns, names=list(kinds)).take(pa.array(order))
    batches = table.combine_chunks().to_batches()
    none = pa.RecordBatch.from_pylist([], table.schema)
    whole = batches[0] if batches else none
    with (
        written(place) as file,
        pa.ipc.new_file(file, whole.schema, options=pa.ipc.IpcWriteOptions(compression="lz4")) as sink,
    ):
        for start, stop in zip(bounds, bounds[1:], strict=False):
            # Of a slice without rows Arrow writes all that it is a slice of.
            sink.write_batch(whole.slice(start, stop - start) if stop > start else none)


def gather(places: Sequence[Place], bucket: int) -> pd.DataFrame:
    """The rows of one bucket, file by file."""
    batches = []
    for place in places:
        with opened(place) as file:
            batches.append(pa.ipc.open_file(file).get_batch(bucket))
    table = pa.Table.from_batches(batches)
    kinds = {one.name: "int64" if pa.types.is_integer(one.type) else "str" for one in table.schema}
    return pd.DataFrame(
        {
            name: table[name].to_numpy() if kind == "int64" else pd.array(table[name], dtype="str")
            for name, kind in kinds.items()
        }
    )
