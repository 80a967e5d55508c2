"""Problem lists: which groups of conditions a code or a wording stands for."""

import re
from collections.abc import Mapping

import pandas as pd

from pipeline.normalise.text import folded

# What, standing shortly before a phrase, says that the person does not have it.
_NEGATION = re.compile(
    r"\b(no|denies|denied|negative for|rule out|r/o|ruled out|family history of|fh of|risk of|without|not on|no longer)"
    r"(?: \S+){0,3} ?$"
)
_DENIED = re.compile(r"(?:was |has been )?(?:ruled out|excluded)\b")
_CLAUSES = re.compile(r"[;,()]|\.(?=\s|$)")
_SHORTEST_CODE, _LONGEST_CODE = 2, 7


class ConditionGroups:
    """The groups of the reference, and what a row of a problem list says of them."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        frame = tables["conditions"]
        self._codes: dict[str, dict[str, list[str]]] = {"icd10": {}, "icd9": {}}
        words: dict[str, list[str]] = {}
        for group, kind, value in zip(frame["condition"], frame["kind"], frame["value"], strict=True):
            if kind == "words":
                words.setdefault(folded(value), []).append(group)
            else:
                self._codes[kind].setdefault(bare(value), []).append(group)
        self._words = words
        self._longest = max((len(phrase.split()) for phrase in words), default=0)

    def groups(self, code: str, description: str) -> list[str]:
        """The groups that a row belongs to, sorted; none when neither its code nor its words are known.

        A code belongs to the groups of all its prefixes; words count too, unless they are denied (`no history of
        seizures`).
        """
        found: set[str] = set()
        plain = bare(code)
        table = self._codes["icd9" if plain[:1].isdigit() else "icd10"]
        for length in range(_SHORTEST_CODE, min(len(plain), _LONGEST_CODE) + 1):
            found.update(table.get(plain[:length], ()))
        clauses = [folded(clause).split() for clause in _CLAUSES.split(description)]
        tokens = [token for clause in clauses for token in clause]
        # A negation reaches no further than its clause (`no diabetes; heart failure`), a name does (`epilepsy,
        # intractable`).
        begins = [sum(map(len, clauses[:at])) for at, clause in enumerate(clauses) for _ in clause]
        for start in range(len(tokens)):
            for stop in range(start + 1, min(start + self._longest, len(tokens)) + 1):
                groups = self._words.get(" ".join(tokens[start:stop]))
                before, after = " ".join(tokens[begins[start] : start]) + " ", " ".join(tokens[stop:])
                if groups and not _NEGATION.search(before) and not _DENIED.match(after):
                    found.update(groups)
        return sorted(found)


def bare(code: str) -> str:
    """An ICD code without dot and white space, in capitals."""
    return re.sub(r"[\s.]", "", code).upper()
