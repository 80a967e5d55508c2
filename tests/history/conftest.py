"""The canaries of a toy reference say nothing of the history, and take a fifth of each review."""

import pytest


@pytest.fixture(autouse=True)
def without_canaries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipeline.find.canaries", lambda rulebook, as_of: None)
