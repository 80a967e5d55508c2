"""What becomes of each column of a review under pseudonyms: kept, changed cell by cell, or made anew.

Whatever is not named here is emptied, and any other table too.
"""

import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass

# Ages from this on are pooled (45 CFR 164.514(b)(2)(i)(C)).
POOLED_AGE = 90
HIDDEN = "not shown"
# Digits of a pseudonym: residents are many, and two of one name would be taken for one person.
_DIGITS = {"resident": 16}
_AGE = re.compile(r"\bage (\d{2,3})\b(?! or more)")
# A reason that points to another row names its sheet and number.
_OTHER_ROW = re.compile(r"\brows? .*", re.DOTALL)
# What may be said of what is missing: the program's own words. All else quotes the input.
OWN_WORDS = re.compile(
    r"(rules beyond what reference .*|no \w+ table: .*|the medications have no column \w+"
    r"|rules of their own for some of the medicines|the stop date of \d+ orders .*"
    r"|the meaning of some results \(\d+, tests: \d+\): .*"
    r"|(birth date|weight( and height)?|kidney function \(.*|creatinine clearance \(.*|the day the pump .*"
    r"|a (daily )?dose that can be computed(, or the weight)?|the start date of the order|laboratory results|a problem "
    r"list|an allergy list|indications|[A-Za-z0-9 ]+ from the last year)(; the last is \d+ days old)?)",
    re.DOTALL,
)
_QUOTING = (
    ("the meaning of the order", "the meaning of an order"),
    ("whether the order", "whether an order is what it says"),
    ("the meaning of the allergy", "the meaning of an allergy"),
    ("the unit of the", "the unit of a result"),
    ("row ", "a row that was set aside"),
    ("not used:", "columns or tables that were not used"),
)


@dataclass(frozen=True)
class Pseudonyms:
    """Makes pseudonyms with one key."""

    key: bytes

    def of(self, kind: str, name: object) -> str:
        """The pseudonym of a name: `resident-3f2a9c01d4e5b6a7`; of no name there is none."""
        if not isinstance(name, str) or not name:
            return ""
        return f"{kind}-{self._digest(kind, name)[: _DIGITS.get(kind, 12)]}"

    def finding(self, finding_id: object) -> str:
        """A finding's id is a hash that anyone who knows the resident's id can compute; this one needs the key."""
        return self._digest("finding", str(finding_id))[:12] if finding_id else ""

    @property
    def fingerprint(self) -> str:
        """Tells which key was used, and nothing of the key."""
        return self._digest("key", "")[:8]

    def _digest(self, kind: str, text: str) -> str:
        return hmac.new(self.key, f"{kind}\x1f{text}".encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def own_words(text: str) -> str:
    """What is missing, in the program's own words; of a text that quotes the input only what kind it is."""
    if OWN_WORDS.fullmatch(text):
        return text
    known = next((general for start, general in _QUOTING if text.startswith(start)), "something that quotes the input")
    return f"{known} ({HIDDEN})"


_FINDING = {
    "check", "rule_id", "severity", "drugs", "problem", "effect", "mechanism", "management", "alternatives", "evidence",
    "sources", "status", "points", "held_by", "since", "runs", "asked", "quiet",
}  # fmt: skip
KEPT: dict[str, set[str]] = {
    "patients": {
        "sex", "weight_kg", "egfr", "crcl", "kidney", "medications", "tier", "action", "score", "findings", "complete",
        "not_done", "overdue",
    },
    "medications": {
        "ingredients", "route", "daily_dose", "daily_dose_unit", "current", "match", "prn", "start_date", "stop_date",
        "status",
    },
    "findings": _FINDING,
    "held_back": _FINDING,
    "problems": {"problem", "title", "severity", "drugs", "findings", "load", "action", "points", "status"},
    "scales": {
        "scale", "title", "value", "unit", "thresholds", "band", "complete", "contributors", "missing", "sources",
        "problem", "text",
    },
    "changes": {
        "rank", "change", "drug", "points_before", "points_after", "resolves", "adds", "taper", "alternatives",
    },
    "limits": {"rules"},
    "rejected": {"table", "column"},
    "unrecognised": {"rows", "patients", "suggestions"},
    "measures": {
        "measure", "numerator", "denominator", "rate", "ci_low", "ci_high", "excluded", "not_assessable", "title",
    },
    "sources": {"key", "kind", "title", "section", "identifier", "seen"},
}  # fmt: skip
# Column → what it becomes; each takes one cell.
_Change = Callable[[Pseudonyms, object], object]


def _named(kind: str) -> _Change:
    return lambda made, cell: made.of(kind, cell)


def _ids(made: Pseudonyms, cell: object) -> str:
    return ";".join(made.finding(one) for one in str(cell or "").split(";"))


def _veiled(_: Pseudonyms, cell: object) -> str:
    """Whether there is a text can be seen, but not the text."""
    return HIDDEN if isinstance(cell, str) and cell else ""


def _reason(_: Pseudonyms, cell: object) -> str:
    return "a reason that is not shown" if isinstance(cell, str) and cell else ""


def pooled(_: Pseudonyms, cell: object) -> str:
    """A text with the ages in it pooled."""
    return _AGE.sub(lambda age: "age 90+" if int(age[1]) >= POOLED_AGE else age[0], str(cell or ""))


_RESIDENT = {"patient_id": _named("resident")}
_PLACE = {"facility": _named("facility"), "unit": _named("unit")}
CHANGED: dict[str, dict[str, _Change]] = {
    "patients": {**_RESIDENT, **_PLACE, "allergies": _veiled, "first_action": pooled, "first_id": _ids},
    "medications": {**_RESIDENT, "prescriber": _named("prescriber"), "indication": _reason},
    "findings": {
        **_RESIDENT,
        "finding_id": lambda made, cell: made.finding(cell),
        "factor": pooled,
        "why": _veiled,
    },
    "held_back": {**_RESIDENT, "finding_id": lambda made, cell: made.finding(cell), "factor": pooled},
    "problems": {**_RESIDENT, "finding_ids": _ids, "factors": pooled},
    "scales": _RESIDENT,
    "changes": {**_RESIDENT, "resolved_ids": _ids, "indication": _reason},
    "limits": {
        **_RESIDENT,
        "missing": lambda _, cell: own_words(str(cell or "")),
    },
    "rejected": {"value": _veiled, "reason": lambda _, cell: _OTHER_ROW.sub("another row", str(cell or ""))},
    "measures": _PLACE,
}
# Made from the whole table below, not cell by cell.
_MADE = {
    "patients": {"age"},
    "medications": {"row", "drug"},
    "findings": {"rows"},
    "held_back": {"rows"},
    "changes": {"rows"},
    "limits": {"stops"},
    "unrecognised": {"drug"},
}


def treated(table: str) -> set[str]:
    """The columns of a table of the review that this stage knows; others are emptied."""
    return KEPT.get(table, set()) | set(CHANGED.get(table, {})) | _MADE.get(table, set())
