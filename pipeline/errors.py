"""Errors that a user can cause. Each has an exit status and a message that says what to do; none shows a traceback.

A message may name a file, sheet, row and column. It never quotes what a cell holds: that may be a patient's data.
"""

from pathlib import Path


class UserError(Exception):
    """Something the user can put right. The message stands alone: what is wrong, where, and what to do."""

    exit_status = 1


class InputError(UserError):
    """The input cannot be read or lacks what is needed. Nothing was written."""

    exit_status = 4


class ReferenceDamagedError(InputError):
    """The clinical reference is missing, empty or inconsistent. Nothing is screened with less than it says."""


class OutputError(UserError):
    """The output folder cannot be written. Nothing was replaced."""

    exit_status = 4


class BusyError(UserError):
    """Another run holds the output folder."""

    exit_status = 5


class StoppedError(UserError):
    """A check of an unattended run's settings did not pass. Nothing was replaced."""

    exit_status = 6


class PartError(Exception):
    """A bug in a worker: the kind of error and the lines it passed."""


def where(error: BaseException) -> str:
    """The kind of a bug's error and the lines it passed, without its message: that may quote a patient's data."""
    import traceback

    if isinstance(error, PartError):
        return str(error)
    frames = traceback.extract_tb(error.__traceback__)
    mine = [
        f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames if "pipeline" in Path(frame.filename).parts
    ]
    return f"{type(error).__name__} at {' < '.join(reversed(mine)) or 'an unknown place'}"
