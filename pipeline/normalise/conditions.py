"""Problem lists: which groups of conditions a code or a wording stands for."""

import re
from collections.abc import Iterable, Mapping
from datetime import date

import numpy as np
import pandas as pd

from pipeline.normalise.phrases import Phrases
from pipeline.normalise.text import folded

# The group of words that say that something is feared or sought, and not that it is there.
UNCERTAIN = "uncertain"
_SHORTEST_CODE, _LONGEST_CODE = 2, 7
_ICD10 = re.compile(r"[A-Z]\d[0-9A-Z](?:\.?[0-9A-Z]{1,4}|\.?-)?$")
# Longer numbers are codes of another system (SNOMED), which must not be read by their first digits.
_ICD9 = re.compile(r"\d{1,3}\.\d{0,2}$|\d{2,5}$|E\d{3}(?:\.?\d)?$|V\d\d(?:\.?\d{1,2})?$")
_LIKE_ICD9 = re.compile(r"\d{2,3}\.?\d{0,2}.*")
_BETWEEN_CODES = re.compile(r"[;,|/+\s]+")
_CODE_THEN_WORDS = re.compile(r"[\[(]?([A-Za-z]?\d[0-9A-Za-z.]{1,7})[\])]?\s*(?:[-:\u2013]\s*)?(?=\S*[A-Za-z]{3})(.*)$")
_NOT_ACTIVE = frozenset(
    {"resolved", "inactive", "remission", "in remission", "refuted", "entered in error", "ruled out", "closed",
     "completed", "historical", "deleted", "struck out"}
)  # fmt: skip


class ConditionGroups:
    """The groups of the reference, and what a row of a problem list says of them."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        frame = tables["conditions"]
        self._codes: dict[str, dict[str, list[str]]] = {"icd10": {}, "icd9": {}}
        words: list[tuple[str, str]] = []
        for group, kind, value in zip(frame["condition"], frame["kind"], frame["value"], strict=True):
            if kind == "words":
                words.append((value, group))
            else:
                self._codes[kind].setdefault(bare(value), []).append(group)
        self._words = Phrases(words)

    def groups(self, code: str, description: str, system: str = "") -> list[str]:
        """The groups that a row belongs to, sorted; none when neither its code nor its words are known.

        A code belongs to the groups of all its prefixes; words count too, unless they are denied (`no history of
        seizures`). A cell of codes may hold several, or words, which are read as such. `system`: icd10, icd9, other
        (a code of another system is not read) or empty, which leaves it to each code's form.
        """
        codes, words = codes_in(code)
        found: set[str] = set()
        if system != "other":
            for text in codes:
                found.update(self._of_code(text, system))
        return sorted(found | self._words.values(words) | self._words.values(description))

    def _of_code(self, text: str, system: str) -> Iterable[str]:
        nine = system == "icd9" or (not system and text[:1].isdigit())
        if nine and not _ICD9.match(text) or not nine and not _ICD10.match(text):
            return
        # Spreadsheets take the zeros before a number away: 070.30 becomes 70.3.
        category, dot, rest = text.partition(".")
        plain = bare(category.zfill(3) + rest if nine and category.isdigit() and (dot or len(category) < 3) else text)
        table = self._codes["icd9" if nine else "icd10"]
        for length in range(_SHORTEST_CODE, min(len(plain), _LONGEST_CODE) + 1):
            yield from table.get(plain[:length], ())


def codes_in(cell: str) -> tuple[list[str], str]:
    """The codes of a cell, in capitals, and its words: `I10; E11.9`, `I10 - hypertension`, `hypertension`."""
    parts = [part.strip("[]().").upper() for part in _BETWEEN_CODES.split(cell.strip()) if part.strip("[]().")]
    if parts and all(_ICD10.match(part) or _ICD9.match(part) for part in parts):
        return parts, ""
    if (found := _CODE_THEN_WORDS.match(cell.strip())) and _is_code(found[1].upper()):
        return [found[1].upper()], found[2]
    joined = re.sub(r"\s+", "", cell).upper()
    return ([joined], "") if _is_code(joined) else ([], cell)


def _is_code(text: str) -> bool:
    return bool(_ICD10.match(text) or _ICD9.match(text))


def bare(code: str) -> str:
    """An ICD code without dot, white space and the hyphen of a category, in capitals."""
    return re.sub(r"[\s.-]", "", code).upper()


def systems(code_system: pd.Series, code: pd.Series, numeric: bool) -> np.ndarray:
    """The coding system of each row: as its own column says, else as the codes tell as a whole.

    E and V begin codes of both ICD-10 and ICD-9: where most codes are numbers, as those of ICD-9 are, they are ICD-9.

    Args:
        code_system, code: columns of the conditions.
        numeric: whether most codes are numbers.
    """
    stated, place, codes = _stated(code_system, code)
    mixed = np.array([text[:1].upper() in ("E", "V") for text in codes], dtype=bool)[place]
    return np.where((stated == "") & mixed & numeric, "icd9", stated)


def counted_codes(code_system: pd.Series, code: pd.Series) -> tuple[int, int]:
    """Of the codes that do not name their system how many there are, and how many of them are numbers."""
    stated, place, codes = _stated(code_system, code)
    # In a column of words and codes only the codes tell.
    coded = np.array([bool(codes_in(text)[0]) for text in codes], dtype=bool)
    number = np.array([bool(_LIKE_ICD9.fullmatch(text)) for text in codes], dtype=bool)
    silent = place[(stated == "") & coded[place]]
    return len(silent), int(number[silent].sum())


def _stated(code_system: pd.Series, code: pd.Series) -> tuple[np.ndarray, np.ndarray, pd.Index]:
    """Of each row the system that its column names, and which of the codes, each named once, it has."""
    said, columns = pd.factorize(code_system)
    stated = np.array([_system(folded(text)) for text in columns], dtype=object)[said]
    place, codes = pd.factorize(code.str.strip())
    return stated, place, codes


def _system(text: str) -> str:
    if not text:
        return ""
    icd = "icd" in text or text in ("9", "09", "10", "9 cm", "10 cm")
    if icd and "10" in text:
        return "icd10"
    return "icd9" if icd and "9" in text else "" if text == "icd" else "other"


def over(conditions: pd.DataFrame, as_of: date) -> pd.Series:
    """Which rows are marked as no longer there, or ended before the day of the review."""
    ended = conditions["end_date"] < pd.Timestamp(as_of)
    code, texts = pd.factorize(conditions["status"])
    return ended | np.array([folded(text) in _NOT_ACTIVE for text in texts], dtype=bool)[code]
