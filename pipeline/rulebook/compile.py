"""The reference compiled: rules as arrays of concept codes, with their context, ready for the screen."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.errors import ReferenceDamagedError
from pipeline.normalise.codes import SYSTEMS, spellings
from pipeline.rulebook import cache, overlay
from pipeline.rulebook.concepts import Concepts
from pipeline.rulebook.load import CONTEXT, LOW_PRIORITY, RULE_TABLES, Reference
from pipeline.rulebook.measures import check_measures
from pipeline.rulebook.rows import cell as _cell
from pipeline.rulebook.rows import damaged as _damaged
from pipeline.rulebook.rows import entry as _entry
from pipeline.rulebook.rows import one_of as _one_of
from pipeline.rulebook.rules import DEFAULT_LAB_AGE, Context, Entry, GapRule, PairRule, Rulebook, TotalRule
from pipeline.rulebook.scales import scales
from pipeline.rulebook.terms import ALCOHOL, HEPATIC, Term, alternatives, entries, parse
from pipeline.tables import SEVERITIES

# How the sides of a rule of pairs meet, by what its side b is.
_MATCH = {"same": "same", "allergy_same": "allergy", "intolerance_same": "intolerance", "listed": "listed"}
_NO_PAIRS = np.empty((0, 2), dtype=np.int64)
_MEASURES = ("daily_dose", "daily_dose_per_kg", "weighted_daily_dose", "times_a_day", "dose", "weight", "ingredients")
_FIELDS = ("indication", "dose", "frequency", "route", "stop_date")
# The kinds of gaps, and the columns without which a rule of the kind could never fire.
_GAPS = {
    "companion": ("needs",),
    "lab": ("needs", "within_days"),
    "duration": ("max_days",),
    "reduction": ("max_days", "within_days"),
    "stop": ("within_days", "final_dose"),
    "field": ("needs",),
}


def rulebook(folder: Path | None = None) -> Rulebook:
    """The rulebook of the program's own reference, or of the folder instead of it or laid over it (`overlay`).

    Raises:
        ReferenceDamagedError: a table cannot be used, or a rule names something that the reference does not have.
    """
    key = cache.key_of(overlay.folders(folder))
    return cache.remembered("rulebook", key, lambda: compiled(replace(overlay.reference(folder), key=key)))


def compiled(reference: Reference) -> Rulebook:
    """The rules of a loaded reference as arrays. Rules that are not active are left out.

    Raises:
        ReferenceDamagedError: a rule cannot be understood; the message names its file, line and column.
    """
    tables = reference.tables
    _check_codes(tables["codes"])
    concepts = Concepts(tables, _bands(tables))
    check_measures(tables["measures"].to_dict("records"), concepts)
    rules = pd.concat([tables[name].assign(table=name) for name in RULE_TABLES], ignore_index=True)
    rules = rules[rules["active"].isin(("yes", LOW_PRIORITY))].fillna("").reset_index(drop=True)
    makers = {"pairs": _pair, "totals": _total, "gaps": _gap}
    made: dict[str, list] = {"pairs": [], "totals": [], "gaps": []}
    for number, row in enumerate(rules.to_dict("records")):
        _one_of(row, "severity", SEVERITIES)
        made[row["table"]].append(makers[row["table"]](number, row, concepts))
    if not all(made.values()):
        raise ReferenceDamagedError("The reference has no active rule of some kind. Install medreview again.")
    return Rulebook(
        reference=reference,
        concepts=concepts,
        rules=rules,
        scales=scales(tables, concepts),
        **made,
    )


def _check_codes(codes: pd.DataFrame) -> None:
    """A code that cannot be one of its system would be left out in silence."""
    of_none = ~codes["system"].isin(SYSTEMS).to_numpy()
    pairs = codes[["system", "code"]].to_numpy().tolist()
    unreadable = np.array([not spellings(system, code) for system, code in pairs], dtype=bool)
    for mask, column, reason in (
        (of_none, "system", f"must be {', '.join(SYSTEMS)}"),
        (unreadable, "code", "is no code of its system"),
        (codes["name"].to_numpy() == "", "name", "is empty"),
    ):
        if mask.any():
            raise _damaged(codes[mask].iloc[0].to_dict(), column, reason)


def _bands(tables: dict[str, pd.DataFrame]) -> list[Term]:
    """Every band that any rule names, sorted by its text."""
    columns = [
        tables[name][column]
        for name in (*RULE_TABLES, "scales", "scale_items", "measures")
        for column in ("a", "b", "terms", "present", "needs", "among", "excludes", *CONTEXT)
        if column in tables[name]
    ]
    texts = sorted({cell for column in columns for cell in column if "<" in cell or ">" in cell})
    bands: dict[str, Term] = {}
    for text in texts:
        for part in text.replace("|", ";").split(";"):
            if "<" in part or ">" in part:
                try:
                    bands[part.strip()] = parse(part.strip())
                except ValueError:
                    continue  # the rule that holds it is refused with its line
    return [bands[text] for text in sorted(bands) if bands[text].kind == "band"]


def _context(row: dict, concepts: Concepts, max_lab_age: float = DEFAULT_LAB_AGE) -> Context:
    def read(text: str) -> tuple[Entry, ...]:
        return tuple(_entry(terms, concepts) for terms in entries(text))

    when, unless, raise_when, lower_when = (_cell(row, column, read) for column in CONTEXT)
    return Context(when, unless, raise_when, lower_when, max_lab_age)


def _pair(number: int, row: dict, concepts: Concepts) -> PairRule:
    a, b = (_cell(row, side, alternatives) for side in ("a", "b"))
    match = _MATCH.get(b[0].kind, "each")
    if not all(term.is_drug for term in a):
        raise _damaged(row, "a", "side a must be a medicine")
    if len({term.is_drug for term in b}) > 1 or (match != "each" and len(b) > 1):
        raise _damaged(row, "b", "side b mixes medicines with other facts, or has an alternative to what is the same")
    if match == "listed" and (len(a) > 1 or a[0].kind != "any"):
        raise _damaged(row, "a", "side a of a list of pairs must be any")
    listed = _cell(row, "b", lambda _: concepts.pair_list(b[0].name)) if match == "listed" else _NO_PAIRS
    dose, unit = _cell(row, "min_daily_dose", _quantity)
    oldest = _cell(row, "max_lab_age", _number)
    if match == "listed":
        of_a, of_b = (concepts.body_codes(side) for side in listed.T)
    else:
        of_a = _cell(row, "a", lambda _: _entry(a, concepts).codes)
        of_b = _cell(row, "b", lambda _: _entry(b, concepts).codes) if match == "each" else np.array([], dtype=np.int64)
    return PairRule(
        number, of_a, of_b,
        match, "" if b[0].is_drug else _family(b), _degree(b[0]),
        tuple(dict.fromkeys(term.name for term in b if term.kind == "band")),
        _cell(row, "washout_days", _number), _cell(row, "min_days", _number), dose, unit,
        _context(row, concepts, DEFAULT_LAB_AGE if np.isnan(oldest) else oldest), listed,
    )  # fmt: skip


def _family(terms: list[Term]) -> str:
    """What a side that is no medicine is about: bands of one number, degrees of one state, else the term itself."""
    first = terms[0]
    if first.kind == "band":
        return first.name
    if first.text in (*ALCOHOL, *HEPATIC):
        return first.text.partition(":")[0]
    of_allergy = first.kind.startswith(("allergy", "intolerance"))
    return "allergy" if of_allergy else "|".join(term.text for term in terms)


def _degree(term: Term) -> float:
    """How narrow a band or a degree of a state is among those of its family."""
    if term.kind == "band":
        return term.threshold if term.comparison.startswith(">") else -term.threshold
    for degrees in (ALCOHOL, HEPATIC):
        if term.text in degrees:
            return float(degrees.index(term.text))
    return 0.0


def _total(number: int, row: dict, concepts: Concepts) -> TotalRule:
    def weighed(text: str) -> dict[int, float]:
        weights: dict[int, float] = {}
        for term in alternatives(text):
            weights.update(concepts.weights(term))
        return weights

    weights = _cell(row, "terms", weighed)
    codes = np.array(sorted(weights), dtype=np.int64)
    threshold, unit = _in_base_unit(_cell(row, "threshold", float), row["unit"])
    return TotalRule(
        number, codes, np.array([weights[int(code)] for code in codes]), _one_of(row, "measure", _MEASURES),
        _one_of(row, "comparison", (">", ">=")) == ">=", threshold, unit, _cell(row, "started_within_days", _number),
        f"{row['terms']}/{row['measure']}/{row['problem']}", _context(row, concepts),
    )  # fmt: skip


def _gap(number: int, row: dict, concepts: Concepts) -> GapRule:
    kind = _one_of(row, "kind", tuple(_GAPS))
    for column in _GAPS[kind]:
        if not row[column]:
            raise _damaged(row, column, f"is empty, but a rule of the kind {kind} needs it")
    present = _cell(row, "present", alternatives)
    if not all(term.is_drug for term in present) and (kind != "companion" or row["orders"]):
        raise _damaged(row, "present", "what is no medicine has no orders, tests or fields, only companions")
    needs = tuple(part.strip() for part in row["needs"].split("|") if part.strip())
    for name in needs:
        if kind == "lab" and name not in concepts.tests:
            raise _damaged(row, "needs", f"'{name}' is no test of labs.csv")
        if kind == "field" and name not in _FIELDS:
            raise _damaged(row, "needs", f"'{name}' is none of {', '.join(_FIELDS)}")
    codes = np.array([], dtype=np.int64)
    if kind == "companion":
        codes = _cell(
            row,
            "needs",
            lambda text: np.unique(np.concatenate([_entry(terms, concepts).codes for terms in entries(text)])),
        )
    dose, unit = _cell(row, "final_dose", _quantity)
    return GapRule(
        number, kind, _cell(row, "present", lambda _: _entry(present, concepts).codes),
        _one_of(row, "orders", ("", "prn", "scheduled")), codes,
        needs if kind == "lab" else (), needs if kind == "field" else (),
        _cell(row, "within_days", _number), _cell(row, "min_days", _number), _cell(row, "max_days", _number),
        dose, unit, _context(row, concepts),
    )  # fmt: skip


def _number(text: str) -> float:
    return float(text) if text else float("nan")


def _quantity(text: str) -> tuple[float, str]:
    """`20 mg` as a number and its base unit; (nan, '') when empty."""
    if not text:
        return float("nan"), ""
    value, _, unit = text.partition(" ")
    return _in_base_unit(float(value), unit)


def _in_base_unit(value: float, unit: str) -> tuple[float, str]:
    """Mass in milligrams, as the daily doses of facts are."""
    factor = {"g": 1000.0, "mcg": 0.001, "mg": 1.0}.get(unit)
    return (value, unit) if factor is None else (value * factor, "mg")


def reviewed(rules: pd.DataFrame) -> dict[str, int]:
    """How many of the rules a clinician has checked."""
    checked = (rules["checked_by"] != "unreviewed") & (rules["checked_by"] != "")
    return {"rules": len(rules), "checked": int(checked.sum())}
