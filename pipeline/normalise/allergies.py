"""Allergy lists: the ingredients or classes that an entry names, and whether it is an allergy or an intolerance."""

import re
from collections.abc import Mapping

import pandas as pd

from pipeline.normalise.drug_text import Lexicon
from pipeline.normalise.phrases import Phrases
from pipeline.normalise.text import folded

NOTHING = "none"
NO_MEDICINE = "other"
_ALLERGY, _INTOLERANCE = "allergy", "side_effect"
_ENTRIES = re.compile(r"[;,\n]|\s\+\s|\band\b|&", re.IGNORECASE)
_SLASH = re.compile(r"/")
# What follows a substance and tells what it did: `codeine (nausea)`, `codeine - nausea`, `codeine: nausea`.
_WITH_REACTION = re.compile(
    r"(.+?)\s*(?:\(([^()]*)\)?|\[([^\[\]]*)\]|(?:\s[-\u2013\u2014]+>?\s*|:\s*|\bcauses\b)(.+))$", re.DOTALL
)
_LEADING = re.compile(
    r"(?:allerg(?:y|ic) to|intoleran(?:t|ce) (?:to|of)|adverse reaction to|sensitivity to)\s+", re.IGNORECASE
)
_INTOLERANT = re.compile(r"\b(?:intoleran(?:ce|t)|side effects?)\b", re.IGNORECASE)
_ALLERGIC = re.compile(r"\ballerg(?:y|ic|ies)\b|\banaphyla", re.IGNORECASE)
_CLAUSES = re.compile(r"[;,/&+\n]|\band\b", re.IGNORECASE)


class Allergens:
    """The wording of allergy lists."""

    def __init__(self, tables: Mapping[str, pd.DataFrame], lexicon: Lexicon) -> None:
        frame, reactions = tables["allergens"], tables["reactions"]
        self._terms = {folded(text): term for text, term in zip(frame["text"], frame["term"], strict=True)}
        self._reactions = Phrases(zip(reactions["text"], reactions["kind"], strict=True))
        self._lexicon = lexicon

    def concepts(self, substance: str, reaction: str = "", type_: str = "") -> list[str] | None:
        """What an entry says, as labels: `allergy:codeine`, `allergy:class:penicillin`, `intolerance:codeine`; none
        for `NKDA` or latex; None when a part of it is not recognised.

        An entry is an intolerance when its type says so, or without a type when every reaction named is a side effect,
        and nothing speaks of an allergy.
        """
        pieces = _pieces(substance)
        named = self._substance(_LEADING.sub("", substance.strip()))
        if named is not None:
            own = pieces[0][1] if len(pieces) == 1 else ""
            return self._labelled(named, substance, f"{own}; {reaction}", type_)
        found: list[str] = []
        for piece, own in pieces:
            names = self._substance(_LEADING.sub("", piece))
            if names is None:
                # A reaction on its own between commas belongs to the substance before it: `codeine, nausea`.
                if len(pieces) > 1 and self._reactions.values(piece):
                    continue
                return None
            said = own or f"{self._loose(pieces)}; {reaction}"
            found += self._labelled(names, piece if len(pieces) > 1 else substance, said, type_)
        return list(dict.fromkeys(found))

    def _loose(self, pieces: list[tuple[str, str]]) -> str:
        """The pieces of an entry that are reactions and no substances."""
        return "; ".join(piece for piece, _ in pieces if self._substance(piece) is None)

    def _labelled(self, names: list[str], text: str, reaction: str, type_: str) -> list[str]:
        kind = "intolerance" if self._tolerated(text, reaction, type_) else "allergy"
        return [f"{kind}:{name}" for name in names]

    def _tolerated(self, substance: str, reaction: str, type_: str) -> bool:
        """Whether an entry is an intolerance and no allergy."""
        said = f"{substance} {reaction}"
        if _ALLERGIC.search(f"{type_} {said}") or _ALLERGY in self._reactions.values(said):
            return False
        if _INTOLERANT.search(f"{type_} {said}"):
            return True
        clauses = [clause for clause in _CLAUSES.split(reaction) if folded(clause)]
        return bool(clauses) and all(self._reactions.values(clause) == {_INTOLERANCE} for clause in clauses)

    def _substance(self, text: str) -> list[str] | None:
        """The ingredients and classes that a text names; empty for what is no medicine, None for what is not known."""
        term = self._terms.get(folded(text))
        if term in (NOTHING, NO_MEDICINE):
            return []
        if term:
            return [part.strip() for part in term.split(";")]
        drug = self._lexicon.read(text)
        if drug.ingredients:
            return list(drug.ingredients)
        return [] if drug.match == "non_drug" else None


def _pieces(text: str) -> list[tuple[str, str]]:
    """The entries of a cell, each with the reaction that stands beside it."""
    # Commas inside brackets belong to the reaction: `codeine (nausea, vomiting), penicillin`.
    shielded = re.sub(r"\([^()]*\)", lambda found: re.sub(_ENTRIES, "/", found[0]), text)
    parts = [part.strip() for part in _ENTRIES.split(shielded) if part.strip()]
    pieces = []
    for part in parts:
        found = _WITH_REACTION.match(part)
        if found:
            pieces.append((found[1].strip(), (found[2] or found[3] or found[4] or "").strip()))
        else:
            pieces += [(name.strip(), "") for name in _SLASH.split(part) if name.strip()]
    return pieces
