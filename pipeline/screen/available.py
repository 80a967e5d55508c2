"""Which rules the input can answer at all: a list of problems that nobody sent cannot lack one."""

from dataclasses import replace

import pandas as pd

from pipeline.rulebook.rules import GapRule, Rulebook

_TABLE = {"condition:": "conditions", "allergy:": "allergies"}


def assessable(rulebook: Rulebook, absent: dict[str, frozenset[str]]) -> tuple[Rulebook, pd.DataFrame]:
    """The rulebook without the rules of something missing that the input could not have shown.

    Args:
        rulebook: all active rules.
        absent: table → the contract's columns that the input lacks.

    Returns:
        The rulebook to screen with; and `rule` (number), `missing` (table, or column of the medications) of those
        left out.
    """
    skipped: list[tuple[int, str]] = []
    kept: list[GapRule] = []
    rules = rulebook.rules
    spoken = (rules["needs"] + ";" + rules["present"] + ";" + rules["when"]).to_numpy(object)
    for rule in rulebook.gaps:
        missing = _needs(rule, spoken[rule.rule], absent)
        if missing:
            skipped.append((rule.rule, missing))
        else:
            kept.append(rule)
    return replace(rulebook, gaps=kept), pd.DataFrame(skipped, columns=["rule", "missing"])


def _needs(rule: GapRule, spoken_of: str, absent: dict[str, frozenset[str]]) -> str:
    """What the rule cannot do without and the input lacks, or empty. `spoken_of`: the terms that the rule names."""
    if rule.kind == "lab" and _lacks(absent, "labs"):
        return "labs"
    if rule.kind == "field":
        lacking = [name for name in rule.fields if name in absent["medications"]]
        # Dose and frequency missing from every order is a finding of its own; a column that was never exported is not.
        return lacking[0] if len(lacking) == len(rule.fields) else ""
    # What only holds a finding back is left out: without a list of problems nothing excuses a test that is missing.
    for prefix, table in _TABLE.items():
        if prefix in spoken_of and _lacks(absent, table):
            return table
    return ""


def _lacks(absent: dict[str, frozenset[str]], table: str) -> bool:
    return "patient_id" in absent.get(table, frozenset())
