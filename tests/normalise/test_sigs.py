"""Free directions as homes write them, each with the daily dose worked out by hand; and what else they say."""

from pathlib import Path

import pytest

from pipeline.normalise.combined import of_regimen
from pipeline.normalise.directions import DailyDose, Directions
from pipeline.normalise.regimen import Regimens

ROWS = [
    tuple(cell.strip() for cell in line.split("|"))
    for line in Path(__file__).with_name("sigs.txt").read_text(encoding="utf-8").splitlines()[2:]
]


def most(directions: Directions, text: str, strength: str = "") -> DailyDose:
    """The highest step of free directions; one that is not known is higher than any other."""
    regimen = Regimens(directions).read("", "", "", text, "", "")
    strengths = directions.strengths(strength, 1) if strength else (None,)
    steps = [doses[0] for _, doses in of_regimen(directions, regimen, strengths)]
    return max(steps, key=lambda daily: float("inf") if daily.value is None else daily.value)


@pytest.mark.parametrize(("sig", "strength", "expected"), ROWS)
def test_daily_dose_of_a_sig(directions: Directions, sig: str, strength: str, expected: str) -> None:
    daily = most(directions, sig, strength)
    if expected.startswith("-"):
        assert daily.value is None
        assert expected.removeprefix("-").strip() in daily.reason
    else:
        assert f"{daily.value:.6g} {daily.unit}" == expected


def test_capitals_and_blanks_do_not_matter(directions: Directions) -> None:
    for sig, strength, _ in ROWS:
        plain = most(directions, sig, strength)
        for other in (f"  {sig} ", sig.upper(), sig.replace(" ", "  "), f"{sig}."):
            noisy = most(directions, other, strength)
            assert (noisy.value, noisy.unit, noisy.dose) == (plain.value, plain.unit, plain.dose), other


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("1 tab q6h prn anxiety", "anxiety"),
        ("1 tab every 6 hours as needed for severe pain (7-10)", "severe pain (7-10)"),
        ("Give 1 tablet by mouth two times a day for HTN", "htn"),
        ("1 tab q6h prn nausea/vomiting x 3 days", "nausea/vomiting"),
        ("Give 1 tablet by mouth one time a day related to ESSENTIAL HYPERTENSION", "essential hypertension"),
        ("1 tab at bedtime as needed for sleep", "sleep"),
        ("for pain take 2 tablets every 6 hours", "pain"),
        ("1 tab q6h prn for pain, max 3 g/day", "pain"),
        ("1 tab daily for 7 days", ""),
        ("1 tab twice daily", ""),
    ],
)
def test_why_it_is_given(directions: Directions, text: str, why: str) -> None:
    assert directions.sig(text).indication == why.replace("(", "").replace(")", "")


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("1 tab BID x 7 days", 7), ("500 mg q8h for infection for 7 Days", 7), ("5 mg daily for 2 weeks", 14),
        ("1 tab q4h prn anxiety x 14 days", 14), ("1 tab BID x7d", 7),
        ("40 mg daily x 5 days then 20 mg daily x 5 days then stop", 10),
        ("30 mg daily x 3 days, 20 mg daily x 3 days", 6),
        # Anything that may make it another length, or none of the whole order.
        ("1 tab daily if no BM for 3 days", None), ("1 tab daily for 3 days each month", None),
        ("1 tab BID for 7 days every month", None), ("1 tab BID x 7 days then 1 tab daily", None),
        ("hold for 3 days, 1 tab daily", None), ("1 tab daily for 5 days, repeat in 2 weeks", None),
        ("1 tab daily for 21 days then off 7 days", None), ("apply for 12 hours daily", None),
        ("1 tab daily, give quibble for 5 days", None), ("20 mg daily until finished", None),
        ("1 tab daily on days 1-5 of the month", None), ("0.4 mg every 5 minutes x 3 doses", None),
    ],
)  # fmt: skip
def test_how_long_the_whole_order_runs(directions: Directions, text: str, days: int | None) -> None:
    assert directions.sig(text).days == days


@pytest.mark.parametrize(
    ("text", "steps"),
    [
        ("prednisone 40 mg daily x 5 days, then 20 mg daily x 5 days, then 10 mg daily", [(40, 5), (20, 5), (10, 0)]),
        ("taper: 30 mg x3d, 20 mg x3d", [(30, 3), (20, 3)]),
        ("start 5 mg daily for 7 days then 10 mg daily", [(5, 7), (10, 0)]),
        ("25 mg daily, increase by 25 mg every week to 100 mg", [(25, 7), (50, 7), (75, 7), (100, 0)]),
        ("40 mg daily, decrease by 10 mg every 3 days until off", [(40, 3), (30, 3), (20, 3), (10, 3)]),
        ("500 mg on day 1, then 250 mg daily on days 2-5", [(500, 1), (250, 4)]),
        ("week 1: 5 mg daily; week 2: 10 mg daily", [(5, 7), (10, 7)]),
        ("20 mg daily x 1 week, then decrease to 10 mg daily", [(20, 7), (10, 0)]),
        ("500 mg now then 250 mg daily", [(500, 1), (250, 0)]),
        ("10 mg AM and 20 mg HS", []),
        ("10 mg daily", []),
    ],
)
def test_steps(directions: Directions, text: str, steps: list[tuple[float, float]]) -> None:
    assert [(float(step.dose), step.days) for step in directions.sig(text).steps] == steps


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("inject 50 mcg IT daily", "intrathecal"),
        ("take it daily", ""),
        ("TAKE IT DAILY", ""),
        ("Take 5 mg with it daily", ""),
        ("0.1 mL ID once", "intradermal"),
    ],
)
def test_an_everyday_word_is_a_route_only_in_capitals(directions: Directions, text: str, route: str) -> None:
    assert directions.sig(text).route == route


@pytest.mark.parametrize(
    ("text", "within"),
    [
        ("Metoprolol Tartrate Tablet 25 MG Give 1 tablet by mouth daily", "give 1 tablet by mouth daily"),
        ("Lisinopril 10 mg PO daily", "10 mg po daily"),
        ("Diltiazem ER 120 mg 24 hr capsule", ""),
        ("Tylenol 8 hour 650 mg", ""),
        ("Advil PM 200 mg", ""),
        ("Baclofen 10 mg tablet", ""),
        ("Clonidine 0.1 mg/24 hr patch", ""),
    ],
)
def test_directions_within_a_drug_text(directions: Directions, text: str, within: str) -> None:
    assert directions.of_order_text(text) == within
