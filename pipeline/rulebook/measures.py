"""The quality measures of the reference, checked before anything is measured with them."""

from pipeline.rulebook.concepts import Concepts
from pipeline.rulebook.rows import cell, entry, one_of
from pipeline.rulebook.terms import entries

# What a measure can count, and those of them whose `of` holds terms.
COUNTS = ("ingredients", "findings", "check", "rules", "number", "taking", "indicated", "overlap")
_OF_TERMS = ("taking", "indicated", "overlap")


def check_measures(rows: list[dict], concepts: Concepts) -> None:
    """Makes sure that every measure can be counted.

    Raises:
        ReferenceDamagedError: one cannot; the message names file, line and column.
    """

    def terms(text: str) -> None:
        for one in entries(text):
            entry(one, concepts)

    for row in rows:
        counts = one_of(row, "counts", COUNTS)
        for column in ("at_least", *(("days",) if counts == "overlap" else ())):
            cell(row, column, int)
        for column in ("among_days", "min_age", "min_stay"):
            cell(row, column, lambda text: int(text) if text else None)
        for column in ("among", "excludes", *(("of",) if counts in _OF_TERMS else ())):
            cell(row, column, terms)
