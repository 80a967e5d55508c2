"""The command line as tests run it: in this process with the error handling of the program, or as a program."""

import contextlib
import io
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pipeline.cli import cli, run_command

REPOSITORY = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it printed."""

    status: int
    out: str
    err: str


def medreview(*words: object) -> Result:
    """Runs a command in this process."""
    out, err, status = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            run_command(partial(cli, args=[str(word) for word in words], prog_name="medreview"))
        except SystemExit as end:
            status = int(end.code or 0)
    return Result(status, out.getvalue(), err.getvalue())


def program(*words: object, **environment: str) -> Result:
    """Runs a command as users do, in a process of its own."""
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", *map(str, words)]
    done = subprocess.run(
        command, capture_output=True, text=True, encoding="utf-8", errors="replace", timeout=120, check=False,
        cwd=REPOSITORY, env={**os.environ, **environment},
    )  # fmt: skip
    return Result(done.returncode, done.stdout, done.stderr)
