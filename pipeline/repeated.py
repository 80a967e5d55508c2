"""Order numbers that stand in several parts of an input, and the row where each stands first.

Of a Parquet input they are dealt to buckets on disk, those of one text to one bucket, so that nobody holds all of them.
"""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import pandas as pd

from pipeline import buckets
from pipeline.engine import Engine
from pipeline.parts import Reader, part_of
from pipeline.places import Place, below
from pipeline.source.parquet import Piece
from pipeline.source.raw import RawTable

_END = 3  # the last characters differ from order to order


def of_pieces(reader: Reader, engine: Engine, count: int, folder: Place) -> dict[str, int]:
    """The order ids of a Parquet table that stand in several of its pieces → the row where each stands first.

    Args:
        reader: of the medications.
        engine: where the pieces are read.
        count: how many buckets there are.
        folder: where they are written.
    """
    if "order_id" not in reader.empty.frame:
        return {}
    mine = reader.found.pieces
    places = [below(folder, "order_ids", f"{at:05}.arrow") for at in range(len(mine))]
    pairs = zip(mine, places, strict=True)
    for _ in engine.map(_deal, ((reader.alone, piece, count, place) for piece, place in pairs)):
        pass
    first: dict[str, int] = {}
    for found in engine.map(_again, ((places, bucket) for bucket in range(count))):
        first |= found
    return first


def _deal(reader: Reader, piece: Piece, count: int, place: Place) -> None:
    ids = reader.raw(piece, ["order_id"]).frame["order_id"]
    ids = ids[ids != ""].drop_duplicates()
    code, ends = pd.factorize(ids.str[-_END:])
    bucket = np.array([crc32(end.encode("utf-8", "surrogatepass")) % count for end in ends], dtype=np.int64)[code]
    buckets.deal(pd.DataFrame({"id": ids.array, "at": ids.index.to_numpy()}), bucket, count, place)


def _again(places: Sequence[Place], bucket: int) -> dict[str, int]:
    rows = buckets.gather(places, bucket)
    again = rows[rows["id"].duplicated(keep=False)]
    return {str(text): int(at) for text, at in again.groupby("id")["at"].min().items()}


def of_table(raw: RawTable, cut_at: Sequence[str]) -> dict[str, int]:
    """The same of a table that is read as a whole, for the parts that it will be cut into."""
    if "order_id" not in raw.frame:
        return {}
    ids = raw.frame.loc[raw.frame["order_id"] != "", ["order_id", "patient_id"]]
    again = ids[ids["order_id"].duplicated(keep=False)]
    part = pd.Series(part_of(again["patient_id"], cut_at), index=again.index)
    several = part.groupby(again["order_id"]).transform("nunique") > 1
    first = again[several].drop_duplicates("order_id")["order_id"]
    return {str(text): int(row) for row, text in first.items()}
