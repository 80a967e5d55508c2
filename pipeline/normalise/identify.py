"""Which medicine each order names: by its text, or by its codes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import pandas as pd

from pipeline.normalise.codes import SYSTEMS, Codes
from pipeline.normalise.distinct import distinct_rows, each_row
from pipeline.normalise.drug_text import DrugText, Lexicon
from pipeline.normalise.text import spelled
from pipeline.normalise.unsafe import UnsafeWriting

UNRECOGNISED = "unrecognised"
# A text that the user's own file of names explains.
NAMED = "named"
_COLUMNS = ("drug", *SYSTEMS)
# So many texts are kept in mind, for the next part of the input.
_REMEMBERED = 50_000


@dataclass(frozen=True)
class Identified:
    """`position`: of each order its place in the lists. `drugs`: the medicine, or none. `notes`: how the text was
    understood, where a reader should know. `contradictions`: the medicine that a code stands for and the text does not
    name."""

    position: np.ndarray
    drugs: list[DrugText]
    notes: list[str]
    contradictions: list[str]


def identify(
    orders: pd.DataFrame, lexicon: Lexicon, codes: Codes, unsafe: UnsafeWriting, names: Mapping[str, str]
) -> Identified:
    """The medicine of each order; each distinct text and set of codes is read once.

    Args:
        orders: with `drug` and the systems of codes.
        lexicon, codes, unsafe: what reads them.
        names: the user's own: a drug text as `spelled` → what it means; it goes before all else.
    """
    position, distinct = distinct_rows(orders, _COLUMNS)
    drugs, notes, contradictions = [], [], []
    for text, *coded in each_row(distinct):
        own = names.get(spelled(text), "")
        if own:
            drugs.append(_named(own, lexicon))
            contradictions.append("")
            notes.append("; ".join([*_unsafe(unsafe, text), f'read as "{own}", as your file of names says']))
            continue
        drug, note, contradiction = _one(text, dict(zip(SYSTEMS, coded, strict=True)), lexicon, codes)
        drugs.append(drug)
        contradictions.append(contradiction)
        notes.append("; ".join(filter(None, [*_unsafe(unsafe, text), *note])))
    return Identified(position, drugs, notes, contradictions)


def _named(own: str, lexicon: Lexicon) -> DrugText:
    drug = lexicon.read(own)
    return drug if drug.match == "non_drug" else replace(drug, match=NAMED, reason="")


@lru_cache(maxsize=_REMEMBERED)
def _read(lexicon: Lexicon, text: str) -> DrugText:
    return lexicon.read(text)


@lru_cache(maxsize=_REMEMBERED)
def _unsafe(unsafe: UnsafeWriting, text: str) -> tuple[str, ...]:
    return tuple(unsafe.of(text))


def _one(text: str, given: dict[str, str], lexicon: Lexicon, codes: Codes) -> tuple[DrugText, list[str], str]:
    """The medicine of an order, its notes, and what a code says against it. What a nurse reads is the text."""
    drug = _read(lexicon, text)
    notes = [drug.reason] if drug.match != "non_drug" else []
    given = {system: code for system, code in given.items() if code}
    if not given or drug.match == "non_drug":
        return drug, notes, ""
    coded = codes.read(given)
    notes.append(coded.note)
    if coded.drug is None:
        return drug, notes, ""
    names = ", ".join(coded.drug.ingredients)
    if drug.match == UNRECOGNISED:
        others = lexicon.named(text) - set(coded.drug.ingredients)
        if others:
            notes.append(f"its {coded.source} stands for {names}, but the text names {', '.join(sorted(others))}")
            return drug, notes, names
        return coded.drug, [f"recognised by its {coded.source}"], ""
    if lexicon.agree(drug.ingredients, coded.drug.ingredients):
        return drug, notes, ""
    notes.append(f"its {coded.source} stands for {names}")
    return drug, notes, names
