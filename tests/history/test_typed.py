"""What people type, understood; and what cannot be is told."""

from datetime import date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.history import typed

REVIEWED, NOW = date(2026, 11, 1), date(2026, 12, 1)


@pytest.mark.parametrize(
    ("answer", "texts"),
    [
        ("accept", ["Accept", "accepted ", " ACCEPT.", "A", "a.", "agree", "OK", "ok - will do", "Yes", "Done 3/11"]),
        ("modify", ["Modify", "modified: half the dose", "M", "change to 5 mg", "amended"]),
        ("decline", ["Decline", "declined: stable", "D", "no", "No change", "disagree", "rejected", "Do not accept",
                     "not accepted"]),
        ("unclear", ["maybe", "?", "see note", "accept / decline", "no longer taken", "not sure", "none",
                     "can't accept", "declined, later accepted", "x"]),
        ("", ["", "  ", "\n"]),
    ],
)  # fmt: skip
def test_responses(answer: str, texts: list[str]) -> None:
    assert {text: typed.response(text) for text in texts} == dict.fromkeys(texts, answer)


@given(st.text())
def test_any_text_is_an_answer_or_unclear(text: str) -> None:
    assert typed.response(text) in (*typed.RESPONSES, typed.UNCLEAR, "")


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-03", "3 Nov 2026", "Nov 3, 2026", "11/03/26", "3.11.2026", "3.11.26.", 46329, 46329.0, "46329",
        date(2026, 11, 3), datetime(2026, 11, 3, 14, 5),  # noqa: DTZ001 a cell has no time zone
        "2026-11-03 14:05", "2026-11-03T14:05:00",
    ],
)  # fmt: skip
def test_one_day_in_many_forms(value: object) -> None:
    assert typed.day(value, "", REVIEWED, NOW) == (date(2026, 11, 3), "")


@pytest.mark.parametrize(
    ("value", "order", "found"),
    [
        ("3/11/2026", "mdy", "2026-03-11"),
        ("3/11/2026", "dmy", "2026-11-03"),
        ("3/11/2026", "", "2026-11-03"),  # 11 March is before the review
        ("11/12/2026", "", "2026-11-12"),  # 11 December is yet to come
    ],
)
def test_a_day_that_may_be_two_is_the_one_between_the_review_and_now(value: str, order: str, found: str) -> None:
    assert typed.day(value, order, REVIEWED, NOW)[0] == date.fromisoformat(found)


def test_of_two_possible_days_the_earlier_one_lets_no_alarm_come_late() -> None:
    assert typed.day("5/4/2026", "", date(2026, 3, 1), date(2026, 6, 1))[0] == date(2026, 4, 5)


@pytest.mark.parametrize(
    ("value", "note"),
    [
        ("", "no date typed"),
        (None, "no date typed"),
        ("soon", "date not understood (not a date)"),
        ("31.31.26", "date not understood (no such day in the calendar)"),
        ("2027-11-03", "date not used: it lies in the future"),
        ("2027-01-01", ""),
        ("2027-01-02", "date not used: it lies in the future"),
        ("2025-10-30", "date not used: it lies long before the review"),
        ("2025-10-31x", "date not understood (not a date)"),
    ],
)
def test_days_that_are_not_used_are_told(value: object, note: str) -> None:
    found, said = typed.day(value, "", REVIEWED, NOW)
    assert said == note
    assert (found is None) == bool(note)
