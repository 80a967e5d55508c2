"""Directions: routes, frequencies, free sigs, and the most of a medicine in a day."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.normalise.directions import Directions
from pipeline.normalise.frequency import Frequency
from pipeline.normalise.strengths import Quantity

DAILY = Frequency(1.0, False, "")


@pytest.mark.parametrize(
    ("text", "route", "group"),
    [
        ("PO", "oral", "systemic"),
        ("by mouth", "oral", "systemic"),
        ("PO/NG", "oral", "systemic"),
        ("PR or PO", "oral", "systemic"),
        ("G-Tube", "enteral tube", "systemic"),
        ("IV DRIP", "intravenous", "systemic"),
        ("sub-q", "subcutaneous", "systemic"),
        ("Transdermal", "transdermal", "systemic"),
        ("IT", "intrathecal", "intrathecal"),
        ("per rectum", "rectal", "rectal"),
        ("Vaginally", "vaginal", "vaginal"),
        ("NEB", "inhalation", "inhaled"),
        ("both eyes", "ophthalmic", "ophthalmic"),
        ("OD", "ophthalmic", "ophthalmic"),
        ("each nostril", "nasal", "local"),
        ("AU", "otic", "local"),
        ("TP", "topical", "local"),
        ("somehow", "", ""),
        ("PO somehow", "", ""),
        ("", "", ""),
    ],
)
def test_route(directions: Directions, text: str, route: str, group: str) -> None:
    assert directions.route(text) == (route, group)


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("daily", "1"), ("BID", "2"), ("b.i.d.", "2"), ("three times daily", "3"), ("2-3 times a day", "3"),
        ("QID", "4"),
        ("q8h", "3"), ("every 6 hours", "4"), ("q4-6h", "6"), ("every 4 to 6 hours", "6"), ("8 hourly", "3"),
        ("hourly", "24"),
        ("at bedtime", "1"), ("daily at bedtime", "1"), ("once daily, in the morning", "1"), ("TID with meals", "3"),
        ("every morning and at bedtime", "2"), ("BID and HS", "3"), ("AC & HS", "4"), ("breakfast and dinner", "2"),
        ("8am and 8pm", "2"), ("0800, 1400, 2000", "3"), ("every 12 hours (9am & 9pm)", "2"), ("one time a day", "1"),
        ("every other day", "1/2"), ("qod", "1/2"), ("q72h", "1/3"), ("every 3 days", "1/3"), ("weekly", "1/7"),
        ("once a week", "1/7"), ("every Monday", "1/7"), ("three times a week", "3/7"),
        ("3x/week", "3/7"),
        ("Mon Wed Fri", "3/7"), ("twice daily on Mon/Wed/Fri", "6/7"), ("every 2 weeks", "1/14"), ("monthly", "1/30"),
        ("BID for 10 days", "2"), ("daily x 7 days", "1"), ("every shift", "3"), ("up to 4 times daily", "4"),
    ],
)  # fmt: skip
def test_frequency(directions: Directions, text: str, times: str) -> None:
    read = directions.frequency(text)
    assert read.times_per_day == pytest.approx(float(Fraction(times)))
    assert (read.prn, read.reason) == (False, "")


@pytest.mark.parametrize(
    ("text", "times", "prn", "reason"),
    [
        ("every 6 hours PRN", 4.0, True, ""),
        ("q4-6h as needed for pain", 6.0, True, ""),
        ("q6h prn max 3 doses a day", 4.0, True, ""),
        ("Q6H:PRN", 4.0, True, ""),
        ("PRN", None, True, "as needed, without a limit"),
        ("once", 1.0, False, "single dose"),
        ("STAT", 1.0, False, "single dose"),
        ("every 5 minutes PRN", None, True, "several times an hour: no daily limit"),
        ("q15min", None, False, "several times an hour: no daily limit"),
        ("continuous", None, False, "not fixed: continuous"),
        ("sliding scale", None, False, "not fixed: sliding scale"),
        ("titrate to effect", None, False, "not fixed: titrate to effect"),
        ("as directed", None, False, "not fixed: as directed"),
        ("see MAR", None, False, "not fixed: see mar"),
        ("biweekly", None, False, "not fixed: biweekly"),
        ("BID TID", None, False, '"BID TID" says two frequencies'),
        ("blorb", None, False, 'frequency "blorb" not understood'),
        ("", None, False, "no frequency"),
    ],
)
def test_frequency_that_is_no_plain_rate(
    directions: Directions, text: str, times: float | None, prn: bool, reason: str
) -> None:
    assert directions.frequency(text) == Frequency(times, prn, reason)


@pytest.mark.parametrize(
    ("dose", "unit", "frequency", "strength", "value", "in_unit", "largest"),
    [
        ("10", "mg", "BID", None, 20, "mg", 10),
        ("10 mg", "", "BID", None, 20, "mg", 10),
        ("500", "mcg", "BID", None, 1, "mg", 0.5),
        ("1", "gram", "daily", None, 1000, "mg", 1000),
        ("325-650", "mg", "q4-6h prn", None, 3900, "mg", 650),
        ("25,000", "UNIT", "daily", None, 25000, "unit", 25000),
        ("1", "million units", "daily", None, 1e6, "unit", 1e6),
        ("20", "mEq", "BID", None, 40, "mEq", 20),
        (".5", "mg", "BID", None, 1, "mg", 0.5),
        ("1/2", "tab", "BID", Quantity(25, "mg", "tablet"), 25, "mg", 12.5),
        ("1 1/2", "tabs", "BID", Quantity(25, "mg", ""), 75, "mg", 37.5),
        ("1-2", "tablets", "q6h", Quantity(325, "mg", "tablet"), 2600, "mg", 650),
        ("two", "tablets", "daily", Quantity(5, "mg", "tablet"), 10, "mg", 10),
        ("10", "mL", "TID", Quantity(2.5, "mg", "mL"), 75, "mg", 25),
        ("1", "tsp", "TID", Quantity(2.5, "mg", "mL"), 37.5, "mg", 12.5),
        ("10", "mL", "TID", None, 30, "mL", 10),
        ("4", "g", "QID", Quantity(10, "mg", "g"), 160, "mg", 40),
        ("10+20", "mg", "AM and HS", None, 30, "mg", 20),
        ("10", "mg", "weekly", None, 10 / 7, "mg", 10),
        # rates run all day, whatever the frequency says
        ("200", "mcg/day", "continuous", None, 0.2, "mg", 0.2),
        ("2", "mg/hr", "", None, 48, "mg", 48),
        ("1", "patch", "q72h", Quantity(0.025, "mg", "hour"), 0.6, "mg", 0.6),
    ],
)
def test_daily_dose(
    directions: Directions,
    dose: str,
    unit: str,
    frequency: str,
    strength: Quantity | None,
    value: float,
    in_unit: str,
    largest: float,
) -> None:
    daily = directions.daily_dose(dose, unit, directions.frequency(frequency), strength)
    assert daily.value == pytest.approx(value)
    assert (daily.unit, daily.dose, daily.reason) == (in_unit, pytest.approx(largest), "")


@pytest.mark.parametrize(
    ("dose", "unit", "frequency", "value", "in_unit", "largest", "reason"),
    [
        ("2", "tabs", "BID", 4, "tablet", 2, "strength of one tablet"),
        ("2", "puffs", "BID", 4, "puff", 2, "strength of one puff"),
        ("2", "foils", "BID", 4, "foil", 2, "strength of one foil"),
        ("10", "mg", "", None, "mg", 10, "no frequency"),
        ("10", "mg", "sliding scale", None, "mg", 10, "not fixed"),
        ("10", "", "BID", None, "", None, "no dose unit"),
        ("", "mg", "BID", None, "mg", None, "no dose"),
        ("some", "mg", "BID", None, "mg", None, "not understood"),
        ("0", "units", "BID", None, "unit", None, "a dose of 0"),
        ("5", "mg/kg", "BID", None, "mg", None, "body weight"),
    ],
)
def test_daily_dose_that_is_not_known_is_never_zero(
    directions: Directions,
    dose: str,
    unit: str,
    frequency: str,
    value: float | None,
    in_unit: str,
    largest: float | None,
    reason: str,
) -> None:
    daily = directions.daily_dose(dose, unit, directions.frequency(frequency), None)
    assert (daily.value, daily.unit, daily.dose) == (value, in_unit, largest)
    assert reason in daily.reason


@pytest.mark.parametrize(
    ("text", "dose", "unit", "times", "route", "prn"),
    [
        ("Take 1 tablet by mouth twice daily as needed for pain", "1", "tablet", 2, "oral", True),
        ("2 puffs q4-6h prn", "2", "puffs", 6, "", True),
        ("10 mg AM and 20 mg HS", "10+20", "mg", 2, "", False),
        ("Take 1-2 tablets (325-650 mg) by mouth every 4 hours prn", "325-650", "mg", 6, "oral", True),
        ("1/2 tab po qhs", "1/2", "tab", 1, "oral", False),
        ("1 1/2 tabs po bid", "1 1/2", "tabs", 2, "oral", False),
        ("take one and a half tablets daily", "one and a half", "tablets", 1, "", False),
        ("inject 10 units subcutaneously at bedtime", "10", "units", 1, "subcutaneous", False),
        ("instill 1 drop in both eyes BID", "1", "drop", 2, "ophthalmic", False),
        ("200 mcg/day intrathecal continuous", "200", "mcg/day", None, "intrathecal", False),
        ("use it daily", "", "", 1, "", False),
        ("See instructions", "", "", None, "", False),
    ],
)
def test_sig(
    directions: Directions, text: str, dose: str, unit: str, times: float | None, route: str, prn: bool
) -> None:
    sig = directions.sig(text)
    assert (sig.dose, sig.dose_unit, sig.route, sig.prn) == (dose, unit, route, prn)
    assert directions.frequency(sig.frequency).times_per_day == times
    assert bool(sig.reason) == (not dose or times is None)


# A slow and obvious second opinion on the daily dose: every piece of a generated sig carries its own arithmetic.
DOSES: dict[str, Fraction | int] = {
    "1": 1,
    "2": 2,
    "1-2": 2,
    "1/2": Fraction(1, 2),
    "1 1/2": Fraction(3, 2),
    ".5": Fraction(1, 2),
    "1,000": 1000,
}
UNITS: dict[str, Fraction | int] = {"mg": 1, "mcg": Fraction(1, 1000), "g": 1000, "tablets": 25, "tab": 25}
TIMES: dict[str, Fraction | int] = {
    "daily": 1, "twice daily": 2, "TID": 3, "q6h": 4, "every 4-6 hours": 6, "every other day": Fraction(1, 2),
    "weekly": Fraction(1, 7), "every morning and at bedtime": 2, "twice a week": Fraction(2, 7),
    "every 3 days": Fraction(1, 3),
}  # fmt: skip


@given(
    st.sampled_from(sorted(DOSES)),
    st.sampled_from(sorted(UNITS)),
    st.sampled_from(sorted(TIMES)),
    st.sampled_from(["", " prn", " as needed for pain"]),
    st.sampled_from(["", "by mouth ", "PO "]),
)
def test_daily_dose_of_generated_sigs(
    directions: Directions, dose: str, unit: str, times: str, prn: str, route: str
) -> None:
    sig = directions.sig(f"Take {dose} {unit} {route}{times}{prn}")
    daily = directions.daily_dose(
        sig.dose, sig.dose_unit, directions.frequency(sig.frequency), Quantity(25, "mg", "tablet")
    )
    expected = DOSES[dose] * UNITS[unit] * TIMES[times]
    assert daily.value == pytest.approx(float(expected))
    assert daily.unit == "mg"
    assert daily.dose == pytest.approx(float(DOSES[dose] * UNITS[unit]))
    assert sig.prn == bool(prn)
    assert sig.route == ("oral" if route else "")


WORDS = (
    "q", "6", "h", "0", "-", "/", "1", "mg", "tablet", "daily", "bid", "and", "prn", "every", "times", "x", "hourly",
    "max", "per", "day", "week", "am", "8:00", "+", "1/0", "mon", "once", "to", "or", "po", "kg",
)  # fmt: skip


@given(st.one_of(st.text(max_size=30), st.lists(st.sampled_from(WORDS), max_size=7).map(" ".join)))
def test_never_raises(directions: Directions, text: str) -> None:
    directions.route(text)
    sig = directions.sig(text)
    for frequency in (directions.frequency(text), directions.frequency(sig.frequency)):
        for dose, unit in ((text, ""), (text, "mg"), ("1", text), (sig.dose, sig.dose_unit)):
            daily = directions.daily_dose(dose, unit, frequency, Quantity(5, "mg", "tablet"))
            assert daily.value is None or daily.value >= 0
            assert daily.value is not None or daily.reason
