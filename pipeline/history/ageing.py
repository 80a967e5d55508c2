"""What waits for whom, and for how long; and which rules nobody accepts."""

from datetime import date

import numpy as np
import pandas as pd

from pipeline.history import typed
from pipeline.history.loop import NOT_ASKED
from pipeline.tables import AGEING, RULES_ACCEPTED

UNKNOWN = "not known"


def ageing(findings: pd.DataFrame, patients: pd.DataFrame, medications: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """The open recommendations: of all, of each facility, of each unit, and of each facility and prescriber.

    Open is every finding that stands and asks for an answer (minor ones do not), unless it was declined and is quiet.

    Args:
        findings: as the review tells them, with `quiet`.
        patients: for facility and unit.
        medications: for the prescribers of the orders that a finding names; one of two prescribers counts for both.
        as_of: the day of the review.

    Returns:
        The columns of ageing.csv. An empty facility, unit or prescriber stands for all; one that is not known is told
        so. Days are counted from the day the finding was first told.
    """
    mine = findings[(findings["status"] != "resolved") & ~findings["quiet"] & (findings["severity"] != NOT_ASKED)]
    if mine.empty:
        return pd.DataFrame(columns=list(AGEING))
    people = patients.set_index("patient_id")
    table = pd.DataFrame({"finding_id": mine["finding_id"].to_numpy(), "status": mine["status"].to_numpy()})
    for name in ("facility", "unit"):
        table[name] = people[name].reindex(mine["patient_id"]).fillna("").replace("", UNKNOWN).to_numpy()
    since = pd.to_datetime(mine["since"].replace("", None))
    table["days"] = (pd.Timestamp(as_of) - since).dt.days.to_numpy(dtype="float64")
    by_prescriber = table.merge(_prescribers(mine, medications), on="finding_id", how="left")
    by_prescriber["prescriber"] = by_prescriber["prescriber"].fillna(UNKNOWN)
    parts = [
        _counted(table, []),
        _counted(table, ["facility"]),
        _counted(table, ["facility", "unit"]),
        _counted(by_prescriber, ["facility", "prescriber"]),
    ]
    return pd.concat(parts, ignore_index=True)[list(AGEING)].fillna({"facility": "", "unit": "", "prescriber": ""})


def _prescribers(findings: pd.DataFrame, medications: pd.DataFrame) -> pd.DataFrame:
    """`finding_id` and `prescriber`, each pair once."""
    named = findings[["finding_id", "patient_id"]].assign(row=findings["rows"].fillna("").str.split(";")).explode("row")
    orders = medications[["patient_id", "row", "prescriber"]]
    orders = orders.assign(row=orders["row"].astype("str"), prescriber=orders["prescriber"].fillna("").astype("str"))
    both = named.merge(orders[orders["prescriber"] != ""], on=["patient_id", "row"])
    return both[["finding_id", "prescriber"]].drop_duplicates()


def _counted(table: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    keyed = table.assign(overdue=table["status"] == "overdue", late=table["status"] == "accepted_not_done")
    grouped = keyed.groupby(by or (lambda row: 0), sort=True)
    counts = grouped.agg(
        open=("finding_id", "nunique"), overdue=("overdue", "sum"), accepted_not_done=("late", "sum"),
        median_days=("days", "median"), oldest_days=("days", "max"),
    )  # fmt: skip
    return counts.reset_index(drop=not by).reindex(columns=list(AGEING))


def rules_accepted(responses: pd.DataFrame) -> pd.DataFrame:
    """For each rule how many of its findings were answered, and how.

    A finding that one person accepted and another declined counts as accepted: it stays open. To modify is to accept.

    Returns:
        The columns of rules_accepted.csv, the rules that are accepted least first; `median_days` is the time from when
        a finding was first told until it was first answered, where both days are known.
    """
    clear = responses[responses["response"].isin(typed.RESPONSES) & (responses["rule_id"] != "")]
    if clear.empty:
        return pd.DataFrame(columns=list(RULES_ACCEPTED))
    last = clear[clear["state"] != "replaced by a later response"]
    accepted = last[last["response"] != "decline"].groupby("rule_id")["finding_id"].nunique()
    table = last.groupby("rule_id").agg(problem=("problem", "last"), answered=("finding_id", "nunique"))
    table["accepted"] = accepted.reindex(table.index, fill_value=0)
    table["declined"] = table["answered"] - table["accepted"]
    table["rate"] = (table["accepted"] / table["answered"].replace(0, np.nan)).round(4)
    first = clear.sort_values("date", kind="stable").drop_duplicates("finding_id")
    days = (pd.to_datetime(first["date"]) - pd.to_datetime(first["since"].replace("", None))).dt.days
    waited = days.where(days >= 0).groupby(first["rule_id"]).median()
    table["median_days"] = waited.reindex(table.index)
    table = table.reset_index().sort_values(["rate", "answered", "rule_id"], ascending=[True, False, True])
    return table.reset_index(drop=True)[list(RULES_ACCEPTED)]
