"""The settings files: TOML, with what a home keeps the same. `--config` of a review takes some of them, `nightly` all.

Each setting is declared once; reading, messages, `medreview config init` and the README derive from that.
"""

import math
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.history.policy import Policy, read_policy

DATE_ORDERS = ("mdy", "dmy")
GATES = (
    "contraindicated", "major", "moderate", "minor", "unrecognised", "rejected", "accepted_not_done", "overdue",
)  # fmt: skip
DATE = "{date}"


@dataclass(frozen=True)
class Settings:
    """`date_order`: mdy or dmy; `fail_on`: gates; `mapping`: a mapping's file, relative to the settings file, or the
    name of one that comes with the program; `reference`: a reference folder, `codes`: a CSV file of codes, `names`: a
    file of names, `pseudonyms`: a key file, all four relative to the settings file; `low_priority`: whether to tell
    what the reference lists as of low priority; `suppress_below`: 0, or the smallest count that is shown; `loop`: how
    long each step of the loop may take."""

    date_order: str = ""
    fail_on: tuple[str, ...] = field(default_factory=tuple)
    reference: Path | None = None
    mapping: str = ""
    codes: Path | None = None
    names: Path | None = None
    low_priority: bool = False
    pseudonyms: Path | None = None
    suppress_below: int = 0
    loop: Policy = Policy()


@dataclass(frozen=True)
class NightlySettings:
    """What an unattended run needs: `review`: as for any review; `input`: a path or a pattern; `out`: the output
    folder, with `{date}` in its name if each day has its own; `keep`: how many of those stay, 0: all; `previous`: the
    review to compare with, None: the last one; `history`, `responses`: as for a review; `stale_hours`: the greatest age
    of the input, `most_fewer_rows`: the greatest share of rows or residents that may be gone since the last review,
    both None: any; `workbooks`, `changes`, `pdf`: whether they are made; `least_free`: bytes that must
    stay free."""

    review: Settings
    input: str
    out: Path
    keep: int = 0
    previous: Path | None = None
    history: Path | None = None
    responses: tuple[Path, ...] = ()
    stale_hours: float | None = None
    most_fewer_rows: float | None = None
    workbooks: bool = True
    changes: bool = True
    pdf: bool = False
    least_free: int = 0


@dataclass(frozen=True)
class Setting:
    """`fits`: whether a value may be; `must`: what it has to be; `example`: a line of TOML; `about`: what it does;
    `everywhere`: whether `--config` of a review takes it too; `nightly`: whether an unattended run does."""

    fits: Callable[[Any], bool]
    must: str
    example: str
    about: str
    everywhere: bool = False
    nightly: bool = True


def _text(value: Any) -> bool:
    return isinstance(value, str) and value.strip() != "" and "\0" not in value


def _text_or_none(value: Any) -> bool:
    return isinstance(value, str) and "\0" not in value


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


def _count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _above_zero(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value) and value > 0


def _share(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and 0 <= value <= 1


def _out(value: Any) -> bool:
    return _text(value) and DATE not in str(Path(value).parent) and Path(value).name.count(DATE) <= 1


def _gates(value: Any) -> bool:
    return isinstance(value, list) and all(gate in GATES for gate in value)


_FLAG = "must be true or false, without quotation marks"
NEEDED = ("input", "out")
LOOP = "loop"  # a table of its own, which `history.policy` reads
SETTINGS = {
    "input": Setting(
        _text, "must be the path of a file or folder, or a pattern such as exports/*.xlsx, in quotation marks",
        'input = "exports/*.xlsx"', "a file, a folder of tables, or a pattern: the newest match is read",
    ),
    "out": Setting(
        _out, "must be the path of a folder, in quotation marks; {date} may stand once, in its last part",
        'out = "reviews/{date}"', "the output folder; with {date} one for each day",
    ),
    "keep": Setting(
        lambda value: _count(value) and value > 0, "must be a whole number, 1 or more; only where out has {date}",
        "keep = 30", "how many of the folders with {date} stay; only reviews are ever removed",
    ),
    "previous": Setting(
        _text, "must be the path of the output folder of an earlier review, in quotation marks",
        'previous = "reviews/2026-10-31"', "the review to compare with, if not the last one",
    ),
    "history": Setting(
        _text, "must be the path of a file, in quotation marks",
        'history = "history.sqlite"', "keeps what every run found and what people answered; made if it is not there",
    ),
    "responses": Setting(
        lambda value: isinstance(value, list) and all(map(_text, value)),
        'must be a list of paths, such as ["answered"]',
        'responses = ["answered"]', "files or folders with what people answered, besides the reviews themselves",
    ),
    "stale_hours": Setting(
        _above_zero, "must be a number of hours above 0",
        "stale_hours = 26", "stop when the input is older",
    ),
    "most_fewer_rows": Setting(
        _share, "must be a share from 0 to 1, such as 0.2 for 20 %",
        "most_fewer_rows = 0.2", "stop when more of the rows, or of the residents, are gone since the last review",
    ),
    "least_free_mb": Setting(
        _count, "must be a whole number of megabytes",
        "least_free_mb = 1000", "stop when less of the disk would stay free",
    ),
    "only": Setting(
        lambda value: value in ("findings", "tables"), 'must be "findings" or "tables"',
        'only = "findings"', "no workbooks: the tables of what was found and the manifest, or (tables) changes too",
    ),
    "pdf": Setting(_flag, _FLAG, "pdf = true", "print the reports of all residents into patients.pdf"),
    "codes": Setting(
        _text_or_none, "must be the path of a CSV file, in quotation marks",
        'codes = "codes.csv"', "your own codes of medicines, as for --codes", everywhere=True,
    ),
    "date_order": Setting(
        lambda value: value in ("", *DATE_ORDERS), 'must be "mdy" or "dmy"',
        'date_order = "mdy"', 'or "dmy": for dates such as 3/4/2026 when no date of the column tells', everywhere=True,
    ),
    "fail_on": Setting(
        _gates, f'must be a list such as ["major"] of any of {", ".join(GATES)}',
        'fail_on = ["contraindicated", "unrecognised"]',
        "exit status 3 when the review has any; also major, moderate, minor, rejected, accepted_not_done, overdue",
        everywhere=True,
    ),
    "low_priority": Setting(
        _flag, _FLAG, "low_priority = true", "tell findings of low priority too", everywhere=True
    ),
    "mapping": Setting(
        _text_or_none, "must be the path of a TOML file, or a name, in quotation marks",
        'mapping = "our-export.toml"', "which heading is which column, as for --mapping", everywhere=True,
    ),
    "names": Setting(
        _text_or_none, "must be the path of a workbook or CSV file, in quotation marks",
        'names = "names.csv"', "right names of drug texts, as for --names", everywhere=True,
    ),
    "pseudonyms": Setting(
        _text_or_none, "must be the path of a key file, in quotation marks",
        'pseudonyms = "our.key"', "as for --pseudonyms", everywhere=True, nightly=False,
    ),
    "suppress_below": Setting(
        lambda value: _count(value) and value != 1, "must be a whole number of at least 2, such as 11, or 0 for none",
        "suppress_below = 11", "as for --suppress-below", everywhere=True, nightly=False,
    ),
    "reference": Setting(
        _text_or_none, "must be the path of a folder, in quotation marks",
        'reference = "our-reference"', "a folder of your own rows, or a whole reference", everywhere=True,
    ),
}  # fmt: skip


def read_settings(path: Path) -> Settings:
    """The settings of the file that `--config` of a review names.

    Raises:
        InputError: no such file, no TOML, a key that is not known, or a value of the wrong kind.
    """
    content = _content(path, "Check --config.")
    _check(path, content, [LOOP, *(key for key, setting in SETTINGS.items() if setting.everywhere)])
    return _settings(path, content)


def read_nightly(path: Path) -> NightlySettings:
    """The settings of an unattended run.

    Raises:
        InputError: as `read_settings`; or one that is needed is missing, or two exclude each other.
    """
    content = _content(path, "`medreview config init FILE` writes one to edit.")
    # The next run reads the last review: one for sharing has other ids and no replies.
    _check(path, content, [LOOP, *(key for key, setting in SETTINGS.items() if setting.nightly)])
    for key in NEEDED:
        if key not in content:
            raise InputError(f"{path}: {key} is missing. It {SETTINGS[key].must}.")
    if "keep" in content and DATE not in content["out"]:
        raise InputError(f"{path}: keep {SETTINGS['keep'].must}.")
    if "only" in content and content.get("pdf"):
        raise InputError(f"{path}: pdf prints the workbooks that the setting only leaves out. Give one of the two.")
    beside = path.absolute().parent
    return NightlySettings(
        review=_settings(path.absolute(), content),
        input=str(beside / content["input"]),
        out=beside / content["out"],
        keep=content.get("keep", 0),
        previous=beside / content["previous"] if "previous" in content else None,
        history=beside / content["history"] if "history" in content else None,
        responses=tuple(beside / place for place in content.get("responses", ())),
        stale_hours=content.get("stale_hours"),
        most_fewer_rows=content.get("most_fewer_rows"),
        workbooks="only" not in content,
        changes=content.get("only") != "findings",
        pdf=content.get("pdf", False),
        least_free=content.get("least_free_mb", 0) * 1_000_000,
    )


def example() -> str:
    """A settings file of an unattended run, to edit: what is needed, and all else as comments."""
    lines = [
        "# Settings of `medreview nightly`. Paths are relative to this file. Take the # away from what you need.",
        *(_line(key) for key in NEEDED),
        *(f"# {_line(key)}" for key, setting in SETTINGS.items() if setting.nightly and key not in NEEDED),
        "# [loop]                                             # days until the loop speaks up, as for a review",
        *(f"# {days.name} = {days.default}" for days in fields(Policy)),
    ]
    return "\n".join(lines) + "\n"


def _line(key: str) -> str:
    return f"{SETTINGS[key].example:<50} # {SETTINGS[key].about}"


def _content(path: Path, hint: str) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"The settings file {path} cannot be read: {error.strerror}. {hint}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f'The settings file {path} is not TOML: {error}. Lines look like date_order = "mdy".'
        ) from error


def _check(path: Path, content: dict[str, Any], known: list[str]) -> None:
    unknown = sorted(set(content) - set(known))
    if unknown:
        raise InputError(f"{path}: '{unknown[0]}' is no setting. Known are {', '.join(sorted(known))}.")
    for key, value in content.items():
        if key != LOOP and not SETTINGS[key].fits(value):
            raise InputError(f"{path}: {key} {SETTINGS[key].must}.")


def _settings(path: Path, content: dict[str, Any]) -> Settings:
    beside = {
        key: path.parent / content[key]
        for key in ("reference", "mapping", "codes", "names", "pseudonyms")
        if content.get(key)
    }
    mapping = content.get("mapping", "")
    return Settings(
        date_order=content.get("date_order", ""),
        fail_on=tuple(content.get("fail_on", ())),
        reference=beside.get("reference"),
        mapping=str(beside["mapping"]) if mapping and beside["mapping"].is_file() else mapping,
        codes=beside.get("codes"),
        names=beside.get("names"),
        low_priority=content.get("low_priority", False),
        pseudonyms=beside.get("pseudonyms"),
        suppress_below=content.get("suppress_below", 0),
        loop=read_policy(content.get("loop", {}), path),
    )
