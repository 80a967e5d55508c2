"""Which medicine each order names: by its text, or by its codes."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.normalise.codes import SYSTEMS, Codes
from pipeline.normalise.distinct import distinct_rows
from pipeline.normalise.drug_text import DrugText, Lexicon
from pipeline.normalise.unsafe import UnsafeWriting

UNRECOGNISED = "unrecognised"
_COLUMNS = ("drug", *SYSTEMS)


@dataclass(frozen=True)
class Identified:
    """`position`: of each order its place in the lists. `drugs`: the medicine, or none. `notes`: how the text was
    understood, where a reader should know. `contradictions`: the medicine that a code stands for and the text does not
    name."""

    position: np.ndarray
    drugs: list[DrugText]
    notes: list[str]
    contradictions: list[str]


def identify(orders: pd.DataFrame, lexicon: Lexicon, codes: Codes, unsafe: UnsafeWriting) -> Identified:
    """The medicine of each order; each distinct text and set of codes is read once."""
    position, distinct = distinct_rows(orders, _COLUMNS)
    drugs, notes, contradictions = [], [], []
    for text, *coded in distinct.itertuples(index=False, name=None):
        drug, note, contradiction = _one(text, dict(zip(SYSTEMS, coded, strict=True)), lexicon, codes)
        drugs.append(drug)
        contradictions.append(contradiction)
        notes.append("; ".join(filter(None, [*unsafe.of(text), *note])))
    return Identified(position, drugs, notes, contradictions)


def _one(text: str, given: dict[str, str], lexicon: Lexicon, codes: Codes) -> tuple[DrugText, list[str], str]:
    """The medicine of an order, its notes, and what a code says against it. What a nurse reads is the text."""
    drug = lexicon.read(text)
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
