"""The file with the key of pseudonyms. Who has it can tell whose pseudonym is whose; it never leaves the home."""

import os
import secrets
import stat
from pathlib import Path

from pipeline.errors import InputError, OutputError

_BYTES = 32


def write_key(path: Path) -> None:
    """Write a new key that only its owner may read.

    Raises:
        OutputError: the file is there already, or cannot be written.
    """
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise OutputError(
            f"{path} is there already. A key is never replaced: pseudonyms made with it would end."
        ) from None
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}). Choose another file.") from error
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(secrets.token_hex(_BYTES) + "\n")


def read_key(path: Path) -> bytes:
    """The key of a file that `medreview key` wrote.

    Raises:
        InputError: there is no such file, others may read it, or it is no key.
    """
    try:
        state = path.stat()
        text = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is no text"
        raise InputError(f"The key file {path} cannot be read: {why}. `medreview key FILE` makes one.") from error
    if os.name == "posix" and state.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise InputError(f"The key file {path} can be used by others than its owner. Run: chmod 600 {path}")
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != _BYTES:
        raise InputError(
            f"The key file {path} is no key: it must hold {2 * _BYTES} digits 0-9 and a-f, as `medreview key FILE` "
            "writes them."
        )
    return key
