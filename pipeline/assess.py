"""One review from a source to its finished tables. Nothing is written here."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import date

import numpy as np
import pandas as pd

from pipeline import __version__
from pipeline.canaries import canaries
from pipeline.errors import InputError
from pipeline.history import compare
from pipeline.limits import limits, unused_columns
from pipeline.measures import measures
from pipeline.normalise.facts import Normalised, normalise
from pipeline.normalise.identify import UNRECOGNISED
from pipeline.normalise.orders import taken_now
from pipeline.normalise.people import ages
from pipeline.normalise.readers import readers
from pipeline.review import Review
from pipeline.rulebook.compile import reviewed
from pipeline.rulebook.coverage import with_rules
from pipeline.rulebook.rules import Rulebook
from pipeline.screen import screen
from pipeline.screen.findings import in_order
from pipeline.source.raw import RawTable, Source
from pipeline.tables import CHECKS, MEDICATIONS_OUT, SEVERITIES
from pipeline.triage import triage
from pipeline.validate import Accepted, validate

Stage = Callable[[str], AbstractContextManager[object]]


def assess(
    source: Source,
    rulebook: Rulebook,
    as_of: date,
    *,
    previous: pd.DataFrame | None = None,
    date_order: str = "",
    low_priority: bool = False,
    codes: pd.DataFrame | None = None,
    stage: Stage = nullcontext,
) -> Review:
    """Everything between reading and writing.

    Args:
        source: the tables as read.
        rulebook: the compiled reference.
        as_of: the day of the review.
        previous: the findings of an earlier review to compare with.
        date_order: `mdy`, `dmy` or empty, as `validate` takes it.
        low_priority: whether to tell what the reference lists as of low priority.
        codes: the user's own codes of medicines: `system`, `code`, `name`.
        stage: called with the name of each stage; what it returns is entered while the stage runs.

    Raises:
        InputError: the input cannot be used, or the reference fails its canaries.
    """
    with stage("validate"):
        accepted = validate(source, as_of, date_order, readers(rulebook.reference).lab_tests)
        _something_accepted(accepted, source)
    with stage("normalise"):
        canaries(rulebook, as_of)
        normalised = normalise(accepted, rulebook, as_of, codes)
    with stage("screen"):
        screened = screen(normalised, rulebook, accepted.absent, as_of, low_priority)
        limited, incomplete = limits(source, accepted, normalised, screened, rulebook)
    with stage("triage"):
        patients = _patients(accepted, normalised, screened.findings, incomplete, as_of)
        orders = source.tables["medications"]
        found = _with_source_rows(screened.findings, orders)
        if previous is not None:
            found = in_order(compare(found, previous, _whole(accepted, normalised)))
    with stage("measure"):
        medications = normalised.orders.medications
        taken = taken_now(normalised.orders)
        rates = measures(rulebook.reference.tables["measures"], patients, screened.findings, taken)
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
        "held_back": len(screened.held_back),
        "low_priority": int((screened.held_back["held_by"] == "low priority").sum()),
        "not_assessable": int(limited["rules"].sum()),
        "unrecognised": len(normalised.orders.unrecognised),
        "ingredients_taken": taken["ingredient"].nunique(),
        "ingredients_without_rules": len(set(taken["ingredient"]) - with_rules(rulebook)),
        "order_rows_with_note": int((medications["note"] != "").sum()),
        "order_rows_by_match": medications["match"].value_counts().sort_index().to_dict(),
    }
    columns = [
        *MEDICATIONS_OUT, "written_dose", "written_dose_unit", "written_frequency", "dose", "dose_unit", "frequency",
        "prn", "start_date", "stop_date", "status", "indication", "prescriber", "directions",
    ]  # fmt: skip
    return Review(
        as_of=as_of,
        patients=patients,
        medications=medications[columns]
        .sort_values(["patient_id", "row"], ignore_index=True)
        .assign(row=lambda table: orders.rows(pd.Index(table["row"]))),
        findings=found,
        held_back=screened.held_back,
        limits=limited,
        rejected=accepted.rejected,
        unrecognised=normalised.orders.unrecognised,
        measures=rates,
        sources=rulebook.reference.tables["sources"].drop(columns=["_file", "_line"]),
        manifest=manifest,
    )


def _something_accepted(accepted: Accepted, source: Source) -> None:
    """A review of no order at all would read as if nothing were wrong.

    Raises:
        InputError: every row of the medications was set aside.
    """
    if accepted.rows["medications"]["accepted"]:
        return
    mine = accepted.rejected[accepted.rejected["table"] == "medications"]
    column, reason = mine.groupby(["column", "reason"]).size().idxmax()
    count, where = len(set(mine["row"])), f"the column {column}" if column else "the whole row"
    raise InputError(
        f"{source.tables['medications'].place}: every one of the {count} rows was set aside, most often for {where}: "
        f"{reason}. `medreview validate` lists them all."
    )


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
    accepted: Accepted, normalised: Normalised, findings: pd.DataFrame, incomplete: set[str], as_of: date
) -> pd.DataFrame:
    """One row for each patient with a current order or a finding."""
    orders = normalised.orders.medications
    ids = sorted(set(orders.loc[orders["current"], "patient_id"]) | set(findings["patient_id"]))
    known = accepted.tables["patients"].set_index("patient_id").reindex(ids)
    text = ["name", "facility", "unit", "sex"]
    table = pd.DataFrame({"patient_id": pd.Series(ids, dtype="str")})
    table[text] = known[text].astype("str").fillna("").to_numpy()
    table["age"] = pd.array(ages(known, as_of).to_numpy(), dtype="Int64")
    table["weight_kg"] = known["weight_kg"].to_numpy()
    table["birth_date"] = known["birth_date"].to_numpy()
    position = pd.Series(range(len(normalised.facts.ids)), index=normalised.facts.ids)
    codes = position.reindex(ids).to_numpy()
    numbers = normalised.numbers
    kidney = {name: numbers[numbers["number"] == name].set_index("patient").reindex(codes) for name in ("egfr", "crcl")}
    for name, frame in kidney.items():
        table[name] = pd.array(frame["value"].to_numpy(), dtype="Float64")
    table["kidney"] = _kidney_text(kidney, as_of)
    table["allergies"] = normalised.allergies.reindex(ids, fill_value="").to_numpy()
    table["medications"] = (
        orders[orders["current"]].groupby("patient_id").size().reindex(ids).fillna(0).astype("int64").to_numpy()
    )
    return table.merge(triage(ids, findings, incomplete), on="patient_id", how="left", validate="one_to_one")


def _kidney_text(kidney: dict[str, pd.DataFrame], as_of: date) -> list[str]:
    """`eGFR 37 mL/min/1.73 m² (CKD-EPI 2021, 2026-10-02); CrCl 27 mL/min (Cockcroft-Gault, 2026-10-02)`."""
    units = {"egfr": ("eGFR", "mL/min/1.73 m²"), "crcl": ("CrCl", "mL/min")}
    pieces = []
    for name, frame in kidney.items():
        title, unit = units[name]
        day = pd.Timestamp(as_of) - pd.to_timedelta(frame["age_days"].fillna(0), unit="D")
        text = [
            "" if np.isnan(value) else f"{title} {value:.0f} {unit} ({basis}, {when:%Y-%m-%d})"
            for value, basis, when in zip(frame["value"].astype("float64"), frame["basis"], day, strict=True)
        ]
        pieces.append(text)
    return [
        "; ".join(filter(None, both)) or "not known: no creatinine or eGFR on file"
        for both in zip(*pieces, strict=True)
    ]
