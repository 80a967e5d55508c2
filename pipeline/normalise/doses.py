"""The daily doses of orders: what their directions mean, on which days each step of a taper is taken."""

from dataclasses import dataclass
from datetime import date
from functools import lru_cache

import numpy as np
import pandas as pd

from pipeline.normalise.combined import of_regimen
from pipeline.normalise.directions import Directions
from pipeline.normalise.distinct import distinct_rows, each_row
from pipeline.normalise.drug_text import DrugText
from pipeline.normalise.regimen import Regimen, Regimens
from pipeline.normalise.step_days import laid_out
from pipeline.normalise.until import last_days

_READ = ["dose", "dose_unit", "frequency", "directions", "drug", "route"]
_COLUMNS = ["ingredient", "daily_dose", "dose", "dose_unit", "reason", "step", "days", "steps"]


# So many orders as they are written are kept in mind, for the next part of the input.
_REMEMBERED = 50_000


@dataclass(frozen=True)
class Told:
    """What orders say of how they are taken: `regimens`, each distinct one once, the columns `written` that it was read
    from, and which of them is each order's."""

    regimens: list[Regimen]
    written: pd.DataFrame
    code: np.ndarray

    def each(self, name: str, dtype: str = "str") -> pd.Series:
        """One attribute of the regimens, for each order."""
        values = pd.array([getattr(regimen, name) for regimen in self.regimens], dtype=dtype)
        return pd.Series(values.take(self.code))

    def completed(self, column: str) -> pd.Series:
        """A column of each order; where it is empty, what the regimen says."""
        each = zip(self.written[column].tolist(), self.regimens, strict=True)
        return pd.Series(pd.array([own or getattr(said, column) for own, said in each], dtype="str").take(self.code))


def told(orders: pd.DataFrame, directions: Directions) -> Told:
    """What each order says, by its columns and its free directions. Each distinct text is read once."""
    code, distinct = distinct_rows(orders, _READ)
    return Told([_regimen(directions, *row) for row in each_row(distinct)], distinct, code)


@lru_cache(maxsize=4)
def _regimens(directions: Directions) -> Regimens:
    """One reader for all that this process reviews: parts of one input have the same texts."""
    return Regimens(directions)


@lru_cache(maxsize=_REMEMBERED)
def _regimen(directions: Directions, *written: str) -> Regimen:
    """What one order says, as `_READ` names its texts."""
    return _regimens(directions).read(*written)


def with_directions(orders: pd.DataFrame, said: Told, as_of: date, date_order: str) -> pd.DataFrame:
    """Orders with what their free directions say where a column is empty.

    Adds `prn_reason`, `duration_days` (how long the directions say that the whole order runs; 1 for a single dose) and
    `note`. An order without a stop date stops on the last day that its directions name. A length alone ends no order:
    it is still on the list, and what is on the list is screened; the note says when it was to end.
    """
    orders = orders.copy()
    for column in ("dose", "dose_unit", "frequency", "route"):
        orders[f"written_{column}"] = orders[column]
        orders[column] = said.completed(column)
    orders["indication"] = orders["indication"].where(orders["indication"] != "", said.each("indication"))
    orders["prn"] = orders["prn"].fillna(False).astype(bool) | said.each("prn", "bool")
    orders["prn_reason"] = said.each("prn_reason")
    orders["duration_days"] = said.each("days", "Int64")
    orders["note"] = said.each("note")
    length = pd.to_timedelta(orders["duration_days"].astype("Float64") - 1, unit="D")
    planned = (orders["start_date"] + length).astype(orders["stop_date"].dtype)
    until, why_not = _until(said.each("until"), orders["start_date"], as_of, date_order)
    stated = orders["stop_date"].isna() & until.notna()
    orders["stop_date"] = orders["stop_date"].where(~stated, until)
    over = orders["stop_date"].isna() & (planned < pd.Timestamp(as_of))
    ends, was_to_end = _dated("ends", until, stated), _dated("was to end", planned, over)
    for more in (ends, was_to_end, why_not.where(orders["stop_date"].isna(), "")):
        if (more != "").any():
            both = orders["note"] + "; " + more
            orders["note"] = orders["note"].where(more == "", both.str.removeprefix("; ")).astype("str")
    return orders


def _dated(what: str, days: pd.Series, mine: pd.Series) -> pd.Series:
    """What is to be said of some of the days; empty for the others."""
    said = pd.Series("", index=days.index, dtype="str")
    if mine.any():
        said[mine] = what + " " + days[mine].dt.strftime("%Y-%m-%d") + " by its directions"
    return said


def _until(written: pd.Series, start: pd.Series, as_of: date, date_order: str) -> tuple[pd.Series, pd.Series]:
    """The last days that directions name, and of those that are not used, why."""
    if (written == "").all():
        return pd.Series(pd.NaT, index=start.index).astype(start.dtype), written
    known = last_days([text for text in written.unique() if text], date_order, as_of)
    bad = {text: f'"until {text}" is no stop date: {why}' for text, why in known.items() if isinstance(why, str)}
    days = {text: day for text, day in known.items() if not isinstance(day, str)}
    stop = pd.to_datetime(written.map(days)).astype(start.dtype)
    before = stop < start
    reasons = written.map(bad).astype("str").fillna("")
    reasons = reasons.where(~before, '"until ' + written + '" is no stop date: before the start date')
    return stop.where(~before), reasons


def parts_of(
    orders: pd.DataFrame, said: Told, drug_code: np.ndarray, drugs: list[DrugText], directions: Directions, as_of: date
) -> pd.DataFrame:
    """One row for each ingredient of an order, and of a taper for each of its steps.

    Each distinct combination of drug, directions and strength is computed once. `shown` marks, of the steps of an
    ingredient, the one that is taken on the day of the review, or else the highest.
    """
    written = orders["strength"] if "strength" in orders else pd.Series([""] * len(orders), dtype="str")
    codes = pd.DataFrame({"drug": drug_code, "said": said.code, "strength": written})
    position, distinct = distinct_rows(codes, list(codes))
    rows: list[tuple] = []
    first = np.zeros(len(distinct) + 1, dtype=np.int64)
    for at, (drug_at, said_at, strength) in enumerate(each_row(distinct)):
        rows.extend(_parts(directions, drugs[drug_at], said.regimens[said_at], strength))
        first[at + 1] = len(rows)
    table = pd.DataFrame(rows, columns=_COLUMNS).astype({"daily_dose": "float64", "dose": "float64"})
    count = np.diff(first)[position] if len(orders) else np.array([], dtype=np.int64)
    order = np.repeat(np.arange(len(orders)), count)
    within = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count)
    parts = table.iloc[first[position][order] + within].reset_index(drop=True).assign(order=order)
    for column in ("start_date", "stop_date"):
        parts[column] = orders[column].to_numpy()[order]
    return _on_their_days(parts, pd.Timestamp(as_of)).drop(columns=["step", "days", "steps"])


@lru_cache(maxsize=_REMEMBERED)
def _parts(directions: Directions, drug: DrugText, regimen: Regimen, strength: str) -> list[tuple]:
    """The rows of one order, as `_COLUMNS` names them."""
    strengths = drug.strengths
    if strength and all(one is None for one in strengths):
        strengths = directions.strengths(strength, len(strengths))
    steps = of_regimen(directions, regimen, strengths, drug.route) if drug.ingredients else []
    return [
        (ingredient, doses[number].value, doses[number].dose, doses[number].unit, doses[number].reason, step, days,
         len(steps))
        for number, ingredient in enumerate(drug.ingredients)
        for step, (days, doses) in enumerate(steps)
    ]  # fmt: skip


def _on_their_days(parts: pd.DataFrame, today: pd.Timestamp) -> pd.DataFrame:
    """The parts with the days on which each step is taken; steps that an order's stop date cut off are left out."""
    parts = parts.assign(shown=True)
    several = parts["steps"].to_numpy(dtype=np.int64) > 1
    if not several.any():
        return parts
    laid = laid_out(parts[several].reset_index(drop=True), np.datetime64(today, "D"))
    return pd.concat([parts[~several], laid]).sort_values("order", kind="stable", ignore_index=True)


def with_daily_dose(orders: pd.DataFrame, parts: pd.DataFrame) -> pd.DataFrame:
    """The daily dose of each order as text: one number for each ingredient where all are known."""
    code, doses = distinct_rows(parts, ["daily_dose", "dose_unit", "reason"])
    order = parts["order"].to_numpy()
    alike, first = _alike(order, code, len(orders))
    known = list(each_row(doses))
    begin, end = np.searchsorted(order, first), np.searchsorted(order, first, side="right")
    told = [_told([known[at] for at in code[start:stop]]) for start, stop in zip(begin, end, strict=True)]
    table = pd.DataFrame(told, columns=["daily_dose", "daily_dose_unit", "not_computable"], dtype="str")
    return orders.assign(**{column: table[column].array.take(alike) for column in table})


def _alike(order: np.ndarray, code: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Orders with the same parts in the same order get the same number; and the first order of each number."""
    within = np.arange(len(order)) - np.searchsorted(order, order)
    alike = np.zeros(count, dtype=np.int64)
    for place in range(within.max(initial=-1) + 1):
        here = within == place
        part = np.zeros(count, dtype=np.int64)
        part[order[here]] = code[here] + 1
        alike = pd.factorize(alike * (code.max() + 2) + part)[0]
    return alike, np.flatnonzero(np.diff(np.maximum.accumulate(alike), prepend=-1) > 0)


def _told(doses: list[tuple[float, str, str]]) -> tuple[str, str, str]:
    """The daily doses of one order's ingredients, their units, and why there is none."""
    reason = next((reason for _, _, reason in doses if reason), "")
    if not doses or any(np.isnan(value) for value, _, _ in doses):
        return "", "", reason
    return (
        ";".join(f"{value:.10g}" for value, _, _ in doses),
        ";".join(dict.fromkeys(unit for _, unit, _ in doses)),
        reason,
    )
