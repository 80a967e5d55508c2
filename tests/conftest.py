"""What several tests share: the rulebook of the repository's own reference, compiled once."""

import os
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings

from pipeline.paths import reference_folder
from pipeline.rulebook import overlay
from pipeline.rulebook.compile import rulebook
from pipeline.rulebook.load import load
from pipeline.rulebook.rules import Rulebook

# The same examples at each run: a change is judged by itself, and a slow machine is no fault of it.
# `--hypothesis-profile=explore` looks for new ones.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.register_profile("explore", max_examples=1000, deadline=None)
settings.load_profile("repeatable")

REPOSITORY = Path(__file__).resolve().parent.parent


def pytest_configure(config: pytest.Config) -> None:
    """A cache folder of this run, for all of its processes: the user's own is neither trusted nor filled."""
    if not hasattr(config, "workerinput"):
        made = tempfile.TemporaryDirectory(prefix="medreview-tests-")
        config.add_cleanup(made.cleanup)
        os.environ["XDG_CACHE_HOME"] = made.name


@pytest.fixture(scope="session")
def book() -> Rulebook:
    return rulebook(REPOSITORY / "reference")


@pytest.fixture
def compiled(book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> Rulebook:
    """Commands that run in this process take the rulebook that is compiled already; its canaries are not screened."""
    monkeypatch.setattr("pipeline.find.canaries", lambda rulebook, as_of: None)
    for place in ("pipeline.run.rulebook", "pipeline.check.rulebook", "pipeline.rulebook.compile.rulebook"):
        monkeypatch.setattr(place, lambda folder: book)
    return book


@pytest.fixture
def loaded_once(book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands that run in this process take the program's own reference as it is loaded already."""
    own = reference_folder()
    monkeypatch.setattr(overlay, "load", lambda folder: book.reference if folder == own else load(folder))
