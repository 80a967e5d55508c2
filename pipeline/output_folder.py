"""The output folder: everything appears in it at once or not at all, and one run at a time writes it.

Beside a folder `out` stand, while a run lasts, `.out.lock` and `.out.partial`, which trades places with `out` in one
step when all is written. Where the system cannot do that (Linux can), `out` is first renamed to `.out.old`: a run that
is killed in that instant leaves no `out`, and the next run puts it back.
"""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pipeline.errors import BusyError, OutputError
from pipeline.exchange import traded
from pipeline.history import replies
from pipeline.places import Place, below, children, file_system, moved, name_of, removed
from pipeline.table_files import FORMATS, TABLES, has_rows

MANIFEST = "run.json"
# What a review writes, and what systems leave in any folder that is looked at. A folder with anything else in it is
# somebody's, and is not replaced.
_OURS = {
    "population.xlsx", "population.html", "patients", "patients.pdf", "letters", MANIFEST,
    *(f"{name}.{kind}" for name in TABLES for kind in FORMATS),
}  # fmt: skip
_SYSTEMS = {".DS_Store", "Thumbs.db", "desktop.ini"}


@contextmanager
def owner_only() -> Iterator[None]:
    """Whatever is written in the block can be read by the user alone, whatever the user's umask: it names residents."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


@contextmanager
def locked(out: Path) -> Iterator[None]:
    """Holds the output folder for this run. A run that died holds nothing: the system lets go of its lock.

    What an earlier run has left that was killed is cleared; if that was between the two steps of the exchange, the
    folder it had moved aside is put back.

    Raises:
        BusyError: another run holds it.
        OutputError: the folder's parent cannot be made or written.
    """
    from filelock import FileLock, Timeout

    made = [folder for folder in out.parents if not folder.exists()]
    lock = FileLock(out.with_name(f".{out.name}.lock"), timeout=0)
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        lock.acquire()
        _recover(out)
        for left in (_staging(out), _moved_aside(out)):
            shutil.rmtree(left, ignore_errors=True)
    except Timeout:
        raise BusyError(f"Another run is writing {out}. Wait for it to end, or give another --out.") from None
    except OSError as error:
        raise OutputError(
            f"{out.parent} cannot be written ({error.strerror}). Choose another folder for --out."
        ) from error
    try:
        yield
    finally:
        with suppress(OSError):  # Windows removes the file when the lock is released, and not before
            Path(lock.lock_file).unlink()
        lock.release()
        for folder in made:
            with suppress(OSError):  # a folder that is not empty stays
                folder.rmdir()


@contextmanager
def staged(out: Path) -> Iterator[Path]:
    """A folder beside `out` to write into, which takes its place when the block ends without an error.

    Raises:
        OutputError: `out` holds something that no review has written, or cannot be written.
    """
    staging = _staging(out)
    try:
        check_replaceable(out)
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir()
    except OSError as error:
        raise OutputError(f"{out} cannot be written ({error.strerror}). Choose another folder for --out.") from error
    try:
        yield staging
        _exchange(staging, out)
    except OSError as error:
        raise OutputError(
            f"{out} could not be written: {error.strerror or error}. Nothing was replaced. "
            "Free some space, close files of it that are open, or choose another folder."
        ) from error
    finally:
        shutil.rmtree(staging, ignore_errors=True)


@contextmanager
def staged_far(out: str) -> Iterator[str]:
    """The same for an address. Nothing is replaced until all has been written beside it; the exchange itself is not one
    step there, so the old run.json goes first and the new one, written after this block, comes last: a folder without
    it is not whole.

    Raises:
        OutputError: `out` holds something that no review has written, or cannot be written.
    """
    staging = f"{out}.partial"
    try:
        _check_far(out)
        removed(staging)
        yield staging
        removed(below(out, MANIFEST))
        for name in sorted(_OURS):
            removed(below(out, name))
        for entry in children(staging):
            moved(entry, f"{out}/{name_of(entry)}")
    except OSError as error:
        raise OutputError(f"{out} could not be written: {error}. Where run.json is missing, run again.") from error
    finally:
        removed(staging)


def _check_far(out: str) -> None:
    system, path = file_system(out)
    try:
        system.find(path)  # of an empty folder nothing; to ask for the bucket itself needs more rights than to write
    except FileNotFoundError as error:
        # What writes there would make the bucket, also where it is a slip of the pen.
        bucket = path.partition("/")[0]
        raise OutputError(f"There is no '{bucket}' to write {out} to. Check the address, or make it first.") from error
    names = {name_of(entry) for entry in children(out)} if system.exists(path) else set()
    others = sorted(names - _OURS - _SYSTEMS)
    if others:
        raise OutputError(
            f"{out} holds '{others[0]}', so it is no earlier review alone, and a review replaces its whole folder. "
            "Choose an empty or a new folder for --out, or move what else is in it."
        )


def may_hold_replies(out: Place) -> bool:
    """Whether the folder has reports into which replies may have been typed, or responses that were read."""
    if isinstance(out, Path):
        names = {entry.name for entry in out.iterdir()} if out.is_dir() else set()
    else:
        system, path = file_system(out)
        names = {name_of(entry) for entry in children(out)} if system.exists(path) else set()
    return bool(names & {"patients", "population.xlsx"}) or any(has_rows("responses", out, kind) for kind in FORMATS)


def refuse_replies(out: Place) -> None:
    """Makes sure that no reply is lost where a review that reads none replaces another.

    Raises:
        OutputError: replies may stand in the folder.
    """
    if may_hold_replies(out):
        raise OutputError(
            f"{out} holds a review in which replies may stand, and this run would read none of them. Choose another "
            "--out; or, where it is a folder of this machine, run without --engine."
        )


def _exchange(staging: Path, out: Path) -> None:
    if out.exists() and traded(staging, out):
        return
    old = _moved_aside(out)
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    try:
        staging.rename(out)
    except OSError:
        _recover(out)
        raise
    shutil.rmtree(old, ignore_errors=True)


def _recover(out: Path) -> None:
    old = _moved_aside(out)
    if old.exists() and not out.exists():
        old.rename(out)


def _staging(out: Path) -> Path:
    return out.with_name(f".{out.name}.partial")


def _moved_aside(out: Path) -> Path:
    return out.with_name(f".{out.name}.old")


def check_replaceable(out: Path) -> None:
    """Makes sure that replacing the folder destroys nothing but an earlier review.

    Raises:
        OutputError: it would.
    """
    try:
        file = next((path for path in (out, *out.parents) if path.exists() and not path.is_dir()), None)
        names = {entry.name for entry in out.iterdir()} - _SYSTEMS if out.is_dir() else set()
    except OSError as error:
        raise OutputError(f"{out} cannot be looked into ({error.strerror}). Choose another --out.") from error
    if file:
        raise OutputError(f"{file} is a file. Give --out a folder.")
    others = sorted(names - _OURS) or _others_among_reports(out)
    if others or (names and not is_review(out)):
        which = f"'{others[0]}'" if others else "no run.json of medreview"
        raise OutputError(
            f"{out} holds {which}, so it is no earlier review alone, and a review replaces its whole folder. "
            "Choose an empty or a new folder for --out, or move what else is in it."
        )


def _others_among_reports(out: Path) -> list[str]:
    """What somebody laid among the reports of residents, and no review can read replies from."""
    folder = out / "patients"
    readable = set(replies.files(folder)) if folder.is_dir() else set()
    return sorted(
        path.relative_to(out).as_posix()
        for path in folder.rglob("*")
        if path.is_file()
        and path not in readable
        and path.name not in _SYSTEMS
        and not path.name.startswith(replies.LOCKS)
    )


def is_review(folder: Path) -> bool:
    """Whether the folder holds the manifest of a review."""
    return bool(manifest_of(folder))


def manifest_of(folder: Path) -> dict:
    """The manifest of a review's folder; empty where the folder is none."""
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return manifest if isinstance(manifest, dict) and "reference_hash" in manifest else {}
