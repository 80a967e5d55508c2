"""Which findings go to which prescriber: those that name an order of theirs, and of the rest those of their residents.

Every finding that still stands goes to somebody; what has no prescriber goes to `UNKNOWN`.
"""

from collections import Counter
from dataclasses import dataclass, field

from pipeline.report import digest, listings
from pipeline.report.records import Record, by_patient, records
from pipeline.review import Review

UNKNOWN = "prescriber not known"


@dataclass
class Concern:
    """What concerns one prescriber of one resident.

    `findings`: that still stand, worst first; `others`: finding id → the other prescribers whose orders it names;
    `ordered_by`: source row → who ordered it; `unordered`: the ids of findings that name no order (an omission), which
    come to the resident's main prescriber.
    """

    patient: Record
    orders: list[Record]
    findings: list[Record] = field(default_factory=list)
    others: dict[str, list[str]] = field(default_factory=dict)
    ordered_by: dict[str, str] = field(default_factory=dict)
    unordered: set[str] = field(default_factory=set)


def by_prescriber(review: Review) -> dict[str, list[Concern]]:
    """Prescriber → what concerns them, the most pressing resident first. Prescribers whom nothing concerns are left
    out. Names that differ in more than blanks are different people: nobody is guessed to be somebody else."""
    orders, findings = by_patient(review.medications), by_patient(review.findings)
    found: dict[str, dict[str, Concern]] = {}
    for patient in listings.by_urgency(records(review.patients)):
        patient_id = patient["patient_id"]
        own = orders.get(patient_id, [])
        by = {str(order["row"]): _name(order) for order in own}
        for finding in digest.open_findings(findings.get(patient_id, [])):
            named = list(dict.fromkeys(by[row] for row in rows(finding) if row in by))
            for name in named or [_main(own)]:
                concern = found.setdefault(name, {}).setdefault(patient_id, Concern(patient, own, ordered_by=by))
                concern.findings.append(finding)
                concern.others[finding["finding_id"]] = [other for other in named if other != name]
                if not named:
                    concern.unordered.add(finding["finding_id"])
    return {name: list(found[name].values()) for name in sorted(found, key=lambda name: (name == UNKNOWN, name))}


def rows(finding: Record) -> list[str]:
    """The source rows of the orders that a finding names."""
    return [row.strip() for row in (finding["rows"] or "").split(";") if row.strip()]


def _name(order: Record) -> str:
    return " ".join((order["prescriber"] or "").split()) or UNKNOWN


def _main(orders: list[Record]) -> str:
    """Who ordered most of what the resident takes now; of several the first by name."""
    counted = Counter(_name(order) for order in orders if order["current"] and _name(order) != UNKNOWN)
    return min(counted, key=lambda name: (-counted[name], name)) if counted else UNKNOWN
