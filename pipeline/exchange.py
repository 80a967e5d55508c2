"""Two folders trade places in one step, where the system can do that.

Renaming one folder away and the other one in takes two steps; between them a reader finds nothing, and a run that is
killed there leaves nothing. Linux can do both in one (renameat2 with RENAME_EXCHANGE), on most of its file systems.
"""

import ctypes
import os
import sys
from pathlib import Path

_THIS_FOLDER = -100  # AT_FDCWD: paths are meant from the current folder
_EXCHANGE = 2  # RENAME_EXCHANGE


def traded(one: Path, other: Path) -> bool:
    """Whether the two have traded places; if not, nothing was changed: the system or the file system cannot.

    Args:
        one: a folder.
        other: another one, on the same file system.
    """
    if sys.platform != "linux":
        return False
    rename = getattr(ctypes.CDLL(None), "renameat2", None)  # glibc has it from 2.28, musl not yet
    if rename is None:
        return False
    rename.argtypes = (ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_uint)
    return rename(_THIS_FOLDER, os.fsencode(one), _THIS_FOLDER, os.fsencode(other), _EXCHANGE) == 0
