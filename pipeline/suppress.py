"""For sharing: figures without small counts, and without what would give them away by subtraction.

Counts of a row (a unit, a problem, a measure of a unit) are shown or hidden together. Hidden are rows with a count from
1 to under the limit (0 says nothing of anyone who is counted), and then further rows until nothing that is hidden can
be got by subtracting what is shown from a total that is shown: of the parts of a total at least two are hidden, and
their sum is no small count either. Where too few parts are left, the total is hidden too. This is complementary
suppression within each table of totals and parts; tables that count different things are not held against each other.
Rows stand in the order of their names, for an order by size would tell something of what is hidden.
"""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from pipeline.report import words
from pipeline.report.figures import Figure, Overview
from pipeline.share_columns import OWN_WORDS

HIDDEN = "hidden"
_COUNTS = ("numerator", "denominator", "excluded", "not_assessable")
_RATES = ("rate", "ci_low", "ci_high")
# What is no count of people or of their orders.
_NOT_OF_PEOPLE = ("ingredients", "rules")


def hidden_rows(counts: np.ndarray, parent: Sequence[int], fewest: int, also: np.ndarray | None = None) -> np.ndarray:
    """Which rows are hidden.

    Args:
        counts: for each row its counts, each of which adds up over the parts of a total. Parts need not be all of their
            total; what is missing of it is never shown.
        parent: for each row the row that is its total; -1 for none.
        fewest: the smallest count, other than 0, that may be shown.
        also: rows that are to be hidden in any case.

    Returns:
        One flag a row.
    """
    hidden = np.asarray(_small(counts, fewest).any(axis=1), dtype=bool)
    if also is not None:
        hidden |= also
    parts: dict[int, list[int]] = {}
    for row, total in enumerate(parent):
        if total >= 0:
            parts.setdefault(total, []).append(row)
    before = -1
    while before != hidden.sum():
        before = int(hidden.sum())
        for total, rows in parts.items():
            _hide_until_safe(counts, total, rows, hidden, fewest)
    return hidden


def _hide_until_safe(counts: np.ndarray, total: int, rows: list[int], hidden: np.ndarray, fewest: int) -> None:
    """Hides further parts of one total, the smallest first; then the total itself."""
    rest = counts[total] - counts[rows].sum(axis=0)
    while not _safe(counts, total, rows, hidden, rest, fewest):
        shown = [row for row in rows if not hidden[row]]
        if not shown:
            hidden[total] = True
            return
        # A part with nobody in it hides nothing.
        hidden[min(shown, key=lambda row: (not counts[row].any(), counts[row].sum(), row))] = True


def _safe(counts: np.ndarray, total: int, rows: list[int], hidden: np.ndarray, rest: np.ndarray, fewest: int) -> bool:
    out = [row for row in rows if hidden[row]]
    if hidden[total]:
        # The sum of all parts would be the total.
        return bool(out)
    unshown = counts[out].sum(axis=0) + rest
    kinds = len(out) + bool(rest.any())
    if not kinds:
        return True
    return not _small(unshown, fewest).any() and (kinds > 1 or not out)


def _small(counts: np.ndarray, fewest: int) -> np.ndarray:
    return (counts > 0) & (counts < fewest)


def suppressed(shown: Overview, fewest: int) -> Overview:
    """The figures with small counts, and what would reveal them, as the text `hidden`.

    Args:
        shown: the figures.
        fewest: the smallest count that may be shown; 11 hides 1 to 10.
    """
    tiers, no_tiers = _with_total(shown.tiers, list(words.TIERS), fewest, ["residents"])
    few = _small(shown.problems["residents"].to_numpy(np.int64), fewest)
    problems, no_grades = _with_total(shown.problems, list(words.SEVERITIES), fewest, ["residents", "findings"], few)
    return Overview(
        [_figure(one, fewest, no_tiers, no_grades) for one in shown.summary], tiers, problems,
        _changes(shown.changes, fewest), _loads(shown.loads, fewest), _measures(shown.measures, fewest),
        _missing(shown.missing, fewest),
    )  # fmt: skip


def _with_total(
    table: pd.DataFrame, columns: list[str], fewest: int, more: list[str], also: np.ndarray | None = None
) -> tuple[pd.DataFrame, bool]:
    """A table whose rows add up to one that stands elsewhere; and whether that one has to be hidden."""
    counts = table[columns].to_numpy(np.int64)
    whole = np.vstack([counts, counts.sum(axis=0)])
    known = None if also is None else np.append(also, False)
    hidden = hidden_rows(whole, [*[len(counts)] * len(counts), -1], fewest, known)
    return _by_name(_blanked(table, hidden[:-1], [*columns, *more])), bool(hidden[-1])


def _by_name(table: pd.DataFrame) -> pd.DataFrame:
    return table.sort_values(str(table.columns[0]), kind="stable", ignore_index=True)


def _blanked(table: pd.DataFrame, rows: np.ndarray, columns: Sequence[str]) -> pd.DataFrame:
    out = table.copy()
    for name in columns:
        out[name] = out[name].astype(object).mask(rows, HIDDEN)
    return out


def _figure(one: Figure, fewest: int, no_tiers: bool, no_grades: bool) -> Figure:
    if one.unit in _NOT_OF_PEOPLE or isinstance(one.number, str) or isinstance(one.of, str):
        return one
    parts = np.array([one.number, one.of - one.number])
    tied = (no_tiers and one.text.startswith("Residents to act")) or (no_grades and one.unit == "findings")
    number = HIDDEN if tied or _small(parts, fewest).any() else one.number
    return one._replace(number=number, of=HIDDEN if _small(np.array([one.of]), fewest).any() else one.of)


def _changes(table: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Reasons as they were typed are left out whatever the counts."""
    residents, tapered = (table[name].to_numpy(np.int64) for name in ("residents", "tapered"))
    few = _small(residents, fewest)
    out = _blanked(table, few, ["residents", "points"])
    out = _blanked(out, few | _small(tapered, fewest) | _small(residents - tapered, fewest), ["tapered"])
    return out.assign(indications="not shown").sort_values(["drug", "change"], kind="stable", ignore_index=True)


def _loads(table: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Each load by itself: its classes add up to all residents, whose number is shown."""
    out = table.astype(object)
    for title in table:
        counts = table[title].to_numpy(np.int64).reshape(-1, 1)
        whole = np.vstack([counts, counts.sum(axis=0)])
        hidden = hidden_rows(whole, [*[len(counts)] * len(counts), -1], fewest)
        # All residents are told elsewhere: where they would have to be hidden, no class is shown.
        out[title] = out[title].mask(hidden[:-1] | hidden[-1], HIDDEN)
    return out


def _measures(table: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Each measure by itself: units add up to homes, homes to everyone. Who is not counted is a count too."""
    out = _blanked(table, np.zeros(len(table), dtype=bool), [*_COUNTS, *_RATES])
    for _, rows in table.fillna({"facility": "", "unit": ""}).groupby("measure", sort=False):
        places = list(zip(rows["facility"], rows["unit"], strict=True))
        at = {place: number for number, place in enumerate(places)}
        totals = [_total(place, at) for place in places]
        counted = rows[list(_COUNTS)].to_numpy(np.int64)
        counts = np.column_stack([counted[:, 0], counted[:, 1] - counted[:, 0], counted[:, 2:]])
        for number in np.flatnonzero(hidden_rows(counts, totals, fewest)):
            out.loc[rows.index[number], [*_COUNTS, *_RATES]] = HIDDEN
    return out


def _total(place: tuple[str, str], at: dict[tuple[str, str], int]) -> int:
    """The row that a place is a part of: a unit of its home (or, without one, of everyone), a home of everyone."""
    facility, unit = place
    if unit and facility:
        return at.get((facility, ""), at.get(("", ""), -1))
    return at.get(("", ""), -1) if unit or facility else -1


def _missing(table: pd.DataFrame, fewest: int) -> pd.DataFrame:
    """Only in our own words; numbers within them are left out."""
    own = table["missing"].map(lambda text: bool(OWN_WORDS.fullmatch(str(text)))).astype(bool).to_numpy()
    kept = table[own].reset_index(drop=True)
    counting = kept["missing"].str.match(r"the stop date of|the meaning of some results").astype(bool)
    kept["missing"] = kept["missing"].mask(counting, kept["missing"].map(lambda text: re.sub(r"\d+", "some", text)))
    residents = kept["residents"].to_numpy(np.int64)
    few = _small(residents, fewest) | _small(kept["of"].to_numpy(np.int64) - residents, fewest)
    kept = _blanked(kept, few, ["residents"])
    # Which medicines they are is a text of few people where few are concerned.
    kept["stops"] = kept["stops"].astype(object).mask(few, "")
    kept = _by_name(kept)
    if own.all():
        return kept
    rest = pd.DataFrame(
        [{"missing": "what quotes the input", "stops": HIDDEN, "residents": HIDDEN, "of": HIDDEN, "rules": HIDDEN}]
    )
    return pd.concat([kept, rest], ignore_index=True)


def notice(fewest: int) -> str:
    """What a report bears on its face."""
    return (
        f"For sharing. Counts from 1 to {fewest - 1} are hidden, and so is what would reveal them by subtraction; "
        "counts of one row are hidden together. Nothing that speaks of a single resident, no age and no typed text is "
        "in it: worklist, findings, orders, rejected rows and unrecognised drugs are left out."
    )


def manifest(whole: dict, fewest: int) -> dict:
    """Versions and times; every count is left out."""
    names = ("version", "reference_version", "reference_hash", "reference_reviewed", "as_of", "input_hash", "seconds")
    kept = {name: whole[name] for name in names if name in whole}
    return {**kept, "sharing": {**whole.get("sharing", {}), "suppress_below": fewest}}
