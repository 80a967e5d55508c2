"""How long each step of the loop may take: the table `[loop]` of the settings file."""

from dataclasses import dataclass, fields
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pipeline.errors import InputError


@dataclass(frozen=True)
class Policy:
    """Days, and for `number_change` percent. A limit of 7 days holds on the seventh day and is passed on the eighth.

    `overdue_today`, `overdue_this_week`, `overdue_monthly_review`: until a finding of that tier without a response is
    overdue. `accepted_not_done`: from an acceptance until a finding that is still there is told as not carried out.
    `declined_quiet`: how long a declined finding stays quiet when nothing changes. `number_change`: by how much a
    number of the finding (an eGFR, a level, points) must move to count as changed.
    """

    overdue_today: int = 1
    overdue_this_week: int = 7
    overdue_monthly_review: int = 30
    accepted_not_done: int = 14
    declined_quiet: int = 365
    number_change: int = 20

    def until_overdue(self, tier: str) -> int:
        """The days until a finding of the tier (`today`, `this_week`, `monthly_review`) is overdue."""
        return int(getattr(self, f"overdue_{tier}"))


def read_policy(content: Any, path: Path) -> Policy:
    """The policy of the table `[loop]` of a settings file; what it does not name is as without it.

    Args:
        content: the table as TOML gives it.
        path: the file, for messages.

    Raises:
        InputError: no table, a key that is not known, or a value that is no whole number of days.
    """
    known = [field.name for field in fields(Policy)]
    if not isinstance(content, dict):
        raise InputError(f"{path}: loop must be a table: a line [loop] and, below it, {known[0]} = 1.")
    unknown = sorted(set(content) - set(known))
    if unknown:
        raise InputError(f"{path}, [loop]: '{unknown[0]}' is no setting. Known are {', '.join(known)}.")
    for name, value in content.items():
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 3650:
            raise InputError(f"{path}, [loop]: {name} must be a whole number from 0 to 3650.")
    return Policy(**content)


def is_past(day: date, limit: int, as_of: date) -> bool:
    """Whether more than so many days have gone since the day."""
    return as_of - day > timedelta(days=limit)
