"""A made-up nation of nursing-home residents, as a folder of Parquet tables.

Orders are drawn from 5,000 distinct drug texts, each with its directions: names of the reference with forms and
strengths, ten orders a resident on average. Ingredients and conditions are as frequent as at the sample home, with all
others of the reference beside them now and then. Which of them meet is chance, so that there are more findings than in
real homes. Made in parts, each from its own seed: any size needs little memory, and is the same each time. Run from
the repository:

    python -m tests.benchmarks.nation NATION --residents 100000
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import click
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.normalise.readers import readers
from pipeline.rulebook.compile import rulebook

TODAY = date(2026, 11, 1)
TEXTS = 5_000
PART = 50_000  # residents of one file of each table
_MOST_USED = Path(__file__).resolve().parent / "most_used.txt"
_SAMPLE = Path(__file__).resolve().parent.parent.parent / "samples" / "maple-court"
_COMMON = 0.97  # of the orders are of the most used ingredients, and of the problems as at the sample home
_SELDOM = 0.5  # orders counted for each of those that the sample home does not use
_RESIDENTS_OF_A_HOME = 60
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
_FIRST = (
    "Ada", "Bruno", "Clara", "Dov", "Elsa", "Finn", "Greta", "Hugo", "Ines", "Jonas", "Kaya", "Leo", "Mina", "Nils",
    "Olga", "Pavel", "Rosa", "Sven", "Tilda", "Uri",
)  # fmt: skip
_LAST = (
    "Abendroth", "Birkeland", "Castellan", "Dunmore", "Eskildsen", "Farrow", "Goncalves", "Hathersage", "Ivarsson",
    "Jankowski", "Kestrel", "Lindqvist", "Marchetti", "Nakagawa", "Oyelaran", "Pemberton", "Quimby", "Rasmussen",
    "Sandoval", "Thistlewood",
)  # fmt: skip
_REACTIONS = ("Hives", "Rash", "Nausea", "Anaphylaxis", "Swelling", "")
# Test, unit, mean, spread, decimals, and the share of residents who have it.
_TESTS = (
    ("Creatinine", "mg/dL", 1.1, 0.4, 1, 0.95), ("Potassium", "mmol/L", 4.3, 0.5, 1, 0.9),
    ("Sodium", "mmol/L", 139, 3, 0, 0.9), ("Hemoglobin", "g/dL", 12.5, 1.5, 1, 0.8),
    ("TSH", "mIU/L", 2.5, 1.2, 2, 0.5), ("Hemoglobin A1c", "%", 6.4, 1.0, 1, 0.4), ("INR", "", 2.4, 0.5, 1, 0.1),
    ("QTc", "ms", 435, 25, 0, 0.3), ("Magnesium", "mg/dL", 2.0, 0.2, 1, 0.3),
)  # fmt: skip


@dataclass(frozen=True)
class Catalogue:
    """What orders, conditions and allergies are drawn from: rows with the chance of each."""

    orders: pd.DataFrame
    chances: np.ndarray
    conditions: pd.DataFrame
    chances_of_conditions: np.ndarray
    substances: list[str]


def catalogue(texts: int = TEXTS, seed: int = 1) -> Catalogue:
    """So many distinct orders, no two with the same drug text, and the reference's conditions and allergens."""
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
        *_conditions(tables["conditions"]),
        [*used[::3], "penicillin", "sulfa", "latex", "nsaids"],
    )


def _indications_at_the_sample_home() -> dict[str, list[str]]:
    """Of each ingredient that is ordered there the indications, one an order."""
    read = readers(rulebook().reference).lexicon.read
    orders = _sample("medications")
    found: dict[str, list[str]] = {}
    for text, indication in zip(orders["Medication"], orders["Indication"], strict=True):
        for name in read(text).ingredients:
            found.setdefault(name, []).append(indication)
    return found


def _sample(table: str) -> pd.DataFrame:
    return pd.read_csv(_SAMPLE / f"{table}.csv", dtype="str", keep_default_na=False)


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


def _conditions(table: pd.DataFrame) -> tuple[pd.DataFrame, np.ndarray]:
    """The problems of the sample home, and each condition of the reference as a code or in words; and their chances."""
    listed = _sample("conditions")[["Code", "Description"]].set_axis(["code", "description"], axis=1)
    often = listed.value_counts().sort_index()
    coded = table[table["kind"] == "icd10"].assign(code=lambda rows: rows["value"], description="")
    worded = table[table["kind"] == "words"].assign(code="", description=lambda rows: rows["value"].str.capitalize())
    rare = pd.concat([coded, worded])[["code", "description"]]
    chances = [*(_COMMON * often / often.sum()), *np.full(len(rare), (1 - _COMMON) / len(rare))]
    return pd.concat([often.index.to_frame(), rare], ignore_index=True), np.array(chances)


def write(folder: Path, residents: int, seed: int = 1, texts: int = TEXTS) -> None:
    """Writes the tables, each a folder of parts that are sorted by resident; part n of each has the same residents."""
    drawn_from = catalogue(texts, seed)
    for part, first in enumerate(range(0, residents, PART)):
        choose = np.random.default_rng([seed, part])
        count = min(PART, residents - first)
        ids = pa.array([f"N{number:08d}" for number in range(first, first + count)])
        for name, table in _tables(ids, first, drawn_from, choose).items():
            path = folder / name / f"part-{part:05d}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            # As other programs write it: plain text columns, not those of a dictionary.
            plain = table.cast(pa.schema([(one.name, _plain(one.type)) for one in table.schema]))
            pq.write_table(plain, path, row_group_size=100_000)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _tables(ids: pa.Array, first: int, drawn_from: Catalogue, choose: np.random.Generator) -> dict[str, pa.Table]:
    count = len(ids)
    orders = np.clip(choose.negative_binomial(6, 6 / (6 + 9), count) + 1, 1, 40)
    problems = choose.poisson(4, count)
    allergies = choose.choice(4, count, p=[0.6, 0.25, 0.1, 0.05])
    return {
        "patients": _patients(ids, first, choose),
        "medications": _medications(ids, np.repeat(np.arange(count), orders), first, drawn_from, choose),
        "conditions": _problems(ids, np.repeat(np.arange(count), problems), drawn_from, choose),
        "allergies": _allergies(ids, np.repeat(np.arange(count), allergies), drawn_from, choose),
        "labs": _labs(ids, choose),
    }


def _picked(at: np.ndarray, values: list[str] | tuple[str, ...]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(at.astype(np.int32)), pa.array(list(values)))


def _days_before(days: np.ndarray, given: np.ndarray | None = None) -> pa.Array:
    day = (np.datetime64(TODAY) - days).astype("datetime64[D]")
    return pa.array(day, mask=None if given is None else ~given)


def _patients(ids: pa.Array, first: int, choose: np.random.Generator) -> pa.Table:
    count = len(ids)
    home = (first + np.arange(count)) // _RESIDENTS_OF_A_HOME
    return pa.table(
        {
            "patient_id": ids,
            "name": _picked(
                choose.integers(len(_LAST) * len(_FIRST), size=count),
                [f"{last}, {one}" for last in _LAST for one in _FIRST],
            ),
            "facility": _picked(home - home[0], [f"Home {number:06d}" for number in range(home[0], home[-1] + 1)]),
            "unit": _picked(choose.integers(3, size=count), ("North", "South", "Memory Care")),
            "sex": _picked((choose.random(count) < 0.67).astype(int), ("M", "F")),
            "birth_date": _days_before((choose.normal(84, 8, count).clip(40, 104) * 365.25).astype(int)),
            "weight_kg": pa.array(choose.normal(68, 14, count).clip(35, 160).round(1)),
            "height_cm": pa.array(choose.normal(163, 9, count).clip(135, 200).round()),
            "hepatic_impairment": _picked(_rarely(choose, count, 0.02), ("none", "moderate")),
            "smoker": pa.array(choose.random(count) < 0.08),
            "hospice": pa.array(choose.random(count) < 0.05),
            "dialysis": pa.array(choose.random(count) < 0.02),
            "alcohol_use": _picked(_rarely(choose, count, 0.04), ("none", "moderate")),
            "grapefruit": pa.array(choose.random(count) < 0.03),
            "admission_date": _days_before(choose.integers(1, 2000, count)),
        }
    )


def _rarely(choose: np.random.Generator, count: int, share: float) -> np.ndarray:
    return (choose.random(count) < share).astype(int)


def _medications(
    ids: pa.Array, whose: np.ndarray, first: int, drawn_from: Catalogue, choose: np.random.Generator
) -> pa.Table:
    count = len(whose)
    order = choose.choice(len(drawn_from.chances), count, p=drawn_from.chances)
    began = choose.exponential(400, count).astype(int) + choose.integers(-5, 15, count)
    ended = choose.random(count) < 0.15
    lasted = (began * choose.random(count)).astype(int)
    columns = {name: _picked(order, drawn_from.orders[name].to_list()) for name in drawn_from.orders}
    return pa.table(
        {
            "patient_id": ids.take(pa.array(whose)),
            "order_id": pa.array([f"RX{first}-{number}" for number in range(count)]),
            **columns,
            "start_date": _days_before(began),
            "stop_date": _days_before(lasted, ended & (began > 0)),
            "prescriber": _picked(
                choose.integers(2000, size=count), [f"Prescriber {number}" for number in range(2000)]
            ),
        }
    )


def _problems(ids: pa.Array, whose: np.ndarray, drawn_from: Catalogue, choose: np.random.Generator) -> pa.Table:
    at = choose.choice(len(drawn_from.conditions), len(whose), p=drawn_from.chances_of_conditions)
    columns = {name: _picked(at, drawn_from.conditions[name].to_list()) for name in drawn_from.conditions}
    return pa.table({"patient_id": ids.take(pa.array(whose)), **columns})


def _allergies(ids: pa.Array, whose: np.ndarray, drawn_from: Catalogue, choose: np.random.Generator) -> pa.Table:
    substances, count = drawn_from.substances, len(whose)
    return pa.table(
        {
            "patient_id": ids.take(pa.array(whose)),
            "substance": _picked(choose.integers(len(substances), size=count), substances),
            "reaction": _picked(choose.integers(len(_REACTIONS), size=count), _REACTIONS),
        }
    )


def _labs(ids: pa.Array, choose: np.random.Generator) -> pa.Table:
    """Of each test at most one result of a resident, as text, on its own day of the last two years."""
    rows = []
    for test, (_, _, mean, spread, decimals, share) in enumerate(_TESTS):
        whose = np.flatnonzero(choose.random(len(ids)) < share)
        values = choose.normal(mean, spread, len(whose)).clip(mean / 4, mean * 4).round(decimals)
        texts, distinct = pd.factorize(values)
        value = np.array([f"{one:.{decimals}f}" for one in distinct], dtype=object)[texts]
        days = choose.exponential(120, len(whose)).astype(int) % 700
        rows.append(pd.DataFrame({"whose": whose, "test": test, "value": value, "days": days}))
    table = pd.concat(rows).sort_values(["whose", "test"], kind="stable")
    test = table["test"].to_numpy()
    return pa.table(
        {
            "patient_id": ids.take(pa.array(table["whose"].to_numpy())),
            "test": _picked(test, [name for name, *_ in _TESTS]),
            "value": pa.array(table["value"], type=pa.string()),
            "unit": _picked(test, [unit for _, unit, *_ in _TESTS]),
            "date": _days_before(table["days"].to_numpy()),
        }
    )


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--residents", default=100_000, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(folder: Path, residents: int, seed: int) -> None:
    """Writes a nation of so many residents into FOLDER."""
    write(folder, residents, seed)
    for table in sorted(path for path in folder.iterdir() if path.is_dir()):
        click.echo(f"{table.name}: {sum(pq.read_metadata(part).num_rows for part in table.iterdir())} rows")


if __name__ == "__main__":
    main()
