"""Hits become findings: names, severity, source rows and words."""

import hashlib
from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from pipeline.joining import distinct, joined
from pipeline.normalise.facts import Facts
from pipeline.rulebook.load import LOW_PRIORITY
from pipeline.rulebook.rules import Rulebook
from pipeline.rulebook.terms import GROUPS
from pipeline.screen.hits import Hits, stepped
from pipeline.screen.listed import with_listed
from pipeline.tables import CHECKS_BY_URGENCY, FINDINGS, SEVERITIES

_TEXT = ("check", "rule_id", "problem", "effect", "mechanism", "management", "alternatives", "evidence", "sources")
_OF_A_LIST = ("evidence", "sources")
_GRADE = {name: at for at, name in enumerate(SEVERITIES)}


def graded(hits: Hits, facts: Facts, medications: pd.DataFrame, rulebook: Rulebook, low_priority: bool) -> pd.DataFrame:
    """The hits as findings, still without words: a screen of what would be needs no more.

    Args:
        hits: of all kernels.
        facts: that the hits point into.
        medications: the orders as understood, for their source rows.
        rulebook: for names and severities.
        low_priority: whether findings of rules of low priority are told like any other.

    Returns:
        One row a finding: `patient` (code), `rule` (number), `grade` (position of the severity), `held_by`, `factor`,
        `drugs` and `rows` (joined by `;`); `evidence` and `sources` where a list says something else than the rule.
    """
    own = rulebook.rules["severity"].map(_GRADE).to_numpy(np.int64)
    table = pd.DataFrame({name: hits.hits[name].to_numpy() for name in ("patient", "rule", "held_by", "factor")})
    rule = table["rule"].to_numpy(np.int64)
    table["grade"] = stepped(own[rule], hits.hits["step"].to_numpy())
    table["drugs"], table["rows"] = _named(hits, facts, medications, rulebook)
    table = _with_lists(_one_order(table), rulebook)
    if not low_priority:
        # A finding that is graded worse than its rule (by context, or by a list) is told all the same.
        rule = table["rule"].to_numpy(np.int64)
        low = (rulebook.rules["active"] == LOW_PRIORITY).to_numpy(bool)[rule]
        low &= (own[rule] == table["grade"].to_numpy()) & (table["held_by"] == "").to_numpy(bool)
        table["held_by"] = table["held_by"].mask(low, "low priority")
    return _merged(table)


def findings(table: pd.DataFrame, facts: Facts, rulebook: Rulebook) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The findings of a screen, and those that were held back.

    Args:
        table: as `graded` gives it.
        facts: that were screened.
        rulebook: for the words.

    Returns:
        A frame of the contract's findings.csv, sorted by patient and severity, its `status` empty; and a frame of the
        same columns for what was held back, with `held_by`. What a rule says is a categorical column: each text is
        there once.
    """
    table = table.iloc[ranked(table, rulebook)].reset_index(drop=True)
    rule = table["rule"].to_numpy(np.int64)
    for name in _TEXT:
        if name in table:
            table[name] = table[name].astype("category")
            continue
        code, texts = pd.factorize(rulebook.rules[name], sort=True)
        table[name] = pd.Categorical.from_codes(code[rule], pd.Index(texts, dtype="str"))
    table["patient_id"] = facts.ids[table["patient"].to_numpy(np.int64)]
    table["severity"] = pd.Categorical.from_codes(table["grade"], pd.Index(SEVERITIES, dtype="str"))
    table["finding_id"] = _ids(table)
    table["status"] = ""
    table = table.astype(dict.fromkeys(("drugs", "rows", "factor", "held_by", "status"), "str"))
    held = (table["held_by"] != "").to_numpy(bool)
    columns = list(FINDINGS)
    return table.loc[~held, columns].reset_index(drop=True), table.loc[held, [*columns, "held_by"]].reset_index(
        drop=True
    )


def in_order(findings: pd.DataFrame) -> pd.DataFrame:
    """The findings by patient and severity; of one severity what is most urgent first."""
    # A categorical column is mapped to one, whose order would be that of its categories.
    grade = findings["severity"].map(_GRADE).astype("int64")
    urgency = findings["check"].map({name: at for at, name in enumerate(CHECKS_BY_URGENCY)}).astype("int64")
    keys = ["patient_id", "grade", "urgency", "rule_id", "drugs", "factor"]
    ranked = findings.assign(grade=grade, urgency=urgency).sort_values(keys, kind="stable", ignore_index=True)
    return ranked.drop(columns=["grade", "urgency"])


def ranked(table: pd.DataFrame, rulebook: Rulebook) -> np.ndarray:
    """The order of findings (`graded`) by number: ids are sorted, so that a patient's code stands for the id."""
    rules = rulebook.rules
    rule = table["rule"].to_numpy(np.int64)
    urgency = rules["check"].map({name: at for at, name in enumerate(CHECKS_BY_URGENCY)}).to_numpy(np.int64)
    name = pd.factorize(rules["rule_id"], sort=True)[0]
    key = table["patient"].to_numpy(np.int64)
    for values, count in (
        (table["grade"].to_numpy(np.int64), len(SEVERITIES)),
        (urgency[rule], len(CHECKS_BY_URGENCY)),
        (name[rule], len(rules)),
    ):
        key = key * count + values
    drugs, factor = (pd.factorize(table[column], sort=True)[0] for column in ("drugs", "factor"))
    return np.lexsort((factor, drugs, key))


def _named(hits: Hits, facts: Facts, medications: pd.DataFrame, rulebook: Rulebook) -> tuple[np.ndarray, np.ndarray]:
    """For each hit its ingredients and its source rows, both joined by `;`."""
    position = hits.facts["fact"].to_numpy(np.int64)
    hit = hits.facts["hit"].to_numpy(np.int64)
    names = np.array(rulebook.concepts.ingredients, dtype=object)
    rank = np.argsort(np.argsort(names))
    drug = distinct(hit * len(names) + rank[facts.concept[position] // len(GROUPS)])
    row = medications["row"].to_numpy(np.int64)
    most = int(row.max(initial=0)) + 1
    rows = distinct(hit * most + row[facts.order[position]])
    count = len(hits.hits)
    named = joined(drug // len(names), pd.array(np.sort(names), dtype="str").take(drug % len(names)), count)
    return named, joined(rows // most, rows % most, count)


def _one_order(table: pd.DataFrame) -> pd.DataFrame:
    """Hits of one rule on the very same orders, as one: both amphetamines of a combination are one thing to decide."""
    again = table.duplicated(["patient", "rule"], keep=False) & (table["rows"] != "")
    same = ["patient", "rule", "rows", "held_by"]
    several = table[again]
    several = several[several.duplicated(same, keep=False)]
    if several.empty:
        return table
    whose = several.groupby(same, sort=False).ngroup().to_numpy()
    drugs = table["drugs"].to_numpy(object).copy()
    drugs[several.index] = _together(whose, several["drugs"], lambda parts: sorted(set(parts)))
    table = table.assign(drugs=drugs)
    return table.drop(index=several.index[several.duplicated(same)]).reset_index(drop=True)


def _together(whose: np.ndarray, cells: pd.Series, merged: Callable[[list[str]], Iterable[str]]) -> np.ndarray:
    """For each cell the parts, `merged`, of all cells of its group."""
    parts: dict[int, list[str]] = {}
    for group, cell in zip(whose.tolist(), cells.tolist(), strict=True):
        parts.setdefault(group, []).extend(part for part in cell.split(";") if part)
    texts = {group: ";".join(merged(listed)) for group, listed in parts.items()}
    return np.array([texts[group] for group in whose.tolist()], dtype=object)


def _with_lists(table: pd.DataFrame, rulebook: Rulebook) -> pd.DataFrame:
    of_lists = [rule.rule for rule in rulebook.pairs if rule.match == "listed"]
    if not table["rule"].isin(of_lists).any():
        return table
    words = rulebook.rules.loc[table["rule"], ["check", *_OF_A_LIST]].reset_index(drop=True)
    severity = pd.Series(np.array(SEVERITIES, dtype=object)[table["grade"]], dtype="str")
    told = with_listed(pd.concat([table, words], axis=1).assign(severity=severity), rulebook)
    return told.assign(grade=told["severity"].map(_GRADE).astype("int64")).drop(columns=["severity", "check"])


def _ids(table: pd.DataFrame) -> pd.Series:
    """A name for the same problem of the same patient in every run: rows, dates, doses and values do not enter it."""
    rule = table["rule_id"].cat
    rules = pd.Series(("\x1f" + rule.categories + "\x1f").array.take(rule.codes), table.index)
    keys = table["patient_id"] + rules + table["drugs"].astype("str")
    digest = hashlib.sha256
    ids = [digest(key.encode()).hexdigest()[:12] for key in keys.tolist()]
    return pd.Series(ids, index=table.index, dtype="str")


def _merged(table: pd.DataFrame) -> pd.DataFrame:
    """Hits that are the same problem, as one finding of all their rows."""
    same = ["patient", "rule", "drugs"]
    again = table.duplicated(same[:2], keep=False)
    several = table[again]
    several = several[several.duplicated(same, keep=False)]
    if several.empty:
        return table
    whose = several.groupby(same, sort=False).ngroup().to_numpy()
    rows = table["rows"].to_numpy(object).copy()
    rows[several.index] = _together(whose, several["rows"], lambda parts: map(str, sorted({int(one) for one in parts})))
    table = table.assign(rows=rows)
    return table.drop(index=several.index[several.duplicated(same)]).reset_index(drop=True)
