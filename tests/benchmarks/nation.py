"""A made-up nation of nursing-home residents, as a folder of Parquet tables.

Each resident is one of the sample home made over: most of that one's orders under other names of the same medicines,
one in ten left out, on average one and a half taken over from others or drawn by chance (`tests.benchmarks.chance`),
problems, allergies, results and days a little changed. So medicines meet as they do in a home, and not as in a draw
of lots. There are 5,000 distinct drug texts, each with its directions, and ten orders a resident on average. Made in
parts, each from its own seed: any size needs little memory, and is the same each time. Run from the repository:

    python -m tests.benchmarks.nation NATION --residents 100000
"""

import re
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
from tests.benchmarks.chance import TEXTS, catalogue, sample

TODAY = date(2026, 11, 1)
PART = 50_000  # residents of one file of each table
_LEFT_OUT, _MORE, _BY_CHANCE = 0.1, 1.5, 0.1  # of a resident's orders, how many further, and which share by chance
_NAMES_EACH = 20  # texts for each order of the sample home, as far as its medicine has so many names
_RARE = 0.03  # of the problems
_RESIDENTS_OF_A_HOME = 60
_TAIL = re.compile(r"\b(Oral|Tablet|TAB|Capsule|External|Ophthalmic|Otic|Nasal|Inhalation|Subcutaneous)\b.*")
_GIVEN = ("dose", "dose_unit", "frequency", "route", "prn", "indication", "directions")
_FIRST = (
    "Ada", "Bruno", "Clara", "Dov", "Elsa", "Finn", "Greta", "Hugo", "Ines", "Jonas", "Kaya", "Leo", "Mina", "Nils",
    "Olga", "Pavel", "Rosa", "Sven", "Tilda", "Uri",
)  # fmt: skip
_LAST = (
    "Abendroth", "Birkeland", "Castellan", "Dunmore", "Eskildsen", "Farrow", "Goncalves", "Hathersage", "Ivarsson",
    "Jankowski", "Kestrel", "Lindqvist", "Marchetti", "Nakagawa", "Oyelaran", "Pemberton", "Quimby", "Rasmussen",
    "Sandoval", "Thistlewood",
)  # fmt: skip


@dataclass(frozen=True)
class Home:
    """What residents are made of. `patients`: of the sample home, one row each. `conditions`, `allergies`, `labs`,
    `orders`: with `resident` (row of `patients`), in its order. Of an order `first` and `texts`: where its texts
    begin in `texts`, and how many. `texts`: `drug`, `medicine` (number) and how it is given; from `by_chance` on,
    those by chance, with the `chances` of each. `rare`: conditions of the reference.
    """

    patients: pd.DataFrame
    orders: pd.DataFrame
    conditions: pd.DataFrame
    allergies: pd.DataFrame
    labs: pd.DataFrame
    texts: pd.DataFrame
    by_chance: int
    chances: np.ndarray
    rare: pd.DataFrame


def home(texts: int = TEXTS, seed: int = 1) -> Home:
    """The sample home, and so many distinct texts of orders."""
    choose = np.random.default_rng(seed)
    columns = {
        "Medication": "drug", "Dose": "dose", "Dose Unit": "dose_unit", "Frequency": "frequency", "Route": "route",
        "PRN": "prn", "Indication": "indication", "Directions": "directions", "Start Date": "start",
        "Stop Date": "stop",
    }  # fmt: skip
    patients, orders = sample("patients"), sample("medications")
    place = {resident: at for at, resident in enumerate(patients["Resident ID"])}
    orders = orders.assign(resident=orders["Resident ID"].map(place)).rename(columns=columns)
    known, first, count = _texts(orders, choose)
    more = catalogue(max(texts - known["drug"].nunique(), 1), seed)
    other = more.orders.assign(prn="", medicine=-1 - np.arange(len(more.orders)))
    conditions, allergies, labs = (
        table.assign(resident=table["Resident ID"].map(place))
        for table in (sample("conditions"), sample("allergies"), sample("labs"))
    )
    return Home(
        patients,
        orders[["resident", "start", "stop"]].assign(first=first, texts=count),
        conditions, allergies, labs,
        pd.concat([known, other], ignore_index=True),
        len(known),
        more.chances,
        _rare_conditions(),
    )  # fmt: skip


def _texts(orders: pd.DataFrame, choose: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """For each order of the sample home texts that mean the same, no text twice in one way of giving it."""
    reference = rulebook().reference
    read = readers(reference).lexicon.read
    names = reference.tables["names"]
    plain = names[(names["route"] == "") & (names["strengths"] == "")].groupby("ingredients")["name"].agg(list)
    made: list[dict] = []
    first, count = [], []
    seen: dict[tuple[str, ...], tuple[int, int]] = {}
    numbers: dict[str, int] = {}
    for order in orders[["drug", *_GIVEN]].to_dict("records"):
        key = tuple(order.values())
        if key not in seen:
            text, medicine = order["drug"], ";".join(read(order["drug"]).ingredients)
            tail = _TAIL.search(text)
            other = plain.get(medicine, []) if tail else []
            called = [f"{name.title()} {tail.group()}" for name in choose.permutation(other)] if tail else []
            same = [one for one in called if ";".join(read(one).ingredients) == medicine]
            variants = list(dict.fromkeys([text, text.upper(), text.lower(), *same]))[:_NAMES_EACH]
            seen[key] = len(made), len(variants)
            number = numbers.setdefault(medicine, len(numbers))
            made += [{**order, "drug": one, "medicine": number} for one in variants]
        first.append(seen[key][0])
        count.append(seen[key][1])
    return pd.DataFrame(made), np.array(first), np.array(count)


def _rare_conditions() -> pd.DataFrame:
    """Each condition of the reference, as a code or in words."""
    table = rulebook().reference.tables["conditions"]
    coded = table[table["kind"] == "icd10"].assign(code=lambda rows: rows["value"], description="")
    worded = table[table["kind"] == "words"].assign(code="", description=lambda rows: rows["value"].str.capitalize())
    return pd.concat([coded, worded], ignore_index=True)[["code", "description"]]


def write(folder: Path, residents: int, seed: int = 1, texts: int = TEXTS) -> None:
    """Writes the tables, each a folder of parts that are sorted by resident; part n of each has the same residents."""
    model = home(texts, seed)
    for part, first in enumerate(range(0, residents, PART)):
        choose = np.random.default_rng([seed, part])
        count = min(PART, residents - first)
        ids = pa.array([f"N{number:08d}" for number in range(first, first + count)])
        like = choose.integers(len(model.patients), size=count)
        for name, table in _tables(ids, like, first, model, choose).items():
            path = folder / name / f"part-{part:05d}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            # As other programs write it: plain text columns, not those of a dictionary.
            plain = table.cast(pa.schema([(one.name, _plain(one.type)) for one in table.schema]))
            pq.write_table(plain, path, row_group_size=100_000)


def _plain(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _tables(
    ids: pa.Array, like: np.ndarray, first: int, model: Home, choose: np.random.Generator
) -> dict[str, pa.Table]:
    return {
        "patients": _patients(ids, like, first, model, choose),
        "medications": _medications(ids, like, first, model, choose),
        "conditions": _problems(ids, like, model, choose),
        "allergies": _allergies(ids, like, model),
        "labs": _labs(ids, like, model, choose),
    }


def _picked(at: np.ndarray, values: list[str]) -> pa.DictionaryArray:
    return pa.DictionaryArray.from_arrays(pa.array(at.astype(np.int32)), pa.array(values))


def _column(values: pd.Series, at: np.ndarray) -> pa.DictionaryArray:
    code, distinct = pd.factorize(values)
    return _picked(code[at], list(distinct))


def _age_of(days: pd.Series) -> np.ndarray:
    """Days before today; NaN where there is none."""
    return (pd.Timestamp(TODAY) - pd.to_datetime(days.replace("", None))).dt.days.to_numpy(np.float64)


def _days_before(days: np.ndarray) -> pa.Array:
    unknown = np.isnan(days)
    day = (np.datetime64(TODAY) - np.where(unknown, 0, days).round().astype(int)).astype("datetime64[D]")
    return pa.array(day, mask=unknown)


def _number(texts: pd.Series) -> np.ndarray:
    return pd.to_numeric(texts, errors="coerce").to_numpy(np.float64)


def _rows_of(table: pd.DataFrame, like: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows of the table, which is in the order of the residents, that each is made of; and whose each is."""
    resident = table["resident"].to_numpy()
    low, high = np.searchsorted(resident, like, "left"), np.searchsorted(resident, like, "right")
    count = high - low
    return np.repeat(low - np.cumsum(count) + count, count) + np.arange(count.sum()), np.repeat(
        np.arange(len(like)), count
    )


def _patients(ids: pa.Array, like: np.ndarray, first: int, model: Home, choose: np.random.Generator) -> pa.Table:
    count, of = len(ids), model.patients
    at = (first + np.arange(count)) // _RESIDENTS_OF_A_HOME
    names = [f"{last}, {one}" for last in _LAST for one in _FIRST]
    weight = _number(of["Weight kg"])[like] * choose.normal(1, 0.05, count)
    told = {
        "sex": "Sex", "hepatic_impairment": "Hepatic Impairment", "smoker": "Smoker", "hospice": "Hospice",
        "dialysis": "Dialysis", "alcohol_use": "Alcohol Use", "grapefruit": "Grapefruit",
    }  # fmt: skip
    return pa.table(
        {
            "patient_id": ids,
            "name": _picked(choose.integers(len(names), size=count), names),
            "facility": _picked(at - at[0], [f"Home {number:06d}" for number in range(at[0], at[-1] + 1)]),
            "unit": _column(of["Unit"], like),
            "birth_date": _days_before(_age_of(of["Birth Date"])[like] + choose.normal(0, 500, count)),
            "weight_kg": pa.array(weight.clip(35, 160).round(1), from_pandas=True),
            "height_cm": pa.array(_number(of["Height cm"])[like], from_pandas=True),
            "admission_date": _days_before(_age_of(of["Admission Date"])[like] * choose.uniform(0.8, 1.2, count)),
            **{name: _column(of[column], like) for name, column in told.items()},
        }
    )


def _medications(ids: pa.Array, like: np.ndarray, first: int, model: Home, choose: np.random.Generator) -> pa.Table:
    own, whose_own = _rows_of(model.orders, like)
    stays = choose.random(len(own)) >= _LEFT_OUT
    whose_more = np.repeat(np.arange(len(like)), choose.poisson(_MORE, len(like)))
    more = choose.integers(len(model.orders), size=len(whose_more))
    order, whose = np.concatenate([own[stays], more]), np.concatenate([whose_own[stays], whose_more])
    text = model.orders["first"].to_numpy()[order] + choose.integers(model.orders["texts"].to_numpy()[order])
    chance = (np.arange(len(order)) >= stays.sum()) & (choose.random(len(order)) < _BY_CHANCE)
    text[chance] = model.by_chance + choose.choice(len(model.chances), int(chance.sum()), p=model.chances)
    # What a resident already takes is not ordered once more, but that the model does so.
    medicine = model.texts["medicine"].to_numpy()[text]
    taken = pd.MultiIndex.from_arrays([whose, medicine]).duplicated()
    kept = ~(taken & (np.arange(len(order)) >= stays.sum()))
    row = np.flatnonzero(kept)[np.argsort(whose[kept], kind="stable")]
    order, whose, text, count = order[row], whose[row], text[row], len(row)
    older = choose.uniform(0.8, 1.2, count)
    return pa.table(
        {
            "patient_id": ids.take(pa.array(whose)),
            "order_id": pa.array([f"RX{first}-{number}" for number in range(count)]),
            **{name: _column(model.texts[name], text) for name in ("drug", *_GIVEN)},
            "start_date": _days_before(_age_of(model.orders["start"])[order] * older),
            "stop_date": _days_before(_age_of(model.orders["stop"])[order] * older),
            "prescriber": _picked(
                choose.integers(2000, size=count), [f"Prescriber {number}" for number in range(2000)]
            ),
        }
    )


def _problems(ids: pa.Array, like: np.ndarray, model: Home, choose: np.random.Generator) -> pa.Table:
    row, whose = _rows_of(model.conditions, like)
    stays = choose.random(len(row)) >= _LEFT_OUT
    row, whose = row[stays], whose[stays]
    every = pd.concat(
        [model.conditions.rename(columns={"Code": "code", "Description": "description"}), model.rare], ignore_index=True
    )
    rare = choose.random(len(row)) < _RARE
    row[rare] = len(model.conditions) + choose.integers(len(model.rare), size=int(rare.sum()))
    columns = {name: _column(every[name], row) for name in ("code", "description")}
    return pa.table({"patient_id": ids.take(pa.array(whose)), **columns})


def _allergies(ids: pa.Array, like: np.ndarray, model: Home) -> pa.Table:
    row, whose = _rows_of(model.allergies, like)
    columns = {name.lower(): _column(model.allergies[name], row) for name in ("Substance", "Reaction")}
    return pa.table({"patient_id": ids.take(pa.array(whose)), **columns})


def _labs(ids: pa.Array, like: np.ndarray, model: Home, choose: np.random.Generator) -> pa.Table:
    """The results, each a little changed, in as many decimals."""
    row, whose = _rows_of(model.labs, like)
    numbers = _number(model.labs["Value"])
    decimals = model.labs["Value"].str.partition(".")[2].str.len().to_numpy()
    value = numbers[row] * choose.normal(1, 0.05, len(row))
    code, distinct = pd.factorize(decimals[row] + 10 * value.round(3))
    at = np.unique(code, return_index=True)[1]
    texts = [f"{value[one]:.{decimals[row[one]]}f}" for one in at]
    spoken = np.where(np.isnan(numbers), model.labs["Value"], "")[row]
    return pa.table(
        {
            "patient_id": ids.take(pa.array(whose)),
            "test": _column(model.labs["Test"], row),
            "value": pa.array(np.where(spoken == "", np.array(texts, dtype=object)[code], spoken), type=pa.string()),
            "unit": _column(model.labs["Unit"], row),
            "date": _days_before(_age_of(model.labs["Date"])[row] * choose.uniform(0.8, 1.2, len(row))),
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
