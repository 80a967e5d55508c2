"""The scales of the reference compiled: their items as codes, weights and points."""

import pandas as pd

from pipeline.rulebook.concepts import Concepts
from pipeline.rulebook.rows import cell, damaged, entry, one_of
from pipeline.rulebook.rules import Context, Entry, Scale, ScaleItem
from pipeline.rulebook.terms import alternatives, entries

COUNTS = ("points", "ingredients", "daily_dose", "index", "any", "two")
# Those that say how many points they give; the points of the others come from the medicines.
_WITH_POINTS = ("any", "two")


def scales(tables: dict[str, pd.DataFrame], concepts: Concepts) -> tuple[Scale, ...]:
    """Every scale of the reference.

    Raises:
        ReferenceDamagedError: a scale or an item cannot be understood; the message names file, line and column.
    """
    definitions = tables["scales"].to_dict("records")
    known = {row["scale"] for row in definitions}
    items: dict[str, list[ScaleItem]] = {}
    for row in tables["scale_items"].to_dict("records"):
        if row["scale"] not in known:
            raise damaged(row, "scale", f"'{row['scale']}' is no scale of scales.csv")
        items.setdefault(row["scale"], []).append(_item(row, concepts))
    return tuple(_scale(row, items.get(row["scale"], []), concepts) for row in definitions)


def _scale(row: dict, items: list[ScaleItem], concepts: Concepts) -> Scale:
    def numbers(text: str) -> tuple[float, ...]:
        return tuple(float(part) for part in text.split(";"))

    def context(text: str) -> tuple[Entry, ...]:
        return tuple(entry(terms, concepts) for terms in entries(text))

    thresholds = cell(row, "thresholds", numbers)
    bands = tuple(row["bands"].split(";"))
    if not items:
        raise damaged(row, "scale", f"'{row['scale']}' has no items in scale_items.csv")
    if list(thresholds) != sorted(thresholds) or len(bands) != len(thresholds):
        raise damaged(row, "thresholds", "must rise, and have one band each")
    return Scale(
        row["scale"], row["title"], row["problem"], row["unit"], thresholds, bands,
        Context(when=cell(row, "when", context)), row["sources"], tuple(items),
    )  # fmt: skip


def _item(row: dict, concepts: Concepts) -> ScaleItem:
    counts = one_of(row, "counts", COUNTS)
    points = cell(row, "points", float) if counts in _WITH_POINTS else 0.0
    terms = cell(row, "terms", alternatives)
    if counts != "any" and not all(term.is_drug for term in terms):
        raise damaged(row, "terms", f"{counts} counts medicines alone")
    if counts == "any":
        found = cell(row, "terms", lambda _: entry(terms, concepts))
        return ScaleItem(row["item"], found.codes, found.codes * 0.0, counts, points, found.numbers)

    def weighed(_: str) -> dict[int, float]:
        return {code: weight for term in terms for code, weight in concepts.weights(term).items()}

    weights = cell(row, "terms", weighed)
    codes = pd.Series(weights).sort_index()
    return ScaleItem(row["item"], codes.index.to_numpy(), codes.to_numpy(), counts, points, ())
