"""The terms in which rules speak of facts (`baclofen:intrathecal`, `class:opioid`, `egfr<30` …), taken apart.

What each form means is told in reference/README.md.
"""

import re
from dataclasses import dataclass

GROUPS = ("systemic", "rectal", "intrathecal", "inhaled", "ophthalmic", "vaginal", "local")
# The route groups by which a medicine reaches the body; what a term means that names no group.
BODY = ("systemic", "rectal", "intrathecal")
ALCOHOL = ("alcohol", "alcohol:moderate", "alcohol:heavy")
HEPATIC = ("hepatic:mild", "hepatic:moderate", "hepatic:severe")
STATES = ("pregnant", "breastfeeding", "smoker", "hospice", "dialysis", "grapefruit", "female", "male")
NUMBERS = ("age", "weight_kg", "bmi", "egfr", "crcl", "pump_refill_days")

_BAND = re.compile(r"([a-z][a-z0-9_]*)\s*(<=|>=|<|>)\s*(\d+(?:\.\d+)?)$")


@dataclass(frozen=True)
class Term:
    """One term. `kind`: drug, class, any, same, condition, allergy, allergy_class, allergy_same, intolerance,
    intolerance_same, band, state or listed (a list of pairs).

    `name` is the ingredient, class, condition, number or state; `groups` the route groups of a medicine;
    `comparison` and `threshold` those of a band.
    """

    text: str
    kind: str
    name: str = ""
    groups: tuple[str, ...] = ()
    comparison: str = ""
    threshold: float = 0.0

    @property
    def is_drug(self) -> bool:
        return self.kind in ("drug", "class", "any", "same", "listed")


def parse(text: str) -> Term:
    """One term.

    Raises:
        ValueError: the text has no form of a term, with the reason.
    """
    if found := _BAND.match(text):
        return Term(text, "band", found[1], comparison=found[2], threshold=float(found[3]))
    if text in (*ALCOHOL, *HEPATIC, *STATES):
        return Term(text, "state", text)
    if text.startswith("condition:"):
        return Term(text, "condition", text.removeprefix("condition:"))
    if text.startswith("allergy:"):
        name = text.removeprefix("allergy:")
        if name == "same":
            return Term(text, "allergy_same")
        kind = "allergy_class" if name.startswith("class:") else "allergy"
        return Term(text, kind, name.removeprefix("class:"))
    if text.startswith("intolerance:"):
        name = text.removeprefix("intolerance:")
        return Term(text, "intolerance_same") if name == "same" else Term(text, "intolerance", name)
    if text.startswith("list:"):
        return Term(text, "listed", text.removeprefix("list:"))
    return _drug(text)


def _drug(text: str) -> Term:
    kind, rest = ("class", text.removeprefix("class:")) if text.startswith("class:") else ("drug", text)
    name, _, named = rest.partition(":")
    groups = BODY if not named else GROUPS if named == "any" else tuple(named.split("|"))
    if not name:
        raise ValueError(f"'{text}' names nothing")
    if any(group not in GROUPS for group in groups):
        raise ValueError(f"'{text}' names no route group known: {', '.join((*GROUPS, 'any'))}")
    if kind == "drug" and name in ("any", "same"):
        kind = name
    if kind == "same" and named:
        raise ValueError(f"'{text}': the same ingredient is by any route that reaches the body")
    return Term(text, kind, name, groups)


def alternatives(entry: str) -> list[Term]:
    """The terms of one entry, of which any may hold: `egfr<30|dialysis`. A `|` between route groups is its own."""
    parts: list[str] = []
    for part in (piece.strip() for piece in entry.split("|")):
        if parts and part in GROUPS:
            parts[-1] += f"|{part}"
        else:
            parts.append(part)
    return [parse(part) for part in parts]


def entries(text: str) -> list[list[Term]]:
    """A list cell: entries separated by `;`, each its alternatives."""
    return [alternatives(entry.strip()) for entry in text.split(";") if entry.strip()]
