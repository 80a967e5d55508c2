"""The change that helps most: each resident screened again without one medicine after the other."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.joining import distinct, joined, joined_distinct, spread
from pipeline.judge.problems import POINTS
from pipeline.judge.what_if import SETTLED_OTHERWISE, Known, can_help, compare, known
from pipeline.normalise.distinct import positions_in
from pipeline.normalise.facts import ALWAYS
from pipeline.rulebook.rules import GapRule
from pipeline.rulebook.terms import GROUPS
from pipeline.screen import Screening
from pipeline.screen.context import Situation
from pipeline.screen.findings import ranked
from pipeline.tables import CHANGES

MOST = 3  # changes told of each resident
# So many lists of medicines are screened at a time, to hold memory.
_CHUNK = 100_000
_DOSE = "dose"


def changes(screening: Screening, findings: pd.DataFrame, medications: pd.DataFrame) -> pd.DataFrame:
    """For each resident the medicines whose end would take away the most points, at most three.

    A medicine is what one order holds: both parts of a combination go together, and all orders of the same go at once.

    Args:
        screening: what the findings come from.
        findings: the contract's columns with `points`, resolved ones left out.
        medications: the orders as understood.

    Returns:
        The columns of the contract's changes.csv. `points_before` and
        `points_after` leave out findings that a test or a word on the order would settle; what stopping would newly
        bring about (`adds`), such as a disease without its treatment, counts.
    """
    base = known(screening, findings, medications)
    patient, product = _variants(screening, base, medications)
    parts = [
        _helping(screening, base, patient[start:stop], product[start:stop], findings)
        for start, stop in _chunks(patient)
    ]
    if not parts:
        return no_changes()
    table = pd.concat(parts, ignore_index=True)
    table["taper"] = _tapers(screening, table)
    return table.assign(**_orders(screening, base, table, medications))[list(CHANGES)]


def no_changes() -> pd.DataFrame:
    """The columns of the contract's changes.csv, without rows."""
    return pd.DataFrame(columns=list(CHANGES)).astype("str")


def _chunks(patient: np.ndarray) -> Iterator[tuple[int, int]]:
    """Where to part the variants: some residents at a time, each whole."""
    start = 0
    while start < len(patient):
        stop = len(patient)
        if start + _CHUNK < stop:
            whole = int(np.searchsorted(patient, patient[start + _CHUNK], side="left"))
            stop = whole if whole > start else int(np.searchsorted(patient, patient[start], side="right"))
        yield start, stop
        start = stop


def _variants(screening: Screening, base: Known, medications: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Each resident (code) with each medicine (position) of their findings, by both. Only orders of today count."""
    count = len(screening.rulebook.concepts.ingredients)
    position = screening.rulebook.concepts.position
    now = medications["current"].to_numpy(bool)
    patient = positions_in(screening.facts.ids, medications["patient_id"])[now]
    taken = distinct(patient * np.int64(len(base.products)) + base.of_order[now])
    owner, product = taken // len(base.products), taken % len(base.products)
    findings = base.table[~_settled(screening)[base.table["rule"].to_numpy()]]
    parts = [[position[name] for name in drugs.split(";") if name] for drugs in base.drugs]
    row, ingredient = spread(findings["drugs"].to_numpy(), parts)
    spoken = distinct(findings["patient"].to_numpy()[row] * np.int64(count) + ingredient)
    held = [np.flatnonzero(row).tolist() for row in base.reach.holds]
    which, part = spread(product, held)
    concerned = np.zeros(len(taken), dtype=bool)
    concerned[which[np.isin(owner[which] * np.int64(count) + part, spoken)]] = True
    return owner[concerned], product[concerned]


def _settled(screening: Screening) -> np.ndarray:
    return screening.rulebook.rules["check"].isin(SETTLED_OTHERWISE).to_numpy(bool)


def _helping(
    screening: Screening, base: Known, patient: np.ndarray, product: np.ndarray, findings: pd.DataFrame
) -> pd.DataFrame:
    """Of these variants those that help most, in words."""
    # What settles only minor findings is not worth a change of medicine.
    least = POINTS["moderate"]
    may = can_help(screening, base, patient, product, least)
    patient, product = patient[may], product[may]
    found = compare(screening, base, patient, product)
    gain = found.before - found.after
    worth = np.flatnonzero(gain >= least)
    order = worth[np.lexsort((product[worth], -gain[worth], patient[worth]))]
    begins = np.diff(patient[order], prepend=-1) != 0
    rank = np.arange(len(order)) - np.flatnonzero(begins)[np.cumsum(begins) - 1] + 1
    chosen, rank = order[rank <= MOST], rank[rank <= MOST]
    place = np.full(len(patient), -1)
    place[chosen] = np.arange(len(chosen))
    names = pd.array(base.products, dtype="str").take(product[chosen])
    table = pd.DataFrame(
        {
            "patient_id": screening.facts.ids[patient[chosen]],
            "patient": patient[chosen],
            "product": names,
            "drug": names,
            "rank": rank,
            "points_before": found.before[chosen],
            "points_after": found.after[chosen],
        }
    )
    gone = found.gone[place[found.gone["variant"]] >= 0]
    added = found.added[place[found.added["variant"]] >= 0]
    return table.assign(
        **_resolved(screening, findings.iloc[gone["finding"]], place[gone["variant"]], len(chosen)),
        adds=_added(screening, added, place, len(chosen)),
    )


def _resolved(screening: Screening, gone: pd.DataFrame, whose: np.ndarray, count: int) -> dict[str, pd.Series]:
    """What the changes settle: the problems, the findings, what else could be given, and what is to be done."""
    titles = dict(zip(screening.problems["problem"], screening.problems["title"], strict=True))
    problem = gone["problem"].astype("str")
    told = gone["alternatives"].astype("str").str.removesuffix(".")
    some = (told != "").to_numpy(bool)
    dose = (gone["check"] == _DOSE).to_numpy(bool)
    others, doses = np.bincount(whose[~dose], minlength=count), np.bincount(whose[dose], minlength=count)
    return {
        "resolves": _listed(whose, problem.map(titles).fillna(problem), count),
        "resolved_ids": _listed(whose, gone["finding_id"], count, ";"),
        "alternatives": _listed(whose[some], told[some], count),
        "change": pd.Series(np.where((others == 0) & (doses > 0), "lower the dose", "stop or swap"), dtype="str"),
    }


def _added(screening: Screening, added: pd.DataFrame, place: np.ndarray, count: int) -> pd.Series:
    book = screening.rulebook
    added = added.iloc[ranked(added, book)]
    effect = book.rules["effect"].to_numpy(object)[added["rule"].to_numpy(np.int64)]
    news = added["drugs"].astype("str").str.replace(";", " + ") + ": " + effect
    return _listed(place[added["variant"].to_numpy()], news.str.removeprefix(": "), count)


def _listed(whose: np.ndarray, texts: pd.Series, count: int, joint: str = "; ") -> pd.Series:
    return pd.Series(joined_distinct(whose, texts.to_numpy(object), count, joint), dtype="str")


def _tapers(screening: Screening, variants: pd.DataFrame) -> pd.Series:
    """For each variant what ending the medicine at once would do, by the rules of an abrupt stop."""
    concepts, effects = screening.rulebook.concepts, screening.rulebook.rules["effect"].to_numpy(object)
    code, products = pd.factorize(variants["product"])
    parts = [[concepts.position[name] for name in product.split(";")] for product in products]
    whose, ingredient = spread(code, parts)
    key = variants["patient"].to_numpy()[whose] * np.int64(len(concepts.ingredients)) + ingredient
    told = np.full(len(key), "", dtype=object)
    for rule in screening.rulebook.gaps:
        if rule.kind == "stop":
            patient, long = _long_enough(screening.situation, rule)
            taken = np.isin(key, patient * np.int64(len(concepts.ingredients)) + long)
            told[taken & (told == "")] = effects[rule.rule]
    said = told != ""
    return _listed(whose[said], pd.Series(told[said]), len(variants))


def _long_enough(situation: Situation, rule: GapRule) -> tuple[np.ndarray, np.ndarray]:
    """Patients and ingredients (positions) taken so long that the rule would ask for a taper."""
    facts = situation.facts
    at = situation.current_positions(rule.present)
    least = 1 if np.isnan(rule.min_days) else rule.min_days
    at = at[(facts.start[at] == ALWAYS) | (situation.today - facts.start[at] + 1 >= least)]
    return facts.patient[at], facts.concept[at] // len(GROUPS)


def _orders(screening: Screening, base: Known, table: pd.DataFrame, medications: pd.DataFrame) -> dict[str, pd.Series]:
    """For each resident and medicine of the table the indications and source rows of its orders of today."""
    now = np.flatnonzero(medications["current"].to_numpy(bool))
    count = np.int64(len(base.products))
    key = positions_in(screening.facts.ids, medications["patient_id"].array.take(now)) * count + base.of_order[now]
    asked = table["patient"].to_numpy() * count + pd.Index(base.products).get_indexer(table["product"])
    group = pd.Index(asked).get_indexer(key)
    now, group = now[group >= 0], group[group >= 0]
    indications = medications["indication"].array.take(now).to_numpy(object)
    said = indications != ""
    rows = medications["row"].to_numpy()[now]
    return {
        "indication": pd.Series(joined_distinct(group[said], indications[said], len(asked), "; "), dtype="str"),
        "rows": pd.Series(joined(group, rows, len(asked)), dtype="str"),
    }
