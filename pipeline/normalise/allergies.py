"""Allergy lists: the ingredient or class that a substance names, as a concept."""

from collections.abc import Mapping

import pandas as pd

from pipeline.normalise.drug_text import Lexicon
from pipeline.normalise.text import folded

NOTHING = "none"
NO_MEDICINE = "other"


class Allergens:
    """The wording of allergy lists."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], lexicon: Lexicon) -> None:
        frame = tables["allergens"]
        self._terms = {folded(text): term for text, term in zip(frame["text"], frame["term"], strict=True)}
        self._lexicon = lexicon

    def concepts(self, substance: str) -> list[str] | None:
        """The labels of the allergy concepts (`allergy:codeine`, `allergy:class:penicillin`); none for `NKDA` or latex;
        None when the substance is not recognised.
        """
        term = self._terms.get(folded(substance))
        if term in (NOTHING, NO_MEDICINE):
            return []
        if term:
            return [f"allergy:{part.strip()}" for part in term.split(";")]
        drug = self._lexicon.read(substance)
        if drug.ingredients:
            return [f"allergy:{ingredient}" for ingredient in drug.ingredients]
        return [] if drug.match == "non_drug" else None
