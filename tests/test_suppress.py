"""Small counts stay hidden: by brute force, no hidden count can be got from what is shown."""

import itertools
import json
import re
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import suppress
from pipeline.suppress import HIDDEN, hidden_rows
from tests.command import medreview
from tests.inputs import DAY, read_csv
from tests.report.test_page import Reader

FEWEST = 3


def possible(counts: list[int], parent: list[int], hidden: np.ndarray, most: int) -> list[set[int]]:
    """For each row every count that it may have, given what is shown: totals are no less than their parts add up to,
    and exactly so much where the reader knows that the parts are all."""
    free = np.flatnonzero(hidden)
    found: list[set[int]] = [set() for _ in counts]
    for guess in itertools.product(range(most + 1), repeat=len(free)):
        table = np.array(counts)
        table[free] = guess
        sums = [
            (table[total], sum(table[row] for row, of in enumerate(parent) if of == total))
            for total in set(parent) - {-1}
        ]
        if all(total == parts for total, parts in sums):
            for row, count in enumerate(table):
                found[row].add(int(count))
    return found


@given(st.lists(st.integers(0, 5), min_size=1, max_size=4))
def test_parts_of_a_total_cannot_be_derived(parts: list[int]) -> None:
    counts, parent = [*parts, sum(parts)], [*[len(parts)] * len(parts), -1]
    hidden = hidden_rows(np.array(counts).reshape(-1, 1), parent, FEWEST)
    for row, may_be in enumerate(possible(counts, parent, hidden, 8)):
        if 0 < counts[row] < FEWEST:
            assert hidden[row] and len(may_be) > 1
    assert hidden.sum() == 0 or any(0 < count < FEWEST for count in counts), "nothing is hidden without a reason"


@given(st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=2), min_size=1, max_size=2))
def test_nor_those_of_totals_of_totals(homes: list[list[int]]) -> None:
    """Units of homes of everyone."""
    counts, parent = [0], [-1]
    for units in homes:
        at = len(counts)
        counts += [sum(units), *units]
        parent += [0, *[at] * len(units)]
    counts[0] = sum(map(sum, homes))
    hidden = hidden_rows(np.array(counts).reshape(-1, 1), parent, FEWEST)
    for row, may_be in enumerate(possible(counts, parent, hidden, 6)):
        if 0 < counts[row] < FEWEST:
            assert hidden[row] and len(may_be) > 1


@pytest.mark.parametrize(
    ("parts", "hidden"),
    [
        ([20, 30], ""),
        ([20, 0], ""),
        ([20, 5], "20 5"),  # 5 is small, and 25 - 20 would tell it
        ([20, 30, 5], "20 5"),  # the smallest of the others goes with it
        ([20, 5, 4], "20 5 4"),  # 29 - 20 would tell that 9 are in two parts
        ([40, 20, 9, 8], "9 8"),  # 17 in two parts is no small count
    ],
)
def test_what_goes_with_a_small_count(parts: list[int], hidden: str) -> None:
    flags = hidden_rows(np.array([*parts, sum(parts)]).reshape(-1, 1), [*[len(parts)] * len(parts), -1], 11)
    assert " ".join(str(part) for part, flag in zip(parts, flags[:-1], strict=True) if flag) == hidden


def test_a_rest_that_is_not_listed_cannot_be_derived_either() -> None:
    """Three residents have no unit: 53 - 50 would tell it."""
    assert hidden_rows(np.array([[20], [30], [53]]), [2, 2, -1], 11).tolist() == [True, False, False]


def measure(rows: list[tuple[str, str, int, int, int]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=["facility", "unit", "numerator", "denominator", "excluded"])
    return table.assign(measure="m", title="M", not_assessable=0, rate=0.5, ci_low=0.1, ci_high=0.9)


def test_a_rate_is_hidden_with_what_it_is_made_of_and_by_who_is_not_counted() -> None:
    table = suppress._measures(measure([("", "", 58, 60, 0), ("A", "", 30, 31, 0), ("B", "", 28, 29, 0)]), 11)
    assert table["rate"].tolist() == [HIDDEN] * 3, "2 of 60 are not counted"
    table = suppress._measures(measure([("", "", 40, 90, 0), ("A", "", 20, 40, 0), ("B", "", 20, 50, 0)]), 11)
    assert HIDDEN not in table["numerator"].tolist()


@pytest.mark.usefixtures("compiled")
def test_a_shared_folder_has_figures_alone_and_none_that_is_small(tmp_path: Path) -> None:
    source = Path(__file__).parent.parent / "samples" / "maple-court"
    out = tmp_path / "out"
    done = medreview("review", source, "--out", out, "--as-of", DAY, "--quiet", "--suppress-below", "11")
    assert done.status == 0, done.err
    assert sorted(path.name for path in out.iterdir()) == [
        "measures.csv",
        "population.html",
        "population.xlsx",
        "run.json",
    ]
    for row in read_csv(out / "measures.csv"):
        for name in ("numerator", "denominator", "excluded", "not_assessable"):
            assert row[name] in ("", "0") or int(row[name]) >= 11, row
        assert (row["rate"] == "") == (row["numerator"] == "" or row["denominator"] == "0")
    text = (out / "population.html").read_text(encoding="utf-8")
    assert "Counts from 1 to 10 are hidden" in text and "R046" not in text and "Oakenshaw" not in text
    assert "60 residents" in text
    for table in ("units-table", "problems-table", "measures-table"):
        cells = [cell for row in Reader(text).tables[table][1:] for cell in row[1:]]
        assert not [cell for cell in cells if re.fullmatch("[1-9]|10", cell)], table
        assert HIDDEN in cells
    book = openpyxl.load_workbook(out / "population.xlsx")
    for title in ("Units", "Problems", "Loads"):
        numbers = [cell for row in book[title].iter_rows(min_row=2, min_col=2, values_only=True) for cell in row]
        assert not [cell for cell in numbers if isinstance(cell, int) and 0 < cell < 11], title
        assert HIDDEN in numbers
    manifest = json.loads((out / "run.json").read_text())
    assert manifest["sharing"] == {"suppress_below": 11} and "patients" not in manifest


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("more", [["--letters"], ["--pdf"], ["--only", "findings"]])
def test_it_goes_with_nothing_that_speaks_of_one_resident(more: list[str], tmp_path: Path) -> None:
    done = medreview("review", tmp_path, "--out", tmp_path / "out", "--suppress-below", "11", *more)
    assert done.status == 2 and "--suppress-below writes figures alone" in done.err
