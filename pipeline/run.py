"""One review as the command line runs it: read, assess, write, and a manifest of what was done."""

import hashlib
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipeline.assess import assess
from pipeline.history import earlier_findings
from pipeline.output import check_replaceable, locked, staged, write, write_manifest
from pipeline.review import Review
from pipeline.rulebook.compile import rulebook
from pipeline.source import Source, read
from pipeline.source.codes import read_codes
from pipeline.source.mapping import read_mapping
from pipeline.tables import SEVERITIES

STAGES = ("read", "validate", "normalise", "screen", "triage", "measure", "report")
Stage = Callable[[str], AbstractContextManager[object]]


@dataclass(frozen=True)
class Outcome:
    """A review that was written: its tables, and the gates of `--fail-on` that it reached."""

    review: Review
    reached: tuple[str, ...]


def review(
    source: Path,
    out: Path,
    as_of: date,
    *,
    previous: Path | None = None,
    reference: Path | None = None,
    date_order: str = "",
    usual_date_order: str = "",
    low_priority: bool = False,
    mapping: str = "",
    codes: Path | None = None,
    workbooks: bool = True,
    fail_on: tuple[str, ...] = (),
    stage: Stage = nullcontext,
) -> Outcome:
    """Reads, reviews and writes; the output folder changes only when all of it has been written.

    Args:
        source: a workbook, a file or a folder, as the contract says.
        out: the output folder.
        as_of: the day of the review.
        previous: the output folder of an earlier review.
        reference: another reference folder than the program's own.
        date_order: `mdy`, `dmy` or empty; goes before what the mapping says.
        usual_date_order: the same, where neither says anything.
        low_priority: whether to tell what the reference lists as of low priority.
        mapping: the file of a mapping, the name of one that comes with the program, or empty.
        codes: a CSV file of the user's own codes of medicines.
        workbooks: whether workbooks are written, or the tables and the manifest alone.
        fail_on: gates; a severity means that severity or worse.
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

    out = out.resolve()
    check_replaceable(out)
    with locked(out):
        with timed("read"):
            understood = read_mapping(mapping) if mapping else None
            tables = read(source, understood)
            hashed = input_hash(source, tables)
            earlier = earlier_findings(previous) if previous else None
            book = rulebook(reference)
            own_codes = read_codes(codes) if codes else None
        order = date_order or (understood.date_order if understood else "") or usual_date_order
        done = assess(
            tables, book, as_of,
            previous=earlier, date_order=order, low_priority=low_priority, codes=own_codes, stage=timed,
        )  # fmt: skip
        done.manifest.update(input_hash=hashed, mapping=mapping, seconds=seconds)
        with staged(out) as folder:
            with timed("report"):
                write(done, folder, workbooks)
            write_manifest(done.manifest, folder)
    return Outcome(done, gates_reached(done, fail_on))


def gates_reached(done: Review, fail_on: tuple[str, ...]) -> tuple[str, ...]:
    """Those of the gates that the review reached."""
    counts = done.manifest["findings_by_severity"]
    reached = []
    for gate in fail_on:
        if gate == "unrecognised":
            count = len(done.unrecognised)
        elif gate == "rejected":
            count = len(done.rejected)
        else:
            count = sum(counts[name] for name in SEVERITIES[: SEVERITIES.index(gate) + 1])
        if count:
            reached.append(gate)
    return tuple(reached)


def input_hash(source: Path, tables: Source) -> str:
    """SHA-256 over the input file, or over the names and bytes of those files of an input folder that were read."""
    if tables.digest:
        return tables.digest
    digest = hashlib.sha256()
    files = {source / part.file for raw in tables.tables.values() for part in raw.parts}
    parts = [source] if source.is_file() else sorted(files)
    for part in parts:
        for path in [part] if part.is_file() else sorted(path for path in part.rglob("*") if path.is_file()):
            if path != source:
                digest.update(path.relative_to(source).as_posix().encode() + b"\0")
            with path.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
    return digest.hexdigest()
