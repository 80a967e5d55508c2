"""Quality measures of the population, by home and unit: who counts, who is left out, who cannot be told, and how sure.

Orders are not dispensed prescriptions: measures of days are proxies over the days ordered, as their notes say.
"""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from pipeline.joining import distinct
from pipeline.judge.overlap import covered_days, days_together
from pipeline.normalise.distinct import positions_in
from pipeline.normalise.facts import Normalised
from pipeline.rulebook.rows import entry
from pipeline.rulebook.rules import Entry
from pipeline.rulebook.terms import entries
from pipeline.screen import Screening
from pipeline.tables import MEASURES_OUT, SEVERITIES

_FIGURES = ("numerator", "denominator", "excluded", "not_assessable")
WINDOW = 365  # days up to the review over which days ordered are counted


@dataclass(frozen=True)
class People:
    """Those with a current order, and what measures ask of them. All frames and arrays have one entry a person.

    `table`: `patient_id`, `facility`, `unit`, `age` (nullable), `admission_date`; `codes`: patients of the facts.
    `findings`: the contract's columns. `normalised`: the facts and the orders as understood. `absent`: table → columns
    that the input lacks.
    """

    table: pd.DataFrame
    codes: np.ndarray
    screening: Screening
    findings: pd.DataFrame
    normalised: Normalised
    absent: dict[str, frozenset[str]]

    def entries(self, text: str) -> tuple[Entry, ...]:
        """A list of terms."""
        concepts = self.screening.rulebook.concepts
        return tuple(entry(terms, concepts) for terms in entries(text))

    def hold(self, text: str) -> np.ndarray:
        """For each person whether any of these terms holds today."""
        answer = np.zeros(len(self.codes), dtype=bool)
        for one in self.entries(text):
            answer |= self.screening.situation.holds(one.codes)[self.codes]
        return answer

    def counted(self, of: pd.Series) -> np.ndarray:
        """For each person how many of the findings are theirs, of those that are chosen."""
        count = len(self.normalised.facts.ids)
        return np.bincount(self._of_findings[of.to_numpy(bool)], minlength=count)[self.codes]

    @cached_property
    def _of_findings(self) -> np.ndarray:
        """Of each finding the patient (code)."""
        return positions_in(self.normalised.facts.ids, self.findings["patient_id"])

    @cached_property
    def ingredients(self) -> np.ndarray:
        """For each person how many ingredients they take."""
        taken = self.normalised.orders.taken_now
        ingredient, names = pd.factorize(taken["ingredient"])
        whose = self.normalised.whose[taken["order"].to_numpy()].astype(np.int64)
        each = distinct(whose * (len(names) or 1) + ingredient)
        return np.bincount(each // (len(names) or 1), minlength=len(self.normalised.facts.ids))[self.codes]


def measures(definitions: pd.DataFrame, people: People) -> pd.DataFrame:
    """Every measure of the reference, for everyone together, for each home and for each of its units.

    Args:
        definitions: the reference's table of measures; reference/README.md says what its columns mean.
        people: those with a current order.

    Returns:
        The columns of the contract's measures.csv; `rate` and its bounds are missing where nobody counts.
    """
    groups = _Groups.of(people.table)
    rows = definitions.to_dict("records")
    counted = [_one(row, people) for row in rows]
    number = np.repeat(np.arange(len(rows)), len(groups.names))
    place = np.tile(np.arange(len(groups.names)), len(rows))
    table = {name: pd.array([row[name] for row in rows], dtype="str").take(number) for name in ("measure", "title")} | {
        name: groups.names[name].array.take(place) for name in ("facility", "unit")
    }
    for name in _FIGURES:
        table[name] = np.concatenate([groups.counts(one[name]) for one in counted])
    return with_rates(pd.DataFrame(table))[list(MEASURES_OUT)]


def _one(row: dict, people: People) -> dict[str, np.ndarray]:
    """Who counts for a measure, and as what."""
    counts, everyone = row["counts"], np.zeros(len(people.codes), dtype=bool)
    met, unknown = _COUNTED[counts](row, people)
    among, among_unknown = _among(row, people)
    if row["min_age"]:
        age = people.table["age"].astype("Float64").to_numpy(np.float64, na_value=np.nan)
        among, among_unknown = among & ~(age < float(row["min_age"])), among_unknown | np.isnan(age)
    if row["min_stay"]:
        stay = _stay(people)
        among, among_unknown = among & ~(stay < float(row["min_stay"])), among_unknown | np.isnan(stay)
    excluded = people.hold(row["excludes"]) if row["excludes"] else everyone
    # What is already reached stays reached whatever is missing; who is out for certain needs nothing more.
    unknown = (unknown & ~met) | among_unknown | _lacks(row["needs"], people)
    return {
        "excluded": among & excluded,
        "not_assessable": among & ~excluded & unknown,
        "denominator": among & ~excluded & ~unknown,
        "numerator": among & ~excluded & ~unknown & met,
    }


def _among(row: dict, people: People) -> tuple[np.ndarray, np.ndarray]:
    """Who can count at all, and of whom that is not known."""
    if not row["among"]:
        return np.ones(len(people.codes), dtype=bool), np.zeros(len(people.codes), dtype=bool)
    if not row["among_days"]:
        holds = people.hold(row["among"])
        return holds, np.zeros(len(people.codes), dtype=bool)
    codes = people.entries(row["among"])[0].codes
    days, undated = covered_days(people.screening.situation, codes, WINDOW)
    enough = (days >= float(row["among_days"]))[people.codes]
    open_ = undated[people.codes] & ~enough
    return enough | open_, open_


def _stay(people: People) -> np.ndarray:
    """Days since admission, the day of the review counted; NaN when not known."""
    admitted = people.table["admission_date"].to_numpy("datetime64[D]")
    days = people.screening.situation.today - admitted.astype(np.int64) + 1.0
    return np.where(np.isnat(admitted), np.nan, days)


def _lacks(needs: str, people: People) -> np.ndarray:
    """Who lacks what the measure needs: a table of the input, or any of some numbers (`egfr|crcl`) of the last year."""
    if not needs:
        return np.zeros(len(people.codes), dtype=bool)
    if needs in people.absent:
        return np.full(len(people.codes), "patient_id" in people.absent[needs])
    situation = people.screening.situation
    return ~np.logical_or.reduce([situation.known(number)[people.codes] for number in needs.split("|")])


def _nobody(met: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return met, np.zeros(len(met), dtype=bool)


def _ingredients(row: dict, people: People) -> tuple[np.ndarray, np.ndarray]:
    return _nobody(people.ingredients >= int(row["at_least"]))


def _findings(row: dict, people: People) -> tuple[np.ndarray, np.ndarray]:
    worse = SEVERITIES[: SEVERITIES.index(row["of"]) + 1]
    return _nobody(people.counted(people.findings["severity"].isin(worse)) >= int(row["at_least"]))


def _column(column: str, row: dict, people: People) -> tuple[np.ndarray, np.ndarray]:
    mine = people.findings[column].isin(row["of"].split(";"))
    return _nobody(people.counted(mine) >= int(row["at_least"]))


def _number(row: dict, people: People) -> tuple[np.ndarray, np.ndarray]:
    """Findings of rules that ask for one of these numbers, as a dose for a kidney function does."""
    asked = set(row["of"].split(";"))
    book = people.screening.rulebook
    rules = [rule.rule for rule in book.pairs if asked & set(rule.numbers)]
    contexts = [(rule.rule, rule.context) for kind in (book.pairs, book.totals, book.gaps) for rule in kind]
    rules += [rule for rule, context in contexts if any(asked & set(one.numbers) for one in context.when)]
    mine = people.findings["rule_id"].isin(book.rules.loc[rules, "rule_id"])
    return _nobody(people.counted(mine) >= int(row["at_least"]))


def _taking(row: dict, people: People) -> tuple[np.ndarray, np.ndarray]:
    return _nobody(people.hold(row["of"]))


def _indicated(row: dict, people: People) -> tuple[np.ndarray, np.ndarray]:
    """Whether every order of today says what it is for; not assessable where the input has no such column."""
    situation = people.screening.situation
    at = situation.current_positions(people.entries(row["of"])[0].codes)
    without = (people.normalised.orders.medications["indication"] == "").to_numpy()[situation.facts.order[at]]
    lacking = np.zeros(situation.patients, dtype=bool)
    lacking[situation.facts.patient[at[without]]] = True
    no_column = "indication" in people.absent.get("medications", frozenset())
    return ~lacking[people.codes] & (not no_column), np.full(len(people.codes), no_column)


def _overlap(row: dict, people: People) -> tuple[np.ndarray, np.ndarray]:
    """Whether the medicines were ordered together on so many days: one of each term, or so many of the only one."""
    groups = [one.codes for one in people.entries(row["of"])]
    days, undated = days_together(people.screening.situation, groups, int(row["at_least"]), WINDOW)
    return (days >= float(row["days"]))[people.codes], undated[people.codes]


_COUNTED = {
    "ingredients": _ingredients,
    "findings": _findings,
    "check": lambda row, people: _column("check", row, people),
    "rules": lambda row, people: _column("rule_id", row, people),
    "number": _number,
    "taking": _taking,
    "indicated": _indicated,
    "overlap": _overlap,
}


@dataclass(frozen=True)
class _Groups:
    """Everyone together, each home and each of its units: `names` (`facility`, `unit`, one row a group) and, one entry
    for each person and group that counts them, `person` (position) and `group` (position in `names`)."""

    names: pd.DataFrame
    person: np.ndarray
    group: np.ndarray

    @classmethod
    def of(cls, table: pd.DataFrame) -> "_Groups":
        places = table[["facility", "unit"]].reset_index(drop=True)
        levels = [
            places.assign(facility="", unit=""),
            places[places["facility"] != ""].assign(unit=""),
            places[places["unit"] != ""],
        ]
        whole = pd.concat([one.assign(level=level) for level, one in enumerate(levels)])
        keys = ["level", "facility", "unit"]
        names = whole.drop_duplicates(keys).sort_values(keys)
        group = pd.MultiIndex.from_frame(names[keys]).get_indexer(pd.MultiIndex.from_frame(whole[keys]))
        return cls(names[["facility", "unit"]].reset_index(drop=True), whole.index.to_numpy(), group)

    def counts(self, who: np.ndarray) -> np.ndarray:
        """How many of these people are in each group."""
        return np.bincount(self.group[who[self.person]], minlength=len(self.names))


def summed(parts: list[pd.DataFrame]) -> pd.DataFrame:
    """The measures of parts of one input, each resident in one of them, as those of the whole."""
    table = pd.concat(parts, ignore_index=True)
    measure, _ = pd.factorize(table["measure"])
    (facility, facilities), (unit, units) = (pd.factorize(table[name], sort=True) for name in ("facility", "unit"))
    level = np.where(table["unit"] != "", 2, np.where(table["facility"] != "", 1, 0))
    key = ((measure * np.int64(3) + level) * len(facilities) + facility) * len(units) + unit
    keys, first, group = np.unique(key, return_index=True, return_inverse=True)
    whole = table[["measure", "title", "facility", "unit"]].iloc[first].reset_index(drop=True)
    counts = {name: np.bincount(group, table[name], len(keys)).astype(np.int64) for name in _FIGURES}
    return with_rates(whole.assign(**counts))[list(MEASURES_OUT)]


def with_rates(counts: pd.DataFrame) -> pd.DataFrame:
    """Counts with their `rate` and its bounds, missing where nobody counts."""
    rates = counts.copy()
    numerator, denominator = rates["numerator"].to_numpy(), rates["denominator"].to_numpy()
    rate = np.full(len(rates), np.nan)
    np.divide(numerator, denominator, out=rate, where=denominator > 0)
    rates["rate"] = rate.round(4)
    most = int(denominator.max(initial=0)) + 1
    pairs, place = np.unique(numerator * np.int64(most) + denominator, return_inverse=True)
    bounds = np.array([wilson(*divmod(pair, most)) for pair in pairs.tolist()]).reshape(-1, 2)[place]
    rates["ci_low"], rates["ci_high"] = bounds.T.round(4)
    return rates


def wilson(numerator: int, denominator: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a proportion (Wilson EB, J Am Stat Assoc 1927;22:209-12); NaN of nobody."""
    if not denominator:
        return math.nan, math.nan
    z = 1.959963984540054
    share = numerator / denominator
    middle = share + z**2 / (2 * denominator)
    half = z * math.sqrt(share * (1 - share) / denominator + z**2 / (4 * denominator**2))
    scale = 1 + z**2 / denominator
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)
