"""Orders by chance: distinct drug texts of the reference's names, with forms, strengths and directions.

Ingredients are as frequent as at the sample home, with all others of the reference beside them now and then.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.normalise.readers import readers
from pipeline.rulebook.compile import rulebook
from tests.benchmarks.homes import SAMPLE

TEXTS = 5_000
_MOST_USED = Path(__file__).resolve().parent / "most_used.txt"
_COMMON = 0.97  # of the orders are of the most used ingredients
_SELDOM = 0.5  # orders counted for each of those that the sample home does not use
_FORMS = ("Tablet", "Oral Tablet", "Oral Capsule", "TAB", "")
_STRENGTHS = ("1 MG", "2.5 MG", "5 MG", "10 MG", "25 MG", "40 MG", "100 MCG", "")
_SCHEDULES = (
    "one time a day",
    "two times a day",
    "three times a day",
    "at bedtime",
    "in the morning",
    "every other day",
)
_AS_NEEDED = ("every 6 hours as needed for pain", "every 8 hours as needed", "at bedtime as needed")
_FREQUENCIES = ("daily", "BID", "TID", "QHS", "weekly")


@dataclass(frozen=True)
class Catalogue:
    """What orders are drawn from: `drug`, `indication` and the columns of how it is given, and the chance of each."""

    orders: pd.DataFrame
    chances: np.ndarray


def catalogue(texts: int = TEXTS, seed: int = 1) -> Catalogue:
    """So many distinct orders, no two with the same drug text."""
    tables = rulebook().reference.tables
    choose = np.random.default_rng(seed)
    lines = _MOST_USED.read_text(encoding="utf-8").splitlines()
    used = [line for line in lines if line and not line.startswith("#")]
    indications = _indications_at_the_sample_home()
    popular = {name: len(indications.get(name, ())) + _SELDOM for name in used}
    popular = {name: often / sum(popular.values()) for name, often in popular.items()}
    names = tables["names"]
    single = names[~names["ingredients"].str.contains(";") & (names["route"] == "") & (names["strengths"] == "")]
    every = tables["drugs"]["ingredient"]
    called = pd.concat([pd.DataFrame({"name": every, "ingredients": every}), single[["name", "ingredients"]]])
    common = called["ingredients"].isin(popular).to_numpy()
    rare = ~common & choose.permutation(np.arange(len(called)) < len(called) // 10)
    texts_of = called[common | rare]
    made: dict[str, tuple[str, float]] = {}
    while len(made) < texts:
        at = int(choose.integers(len(texts_of)))
        name, ingredient = texts_of.iloc[at]
        form, strength = choose.choice(_FORMS), choose.choice(_STRENGTHS)
        made[" ".join(filter(None, (name.title(), str(form), str(strength))))] = (ingredient, float(choose.random()))
    orders = pd.DataFrame({"drug": list(made)}).assign(ingredient=[one for one, _ in made.values()])
    weight = pd.Series([chance for _, chance in made.values()])
    share = weight / weight.groupby(orders["ingredient"]).transform("sum")
    chances = share * orders["ingredient"].map(popular).fillna(0) * _COMMON
    uncommon = chances == 0
    chances[uncommon] = weight[uncommon] / weight[uncommon].sum() * (1 - chances.sum())
    told = [indications.get(name, [""]) for name in orders["ingredient"]]
    orders["indication"] = [listed[at % len(listed)] for at, listed in enumerate(told)]
    return Catalogue(
        pd.concat([orders[["drug", "indication"]], _directions(texts, choose)], axis=1),
        (chances / chances.sum()).to_numpy(),
    )


def _indications_at_the_sample_home() -> dict[str, list[str]]:
    """Of each ingredient that is ordered there the indications, one an order."""
    read = readers(rulebook().reference).lexicon.read
    orders = sample("medications")
    found: dict[str, list[str]] = {}
    for text, indication in zip(orders["Medication"], orders["Indication"], strict=True):
        for name in read(text).ingredients:
            found.setdefault(name, []).append(indication)
    return found


def sample(table: str) -> pd.DataFrame:
    """A table of the sample home, as text."""
    return pd.read_csv(SAMPLE / f"{table}.csv", dtype="str", keep_default_na=False)


def _directions(count: int, choose: np.random.Generator) -> pd.DataFrame:
    """How each order is given: half in columns, half in words; one in ten as needed."""
    in_words = choose.random(count) < 0.5
    as_needed = choose.random(count) < 0.1
    how_much = choose.choice(["1", "1", "1", "2", "0.5"], count)
    schedule = np.where(as_needed, choose.choice(_AS_NEEDED, count), choose.choice(_SCHEDULES, count))
    plural = np.where(how_much == "2", "tablets", "tablet")
    sig = [f"Give {dose} {unit} by mouth {when}" for dose, unit, when in zip(how_much, plural, schedule, strict=True)]
    return pd.DataFrame(
        {
            "dose": np.where(in_words, "", how_much),
            "dose_unit": np.where(in_words, "", "tablet"),
            "frequency": np.where(in_words, "", choose.choice(_FREQUENCIES, count)),
            "route": choose.choice(["PO", "oral", ""], count),
            "directions": np.where(in_words, sig, ""),
        }
    )
