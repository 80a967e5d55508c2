"""The reference compiled: rules as arrays of concept codes, with their context, ready for the screen."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.errors import ReferenceDamagedError
from pipeline.normalise.directions import Directions
from pipeline.normalise.drug_text import Lexicon
from pipeline.paths import reference_folder
from pipeline.rulebook.concepts import Concepts
from pipeline.rulebook.load import RULE_TABLES, Reference, load
from pipeline.rulebook.terms import ALCOHOL, HEPATIC, Term, alternatives, entries, parse
from pipeline.tables import SEVERITIES

DEFAULT_LAB_AGE = 365


@dataclass(frozen=True)
class Entry:
    """One entry of a list of terms: it holds when any of its codes does; `numbers` are the numbers it needs to know."""

    text: str
    codes: np.ndarray
    numbers: tuple[str, ...]


@dataclass(frozen=True)
class Context:
    """What else must hold (`when`, all), must not (`unless`, none), or raises the severity (`raise_when`, any)."""

    when: tuple[Entry, ...] = ()
    unless: tuple[Entry, ...] = ()
    raise_when: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class PairRule:
    """A rule of two terms. `rule` is its number in `Rulebook.rules`.

    `a`, `b`: codes. `match`: `each` (every code of a with every code of b), `same` (the same ingredient on another
    order) or `allergy` (an allergy to the ingredient itself). `family`: what side b is about when it is no medicine,
    so that bands of one number compete; empty for a medicine. `degree`: the higher, the narrower the band. Days and
    doses are NaN when the rule does not set them.
    """

    rule: int
    a: np.ndarray
    b: np.ndarray
    match: str
    family: str
    degree: float
    numbers: tuple[str, ...]
    washout_days: float
    min_days: float
    min_daily_dose: float
    dose_unit: str
    max_lab_age: float
    context: Context

    @property
    def covers(self) -> int:
        """How many pairs of concepts the rule names: fewer is more specific."""
        return len(self.a) if self.match != "each" else len(self.a) * len(self.b)


@dataclass(frozen=True)
class TotalRule:
    """A rule of a sum. `weights` stand beside `codes`; of the rules of one `family` only the most severe is told."""

    rule: int
    codes: np.ndarray
    weights: np.ndarray
    measure: str
    inclusive: bool
    threshold: float
    unit: str
    started_within_days: float
    family: str
    context: Context


@dataclass(frozen=True)
class GapRule:
    """A rule of something missing. `present` are codes; `needs` codes, tests or fields, by `kind`."""

    rule: int
    kind: str
    present: np.ndarray
    orders: str
    needs: np.ndarray
    tests: tuple[str, ...]
    fields: tuple[str, ...]
    within_days: float
    min_days: float
    max_days: float
    final_dose: float
    dose_unit: str
    context: Context


@dataclass(frozen=True)
class Rulebook:
    """Everything the review needs to know. `rules` has one row a rule, whatever its table, numbered from 0.

    `lexicon` and `directions` read the texts of orders; they are made once, since that takes longer than reading a
    home's orders.
    """

    reference: Reference
    lexicon: Lexicon
    directions: Directions
    concepts: Concepts
    rules: pd.DataFrame
    pairs: list[PairRule]
    totals: list[TotalRule]
    gaps: list[GapRule]


def rulebook(folder: Path | None = None) -> Rulebook:
    """The rulebook of a reference folder (the program's own by default).

    Raises:
        ReferenceDamagedError: a table cannot be used, or a rule names something that the reference does not have.
    """
    return compiled(load(folder or reference_folder()))


def compiled(reference: Reference) -> Rulebook:
    """The rules of a loaded reference as arrays. Rules that are not active are left out.

    Raises:
        ReferenceDamagedError: a rule cannot be understood; the message names its file, line and column.
    """
    tables = reference.tables
    concepts = Concepts(tables, _bands(tables))
    rules = pd.concat([tables[name].assign(table=name) for name in RULE_TABLES], ignore_index=True)
    rules = rules[rules["active"] == "yes"].fillna("").reset_index(drop=True)
    makers = {"pairs": _pair, "totals": _total, "gaps": _gap}
    made: dict[str, list] = {"pairs": [], "totals": [], "gaps": []}
    for number, row in enumerate(rules.to_dict("records")):
        if row["severity"] not in SEVERITIES:
            raise ReferenceDamagedError(
                f"{row['_file']}, line {row['_line']}, column severity: must be one of {', '.join(SEVERITIES)}."
            )
        made[row["table"]].append(_rule(makers[row["table"]], number, row, concepts))
    if not all(made.values()):
        raise ReferenceDamagedError("The reference has no active rule of some kind. Install medreview again.")
    return Rulebook(
        reference, Lexicon(tables), Directions(tables), concepts, rules, made["pairs"], made["totals"], made["gaps"]
    )


def _rule(maker, number: int, row: dict, concepts: Concepts):  # type: ignore[no-untyped-def]
    try:
        return maker(number, row, concepts)
    except KeyError as error:
        raise ReferenceDamagedError(f"{row['_file']}, line {row['_line']}: {error} is not in the reference.") from error
    except ValueError as error:
        raise ReferenceDamagedError(f"{row['_file']}, line {row['_line']}: {error}.") from error


def _bands(tables: dict[str, pd.DataFrame]) -> list[Term]:
    """Every band that any rule names, sorted by its text."""
    columns = [
        tables[name][column]
        for name in RULE_TABLES
        for column in ("a", "b", "terms", "present", "needs", "when", "unless", "raise_when")
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


def _entry(terms: list[Term], concepts: Concepts) -> Entry:
    codes = np.unique(np.concatenate([concepts.codes(term) for term in terms]))
    numbers = tuple(dict.fromkeys(term.name for term in terms if term.kind == "band"))
    return Entry("|".join(term.text for term in terms), codes, numbers)


def _context(row: dict, concepts: Concepts) -> Context:
    return Context(
        *(tuple(_entry(terms, concepts) for terms in entries(row[name])) for name in ("when", "unless", "raise_when"))
    )


def _pair(number: int, row: dict, concepts: Concepts) -> PairRule:
    a, b = alternatives(row["a"]), alternatives(row["b"])
    match = {"same": "same", "allergy_same": "allergy"}.get(b[0].kind, "each")
    a_codes = _entry(a, concepts).codes
    b_codes = _entry(b, concepts).codes if match == "each" else np.array([], dtype=np.int64)
    dose, unit = _quantity(row["min_daily_dose"])
    if not all(term.is_drug for term in a):
        raise ValueError("side a must be a medicine")
    if len({term.is_drug for term in b}) > 1:
        raise ValueError("side b mixes medicines with other facts")
    return PairRule(
        number, a_codes, b_codes, match, "" if b[0].is_drug else _family(b), _degree(b[0]),
        tuple(dict.fromkeys(term.name for term in b if term.kind == "band")),
        _number(row["washout_days"]), _number(row["min_days"]), dose, unit,
        _number(row["max_lab_age"]) if row["max_lab_age"] else DEFAULT_LAB_AGE, _context(row, concepts),
    )  # fmt: skip


def _family(terms: list[Term]) -> str:
    """What a side that is no medicine is about: bands of one number, degrees of one state, else the term itself."""
    first = terms[0]
    if first.kind == "band":
        return first.name
    if first.text in (*ALCOHOL, *HEPATIC):
        return first.text.partition(":")[0]
    return "allergy" if first.kind.startswith("allergy") else "|".join(term.text for term in terms)


def _degree(term: Term) -> float:
    """How narrow a band or a degree of a state is among those of its family."""
    if term.kind == "band":
        return term.threshold if term.comparison.startswith(">") else -term.threshold
    for degrees in (ALCOHOL, HEPATIC):
        if term.text in degrees:
            return float(degrees.index(term.text))
    return 0.0


def _total(number: int, row: dict, concepts: Concepts) -> TotalRule:
    weights: dict[int, float] = {}
    for term in alternatives(row["terms"]):
        weights.update(concepts.weights(term))
    codes = np.array(sorted(weights), dtype=np.int64)
    if row["comparison"] not in (">", ">="):
        raise ValueError("comparison must be > or >=")
    if row["measure"] not in ("daily_dose", "daily_dose_per_kg", "dose", "weight", "ingredients"):
        raise ValueError("measure must be daily_dose, daily_dose_per_kg, dose, weight or ingredients")
    threshold, unit = _in_base_unit(float(row["threshold"]), row["unit"])
    return TotalRule(
        number, codes, np.array([weights[int(code)] for code in codes]), row["measure"], row["comparison"] == ">=",
        threshold, unit, _number(row["started_within_days"]),
        f"{row['terms']}/{row['measure']}/{row['problem']}", _context(row, concepts),
    )  # fmt: skip


def _gap(number: int, row: dict, concepts: Concepts) -> GapRule:
    kind = row["kind"]
    if kind not in ("companion", "lab", "duration", "stop", "field"):
        raise ValueError("kind must be companion, lab, duration, stop or field")
    needs = tuple(part.strip() for part in row["needs"].split("|") if part.strip())
    if kind == "lab":
        for test in needs:
            if test not in concepts.tests:
                raise KeyError(test)
    codes = np.array([], dtype=np.int64)
    if kind == "companion":
        codes = np.unique(np.concatenate([_entry(terms, concepts).codes for terms in entries(row["needs"])]))
    dose, unit = _quantity(row["final_dose"])
    return GapRule(
        number, kind, _entry(alternatives(row["present"]), concepts).codes, row["orders"], codes,
        needs if kind == "lab" else (), needs if kind == "field" else (),
        _number(row["within_days"]), _number(row["min_days"]), _number(row["max_days"]), dose, unit,
        _context(row, concepts),
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


def days(day: date) -> int:
    """A day as the whole number that facts use: days since 1970-01-01."""
    return (day - date(1970, 1, 1)).days
