"""Reviews as later ones see them, in a few words, and a small home that is reviewed against the toy reference."""

from datetime import date
from pathlib import Path

import pandas as pd

from pipeline.history.snapshot import ORDERS, RESIDENTS, Snapshot
from pipeline.tables import FINDINGS, LOOP
from tests import toy
from tests.command import medreview
from tests.inputs import read_csv, write_folder

SEEN = date(2026, 11, 1)


def findings(*texts: str) -> pd.DataFrame:
    """Findings, each `patient id rule severity drugs [factor …]`; drugs joined by `;`."""
    rows = []
    for text in texts:
        patient, finding, rule, severity, drugs, *factor = text.split(" ")
        rows.append(
            dict.fromkeys([*FINDINGS, *LOOP], "")
            | {"patient_id": patient, "finding_id": finding, "rule_id": rule, "severity": severity, "drugs": drugs}
            | {"factor": " ".join(factor), "problem": "trouble", "check": "interaction", "runs": 1}
            | {"since": SEEN.isoformat(), "asked": SEEN.isoformat(), "status": "new"}
        )
    return pd.DataFrame(rows, columns=[*FINDINGS, *LOOP]).astype(dict.fromkeys(FINDINGS, "str"))


def snapshot(
    *texts: str,
    day: date = SEEN,
    orders: str = "",
    facts: str = "1",
    residents: str = "1",
    reference: str = "ref",
    rules: dict[str, str] | None = None,
) -> Snapshot:
    """A review. `orders`: `patient ingredient route dose unit`, parted by commas; `facts`: of every resident, the same
    text for what is known of them and of their orders."""
    lines = [order.strip().split(" ", 3) for order in orders.split(",") if order.strip()]
    people = [(one, "", "", facts * 16 + facts * 16 if facts else "") for one in residents.split()]
    return Snapshot(
        day,
        reference,
        findings(*texts),
        pd.DataFrame(lines, columns=list(ORDERS), dtype="str"),
        pd.DataFrame(people, columns=list(RESIDENTS), dtype="str"),
        rules or {"rule": "a", "r1": "a", "r2": "a"},
    )


PAIRS = [
    {"rule_id": "hazelor-ivyrin", "a": "hazelor", "b": "ivyrin", "severity": "major", "problem": "trouble"},
    {"rule_id": "cedarin-kidney", "a": "cedarin", "b": "egfr<60", "check": "condition", "problem": "burden",
     "raise_when": "egfr<30"},
    {"rule_id": "cedarin-elmic", "a": "cedarin", "b": "elmic", "problem": "burden"},
    {"rule_id": "alderine-gout", "a": "alderine", "b": "condition:gout", "check": "condition", "problem": "trouble"},
    {"rule_id": "alderine-birchol", "a": "alderine", "b": "birchol", "severity": "contraindicated"},
]  # fmt: skip

PATIENTS = [["patient_id", "name", "facility", "unit"], ["1", "Ada Byron", "Elm Court", "North"],
            ["2", "Bo Lund", "Elm Court", "South"]]  # fmt: skip
ORDER_HEADINGS = ["patient_id", "order_id", "drug", "dose", "dose_unit", "frequency", "route", "start_date",
                  "prescriber"]  # fmt: skip
ORDERS_OF_HOME = [
    ["1", "11", "hazelor", "10", "mg", "daily", "PO", "2026-01-01", "Dr Lee"],
    ["1", "12", "ivyrin", "5", "mg", "daily", "PO", "2026-01-01", "Dr Lee"],
    ["2", "21", "cedarin", "20", "mg", "daily", "PO", "2026-01-01", "Dr Okafor"],
]  # fmt: skip


class Home:
    """A home of two residents, changed between reviews as a test says, and reviewed by the command."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.history = folder / "history.db"
        self.patients = [list(row) for row in PATIENTS]
        self.orders = {row[1]: list(row) for row in ORDERS_OF_HOME}
        self.egfr = {"2": "45"}
        self.gout: list[str] = []
        self.pairs = [dict(row) for row in PAIRS]
        self.more: tuple[object, ...] = ()

    def add(self, patient: str, order: str, drug: str, dose: str = "10") -> None:
        self.orders[order] = [patient, order, drug, dose, "mg", "daily", "PO", "2026-01-01", "Dr Lee"]

    def tables(self) -> dict:
        return {
            "patients": self.patients,
            "medications": [ORDER_HEADINGS, *self.orders.values()],
            "conditions": [["patient_id", "description"], *([one, "gout"] for one in self.gout)],
            "labs": [["patient_id", "test", "value", "unit", "date"],
                     *([who, "egfr", value, "mL/min/1.73m2", "2026-10-20"] for who, value in self.egfr.items())],
        }  # fmt: skip

    def review(self, day: str, *options: object, workbooks: bool = False, status: int = 0) -> list[dict[str, str]]:
        """Reviews the home as it now is; the history is `self.history` unless the options say otherwise."""
        source = write_folder(self.folder / "home", self.tables())
        reference = toy.write(self.folder / "reference", pairs=self.pairs)
        options = options or ("--history", self.history)
        words = () if workbooks else ("--only", "findings")
        result = medreview(
            "review", source, "--out", self.out, "--as-of", day, "--reference", reference, "--quiet", *words,
            *options, *self.more,
        )  # fmt: skip
        assert result.status == status, result.err
        self.err = result.err
        return read_csv(self.out / "findings.csv") if not status else []

    def responses(self) -> list[dict[str, str]]:
        return read_csv(self.out / "responses.csv")

    def answer(self, rule: str, response: str, day: str = "", who: str = "", why: str = "") -> Path:
        """Somebody answers a finding, in a table of their own."""
        found = next(row for row in read_csv(self.out / "findings.csv") if row["rule_id"] == rule)
        file = self.folder / f"responses-{len(list(self.folder.glob('responses-*')))}.csv"
        cells = [found["finding_id"], response, day, who, why]
        lines = ["finding_id,response,date,who,rationale", ",".join(f'"{cell}"' for cell in cells)]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")
        self.more = (*self.more, "--responses", file)
        return file


def of_rule(rows: list[dict[str, str]], rule: str) -> dict[str, str]:
    """The one finding of a rule."""
    (found,) = [row for row in rows if row["rule_id"] == rule]
    return found
