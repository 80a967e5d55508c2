"""Which ingredients a drug text names, by which route, in which strengths. Never guessed: only known names count."""

from collections.abc import Mapping
from dataclasses import dataclass
from math import isclose

import pandas as pd
from rapidfuzz import fuzz, process

from pipeline.normalise.part import Part
from pipeline.normalise.parts import read_parts
from pipeline.normalise.strengths import Quantity
from pipeline.normalise.vocabulary import Name, Vocabulary
from pipeline.normalise.words import split

# A supply beside a drug's name is named after the drug: "glucose test strips", "insulin syringe".
_NAMED_AFTER_A_DRUG = {"supply", "test", "dressing", "flush"}
_MINIMUM_LIKENESS = 70.0
_MOST_TABLETS = 4.0
# "2.5 mg/3 mL (0.083 %)" is one strength, rounded.
_ROUNDED = 0.01
# A gel or a patch tells only that it is for the skin; what it is meant for is known of the ingredient.
_SKIN = {"topical", "transdermal"}
# Eye drops are given under the tongue for secretions: there the directions tell more than the product.
_EYE_OR_EAR, _IN_THE_MOUTH = {"ophthalmic", "otic"}, {"oral", "sublingual", "buccal"}


@dataclass(frozen=True)
class DrugText:
    """A drug text as understood.

    `match`: exact, brand, generic, salt, abbreviation, combination, non_drug or unrecognised. `route` and `strengths`
    (one an ingredient) only as the text itself says them. `reason`: why it is not recognised, the kind of non-drug, or
    the words that were not understood.
    """

    ingredients: tuple[str, ...]
    match: str
    route: str
    strengths: tuple[Quantity | None, ...]
    reason: str


class Lexicon:
    """Reads drug texts by the reference's names."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        self._vocabulary = Vocabulary(tables)

    def read(self, text: str) -> DrugText:
        """What the text names. A text with an unknown word where an ingredient stands is unrecognised as a whole."""
        words = self._vocabulary.strengths.without_equivalents(split(text))
        if not words.words:
            return _unrecognised("no words")
        parts = read_parts(words, self._vocabulary)
        for part in parts:
            if part.refused:
                return _unrecognised(part.refused)
        outside, brackets = parts[0], [part for part in parts[1:] if part.names]
        non_drugs = [kind for part in parts for kind in part.non_drugs]
        if outside.named_after_drug in _NAMED_AFTER_A_DRUG:
            return DrugText((), "non_drug", "", (), outside.named_after_drug)
        main = outside if outside.names or not brackets else brackets.pop(0)
        if not main.names:
            return self._without_name(parts, non_drugs)
        ingredients = main.ingredients()
        for part in brackets:
            inside = part.ingredients()
            if set(inside) == set(ingredients):
                # The strengths are in the order of the ingredients' own names, which a brand does not tell.
                by_brand = len(main.names) == 1 and main.names[0].kind == "brand" and not main.names[0].strengths
                ingredients = inside if by_brand else ingredients
            elif set(inside) != set(main.ingredients(part.names_before)):
                exact = self._more_exact(ingredients, inside)
                if exact:
                    ingredients = exact
                    continue
                return _unrecognised(f"contradiction: {', '.join(ingredients)} and in brackets {', '.join(inside)}")
        route = self._route(main, parts, ingredients)
        unexplained = [word for part in parts for word in part.unexplained]
        return DrugText(
            ingredients,
            _match(main),
            route,
            self._strengths(main, parts, ingredients, route),
            f"not understood: {' '.join(unexplained)}" if unexplained else "",
        )

    def agree(self, one: tuple[str, ...], other: tuple[str, ...]) -> bool:
        """Whether two names mean the same, or one the other more exactly: `zinc` and `zinc sulfate`."""
        return set(one) == set(other) or bool(self._more_exact(one, other))

    def named(self, text: str) -> set[str]:
        """The ingredients of every known name within a text, understood or not."""
        words = split(text)
        found: set[str] = set()
        at = 0
        while at < len(words):
            entries = [(count, entry.name) for count, entry in self._vocabulary.phrases.at(words, at) if entry.name]
            for _, name in entries[:1]:
                found.update(name.ingredients)
            at += entries[0][0] if entries else 1
        return found

    def _more_exact(self, outside: tuple[str, ...], inside: tuple[str, ...]) -> tuple[str, ...]:
        """The ingredients that a general name and an exact one agree on: `zinc` and `zinc sulfate`. Empty: they do not.

        Where the words do not show it, the reference names both together: `iron (ferrous sulfate)`.
        """
        for general, exact in ((outside, inside), (inside, outside)):
            entry = self._vocabulary.phrases.exact(f"{'/'.join(general)} ({'/'.join(exact)})")
            if entry and entry.name and set(entry.name.ingredients) == set(exact):
                return exact
            of = [[one for one in exact if one == name or one.startswith(f"{name} ")] for name in general]
            if all(of) and sum(map(len, of)) == len(exact) == len({one for found in of for one in found}):
                return tuple(one for found in of for one in found)
        return ()

    def unknown(self, text: str) -> list[str] | None:
        """None for a text that names a medicine, a diluent or a supply, else what it might mean."""
        return self.suggest(text) if self.read(text).match == "unrecognised" else None

    def suggest(self, text: str, limit: int = 3) -> list[str]:
        """The medicines whose names look most like the text, each once, by the ingredient's own name if that is alike.

        For a person to choose from; nothing is resolved by them.
        """
        names = self._vocabulary.names
        words = split(text)
        known = self._vocabulary.phrases
        # Forms, units and the like would only draw the comparison away from the name.
        wanted = " ".join(
            word
            for at, word in enumerate(words.words)
            if word.isalpha()
            and not self._vocabulary.strengths.units.longest(words, at)
            and not any(entry.form or entry.salt for _, entry in known.at(words, at))
        )
        found = process.extract(
            wanted or text.lower(), names.keys(), scorer=fuzz.ratio, limit=None, score_cutoff=_MINIMUM_LIKENESS
        )
        suggested: dict[tuple[str, ...], str] = {}
        confused = self._vocabulary.confused
        for name in [*confused.get(wanted, ()), *(names[name] for name, _, _ in found)]:
            # What a name is often confused with comes right after it: a misspelling may mean either.
            for alike in (name, *confused.get(name, ())):
                entry = known.exact(alike)
                if entry and entry.name:
                    own = entry.name.ingredients
                    suggested[own] = alike if alike == own[0] else suggested.get(own, alike)
        return list(suggested.values())[:limit]

    def _without_name(self, parts: list[Part], non_drugs: list[str]) -> DrugText:
        """A text that names no drug: a thing that is none, or nothing that is known."""
        if non_drugs:
            return DrugText((), "non_drug", "", (), non_drugs[0])
        containers = [part.container for part in parts if part.container]
        if containers and not any(amount.unit for part in parts for _, run in part.strengths for amount in run):
            return DrugText((), "non_drug", "", (), containers[0])
        return _unrecognised("no drug is named")

    def _route(self, main: Part, parts: list[Part], ingredients: tuple[str, ...]) -> str:
        """The route that the text says: by the name itself, by a route's own word, or by the form."""
        by_name = _one_route([name.route for name in main.names if name.route])
        by_word = _one_route([route for part in parts for route in part.routes])
        by_form = _one_route([route for part in parts for route in part.form_routes])
        directed = _one_route([route for part in parts for route in part.directed_routes])
        if by_word in _EYE_OR_EAR and directed in _IN_THE_MOUTH:
            return directed
        usual = {self._vocabulary.usual_route.get(one, "") for one in ingredients}
        if not by_name and not by_word and by_form in _SKIN and len(usual) == 1 and usual <= _SKIN:
            return usual.pop()
        return by_name or by_word or by_form or directed

    def _strengths(
        self, main: Part, parts: list[Part], ingredients: tuple[str, ...], route: str
    ) -> tuple[Quantity | None, ...]:
        """One strength an ingredient, or None where the text does not say it beyond doubt."""
        with_strength_first = sorted(parts, key=lambda part: not part.strengths)
        counted = next((part.counted for part in with_strength_first if part.counted), "")
        count = len(ingredients)
        fixed = [amount for name in main.names for amount in name.strengths]
        runs = [(before, run) for part in parts for before, run in part.strengths if run]
        chosen: list[Quantity] = []
        if count == 1:
            single = [run[0] for _, run in runs if len(run) == 1 and run[0].unit]
            # "25 mcg (1000 unit)" is one strength in two units; "5 mg 10 mg" is not one strength.
            if len({amount.unit for amount in single if amount.per}) > 1:
                # "10% 20 mEq/15 mL": what has a unit of its own is not measured in mg.
                single = [amount for amount in single if amount.unit != "mg"][:1]
            same = [amount for amount in single if (amount.unit, amount.per) == (single[0].unit, single[0].per)]
            chosen = same[:1] if all(isclose(amount.value, same[0].value, rel_tol=_ROUNDED) for amount in same) else []
        else:
            together = [run for _, run in runs if len(run) == count and not _how_many(run)]
            separate = [(before, run[0]) for before, run in runs if len(run) == 1 and (before or run[0].unit)]
            if together:
                chosen = [self._in_mg(amount, ingredients, route) for amount in together[0]]
            elif len({before for before, _ in separate}) == len(separate) == count == len(main.names):
                chosen = [amount for _, amount in separate]
        if len(fixed) == count and not _others(chosen, fixed):
            said = {(amount.value, amount.unit): amount for amount in chosen}
            chosen = [said.get((amount.value, amount.unit), amount) for amount in fixed]
        if not chosen:
            return (None,) * count
        each = [amount if amount.per else Quantity(amount.value, amount.unit, counted) for amount in chosen]
        return tuple(amount if amount.unit else None for amount in each)

    def _in_mg(self, amount: Quantity, ingredients: tuple[str, ...], route: str) -> Quantity:
        """`5-325` of a combination by mouth is mg, unless an ingredient of it is also measured otherwise."""
        by_mouth = route in {"", "oral"} and all(self._vocabulary.usual_route.get(one) == "oral" for one in ingredients)
        if amount.unit or not by_mouth or self._vocabulary.needs_unit.intersection(ingredients):
            return amount
        return Quantity(amount.value, "mg", "")


def _one_route(said: list[str]) -> str:
    """The route among those said. "Oral inhalation powder" says oral and a form to inhale: the latter says more."""
    distinct = list(dict.fromkeys(said))
    others = [route for route in distinct if route not in {"oral", "parenteral"}] if len(distinct) > 1 else distinct
    return others[0] if len(others) == 1 else ""


def _others(said: list[Quantity], fixed: list[Quantity]) -> bool:
    """Whether a text says other strengths than its name fixes: "Fioricet 50-325-40 mg" is not today's Fioricet."""
    if not said or not all(amount.unit for amount in said):
        return False
    return sorted((amount.value, amount.unit) for amount in said) != sorted((one.value, one.unit) for one in fixed)


def _how_many(run: tuple[Quantity, ...]) -> bool:
    """Whether numbers are a range of tablets, as in "1-2 tabs", and not the strengths of two ingredients."""
    low, high = run[0], run[-1]
    return not low.unit and len(run) == 2 and low.value < high.value <= _MOST_TABLETS


def _unrecognised(reason: str) -> DrugText:
    return DrugText((), "unrecognised", "", (), reason)


def _match(main: Part) -> str:
    """How the names were found: several different names make a combination; a dropped salt makes `exact` a `salt`."""
    names: list[Name] = main.names
    kinds = {name.kind for name in names}
    if len({frozenset(name.ingredients) for name in names}) > 1:
        return "combination"
    kind = "brand" if "brand" in kinds else names[0].kind
    return "salt" if kind == "exact" and main.salted else kind
