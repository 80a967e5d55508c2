"""What each cell of the reference must be by itself: one of some words, of a form, filled, unlike others of its column.

What tables must be beside one another (a class that a rule names, a source that is cited) is the linter's.
"""

from collections.abc import Iterator, Sequence

import pandas as pd
import pandera.pandas as pa

from pipeline.normalise.unsafe import KINDS as WRITING
from pipeline.rulebook.lint_text import Problem
from pipeline.rulebook.load import LOW_PRIORITY, RULE_TABLES
from pipeline.rulebook.measures import COUNTS as MEASURED
from pipeline.rulebook.scales import COUNTS as SCALED
from pipeline.rulebook.terms import GROUPS
from pipeline.tables import CHECKS, SEVERITIES

_NUMBER = r"\d+(?:\.\d+)?"
_ATC = r"[A-Z]\d\d[A-Z]{2}\d\d"


def _among(words: Sequence[str], otherwise: str = "") -> pa.Check:
    return pa.Check.isin(list(words), error=otherwise or "'{value}' is none of " + ", ".join(words))


def _form(pattern: str, otherwise: str) -> pa.Check:
    return pa.Check(lambda cells: cells.str.fullmatch(pattern), error=otherwise)


def _once(otherwise: str) -> pa.Check:
    return pa.Check(lambda cells: ~cells.duplicated(), error=otherwise)


_FILLED = pa.Check(lambda cells: cells.str.strip() != "", error="is empty")
_LOWER = pa.Check(lambda cells: cells == cells.str.lower(), error="'{value}' is not lower case")
_RULE: dict[str, list[pa.Check]] = {
    "rule_id": [_form(r"[a-z0-9]+(?:-[a-z0-9]+)*", "'{value}' is not lower case with hyphens")],
    "check": [_among(CHECKS)],
    "severity": [_among(SEVERITIES)],
    "active": [_among(("yes", "no", LOW_PRIORITY))],
} | dict.fromkeys(
    ("problem", "effect", "mechanism", "management", "evidence", "sources", "authored_by", "checked_by"), [_FILLED]
)
_CELLS: dict[str, dict[str, list[pa.Check]]] = {
    "drugs": {
        "ingredient": [_once("'{value}' stands in the drugs already"), _LOWER],
        "atc": [_form(rf"(?:{_ATC}(?:;{_ATC})*)?", "'{value}' is no list of seven-character ATC codes")],
    },
    "names": {
        "name": [_once("'{value}' stands in the names already")],
        "kind": [_among(("brand", "generic", "salt", "abbreviation", "combination"))],
    },
    "classes": {"weight": [_form(f"(?:{_NUMBER})?", "'{value}' is no number of points")]},
    "conditions": {"kind": [_among(("icd10", "icd9", "words"))]},
    "routes": {"group": [_among(GROUPS)], "text": [_once("'{value}' stands in the routes already")]},
    "warnings": {"kind": [_among(WRITING)], "warning": [_FILLED]},
    "reactions": {"kind": [_among(("allergy", "side_effect"), "'{value}' is neither allergy nor side_effect")]},
    "lab_units": {"factor": [_form(rf"{_NUMBER}(?: \+ {_NUMBER})?", "'{value}' is no number")]},
    "lab_ranges": dict.fromkeys(("low", "high"), [_form(_NUMBER, "'{value}' is no number")]),
    "sources": {
        "key": [_once("'{value}' names another source already")],
        "seen": [_among(("yes", "no"), "'{value}' is neither yes nor no")],
    },
    "problems": {
        "problem": [_once("'{value}' stands in the problems already")],
        "acts": [_among(("each", "together"), "'{value}' is neither each nor together")],
        "today_from": [_among(SEVERITIES)],
        "title": [_FILLED],
    },
    "scales": {"sources": [_FILLED]},
    "scale_items": {"counts": [_among(tuple(SCALED))]},
    "measures": {"counts": [_among(tuple(MEASURED))], "sources": [_FILLED]},
} | dict.fromkeys(RULE_TABLES, _RULE)
SCHEMAS = {
    table: pa.DataFrameSchema({name: pa.Column(None, checks) for name, checks in columns.items()}, name=table)
    for table, columns in _CELLS.items()
}


def lint_cells(tables: dict[str, pd.DataFrame]) -> Iterator[Problem]:
    """Every cell that is not what its column asks for."""
    for table, schema in SCHEMAS.items():
        frame = tables[table]
        try:
            schema.validate(frame, lazy=True)
        except pa.errors.SchemaErrors as errors:
            for case in errors.failure_cases.to_dict("records"):
                row = frame.loc[case["index"]]
                text = str(case["check"]).format(value=row[case["column"]])
                yield Problem(row["_file"], int(row["_line"]), case["column"], text)
