"""What a person sees while a review runs and when it has ended. Counts only: no patient's data."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

import click

from pipeline.places import Place
from pipeline.review import Review


class Progress:
    """The stages of a run, on standard error: a moving line on a terminal, plain lines in a log, nothing when quiet."""

    def __init__(self, stages: tuple[str, ...], quiet: bool) -> None:
        self._quiet = quiet
        self._live: Any = None
        if not quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, TextColumn, TimeElapsedColumn
            from rich.progress import Progress as Bar

            self._live = Bar(
                TextColumn("{task.description:<10}"), BarColumn(), TimeElapsedColumn(),
                console=Console(stderr=True), transient=True,
            )  # fmt: skip
            self._task = self._live.add_task("start", total=len(stages))

    def __enter__(self) -> "Progress":
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Shows that a stage runs, for as long as the block does."""
        if self._live:
            self._live.update(self._task, description=name)
        elif not self._quiet:
            click.echo(f"medreview: {name}", err=True)
        yield
        if self._live:
            self._live.advance(self._task)


def summary(manifest: dict, review: Review | None, out: Place) -> str:
    """The lines that a review ends with; one in parts has no `review`."""
    rows = manifest["rows"]
    lines = [
        f"{manifest['patients']} residents, {rows['medications']['accepted']} orders; {manifest['findings']} findings: "
        + ", ".join(f"{count} {name}" for name, count in manifest["findings_by_severity"].items()),
    ]
    if review is not None:
        lines += _loop(manifest, review)
    rejected = {table: counts["rejected"] for table, counts in rows.items() if counts["rejected"]}
    if rejected:
        listed = ", ".join(f"{count} of {table}" for table, count in rejected.items())
        lines.append(f"Rows set aside: {listed}; see rejected.csv")
    if manifest["unrecognised"]:
        lines.append(f"Drug texts not recognised: {manifest['unrecognised']}; see unrecognised.csv")
    if manifest["patients_incomplete"]:
        lines.append(f"Reviews that are incomplete: {manifest['patients_incomplete']} of {manifest['patients']}")
    idle = manifest["unused_columns"]
    if idle:
        count = sum(len(headings) for headings in idle.values())
        lines.append(f"Columns not used: {count}; `medreview map` shows them")
    taken, unspoken = manifest["ingredients_taken"], manifest["ingredients_without_rules"]
    lines.append(
        f"The reference has rules on {taken - unspoken} of the {taken} ingredients taken; "
        "of the others only allergies and duplicates are seen"
    )
    lines.append(f"Written to {out}")
    return "\n".join(lines)


def _loop(manifest: dict, review: Review) -> list[str]:
    """What became of earlier recommendations; nothing without an earlier review or a response."""
    counts = manifest["findings_by_status"]
    lines = []
    if counts["accepted_not_done"]:
        late = review.findings[review.findings["status"] == "accepted_not_done"]["patient_id"].nunique()
        lines.append(f"ACCEPTED AND NOT CARRIED OUT: findings: {counts['accepted_not_done']}, residents: {late}")
    if any(counts.values()):
        told = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in counts.items() if count)
        lines.append(f"Against earlier reviews: {told}")
    if manifest["responses_not_understood"]:
        count = manifest["responses_not_understood"]
        lines.append(f"Replies not understood: {count} of {manifest['responses']} responses; see responses.csv")
    return lines


def validation(
    source: Path,
    as_of: date,
    date_order: str,
    reference: Path | None,
    mapping: str = "",
    codes: Path | None = None,
    names: Path | None = None,
) -> str:
    """What would be rejected and what would not be recognised, as text; nothing is written."""
    from pipeline.judge.once import unused_columns
    from pipeline.normalise.orders import understand
    from pipeline.normalise.readers import readers
    from pipeline.rulebook.compile import rulebook
    from pipeline.source import read
    from pipeline.source.codes import read_codes
    from pipeline.source.mapping import read_mapping
    from pipeline.source.own_names import read_names
    from pipeline.validate import validate

    book = rulebook(reference)
    understood = read_mapping(mapping) if mapping else None
    found = read(source, understood)
    order = date_order or (understood.date_order if understood else "")
    accepted = validate(found, as_of, order, readers(book.reference).lab_tests)
    own_codes = read_codes(codes) if codes else None
    own_names = read_names(names, readers(book.reference).lexicon.unknown) if names else None
    orders = understand(accepted.tables["medications"], book, as_of, own_codes, accepted.date_order, own_names)
    lines = [
        f"{table}: {counts['read']} rows read, {counts['accepted']} accepted, {counts['rejected']} rejected"
        for table, counts in accepted.rows.items()
    ]
    lines += [
        f"  {cell.table} row {cell.row}, {cell.column or 'whole row'}: {cell.reason}"
        + (f" ({printable(cell.value)})" if cell.value else "")
        for cell in accepted.rejected.itertuples()
    ]
    lines += [
        f"  not recognised in {drug.rows} rows: {printable(drug.drug)}"
        + (f" (perhaps {drug.suggestions.replace(';', ', ')})" if drug.suggestions else "")
        for drug in orders.unrecognised.itertuples()
    ]
    unused = unused_columns(found)
    if unused:
        lines.append("columns not used (see `medreview map`):")
        lines += [f"  {printable(place)}: {', '.join(map(printable, headings))}" for place, headings in unused.items()]
    return "\n".join(lines)


def printable(text: str) -> str:
    """The text on one line, and without the control characters that a terminal would obey."""
    return "".join(character if character.isprintable() else "\ufffd" for character in " ".join(text.split()))
