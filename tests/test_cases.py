"""Every case file, screened with the repository's own reference."""

from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from pipeline.assess import assess
from pipeline.review import Review
from pipeline.rulebook.rules import Rulebook
from tests.case_files import EXPECTATIONS, Case, cases, together

# On one worker: what cases share is screened once.
pytestmark = pytest.mark.xdist_group("cases")
CASES = cases(Path(__file__).parent / "cases")


class Reviews:
    """The review of each case, made with all cases of its shape at once."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.made: dict[tuple, tuple[list[Case], Review, dict[tuple[str, int], Case]]] = {}

    def of(self, case: Case) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
        """The case's findings, its limits, and those of its rows that were set aside."""
        shape = case.shape()
        if shape not in self.made:
            alike = [other for other in CASES if other.shape() == shape]
            source, owner = together(alike)
            self.made[shape] = alike, assess(source, self.book, case.as_of, low_priority=True), owner
        alike, review, owner = self.made[shape]
        mine = f"{next(at for at, other in enumerate(alike) if other is case)}/"
        rejected = review.rejected
        aside = [owner[row.table, row.row] is case for row in rejected.itertuples()]
        return _of(review.findings, mine), _of(review.limits, mine), rejected[aside]


def _of(frame: pd.DataFrame, prefix: str) -> pd.DataFrame:
    frame = frame[frame["patient_id"].str.startswith(prefix)]
    return frame.assign(patient_id=frame["patient_id"].str.removeprefix(prefix))


@pytest.fixture(scope="module")
def reviews(book: Rulebook) -> Iterator[Reviews]:
    # The canaries need no screening again for each shape: they have tests of their own.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("pipeline.find.canaries", lambda rulebook, as_of: None)
        yield Reviews(book)


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.title}")
def test_case(case: Case, reviews: Reviews) -> None:
    assert any(case.blocks.get(name) for name in EXPECTATIONS), "a case that expects nothing cannot fail"
    findings, limits, rejected = reviews.of(case)
    assert rejected.empty, f"the case's own input was set aside:\n{rejected.to_string()}"
    told = findings[["patient_id", "rule_id", "severity", "drugs", "factor", "problem"]].to_string()
    for expected in case.blocks.get("findings", []):
        assert len(_matching(findings, expected)), f"not found: {expected}\n{told}"
    for unwanted in case.blocks.get("absent", []):
        assert not len(_matching(findings, unwanted)), f"must not be found: {unwanted}\n{told}"
    for unknown in case.blocks.get("not_assessable", []):
        own = limits[limits["patient_id"] == unknown["patient_id"]]["missing"]
        assert own.str.contains(unknown["missing"], regex=False).any(), f"not told: {unknown}\n{list(own)}"


def test_every_rule_has_a_case(book: Rulebook) -> None:
    expected = {row.get("rule_id") for case in CASES for row in case.blocks.get("findings", [])}
    assert set(book.rules["rule_id"]) <= expected


def _matching(findings: pd.DataFrame, row: dict[str, str]) -> pd.DataFrame:
    """The findings that agree with every cell given; an empty cell is not compared."""
    for column, value in row.items():
        if value:
            findings = findings[findings[column] == value]
    return findings
