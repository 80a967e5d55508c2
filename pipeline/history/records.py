"""Between a run and what is kept: what the run is told of the past, and what it leaves behind."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path

import pandas as pd

from pipeline.errors import InputError
from pipeline.history import replies
from pipeline.history.past import Past, no_responses
from pipeline.history.policy import Policy
from pipeline.history.responses import together, understood, with_basis
from pipeline.history.snapshot import Snapshot, of_folder
from pipeline.history.store import RUN, WORDS, Store
from pipeline.history.trend import Trend
from pipeline.places import Place
from pipeline.review import Review
from pipeline.rulebook.rules import Rulebook


def past(
    out: Path | None,
    as_of: date,
    *,
    previous: Path | None = None,
    store: Store | None = None,
    responses: Sequence[Path] = (),
    policy: Policy | None = None,
    date_order: str = "",
) -> Past:
    """What a run is told. The history goes before `previous`, which counts where the history has no earlier day.

    Replies are read from the output folder before it is replaced, from `previous`, from `responses` and from the
    history.

    Args:
        out: the output folder, held by this run and not yet replaced; None if nothing is to be read from it.
        as_of: the day of the review.
        previous: the output folder of an earlier review.
        store: the history; what a killed run left undone in it is done first.
        responses: files or folders with what people answered.
        policy: how long each step may take.
        date_order: `mdy`, `dmy` or empty, for the days that people typed.

    Raises:
        InputError: a path given holds nothing of the kind, or a file cannot be read in which replies may be.
    """
    if store:
        store.settle()
    before = of_folder(previous) if previous else None
    folders = [folder for folder in (out, previous) if folder and (folder / "run.json").is_file()]
    paths = different([*folders, *responses])
    known = known_responses(replies.read(paths), paths, as_of, store, date_order)
    if store is None:
        return Past(before, known, policy or Policy())
    return Past(store.before(as_of) or before, known, policy or Policy(), True, store.trend(as_of))


def different(paths: Sequence[Path]) -> list[Path]:
    """The paths, each once."""
    return list(dict.fromkeys(path.resolve() for path in paths))


def known_responses(
    found: Sequence[replies.Reply], paths: Sequence[Path], as_of: date, store: Store | None, date_order: str
) -> pd.DataFrame:
    """Every response that was found or is in the history, each once, with how its finding stood when it was answered.

    Args:
        found: what was read.
        paths: where; the folders of reviews among them know findings.
        as_of: the day of the review that reads.
        store: the history.
        date_order: `mdy`, `dmy` or empty, for the days that people typed.
    """
    typed = understood(found, date_order, as_of)
    reviews: list[Snapshot] = []
    for folder in paths:
        with suppress(InputError):  # a loose report, or a folder whose tables were edited: others may know the finding
            reviews.append(of_folder(folder))
    reviews.sort(key=lambda review: review.as_of, reverse=True)
    tables = [no_responses(), typed]
    if store:
        tables.insert(1, store.responses())
        lacking = typed[typed["severity"] == ""]
        days = {date.fromisoformat(day) for day in lacking["reviewed"] if day} - {one.as_of for one in reviews}
        reviews += [review for day in sorted(days, reverse=True) if (review := store.on(day))]
        last = store.before(as_of) if len(lacking) else None
        reviews += [last] if last else []
    return with_basis(together([with_basis(table, reviews) for table in tables]), reviews)


def record(store: Store, review: Review, out: Place, book: Rulebook) -> str:
    """Leaves the review and all responses in the history. The review counts once it is published, the responses at
    once: they were given, whatever becomes of the run. Returns the id of the run.

    Raises:
        InputError: it is the review of other residents.
        BusyError, OutputError: the history cannot be written.
    """
    snapshot = review.snapshot
    assert snapshot is not None, "a review with a history has its snapshot"
    store.check_residents(snapshot.residents, snapshot.as_of)
    store.keep(review.responses)
    run = {name: str(review.manifest[name]) for name in RUN}
    day = snapshot.as_of.isoformat()
    own = Trend(*(table[table["as_of"] == day] for table in (review.trend.figures, review.trend.measures)))
    return store.record(snapshot, run, out, own, book.rules[["rule_id", *WORDS]])
