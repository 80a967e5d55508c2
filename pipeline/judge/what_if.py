"""What residents would have of findings without one of their medicines, by number: nothing here is text."""

from dataclasses import dataclass
from itertools import chain

import numpy as np
import pandas as pd

from pipeline.judge.problems import FURTHER, POINTS, TOGETHER
from pipeline.normalise.distinct import positions_in
from pipeline.screen import Screening
from pipeline.screen.variants import Reach, Variants
from pipeline.tables import CHECKS_BY_URGENCY, SEVERITIES

# What is settled by a test or a word on the order is no reason to stop a medicine.
SETTLED_OTHERWISE = ("monitoring", "documentation")
_GRADE = {name: at for at, name in enumerate(SEVERITIES)}


@dataclass(frozen=True)
class Known:
    """The findings of the residents and their medicines, by number.

    `table`: `patient` (code), `rule`, `grade`, `points`, `drugs` (position in `drugs`), by patient and in the order of
    the findings. `first`: of each patient the first row, and after the last patient the end. `drugs`, `products`:
    ingredients joined by `;`; `lists`: those of `drugs` as positions. `of_order`: of each order its product. `reach`:
    what the end of each product changes.
    """

    table: pd.DataFrame
    first: np.ndarray
    drugs: list[str]
    lists: list[list[int]]
    products: list[str]
    of_order: np.ndarray
    reach: Reach


def known(screening: Screening, findings: pd.DataFrame, medications: pd.DataFrame) -> Known:
    """The findings (the contract's columns with `points`) and the orders as understood, by number."""
    facts, book = screening.facts, screening.rulebook
    of_order, products = pd.factorize(medications["ingredients"], sort=True)
    drugs, named = pd.factorize(findings["drugs"])
    table = pd.DataFrame(
        {
            "patient": positions_in(facts.ids, findings["patient_id"]),
            "rule": pd.Index(book.rules["rule_id"]).get_indexer(findings["rule_id"].astype("str")),
            "grade": findings["severity"].map(_GRADE).to_numpy(np.int64),
            "points": findings["points"].to_numpy(np.int64),
            "drugs": drugs,
            "finding": np.arange(len(findings)),
        }
    )
    table = table.iloc[np.argsort(table["patient"].to_numpy(), kind="stable")].reset_index(drop=True)
    first = np.searchsorted(table["patient"].to_numpy(), np.arange(len(facts.ids) + 1))
    reach = Reach(book, list(products))
    return Known(table, first, list(named), _positions(list(named), screening), list(products), of_order, reach)


@dataclass(frozen=True)
class Compared:
    """`before`, `after`: the points of each variant. `gone` (`variant`, `finding`) and `added` (`variant`, as
    `findings.graded` gives them): what the variants have less and more than their residents.
    """

    before: np.ndarray
    after: np.ndarray
    gone: pd.DataFrame
    added: pd.DataFrame


def compare(screening: Screening, base: Known, patient: np.ndarray, product: np.ndarray) -> Compared:
    """What each variant has of findings less than its resident, and what more.

    Args:
        screening: of the residents.
        base: their findings.
        patient: of each variant its resident, ascending.
        product: of each variant the medicine that is left out.
    """
    rules = screening.rulebook.rules
    settled_rule = rules["check"].isin(SETTLED_OTHERWISE).to_numpy(bool)
    table = screening.graded(Variants(screening.situation, patient, product, base.of_order, base.reach))
    table = table[(table["held_by"] == "").to_numpy(bool)]
    count = len(patient)
    was, of_was = _rows_of(base, patient)
    old = {name: base.table[name].to_numpy()[was] for name in ("rule", "grade", "drugs", "points")}
    code, names = pd.factorize(pd.concat([pd.Series(base.drugs, dtype="str"), table["drugs"].astype("str")]))
    now = {"variant": table["patient"].to_numpy(np.int64), "rule": table["rule"].to_numpy(np.int64)}
    now |= {"grade": table["grade"].to_numpy(np.int64), "drugs": code[len(base.drugs) :]}
    with_it = _Holding(base.lists, list(names)[len(base.drugs) :], screening)
    old_with = with_it.any(old["drugs"], product[of_was], base.reach)
    changes = old_with | base.reach.rules[product[of_was], old["rule"]]
    looked_at = with_it.any(now["drugs"], product[now["variant"]], base.reach)
    looked_at |= base.reach.rules[product[now["variant"]], now["rule"]]
    table, now = table[looked_at], {name: values[looked_at] for name, values in now.items()}
    stays = {"variant": of_was, **old}
    stays = {name: values[~changes] for name, values in stays.items()}
    after = _points({name: np.concatenate([stays[name], now[name]]) for name in now}, count, screening)
    old["drugs"] = _less(old["drugs"], old_with, product[of_was], list(names), base.products)
    keys = _keys({"variant": of_was, **old}, len(rules), len(names))
    new_keys = _keys(now, len(rules), len(names))
    counts = ~settled_rule[old["rule"]]
    at = np.flatnonzero(changes & counts)
    is_new = ~settled_rule[now["rule"]] & ~_is_among(new_keys, keys[at])
    gone = at[~_is_among(keys[at], new_keys)]
    # Without one part of a combination a finding may be called as another one that stays.
    several = np.array([";" in name for name in names] + [False])[old["drugs"]]
    may = several | (~_of_two(screening)[old["rule"]] & (old["drugs"] >= 0))
    may &= ~base.reach.rules[product[of_was], old["rule"]]
    doubtful = np.zeros(count, dtype=bool)
    doubtful[of_was[gone[may[gone]]]] = True
    gone = gone[~_is_among(keys[gone], keys[~changes & doubtful[of_was]])]
    return Compared(
        np.bincount(of_was[counts], old["points"][counts], count).astype(np.int64),
        after,
        pd.DataFrame({"variant": of_was[gone], "finding": base.table["finding"].to_numpy()[was[gone]]}),
        table[is_new].assign(variant=now["variant"][is_new]),
    )


def can_help(screening: Screening, base: Known, patient: np.ndarray, product: np.ndarray, least: int) -> np.ndarray:
    """Which variants can have so many points less than their residents: with what stays for certain they have at least
    that, and one finding more never makes the points fewer (unless it is one that is settled otherwise).
    """
    rules = screening.rulebook.rules
    settled_rule = rules["check"].isin(SETTLED_OTHERWISE).to_numpy(bool)
    was, of_was = _rows_of(base, patient)
    rule, drugs = base.table["rule"].to_numpy()[was], base.table["drugs"].to_numpy()[was]
    stays = ~base.reach.rules[product[of_was], rule]
    stays[stays] = ~_Holding(base.lists, [], screening).any(drugs[stays], product[of_was[stays]], base.reach)
    grade = base.table["grade"].to_numpy()[was[stays]]
    rows = {"variant": of_was[stays], "rule": rule[stays], "grade": grade}
    kept = _points(rows, len(patient), screening, at_least=True)
    points = np.where(settled_rule[base.table["rule"].to_numpy()], 0, base.table["points"].to_numpy())
    before = np.append(0, np.cumsum(points))[base.first]
    return before[patient + 1] - before[patient] - kept >= least


def _rows_of(base: Known, patient: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The rows of the findings of these patients, and which of the patients each is of."""
    more = base.first[patient + 1] - base.first[patient]
    rows = np.repeat(base.first[patient] - np.cumsum(more) + more, more) + np.arange(more.sum())
    return rows, np.repeat(np.arange(len(patient)), more)


def _positions(names: list[str], screening: Screening) -> list[list[int]]:
    position = screening.rulebook.concepts.position
    return [[position[name] for name in text.split(";") if name] for text in names]


class _Holding:
    """Lists of ingredients, those that are known and some more, to ask which share one with a medicine."""

    def __init__(self, lists: list[list[int]], more: list[str], screening: Screening) -> None:
        parts = [*lists, *_positions(more, screening)]
        self._size = np.array([len(part) for part in parts], dtype=np.int64)
        self._start = np.cumsum(self._size) - self._size
        self._every = np.array(list(chain.from_iterable(parts)), dtype=np.int64)

    def any(self, drugs: np.ndarray, product: np.ndarray, reach: Reach) -> np.ndarray:
        """For each list (its position) and medicine whether they share an ingredient."""
        found = np.zeros(len(drugs), dtype=bool)
        size, start = self._size[drugs], self._start[drugs]
        has = np.flatnonzero(size > 0)
        for place in range(int(self._size.max(initial=0))):
            has = has[size[has] > place]
            found[has] |= reach.holds[product[has], self._every[start[has] + place]]
        return found


def _keys(rows: dict[str, np.ndarray], rules: int, names: int) -> np.ndarray:
    return (rows["variant"] * rules + rows["rule"]) * (names + 1) + rows["drugs"] + 1


def _of_two(screening: Screening) -> np.ndarray:
    """Which rules tell nothing but pairs of two medicines."""
    book = screening.rulebook
    two = np.zeros(len(book.rules), dtype=bool)
    two[[rule.rule for rule in book.pairs if not rule.family and rule.match in ("each", "listed")]] = True
    return two


def _is_among(keys: np.ndarray, others: np.ndarray) -> np.ndarray:
    return pd.Series(keys).isin(others).to_numpy(bool)


def _less(
    drugs: np.ndarray, holds: np.ndarray, product: np.ndarray, names: list[str], products: list[str]
) -> np.ndarray:
    """The lists without the ingredients of the medicine: what the finding would be called then; -1 where that is none
    of the names.
    """
    at = np.flatnonzero(holds)
    pair, place = np.unique(drugs[at] * len(products) + product[at], return_inverse=True)
    position = {name: number for number, name in enumerate(names)}
    less = []
    for one in pair:
        without = products[one % len(products)].split(";")
        text = ";".join(name for name in names[one // len(products)].split(";") if name not in without)
        less.append(position.get(text, -1))
    answer = drugs.copy()
    answer[at] = np.array(less, dtype=np.int64)[place]
    return answer


def _points(rows: dict[str, np.ndarray], count: int, screening: Screening, at_least: bool = False) -> np.ndarray:
    """The points of each variant, as `problems.with_points` counts them; those settled otherwise are left out after.

    `at_least`: whatever else may be found.
    """
    rules = screening.rulebook.rules
    problem, names = pd.factorize(rules["problem"])
    definitions = screening.problems
    acts = dict(zip(definitions["problem"], definitions["acts"], strict=True))
    together = np.array([acts.get(name) == TOGETHER for name in names], dtype=bool)
    urgency = rules["check"].map({name: at for at, name in enumerate(CHECKS_BY_URGENCY)}).to_numpy(np.int64)
    settled = np.array([name in SETTLED_OTHERWISE for name in CHECKS_BY_URGENCY])
    full = np.array([POINTS[name] for name in SEVERITIES])
    further = -(-full // FURTHER)
    rule, grade, variant = rows["rule"], rows["grade"], rows["variant"]
    joint = together[problem[rule]]
    points = np.where(joint, further[grade], full[grade]) * ~settled[urgency[rule]]
    total = np.bincount(variant, points, count).astype(np.int64)
    # The gravest of each problem counts in full; of equals the most urgent is told first.
    none = len(SEVERITIES) * len(CHECKS_BY_URGENCY)
    if at_least:  # a test that is due may be the gravest of its problem, and is then the one that counts in full
        joint &= ~np.isin(problem, problem[settled[urgency]])[rule]
    best = np.full(count * len(names), none, dtype=np.int16)
    rank = (grade * len(CHECKS_BY_URGENCY) + urgency[rule]).astype(np.int16)
    np.minimum.at(best, (variant * len(names) + problem[rule])[joint], rank[joint])
    at = np.flatnonzero(best < none)
    gravest, check = np.divmod(best[at], len(CHECKS_BY_URGENCY))
    more = (full - further)[gravest] * ~settled[check]
    return total + np.bincount(at // len(names), more, count).astype(np.int64)
