"""A review in parts: what whole columns tell is decided first, one function reviews each part, and counts are added up.

Only what is the same for a part as for the whole is left to the parts; each writes its part of every table.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date
from functools import partial
from typing import Any

import pandas as pd

from pipeline import buckets, parts, repeated, table_files
from pipeline.canaries import canaries
from pipeline.engine import Dask, Engine
from pipeline.find import something_accepted
from pipeline.judge.measures import summed
from pipeline.judge.once import of_the_whole
from pipeline.judge.problems import reduction
from pipeline.part import SLICE, Job, Told, review_part, work_file
from pipeline.parts import Loader, Range, Reader
from pipeline.places import Place, below, removed
from pipeline.source.parquet import Piece
from pipeline.source.raw import Source, Whole
from pipeline.source.reader import Pieces
from pipeline.tables import INPUT, UNRECOGNISED
from pipeline.whole import BY_ROW, Evidence, counted, decided, evidence, fractions, needed

Stage = Callable[[str], AbstractContextManager[object]]
# Counts of the manifest that add up over parts.
_ADDED = (
    "rows", "patients", "patients_without_current_medication", "patients_incomplete", "findings",
    "findings_by_severity", "findings_by_check", "findings_by_status", "responses", "responses_not_understood",
    "held_back", "patients_by_tier", "low_priority", "not_assessable", "order_rows_with_note", "order_rows_by_match",
)  # fmt: skip


def review(
    source: Source,
    pieces: dict[str, Pieces] | None,
    job: Job,
    engine: Engine,
    orders: int,
    stage: Stage = nullcontext,
) -> dict:
    """Reviews an input in parts and writes its tables.

    Args:
        source: the input; without rows where it is in pieces.
        pieces: those of a Parquet input, else None.
        job: what the parts are reviewed with.
        engine: where they are.
        orders: so many orders make a part.
        stage: called with the name of each stage.

    Returns:
        The manifest; its `seconds` are those of all parts, by stage.

    Raises:
        InputError: the input cannot be used. What the engine raises.
    """
    with stage("survey"):
        canaries(job.book(), job.as_of)
        every = parts.marked_every(orders)
        readers = {table: Reader(source.tables[table], found) for table, found in (pieces or {}).items()}
        if pieces is None:
            found = {table: [evidence(raw, counted(raw), job.as_of, every)] for table, raw in source.tables.items()}
        else:
            found, readers = _surveyed(readers, job, every, engine)
        cut_at = parts.cuts(found["medications"], orders)
        wholes = {table: decided(raw, found[table], job.as_of, job.date_order) for table, raw in source.tables.items()}
        first_rows: dict[str, int] = {}
        if pieces is None:
            first_rows = repeated.of_table(source.tables["medications"], cut_at)
        elif cut_at:
            first_rows = repeated.of_pieces(readers["medications"], found["medications"], engine, cut_at, job.work)
        wholes["medications"] = replace(wholes["medications"], first_rows=first_rows)
    all_ranges = parts.ranges(cut_at)
    slices = {name: 1 + sum(piece.rows for piece in found[name]) // SLICE for name in INPUT if name in found}
    with stage("parts"):
        if pieces is None:
            tasks = _of_source(source, cut_at, wholes, all_ranges)
        else:
            tasks = _of_pieces(Loader(source, readers, wholes), found, all_ranges, job, engine)
        total = _added(engine.map(review_part, ((job, slices, *task) for task in tasks)))
    with stage("merge"):
        manifest = _merged(total, job, source, len(all_ranges), slices, engine)
    removed(job.work)
    return manifest


def _surveyed(
    readers: dict[str, Reader], job: Job, every: int, engine: Engine
) -> tuple[dict[str, list[Evidence]], dict[str, Reader]]:
    """The evidence of each piece, and how pieces are to be read in its light."""
    pairs = [(table, piece) for table, reader in readers.items() for piece in reader.found.pieces]
    tasks = ((readers[table].alone, piece, job.as_of, every) for table, piece in pairs)
    found: dict[str, list[Evidence]] = {table: [] for table in readers}
    for (table, _), one in zip(pairs, engine.map(survey_piece, tasks), strict=True):
        found[table].append(one)
    for table, reader in readers.items():
        readers = {**readers, table: replace(reader, fractions=fractions(found[table]))}
        if "patient_id" in readers[table].fractions:  # taking the `.0` away leaves ids in order
            found[table] = [one.with_plain_ids() for one in found[table]]
    return found, readers


def survey_piece(reader: Reader, piece: Piece, as_of: date, every: int) -> Evidence:
    """The evidence of a piece of a Parquet table."""
    counts = piece.counted(reader.found.heads, needed(reader.empty))
    return evidence(reader.raw(piece, BY_ROW), counts, as_of, every)


Task = tuple[Range, Callable[[Range, Any], Source], Any]


def _of_source(
    source: Source, cut_at: Sequence[str], wholes: Mapping[str, Whole], all_ranges: list[Range]
) -> Iterator[Task]:
    for one, part in zip(all_ranges, parts.cut(source, cut_at, wholes), strict=True):
        yield one, parts.as_cut, part


def _of_pieces(
    loader: Loader, found: Mapping[str, list[Evidence]], all_ranges: list[Range], job: Job, engine: Engine
) -> Iterator[Task]:
    """The parts of a Parquet input: read from its row groups where they lie in the order of patients, else brought
    together first, by Dask or through files."""
    mine = {table: reader.found.pieces for table, reader in loader.readers.items()}
    readers = {table: reader.alone for table, reader in loader.readers.items()}
    loader = replace(loader, readers=readers)
    cut_at = [one.low for one in all_ranges[1:]]
    if parts.is_in_order(found, all_ranges):
        for one in all_ranges:
            pairs = {table: zip(mine[table], found[table], strict=True) for table in readers}
            yield one, loader.from_pieces, {
                table: [piece for piece, said in pairs[table] if one.meets(said)] for table in readers
            }  # fmt: skip
    elif isinstance(engine, Dask):
        brought = {
            table: engine.shuffled(
                partial(exchange_piece, reader, cut_at), mine[table], reader.rows_like(), parts.PART, len(all_ranges)
            )
            for table, reader in readers.items()
        }
        for one in all_ranges:
            yield one, loader.from_rows, {table: futures.pop(0) for table, futures in brought.items()}
    else:
        dealt: dict[str, list[Place]] = {}
        for table, reader in readers.items():
            dealt[table] = [below(job.work, table, f"{at:05}.arrow") for at in range(len(mine[table]))]
            each = zip(mine[table], dealt[table], strict=True)
            _done(engine.map(deal_piece, ((reader, piece, cut_at, place) for piece, place in each)))
        for one in all_ranges:
            yield one, loader.from_buckets, dealt


def exchange_piece(reader: Reader, cut_at: Sequence[str], piece: Piece) -> pd.DataFrame:
    """The rows of a piece with their part."""
    return reader.exchanged(piece, cut_at)


def deal_piece(reader: Reader, piece: Piece, cut_at: Sequence[str], place: Place) -> None:
    """Deals the rows of a piece to the parts, through a file."""
    rows = reader.exchanged(piece, cut_at)
    buckets.deal(rows, rows[parts.PART].to_numpy(), len(cut_at) + 1, place)


def _done(results: Iterable[object]) -> None:
    for _ in results:
        pass


def _added(results: Iterable[Told]) -> Told:
    """The counts of all parts."""
    total: Told | None = None
    for one in results:
        total = one if total is None else _both(total, one)
    assert total is not None
    return total


def _both(one: Told, two: Told) -> Told:
    manifest = one.manifest | {name: _sum(one.manifest[name], two.manifest[name]) for name in (*_ADDED, "problems")}
    both = pd.concat([one.unrecognised, two.unrecognised], ignore_index=True).groupby("drug", as_index=False)
    unrecognised = both.agg({"rows": "sum", "patients": "sum", "suggestions": "first"})[list(UNRECOGNISED)]
    seconds = one.seconds + two.seconds
    return Told(manifest, one.once + two.once, one.ingredients | two.ingredients, unrecognised, seconds)


def _sum(one: Any, two: Any) -> Any:
    """Whole numbers, or dictionaries of them, added."""
    if not isinstance(one, dict):
        return one + two
    return {name: _sum(one[name], two[name]) if name in one and name in two else one.get(name, two.get(name))
            for name in [*one, *(name for name in two if name not in one)]}  # fmt: skip


def _merged(total: Told, job: Job, source: Source, count: int, slices: Mapping[str, int], engine: Engine) -> dict:
    """Writes what only all parts together tell, and gives the manifest."""
    manifest = {**total.manifest, "seconds": total.seconds}
    kinds = job.measures()
    files = [work_file(job, "measures", number) for number in range(count)]
    _done(engine.map(merge_measure, ((job, files, at) for at in range(len(kinds)))))
    files = [work_file(job, "rejected", number) for number in range(count)]
    _done(engine.map(merge_rejected, ((job, files, at) for at in range(sum(slices.values())))))
    if not manifest["rows"]["medications"]["accepted"]:
        every = [buckets.gather(files, at) for at in range(sum(slices.values()))]
        something_accepted(manifest["rows"], pd.concat(every), source)
    book = job.book()
    once = of_the_whole(source, book.reference, total.once)
    table_files.write_part(once, "not_assessed", 0, job.folder, job.format)
    table_files.write_part(total.unrecognised, "unrecognised", 1, job.folder, job.format)
    table_files.finish(job.folder, job.format)
    problems = manifest.pop("problems")
    manifest["not_assessable"] += int(once["rules"].sum())
    manifest["reduction"] = reduction(manifest["findings"], manifest["held_back"], problems)
    manifest["unrecognised"] = len(total.unrecognised)
    manifest["ingredients_taken"] = len(total.ingredients)
    manifest["ingredients_without_rules"] = len(total.ingredients - book.with_rules)
    manifest["order_rows_by_match"] = dict(sorted(manifest["order_rows_by_match"].items()))
    return manifest


def merge_measure(job: Job, files: Sequence[Place], at: int) -> None:
    """One measure of all parts."""
    table_files.write_part(summed([buckets.gather(files, at)]), "measures", at + 1, job.folder, job.format)


def merge_rejected(job: Job, files: Sequence[Place], at: int) -> None:
    """The rejected cells of all parts in a slice of the rows of one table."""
    cells = buckets.gather(files, at).sort_values(["at", "column"], kind="stable", ignore_index=True)
    table_files.write_part(cells, "rejected", at + 1, job.folder, job.format)
