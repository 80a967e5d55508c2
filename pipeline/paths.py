"""Where things lie: the reference that comes with the program, and names of files made from patient ids."""

import hashlib
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

_RESERVED = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))}
_LONGEST = 100


def reference_folder() -> Path:
    """The reference shipped in the wheel or, in an editable install, the repository's own folder."""
    here = Path(__file__).resolve().parent
    shipped = here / "_reference"
    return shipped if shipped.is_dir() else here.parent / "reference"


def patient_file_names(patient_ids: Iterable[str]) -> dict[str, str]:
    """A file name, without suffix, for each patient id: safe on every file system and different for different ids.

    Letters, digits, `.`, `_` and `-` stay; anything else is percent-encoded. An id that a file system would confuse
    with another (by case), would refuse (length, a reserved or dotted name) gets a short hash of the id appended.
    """
    ids = sorted(set(patient_ids))
    folded: dict[str, int] = {}
    for patient_id in ids:
        key = _encoded(patient_id).casefold()
        folded[key] = folded.get(key, 0) + 1
    return {patient_id: _file_name(patient_id, folded[_encoded(patient_id).casefold()] > 1) for patient_id in ids}


def _encoded(patient_id: str) -> str:
    return re.sub(r"~", "%7E", quote(patient_id, safe="", errors="replace"))


def _file_name(patient_id: str, confusable: bool) -> str:
    name = _encoded(patient_id)
    stem = name.split(".", 1)[0].casefold()
    refused = len(name) > _LONGEST or stem in _RESERVED or name.startswith(".") or name.endswith(".") or not name
    if not (confusable or refused):
        return name
    short = hashlib.sha256(patient_id.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{name[:_LONGEST].strip('.') or 'id'}-{short}" if stem not in _RESERVED else f"id-{name[:_LONGEST]}-{short}"
