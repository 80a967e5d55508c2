"""Figures over all residents for the reports: in short, by unit, problem, medicine, prescriber, change and load."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from pipeline.judge.measures import wilson
from pipeline.report import digest, order_texts, words
from pipeline.report.records import records
from pipeline.review import Review

# Of a prescriber of fewer residents a rate would be chance, and could name a resident.
FEWEST_RESIDENTS = 11
MOST_CHANGES = 10
# How many of the most frequent texts are told of a change.
MOST_TOLD = 3
# The points of a load, as the distribution shows them; the last class has no upper end.
LOAD_CLASSES = ((0, "0"), (1, "1"), (2, "2"), (3, "3"), (4, "4"), (5, "5-6"), (7, "7-9"), (10, "10 or more"))


@dataclass(frozen=True)
class Overview:
    """All figures of a review that speak of no single resident, each as the function of its name gives it; `measures`
    has the columns of the contract's measures.csv."""

    summary: list["Figure"]
    tiers: pd.DataFrame
    problems: pd.DataFrame
    changes: pd.DataFrame
    loads: pd.DataFrame
    measures: pd.DataFrame
    missing: pd.DataFrame

    @classmethod
    def of(cls, review: Review) -> "Overview":
        """Counted from the tables of a review."""
        return cls(
            summary(review), tiers(review), problems(review), common_changes(review), loads(review), review.measures,
            missing(review),
        )  # fmt: skip


class Figure(NamedTuple):
    """A number with what it is part of: 8 of 60 residents. A text says why a number is not told."""

    text: str
    number: int | str
    of: int | str
    unit: str


def summary(review: Review) -> list[Figure]:
    """The figures that a report on everyone begins with."""
    everyone = len(review.patients)
    tiers = Counter(digest.tier_code(resident) for resident in records(review.patients))
    found = standing(review)
    grave = found[found["severity"].isin(words.GRAVE)]
    orders = review.medications
    unrecognised = sum(order_texts.is_unrecognised(order) for order in records(orders[["ingredients", "match"]]))
    rows = (review.manifest.get("rows") or {}).values()
    rules = review.manifest.get("reference_reviewed") or {}
    return [
        Figure("Residents to act on today", tiers["today"], everyone, "residents"),
        Figure("Residents to act on this week", tiers["this_week"], everyone, "residents"),
        Figure(
            "Residents whose review is incomplete", everyone - int(review.patients["complete"].sum()), everyone,
            "residents",
        ),
        Figure(
            "Residents with a contraindicated or major finding", grave["patient_id"].nunique(), everyone, "residents"
        ),
        Figure("Findings that are contraindicated or major", len(grave), len(found), "findings"),
        *_of_the_loop(review, len(found)),
        Figure("Problems that these findings come to", len(review.problems), len(found), "findings"),
        Figure("Current orders", int(orders["current"].sum()), len(orders), "orders"),
        Figure("Orders with a drug that was not recognised", unrecognised, len(orders), "orders"),
        Figure(
            "Rows of the input that were set aside", sum(r["rejected"] for r in rows), sum(r["read"] for r in rows),
            "rows",
        ),
        Figure(
            "Ingredients taken that no rule of their own speaks of",
            review.manifest.get("ingredients_without_rules", 0), review.manifest.get("ingredients_taken", 0),
            "ingredients",
        ),
        Figure(
            "Rules of the reference checked by a clinician", rules.get("checked", 0), rules.get("rules", 0), "rules"
        ),
    ]  # fmt: skip


def _of_the_loop(review: Review, found: int) -> list[Figure]:
    """Figures against earlier reviews and answers; none without them."""
    counts = review.findings["status"].value_counts().to_dict()
    if not set(counts) - {""}:
        return []
    lines = (
        ("Findings that were accepted and not carried out", "accepted_not_done"),
        ("Findings without a reply in time", "overdue"),
        ("Findings that are new since the last review", "new"),
        ("Findings that were declined", "declined"),
    )
    return [Figure(text, int(counts.get(code, 0)), found, "findings") for text, code in lines]


def tiers(review: Review) -> pd.DataFrame:
    """How many residents of each unit are in each tier.

    Returns:
        `place` (facility and unit), a column for each of `words.TIERS` and `residents`; most to do first.
    """
    counted: dict[str, Counter[str]] = {}
    for resident in records(review.patients):
        counted.setdefault(digest.place(resident) or "Not known", Counter())[digest.tier_code(resident)] += 1
    rows = [(place, *(found[code] for code in words.TIERS), found.total()) for place, found in counted.items()]
    table = pd.DataFrame(rows, columns=["place", *words.TIERS, "residents"])
    return table.sort_values(["today", "this_week", "place"], ascending=[False, False, True], ignore_index=True)


def problems(review: Review) -> pd.DataFrame:
    """How many findings that still stand each problem has of each severity, and how many residents it concerns.

    Returns:
        `problem` (its title), a column for each severity, `residents` (someone may count for several problems) and
        `findings`; the gravest first.
    """
    found = standing(review)
    titles = dict(zip(review.problems["problem"], review.problems["title"], strict=True))
    table = pd.crosstab(found["problem"], found["severity"]).reindex(columns=list(words.SEVERITIES), fill_value=0)
    table = table.sort_values(list(words.SEVERITIES), ascending=False, kind="stable")
    table["residents"] = found.groupby("problem")["patient_id"].nunique().reindex(table.index).astype("int64")
    table["findings"] = table[list(words.SEVERITIES)].sum(axis=1)
    table.index = pd.Index([titles.get(str(code)) or words.as_words(str(code)) for code in table.index], name="problem")
    return table.rename_axis(columns=None).reset_index()


def missing(review: Review) -> pd.DataFrame:
    """What could not be assessed, over all residents.

    Returns:
        `missing`, `stops` (empty where it differs between residents), `residents`, `of` and `rules` (the most of any
        resident); what concerns most residents first. What is missing for the whole review concerns all.
    """
    found: dict[str, list[digest.Record]] = {}
    for limit in records(review.limits):
        # How old each resident's last value is stands in their own report; here it would part what is the same.
        found.setdefault((limit["missing"] or "").partition("; the last is")[0], []).append(limit)
    everyone = len(review.patients)
    rows = []
    for text, limits in found.items():
        whole = any(not limit["patient_id"] for limit in limits)
        stops = {limit["stops"] or "" for limit in limits}
        reach = everyone if whole else len({limit["patient_id"] for limit in limits})
        most = max(limit["rules"] or 0 for limit in limits)
        rows.append((text, stops.pop() if len(stops) == 1 else "", reach, everyone, most))
    table = pd.DataFrame(rows, columns=["missing", "stops", "residents", "of", "rules"])
    return table.sort_values(["residents", "missing"], ascending=[False, True], ignore_index=True)


def standing(review: Review) -> pd.DataFrame:
    """The findings that still stand, without those that are resolved since the last review."""
    return review.findings[review.findings["status"] != "resolved"]


def _by_order(review: Review) -> pd.DataFrame:
    """One row for each finding and order that it names: `finding_id`, `patient_id`, `severity`, `row`."""
    found = standing(review)[["finding_id", "patient_id", "severity", "rows"]]
    found = found.assign(row=found["rows"].fillna("").str.split(";")).explode("row")
    found = found.assign(row=pd.to_numeric(found["row"], errors="coerce")).dropna(subset="row")
    return found.astype({"row": "int64"})[["finding_id", "patient_id", "severity", "row"]]


def drugs(review: Review) -> pd.DataFrame:
    """By ingredient: who takes it, and how many of the findings name it.

    Returns:
        `ingredient`, `residents` (with a current order), `of` (all residents), `prevalence`, `orders` (current),
        `findings` (that name it), `share` (of all findings; several ingredients share one finding), `grave`
        (contraindicated or major), the most taken first.
    """
    current = review.medications[review.medications["current"]]
    taken = (
        current[["patient_id", "row"]].assign(ingredient=current["ingredients"].str.split(";")).explode("ingredient")
    )
    taken = taken[taken["ingredient"].fillna("") != ""]
    table = taken.groupby("ingredient").agg(residents=("patient_id", "nunique"), orders=("row", "nunique"))
    found = standing(review)
    named = found[["severity"]].assign(ingredient=found["drugs"].fillna("").str.split(";")).explode("ingredient")
    grave = named[named["severity"].isin(words.GRAVE)]
    table["findings"] = named["ingredient"].value_counts().reindex(table.index, fill_value=0)
    table["grave"] = grave["ingredient"].value_counts().reindex(table.index, fill_value=0)
    table["of"] = len(review.patients)
    table["prevalence"] = table["residents"] / max(len(review.patients), 1)
    table["share"] = table["findings"] / max(len(found), 1)
    order = ["ingredient", "residents", "of", "prevalence", "orders", "findings", "share", "grave"]
    return table.reset_index().sort_values(["residents", "ingredient"], ascending=[False, True])[order]


def prescribers(review: Review) -> pd.DataFrame:
    """By prescriber of current orders: how many residents have a grave finding that names an order of theirs.

    Returns:
        `prescriber`, `residents`, `orders` (current), `findings` (that name an order of theirs), `grave` (residents
        with one that is contraindicated or major), `rate` of residents with its interval `low` and `high` (Wilson);
        the three are missing below `FEWEST_RESIDENTS`. By name: no ranking.
    """
    current = review.medications[review.medications["current"]]
    current = current.assign(prescriber=current["prescriber"].replace("", pd.NA).fillna("not known"))
    table = current.groupby("prescriber").agg(residents=("patient_id", "nunique"), orders=("row", "size"))
    named = _by_order(review).merge(current[["row", "prescriber"]], on="row")
    table["findings"] = named.groupby("prescriber")["finding_id"].nunique().reindex(table.index, fill_value=0)
    grave = named[named["severity"].isin(words.GRAVE)]
    table["grave"] = grave.groupby("prescriber")["patient_id"].nunique().reindex(table.index, fill_value=0)
    enough = table["residents"] >= FEWEST_RESIDENTS
    table["rate"] = (table["grave"] / table["residents"]).where(enough)
    bounds = [wilson(int(few), int(of)) for few, of in zip(table["grave"], table["residents"], strict=True)]
    table[["low", "high"]] = np.array(bounds, dtype=float).reshape(-1, 2)
    table[["low", "high"]] = table[["low", "high"]].where(enough)
    return table.reset_index().sort_values("prescriber", key=lambda names: names.str.casefold(), ignore_index=True)


def common_changes(review: Review) -> pd.DataFrame:
    """The changes that would take most away over all residents, if each were made for everyone it helps.

    Returns:
        At most `MOST_CHANGES` rows of `change`, `drug`, `residents`, `points` (taken away, summed over residents),
        `resolves`, `indications`, `alternatives` (the most frequent of each, joined by `; `) and `tapered` (residents
        for whom it must not be done at once). Points of two changes for one resident overlap: they do not add up.
    """
    changes = review.changes
    rows = []
    for (change, drug), group in changes.groupby(["change", "drug"], sort=False):
        rows.append(
            {
                "change": change,
                "drug": drug,
                "residents": group["patient_id"].nunique(),
                "points": int((group["points_before"] - group["points_after"]).sum()),
                "resolves": _most_told(part for text in group["resolves"] for part in str(text).split("; ")),
                "indications": _most_told(group["indication"]),
                "alternatives": _most_told(part for text in group["alternatives"] for part in str(text).split("; ")),
                "tapered": int((group["taper"].fillna("") != "").sum()),
            }
        )
    columns = ["change", "drug", "residents", "points", "resolves", "indications", "alternatives", "tapered"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["points", "drug"], ascending=[False, True], ignore_index=True).head(MOST_CHANGES)


def _most_told(texts: Iterable[str]) -> str:
    counted = Counter(text for text in texts if isinstance(text, str) and text)
    return "; ".join(text for text, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0]))[:MOST_TOLD])


def loads(review: Review) -> pd.DataFrame:
    """How many residents have how many points on each load that is counted in points and computable for all.

    Returns:
        One row for each of `LOAD_CLASSES` (index), one column for each load (its title), residents. Someone who is not
        in scales.csv for a load has 0 points.
    """
    scales = review.scales
    known = scales.groupby("scale")["complete"].transform(lambda complete: (complete == "yes").all())
    points = scales[(scales["unit"] == "points") & known.astype(bool)]
    bounds = [least for least, _ in LOAD_CLASSES]
    names = [name for _, name in LOAD_CLASSES]
    table = pd.DataFrame(index=pd.Index(names, name="points"))
    for title, group in points.groupby("title"):
        at = np.searchsorted(bounds, group["value"].to_numpy(), side="right") - 1
        counts = np.bincount(at, minlength=len(names))
        counts[0] += len(review.patients) - group["patient_id"].nunique()
        table[str(title)] = counts
    return table
