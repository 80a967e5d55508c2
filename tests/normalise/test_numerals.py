"""Numbers as sources write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.normalise.numerals import number, with_point


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5.0), ("-5", -5.0), ("\u22125", -5.0), ("<5", 5.0), ("1e3", 1000.0), (".5", 0.5), ("1,234", 1234.0),
        ("1,234,567.8", 1234567.8), ("25,000", 25000.0),
        # A comma that can only be a decimal one
        ("2,5", 2.5), ("0,125", 0.125), ("12,50", 12.5), ("1,2345", 1.2345), ("1234,567", 1234.567),
        ("1.234,5", 1234.5),
        ("", "not a number"), ("abc", "not a number"), ("1,2,3", "not a number"), ("1.2.3", "not a number"),
        ("1e999", "not a finite number"), ("nan", "not a number"),
    ],
)  # fmt: skip
def test_a_number(text: str, value: float | str) -> None:
    assert number(text) == value


@given(st.integers(0, 10**9))
def test_thousands_are_no_decimals(value: int) -> None:
    assert number(f"{value:,}") == value


@given(st.integers(0, 10**6), st.integers(0, 99))
def test_a_decimal_comma_is_a_point(whole: int, hundredths: int) -> None:
    assert number(f"{whole},{hundredths:02d}") == number(f"{whole}.{hundredths:02d}")


@given(st.text(max_size=20))
def test_any_text_is_a_number_or_has_a_reason(text: str) -> None:
    assert isinstance(number(text), float | str)
    assert isinstance(with_point(text), str)
