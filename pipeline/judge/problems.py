"""Findings of one resident that share a clinical problem, as one: four sedatives are one thing to decide, not six.

Each finding has points by its severity: contraindicated 40, major 10, moderate 3, minor 1. Where the medicines of a
problem act together (`acts` of reference/problems.csv), its gravest finding counts in full and every further one a
quarter, rounded up; where each stands for itself, every finding counts in full. A resident's score is the sum. Adding a
finding never lowers it: the gravest still counts in full, and what it pushes aside keeps a quarter.
"""

import numpy as np
import pandas as pd

from pipeline.joining import distinct, joined, spread
from pipeline.normalise.distinct import positions_in
from pipeline.tables import PROBLEMS, SEVERITIES, STATUSES

POINTS = {"contraindicated": 40, "major": 10, "moderate": 3, "minor": 1}
FURTHER = 4  # a further finding of medicines that act together counts so many times less
TOGETHER = "together"


def with_points(findings: pd.DataFrame, definitions: pd.DataFrame) -> pd.DataFrame:
    """The findings with their `points`.

    Args:
        findings: the contract's columns, by patient and the gravest first.
        definitions: the reference's table of problems.
    """
    points = findings["severity"].map(POINTS).astype("int64")
    acts = findings["problem"].map(dict(zip(definitions["problem"], definitions["acts"], strict=True)))
    further = (acts == TOGETHER) & findings.duplicated(["patient_id", "problem"])
    return findings.assign(points=points.mask(further, -(-points // FURTHER)))


def problems(findings: pd.DataFrame, definitions: pd.DataFrame, scales: pd.DataFrame) -> pd.DataFrame:
    """One row for each resident and problem, by resident and the gravest first.

    Args:
        findings: the contract's columns with `points`, by patient and the gravest first; resolved ones left out.
        definitions: the reference's table of problems. One that it lacks is named by its code, and its findings each
            stand for themselves.
        scales: as `scales` gives them; those of the problem tell its total load.

    Returns:
        The columns of the contract's problems.csv. `action` is what to do: of the gravest finding and, where medicines
        act together, what to do about them as one; where each stands for itself, of every finding.
    """
    if findings.empty:
        return pd.DataFrame(columns=list(PROBLEMS)).astype({"findings": "int64", "points": "int64"})
    grade = findings["severity"].map({name: at for at, name in enumerate(SEVERITIES)}).to_numpy(np.int64)
    patient, ids = pd.factorize(findings["patient_id"])
    problem, names = pd.factorize(findings["problem"])
    names = names.astype("str")
    group, keys = pd.factorize(patient * np.int64(len(names)) + problem)
    # A group is met for the first time where its number is higher than all before.
    first = np.flatnonzero(np.diff(np.maximum.accumulate(group), prepend=-1) > 0)
    count = len(first)
    known = definitions.set_index("problem").reindex(names)
    title = known["title"].fillna(pd.Series(names, index=names).str.replace("_", " ").str.capitalize())
    of_group = keys % len(names)
    # The loudest of its findings speaks: one new finding makes a known problem new, and it is declined only if all of
    # them were.
    loud = findings["status"].map({name: at for at, name in enumerate(STATUSES)}).fillna(len(STATUSES))
    loudest = np.full(count, len(STATUSES))
    np.minimum.at(loudest, group, loud.to_numpy(np.int64))
    table = pd.DataFrame(
        {
            "patient_id": findings["patient_id"].array.take(first),
            "problem": pd.array(names, dtype="str").take(of_group),
            "title": title.array.astype("str").take(of_group),
            "severity": findings["severity"].array.take(first),
            "drugs": _parts(group, findings["drugs"], count),
            "factors": _parts(group, findings["factor"], count),
            "findings": np.bincount(group),
            "finding_ids": joined(group, findings["finding_id"].array, count),
            "load": _loads(keys, ids, names, scales),
            "action": _actions(group, first, findings, (known["acts"] == TOGETHER).to_numpy()[of_group],
                               known["several"].fillna("").to_numpy(object)[of_group]),
            "points": np.bincount(group, findings["points"]).astype(np.int64),
            "status": pd.array([*STATUSES, ""], dtype="str").take(loudest),
        }
    )  # fmt: skip
    # A patient's rows stand together, by id.
    place = np.argsort(np.argsort(ids.to_numpy(object)))[keys // len(names)]
    order = np.lexsort((-table["points"].to_numpy(), grade[first], place))
    table = table.astype(dict.fromkeys(("drugs", "factors", "finding_ids", "load"), "str"))
    return table.iloc[order].reset_index(drop=True)[list(PROBLEMS)]


def _parts(group: np.ndarray, texts: pd.Series, count: int) -> np.ndarray:
    """For each group the distinct parts of its texts, which are joined by `;`, sorted and joined."""
    code, distinct_texts = pd.factorize(texts)
    parted = [text.split(";") if text else [] for text in distinct_texts]
    parts = sorted({part for listed in parted for part in listed if part})
    position = {part: at for at, part in enumerate(parts)}
    row, part = spread(code, [[position[part] for part in listed if part] for listed in parted])
    told = distinct(group[row] * np.int64(len(parts) or 1) + part)
    return joined(told // (len(parts) or 1), pd.array(parts, dtype="str").take(told % (len(parts) or 1)), count)


def _actions(
    group: np.ndarray, first: np.ndarray, findings: pd.DataFrame, together: np.ndarray, about: np.ndarray
) -> pd.Categorical:
    """For each group what to do: most have one finding, whose advice it is."""
    code, texts = pd.factorize(findings["management"])
    advice = np.asarray(texts, dtype=object)
    place = {text: at for at, text in enumerate(advice.tolist())}
    actions = code[first]
    is_several = np.bincount(group) > 1
    several = np.flatnonzero(is_several)
    mine = np.flatnonzero(is_several[group])
    mine = mine[np.argsort(group[mine], kind="stable")]
    subjects = findings["drugs"].array.take(mine).to_numpy(object).tolist()
    listed = advice[code[mine]].tolist()
    bounds = np.append(np.flatnonzero(np.diff(group[mine], prepend=-1)), len(listed)).tolist()
    for at, start, stop in zip(several.tolist(), bounds, bounds[1:], strict=False):
        one = listed[start:stop]
        action = _joint(one, about[at]) if together[at] else _each(one, subjects[start:stop])
        actions[at] = place.setdefault(action, len(place))
    return pd.Categorical.from_codes(actions, pd.Index(list(place), dtype="str"))


def _joint(actions: list[str], about: str) -> str:
    return f"{actions[0]} {about}" if len(actions) > 1 and about else actions[0]


def _each(actions: list[str], subjects: list[str]) -> str:
    """What to do about each finding, the same advice once with all its medicines."""
    whose: dict[str, list[str]] = {}
    for action, subject in zip(actions, subjects, strict=True):
        whose.setdefault(action, []).append(subject.replace(";", " + "))
    if len(whose) == 1:
        return actions[0]
    return " ".join(
        f"{'; '.join(dict.fromkeys(filter(None, names))) or 'Also'}: {action}" for action, names in whose.items()
    )


def _loads(keys: np.ndarray, ids: pd.Index, names: pd.Index, scales: pd.DataFrame) -> np.ndarray:
    """For each group (patient and problem, by number) its scales in words: `Sedative load 9 points (high)`."""
    code, texts = pd.factorize(scales["problem"])
    problem = names.get_indexer(pd.Index(texts, dtype="str"))[code]
    mine = np.flatnonzero(problem >= 0)
    patient = positions_in(pd.Index(ids), scales["patient_id"].array.take(mine))
    group = pd.Index(keys).get_indexer(patient * np.int64(len(names)) + problem[mine])
    told = (group >= 0) & (patient >= 0)
    return joined(group[told], scales["text"].array.take(mine[told]), len(keys), "; ")


def reduction(shown: int, held_back: int, clusters: int) -> dict[str, float | int]:
    """How much less there is to read: what matched, what context left of it, and the problems that this comes to."""
    matched = shown + held_back
    fewer = 1 - clusters / matched if matched else 0.0
    return {"matched": matched, "findings": shown, "problems": clusters, "share_fewer": float(np.round(fewer, 4))}
