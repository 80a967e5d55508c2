"""Doses that rise or fall step by step: `increase by 25 mg every week to 100 mg`."""

from dataclasses import dataclass

from pipeline.normalise.amounts import Amounts, Stated
from pipeline.normalise.frequency import FrequencyReader
from pipeline.normalise.words import Words

_SENTENCE_ENDS = (";", "\n", ". ")


@dataclass(frozen=True)
class Change:
    """By how much a dose rises (`sign` 1) or falls (-1), every how many `days` (0: not told), and to what."""

    sign: float
    by: Stated
    days: float
    target: Stated | None


def change_at(
    words: Words, at: int, sign: float, frequencies: FrequencyReader, amounts: Amounts
) -> tuple[Change, int] | None:
    """The change that is told after *increase by* and the like, and the word after it.

    Args:
        words: the directions.
        at: the word after the phrase.
        sign: 1 for a dose that rises, -1 for one that falls.
        frequencies, amounts: what reads the words.
    """
    by = amounts.at(words, at)
    if by is None:
        return None
    at, days, target = by.end, 0.0, None
    while at < len(words) and not any(mark in words.raw[at] for mark in _SENTENCE_ENDS):
        found = frequencies.phrase(words, at)
        stated = amounts.at(words, at)
        told, end = amounts.days(words, at)
        if stated:
            target, at = target or stated, stated.end
        elif told:
            days, at = days or told, end
        elif found and found[1].kind in {"interval", "period"}:
            days, at = days or found[1].value, at + found[0]
        elif found and found[1].kind == "rate":
            days, at = days or 1.0 / found[1].value, at + found[0]
        elif found and found[1].kind in {"then", "prn"} and target:
            break
        else:
            at += found[0] if found else 1
    return Change(sign, by, days, target), at
