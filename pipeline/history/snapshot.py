"""What one review knew of each resident, as far as a later one compares itself with it."""

import csv
import json
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.errors import InputError
from pipeline.joining import joined
from pipeline.normalise.distinct import positions_in
from pipeline.normalise.facts import Normalised
from pipeline.rulebook.rules import Rulebook
from pipeline.source.column_texts import texts
from pipeline.tables import FINDINGS, LOOP
from pipeline.validate import Accepted

ORDERS = ("patient_id", "ingredient", "route", "daily_dose")
RESIDENTS = ("patient_id", "facility", "unit", "facts")
# Of a rule, what may change without any change of what is found or advised.
_SIGNATURES = ["authored_by", "checked_by", "reviewed_on"]
# Who somebody is and where they live is no fact that a rule looks at.
_NOT_FACTS = {"patients": ["name", "facility", "unit"]}
# Of a fingerprint of facts so many characters are of the resident, the others of the orders.
HALF = 16
_ORDER_FACTS = [
    "ingredients",
    "route",
    "daily_dose",
    "prn",
    "frequency",
    "start_date",
    "stop_date",
    "status",
    "indication",
]


@dataclass(frozen=True)
class Snapshot:
    """One review as the next one sees it.

    `findings`: the contract's findings.csv, `since`, `runs` (int) and `asked` among its columns, resolved ones left
    out. `orders`: what is current, each of `patient_id`, `ingredient` and `route` once: `daily_dose` (text with its
    unit; empty where it is not known). `residents`: everyone in the input: `patient_id`, `facility`, `unit`, `facts` (a
    fingerprint: `HALF` characters of conditions, results and allergies, and as many of the details of the orders; empty
    where it is not known). `rules`: rule
    id → a fingerprint of its row, of the active rules; empty where that is not known.
    """

    as_of: date
    reference_hash: str
    findings: pd.DataFrame
    orders: pd.DataFrame
    residents: pd.DataFrame
    rules: dict[str, str] = field(default_factory=dict)


def taken(accepted: Accepted, normalised: Normalised, rulebook: Rulebook, as_of: date) -> Snapshot:
    """The snapshot of a review, its findings not yet told."""
    ids = normalised.facts.ids
    known = accepted.tables["patients"].set_index("patient_id").reindex(ids)
    residents = pd.DataFrame({"patient_id": pd.Series(ids, dtype="str").to_numpy()})
    for name in ("facility", "unit"):
        residents[name] = known[name].astype("str").fillna("").to_numpy()
    residents["facts"] = _facts(accepted, normalised, ids)
    return Snapshot(
        as_of=as_of,
        reference_hash=rulebook.reference.hash,
        findings=no_findings(),
        orders=prescribed(normalised.orders.medications),
        residents=residents.astype(dict.fromkeys(RESIDENTS, "str")),
        rules=rule_contents(rulebook),
    )


def no_findings() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in (*FINDINGS, *LOOP)}).astype({"runs": "int64"})


def rule_contents(rulebook: Rulebook) -> dict[str, str]:
    """Rule id → a fingerprint of the row of the reference, but who wrote and checked it."""
    rules = rulebook.rules.drop(columns=["_file", "_line", *_SIGNATURES]).astype("str")
    prints = pd.util.hash_pandas_object(rules, index=False)
    return {rule: f"{value:016x}" for rule, value in zip(rules["rule_id"], prints, strict=True)}


def prescribed(medications: pd.DataFrame) -> pd.DataFrame:
    """What each resident takes now: orders of one ingredient by one route together, however they are written.

    Args:
        medications: `patient_id`, `ingredients` and `daily_dose` (joined by `;`), `daily_dose_unit`, `route`, `current`
            (bool).
    """
    now = medications.loc[
        medications["current"] & (medications["ingredients"] != ""),
        ["patient_id", "ingredients", "route", "daily_dose", "daily_dose_unit"],
    ]
    lists = [cell.split(";") for cell in now["ingredients"]]
    counts = [len(cell) for cell in lists]
    place = np.repeat(np.arange(len(now)), counts)
    parts = now.iloc[place][["patient_id", "route"]].reset_index(drop=True)
    parts["ingredient"] = [name for cell in lists for name in cell]
    for name in ("daily_dose", "daily_dose_unit"):
        cells = [(cell.split(";") + [cell] * count)[:count] if ";" in cell or count == 1 else [cell] * count
                 for cell, count in zip(now[name].fillna("").astype(str), counts, strict=True)]  # fmt: skip
        parts[name] = [value for cell in cells for value in cell]
    group, keys = pd.factorize(pd.MultiIndex.from_frame(parts[["patient_id", "ingredient", "route"]]))
    table = keys.to_frame(index=False, name=["patient_id", "ingredient", "route"]).astype("str")
    amounts = pd.to_numeric(parts["daily_dose"], errors="coerce").to_numpy(np.float64)
    units = parts["daily_dose_unit"].to_numpy(object)
    texts: list[str] = [""] * len(table)
    sums: list[dict[str, float] | None] = [{} for _ in texts]
    for at, amount, unit in zip(group.tolist(), amounts.tolist(), units.tolist(), strict=True):
        known = sums[at]
        if known is None or amount != amount:  # a dose that is not known makes the sum unknown
            sums[at] = None
        else:
            known[unit] = known.get(unit, 0.0) + amount
    for at, known in enumerate(sums):
        texts[at] = " + ".join(f"{value:.6g} {unit}".strip() for unit, value in sorted(known.items())) if known else ""
    table["daily_dose"] = pd.Series(texts, dtype="str")
    return table[list(ORDERS)].sort_values(list(ORDERS), ignore_index=True)


def doses_of(findings: pd.DataFrame, orders: pd.DataFrame) -> pd.Series:
    """For each finding what is prescribed of its drugs: `baclofen oral 30 mg; oxycodone oral 20 mg`."""
    drugs = findings["drugs"].fillna("").str.split(";")
    named = pd.DataFrame({"at": np.arange(len(findings)), "patient_id": findings["patient_id"].to_numpy()})
    named["ingredient"] = drugs.to_numpy()
    named = named.explode("ingredient")
    both = named.merge(orders, on=["patient_id", "ingredient"]).sort_values(["at", "ingredient", "route"])
    text = both["ingredient"] + " " + both["route"] + " " + both["daily_dose"].replace("", "dose not known")
    return pd.Series(
        joined(both["at"].to_numpy(np.int64), text, len(findings), "; "), index=findings.index, dtype="str"
    )


def drugs_of_problems(findings: pd.DataFrame) -> pd.Series:
    """For each finding all drugs of the findings of its problem of that resident, joined by `;`."""
    if findings.empty:
        return pd.Series([], index=findings.index, dtype="str")
    group, _ = pd.factorize(pd.MultiIndex.from_frame(findings[["patient_id", "problem"]]))
    cells = joined(group, findings["drugs"].fillna("").to_numpy(), int(group.max()) + 1)
    told = np.array([";".join(sorted(set(filter(None, cell.split(";"))))) for cell in cells], dtype=object)
    return pd.Series(told[group], index=findings.index, dtype="str")


def timeless(factor: str) -> str:
    """What else is involved in a finding, without counts of days, dates and ages: they move by themselves."""
    parts = [part.strip() for part in factor.split(",")]
    still = [re.sub(r"\b\d+ days\b.*|\b\d{4}-\d{2}-\d{2}\b", "", part).strip() for part in parts]
    return ", ".join(part for part in still if part and not re.fullmatch(r"age \d+", part))


def _facts(accepted: Accepted, normalised: Normalised, ids: pd.Index) -> list[str]:
    """A fingerprint of each resident, whatever the order of the rows. Rows are hashed and added up."""
    sums = {name: np.zeros(len(ids), dtype=np.uint64) for name in ("facts", "orders")}
    tables = {name: frame for name, frame in accepted.tables.items() if name != "medications"}
    tables["medications"] = normalised.orders.medications[["patient_id", *_ORDER_FACTS]]
    for name, frame in tables.items():
        place = positions_in(ids, frame["patient_id"])
        text = frame.drop(columns=["patient_id", *_NOT_FACTS.get(name, [])]).astype("str").fillna("")
        prints = pd.util.hash_pandas_object(text.assign(table=name), index=False).to_numpy(np.uint64)
        total = sums["orders" if name == "medications" else "facts"]
        np.add.at(total, place[place >= 0], prints[place >= 0])
    halves = zip(sums["facts"].tolist(), sums["orders"].tolist(), strict=True)
    return [f"{facts:0{HALF}x}{orders:0{HALF}x}" for facts, orders in halves]


def of_folder(folder: Path) -> Snapshot:
    """The snapshot of a review that was written, as far as its files tell it.

    Raises:
        InputError: the folder holds no review, or one that is damaged.
    """
    found = earlier_findings(folder)
    manifest = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    try:
        as_of = date.fromisoformat(manifest["as_of"])
        orders = read_text_table(folder, "medications")
        current = orders["current"] == "yes"
        known = prescribed(orders.assign(current=current))
    except (KeyError, TypeError, ValueError, OSError, csv.Error) as error:
        raise InputError(
            f"{folder} is not the whole output folder of an earlier review: its run.json or its table medications is "
            "damaged or missing. Restore it, or leave --previous out."
        ) from error
    standing = found[found["status"] != "resolved"].reset_index(drop=True)
    # A review of before there was a history says neither: it was found on its own day at the latest.
    since = standing["since"].where(standing["since"] != "", as_of.isoformat())
    runs = pd.to_numeric(standing["runs"], errors="coerce").fillna(1).astype("int64")
    asked = standing["asked"] if (standing["since"] != "").any() else since
    ids = sorted(set(orders["patient_id"]) | set(standing["patient_id"]))
    residents = pd.DataFrame({"patient_id": pd.Series(ids, dtype="str")}).assign(facility="", unit="", facts="")
    reference = str(manifest.get("reference_hash", ""))
    return Snapshot(as_of, reference, standing.assign(since=since, runs=runs, asked=asked), known, residents)


def earlier_findings(folder: Path) -> pd.DataFrame:
    """The findings of an earlier review, all text; columns that its version did not have are empty.

    Args:
        folder: its output folder.

    Raises:
        InputError: the folder holds no review, or one that is damaged.
    """
    try:
        json.loads((folder / "run.json").read_text(encoding="utf-8"))
        frame = read_text_table(folder, "findings")
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(
            f"{folder} is not the output folder of an earlier review: it needs findings.csv (or findings.parquet) and "
            "run.json. Check the path given to --previous, or leave it out."
        ) from error
    lost = set(FINDINGS) - set(frame.columns)
    if lost:
        raise InputError(
            f"The findings of {folder} lack the column {sorted(lost)[0]}: they were changed after the review. "
            "Restore them as they were written, or leave --previous out."
        )
    return frame.reindex(columns=[*FINDINGS, *LOOP], fill_value="").astype("str")


def read_text_table(folder: Path, name: str) -> pd.DataFrame:
    """A table that a review wrote as CSV or as Parquet, every cell as the text of the CSV.

    Raises:
        OSError, ValueError, csv.Error: it is not there, or damaged.
    """
    path = folder / f"{name}.csv"
    if not path.exists() and (parquet := folder / f"{name}.parquet").exists():
        return _of_parquet(parquet)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.DictReader(file)
        rows = list(reader)
        frame = pd.DataFrame(rows, columns=list(reader.fieldnames or ()), dtype="str").fillna("")
    # An apostrophe keeps a spreadsheet from running a cell; it is no part of the text.
    return frame.apply(lambda column: column.map(_as_written).astype("str"))


def _of_parquet(path: Path) -> pd.DataFrame:
    import pyarrow.parquet as pq

    table = pq.read_table(path)
    cells = zip(table.column_names, table.columns, strict=True)
    return pd.DataFrame({name: pd.array(texts(column), dtype="str") for name, column in cells})


def _as_written(text: str) -> str:
    return text[1:] if re.match(r"'[=+\-@\t\r]", text) else text
