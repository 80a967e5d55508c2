"""A slow and obvious second opinion on daily doses: a sig is made of pieces, each with its own arithmetic.

Nothing here reads text. A `Piece` knows what it says and what it means.
"""

from dataclasses import dataclass
from fractions import Fraction

Number = Fraction | int


@dataclass(frozen=True)
class Piece:
    """Words and the number that they mean."""

    text: str
    value: Number


@dataclass(frozen=True)
class Measure:
    """A unit: mg of one, or None for one that only the strength can tell."""

    text: str
    mg: Number | None
    per: str = ""  # tablet or mL


DOSES = (
    Piece("1", 1), Piece("2", 2), Piece("1-2", 2), Piece("1 to 2", 2), Piece("one or two", 2),
    Piece("1/2", Fraction(1, 2)),
    Piece("1 1/2", Fraction(3, 2)), Piece("0.5", Fraction(1, 2)), Piece(".25", Fraction(1, 4)), Piece("three", 3),
    Piece("one and a half", Fraction(3, 2)), Piece("half", Fraction(1, 2)), Piece("1,000", 1000), Piece("325-650", 650),
)  # fmt: skip
UNITS = (
    Measure("mg", 1), Measure("mcg", Fraction(1, 1000)), Measure("g", 1000), Measure("tablets", None, "tablet"),
    Measure("tab", None, "tablet"), Measure("mL", None, "mL"), Measure("tablet(s)", None, "tablet"),
)  # fmt: skip
TIMES = (
    Piece("daily", 1), Piece("twice daily", 2), Piece("TID", 3), Piece("q6h", 4), Piece("every 4-6 hours", 6),
    Piece("every other day", Fraction(1, 2)), Piece("weekly", Fraction(1, 7)), Piece("every morning and at bedtime", 2),
    Piece("twice a week", Fraction(2, 7)), Piece("every 3 days", Fraction(1, 3)), Piece("q3days", Fraction(1, 3)),
    Piece("every 72 hours", Fraction(1, 3)), Piece("on Mon Wed Fri", Fraction(3, 7)), Piece("M-F", Fraction(5, 7)),
    Piece("daily except Sunday", Fraction(6, 7)), Piece("AC & HS", 4), Piece("5x/day", 5),
    Piece("q4wk", Fraction(1, 28)),
    Piece("once a month", Fraction(1, 30)), Piece("every 6 months", Fraction(1, 180)), Piece("at 0800, 1400, 2000", 3),
    Piece("8am and 8pm", 2), Piece("two times a day", 2), Piece("with meals", 3), Piece("QID", 4), Piece("once", 1),
    Piece("in the morning", 1), Piece("every shift", 3),
)  # fmt: skip
# The most of a day: so many doses, or so many mg.
MAXIMA = (
    ("max 3 doses/day", "doses", 3), ("max 2 doses per day", "doses", 2), ("not to exceed 3 g/24h", "mg", 3000),
    ("NTE 4000 mg per day", "mg", 4000), ("do not exceed 500 mg in 24 hours", "mg", 500),
    ("maximum 50 mg daily", "mg", 50), ("max daily dose 20 mg", "mg", 20),
)  # fmt: skip
REASONS = ("", " prn", " prn pain", " as needed for pain", " PRN for shortness of breath", " for hypertension")
LENGTHS = ("", " x 7 days", " for 10 days", " for 2 weeks")
STRENGTHS = {"tablet": (Fraction(25), "25 mg"), "mL": (Fraction(4), "20 mg/5 mL")}


def daily_mg(dose: Piece, unit: Measure, times: Piece, maximum: tuple[str, str, int] | None) -> Fraction:
    """The most mg a day that the pieces mean."""
    single = Fraction(dose.value) * Fraction(unit.mg if unit.mg is not None else STRENGTHS[unit.per][0])
    most = single * Fraction(times.value)
    if maximum is not None:
        limit = single * maximum[2] if maximum[1] == "doses" else Fraction(maximum[2])
        most = min(most, limit)
    return most


def dose_on(day: int, start: int, stop: int | None, steps: list[tuple[int, int]]) -> int | None:
    """The dose of a taper on a day, by going through the days one after the other. None: not taken on that day.

    Args:
        day, start, stop: counted days; `stop` None: ongoing.
        steps: dose and days of each; the last goes on until the stop.
    """
    if day < start or (stop is not None and day > stop):
        return None
    calendar = [dose for dose, days in steps for _ in range(days)]
    return calendar[day - start] if day - start < len(calendar) else steps[-1][0]
