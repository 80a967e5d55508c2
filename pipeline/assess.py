"""One review from a source to its finished tables. Nothing is written here."""

from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd

from pipeline import __version__
from pipeline.find import Stage, find
from pipeline.history.ageing import ageing, rules_accepted
from pipeline.history.compare import compare, kept, without_earlier
from pipeline.history.loop import follow
from pipeline.history.past import Past, no_responses
from pipeline.history.snapshot import Snapshot
from pipeline.history.snapshot import taken as snapshot_of
from pipeline.history.trend import Trend, figures, measured
from pipeline.history.typed import UNCLEAR
from pipeline.judge.changes import changes, no_changes
from pipeline.judge.measures import People, measures
from pipeline.judge.once import unused_columns
from pipeline.judge.problems import problems, reduction, with_points
from pipeline.judge.scales import scales
from pipeline.judge.triage import TIER_NAMES, triage
from pipeline.normalise.distinct import distinct_rows, positions_in
from pipeline.normalise.facts import Normalised
from pipeline.normalise.identify import UNRECOGNISED
from pipeline.normalise.people import ages
from pipeline.review import Review
from pipeline.rulebook.compile import reviewed
from pipeline.rulebook.rules import Rulebook
from pipeline.screen import Screening
from pipeline.screen.findings import in_order
from pipeline.source.raw import RawTable, Source
from pipeline.tables import CHECKS, MEDICATIONS_OUT, SEVERITIES, STATUSES
from pipeline.validate import Accepted


def assess(
    source: Source,
    rulebook: Rulebook,
    as_of: date,
    *,
    past: Past | None = None,
    date_order: str = "",
    low_priority: bool = False,
    codes: pd.DataFrame | None = None,
    names: Mapping[str, str] | None = None,
    part: bool = False,
    with_changes: bool = True,
    stage: Stage = nullcontext,
) -> Review:
    """Everything between reading and writing.

    Args:
        source: the tables as read.
        rulebook: the compiled reference.
        as_of: the day of the review.
        past: what is known of the time before: an earlier review to compare with, and what people answered.
        date_order: `mdy`, `dmy` or empty, as `validate` takes it.
        low_priority: whether to tell what the reference lists as of low priority.
        codes: the user's own codes of medicines: `system`, `code`, `name`.
        names: the user's own: a drug text as `spelled` → the right name.
        part: whether the source is a part of an input: it may have no order that can be used, and that the reference
            finds its canaries is known. Of a part no time before is known, and nothing for the time after.
        with_changes: whether the changes that would help most are worked out; else none is told.
        stage: called with the name of each stage; what it returns is entered while the stage runs.

    Raises:
        InputError: the input cannot be used, or the reference fails its canaries.
    """
    found = find(
        source, rulebook, as_of,
        date_order=date_order, low_priority=low_priority, codes=codes, names=names, part=part, stage=stage,
    )  # fmt: skip
    accepted, normalised, screening, screened = found.accepted, found.normalised, found.screening, found.screened
    limited, incomplete = found.limits, found.incomplete
    with stage("triage"):
        medications, orders = normalised.orders.medications, source.tables["medications"]
        standing = with_points(screened.findings, screening.problems)
        past, named = past or Past(), _with_source_rows(standing, orders)
        now: Snapshot | None = None
        if past.is_nothing:
            told, answers = without_earlier(named, "").assign(quiet=False), no_responses()
        else:
            told, answers, now = _followed(named, accepted, normalised, rulebook, screening.problems, as_of, past)
        still = told[told["status"] != "resolved"].reset_index(drop=True)
        patients = _patients(accepted, normalised, still, incomplete, screening.problems, as_of)
        reviewed_now = np.zeros(len(normalised.facts.ids), dtype=bool)
        reviewed_now[normalised.facts.ids.get_indexer(patients["patient_id"])] = True
        scaled = scales(screening.situation, rulebook, reviewed_now)
        clusters = problems(still, screening.problems, scaled)
        helping = changes(screening, standing, medications) if with_changes else no_changes()
        helping = _with_source_rows(helping, orders)
    with stage("measure"):
        ingredients = frozenset(normalised.orders.taken_now["ingredient"].unique().tolist())
        people = _with_orders(patients, accepted, screening, standing, normalised)
        rates = measures(rulebook.reference.tables["measures"], people)
        trend = past.trend
        if not part:
            own = Trend(figures(patients, told, TIER_NAMES, SEVERITIES), measured(rates))
            own = Trend(*(table.assign(as_of=as_of.isoformat()) for table in (own.figures, own.measures)))
            trend = past.trend.followed_by(own)
    manifest = {
        "version": __version__,
        "reference_version": rulebook.reference.version,
        "reference_hash": rulebook.reference.hash,
        "reference_reviewed": reviewed(rulebook.rules),
        "as_of": as_of.isoformat(),
        "rows": accepted.rows,
        "unused_columns": unused_columns(source),
        "patients": len(patients),
        "patients_without_current_medication": len(normalised.facts.ids) - int((patients["medications"] > 0).sum()),
        "patients_incomplete": int((~patients["complete"]).sum()),
        "findings": len(screened.findings),
        "findings_by_severity": _counts(screened.findings["severity"], SEVERITIES),
        "findings_by_check": _counts(screened.findings["check"], CHECKS),
        "findings_by_status": _counts(told["status"], STATUSES),
        "responses": len(answers),
        "responses_not_understood": int((answers["response"] == UNCLEAR).sum()),
        "held_back": len(screened.held_back),
        "reduction": reduction(len(screened.findings), len(screened.held_back), len(clusters)),
        "patients_by_tier": _counts(patients["tier"], TIER_NAMES),
        "low_priority": int((screened.held_back["held_by"] == "low priority").sum()),
        "not_assessable": int(limited["rules"].sum()),
        "unrecognised": len(normalised.orders.unrecognised),
        "ingredients_taken": len(ingredients),
        "ingredients_without_rules": len(ingredients - rulebook.with_rules),
        "order_rows_with_note": int((medications["note"] != "").sum()),
        "order_rows_by_match": medications["match"].value_counts().sort_index().to_dict(),
    }
    columns = [
        *MEDICATIONS_OUT, "written_dose", "written_dose_unit", "written_frequency", "dose", "dose_unit", "frequency",
        "prn", "start_date", "stop_date", "status", "indication", "prescriber", "directions",
    ]  # fmt: skip
    shown = _by_patient(medications[columns], normalised.whose)
    shown = shown.assign(row=orders.rows(pd.Index(shown["row"])))
    return Review(
        as_of=as_of,
        patients=patients,
        medications=shown,
        findings=told,
        held_back=_with_source_rows(screened.held_back, orders),
        problems=clusters,
        scales=scaled,
        changes=helping,
        limits=limited,
        rejected=accepted.rejected,
        unrecognised=normalised.orders.unrecognised,
        measures=rates,
        sources=rulebook.reference.tables["sources"].drop(columns=["_file", "_line"]),
        once=found.once,
        ingredients=ingredients,
        manifest=manifest,
        responses=answers,
        # How long things wait is told of all: days cannot be put together of parts.
        ageing=ageing(told.iloc[:0] if part else told, patients, shown, as_of),
        rules_accepted=rules_accepted(answers),
        trend=trend,
        snapshot=now,
    )


def _followed(
    findings: pd.DataFrame,
    accepted: Accepted,
    normalised: Normalised,
    rulebook: Rulebook,
    definitions: pd.DataFrame,
    as_of: date,
    past: Past,
) -> tuple[pd.DataFrame, pd.DataFrame, Snapshot]:
    """The findings in the light of the time before, with those that are resolved; what became of each response; and
    what the next review must know."""
    whole = _whole(accepted, normalised)
    now = snapshot_of(accepted, normalised, rulebook, as_of)
    if past.earlier is None:
        told = without_earlier(findings, as_of.isoformat() if past.kept else "")
    else:
        told = in_order(compare(findings, now, past.earlier, whole))
    told, answers = follow(told, past.responses, now, past.earlier, whole, past.policy, definitions)
    return told, answers, replace(now, findings=kept(told, now, past.earlier, whole))


def _by_patient(medications: pd.DataFrame, whose: np.ndarray) -> pd.DataFrame:
    """The orders by patient and row; most inputs have them so."""
    key = whose.astype(np.int64) << 32 | medications["row"].to_numpy(np.int64)
    if (np.diff(key) > 0).all():
        return medications.reset_index(drop=True)
    return medications.iloc[np.argsort(key, kind="stable")].reset_index(drop=True)


def _with_source_rows(findings: pd.DataFrame, orders: RawTable) -> pd.DataFrame:
    """The findings with their rows as the source numbers them; within the review, rows are numbers of the table."""
    if orders.labels is None:
        return findings
    label = {str(row): str(text) for row, text in orders.labels.items()}
    rows = [";".join(label[row] for row in cell.split(";") if row) for cell in findings["rows"]]
    return findings.assign(rows=pd.Series(rows, index=findings.index, dtype="str"))


def _whole(accepted: Accepted, normalised: Normalised) -> set[str]:
    """The patients whose every row was read and every medicine recognised."""
    orders = normalised.orders.medications
    unread = [*accepted.set_aside.values(), orders.loc[orders["match"] == UNRECOGNISED, "patient_id"]]
    return set(normalised.facts.ids).difference(*unread)


def _counts(values: pd.Series, order: tuple[str, ...]) -> dict[str, int]:
    counted = values.value_counts()
    return {name: int(counted.get(name, 0)) for name in order}


def _patients(
    accepted: Accepted,
    normalised: Normalised,
    findings: pd.DataFrame,
    incomplete: set[str],
    definitions: pd.DataFrame,
    as_of: date,
) -> pd.DataFrame:
    """One row for each patient with a current order or a finding."""
    everyone = normalised.facts.ids
    taken = normalised.whose[normalised.orders.medications["current"]]
    current = np.bincount(taken, minlength=len(everyone))
    has = current > 0
    has[positions_in(everyone, findings["patient_id"])] = True
    codes = np.flatnonzero(has)
    ids = everyone[codes]
    text = ["name", "facility", "unit", "sex"]
    asked = ["patient_id", *text, "birth_date", "age", "weight_kg"]
    known = accepted.tables["patients"][asked].set_index("patient_id").reindex(ids)
    table = pd.DataFrame({"patient_id": pd.Series(ids, dtype="str")})
    for name in text:
        table[name] = known[name].fillna("").array
    table["age"] = pd.array(ages(known, as_of).to_numpy(), dtype="Int64")
    table["weight_kg"] = known["weight_kg"].to_numpy()
    table["birth_date"] = known["birth_date"].to_numpy()
    numbers = normalised.numbers
    kidney = {name: numbers[numbers["number"] == name].set_index("patient").reindex(codes) for name in ("egfr", "crcl")}
    for name, frame in kidney.items():
        table[name] = pd.array(frame["value"].to_numpy(), dtype="Float64")
    table["kidney"] = pd.array(_kidney_text(kidney, as_of), dtype="str")
    table["allergies"] = normalised.allergies.reindex(ids, fill_value="").to_numpy()
    table["medications"] = current[codes]
    judged = triage(ids, findings, incomplete, definitions)
    return pd.concat([table, judged.drop(columns="patient_id")], axis=1)


def _with_orders(
    patients: pd.DataFrame, accepted: Accepted, screening: Screening, findings: pd.DataFrame, normalised: Normalised
) -> People:
    """Those with a current order, for the measures."""
    reviewed = patients.loc[patients["medications"] > 0, ["patient_id", "facility", "unit", "age"]]
    admitted = accepted.tables["patients"].set_index("patient_id")["admission_date"].reindex(reviewed["patient_id"])
    table = reviewed.assign(admission_date=admitted.to_numpy()).reset_index(drop=True)
    codes = screening.facts.ids.get_indexer(table["patient_id"])
    return People(table, codes, screening, findings, normalised, accepted.absent)


def _kidney_text(kidney: dict[str, pd.DataFrame], as_of: date) -> np.ndarray:
    """`eGFR 37 mL/min/1.73 m² (CKD-EPI 2021, 2026-10-02); CrCl 27 mL/min (Cockcroft-Gault, 2026-10-02)`."""
    units = {"egfr": ("eGFR", "mL/min/1.73 m²"), "crcl": ("CrCl", "mL/min")}
    pieces = []
    for name, frame in kidney.items():
        title, unit = units[name]
        rounded = frame.assign(value=frame["value"].astype("float64").round(), age_days=frame["age_days"].fillna(0))
        place, distinct = distinct_rows(rounded, ["value", "basis", "age_days"])
        days = (np.datetime64(as_of, "D") - distinct["age_days"].to_numpy(np.int64)).astype(str)
        texts = [
            "" if np.isnan(value) else f"{title} {value:.0f} {unit} ({basis}, {when})"
            for value, basis, when in zip(distinct["value"], distinct["basis"], days, strict=True)
        ]
        pieces.append(np.array(texts, dtype=object)[place])
    egfr, crcl = pieces
    both = np.where((egfr != "") & (crcl != ""), egfr + "; " + crcl, egfr + crcl)
    return np.where(both == "", "not known: no creatinine or eGFR on file", both)
