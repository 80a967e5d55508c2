"""What the page is made of: tables whose cells know how they sort, and bars whose lengths are worked out here.

Only values stand here; templates/population.html writes them, and escapes every text.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

from pipeline.report import words

# A part of a bar narrower than this share of the width has no room for its number; the table beside it has all.
_LEAST_LABEL = 6.0


class Cell(NamedTuple):
    """A cell: its text, what it sorts by where that is not the text, where it leads, the class of its colours, and the
    rate and bounds that are drawn beside it (fractions)."""

    text: str
    sort: float | None = None
    link: str = ""
    look: str = ""
    interval: tuple[float, float, float] | None = None


class Heading(NamedTuple):
    """The heading of a column; numbers stand on the right."""

    text: str
    number: bool = False


@dataclass(frozen=True)
class Table:
    """A table. Its first column names the row. `filter` is the label of its filter box, empty for none."""

    name: str
    caption: str
    headings: Sequence[Heading]
    rows: Sequence[Sequence[Cell]]
    empty: str
    filter: str = ""
    sortable: bool = True
    note: str = ""


class Part(NamedTuple):
    """A part of a bar: where it begins and how wide it is, in per cent; its class, its number where there is room."""

    start: float
    width: float
    look: str
    label: str


class Bar(NamedTuple):
    """A bar: its label, its parts, its sum, where that stands (per cent), and what a screen reader says."""

    label: str
    parts: list[Part]
    total: str
    end: float
    spoken: str


@dataclass(frozen=True)
class Chart:
    """Bars with one scale, and the names and classes of their parts."""

    title: str
    bars: list[Bar]
    legend: Sequence[tuple[str, str]] = field(default_factory=tuple)


def number(value: Any) -> Cell:
    """A count; a text (that says why there is none) stays a text."""
    if isinstance(value, str):
        return Cell(value)
    return Cell("") if pd.isna(value) else Cell(f"{value:,}", float(value))


def share(part: Any, whole: Any) -> Cell:
    """A part as a percentage of the whole; of nothing there is none."""
    if isinstance(part, str) or isinstance(whole, str):
        return Cell("hidden")
    return Cell(f"{part / whole:.1%}", part / whole) if whole else Cell("none")


def percent(rate: Any) -> Cell:
    """A fraction as a percentage; a missing one is none, a text stays a text."""
    if isinstance(rate, str):
        return Cell(rate)
    return Cell("none") if pd.isna(rate) else Cell(f"{rate:.1%}", float(rate))


def bars(
    title: str, labels: Sequence[str], counts: Sequence[Sequence[Any]], series: Sequence[tuple[str, str]]
) -> Chart:
    """A chart with a bar for each label, made of a part for each of the series.

    Args:
        title: what is counted.
        labels: of the bars, the topmost first.
        counts: for each bar one count for each series; a bar with a count that is hidden (a text) is left out.
        series: name and class of each series.
    """
    drawn = [(label, row) for label, row in zip(labels, counts, strict=True) if not any(map(_is_text, row))]
    # The number behind the longest bar needs room too.
    longest = max((sum(row) for _, row in drawn), default=0) * 1.12 or 1
    return Chart(title, [_bar(label, row, series, longest) for label, row in drawn], tuple(series))


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _bar(label: str, counts: Sequence[Any], series: Sequence[tuple[str, str]], longest: float) -> Bar:
    parts, start = [], 0.0
    for count, (_, look) in zip(counts, series, strict=True):
        width = 100 * count / longest
        if count:
            text = f"{count:,}" if width >= _LEAST_LABEL and len(series) > 1 else ""
            parts.append(Part(round(start, 2), round(width, 2), look, text))
        start += width
    told = [f"{count:,} {name}" for count, (name, _) in zip(counts, series, strict=True) if count]
    spoken = f"{label}: {', '.join(told) or 'none'}"
    return Bar(label, parts, f"{sum(counts):,}", round(start, 2), spoken)


def severity_tag(code: str | None) -> Cell:
    """A severity in its colours, sorted by its rank."""
    return _tag(code, words.SEVERITIES, words.SEVERITY)


def tier_tag(code: str) -> Cell:
    """A tier in its colours, sorted by its rank."""
    return _tag(code, words.TIERS, words.TIER)


def _tag(code: str | None, order: tuple[str, ...], names: dict[str, str]) -> Cell:
    if code not in order:
        return Cell(code or "")
    return Cell(names[code], order.index(code), look=f"tag {code}")


def texts(values: Iterable[Any]) -> list[Cell]:
    """Plain cells."""
    return [Cell("" if value is None or value is pd.NA else str(value)) for value in values]
