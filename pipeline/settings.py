"""The settings file that `--config` names: TOML, with the options of a review that a home keeps the same each month."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import InputError

DATE_ORDERS = ("mdy", "dmy")


@dataclass(frozen=True)
class Settings:
    """`date_order`: mdy or dmy; `fail_on`: gates; `mapping`: a mapping's file, relative to the settings file, or the
    name of one that comes with the program; `reference`: a reference folder, and `codes`: a CSV file of codes, both
    relative to the settings file; `low_priority`: whether to tell what the reference lists as of low priority."""

    date_order: str = ""
    fail_on: tuple[str, ...] = field(default_factory=tuple)
    reference: Path | None = None
    mapping: str = ""
    codes: Path | None = None
    low_priority: bool = False


def read_settings(path: Path, gates: tuple[str, ...]) -> Settings:
    """The settings of a file.

    Args:
        path: the TOML file.
        gates: what `fail_on` may name.

    Raises:
        InputError: no such file, no TOML, a key that is not known, or a value of the wrong kind.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(f"The settings file {path} cannot be read: {error.strerror}. Check --config.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f'The settings file {path} is not TOML: {error}. Lines look like date_order = "mdy".'
        ) from error
    known = ("codes", "date_order", "fail_on", "low_priority", "mapping", "reference")
    unknown = sorted(set(content) - set(known))
    if unknown:
        raise InputError(f"{path}: '{unknown[0]}' is no setting. Known are {', '.join(known)}.")
    order, fail_on, reference = content.get("date_order", ""), content.get("fail_on", []), content.get("reference")
    if order not in ("", *DATE_ORDERS):
        raise InputError(f'{path}: date_order must be "mdy" or "dmy".')
    if not isinstance(fail_on, list) or any(gate not in gates for gate in fail_on):
        raise InputError(f'{path}: fail_on must be a list such as ["major"] of any of {", ".join(gates)}.')
    if reference is not None and not isinstance(reference, str):
        raise InputError(f"{path}: reference must be the path of a folder, in quotation marks.")
    codes = content.get("codes")
    if codes is not None and not isinstance(codes, str):
        raise InputError(f"{path}: codes must be the path of a CSV file, in quotation marks.")
    mapping = content.get("mapping", "")
    if not isinstance(mapping, str):
        raise InputError(f"{path}: mapping must be the path of a TOML file, or a name, in quotation marks.")
    low_priority = content.get("low_priority", False)
    if not isinstance(low_priority, bool):
        raise InputError(f"{path}: low_priority must be true or false, without quotation marks.")
    beside = path.parent / mapping
    return Settings(
        order,
        tuple(fail_on),
        path.parent / reference if reference else None,
        str(beside) if mapping and beside.is_file() else mapping,
        path.parent / codes if codes else None,
        low_priority,
    )
