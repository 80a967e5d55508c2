"""From a source to its findings: validate, normalise, screen, and what could not be assessed."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date

import pandas as pd

from pipeline.canaries import canaries
from pipeline.errors import InputError
from pipeline.judge.limits import limits
from pipeline.judge.once import Once, once_of
from pipeline.normalise.facts import Normalised, normalise
from pipeline.normalise.readers import readers
from pipeline.rulebook.rules import Rulebook
from pipeline.screen import Screened, Screening
from pipeline.source.raw import Source
from pipeline.validate import Accepted, validate

Stage = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class Found:
    """`accepted`: the rows that could be used. `normalised`: what they mean. `screening`, `screened`: the screen and
    what it found. `limits`: the columns of Review.limits. `once`: the counts of those that are said once of the whole.
    `incomplete`: ids of those who could not be fully checked."""

    accepted: Accepted
    normalised: Normalised
    screening: Screening
    screened: Screened
    limits: pd.DataFrame
    once: Once
    incomplete: set[str]


def find(
    source: Source,
    rulebook: Rulebook,
    as_of: date,
    *,
    date_order: str = "",
    low_priority: bool = False,
    codes: pd.DataFrame | None = None,
    names: Mapping[str, str] | None = None,
    part: bool = False,
    stage: Stage = nullcontext,
) -> Found:
    """The findings of a source, before anything is judged.

    Args:
        source: the tables as read.
        rulebook: the compiled reference.
        as_of: the day of the review.
        date_order, low_priority, codes, names, part, stage: as `assess` takes them.

    Raises:
        InputError: the input cannot be used, or the reference fails its canaries.
    """
    with stage("validate"):
        accepted = validate(source, as_of, date_order, readers(rulebook.reference).lab_tests)
        if not part:
            something_accepted(accepted.rows, accepted.rejected, source)
    with stage("normalise"):
        if not part:
            canaries(rulebook, as_of)
        normalised = normalise(accepted, rulebook, as_of, codes, names)
    with stage("screen"):
        screening = Screening(normalised, rulebook, accepted.absent, as_of, low_priority)
        screened = screening.screened()
        once = once_of(accepted, normalised, screened)
        limited, incomplete = limits(source, accepted, normalised, screened, once, rulebook)
    return Found(accepted, normalised, screening, screened, limited, once, incomplete)


def something_accepted(rows: dict[str, dict[str, int]], rejected: pd.DataFrame, source: Source) -> None:
    """A review of no order at all would read as if nothing were wrong.

    Args:
        rows: for each table read, accepted and rejected.
        rejected: the columns of the contract's rejected.csv.
        source: for the names of its files.

    Raises:
        InputError: every row of the medications was set aside.
    """
    if rows["medications"]["accepted"]:
        return
    mine = rejected[rejected["table"] == "medications"]
    column, reason = mine.groupby(["column", "reason"]).size().idxmax()
    count, where = len(set(mine["row"])), f"the column {column}" if column else "the whole row"
    raise InputError(
        f"{source.tables['medications'].place}: every one of the {count} rows was set aside, most often for {where}: "
        f"{reason}. `medreview validate` lists them all."
    )
