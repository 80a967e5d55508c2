"""What holds for every workbook: text is text, all of it can be seen, and the office programs open it."""

import shutil
import subprocess
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.report import patient, population
from pipeline.report.sheet import Put, Sheet, height_of, lines_needed, plain
from pipeline.report.style import LOOKS, SEVERITY_COLOURS, TIER_COLOURS, new_book
from pipeline.review import Review


@pytest.fixture
def paths(review, tmp_path):
    patient.write_all(review, tmp_path, lambda patient_id: patient_id.replace("/", "_") + ".xlsx")
    population.write(review, tmp_path / "population.xlsx", lambda patient_id: patient_id)
    return sorted(tmp_path.glob("*.xlsx"))


def test_no_cell_is_a_formula_and_hostile_text_stays_as_it_is(paths, review):
    texts = set()
    for path in paths:
        for sheet in openpyxl.load_workbook(path):
            for row in sheet.iter_rows():
                for cell in row:
                    assert cell.data_type not in ("f", "e"), (path.name, sheet.title, cell.coordinate, cell.value)
                    if isinstance(cell.value, str):
                        texts.add(cell.value)
                        assert cell.quotePrefix == cell.value.startswith(("=", "+", "-", "@")), cell.value
    hostile = review.patients["name"].iloc[2]
    assert hostile.replace("\x07", "") in texts, "only the character that a workbook must not hold is gone"
    assert {"-2+3+cmd|' /C calc'!A0", "=Xyzolam 5 mg", "+1", "@unit"} <= texts


def test_every_text_fits_its_row(paths):
    for path in paths:
        for sheet in openpyxl.load_workbook(path):
            for row in sheet.iter_rows():
                for cell in row:
                    if isinstance(cell.value, str) and cell.alignment.wrap_text:
                        width = sheet.column_dimensions[cell.column_letter].width
                        assert sheet.row_dimensions[cell.row].height >= height_of(cell.value, cell.style, width) - 0.1


def test_dates_have_room(paths):
    for path in paths:
        for sheet in openpyxl.load_workbook(path):
            for row in sheet.iter_rows():
                assert all(sheet.column_dimensions[c.column_letter].width >= 12 for c in row if c.is_date)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None), (float("nan"), None), (pd.NA, None), (pd.NaT, None), ("", None), ("a\r\nb\x00", "a\nb"),
        (np.int64(3), 3), (np.float64(2.5), 2.5), (float("inf"), None), (np.True_, True), ("007", "007"),
    ],
)  # fmt: skip
def test_plain(value, expected):
    assert plain(value) == expected


def test_plain_day():
    assert plain(pd.Timestamp("2026-03-31")).isoformat() == "2026-03-31"


@given(st.text(max_size=300), st.floats(min_value=1, max_value=50))
def test_lines_needed_grows_with_the_text_and_never_fails(text, room):
    lines = lines_needed(text, room)
    assert lines >= text.count("\n") + 1
    assert lines_needed(text + " word", room) >= lines


def test_long_words_are_broken():
    assert lines_needed("n" * 100, 10) == 6


def luminance(colour):
    red, green, blue = (int(colour[start : start + 2], 16) / 255 for start in (0, 2, 4))
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in (red, green, blue)]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colours", [SEVERITY_COLOURS, TIER_COLOURS])
def test_colours_can_be_read_in_black_and_white(colours):
    for fill, text in colours.values():
        light, dark = sorted((luminance(fill), luminance(text)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 4.5
    serious = [luminance(fill) for fill, _ in list(colours.values())[:3]]
    assert serious == sorted(serious)
    assert all(after - before > 0.05 for before, after in zip(serious, serious[1:], strict=False))


def test_styles_have_names_that_office_programs_do_not_own():
    owned = {"normal", "title", "note", "input", "output", "good", "bad", "neutral", "heading 1", "total", "percent"}
    assert not owned & set(LOOKS)


@pytest.mark.office
def test_office_opens_it(paths, tmp_path):
    office = shutil.which("soffice") or pytest.fail("LibreOffice is not installed")
    subprocess.run([office, "--headless", "--convert-to", "pdf", "--outdir", tmp_path, *paths], check=True, timeout=300)
    assert len(list(tmp_path.glob("*.pdf"))) == len(paths)


@pytest.mark.parametrize(("rows", "pages_high"), [(10, 1), (38, 1), (40, 1), (43, 0)])
def test_what_is_a_few_lines_too_long_for_a_page_is_squeezed_into_one(
    review: Review, tmp_path: Path, rows: int, pages_high: int
) -> None:
    """A sheet of 105 units is 551 points wide and goes on paper nearly as it is: 712 points high, 39 rows of 18."""
    book = new_book(review, "t", "s")
    sheet = Sheet(book, review, "Sheet", [105.0], header="h")
    for _ in range(rows):
        sheet.row(Put("x"), height=18)
    sheet.end(1)
    book.save(tmp_path / "sheet.xlsx")
    assert openpyxl.load_workbook(tmp_path / "sheet.xlsx").active.page_setup.fitToHeight == pages_high
