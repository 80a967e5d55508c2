"""Medication rows as understood: which ingredients, by which route, how much a day, on which days."""

from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from pipeline.normalise.combined import daily_doses
from pipeline.normalise.directions import Directions
from pipeline.normalise.drug_text import DrugText, Lexicon
from pipeline.normalise.frequency import Frequency
from pipeline.normalise.readers import readers
from pipeline.rulebook.rules import Rulebook

UNRECOGNISED = "unrecognised"


@dataclass(frozen=True)
class Orders:
    """`medications`: every accepted order, indexed from 0, with the accepted columns and `row`, `ingredients` (`;`),
    `route`, `written_route` (as the source has it), `group`, `daily_dose` (number, or numbers joined by `;` for a
    combination; empty when not computable), `daily_dose_unit`, `not_computable` (why there is no daily dose),
    `current`, `match`.

    `parts`: one row for each ingredient of each order: `order` (position in `medications`), `ingredient`, `group`,
    `daily_dose`, `dose` (the largest single one; both NaN when not computable), `dose_unit`.

    `unrecognised`: the columns of the contract's file.
    """

    medications: pd.DataFrame
    parts: pd.DataFrame
    unrecognised: pd.DataFrame


def understand(accepted: pd.DataFrame, rulebook: Rulebook, as_of: date) -> Orders:
    """What each accepted medication row means. Each distinct text is read once.

    Args:
        accepted: the accepted medications, indexed by source row.
        rulebook: of whose reference the names, the words of orders and the usual routes are used.
        as_of: the day on which an order counts as current or not.
    """
    reference = rulebook.reference
    lexicon, directions = readers(reference).lexicon, readers(reference).directions
    orders = accepted.rename_axis("row").reset_index()
    orders = _from_directions(orders, directions)
    drug_code, drug_texts = pd.factorize(orders["drug"])
    drugs = [lexicon.read(text) for text in drug_texts]
    frequency_code, frequency_texts = pd.factorize(orders["frequency"])
    frequencies = [directions.frequency(text) for text in frequency_texts]
    orders["match"] = _taken([drug.match for drug in drugs], drug_code)
    orders["ingredients"] = _taken([";".join(drug.ingredients) for drug in drugs], drug_code)
    as_needed = np.array([frequency.prn for frequency in frequencies], dtype=bool)
    orders["prn"] = orders["prn"].fillna(False).astype(bool) | (as_needed[frequency_code] if len(orders) else False)
    today = pd.Timestamp(as_of)
    # No start date means begun some time ago, no stop date means ongoing.
    orders["current"] = ~(orders["start_date"] > today) & ~(orders["stop_date"] < today)
    orders["written_route"] = orders["route"]
    default_routes = dict(zip(reference.tables["drugs"]["ingredient"], reference.tables["drugs"]["route"], strict=True))
    routes = _routes(orders["route"], drug_code, drugs, default_routes, directions)
    orders["route"], orders["group"] = routes["route"], routes["group"]
    parts = _parts(orders, drug_code, drugs, frequency_code, frequencies, directions)
    parts["group"] = _groups(parts, orders, reference.tables["absorption"])
    orders = _with_daily_dose(orders, parts)
    return Orders(orders, parts, _unrecognised(orders, lexicon))


def taken_now(orders: Orders) -> pd.DataFrame:
    """`patient_id` and `ingredient` of every ingredient that somebody takes on the day of the review, each once."""
    order = orders.parts["order"].to_numpy()
    taken = pd.DataFrame(
        {"patient_id": orders.medications["patient_id"].to_numpy()[order], "ingredient": orders.parts["ingredient"]}
    )
    return taken[orders.medications["current"].to_numpy(bool)[order]].drop_duplicates(ignore_index=True)


def _taken(values: list[str], codes: np.ndarray) -> pd.Series:
    return pd.Series(np.asarray(values, dtype=object)[codes] if len(values) else [], dtype="str")


def _from_directions(orders: pd.DataFrame, directions: Directions) -> pd.DataFrame:
    """Dose, frequency and route read out of the free text of an order whose own columns are empty."""
    bare = (orders["frequency"] == "") & (orders["dose"] == "") & (orders["directions"] != "")
    if not bare.any():
        return orders
    texts = orders.loc[bare, "directions"]
    read = {text: directions.sig(text) for text in texts.unique()}
    orders = orders.copy()
    for column in ("dose", "dose_unit", "frequency", "route"):
        said = texts.map({text: getattr(sig, column) for text, sig in read.items()})
        empty = orders.loc[bare, column] == ""
        orders.loc[bare, column] = orders.loc[bare, column].where(~empty, said)
    as_needed = texts.map({text: sig.prn for text, sig in read.items()}).astype(bool)
    orders.loc[bare, "prn"] = orders.loc[bare, "prn"].fillna(False).astype(bool) | as_needed
    return orders


def _routes(
    written: pd.Series, drug_code: np.ndarray, drugs: list[DrugText], default: dict[str, str], directions: Directions
) -> pd.DataFrame:
    """The route of each order: its own column, else what the drug text says, else how the medicine is usually given."""
    route_code, texts = pd.factorize(written)
    columns = [directions.route(text) if text else ("", "") for text in texts]
    key = route_code.astype(np.int64) * max(len(drugs), 1) + drug_code
    distinct, position = np.unique(key, return_inverse=True)
    found = []
    for value in distinct:
        from_column, drug = columns[value // max(len(drugs), 1)], drugs[value % max(len(drugs), 1)]
        usual = default.get(drug.ingredients[0], "") if drug.ingredients else ""
        said = [from_column, directions.route(drug.route), directions.route(usual), ("", "systemic")]
        # A patch is often charted as topical; what it says of itself is the more exact.
        if said[1][0] == "transdermal" and from_column[1] == "local":
            said = said[1:]
        found.append(next(pair for pair in said if pair[1]))
    table = pd.DataFrame(found, columns=["route", "group"], dtype="str")
    return table.iloc[position].reset_index(drop=True) if len(table) else table


def _parts(
    orders: pd.DataFrame,
    drug_code: np.ndarray,
    drugs: list[DrugText],
    frequency_code: np.ndarray,
    frequencies: list[Frequency],
    directions: Directions,
) -> pd.DataFrame:
    """One row an ingredient, each distinct combination of drug, dose, unit and frequency computed once."""
    codes = pd.DataFrame({"drug": drug_code, "frequency": frequency_code})
    for column in ("dose", "dose_unit"):
        codes[column] = orders[column]
    position, distinct = codes.groupby(list(codes), sort=False).ngroup().to_numpy(), codes.drop_duplicates()
    rows: list[tuple] = []
    first = np.zeros(len(distinct) + 1, dtype=np.int64)
    for at, (drug_at, frequency_at, dose, unit) in enumerate(distinct.itertuples(index=False, name=None)):
        drug = drugs[drug_at]
        doses = daily_doses(directions, dose, unit, frequencies[frequency_at], drug.strengths)
        for ingredient, daily in zip(drug.ingredients, doses, strict=True):
            rows.append((ingredient, daily.value, daily.dose, daily.unit, daily.reason))
        first[at + 1] = len(rows)
    table = pd.DataFrame(rows, columns=["ingredient", "daily_dose", "dose", "dose_unit", "reason"])
    table = table.astype({"daily_dose": "float64", "dose": "float64"})
    count = np.diff(first)[position] if len(orders) else np.array([], dtype=np.int64)
    order = np.repeat(np.arange(len(orders)), count)
    within = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    parts = table.iloc[first[position][order] + within].reset_index(drop=True)
    return parts.assign(order=order)


def _groups(parts: pd.DataFrame, orders: pd.DataFrame, absorption: pd.DataFrame) -> pd.Series:
    """The route group of each ingredient: that of the order's route, unless the reference knows better."""
    order = parts["order"].to_numpy()
    usual = pd.Series(orders["group"].to_numpy()[order])
    known = absorption.set_index(["ingredient", "route"])["group"]
    own = pd.MultiIndex.from_arrays([parts["ingredient"], orders["route"].to_numpy()[order]])
    return pd.Series(known.reindex(own).to_numpy()).fillna(usual).astype("str")


def _with_daily_dose(orders: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """The daily dose of each order as text: one number for each ingredient where all are known."""
    text = pd.Series(["" if np.isnan(dose) else f"{dose:.10g}" for dose in parts["daily_dose"]], dtype="str")
    by_order = pd.DataFrame(
        {"order": parts["order"], "text": text, "unit": parts["dose_unit"], "reason": parts["reason"]}
    )
    single = ~parts["order"].duplicated(keep=False)
    one = by_order[single].set_index("order")
    several = by_order[~single].groupby("order")
    joined = several["text"].agg(lambda values: ";".join(values) if all(values) else "")
    daily = pd.concat([one["text"], joined]) if len(by_order) else pd.Series(dtype="str")
    unit = pd.concat([one["unit"], several["unit"].agg(lambda units: ";".join(dict.fromkeys(units)))])
    reason = by_order[by_order["reason"] != ""].drop_duplicates("order").set_index("order")["reason"]
    orders = orders.assign(
        daily_dose=daily.astype("str").reindex(orders.index, fill_value=""),
        daily_dose_unit=unit.astype("str").reindex(orders.index, fill_value=""),
        not_computable=reason.astype("str").reindex(orders.index, fill_value=""),
    )
    orders.loc[orders["daily_dose"] == "", "daily_dose_unit"] = ""
    return orders


def _unrecognised(orders: pd.DataFrame, lexicon: Lexicon) -> pd.DataFrame:
    unknown = orders[orders["match"] == UNRECOGNISED]
    counted = (
        unknown.groupby("drug", sort=True).agg(rows=("row", "size"), patients=("patient_id", "nunique")).reset_index()
    )
    counted["suggestions"] = pd.Series([";".join(lexicon.suggest(text)) for text in counted["drug"]], dtype="str")
    return counted
