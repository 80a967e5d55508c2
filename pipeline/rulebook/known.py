"""Everything that the reference knows of one medicine, and what differs between two references."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.errors import InputError
from pipeline.normalise.readers import readers
from pipeline.rulebook.grades import grades
from pipeline.rulebook.rules import Rulebook
from pipeline.rulebook.terms import GROUPS
from pipeline.tables import SEVERITIES


@dataclass(frozen=True)
class Known:
    """One medicine. `names`: `name`, `kind`, `ingredients`. `classes`: `class`, `weight`. `rules`: the rows of the rule
    tables that speak of it, but for rules on every medicine. `partners`: `ingredient`, `severity`, `rule_id`: what it
    is graded with by a rule of pairs.
    """

    ingredient: str
    atc: str
    route: str
    names: pd.DataFrame
    classes: pd.DataFrame
    rules: pd.DataFrame
    partners: pd.DataFrame


def ingredient_of(text: str, rulebook: Rulebook) -> str:
    """The one ingredient that a drug text names.

    Raises:
        InputError: it names none, or several.
    """
    read = readers(rulebook.reference).lexicon.read(text)
    if len(read.ingredients) == 1:
        return read.ingredients[0]
    if read.ingredients:
        raise InputError(f"'{text}' is a combination of {', '.join(read.ingredients)}. Name one of them.")
    near = readers(rulebook.reference).lexicon.suggest(text)
    raise InputError(f"'{text}' is not known." + (f" Perhaps {', '.join(near)}." if near else ""))


def known(ingredient: str, rulebook: Rulebook) -> Known:
    """What the reference knows of an ingredient."""
    tables, concepts = rulebook.reference.tables, rulebook.concepts
    drug = tables["drugs"].set_index("ingredient").loc[ingredient]
    names = tables["names"]
    named = names[names["ingredients"].str.split(";").map(lambda all_: ingredient in all_).astype(bool)]
    classes = [(name, members[ingredient]) for name, members in concepts.classes.items() if ingredient in members]
    numbers = [rule for rule, codes in _spoken_of(rulebook) if _names(codes, concepts.position[ingredient], rulebook)]
    partners = [
        (other, severity, rulebook.rules["rule_id"][rule])
        for other, severity, rule in grades(rulebook).partners(ingredient)
    ]
    return Known(
        ingredient,
        drug["atc"],
        drug["route"],
        named[["name", "kind", "ingredients"]].reset_index(drop=True),
        pd.DataFrame(classes, columns=["class", "weight"]),
        rulebook.rules.loc[sorted(set(numbers))].reset_index(drop=True),
        pd.DataFrame(partners, columns=["ingredient", "severity", "rule_id"]),
    )


def _spoken_of(rulebook: Rulebook) -> list[tuple[int, np.ndarray]]:
    sides = [(rule.rule, codes) for rule in rulebook.pairs for codes in (rule.a, rule.b)]
    sides += [(rule.rule, rule.codes) for rule in rulebook.totals]
    return sides + [(rule.rule, rule.present) for rule in rulebook.gaps]


def _names(codes: np.ndarray, position: int, rulebook: Rulebook) -> bool:
    """Whether codes name an ingredient, and not simply every medicine."""
    medicines = np.unique(codes[codes < rulebook.concepts.first_other] // len(GROUPS))
    return position in medicines and len(medicines) <= len(rulebook.concepts.ingredients) / 2


def difference(old: Rulebook, new: Rulebook) -> tuple[pd.DataFrame, pd.DataFrame]:
    """What another reference changes.

    Returns:
        Rules: `rule_id`, `change` (`added`, `dropped`, `changed`), `columns` (of a changed one, which). Pairs of
        ingredients that both know: `a`, `b`, `before`, `after` (a severity, or empty).
    """
    before, after = (book.rules.drop(columns=["_file", "_line"]).set_index("rule_id") for book in (old, new))
    changes = [(rule, "added", "") for rule in after.index.difference(before.index)]
    changes += [(rule, "dropped", "") for rule in before.index.difference(after.index)]
    for rule in before.index.intersection(after.index):
        columns = [name for name in before if before.at[rule, name] != after.at[rule, name]]
        if columns:
            changes.append((rule, "changed", ", ".join(columns)))
    frame = pd.DataFrame(sorted(changes), columns=["rule_id", "change", "columns"])
    return frame, _regraded(old, new)


def _regraded(old: Rulebook, new: Rulebook) -> pd.DataFrame:
    both = sorted(set(old.concepts.ingredients) & set(new.concepts.ingredients))
    graded = []
    for book in (old, new):
        places = [book.concepts.position[name] for name in both]
        graded.append(grades(book).grade[np.ix_(places, places)])
    a, b = np.nonzero(np.triu(graded[0] != graded[1]))
    words = np.array([*SEVERITIES, ""], dtype=object)
    names = np.array(both, dtype=object)
    return pd.DataFrame(
        {"a": names[a], "b": names[b], "before": words[graded[0][a, b]], "after": words[graded[1][a, b]]}
    )
