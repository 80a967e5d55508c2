"""A user's own table of ATC codes, as codes to lay over the reference, and where it differs from ours."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError
from pipeline.normalise.drug_text import Lexicon
from pipeline.rulebook.load import Reference
from pipeline.source.delimited import decode

_NEEDED = ("atc_code", "atc_name")
_CODE = re.compile(r"[A-Z]\d\d[A-Z]{2}\d\d")
_MISSING = ("", "NA")
# The kinds of differences, as reports tell them.
OURS_ONLY = "a code of ours that the table lacks"
THEIRS_ONLY = "a code of theirs for an ingredient of ours, which lacks it"
OTHER_DRUG = "a code that stands for another medicine here; ours was kept"
KINDS = (OTHER_DRUG, OURS_ONLY, THEIRS_ONLY)


@dataclass(frozen=True)
class AtcTable:
    """`codes`: rows of the table `codes`. `differences`: kind, code, our ingredients, their name. `unmatched`: code,
    name, why.
    """

    codes: list[list[str]]
    differences: list[list[str]]
    unmatched: list[list[str]]


def read_atc(path: Path, reference: Reference, lexicon: Lexicon) -> AtcTable:
    """The full codes of a table with the columns `atc_code` and `atc_name`; others are not read.

    Raises:
        InputError: the file cannot be read, lacks a column, or holds no full code.
    """
    theirs = _names(path)
    ours: dict[str, set[str]] = {}
    for row in reference.tables["drugs"].itertuples(index=False):
        for code in filter(None, row.atc.split(";")):
            ours.setdefault(code, set()).add(row.ingredient)
    codes: list[list[str]] = []
    unmatched: list[list[str]] = []
    differences = [[OURS_ONLY, code, ";".join(sorted(ours[code])), ""] for code in ours.keys() - theirs.keys()]
    for code, name in theirs.items():
        read = lexicon.read(name)
        mine = ours.get(code, set())
        if not read.ingredients or read.reason:
            unmatched.append([code, name, read.reason])
        elif mine and not any(lexicon.agree(read.ingredients, (one,)) for one in mine) and mine != {*read.ingredients}:
            differences.append([OTHER_DRUG, code, ";".join(sorted(mine)), name])
        else:
            codes.append(["atc", code, name])
            if not mine and len(read.ingredients) == 1:
                differences.append([THEIRS_ONLY, code, read.ingredients[0], name])
    return AtcTable(sorted(codes), sorted(differences), sorted(unmatched))


def _names(path: Path) -> dict[str, str]:
    """Code → name. A code has a line for each of its doses, all of one name."""
    try:
        lines = decode(path.read_bytes(), path.name).splitlines()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    reader = csv.DictReader(lines)
    missing = [name for name in _NEEDED if name not in (reader.fieldnames or [])]
    if missing:
        raise InputError(f"{path}: no column {missing[0]}. The first line must name {' and '.join(_NEEDED)}.")
    found: dict[str, str] = {}
    for row in reader:
        code, name = ((row[column] or "").strip() for column in _NEEDED)
        if _CODE.fullmatch(code) and name not in _MISSING:
            found.setdefault(code, name)
    if not found:
        raise InputError(f"{path} holds no ATC code of seven characters with a name.")
    return found
