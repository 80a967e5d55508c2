"""The words of an order text: how it is cut into words, and which known phrase begins at a word."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Generic, TypeVar

Value = TypeVar("Value")

_WORD = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d*\.\d+|\d+|[^\W\d_]+|%")
# `0,125` and, before a unit, `2,5`: a comma may also set thousands apart (`1,250`) or part a list (`5,10 mg`).
_DECIMAL_COMMA = re.compile(
    r"(?<![\d.,])(?:(0),(\d+)|(\d{1,3}),(\d?[1-9])(?=\s?(?:[mn]?c?g|mcg|gm|ml|cc|mmol|meq|iu|units?|tab\w*|cap\w*|%)(?![a-z])))(?![\d.,])"
)
_DOTTED = re.compile(r"\b(?:[a-z]\.){2,}")
_DASHES = str.maketrans({"\u2010": "-", "\u2011": "-", "\u2012": "-", "\u2013": "-", "\u2014": "-", "\u2212": "-"})
_MARKS = re.compile("[\u2122\u00ae\u00a9]")
# Signs that say nothing between two words: "Tylenol #3", "*NF* Ertapenem", "Soln."
_SILENT = re.compile(r"[\s.*#_'\"!?=~|-]+")


@dataclass(frozen=True)
class Words:
    """A text as words in lower case. `raw[i]` is what stands before word i, `gaps[i]` the same without silent signs."""

    words: list[str]
    gaps: list[str]
    raw: list[str]

    def __len__(self) -> int:
        return len(self.words)


def plain(text: str) -> str:
    """The text in lower case, without accents, with one spelling of dashes, "and", "with" and dotted abbreviations."""
    if not text.isascii():
        text = _MARKS.sub("", text).translate(_DASHES)
        text = text.replace("\u00b5", "mc").replace("\u03bc", "mc").replace("\u00bd", " 1/2")
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if c.isascii())
    text = text.lower().replace("'", "").replace("&", " and ").replace("w/o", "without ").replace("w/", " with ")
    if "," in text:
        text = _DECIMAL_COMMA.sub(lambda found: f"{found[1] or found[3]}.{found[2] or found[4]}", text)
    return _DOTTED.sub(lambda found: found.group().replace(".", ""), text)


def split(text: str) -> Words:
    """The words of a text. Letters and digits are always apart, so that `D5W` and `D 5 W` are the same."""
    text = plain(text)
    words: list[str] = []
    gaps: list[str] = []
    raw: list[str] = []
    end = 0
    for found in _WORD.finditer(text):
        word = found.group()
        between = text[end : found.start()]
        end = found.end()
        words.append(_plain_number(word) if word[-1].isdigit() else word)
        raw.append(between)
        gaps.append(_SILENT.sub("", between) if between and between != " " else "")
    return Words(words, gaps, raw)


@lru_cache(maxsize=4096)
def _plain_number(word: str) -> str:
    """One spelling for each number: `25,000` is `25000`, `.5` is `0.5`, `5.0` is `5`."""
    whole, _, fraction = word.replace(",", "").partition(".")
    fraction = fraction.rstrip("0")
    return (whole.lstrip("0") or "0") + ("." + fraction if fraction else "")


def is_number(word: str) -> bool:
    return word[-1].isdigit()


@dataclass
class Phrasebook(Generic[Value]):
    """Known phrases by their first two words. Hyphens and blanks between words are the same; a slash is not."""

    _by_start: dict[tuple[str, ...], list[tuple[list[str], list[str], Value]]] = field(default_factory=dict)

    def add(self, phrase: str, value: Value) -> None:
        key = split(phrase)
        if not key.words:
            return
        group = self._by_start.setdefault(tuple(key.words[:2]), [])
        group.append((key.words, key.gaps[1:], value))
        group.sort(key=lambda row: -len(row[0]))

    def exact(self, phrase: str) -> Value | None:
        """The value of just this phrase."""
        key = split(phrase)
        for words, gaps, value in self._by_start.get(tuple(key.words[:2]), []):
            if words == key.words and gaps == key.gaps[1:]:
                return value
        return None

    def at(self, text: Words, start: int) -> Iterator[tuple[int, Value]]:
        """The phrases that begin at word `start`, the longest first: how many words, and the value."""
        for words, gaps, value in self._by_start.get(tuple(text.words[start : start + 2]), ()):
            count = len(words)
            stop = start + count
            if count > 1 and text.words[start:stop] == words and text.gaps[start + 1 : stop] == gaps:
                yield count, value
        for _, _, value in self._by_start.get((text.words[start],), ()):
            yield 1, value

    def longest(self, text: Words, start: int) -> tuple[int, Value] | None:
        return next(self.at(text, start), None)
