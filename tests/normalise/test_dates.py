"""Dates as sources write them."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.normalise.dates import AMBIGUOUS, NO_DAY, PLACEHOLDER, open_ended, order_of, parse, parse_birth

LATEST = date(2026, 1, 15)
DAY = date(2025, 3, 4)
NO_SUCH_DAY, NO_DATE = "no such day in the calendar", "not a date"


@pytest.mark.parametrize(
    "text",
    [
        "2025-03-04", "2025-3-4", "2025/03/04", "2025.03.04", "2025-03-04T08:30:00", "2025-03-04 00:00:00",
        "2025-03-04T08:30:00Z", "2025-03-04T08:30:00.000+01:00", "20250304083000", "202503040830", "20250304T083000Z",
        "20250304", "45720", "45720.5",
        "4 March 2025", "4 Mar 2025", "04-Mar-2025", "4-MAR-25", "04Mar2025", "4. March 2025", "4 Mar. 2025 08:30",
        "4-Mar-25", "4th March 2025", "Tue, 4 Mar 2025", "Tuesday March 4, 2025", "Mar 4, 25", "Tue 2025-03-04",
        "March 4, 2025", "Mar 4 2025", "Mar-04-2025", "march 4th, 2025", "March 4, 2025 8:30 AM",
    ],
)  # fmt: skip
def test_every_format_that_says_which_is_the_month(text: str) -> None:
    assert parse(text, "", LATEST) == DAY


@pytest.mark.parametrize("text", ["3/4/2025", "03/04/2025", "3-4-2025", "3.4.2025", "3/4/25", "03/04/2025 08:30"])
def test_day_and_month_in_numbers_are_read_in_the_order_of_the_column(text: str) -> None:
    assert parse(text, "mdy", LATEST) == date(2025, 3, 4)
    assert parse(text, "dmy", LATEST) == date(2025, 4, 3)
    assert parse(text, "mixed", LATEST) == AMBIGUOUS
    assert parse(text, "unknown", LATEST) == AMBIGUOUS


@pytest.mark.parametrize("order", ["mdy", "dmy", "mixed", "unknown"])
def test_a_number_above_12_is_the_day_whatever_the_order(order: str) -> None:
    assert parse("3/14/2025", order, LATEST) == date(2025, 3, 14)
    assert parse("14/3/2025", order, LATEST) == date(2025, 3, 14)
    assert parse("5/5/2025", order, LATEST) == date(2025, 5, 5)


@pytest.mark.parametrize(
    ("texts", "order"),
    [
        (["3/4/2025", "3/14/2025"], "mdy"),
        (["3/4/2025", "14/3/2025"], "dmy"),
        (["14/3/2025", "3/14/2025"], "mixed"),
        (["3/4/2025", "5/6/2025"], "unknown"),
        (["5/5/2025"], ""),
        (["2025-03-04", "", "4 Mar 2025", "45720"], ""),
        ([], ""),
    ],
)
def test_the_order_of_a_column(texts: list[str], order: str) -> None:
    assert order_of(texts) == order


@pytest.mark.parametrize(
    ("text", "year"), [("1/1/00", 2000), ("1/1/26", 2026), ("1/1/36", 2036), ("1/1/37", 1937), ("1/1/99", 1999)]
)
def test_a_year_of_two_digits_is_at_most_ten_years_ahead(text: str, year: int) -> None:
    assert parse(text, "mdy", LATEST) == date(year, 1, 1)


@pytest.mark.parametrize("text", ["2025-02-29", "2025-13-01", "31 Feb 2025", "2/30/2025", "20251301", "4 Mxr 2025"])
def test_no_such_day(text: str) -> None:
    assert parse(text, "mdy", LATEST) == NO_SUCH_DAY


@pytest.mark.parametrize("text", ["2025", "2025-03", "March 2025", "Nov. 2026", "12/2025"])
def test_a_month_or_a_year_is_no_day(text: str) -> None:
    assert parse(text, "mdy", LATEST) == NO_DAY


@pytest.mark.parametrize(
    "text", ["0000-00-00", "00/00/0000", "00000000", "0000-00-00 00:00:00", "9999-12-31", "12/31/9999", "0001-01-01"]
)
def test_a_placeholder_is_no_date(text: str) -> None:
    assert parse(text, "mdy", LATEST) == PLACEHOLDER
    assert open_ended(text)


@pytest.mark.parametrize("text", ["Ongoing", "present", "N/A", "indefinite", "Open-ended", "open ended", "-", "--"])
def test_words_for_an_open_end(text: str) -> None:
    assert open_ended(text)
    assert parse(text, "mdy", LATEST) == NO_DATE


@pytest.mark.parametrize("text", ["", "12/31/99", "?", "soon", "2026-01-01", "unknown"])
def test_what_leaves_no_end_open(text: str) -> None:
    assert open_ended(text) == (text == "")


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("1/14/26", date(2026, 1, 14)),
        ("1/16/26", date(1926, 1, 16)),
        ("1/1/30", date(1930, 1, 1)),
        ("1/1/2030", date(2030, 1, 1)),
    ],
)
def test_a_birth_with_a_year_of_two_digits_was_not_after_the_review(text: str, born: date) -> None:
    assert parse_birth(text, "mdy", LATEST) == born


@pytest.mark.parametrize("text", ["", "soon", "4", "1/2/3/2025", "-45720", "Mxr 2025", "3025"])
def test_no_date(text: str) -> None:
    assert parse(text, "mdy", LATEST) == NO_DATE


def test_the_29th_of_february() -> None:
    assert parse("2024-02-29", "", LATEST) == date(2024, 2, 29)
    assert parse("2/29/2024", "mdy", LATEST) == date(2024, 2, 29)


DAYS = st.dates(date(1900, 1, 1), date(2099, 12, 31))


@given(DAYS)
def test_an_iso_date_is_itself(day: date) -> None:
    assert parse(day.isoformat(), "", LATEST) == day
    assert parse(f"{day.isoformat()}T00:00:00", "", LATEST) == day


@given(DAYS, st.sampled_from(["%m/%d/%Y", "%m-%d-%Y", "%m.%d.%Y"]))
def test_month_first_is_itself(day: date, form: str) -> None:
    assert parse(day.strftime(form), "mdy", LATEST) == day


@given(DAYS, st.sampled_from(["%d/%m/%Y", "%d %b %Y", "%d-%B-%Y", "%B %d, %Y"]))
def test_day_first_or_in_words_is_itself(day: date, form: str) -> None:
    assert parse(day.strftime(form), "dmy", LATEST) == day


@given(st.dates(date(1927, 5, 19), date(2099, 12, 31)))
def test_a_serial_number_of_five_digits_is_its_day(day: date) -> None:
    assert parse(str((day - date(1899, 12, 30)).days), "", LATEST) == day


@given(DAYS.filter(lambda day: day.year <= LATEST.year + 10 and day > date(LATEST.year - 89, 12, 31)))
def test_two_digits_are_enough_for_the_last_ninety_years(day: date) -> None:
    assert parse(day.strftime("%m/%d/%y"), "mdy", LATEST) == day


@given(st.text(max_size=20), st.sampled_from(["", "mdy", "dmy", "mixed", "unknown"]))
def test_any_text_is_a_date_or_has_a_reason(text: str, order: str) -> None:
    reasons = (NO_SUCH_DAY, NO_DATE, AMBIGUOUS, NO_DAY, PLACEHOLDER)
    assert isinstance(parse(text, order, LATEST), date) or parse(text, order, LATEST) in reasons
    assert isinstance(open_ended(text), bool)


@given(st.lists(DAYS, min_size=1))
def test_the_order_found_reads_the_column_right(days: list[date]) -> None:
    texts = [day.strftime("%m/%d/%Y") for day in days]
    if order_of(texts) == "mdy":
        assert [parse(text, "mdy", LATEST) for text in texts] == days
    else:
        assert all(day.day <= 12 for day in days)


def test_serials_count_from_the_same_day_as_spreadsheets() -> None:
    assert parse("36526", "", LATEST) == date(2000, 1, 1)
    assert parse("36526", "", LATEST) - timedelta(days=1) == parse("36525", "", LATEST)
