"""What takes long to make of a reference, kept between runs in the user's cache folder, by the content it was made of.

A cached object is used only when every byte of the reference and every source file of the program is as it was when the
object was made, and when nobody but the user can have written the file. Whatever goes wrong with a cache is no error:
the object is made anew. Files appear whole (written aside, then renamed), so that several runs may share the folder.
"""

import gc
import hashlib
import os
import pickle
import platform
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import TypeVar

import numpy
import pandas
from platformdirs import user_cache_path

Made = TypeVar("Made")

_MOST_FILES = 12
_DIGEST = hashlib.sha256().digest_size
# Of this process: a program that reviews several homes makes each object once.
_held: dict[str, object] = {}
_MOST_HELD = 6


def key_of(folders: Iterable[Path]) -> str:
    """What tells one state of folders of the reference, and of the program, from any other.

    Args:
        folders: whose files are read, all of them, with everything below.

    Raises:
        OSError: a file cannot be read.
    """
    digest = hashlib.sha256(_program().encode())
    for folder in folders:
        digest.update(f"\0{folder.name}\0".encode())
        for path in sorted(file for file in folder.rglob("*") if file.is_file()):
            data = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{len(data)}\0".encode())
            digest.update(data)
    return digest.hexdigest()


def remembered(kind: str, key: str, make: Callable[[], Made]) -> Made:
    """The object of this kind and key: from this process, from the cache folder, or made now and kept.

    Args:
        kind: part of the file's name.
        key: as `key_of` gives it; empty: nothing is kept.
        make: makes the object; what it raises is raised.
    """
    if not key:
        return make()
    name = f"{kind}-{key}"
    if name not in _held:
        while len(_held) >= _MOST_HELD:
            _held.pop(next(iter(_held)))
        _held[name] = _from_disk(name, make)
        # A million objects that stay: each search for garbage would go through them, a sixth of a second at a time.
        gc.freeze()
    return _held[name]  # type: ignore[return-value]


def _from_disk(name: str, make: Callable[[], Made]) -> Made:
    folder = _folder()
    if folder is None:
        return make()
    path = folder / name
    found = _load(path)
    if found is None:
        found = (make(),)
        _store(path, found)
    return found[0]


@lru_cache(maxsize=1)
def _program() -> str:
    """The program, and what the objects are made with; a changed source file is another program."""
    here = Path(__file__).resolve().parents[1]
    sources = [(path.relative_to(here).as_posix(), path.stat()) for path in sorted(here.rglob("*.py"))]
    stamps = [f"{name} {found.st_size} {found.st_mtime_ns}" for name, found in sources]
    return "\n".join([sys.version, platform.machine(), numpy.__version__, pandas.__version__, *stamps])


def _folder() -> Path | None:
    """The cache folder, made if need be; None where there is none that only this user can write."""
    folder = user_cache_path("medreview", appauthor=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder if _is_own(folder) else None
    except OSError:
        return None


def _is_own(path: Path) -> bool:
    """Whether nobody else can have written a file; a pickle that somebody else wrote could run anything."""
    if not hasattr(os, "getuid"):  # Windows: the folder lies in the user's profile
        return True
    found = path.lstat()
    return found.st_uid == os.getuid() and not found.st_mode & 0o022 and not path.is_symlink()


def _load(path: Path) -> tuple | None:
    try:
        if not _is_own(path):
            return None
        data = memoryview(path.read_bytes())
    except OSError:
        return None
    if hashlib.sha256(data[_DIGEST:]).digest() != bytes(data[:_DIGEST]):
        return None  # cut short, or damaged
    # Hundreds of thousands of small objects, and none of them garbage: looking for it would take most of the time.
    gc.disable()
    try:
        found = pickle.loads(data[_DIGEST:])
        os.utime(path)
    except Exception:
        return None
    finally:
        gc.enable()
    return found


def _store(path: Path, found: tuple) -> None:
    with suppress(OSError, pickle.PicklingError):
        data = pickle.dumps(found, protocol=pickle.HIGHEST_PROTOCOL)
        with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
            try:
                file.write(hashlib.sha256(data).digest())
                file.write(data)
                file.close()
                Path(file.name).replace(path)
            except OSError:
                Path(file.name).unlink(missing_ok=True)
                raise
        kept = sorted(path.parent.iterdir(), key=lambda one: one.stat().st_mtime, reverse=True)
        for old in kept[_MOST_FILES:]:
            old.unlink(missing_ok=True)
