"""What several tests share: the rulebook of the repository's own reference, compiled once."""

from pathlib import Path

import pytest

from pipeline.paths import reference_folder
from pipeline.rulebook import overlay
from pipeline.rulebook.compile import rulebook
from pipeline.rulebook.load import load
from pipeline.rulebook.rules import Rulebook

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def book() -> Rulebook:
    return rulebook(REPOSITORY / "reference")


@pytest.fixture
def compiled(book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> Rulebook:
    """Commands that run in this process take the rulebook that is compiled already; its canaries are not screened."""
    monkeypatch.setattr("pipeline.assess.canaries", lambda rulebook, as_of: None)
    for place in ("pipeline.run.rulebook", "pipeline.check.rulebook", "pipeline.rulebook.compile.rulebook"):
        monkeypatch.setattr(place, lambda folder: book)
    return book


@pytest.fixture
def loaded_once(book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that run in this process take the program's own reference as it is loaded already."""
    own = reference_folder()
    monkeypatch.setattr(overlay, "load", lambda folder: book.reference if folder == own else load(folder))
