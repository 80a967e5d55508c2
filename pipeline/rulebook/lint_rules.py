"""The linter of the rules and of what rules are told with: problems, scales, measures, sources, canaries, orphans."""

from collections.abc import Iterable, Iterator

import pandas as pd

from pipeline.rulebook.lint_text import Problem, at
from pipeline.rulebook.load import RULE_TABLES

# Tables of which a cell names a source, and columns of which a cell holds terms.
_CITING = (*RULE_TABLES, "scales", "measures")
_TERMS = (
    "a", "b", "terms", "present", "needs", "when", "unless", "raise_when", "lower_when", "of", "among", "excludes",
)  # fmt: skip


def lint_rules(tables: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    """Everything that is wrong with the rules and the tables around them, as far as the tables themselves show."""
    yield from _rules(tables)
    yield from _problems(tables)
    yield from _judgement(tables)
    yield from _sources(tables)
    yield from _canaries(tables)


def _rules(tables: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    rules = pd.concat([tables[name] for name in RULE_TABLES], ignore_index=True)
    yield from at(rules, "rule_id", rules["rule_id"].duplicated(), "'{value}' names another rule already")
    keys = set(tables["sources"]["key"])
    unknown = rules["sources"].map(lambda cell: any(key.strip() not in keys for key in cell.split(";")))
    yield from at(rules, "sources", unknown, "'{value}' names a source that sources does not have")
    undated = (rules["checked_by"] != "unreviewed") & (rules["reviewed_on"] == "")
    yield from at(rules, "reviewed_on", undated, "a rule that was checked needs the day on which it was")


def _sources(tables: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    sources = tables["sources"]
    cited = {key.strip() for name in _CITING for cell in tables[name]["sources"] for key in cell.split(";")}
    yield from at(sources, "key", ~sources["key"].isin(cited), "no rule, scale or measure cites '{value}'")


def _canaries(tables: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    rules: Iterable[str] = {rule for name in RULE_TABLES for rule in tables[name]["rule_id"]}
    canaries = tables["canaries"]
    yield from at(canaries, "rule_id", ~canaries["rule_id"].isin(rules), "'{value}' is no rule")


def _problems(tables: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    """Each problem of a rule or a scale has its row."""
    problems = tables["problems"]
    for name in (*RULE_TABLES, "scales"):
        mine = tables[name]
        unknown = ~mine["problem"].isin(problems["problem"]) & (mine["problem"] != "")
        yield from at(mine, "problem", unknown, "'{value}' is no problem of problems.csv")


def _judgement(tables: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    """Scales and measures: their sources, and the rules that are counted."""
    keys = set(tables["sources"]["key"]) | {""}
    for name in ("scales", "measures"):
        frame = tables[name]
        unknown = frame["sources"].map(lambda cell: any(key.strip() not in keys for key in cell.split(";")))
        yield from at(frame, "sources", unknown, "'{value}' names a source that sources does not have")
    rules = {rule for name in RULE_TABLES for rule in tables[name]["rule_id"]}
    measures = tables["measures"]
    lost = (measures["counts"] == "rules") & measures["of"].map(
        lambda cell: any(rule not in rules for rule in cell.split(";"))
    )
    yield from at(measures, "of", lost, "'{value}' names a rule that there is not")


def orphans(tables: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    """Classes and problems that nothing names: changed in one place alone, or knowledge that nobody uses."""
    spoken = {
        part.strip()
        for name in (*RULE_TABLES, "scales", "scale_items", "measures")
        for column in _TERMS
        if column in tables[name]
        for cell in tables[name][column].unique()
        for entry in cell.split(";")
        for part in entry.split("|")
    }
    used = {part.split("class:", 1)[1].split(":")[0] for part in spoken if "class:" in part}
    classes = tables["classes"]
    used |= {member.removeprefix("class:") for member in classes["member"] if member.startswith("class:")}
    used |= {term.strip().removeprefix("class:") for cell in tables["allergens"]["term"] for term in cell.split(";")}
    first = ~classes["class"].duplicated()
    yield from at(
        classes, "class", first & ~classes["class"].isin(used), "no rule, scale, measure or class asks for '{value}'"
    )
    problems = tables["problems"]
    named = {code for name in (*RULE_TABLES, "scales") for code in tables[name]["problem"]}
    yield from at(problems, "problem", ~problems["problem"].isin(named), "no rule is about '{value}'")
