"""Order numbers that stand in several parts of an input, and the row where each stands first.

Of a Parquet input they are dealt to buckets on disk, those of one text to one bucket, so that nobody holds all of them.
"""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
import pandas as pd

from pipeline import buckets
from pipeline.engine import Engine
from pipeline.parts import Reader, part_of, ranges
from pipeline.places import Place, below
from pipeline.source.parquet import Piece
from pipeline.source.raw import RawTable
from pipeline.whole import Evidence

_END = 3  # the last characters differ from order to order


def of_pieces(
    reader: Reader, found: Sequence[Evidence], engine: Engine, cut_at: Sequence[str], folder: Place
) -> dict[str, int]:
    """The order ids of a Parquet table that stand in several parts → the row where each stands first.

    Args:
        reader: of the medications.
        found: what its pieces say of themselves.
        engine: where the pieces are read.
        cut_at: the patient ids at which a new part begins.
        folder: where ids are dealt to buckets, as many as there are parts.
    """
    if "order_id" not in reader.empty.frame:
        return {}
    all_parts = ranges(cut_at)
    within = [[one.number for one in all_parts if one.meets(said)] for said in found]
    places = [below(folder, "order_ids", f"{at:05}.arrow") for at in range(len(found))]
    each = zip(reader.found.pieces, within, places, strict=True)
    count = len(all_parts)
    tasks = ((reader.alone, piece, mine, cut_at if len(mine) > 1 else (), count, place) for piece, mine, place in each)
    for _ in engine.map(_deal, tasks):
        pass
    first: dict[str, int] = {}
    for again in engine.map(_again, ((places, bucket) for bucket in range(count))):
        first |= again
    return first


def _deal(reader: Reader, piece: Piece, within: Sequence[int], cut_at: Sequence[str], count: int, place: Place) -> None:
    """Deals the ids of a piece, each with its part. `within`: the parts that the piece has rows of. `cut_at`: empty of
    a piece that lies within one part.
    """
    rows = reader.raw(piece, ["order_id", *(("patient_id",) if cut_at else ())]).frame
    part = part_of(rows["patient_id"], cut_at) if cut_at else np.full(len(rows), within[0] if within else 0)
    given = (rows["order_id"] != "").to_numpy(bool)
    ids = rows.loc[given, "order_id"]
    code, ends = pd.factorize(ids.str[-_END:])
    bucket = np.array([crc32(end.encode("utf-8", "surrogatepass")) % count for end in ends], dtype=np.int64)[code]
    dealt = {"id": ids.array, "at": ids.index.to_numpy(), "part": part[given].astype(np.int64)}
    buckets.deal(pd.DataFrame(dealt), bucket, count, place)


def _again(places: Sequence[Place], bucket: int) -> dict[str, int]:
    rows = buckets.gather(places, bucket)
    again = rows[rows["id"].duplicated(keep=False)].groupby("id")
    first = again["at"].min()[again["part"].nunique() > 1]
    return {str(text): int(at) for text, at in first.items()}


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
