"""Where tables lie: a path of this machine, or an address such as `s3://bucket/folder` that fsspec reaches."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from pipeline.errors import InputError

# An address stays text: a path would make one slash of the two.
Place = Path | str
_MARK = "://"


def place(text: str) -> Place:
    """What a user wrote, as a path or an address."""
    return text.rstrip("/") if _MARK in text else Path(text)


def name_of(where: Place) -> str:
    """The last part, as messages name it."""
    return where.name if isinstance(where, Path) else PurePosixPath(where).name


def beside(where: Place, name: str) -> Place:
    """Another name in the same folder."""
    return where.with_name(name) if isinstance(where, Path) else f"{where.rpartition('/')[0]}/{name}"


def below(where: Place, *names: str) -> Place:
    """Something in the folder."""
    return where.joinpath(*names) if isinstance(where, Path) else "/".join((where, *names))


def file_system(where: str) -> tuple[Any, str]:
    """The file system of an address, and the path in it.

    Raises:
        InputError: fsspec, or what it needs for such addresses, is not installed.
    """
    try:
        import fsspec

        system, path = fsspec.core.url_to_fs(where)
    except (ImportError, ValueError) as error:
        kind = where.partition(_MARK)[0]
        raise InputError(
            f"Addresses that begin with {kind}{_MARK} need fsspec and its part for {kind}: install medreview[remote], "
            f"and for s3 the package s3fs, for gs gcsfs, for abfs adlfs ({error})."
        ) from error
    return system, path


def arrow_place(where: Place) -> tuple[str, Any]:
    """The path and the file system, None for that of this machine, as Arrow takes them."""
    if isinstance(where, Path):
        return str(where), None
    system, path = file_system(where)
    return path, system


def children(where: str) -> list[str]:
    """The addresses of what lies in a folder, by name; none where it is a file.

    Raises:
        InputError: there is nothing of this address, or it cannot be reached.
    """
    system, path = file_system(where)
    try:
        system.invalidate_cache()
        if system.isfile(path):
            return []
        names = sorted(PurePosixPath(found).name for found in system.ls(path, detail=False))
    except OSError as error:
        raise InputError(f"{where} cannot be read: {error}. Check the address and what you may read there.") from error
    return [f"{where}/{name}" for name in names if name != PurePosixPath(path).name or system.isdir(f"{path}/{name}")]


@contextmanager
def written(where: Place) -> Iterator[IO[bytes]]:
    """A file to write that appears whole: a part may be written twice, when a cluster runs it again."""
    if isinstance(where, Path):
        where.parent.mkdir(parents=True, exist_ok=True)
        aside = where.with_name(f".{where.name}.{os.getpid()}")
        with aside.open("wb") as file:
            yield file
        aside.replace(where)
    else:
        system, path = file_system(where)
        with _new_file(system, path) as file:
            yield file


def _new_file(system: Any, path: str) -> Any:
    """A file to write, and only where folders are real its folder: to make one, a store is asked for its whole bucket,
    to which somebody who may write below one name has no right."""
    try:
        return system.open(path, "wb")
    except FileNotFoundError:
        system.makedirs(PurePosixPath(path).parent.as_posix(), exist_ok=True)
        return system.open(path, "wb")


@contextmanager
def opened(where: Place) -> Iterator[IO[bytes]]:
    """A file to read."""
    if isinstance(where, Path):
        with where.open("rb") as file:
            yield file
    else:
        system, path = file_system(where)
        with system.open(path, "rb") as file:
            yield file


def removed(where: Place) -> None:
    """Takes away a file or a folder with all that is in it, if it is there."""
    if isinstance(where, Path):
        import shutil

        shutil.rmtree(where, ignore_errors=True) if where.is_dir() else where.unlink(missing_ok=True)
        return
    system, path = file_system(where)
    system.invalidate_cache()
    if system.exists(path):
        system.rm(path, recursive=True)


def moved(where: str, to: str) -> None:
    """Moves a file or a folder with all that is in it from one address to another of the same file system. A store has
    no folders, and the `mv` of fsspec stops at the first name that is only the beginning of others.
    """
    system, path = file_system(where)
    target = file_system(to)[1]
    system.invalidate_cache()
    files = system.find(path)
    places = [target + file.removeprefix(path) for file in files]
    try:
        system.copy(files, places)
    except FileNotFoundError:  # folders are real there
        for folder in sorted({PurePosixPath(place).parent.as_posix() for place in places}):
            system.makedirs(folder, exist_ok=True)
        system.copy(files, places)
    removed(where)
