"""The linter of the reference: what is wrong in which file, line and column, in words a clinician can act on."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd

from pipeline.errors import ReferenceDamagedError
from pipeline.rulebook import overlay
from pipeline.rulebook.compile import compiled
from pipeline.rulebook.grades import hidden
from pipeline.rulebook.lint_rules import lint_rules, orphans
from pipeline.rulebook.lint_text import Problem
from pipeline.rulebook.lint_text import at as _at
from pipeline.rulebook.load import COLUMNS, Reference
from pipeline.rulebook.schema import lint_cells

_SORTED_BY_LINE_ORDER = ("frequencies",)


def lint(folder: Path) -> list[str]:
    """Everything that is wrong with a reference folder; empty when it is in order."""
    try:
        reference = overlay.reference(folder)
    except ReferenceDamagedError as error:
        return [str(error)]
    tables = reference.tables
    found = [
        *_order(tables, f"{reference.overlay}/"), *lint_cells(tables), *_drugs(tables), *_names(tables),
        *_classes(tables), *_conditions(tables), *_texts(tables), *_people(tables), *lint_rules(tables),
    ]  # fmt: skip
    problems = [
        str(problem) for problem in sorted(found, key=lambda problem: (problem.file, problem.line, problem.column))
    ]
    # What nobody uses is a matter for a table that is otherwise in order.
    return problems or _terms(reference) or [str(problem) for problem in orphans(tables)]


def _order(tables: dict[str, pd.DataFrame], overlay: str) -> Iterator[Problem]:
    """Each row stands there once, and sorted, so that a change is a small diff; those of an overlay in any order."""
    for name, frame in tables.items():
        columns = list(COLUMNS[name])
        yield from _at(frame, columns[0], frame.duplicated(columns), "the row '{value}' stands there twice")
        yield from _at(frame, columns[0], frame[columns[0]] == "", "is empty")
        if name in _SORTED_BY_LINE_ORDER:
            continue
        for _, part in frame[~frame["_file"].str.startswith(overlay)].groupby("_file"):
            previous = part[columns[0]].shift(fill_value="")
            yield from _at(part, columns[0], part[columns[0]] < previous, "'{value}' is not in its sorted place")


def _drugs(tables: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    drugs = tables["drugs"]
    yield from _at(
        drugs, "route", ~drugs["route"].isin(tables["routes"]["route"]), "'{value}' is no route of routes.csv"
    )


def _names(tables: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    names, ingredients = tables["names"], set(tables["drugs"]["ingredient"])
    yield from _at(names, "name", names["name"].isin(ingredients), "'{value}' is an ingredient, and needs no row here")
    unknown = names["ingredients"].map(lambda cell: any(part not in ingredients for part in cell.split(";")))
    yield from _at(names, "ingredients", unknown, "'{value}' names an ingredient that drugs does not have")
    routes = set(tables["routes"]["route"]) | {""}
    yield from _at(names, "route", ~names["route"].isin(routes), "'{value}' is no route of routes.csv")
    given = (names["strengths"] != "") & (names["strengths"].str.count(";") != names["ingredients"].str.count(";"))
    yield from _at(names, "strengths", given, "'{value}' is not one strength for each ingredient")


def _classes(tables: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    classes = tables["classes"]
    known = set(tables["drugs"]["ingredient"]) | {f"class:{name}" for name in classes["class"]}
    codes = [code for cell in tables["drugs"]["atc"] for code in cell.split(";") if code]
    prefixes = {code[:length] for code in codes for length in (1, 3, 4, 5, 7)}
    unknown = classes["member"].map(lambda member: member not in known and member.removeprefix("atc:") not in prefixes)
    yield from _at(classes, "member", unknown, "'{value}' is no ingredient, class or ATC prefix of any drug")
    yield from _at(classes, "member", classes.duplicated(["class", "member"]), "'{value}' is in this class already")


def _conditions(tables: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    conditions = tables["conditions"]
    coded = conditions["kind"].isin(["icd10", "icd9"])
    bad = coded & ~conditions["value"].str.fullmatch(r"[A-Z0-9]{2,7}")
    yield from _at(conditions, "value", bad, "'{value}' is no code prefix in capitals without a dot")


def _texts(tables: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    """The table of confused names."""
    known = set(tables["drugs"]["ingredient"]) | set(tables["names"]["name"])
    lookalikes = tables["lookalikes"]
    unknown = ~lookalikes["confused_with"].isin(known)
    yield from _at(lookalikes, "confused_with", unknown, "'{value}' is no ingredient and no name of one")


def _people(tables: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    """The words of allergy lists and of laboratory results."""
    allergens = tables["allergens"]
    known = {"none", "other", *tables["drugs"]["ingredient"], *(f"class:{name}" for name in tables["classes"]["class"])}
    unknown = allergens["term"].map(lambda cell: any(part.strip() not in known for part in cell.split(";")))
    yield from _at(allergens, "term", unknown, "'{value}' is no ingredient or class, nor none or other")
    tests = {test for cell in tables["labs"]["test"] for test in cell.split(";")}
    for frame in (tables["lab_units"], tables["lab_ranges"]):
        yield from _at(frame, "test", ~frame["test"].isin(tests), "'{value}' is no test of labs.csv")


def _terms(reference: Reference) -> list[str]:
    """What only compiling shows: terms that name nothing, rules that no facts could meet or that others hide."""
    try:
        book = compiled(reference)
    except ReferenceDamagedError as error:
        return [str(error)]
    dead = [rule.rule for rule in book.pairs if not rule.covers]
    dead += [rule.rule for rule in book.totals if not len(rule.codes)]
    dead += [rule.rule for rule in book.gaps if not len(rule.present)]
    never = dict.fromkeys(hidden(book), "narrower rules for the same problem always speak before this one")
    never.update(dict.fromkeys(dead, "no fact can meet this rule"))
    rows = book.rules.loc[sorted(never)]
    return [
        f"{row['_file']}, line {row['_line']}, column rule_id: {never[number]}"
        for number, row in zip(rows.index, rows.to_dict("records"), strict=True)
    ]
