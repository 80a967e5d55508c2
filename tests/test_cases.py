"""Every case file, screened with the repository's own reference."""

from pathlib import Path

import pandas as pd
import pytest

from pipeline.assess import assess
from pipeline.rulebook.rules import Rulebook
from tests.case_files import EXPECTATIONS, Case, cases

CASES = cases(Path(__file__).parent / "cases")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.file}: {case.title}")
def test_case(case: Case, book: Rulebook) -> None:
    assert any(case.blocks.get(name) for name in EXPECTATIONS), "a case that expects nothing cannot fail"
    review = assess(case.source(), book, case.as_of)
    assert review.rejected.empty, f"the case's own input was set aside:\n{review.rejected.to_string()}"
    told = review.findings[["patient_id", "rule_id", "severity", "drugs", "factor", "problem"]].to_string()
    for expected in case.blocks.get("findings", []):
        assert len(_matching(review.findings, expected)), f"not found: {expected}\n{told}"
    for unwanted in case.blocks.get("absent", []):
        assert not len(_matching(review.findings, unwanted)), f"must not be found: {unwanted}\n{told}"
    for unknown in case.blocks.get("not_assessable", []):
        own = review.limits[review.limits["patient_id"] == unknown["patient_id"]]["missing"]
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
