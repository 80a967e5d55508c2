"""All that a review is told of the time before it."""

from dataclasses import dataclass, field

import pandas as pd

from pipeline.history.policy import Policy
from pipeline.history.snapshot import Snapshot
from pipeline.history.trend import Trend
from pipeline.tables import RESPONSES


def no_responses() -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="str") for name in RESPONSES})


@dataclass(frozen=True, eq=False)
class Past:
    """`earlier`: the review to compare with. `responses`: every response known, the columns of responses.csv.
    `kept`: whether a history is kept, which begins with this review if there is no earlier one. `trend`: what
    earlier runs counted."""

    earlier: Snapshot | None = None
    responses: pd.DataFrame = field(default_factory=no_responses)
    policy: Policy = Policy()
    kept: bool = False
    trend: Trend = field(default_factory=Trend)

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is known of the time before, and nothing is kept for the time after."""
        return self.earlier is None and not self.kept and self.responses.empty
