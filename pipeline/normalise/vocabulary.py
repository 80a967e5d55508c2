"""The words of drug texts, as the reference gives them: names, salts, forms, routes, and things that are no drug."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from pipeline.normalise.strengths import Quantity, Strengths
from pipeline.normalise.words import Phrasebook, split

_SHORTEST_BEGINNING = 6
# "adalimumab-adaz": a biological medicine's ingredient, and four letters that only tell its makers apart.
_SUFFIXED = re.compile(r"(.+)-[a-z]{4}")


@dataclass(frozen=True)
class Name:
    """A drug name: what it contains, and what it fixes. `kind` is `exact` for an ingredient itself."""

    ingredients: tuple[str, ...]
    kind: str
    route: str = ""
    strengths: tuple[Quantity, ...] = ()


@dataclass
class Entry:
    """All that one phrase can mean."""

    text: str
    name: Name | None = None
    contradictory: bool = False  # two rows of the reference give it different ingredients
    non_drug: str = ""
    salt: bool = False
    form: str = ""
    route: str = ""


class Vocabulary:
    """Every known phrase with its meanings, and the ingredients' usual routes."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self.strengths = Strengths(tables)
        self.phrases: Phrasebook[Entry] = Phrasebook()
        self.usual_route: dict[str, str] = {}
        self.needs_unit: set[str] = set()
        self.names: dict[str, str] = {}  # the spelling of each name, by its words, for suggestions
        self.suffixed: set[str] = set()  # ingredients of which names with a maker's four letters are known
        self.confused: dict[str, tuple[str, ...]] = {}  # names that each name is confused with
        self._combinations: set[frozenset[str]] = set()
        self._entries: dict[tuple[tuple[str, ...], tuple[str, ...]], Entry] = {}
        for row in tables["drugs"].itertuples(index=False):
            self.usual_route[row.ingredient] = row.route
            self._name(row.ingredient, Name((row.ingredient,), "exact"))
        for row in tables["names"].itertuples(index=False):
            ingredients = tuple(dict.fromkeys(part.strip() for part in row.ingredients.split(";") if part.strip()))
            self._name(row.name, Name(ingredients, row.kind, row.route, self.strengths.fixed(row.strengths)))
        for row in tables["lookalikes"].itertuples(index=False):
            self.confused[row.name] = (*self.confused.get(row.name, ()), row.confused_with)
        for row in tables["non_drugs"].itertuples(index=False):
            self._entry(row.name).non_drug = row.kind
        for row in tables["salts"].itertuples(index=False):
            self._entry(row.word).salt = True
        for row in tables["forms"].itertuples(index=False):
            if row.kind == "needs_unit":
                self.needs_unit.add(row.word)
            else:
                entry = self._entry(row.word)
                entry.form, entry.route = row.kind, row.route
        for row in tables["routes"].itertuples(index=False):
            entry = self._entry(row.text)
            if not entry.form:
                entry.form, entry.route = "route", row.route
        for entry in self._entries.values():
            self.phrases.add(entry.text, entry)
        self._words = {word for name in self.names for word in name.split()}

    def is_suffix(self, word: str, name: Name) -> bool:
        """Whether a word hyphened to a name tells only the maker of a biological medicine."""
        return (
            len(word) == 4 and word.isalpha() and word not in self._words and self.suffixed.issuperset(name.ingredients)
        )

    def completed(self, word: str, beside: tuple[str, ...]) -> Name | None:
        """The ingredient that a word cut short means beside others: "lisinopril/hydrochlorothiaz".

        Only if known combinations with all of the others allow a single one.
        """
        if len(word) < _SHORTEST_BEGINNING:
            return None
        known = (combination for combination in self._combinations if combination.issuperset(beside))
        found = {one for combination in known for one in combination.difference(beside) if one.startswith(word)}
        return Name((found.pop(),), "abbreviation") if len(found) == 1 else None

    def _entry(self, text: str) -> Entry:
        key = split(text)
        return self._entries.setdefault((tuple(key.words), tuple(key.gaps[1:])), Entry(text))

    def _name(self, text: str, name: Name) -> None:
        if not name.ingredients or not any(character.isalpha() for character in text):
            return  # a bare number is never a name
        entry = self._entry(text)
        if len(name.ingredients) > 1:
            self._combinations.add(frozenset(name.ingredients))
        found = _SUFFIXED.fullmatch(text)
        if found and name.ingredients == (found[1],) and name.kind == "generic":
            self.suffixed.add(found[1])
        if entry.name is None:
            entry.name = name
        elif set(entry.name.ingredients) != set(name.ingredients):
            entry.contradictory = True
        self.names.setdefault(" ".join(split(text).words), text)
