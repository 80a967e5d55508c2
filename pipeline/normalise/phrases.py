"""Phrases found in free wording, the long and the short ones, unless the wording denies them."""

import re
from collections.abc import Iterable

from pipeline.normalise.text import folded

# What, standing shortly before a phrase, says that the person does not have it.
_NEGATION = re.compile(
    r"\b(?:no|denies|denied|negative for|rule out|r/o|ruled out|without|not on|no longer|resolved|"
    r"risk (?:of|for)|screen(?:ing)? (?:of|for)|(?:family|fam) (?:history|hx|h/o)|fh of|fhx|fmhx)"
    r"(?: (?!(?:but|however|with)\b)\S+){0,3} ?$"
)
_DENIED = re.compile(r"(?:(?:was|has been|is|now) )*(?:ruled out|excluded|resolved|not present|unlikely)\b")
_CLAUSES = re.compile(r"[;,()\n]|\.(?=\s|$)")


OTHER = "other"


class Phrases:
    """Phrases, each standing for one or more values; `other` for a phrase whose words mean nothing on their own."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for phrase, value in pairs:
            self._values.setdefault(folded(phrase), []).append(value)
        self._longest = max((len(phrase.split()) for phrase in self._values), default=0)

    def values(self, text: str) -> set[str]:
        """The values of every phrase in the text that is not denied (`no history of seizures`).

        A negation reaches no further than its clause (`no diabetes; heart failure`), a phrase does (`epilepsy,
        intractable`).
        """
        clauses = [folded(clause).split() for clause in _CLAUSES.split(text)]
        tokens = [token for clause in clauses for token in clause]
        clause_of = [number for number, clause in enumerate(clauses) for _ in clause]
        spans = [
            (start, stop, self._values[phrase])
            for start in range(len(tokens))
            for stop in range(start + 1, min(start + self._longest, len(tokens)) + 1)
            if (phrase := " ".join(tokens[start:stop])) in self._values
        ]
        whole = [(start, stop) for start, stop, values in spans if OTHER in values]
        found: set[str] = set()
        for start, stop, values in spans:
            if any(low <= start and stop <= high and (low, high) != (start, stop) for low, high in whole):
                continue
            before = " ".join(tokens[clause_of.index(clause_of[start]) : start]) + " "
            if not _NEGATION.search(before) and not _denied_after(tokens, clause_of, stop):
                found.update(values)
        return found - {OTHER}


def _denied_after(tokens: list[str], clause_of: list[int], stop: int) -> bool:
    """Whether what follows a phrase takes it back: the rest of its clause, or the next one that does so as a whole
    (`epilepsy, resolved`, but not `epilepsy; resolved fever`).
    """
    after = list(zip(tokens[stop:], clause_of[stop:], strict=True))
    rest = " ".join(token for token, clause in after if clause == clause_of[stop - 1])
    if rest or not after:
        return bool(_DENIED.match(rest))
    return bool(_DENIED.fullmatch(" ".join(token for token, clause in after if clause == after[0][1])))
