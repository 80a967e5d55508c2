"""Quality measures of the population, by facility and unit, each with its denominator and interval."""

import math

import numpy as np
import pandas as pd

from pipeline.tables import MEASURES, SEVERITIES


def measures(
    definitions: pd.DataFrame, patients: pd.DataFrame, findings: pd.DataFrame, taken: pd.DataFrame
) -> pd.DataFrame:
    """Every measure of the reference, for everyone together, for each facility and for each of its units.

    Args:
        definitions: the reference's measures: `counts` is `ingredients` (distinct ones taken now, at least `at_least`),
            `findings` (at least that many of severity `of` or worse) or `check` (of the check `of`).
        patients: `patient_id`, `facility`, `unit`, `medications`; those with a current order are the denominator.
        findings: the contract's columns, resolved ones left out.
        taken: `patient_id` and `ingredient` of every current order.

    Returns:
        The columns of the contract's measures.csv, and `title`, the measure in words.
    """
    reviewed = patients[patients["medications"] > 0].set_index("patient_id")
    frames = [
        _rates(str(row["measure"]), reviewed, _met(row, reviewed, findings, taken))
        for row in definitions.to_dict("records")
    ]
    rates = pd.concat(frames, ignore_index=True)[list(MEASURES)]
    return rates.assign(
        title=rates["measure"].map(dict(zip(definitions["measure"], definitions["title"], strict=True)))
    )


def _met(row: dict, reviewed: pd.DataFrame, findings: pd.DataFrame, taken: pd.DataFrame) -> pd.Series:
    if row["counts"] == "ingredients":
        counted = taken.drop_duplicates().groupby("patient_id").size()
    elif row["counts"] == "findings":
        worse = SEVERITIES[: SEVERITIES.index(row["of"]) + 1]
        counted = findings[findings["severity"].isin(worse)].groupby("patient_id").size()
    else:
        counted = findings[findings["check"] == row["of"]].groupby("patient_id").size()
    return counted.reindex(reviewed.index).fillna(0) >= int(row["at_least"])


def _rates(measure: str, reviewed: pd.DataFrame, met: pd.Series) -> pd.DataFrame:
    table = reviewed[["facility", "unit"]].assign(met=met)
    levels = [
        table.assign(facility="", unit=""),
        table[table["facility"] != ""].assign(unit=""),
        table[table["unit"] != ""],
    ]
    frames = []
    for level in levels:
        counts = level.groupby(["facility", "unit"], sort=True)["met"].agg(numerator="sum", denominator="size")
        frames.append(counts.reset_index())
    rates = pd.concat(frames, ignore_index=True).assign(measure=measure)
    rates["rate"] = (rates["numerator"] / rates["denominator"]).round(4)
    bounds = [wilson(int(n), int(d)) for n, d in zip(rates["numerator"], rates["denominator"], strict=True)]
    rates["ci_low"], rates["ci_high"] = np.array(bounds).reshape(-1, 2).T.round(4)
    return rates


def wilson(numerator: int, denominator: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a proportion (Wilson EB, J Am Stat Assoc 1927;22:209-12)."""
    z = 1.959963984540054
    share = numerator / denominator
    middle = share + z**2 / (2 * denominator)
    half = z * math.sqrt(share * (1 - share) / denominator + z**2 / (4 * denominator**2))
    scale = 1 + z**2 / denominator
    return max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)
