"""What one review knows when the screening is done: the tables that the reports are made from."""

from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from pipeline.history.past import no_responses
from pipeline.history.snapshot import Snapshot
from pipeline.history.trend import Trend
from pipeline.judge.once import Once


@dataclass(frozen=True)
class Review:
    """One finished review. All frames have a plain 0-based index.

    `patients`: one row for each patient with a current order or a finding, sorted by `patient_id`: `patient_id`,
    `name`, `facility`, `unit`, `sex` (text, empty when unknown), `age` (years, nullable), `weight_kg` (nullable),
    `birth_date` (datetime64, NaT when unknown), `egfr`, `crcl` (nullable), `kidney` (text: value, equation and date
    of the kidney function used, or why there is none), `allergies` (text, `;`), `tier` (`today`, `this_week`,
    `monthly_review`, `none`), `action` (text: the tier's action), `score` (points), `first_action` (text: what to do
    first, empty without findings), `first_id` (its finding), `not_done` and `overdue` (how many of the findings),
    `findings`, `medications` (counts; `medications` counts current orders), `complete` (bool: False when a drug is
    unrecognised, a row was set aside or a check could not be made).

    `medications`: every accepted order: the columns of the contract's medications.csv (`patient_id`, `row`, `drug`,
    `ingredients`, `route`, `daily_dose`, `daily_dose_unit`, `current`, `match`, `note`) and, as read, `dose`,
    `dose_unit`, `frequency`, `prn` (bool), `start_date`, `stop_date` (datetime64), `status`, `indication`,
    `prescriber`, `directions`.
    `current` is bool; `dose` and `daily_dose` are text, a daily dose of a combination one number an ingredient joined
    by `;`.

    `findings`: the columns of the contract's findings.csv, in its order, and `quiet` (bool: declined, and not shown
    among what is to be done).

    `problems`, `scales`, `changes`: the columns of the contract's files of these names; scales have their `problem` and
    their value with its thresholds in words (`text`).

    `held_back`: what context or the reference kept from being a finding: the same columns, and `held_by`, the entry of
    the rule's `unless` that holds, or `low priority`.

    `limits`: what could not be assessed: `patient_id` (empty: the whole review), `missing` (what is missing, plain
    words), `stops` (what could therefore not be checked, plain words), `rules` (how many rules that concerns).

    `rejected`, `unrecognised`, `measures`: the columns of the contract's files of these names; rates are
    fractions, and the measures have their `title` in words too. What was rejected has `at` too, as `Accepted` has it.

    `once`: the counts of those limits that are said once of the whole review. `ingredients`: all that somebody takes
    on the day of the review.

    `sources`: the reference's table of sources: `key`, `kind`, `title`, `section`, `identifier`, `seen`.

    `manifest`: the content of run.json as a dictionary (`version`, `reference_version`, `reference_hash`, `as_of`,
    `rows`, `findings_by_severity`, `findings_by_check`, `reference_reviewed` (`rules`, `checked`), ...).

    `responses`, `ageing`, `rules_accepted`: the columns of the contract's files of these names. `trend`: what the runs
    counted, this one as the last.

    `snapshot`: what the next review must know of this one, where a history is kept or an earlier review known.

    `notices`: sentences that every report bears on its face.
    """

    as_of: date
    patients: pd.DataFrame
    medications: pd.DataFrame
    findings: pd.DataFrame
    held_back: pd.DataFrame
    problems: pd.DataFrame
    scales: pd.DataFrame
    changes: pd.DataFrame
    limits: pd.DataFrame
    rejected: pd.DataFrame
    unrecognised: pd.DataFrame
    measures: pd.DataFrame
    sources: pd.DataFrame
    once: Once = field(default_factory=Once)
    ingredients: frozenset[str] = frozenset()
    manifest: dict = field(default_factory=dict)
    responses: pd.DataFrame = field(default_factory=no_responses)
    ageing: pd.DataFrame = field(default_factory=pd.DataFrame)
    rules_accepted: pd.DataFrame = field(default_factory=pd.DataFrame)
    trend: Trend = field(default_factory=Trend)
    snapshot: Snapshot | None = None
    notices: tuple[str, ...] = ()
