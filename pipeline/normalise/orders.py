"""Medication rows as understood: which ingredients, by which route, how much a day, on which days."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

import numpy as np
import pandas as pd

from pipeline.choices import IN_ERROR, PLANNED, STOPPED
from pipeline.normalise.codes import Codes
from pipeline.normalise.directions import Directions
from pipeline.normalise.distinct import distinct_rows
from pipeline.normalise.doses import parts_of, told, with_daily_dose, with_directions
from pipeline.normalise.drug_text import DrugText, Lexicon
from pipeline.normalise.identify import UNRECOGNISED, Identified, identify
from pipeline.normalise.readers import readers
from pipeline.normalise.unsafe import UnsafeWriting
from pipeline.rulebook.rules import Rulebook


@dataclass(frozen=True)
class Orders:
    """`medications`: every accepted order, indexed from 0, with the accepted columns and `row`, `ingredients` (`;`),
    `route`, `group`, `written_dose`, `written_dose_unit`, `written_frequency` and `written_route` (as the columns have
    them), `daily_dose` (number, or numbers joined by `;` for a combination; empty when not computable),
    `daily_dose_unit`, `not_computable` (why there is no daily dose), `current`, `match`; `prn_reason`, `duration_days`
    (how long the directions say that the order runs) and `note` (of a taper its steps; a stop date that the directions
    tell; directions that contradict the columns).

    `parts`: one row for each ingredient of each order that is taken on known days: `order` (position in
    `medications`), `ingredient`, `group`, `daily_dose`, `dose` (the largest single one; both NaN when not
    computable), `dose_unit`, `start_date`, `stop_date`.
    The steps of a taper are rows of their own, each with its days; `shown` is the one that the order is listed with.

    `unrecognised`: the columns of the contract's file.
    """

    medications: pd.DataFrame
    parts: pd.DataFrame
    unrecognised: pd.DataFrame

    @cached_property
    def taken_now(self) -> pd.DataFrame:
        """`order` and `ingredient` of the parts that are taken on the day of the review."""
        now = self.medications["current"].to_numpy(bool)[self.parts["order"].to_numpy()]
        return self.parts.loc[now, ["order", "ingredient"]]


def understand(
    accepted: pd.DataFrame,
    rulebook: Rulebook,
    as_of: date,
    codes: pd.DataFrame | None = None,
    date_order: str = "",
    names: Mapping[str, str] | None = None,
) -> Orders:
    """What each accepted medication row means. Each distinct text is read once.

    Args:
        accepted: the accepted medications, indexed by source row.
        rulebook: of whose reference the names, the words of orders and the usual routes are used.
        as_of: the day on which an order counts as current or not.
        codes: the user's own codes of medicines: `system`, `code`, `name`.
        names: the user's own: a drug text as `spelled` → the right name.
        date_order: how the columns of dates are written, `mdy` or `dmy`, for a last day that directions name.
    """
    reference = rulebook.reference
    words = readers(reference)
    lexicon, directions = words.lexicon, words.directions
    own_codes = words.codes if codes is None else Codes(reference.tables, lexicon, codes)
    orders = accepted.rename_axis("row").reset_index()
    said = told(orders, directions)
    orders = with_directions(orders, said, as_of, date_order)
    identified = identify(orders, lexicon, own_codes, words.unsafe, names or {})
    drug_code, drugs = identified.position, identified.drugs
    orders["code_says"] = _taken(identified.contradictions, drug_code)
    orders["note"] = _noted(orders, identified, words.unsafe)
    orders["match"] = _taken([drug.match for drug in drugs], drug_code)
    orders["ingredients"] = _taken([";".join(drug.ingredients) for drug in drugs], drug_code)
    today = pd.Timestamp(as_of)
    taken = _taken_on_known_days(orders)
    # No start date means begun some time ago, no stop date means ongoing.
    orders["current"] = taken & ~(orders["start_date"] > today) & ~(orders["stop_date"] < today)
    default_routes = dict(zip(reference.tables["drugs"]["ingredient"], reference.tables["drugs"]["route"], strict=True))
    routes = _routes(orders["route"], drug_code, drugs, default_routes, directions)
    orders["route"], orders["group"] = routes["route"], routes["group"]
    parts = parts_of(orders, said, drug_code, drugs, directions, as_of)
    parts["group"] = _groups(parts, orders, reference.tables["absorption"])
    orders = with_daily_dose(orders, parts[parts["shown"]])
    parts = parts[taken.to_numpy(bool)[parts["order"].to_numpy()]].reset_index(drop=True)
    return Orders(orders, parts, _unrecognised(orders, lexicon))


def _taken_on_known_days(orders: pd.DataFrame) -> pd.Series:
    """Whether an order is taken between its dates, as far as its status says.

    The dates decide, and the status only where one is missing: an order that has stopped, nobody knows when, and one
    that is planned, nobody knows for when, are taken on no known day. What was entered in error was never an order. An
    order on hold counts as if it were given, because it is resumed without a new review.
    """
    status = orders["status"]
    undated = (status == STOPPED) & orders["stop_date"].isna() | (status == PLANNED) & orders["start_date"].isna()
    return ~undated & (status != IN_ERROR)


def _taken(values: list[str], codes: np.ndarray) -> pd.Series:
    return pd.Series(pd.array(values, dtype="str").take(codes))


def _noted(orders: pd.DataFrame, identified: Identified, unsafe: UnsafeWriting) -> pd.Series:
    """The notes on the drug text and on how the directions are written, before those on what the directions say."""
    code, texts = pd.factorize(orders["directions"])
    notes = orders["note"]
    written = ["; ".join(unsafe.of(text)) for text in texts]
    for more in (_taken(written, code), _taken(identified.notes, identified.position)):
        # "4 mg MSO4, 1 tab QD" is often both the medicine and its directions.
        new = (more != "") & (more != notes)
        notes = notes.where(~new, (more + "; " + notes).str.removesuffix("; ")) if new.any() else notes
    return notes


def _routes(
    written: pd.Series, drug_code: np.ndarray, drugs: list[DrugText], default: dict[str, str], directions: Directions
) -> pd.DataFrame:
    """The route of each order: its own column, else what the drug text says, else how the medicine is usually given."""
    route_code, texts = pd.factorize(written)
    columns = [directions.route(text) if text else ("", "") for text in texts]
    read = cache(directions.route)
    key = route_code.astype(np.int64) * max(len(drugs), 1) + drug_code
    position, distinct = pd.factorize(key)
    found = []
    for value in distinct:
        from_column, drug = columns[value // max(len(drugs), 1)], drugs[value % max(len(drugs), 1)]
        usual = default.get(drug.ingredients[0], "") if drug.ingredients else ""
        said = [from_column, read(drug.route), read(usual), ("", "systemic")]
        # A patch is often charted as topical; what it says of itself is the more exact.
        if said[1][0] == "transdermal" and from_column[1] == "local":
            said = said[1:]
        found.append(next(pair for pair in said if pair[1]))
    table = pd.DataFrame(found, columns=["route", "group"], dtype="str")
    return table.iloc[position].reset_index(drop=True) if len(table) else table


def _groups(parts: pd.DataFrame, orders: pd.DataFrame, absorption: pd.DataFrame) -> pd.Series:
    """The route group of each ingredient: that of the order's route, unless the reference knows better."""
    order = parts["order"].to_numpy()
    given = pd.DataFrame({"ingredient": parts["ingredient"]})
    for column in ("route", "group"):
        given[column] = orders[column].array.take(order)
    place, distinct = distinct_rows(given, ["ingredient", "route", "group"])
    known = absorption.set_index(["ingredient", "route"])["group"]
    own = known.reindex(pd.MultiIndex.from_frame(distinct[["ingredient", "route"]])).to_numpy()
    return pd.Series(pd.Series(own).fillna(distinct["group"]).astype("str").array.take(place))


def _unrecognised(orders: pd.DataFrame, lexicon: Lexicon) -> pd.DataFrame:
    unknown = orders.loc[orders["match"] == UNRECOGNISED, ["drug", "row", "patient_id"]]
    counted = (
        unknown.groupby("drug", sort=True).agg(rows=("row", "size"), patients=("patient_id", "nunique")).reset_index()
    )
    counted["suggestions"] = pd.Series([";".join(lexicon.suggest(text)) for text in counted["drug"]], dtype="str")
    return counted
