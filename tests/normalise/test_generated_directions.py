"""Generated directions against the slow second opinion, and what no text may ever do."""

from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from pipeline.normalise.combined import of_regimen
from pipeline.normalise.directions import DailyDose, Directions
from pipeline.normalise.regimen import Regimens
from pipeline.normalise.step_days import laid_out
from tests.normalise import slow_directions as slow


def read(directions: Directions, *columns: str, strength: str = "") -> list[tuple[float, DailyDose]]:
    """Each step of an order: dose, dose unit, frequency and directions as they stand in their columns."""
    regimen = Regimens(directions).read(*columns, "", "")
    strengths = directions.strengths(strength, 1) if strength else (None,)
    return [(days, doses[0]) for days, doses in of_regimen(directions, regimen, strengths)]


DOSE, UNIT, TIMES = st.sampled_from(slow.DOSES), st.sampled_from(slow.UNITS), st.sampled_from(slow.TIMES)


@given(
    DOSE,
    UNIT,
    TIMES,
    st.one_of(st.none(), st.sampled_from(slow.MAXIMA)),
    st.sampled_from(slow.REASONS),
    st.sampled_from(slow.LENGTHS),
    st.sampled_from(("", "by mouth ", "PO ")),
    st.sampled_from(("Take ", "Give ", "")),
    st.sampled_from((str, str.upper, str.lower)),
    st.sampled_from(("", ".", "  ", "\n")),
)
def test_a_generated_sig(
    directions: Directions,
    dose: slow.Piece,
    unit: slow.Measure,
    times: slow.Piece,
    maximum: tuple[str, str, int] | None,
    reason: str,
    length: str,
    route: str,
    verb: str,
    case: type[str],
    noise: str,
) -> None:
    limit = f", {maximum[0]}" if maximum else ""
    text = case(f"{verb}{dose.text} {unit.text} {route}{times.text}{reason}{length}{limit}{noise}")
    strength = slow.STRENGTHS[unit.per][1] if unit.per else ""
    expected = float(slow.daily_mg(dose, unit, times, maximum))
    ((_, daily),) = read(directions, "", "", "", text, strength=strength)
    assert (daily.value, daily.unit) == (pytest.approx(expected), "mg"), text
    sig = directions.sig(text)
    assert sig.route == ("oral" if route else "")
    assert sig.prn == ("prn" in reason.lower() or "as needed" in reason)
    # The same in columns.
    ((_, columns),) = read(
        directions, dose.text, unit.text.replace("(s)", "s"), f"{times.text}{reason}{limit}", "", strength=strength
    )
    assert columns.value == pytest.approx(expected), text


@given(st.lists(st.tuples(st.integers(1, 60), st.integers(1, 20)), min_size=2, max_size=5))
def test_generated_tapers(directions: Directions, told: list[tuple[int, int]]) -> None:
    text = ", then ".join(f"{dose} mg daily x {days} days" for dose, days in told)
    found = read(directions, "", "", "", text)
    assert [(daily.value, days) for days, daily in found] == [(dose, days) for dose, days in told]
    assert directions.sig(f"{text}, then stop").days == sum(days for _, days in told)


@given(
    st.integers(1, 40),
    st.sampled_from(slow.TIMES[:4]),
    st.integers(1, 40),
    st.sampled_from((slow.Piece("at bedtime", 1), slow.Piece("in the evening", 1))),
    st.sampled_from((" and ", ", ", ", and ")),
)
def test_two_doses_of_a_day(
    directions: Directions, first: int, times: slow.Piece, second: int, at: slow.Piece, joined: str
) -> None:
    text = f"{first} mg {times.text}{joined}{second} mg {at.text}"
    ((_, daily),) = read(directions, "", "", "", text)
    if (first, times.value) != (second, at.value):  # "10 mg daily and 10 mg at bedtime" may be said of one dose
        assert daily.value == pytest.approx(float(first * Fraction(times.value) + second))


@given(
    st.lists(st.tuples(st.integers(1, 60), st.integers(1, 9)), min_size=2, max_size=5),
    st.integers(-5, 30),
    st.one_of(st.none(), st.integers(-5, 60)),
)
def test_each_day_of_a_taper_has_the_dose_of_its_step(
    told: list[tuple[int, int]], start: int, stop: int | None
) -> None:
    stop = None if stop is None else max(start, stop)
    day_0 = np.datetime64("2026-01-15", "D")
    frame = pd.DataFrame(
        {
            "daily_dose": [float(dose) for dose, _ in told],
            "days": [float(days) for _, days in told],
            "step": range(len(told)),
            "start_date": pd.Series([day_0 + start] * len(told), dtype="datetime64[s]"),
            "stop_date": pd.Series([pd.NaT if stop is None else day_0 + stop] * len(told), dtype="datetime64[s]"),
        }
    )
    laid = laid_out(frame, day_0)
    for day in range(-6, 65):
        now = pd.Timestamp(day_0 + day)
        on = laid[(laid["start_date"] <= now) & ~(laid["stop_date"] < now)]["daily_dose"].tolist()
        expected = slow.dose_on(day, start, stop, told)
        assert on == ([] if expected is None else [expected]), day
    assert laid["shown"].sum() == 1
    today = slow.dose_on(0, start, stop, told)
    shown = laid.loc[laid["shown"], "daily_dose"].item()
    assert shown == (max(laid["daily_dose"]) if today is None else today)


WORDS = (
    "q", "6", "h", "0", "-", "/", "1", "mg", "tablet", "daily", "bid", "and", "prn", "every", "times", "x", "hourly",
    "max", "per", "day", "days", "week", "am", "8:00", "+", "1/0", "mon", "once", "to", "or", "po", "kg", "then", "for",
    "taper", "increase by", "decrease by", "every 3 days", "=", "(", ")", ":", ";", ",", "2 units", "150-200", "off",
    "on", "12 hours", "except", "mL", "mg/mL", "100 mg/5 mL", "both eyes", "drop", "up to", "hold if", "related to",
    "day 1", "IT", "as directed", "stop", "over", "5-325",
)  # fmt: skip


@given(
    st.lists(
        st.one_of(st.text(max_size=20), st.lists(st.sampled_from(WORDS), max_size=9).map(" ".join)),
        min_size=4,
        max_size=4,
    ),
    st.sampled_from(("", "5 mg", "20 mg/5 mL", "5-325 mg", "0 mg")),
)
@example(["", "", "", "1 daily"], "0 mg")
def test_no_text_raises_and_no_dose_is_zero(directions: Directions, columns: list[str], strength: str) -> None:
    directions.of_order_text(columns[3])
    for days, daily in read(directions, *columns, strength=strength):
        assert days >= 0
        assert daily.value is None or daily.value > 0
        assert daily.value is not None or daily.reason
