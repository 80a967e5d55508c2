"""An unattended review: checks before it, one line of JSON about it, and old output folders removed after it."""

import json
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from pipeline.errors import BusyError, StoppedError, UserError, where
from pipeline.log import logged
from pipeline.nightly_folders import Folders
from pipeline.nightly_input import Chosen, choose
from pipeline.output_folder import manifest_of
from pipeline.settings import NightlySettings, read_nightly

_REVIEWED, _BUG, _GATE = 0, 1, 3


class Ended(BaseException):
    """The system asked the run to end: it clears up, says so, and ends."""


def run_nightly(config: Path, as_of: date, verbose: bool) -> int:
    """Runs one review and prints its line: the keys of `_line`, always all of them.

    Args:
        config: the settings file.
        as_of: the day of the review.
        verbose: whether stages are logged too.

    Returns:
        The exit status, as the README lists it; 143 when the system ended the run.
    """
    started = time.perf_counter()
    line = _line(as_of)
    with logged(verbose) as log, _ended_by_signal():
        try:
            settings = read_nightly(config)
            reached = _review(settings, as_of, line, log)
            if reached:
                line.update(status="gate", exit_status=_GATE, reason=f"reached the gate {', '.join(reached)}")
            else:
                line.update(status="reviewed", exit_status=_REVIEWED)
        except UserError as error:
            status = {StoppedError: "stopped", BusyError: "busy"}.get(type(error), "failed")
            line.update(status=status, exit_status=error.exit_status, reason=str(error))
        except (Ended, KeyboardInterrupt):
            line.update(status="failed", exit_status=128 + signal.SIGTERM, reason="the system ended the run")
        except Exception as error:
            line.update(status="bug", exit_status=_BUG, reason=f"a bug: {where(error)}")
        line["seconds"] = round(time.perf_counter() - started, 3)
        if line["exit_status"]:
            log.error(line["reason"], extra={"fields": {"status": line["status"], "exit_status": line["exit_status"]}})
    print(json.dumps(line, ensure_ascii=False), flush=True)
    return int(line["exit_status"])


def _line(as_of: date) -> dict[str, Any]:
    """What is told of a run; what is not known of one that failed is null."""
    return {
        "time": datetime.now().astimezone().isoformat(timespec="seconds"),
        "status": "", "exit_status": _BUG, "reason": "", "as_of": as_of.isoformat(), "input": None, "out": None,
        "residents": None, "findings": None, "act_today": None, "rejected": None, "unrecognised": None, "seconds": 0,
    }  # fmt: skip


def _review(settings: NightlySettings, as_of: date, line: dict[str, Any], log: Any) -> tuple[str, ...]:
    from pipeline import run

    began = time.time()
    folders = Folders(settings.out, as_of)
    line["out"] = str(folders.out)
    folders.clear_leftovers()
    chosen = choose(settings.input)
    line["input"] = str(chosen.path)
    check_age(chosen, settings.stale_hours)
    last = folders.last()

    @contextmanager
    def stage(name: str) -> Iterator[None]:
        entered = time.perf_counter()
        yield
        log.info(name, extra={"fields": {"seconds": round(time.perf_counter() - entered, 3)}})

    def may_write(manifest: dict[str, Any]) -> None:
        if last and settings.most_fewer_rows is not None:
            check_counts(manifest, manifest_of(last), settings.most_fewer_rows)

    review = settings.review
    outcome = run.review(
        chosen.path,
        folders.out,
        as_of,
        previous=settings.previous or last,
        history=settings.history,
        responses=(*settings.responses, *folders.answered()),
        policy=review.loop,
        reference=review.reference,
        usual_date_order=review.date_order,
        low_priority=review.low_priority,
        mapping=review.mapping,
        codes=review.codes,
        names=review.names,
        workbooks=settings.workbooks,
        changes=settings.changes,
        pdf=settings.pdf,
        fail_on=review.fail_on,
        last=last,
        least_free=settings.least_free,
        may_write=may_write,
        stage=stage,
    )
    manifest = outcome.manifest
    line.update(
        residents=manifest["patients"],
        findings=manifest["findings_by_severity"],
        act_today=manifest["patients_by_tier"]["today"],
        rejected=sum(counts["rejected"] for counts in manifest["rows"].values()),
        unrecognised=manifest["unrecognised"],
    )
    for folder in folders.remove_old(settings.keep, began) if settings.keep else ():
        log.warning(f"{folder} could not be removed. Something else is in it, or it is in use.")
    return outcome.reached


def check_age(chosen: Chosen, hours: float | None) -> None:
    """That the input is new enough.

    Raises:
        StoppedError: it is older than so many hours.
    """
    age = (time.time() - chosen.changed) / 3600
    if hours is not None and age > hours:
        of = datetime.fromtimestamp(chosen.changed).astimezone().isoformat(sep=" ", timespec="minutes")
        raise StoppedError(
            f"{chosen.oldest} is {age:.0f} hours old (of {of}), and stale_hours allows {hours:g}. Nothing was "
            "replaced. See why no newer export has come."
        )


def check_counts(manifest: dict[str, Any], last: dict[str, Any], most: float) -> None:
    """That no table, nor the number of residents, has shrunk by more than a share since the last review.

    Args:
        manifest: of the review that is about to be written.
        last: of the last one.
        most: the share.

    Raises:
        StoppedError: one has.
    """
    now, before = _counts(manifest), _counts(last)
    for what, count in before.items():
        if now.get(what, 0) < count * (1 - most):
            fewer = 1 - now.get(what, 0) / count
            raise StoppedError(
                f"{now.get(what, 0):,} {what}, and {count:,} in the last review: {fewer:.0%} fewer, and "
                f"most_fewer_rows allows {most:.0%}. Nothing was replaced. See whether the export is whole; if so many "
                "are really gone, raise most_fewer_rows for one run."
            )


def _counts(manifest: dict[str, Any]) -> dict[str, int]:
    tables = {f"accepted rows of {table}": counts["accepted"] for table, counts in manifest["rows"].items()}
    return {"residents": manifest["patients"], **tables}


@contextmanager
def _ended_by_signal() -> Iterator[None]:
    """SIGTERM, as systemd and schedulers send it, ends the run as an error does: half-written files are cleared."""

    def end(_signal: int, _frame: FrameType | None) -> None:
        raise Ended

    try:
        before = signal.signal(signal.SIGTERM, end)
    except ValueError:  # not the main thread: the program around this one decides
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
