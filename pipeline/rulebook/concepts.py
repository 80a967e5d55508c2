"""Concept codes: one whole number for every fact that a rule can speak of.

A medicine's code is its ingredient's position times the number of route groups plus the route group's, so that it can
be computed without a look-up; conditions, bands, states and allergies follow.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from pipeline.errors import ReferenceDamagedError
from pipeline.rulebook.terms import ALCOHOL, BODY, GROUPS, HEPATIC, NUMBERS, STATES, Term

_ATC_LEVELS = (1, 3, 4, 5, 7)


class Concepts:
    """The numbering of concepts, and the meaning of terms in it.

    Attributes: `ingredients` (names, by position), `labels` (the text of every non-drug concept, by code minus
    `first_other`), `bands` (text → Term of each band that a rule names), `count` (of all concepts).
    """

    def __init__(self, tables: dict[str, pd.DataFrame], bands: Iterable[Term]) -> None:
        self.ingredients: list[str] = sorted(set(tables["drugs"]["ingredient"]))
        self.position = {name: position for position, name in enumerate(self.ingredients)}
        self.first_other = len(self.ingredients) * len(GROUPS)
        self.bands = {band.text: band for band in bands}
        self._atc = _codes(tables["drugs"])
        self._class_rows: dict[str, list[dict]] = {}
        for row in tables["classes"].sort_values("class", kind="stable").to_dict("records"):
            self._class_rows.setdefault(row["class"], []).append(row)
        self.tests = sorted(set(tables["labs"]["test"]))
        self._pair_lists = dict(list(tables["pair_lists"].groupby("list")))
        self.conditions = sorted(set(tables["conditions"]["condition"]))
        self.classes = {name: self._members(name, ()) for name in self._class_rows}
        others = [
            *(f"condition:{name}" for name in self.conditions),
            *ALCOHOL, *HEPATIC, *STATES,
            *(f"allergy:{name}" for name in self.ingredients),
            *(f"allergy:class:{name}" for name in sorted(self.classes)),
            *(f"intolerance:{name}" for name in self.ingredients),
            *sorted(self.bands),
        ]  # fmt: skip
        self.labels = others
        self._others = {label: self.first_other + at for at, label in enumerate(others)}
        self.count = self.first_other + len(others)

    def other(self, label: str) -> int:
        """The code of a concept that is no medicine, by its label."""
        return self._others[label]

    def drug(self, ingredient: str, group: str) -> int:
        """The code of an ingredient by a route group."""
        return self.position[ingredient] * len(GROUPS) + GROUPS.index(group)

    def label(self, code: int) -> str:
        """The text of a concept: `baclofen` for a medicine, else the term."""
        if code < self.first_other:
            return self.ingredients[code // len(GROUPS)]
        return self.labels[code - self.first_other]

    def codes(self, term: Term) -> np.ndarray:
        """The codes that a term stands for, sorted.

        Raises:
            KeyError: it names an ingredient, class, condition, test or number that the reference does not have.
        """
        if term.kind == "any":
            return self._drug_codes(range(len(self.ingredients)), term.groups)
        if term.kind == "drug":
            return self._drug_codes([self.position[term.name]], term.groups)
        if term.kind == "class":
            return self._drug_codes([self.position[name] for name in self.classes[term.name]], term.groups)
        if term.kind == "allergy_class":
            members = [self.other(f"allergy:{name}") for name in self.classes[term.name]]
            return np.unique([self.other(f"allergy:class:{term.name}"), *members])
        if term.kind == "band" and term.name not in NUMBERS and term.name not in self.tests:
            raise KeyError(term.name)
        return np.array([self.other(term.text)])

    def weights(self, term: Term) -> dict[int, float]:
        """The points that each code of a term counts on its class's scale; 1 for a term that is no class."""
        if term.kind != "class":
            return {int(code): 1.0 for code in self.codes(term)}
        return {
            int(code): weight
            for name, weight in self.classes[term.name].items()
            for code in self._drug_codes([self.position[name]], term.groups)
        }

    def pair_list(self, name: str) -> np.ndarray:
        """The pairs of a list, as positions of two ingredients a row.

        Raises:
            KeyError: there is no such list, or it names an ingredient that the reference does not have.
        """
        rows = self._pair_lists[name]
        sides = []
        for side in ("a", "b"):
            at, names = pd.factorize(rows[side])
            sides.append(np.array([self.position[name] for name in names], dtype=np.int64)[at])
        return np.stack(sides, axis=1)

    def body_codes(self, positions: np.ndarray) -> np.ndarray:
        """The codes of ingredients, by position, by every route that reaches the body; sorted, each once."""
        return self._drug_codes(np.unique(positions).tolist(), BODY)

    def _drug_codes(self, positions: Iterable[int], groups: tuple[str, ...]) -> np.ndarray:
        first = np.fromiter(positions, dtype=np.int64) * len(GROUPS)
        offsets = np.array([GROUPS.index(group) for group in groups], dtype=np.int64)
        return np.sort((first[:, None] + offsets).ravel())

    def _members(self, name: str, within: tuple[str, ...]) -> dict[str, float]:
        """Ingredient → weight of a class. A row of an ingredient overrides one of another class, and that one of an ATC
        prefix.
        """
        prefixes: dict[str, float] = {}
        broad: dict[str, float] = {}
        named: dict[str, float] = {}
        for row in self._class_rows[name]:
            member, weight = row["member"], row["weight"]
            points = float(weight) if weight else 1.0
            if member.startswith("atc:"):
                prefixes[member.removeprefix("atc:")] = points
            elif member in [f"class:{outer}" for outer in (name, *within)]:
                raise _damaged(row, f"the class '{name}' contains itself")
            elif member.startswith("class:") and member.removeprefix("class:") in self._class_rows:
                inner = self._members(member.removeprefix("class:"), (*within, name))
                broad.update({ingredient: points if weight else own for ingredient, own in inner.items()})
            elif member in self.position:
                named[member] = points
            else:
                raise _damaged(row, f"'{member}' is no ingredient, class or ATC prefix of any drug")
        weights = self._by_code(prefixes) | broad | named
        return {ingredient: points for ingredient, points in sorted(weights.items()) if points != 0}

    def _by_code(self, prefixes: dict[str, float]) -> dict[str, float]:
        """Ingredient → weight by ATC prefixes: of a code the longest prefix decides, of several codes the highest."""
        points: dict[tuple[str, str], float] = {}
        for prefix in sorted(prefixes, key=len):
            points.update(dict.fromkeys(self._atc.get(prefix, []), prefixes[prefix]))
        weights: dict[str, float] = {}
        for (_, ingredient), weight in points.items():
            weights[ingredient] = max(weight, weights.get(ingredient, 0.0))
        return weights


def _damaged(row: dict, reason: str) -> ReferenceDamagedError:
    return ReferenceDamagedError(f"{row['_file']}, line {row['_line']}, column member: {reason}.")


def _codes(drugs: pd.DataFrame) -> dict[str, list[tuple[str, str]]]:
    """Prefix of an ATC code → the codes that begin so, each with its ingredient."""
    found: dict[str, list[tuple[str, str]]] = {}
    for ingredient, codes in zip(drugs["ingredient"], drugs["atc"], strict=True):
        for code in (code.strip() for code in codes.split(";")):
            for length in _ATC_LEVELS:
                if len(code) >= length:
                    found.setdefault(code[:length], []).append((code, ingredient))
    return found
