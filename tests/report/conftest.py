"""A small review, made by hand, with everything a report must be able to show."""

from datetime import date

import pandas as pd
import pytest

from pipeline.judge.problems import problems
from pipeline.review import Review

AS_OF = date(2026, 3, 31)
HOSTILE_NAME = "=cmd|' /C calc'!A0 " + "Wolfeschlegelsteinhausenbergerdorff " * 8 + "\x07 end"

ACTIONS = {
    "today": "Call the prescriber today and agree on what to change.",
    "this_week": "Put the recommendations to the prescriber this week.",
    "monthly_review": "Bring it up at the monthly review.",
    "none": "Nothing to do.",
}
KIDNEY = (
    "eGFR 37 mL/min/1.73 m² (CKD-EPI 2021) and CrCl 27 mL/min (Cockcroft-Gault), creatinine 1.4 mg/dL of 2 Mar 2026"
)

DEFINITIONS = pd.DataFrame(
    {"problem": ["cns_depression"], "title": ["Sedation and breathing (CNS depression)"], "acts": ["together"]}
).assign(several="Taper one at a time.", today_from="contraindicated")
SCALES = pd.DataFrame(
    [
        {
            "patient_id": "007", "scale": "sedative_load", "title": "Sedative load", "value": 9.0, "unit": "points",
            "thresholds": "7", "band": "high", "complete": "yes", "contributors": "baclofen 2; morphine 2",
            "missing": "", "sources": "kdigo", "problem": "cns_depression", "text": "Sedative load: 9 points, high",
        },
    ]
)  # fmt: skip


def patient(patient_id, name, unit, tier, score, first_action, findings, medications, complete, **other):
    row = {
        "patient_id": patient_id,
        "name": name,
        "facility": "Oak House",
        "unit": unit,
        "sex": "F",
        "age": 84.0,
        "weight_kg": 58.0,
        "birth_date": "1941-06-02",
        "egfr": 37.1,
        "crcl": 27.4,
        "kidney": KIDNEY,
        "allergies": "",
        "tier": tier,
        "action": ACTIONS[tier],
        "score": score,
        "first_action": first_action,
        "findings": findings,
        "medications": medications,
        "complete": complete,
        "first_id": "",
        "not_done": 0,
        "overdue": 0,
    }
    return row | other


def order(patient_id, row, drug, ingredients, **other):
    made = {
        "patient_id": patient_id,
        "row": row,
        "drug": drug,
        "ingredients": ingredients,
        "route": "oral",
        "daily_dose": "30",
        "daily_dose_unit": "mg",
        "current": True,
        "match": "exact",
        "note": "",
        "dose": "10",
        "dose_unit": "mg",
        "frequency": "TID",
        "prn": False,
        "start_date": "2025-11-04",
        "stop_date": None,
        "status": "",
        "indication": "",
        "prescriber": "Dr A. Okafor",
        "directions": "",
    } | other
    columns = {f"written_{name}": made[name] for name in ("dose", "dose_unit", "frequency")}
    return columns | made


TEXTS = {
    "cns_depression": (
        "Sedation, confusion, slow breathing and falls; in the frail the sedation can last into the next day.",
        "Both damp the central nervous system, and kidney disease lets the first one build up.",
        "Lower the dose of one of the two, or stop the one with the weaker indication. Until that is settled check "
        "breathing rate and alertness at each shift, and keep the bed low.",
        "Physiotherapy and stretching for spasticity; acetaminophen for pain.",
    ),
    "renal": (
        "The drug accumulates: drowsiness, confusion, seizures.",
        "It leaves the body through the kidneys, and the filtration rate is below the limit.",
        "Halve the dose and look again in a week. Do not stop it abruptly.",
        "",
    ),
    "anticholinergic": ("Dry mouth.", "Blocks acetylcholine.", "Offer water with each meal.", ""),
}


def finding(patient_id, number, severity, problem, drugs, rows, factor="", rule=None, **other):
    effect, mechanism, management, alternatives = TEXTS[problem]
    return {
        "patient_id": patient_id,
        "finding_id": f"f{patient_id}-{number}",
        "check": "interaction",
        "rule_id": rule or f"{problem}-{number}",
        "severity": severity,
        "drugs": drugs,
        "factor": factor,
        "problem": problem,
        "effect": effect,
        "mechanism": mechanism,
        "management": management,
        "alternatives": alternatives,
        "evidence": "label",
        "sources": "lioresal_label;kdigo",
        "rows": rows,
        "status": "",
        "since": "",
        "runs": None,
        "asked": "",
        "why": "",
        "quiet": False,
    } | other


def frame(rows, columns=(), dates=()):
    made = pd.DataFrame(rows, columns=list(rows[0]) if rows else list(columns))
    for name in dates:
        made[name] = pd.to_datetime(made[name])
    return made


@pytest.fixture
def review():
    first = "Lower baclofen to 5 mg twice daily: it removes 3 of 5 findings."
    patients = [
        patient(
            "+1", "Plus One", "West", "this_week", 22, "Halve the dose of gabapentin.", 1, 1, True, facility="Elm Court"
        ),
        patient(
            "007",
            "Margaret Okonkwo-Fitzgerald",
            "West wing",
            "today",
            87,
            first,
            6,
            4,
            False,
            allergies='penicillin (rash);=HYPERLINK("x")',
        ),
        patient(
            "evil/1",
            HOSTILE_NAME,
            "@unit",
            "none",
            0,
            "",
            0,
            1,
            False,
            sex="",
            age=None,
            weight_kg=None,
            birth_date=None,
            kidney="not known: no creatinine",
            egfr=None,
            crcl=None,
        ),
        patient("R-3", "Joe Calm", "West wing", "none", 0, "", 0, 1, True, sex="M"),
    ]
    medications = [
        order("+1", 2, "gabapentin 300 mg capsule", "gabapentin", daily_dose="900", dose="300"),
        order("007", 3, "Lioresal 10 mg tablet", "baclofen", indication="spasticity"),
        order("007", 4, "MS Contin 15 mg ER", "morphine", frequency="BID", dose="15", prn=True, match="brand"),
        order(
            "007",
            5,
            "hydrocodone/APAP 5-325",
            "acetaminophen;hydrocodone",
            frequency="q6h PRN",
            prn=True,
            dose="",
            dose_unit="",
            daily_dose="",
            daily_dose_unit="",
            stop_date="2026-02-01",
            current=False,
            directions="Give with food.\nHold if respirations are below 12.",
        ),
        order("007", 6, "=Xyzolam 5 mg", "", match="unrecognised", daily_dose="", daily_dose_unit=""),
        order("evil/1", 7, "-2+3+cmd|' /C calc'!A0", "", match="unrecognised", dose="", daily_dose=""),
        order("R-3", 8, "acetaminophen 500 mg", "acetaminophen", indication="pain"),
    ]
    findings = [
        finding("+1", 1, "major", "renal", "gabapentin", "2", factor="egfr 37"),
        finding("007", 1, "contraindicated", "cns_depression", "baclofen;morphine", "3;4", rule="baclofen-opioid"),
        finding("007", 2, "contraindicated", "cns_depression", "baclofen;hydrocodone", "3;5", rule="baclofen-opioid"),
        finding("007", 3, "major", "renal", "baclofen", "3", factor="egfr 37", status="accepted_not_done"),
        finding("007", 4, "moderate", "cns_depression", "morphine", "4", factor="alcohol:moderate"),
        finding("007", 5, "minor", "anticholinergic", "baclofen", "3"),
        finding("007", 6, "major", "renal", "morphine", "4", status="resolved"),
    ]
    return Review(
        as_of=AS_OF,
        patients=frame(patients, dates=["birth_date"]),
        medications=frame(medications, dates=["start_date", "stop_date"]),
        findings=frame(findings),
        problems=problems(frame(findings).query("status != 'resolved'").assign(points=3), DEFINITIONS, SCALES),
        scales=SCALES,
        changes=frame(
            [
                {
                    "patient_id": "007",
                    "rank": 1,
                    "change": "stop or swap",
                    "drug": "baclofen",
                    "points_before": 15,
                    "points_after": 3,
                    "resolves": "Sedation and breathing (CNS depression); Kidney",
                    "resolved_ids": "a;b",
                    "adds": "",
                    "indication": "spasticity",
                    "taper": "Seizures.",
                    "alternatives": "Stretching.",
                    "rows": "3",
                },
            ]
        ),
        held_back=frame(findings[:1]).assign(held_by="low priority"),
        limits=frame(
            [
                {
                    "patient_id": "",
                    "missing": "no table of conditions",
                    "stops": "checks of medicines against diseases",
                    "rules": 41,
                },
                {
                    "patient_id": "007",
                    "missing": "no potassium in the last year",
                    "stops": "potassium before diuretics",
                    "rules": 3,
                },
            ]
        ),
        rejected=frame(
            [
                {"table": "medications", "row": 12, "column": "dose", "value": "=1+1", "reason": "is not a number"},
            ]
        ),
        unrecognised=frame(
            [
                {"drug": "=Xyzolam 5 mg", "rows": 1, "patients": 1, "suggestions": "alprazolam;midazolam"},
            ]
        ),
        measures=frame(
            [
                {
                    "measure": "three_or_more_cns_active",
                    "title": "Residents on three or more CNS-active medicines",
                    "facility": "Oak House",
                    "unit": "West wing",
                    "numerator": 1,
                    "denominator": 2,
                    "rate": 0.5,
                    "ci_low": 0.0945,
                    "ci_high": 0.9055,
                    "excluded": 1,
                    "not_assessable": 0,
                },
                {
                    "measure": "three_or_more_cns_active",
                    "title": "Residents on three or more CNS-active medicines",
                    "facility": "Elm Court",
                    "unit": "",
                    "numerator": 0,
                    "denominator": 0,
                    "rate": None,
                    "ci_low": None,
                    "ci_high": None,
                    "excluded": 0,
                    "not_assessable": 1,
                },
            ]
        ),
        sources=frame(
            [
                {
                    "key": "kdigo",
                    "kind": "guideline",
                    "title": "Kidney guideline",
                    "section": "4.4",
                    "identifier": "",
                    "seen": "no",
                },
                {
                    "key": "lioresal_label",
                    "kind": "label",
                    "title": "Lioresal label",
                    "section": "7",
                    "identifier": "",
                    "seen": "yes",
                },
            ]
        ),
        manifest={
            "version": "0.1.0",
            "reference_version": "2026.1",
            "reference_hash": "3f2a9c01d4e5b6a7",
            "as_of": "2026-03-31",
            "rows": {"medications": {"read": 8, "accepted": 7, "rejected": 1}},
            "reference_reviewed": {"rules": 1234, "checked": 0},
        },
    )


@pytest.fixture
def empty_review(review):
    """Nothing was accepted and nothing found."""
    names = (
        "patients",
        "medications",
        "findings",
        "held_back",
        "problems",
        "scales",
        "changes",
        "limits",
        "rejected",
        "unrecognised",
        "measures",
    )
    return Review(
        as_of=AS_OF, **{name: getattr(review, name).iloc[:0] for name in names}, sources=review.sources, manifest={}
    )
