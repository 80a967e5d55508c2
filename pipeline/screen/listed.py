"""Pairs that a list of somebody else's names beside rules of our own: one finding, both sources, the worse grade."""

import pandas as pd

from pipeline.rulebook.rules import Rulebook
from pipeline.tables import SEVERITIES

OF_TWO = ("interaction", "duplicate")


def with_listed(table: pd.DataFrame, rulebook: Rulebook) -> pd.DataFrame:
    """The findings with those of lists taken into our own on the same medicines of the same patient.

    Our own finding has the words. It takes the list's source and, if that is worse, its grade; `evidence` says so. What
    our own context holds back stays held back.

    Args:
        table: `patient`, `rule`, `check`, `drugs`, `severity`, `evidence`, `sources`, `held_by`, one row a finding.
        rulebook: to tell which rules are of lists.
    """
    of_lists = [rule.rule for rule in rulebook.pairs if rule.match == "listed"]
    from_list = table["rule"].isin(of_lists)
    if not from_list.any():
        return table
    grade = table["severity"].map({name: at for at, name in enumerate(SEVERITIES)})
    ranked = table.assign(grade=grade, from_list=from_list).sort_values("grade", kind="stable")
    of_two = ranked["from_list"] | (ranked["check"].isin(OF_TWO) & ranked["drugs"].str.contains(";"))
    pairs = ranked[of_two]
    # Our own finding speaks for the pair; without one, the worst of the lists.
    speaker = pairs.sort_values(["from_list", "grade"], kind="stable").drop_duplicates(["patient", "drugs"])
    others = pairs[pairs["from_list"] & ~pairs.index.isin(speaker.index)]
    said = others.groupby(["patient", "drugs"], sort=False).agg(
        worst=("grade", "min"), listed=("sources", lambda cells: ";".join(dict.fromkeys(cells)))
    )
    speaker = speaker.join(said, on=["patient", "drugs"]).dropna(subset="worst")
    worse = speaker["worst"] < speaker["grade"]
    graded = speaker["worst"].astype("int64").map(dict(enumerate(SEVERITIES)))
    note = "; sources disagree: " + speaker["listed"] + " grades it " + graded
    table = table.copy()
    table.loc[speaker.index, "sources"] = speaker["sources"] + ";" + speaker["listed"]
    table.loc[speaker.index[worse], "severity"] = graded[worse]
    table.loc[speaker.index[worse], "evidence"] = (speaker["evidence"] + note)[worse]
    return table[~table.index.isin(others.index)].reset_index(drop=True)
