"""What the kernels hand on: hits, the facts each rests on, and the rules that could not be assessed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from pipeline.tables import SEVERITIES

HIT = {"patient": "int32", "rule": "int32", "step": "int8", "held_by": "str", "factor": "str"}
FACT = {"hit": "int64", "fact": "int64"}
MISSING = {"patient": "int32", "rule": "int32", "missing": "str"}


def stepped(grade: np.ndarray | int, step: np.ndarray) -> np.ndarray:
    """The positions of severities after their steps; nothing is worse than the first or milder than the last."""
    return np.clip(grade - step, 0, len(SEVERITIES) - 1)


def nothing(count: int = 0) -> np.ndarray:
    """So many empty texts."""
    return np.full(count, "", dtype=object)


def no_positions() -> np.ndarray:
    """No positions at all."""
    return np.array([], dtype=np.int64)


@dataclass(frozen=True)
class Found:
    """The hits of one rule, as arrays.

    `patient` (codes), `step`, `held_by`, `factor`: one entry a hit. `hit` (position among these hits), `fact`
    (position in the facts): the medicines each rests on. `unknown` (patient codes), `missing` (what is not known of
    each).
    """

    rule: int
    patient: np.ndarray = field(default_factory=no_positions)
    step: np.ndarray = field(default_factory=no_positions)
    held_by: np.ndarray = field(default_factory=nothing)
    factor: np.ndarray = field(default_factory=nothing)
    hit: np.ndarray = field(default_factory=no_positions)
    fact: np.ndarray = field(default_factory=no_positions)
    unknown: np.ndarray = field(default_factory=no_positions)
    missing: np.ndarray = field(default_factory=nothing)

    def without(self, told: np.ndarray) -> "Found":
        """The hits of patients of whom nothing has been told yet (`told`: one truth value for each patient)."""
        if not told.any():
            return self
        stays = ~told[self.patient]
        position = np.cumsum(stays) - 1
        mine = stays[self.hit]
        open_ = ~told[self.unknown]
        return Found(
            self.rule, self.patient[stays], self.step[stays], self.held_by[stays], self.factor[stays],
            position[self.hit[mine]], self.fact[mine], self.unknown[open_], self.missing[open_],
        )  # fmt: skip


@dataclass(frozen=True)
class Hits:
    """The hits of many rules, as frames.

    `hits`: one row a hit: `patient` (code), `rule` (number), `step` (what context does to the severity: 1 is a step
    up, -1 a step down), `held_by` (the entry of `unless` that holds it back, else empty), `factor` (what else is
    involved). `facts`: `hit` (position in `hits`) and `fact` (position in the facts), the medicines that the hit
    rests on. `missing`: `patient`, `rule`, `missing` (what is not known).
    """

    hits: pd.DataFrame
    facts: pd.DataFrame
    missing: pd.DataFrame


def gathered(parts: Sequence[Found]) -> Hits:
    """The hits of rule after rule as frames."""
    counts = np.array([len(part.patient) for part in parts], dtype=np.int64)
    before = np.cumsum(counts) - counts
    rules = np.array([part.rule for part in parts], dtype=np.int64)

    def together(name: str) -> np.ndarray:
        return np.concatenate([getattr(part, name) for part in parts]) if parts else no_positions()

    hits = {name: together(name) for name in ("patient", "step", "held_by", "factor")}
    hit = [part.hit + first for part, first in zip(parts, before, strict=True)]
    unknown = np.array([len(part.unknown) for part in parts], dtype=np.int64)
    return Hits(
        pd.DataFrame({**hits, "rule": np.repeat(rules, counts)}).astype(HIT)[list(HIT)],
        pd.DataFrame({"hit": np.concatenate(hit) if hit else no_positions(), "fact": together("fact")}).astype(FACT),
        pd.DataFrame(
            {"patient": together("unknown"), "rule": np.repeat(rules, unknown), "missing": together("missing")}
        ).astype(MISSING),
    )


def joined(parts: Sequence[Hits]) -> Hits:
    """The hits of several kernels as one."""
    before = np.cumsum([0, *(len(part.hits) for part in parts)])
    facts = [part.facts.assign(hit=part.facts["hit"] + first) for part, first in zip(parts, before[:-1], strict=True)]
    return Hits(
        pd.concat([part.hits for part in parts], ignore_index=True),
        pd.concat(facts, ignore_index=True),
        pd.concat([part.missing for part in parts], ignore_index=True),
    )


def by_patient(
    rule: int,
    patient: np.ndarray,
    step: np.ndarray,
    held_by: np.ndarray,
    factor: np.ndarray,
    fact_patient: np.ndarray,
    fact: np.ndarray,
) -> Found:
    """The hits of one rule, one a patient. `patient` is sorted; `fact_patient` says whose each fact is."""
    hit = np.searchsorted(patient, fact_patient)
    mine = hit < len(patient)
    mine[mine] = patient[hit[mine]] == fact_patient[mine]
    return Found(rule, patient, step, held_by, factor, hit[mine], fact[mine])
