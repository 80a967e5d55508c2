"""`medreview responses`: what people answered, read back without a review."""

from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path

import click

from pipeline.errors import OutputError
from pipeline.history import replies, typed
from pipeline.history.records import different, known_responses
from pipeline.history.store import history as opened
from pipeline.table_files import write_csv
from pipeline.tables import RESPONSES


def read_responses(paths: Sequence[Path], as_of: date, date_order: str, history: Path | None, out: Path | None) -> None:
    """Reads the replies of files and folders, and keeps them in a history, a CSV file, or neither; prints counts and
    the places of what cannot be understood, and nothing that a cell holds.

    Raises:
        InputError: a path is not there or cannot be read.
        OutputError: the history or the CSV file cannot be written.
    """
    once = different(paths)
    found = replies.read(once)
    with opened(history) as store:
        if store:
            store.settle()
        told = known_responses(found, once, as_of, store, date_order)
        kept = store.keep(told) if store else 0
    new = [reply for reply in found if not reply.known.get("read_from")]
    counts = Counter(typed.response(reply.response) or typed.UNCLEAR for reply in new)
    listed = ", ".join(f"{counts[name]} {name}" for name in (*typed.RESPONSES, typed.UNCLEAR) if counts[name])
    click.echo(f"Replies typed: {len(new)}{f' ({listed})' if new else ''}; responses known: {len(told)}")
    for reply in new:
        for reason in _doubts(reply, date_order, as_of):
            click.echo(f"  {reply.place}: {reason}", err=True)
    if store:
        click.echo(f"Added to {history}: {kept}")
    if out:
        try:
            write_csv(told, RESPONSES, out)
        except OSError as error:
            raise OutputError(f"{out} cannot be written: {error.strerror}. Check --out.") from error
        click.echo(f"Written to {out}")


def _doubts(reply: replies.Reply, order: str, as_of: date) -> list[str]:
    """What of a reply is not understood, without a word of it."""
    answer = typed.response(reply.response)
    _, note = typed.day(reply.date, order, reply.reviewed, as_of)
    said = []
    if answer in ("", typed.UNCLEAR):
        said.append("the reply is not understood: write accept, modify or decline" if answer else "no reply is chosen")
    if not reply.finding_ids:
        said.append("no finding is named beside it")
    return said + ([note] if note and note != typed.NOT_TYPED else [])
