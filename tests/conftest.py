"""What several tests share: the rulebook of the repository's own reference, compiled once."""

from pathlib import Path

import pytest

from pipeline.rulebook.compile import Rulebook, rulebook

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def book() -> Rulebook:
    return rulebook(REPOSITORY / "reference")
