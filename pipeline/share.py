"""For sharing: a review under pseudonyms. One stage between judging and writing, of which no report knows.

Nothing goes out unless its column is named in `share_columns.py`, which says what becomes of each. Any other column,
and any other table, is emptied.

A pseudonym is HMAC-SHA256 (RFC 2104) of the kind of name and the name: the same with the same key in every run, and not
to be computed or tried out without it. There is no way back but to compute the pseudonyms of known names again.
"""

import json
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path

import pandas as pd

from pipeline.errors import InputError, OutputError
from pipeline.history.trend import Trend
from pipeline.normalise.identify import UNRECOGNISED
from pipeline.review import Review
from pipeline.screen.findings import in_order
from pipeline.share_columns import CHANGED, HIDDEN, KEPT, OWN_WORDS, POOLED_AGE, Pseudonyms


def is_shared(folder: Path) -> bool:
    """Whether a folder holds a review for sharing."""
    return bool(_manifest_of(folder).get("sharing"))


def refuse_shared(folder: Path) -> None:
    """Makes sure that an earlier review can be compared with: one for sharing has other ids than this one.

    Raises:
        InputError: it is for sharing.
    """
    if is_shared(folder):
        raise InputError(
            f"{folder} holds a review for sharing, whose residents have other ids. Give --previous the review that was "
            "made without --pseudonyms and --suppress-below."
        )


def refuse_named(out: Path) -> None:
    """Makes sure that a review for sharing replaces no other: replies that were typed into that would be lost.

    Raises:
        OutputError: it would.
    """
    if _manifest_of(out) and not is_shared(out):
        raise OutputError(
            f"{out} holds a review with names, and the replies typed into it have no place in one for sharing. "
            "Choose another folder for --out."
        )


def _manifest_of(folder: Path) -> dict:
    """The manifest of a review; empty where there is none, or none that can be read."""
    try:
        manifest = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) else {}


def pseudonymised(review: Review, key: bytes) -> Review:
    """The review without names and without texts as they were typed.

    Residents, homes, units and prescribers bear pseudonyms; findings get other ids, rows other numbers (in the order of
    the pseudonyms, so that neither place nor order in the source can be seen); ages of 90 and more are pooled. Days of
    orders and of results are kept.

    Args:
        review: the finished review.
        key: of the pseudonyms.
    """
    made = Pseudonyms(key)
    tables = {
        one.name: _treated(one.name, getattr(review, one.name), made)
        for one in fields(Review)
        if isinstance(getattr(review, one.name), pd.DataFrame)
    }
    tables["patients"]["age"] = review.patients["age"].clip(upper=POOLED_AGE)
    tables["patients"]["age_pooled"] = (review.patients["age"] >= POOLED_AGE).fillna(False).astype(bool)
    _orders(review, tables)
    told = [
        stops if OWN_WORDS.fullmatch(str(missing or "")) else "what stands there"
        for missing, stops in zip(review.limits["missing"], review.limits["stops"], strict=True)
    ]
    tables["limits"]["stops"] = _texts(told, review.limits)
    sorted_tables = {name: _sorted(name, table) for name, table in tables.items()}
    return replace(
        review, **sorted_tables, manifest=_manifest(review.manifest, made), notices=(*review.notices, _notice(made)),
        trend=Trend(), snapshot=None,
    )  # fmt: skip


def _treated(table: str, frame: pd.DataFrame, made: Pseudonyms) -> pd.DataFrame:
    columns = {}
    for name in frame.columns:
        if name in KEPT.get(table, set()):
            columns[name] = frame[name]
        elif name in CHANGED.get(table, {}):
            change = CHANGED[table][name]
            known = {cell: change(made, cell) for cell in frame[name].dropna().unique()}
            columns[name] = _texts([known.get(cell, "") for cell in frame[name]], frame)
        else:
            columns[name] = _emptied(frame[name])
    out = pd.DataFrame(columns, index=frame.index)
    return out if table in KEPT else out.iloc[:0]


def _texts(cells: Sequence[object], frame: pd.DataFrame | pd.Series) -> pd.Series:
    return pd.Series(cells, index=frame.index, dtype="str")


def _emptied(column: pd.Series) -> pd.Series:
    if column.dtype == bool:
        return pd.Series(False, index=column.index)
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column.iloc[:0].reindex(column.index)
    return pd.Series("", index=column.index, dtype="str")


def _orders(review: Review, tables: dict[str, pd.DataFrame]) -> None:
    """Orders by pseudonym with new row numbers, which findings and changes take over; of a drug its ingredients."""
    orders = tables["medications"]
    place = orders["patient_id"].argsort(kind="stable")
    number = pd.Series(range(1, len(orders) + 1), index=orders.index[place])
    orders["row"] = number.reindex(orders.index)
    new = dict(zip(review.medications["row"].astype(str), orders["row"].astype(str), strict=True))
    for name in ("findings", "held_back", "changes"):
        named = [
            ";".join(sorted((new[row] for row in str(cell).split(";") if row in new), key=int))
            for cell in getattr(review, name)["rows"]
        ]
        tables[name]["rows"] = _texts(named, tables[name])
    texts = dict.fromkeys(review.unrecognised["drug"])
    shown = {text: f"unrecognised text {number}" for number, text in enumerate(texts, 1)}
    tables["unrecognised"]["drug"] = _texts([shown[text] for text in review.unrecognised["drug"]], review.unrecognised)
    known = orders["ingredients"].str.replace(";", " / ")
    orders["drug"] = known.mask(known == "", "no medicine").mask(
        orders["match"] == UNRECOGNISED,
        _texts([shown.get(text, "unrecognised text") for text in review.medications["drug"]], orders),
    )


def _sorted(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """In the order that the tables have: by resident. The order of the real ids says something about them."""
    if name in ("findings", "held_back"):
        return in_order(table)
    if name == "medications":
        return table.sort_values("row", ignore_index=True)
    keys = [key for key in ("patient_id", "measure", "facility", "unit") if key in table and name != "unrecognised"]
    return table.sort_values(keys, kind="stable", ignore_index=True) if keys else table.reset_index(drop=True)


_MANIFEST_TEXTS = {"version", "reference_version", "reference_hash", "as_of", "input_hash"}


def _manifest(manifest: dict, made: Pseudonyms) -> dict:
    """Numbers and versions. Headings and paths of the input are texts of the input."""
    kept = {
        name: value
        for name, value in manifest.items()
        if name in _MANIFEST_TEXTS or isinstance(value, (int, float)) or _counts_only(value)
    }
    return {
        **kept, "unused_columns": {}, "mapping": HIDDEN if manifest.get("mapping") else "",
        "sharing": {"pseudonyms": made.fingerprint, "ages_pooled_from": POOLED_AGE},
    }  # fmt: skip


def _counts_only(value: object) -> bool:
    if isinstance(value, dict):
        return all(isinstance(key, str) and _counts_only(one) for key, one in value.items())
    return isinstance(value, (int, float))


def _notice(made: Pseudonyms) -> str:
    return (
        f"For sharing. Residents, facilities, units and prescribers bear pseudonyms (key {made.fingerprint}); findings "
        f"and rows have other numbers; ages of {POOLED_AGE} and more are pooled as {POOLED_AGE}+. Left out: names, "
        "birth dates, and every text as it was typed (orders, directions, reasons, allergies, values set aside, "
        "headings). Kept: the days of the review, of orders and of results, and weights. These are pseudonymous data "
        "and not anonymous ones: rare combinations can still be known by who knows the person."
    )
