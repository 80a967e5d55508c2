"""Hits become findings: names, severity, source rows and words."""

import hashlib
import re

import numpy as np
import pandas as pd

from pipeline.normalise.facts import Facts
from pipeline.rulebook.load import LOW_PRIORITY
from pipeline.rulebook.rules import Rulebook
from pipeline.rulebook.terms import GROUPS
from pipeline.screen.hits import Hits, stepped
from pipeline.screen.listed import with_listed
from pipeline.tables import CHECKS_BY_URGENCY, FINDINGS, SEVERITIES

_TEXT = ("check", "rule_id", "problem", "effect", "mechanism", "management", "alternatives", "evidence", "sources")


def findings(
    hits: Hits, facts: Facts, medications: pd.DataFrame, rulebook: Rulebook, low_priority: bool
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The findings of a screen, and those that were held back.

    Args:
        hits: of all kernels.
        facts: that the hits point into.
        medications: the orders as understood, for their source rows.
        rulebook: for names and words.
        low_priority: whether findings of rules of low priority are told like any other.

    Returns:
        A frame of the contract's findings.csv, sorted by patient and severity, its `status` empty; and a frame of the
        same columns for what was held back, with `held_by`.
    """
    table = hits.hits.assign(**_named(hits, facts, medications, rulebook))
    table["patient_id"] = facts.ids[table["patient"].to_numpy(np.int64)]
    words = rulebook.rules.loc[table["rule"], list(_TEXT)].reset_index(drop=True)
    table = pd.concat([table.reset_index(drop=True), words], axis=1)
    grade = rulebook.rules["severity"].map({name: at for at, name in enumerate(SEVERITIES)}).to_numpy()[table["rule"]]
    grade = stepped(grade, table["step"].to_numpy())
    table["severity"] = pd.Series(np.array(SEVERITIES, dtype=object)[grade], index=table.index, dtype="str")
    table = with_listed(_one_order(table), rulebook)
    if not low_priority:
        # A finding that is graded worse than its rule (by context, or by a list) is told all the same.
        own = rulebook.rules.loc[table["rule"], ["active", "severity"]].reset_index(drop=True)
        low = (own["active"] == LOW_PRIORITY) & (own["severity"] == table["severity"]) & (table["held_by"] == "")
        table["held_by"] = table["held_by"].mask(low, "low priority")
    table["finding_id"] = _ids(table)
    table["status"] = ""
    table = in_order(_merged(table))
    held = table["held_by"] != ""
    columns = list(FINDINGS)
    return table.loc[~held, columns].reset_index(drop=True), table.loc[held, [*columns, "held_by"]].reset_index(
        drop=True
    )


def in_order(findings: pd.DataFrame) -> pd.DataFrame:
    """The findings by patient and severity; of one severity what is most urgent first."""
    grade = findings["severity"].map({name: at for at, name in enumerate(SEVERITIES)})
    urgency = findings["check"].map({name: at for at, name in enumerate(CHECKS_BY_URGENCY)})
    keys = ["patient_id", "grade", "urgency", "rule_id", "drugs", "factor"]
    ranked = findings.assign(grade=grade, urgency=urgency).sort_values(keys, kind="stable", ignore_index=True)
    return ranked.drop(columns=["grade", "urgency"])


def _named(hits: Hits, facts: Facts, medications: pd.DataFrame, rulebook: Rulebook) -> dict[str, pd.Series]:
    """For each hit its ingredients and its source rows, both joined by `;`."""
    position = hits.facts["fact"].to_numpy(np.int64)
    names = np.array(rulebook.concepts.ingredients, dtype=object)
    parts = pd.DataFrame(
        {
            "hit": hits.facts["hit"].to_numpy(np.int64),
            "drug": names[facts.concept[position] // len(GROUPS)],
            "row": medications["row"].to_numpy(np.int64)[facts.order[position]],
        }
    )
    index = range(len(hits.hits))
    drugs = parts[["hit", "drug"]].drop_duplicates().sort_values(["hit", "drug"])
    rows = parts[["hit", "row"]].drop_duplicates().sort_values(["hit", "row"])
    joined_drugs = drugs.groupby("hit")["drug"].agg(";".join).astype("str").reindex(index, fill_value="")
    joined_rows = (
        rows["row"].astype("str").groupby(rows["hit"]).agg(";".join).astype("str").reindex(index, fill_value="")
    )
    return {"drugs": joined_drugs, "rows": joined_rows}


def _one_order(table: pd.DataFrame) -> pd.DataFrame:
    """Hits of one rule on the very same orders, as one: both amphetamines of a combination are one thing to decide."""
    same = ["patient", "rule", "rows", "held_by"]
    again = table.duplicated(same, keep=False) & (table["rows"] != "")
    if not again.any():
        return table
    several = table[again]
    drugs = several.groupby(same)["drugs"].transform(
        lambda cells: ";".join(sorted({drug for cell in cells for drug in cell.split(";")}))
    )
    table = table.assign(drugs=drugs.reindex(table.index).fillna(table["drugs"]))
    return table[~(again & table.duplicated(same))].reset_index(drop=True)


def _ids(table: pd.DataFrame) -> pd.Series:
    """A name for the same problem of the same patient in every run: rows, dates, doses and values do not enter it."""
    keys = table["patient_id"] + "\x1f" + table["rule_id"] + "\x1f" + table["drugs"]
    return keys.map(lambda key: hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:12]).astype("str")


def _merged(table: pd.DataFrame) -> pd.DataFrame:
    """Hits that are the same problem, as one finding of all their rows."""
    again = table["finding_id"].duplicated(keep=False)
    if not again.any():
        return table
    several = table[again]
    rows = several.groupby("finding_id")["rows"].agg(
        lambda cells: ";".join(
            str(row) for row in sorted({int(row) for cell in cells for row in re.findall(r"\d+", cell)})
        )
    )
    table = table.drop_duplicates("finding_id").set_index("finding_id")
    table["rows"] = rows.reindex(table.index).fillna(table["rows"])
    return table.reset_index()
