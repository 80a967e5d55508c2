"""The log of an unattended run: lines of JSON on standard error. No line has any patient's data."""

import json
import logging
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any


class _Lines(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "time": datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        return json.dumps(line, ensure_ascii=False)


@contextmanager
def logged(verbose: bool) -> Iterator[logging.Logger]:
    """The logger of a run.

    Args:
        verbose: whether it tells what is in order, too.
    """
    log = logging.getLogger("medreview.nightly")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Lines())
    log.addHandler(handler)
    log.setLevel(logging.INFO if verbose else logging.WARNING)
    log.propagate = False

    def warned(message: Any, category: type[Warning], filename: str, lineno: int, *_: Any) -> None:
        # A library's warning may quote what it read: its kind and place are told, and its words are not.
        log.info(f"{category.__name__} at {Path(filename).name}:{lineno}")

    with warnings.catch_warnings():
        warnings.showwarning = warned  # type: ignore[assignment]
        try:
            yield log
        finally:
            log.removeHandler(handler)
