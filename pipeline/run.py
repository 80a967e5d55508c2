"""One review as the command line runs it: read, assess, write, and a manifest of what was done."""

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipeline import space
from pipeline.assess import assess
from pipeline.engine import LOCAL
from pipeline.engine import engine as started
from pipeline.history import records
from pipeline.history.policy import Policy
from pipeline.history.store import history as opened_history
from pipeline.in_parts import review as review_in_parts
from pipeline.key_file import read_key
from pipeline.normalise.readers import readers
from pipeline.output import write, write_figures, write_manifest
from pipeline.output_folder import (
    check_replaceable,
    locked,
    may_hold_replies,
    owner_only,
    refuse_replies,
    staged,
    staged_far,
)
from pipeline.part import Job
from pipeline.parts import ORDERS
from pipeline.places import Place, children, file_system, opened
from pipeline.report.pdf import printer as print_with
from pipeline.review import Review
from pipeline.rulebook.compile import rulebook
from pipeline.share import is_shared, pseudonymised, refuse_named, refuse_shared
from pipeline.source import Source, read
from pipeline.source.codes import read_codes
from pipeline.source.mapping import read_mapping
from pipeline.source.own_names import read_names
from pipeline.source.reader import parquet_tables
from pipeline.table_files import CSV, PARQUET
from pipeline.tables import SEVERITIES, STATUSES

STAGES = ("read", "validate", "normalise", "screen", "triage", "measure", "report")
Stage = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class Outcome:
    """A review that was written: its manifest, its tables (None of one in parts, which holds none of them), and the
    gates of `--fail-on` that it reached."""

    manifest: dict
    review: Review | None
    reached: tuple[str, ...]


def review(
    source: Place,
    out: Place,
    as_of: date,
    *,
    previous: Path | None = None,
    history: Path | None = None,
    responses: Sequence[Path] = (),
    policy: Policy | None = None,
    reference: Path | None = None,
    date_order: str = "",
    usual_date_order: str = "",
    low_priority: bool = False,
    mapping: str = "",
    codes: Path | None = None,
    names: Path | None = None,
    workbooks: bool = True,
    changes: bool = True,
    pdf: bool = False,
    letters: bool = False,
    pseudonyms: Path | None = None,
    suppress_below: int = 0,
    table_format: str = CSV,
    engine: str = LOCAL,
    workers: int = 0,
    scheduler: str = "",
    orders: int = ORDERS,
    fail_on: tuple[str, ...] = (),
    last: Path | None = None,
    least_free: int = 0,
    may_write: Callable[[dict], None] | None = None,
    stage: Stage = nullcontext,
) -> Outcome:
    """Reads, reviews and writes; the output folder changes only when all of it has been written.

    Args:
        source: a workbook, a file or a folder, as the contract says, or the address of Parquet.
        out: the output folder, or its address.
        as_of: the day of the review.
        previous: the output folder of an earlier review.
        history: the file in which every run leaves what it found; made where there is none.
        responses: files or folders with what people answered, besides those that are looked into anyway: the output
            folder before it is replaced, `previous` and the history.
        policy: how long each step of the loop may take.
        reference: another reference folder than the program's own.
        date_order: `mdy`, `dmy` or empty; goes before what the mapping says.
        usual_date_order: the same, where neither says anything.
        low_priority: whether to tell what the reference lists as of low priority.
        mapping: the file of a mapping, the name of one that comes with the program, or empty.
        codes: a CSV file of the user's own codes of medicines.
        names: a file of the user's own names of drug texts.
        workbooks: whether workbooks are written, or the tables and the manifest alone.
        changes: whether the changes that would help most are worked out; workbooks tell them.
        pdf: whether the reports of all residents are printed into one PDF too.
        letters: whether each prescriber gets a letter.
        pseudonyms: the file with the key of pseudonyms; what is written then bears pseudonyms and no names.
        suppress_below: if not 0, only figures are written, and no count from 1 to under it.
        table_format: csv or parquet.
        engine: where it runs. Workbooks, and whatever looks at the time before or is for sharing, are made in this
            process alone.
        workers: so many processes; 0: as many as there are processors.
        scheduler: the address of a Dask cluster, or empty.
        orders: so many orders make a part, where the review is in parts.
        fail_on: gates; a severity means that severity or worse.
        last: the output folder of the last review, whose size tells how much room this one takes; else `out` does.
        least_free: bytes of the disk that must stay free.
        may_write: called with the manifest before anything is replaced; what it raises stops the run.
        stage: called with the name of each stage, entered while it runs.

    Raises:
        InputError, OutputError, BusyError: as their messages say; nothing was replaced.
    """
    seconds: dict[str, float] = {}

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        with stage(name):
            started = time.perf_counter()
            yield
            seconds[name] = round(time.perf_counter() - started, 3)

    if isinstance(out, Path):
        out = out.resolve()
        check_replaceable(out)
    printer = print_with() if pdf else ""
    if letters:
        from pipeline.report.letters import check_installed

        check_installed()
    key = read_key(pseudonyms) if pseudonyms else b""
    if isinstance(out, Path) and (pseudonyms or suppress_below):
        refuse_named(out)
    left_out = () if changes or workbooks else ("changes",)
    together = workbooks or any((previous, history, responses, pseudonyms, suppress_below))
    with (
        owner_only(),
        locked(out) if isinstance(out, Path) else nullcontext(),
        opened_history(history) as store,
    ):
        if isinstance(out, Path):
            space.check(out.parent, space.needed(source, last or out, pdf, table_format == PARQUET), least_free)
            together = together or engine == LOCAL and may_hold_replies(out)
        understood = read_mapping(mapping) if mapping else None
        in_pieces = None if together else parquet_tables(source, understood)
        rows = sum(piece.rows for piece in in_pieces[1]["medications"].pieces) if in_pieces else 0
        whole = together or engine == LOCAL and rows <= orders
        if not whole or isinstance(out, str):
            refuse_replies(out)
        with timed("read"):
            tables = in_pieces[0] if in_pieces and not whole else read(source, understood)
            hashed = input_hash(source, tables)
            if previous:
                refuse_shared(previous)
            book = rulebook(reference)
            own_codes = read_codes(codes) if codes else None
            own_names = read_names(names, readers(book.reference).lexicon.unknown) if names else None
            order = date_order or (understood.date_order if understood else "") or usual_date_order
            past = None
            if whole:
                past = records.past(
                    None if isinstance(out, str) or is_shared(out) else out, as_of,
                    previous=previous, store=store, responses=responses, policy=policy, date_order=order,
                )  # fmt: skip
        done: Review | None = None
        if whole:
            done = assess(
                tables, book, as_of,
                past=past, date_order=order, low_priority=low_priority, codes=own_codes,
                names=own_names, with_changes=not left_out, stage=timed,
            )  # fmt: skip
            done.manifest.update(input_hash=hashed, mapping=mapping, seconds=seconds)
            if may_write:
                may_write(done.manifest)
        with staged(out) if isinstance(out, Path) else staged_far(out) as folder:
            if done is not None:
                told = done.manifest
                shown = pseudonymised(done, key) if key else done
                with timed("report"):
                    if suppress_below and isinstance(folder, Path):
                        write_figures(shown, folder, suppress_below)
                    else:
                        write(shown, folder, workbooks, printer, letters, table_format, left_out)
                manifest = shown.manifest
                if suppress_below:
                    from pipeline.suppress import manifest as suppressed  # brings what workbooks are made with

                    manifest = suppressed(manifest, suppress_below)
                if store:
                    manifest["run_id"] = records.record(store, done, out, book)
            else:
                job = Job(
                    as_of, reference, order, low_priority, own_codes, own_names, folder, table_format,
                    book.reference.hash, left_out,
                )  # fmt: skip
                pieces = in_pieces[1] if in_pieces else None
                with started(engine, workers, scheduler) as running:
                    told = manifest = review_in_parts(tables, pieces, job, running, orders, timed)
                seconds = {name: round(took, 3) for name, took in (manifest["seconds"] + Counter(seconds)).items()}
                manifest.update(input_hash=hashed, mapping=mapping, seconds=seconds)
                if may_write:
                    may_write(manifest)
            if isinstance(folder, Path):
                write_manifest(manifest, folder)
        if isinstance(out, str):
            write_manifest(manifest, out)
        if store:
            store.publish(manifest["run_id"])
    return Outcome(told, done, gates_reached(told, fail_on))


def gates_reached(manifest: dict, fail_on: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the gates that the review reached."""
    counts = manifest["findings_by_severity"]
    reached = []
    for gate in fail_on:
        if gate == "unrecognised":
            count = manifest["unrecognised"]
        elif gate == "rejected":
            count = sum(rows["rejected"] for rows in manifest["rows"].values())
        elif gate in STATUSES:
            count = manifest["findings_by_status"][gate]
        else:
            count = sum(counts[name] for name in SEVERITIES[: SEVERITIES.index(gate) + 1])
        if count:
            reached.append(gate)
    return tuple(reached)


def input_hash(source: Place, tables: Source) -> str:
    """SHA-256 over the input file, or over the names and bytes of those files of an input folder that were read."""
    if tables.digest:
        return tables.digest
    digest = hashlib.sha256()
    names = sorted({part.file for raw in tables.tables.values() for part in raw.parts})
    for name, file in _files(source, names):
        if name:
            digest.update(name.encode() + b"\0")
        with opened(file) as data:
            while block := data.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def _files(source: Place, names: list[str]) -> Iterator[tuple[str, Place]]:
    """The files of these names, below a folder with their own name as a part of it; one that is the input has none."""
    if isinstance(source, str):
        folder = children(source)
        system, root = file_system(source)
        for name in names if folder else [""]:
            for path in sorted(system.find(f"{root}/{name}" if name else root)):
                yield path.removeprefix(root).lstrip("/"), source.removesuffix(root) + path
        return
    for part in [source] if source.is_file() else [source / name for name in names]:
        for path in [part] if part.is_file() else sorted(path for path in part.rglob("*") if path.is_file()):
            yield (path.relative_to(source).as_posix() if path != source else ""), path
