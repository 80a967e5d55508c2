"""Directions of whole orders: columns beside free text, days of tapers, stated lengths, strengths from their column."""

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from pipeline.normalise.orders import Orders, understand
from pipeline.report.order_texts import order_text
from pipeline.report.records import records
from pipeline.rulebook.rules import Rulebook
from pipeline.validate import validate
from tests import toy

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
WORDS = ("frequencies", "units", "routes", "forms")
TAPER = "40 mg daily x 5 days, then 20 mg daily x 5 days, then 10 mg daily"


def real_words() -> dict[str, str]:
    """The real words of orders, for the toy's medicines."""
    return {name: (REFERENCE / f"{name}.csv").read_text(encoding="utf-8") for name in WORDS}


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    return toy.book(tmp_path_factory.mktemp("reference"), **real_words())


def understood(rules: Rulebook, *rows: dict[str, str]) -> Orders:
    filled = [{"patient_id": "1", "order_id": str(at), "drug": "elmic", **row} for at, row in enumerate(rows)]
    accepted = validate(toy.source(medications=pd.DataFrame(filled).fillna("").to_dict("records")), toy.TODAY)
    assert accepted.rejected.empty, accepted.rejected.to_string()
    return understand(accepted.tables["medications"], rules, toy.TODAY)


def day(ago: int) -> str:
    return str(toy.TODAY - timedelta(days=ago))


@pytest.mark.parametrize(
    ("row", "dose", "unit"),
    [
        # Each missing column is filled from the free directions.
        ({"dose": "5", "dose_unit": "mg", "directions": "take 5 mg twice daily"}, "10", "mg"),
        ({"frequency": "BID", "directions": "take 5 mg by mouth"}, "10", "mg"),
        ({"directions": "take 5 mg by mouth three times daily"}, "15", "mg"),
        ({"dose": "1", "directions": "Take 1 tablet daily", "strength": "5 mg"}, "5", "mg"),
        ({"dose": "1", "frequency": "TID", "strength": "10 mg"}, "30", "mg"),
        # The whole sig stands in the column of frequencies, or of doses, or in the drug text.
        ({"frequency": "Give 1 tablet by mouth two times a day for HTN", "strength": "25 mg"}, "50", "mg"),
        ({"dose": "10 mg AM and 20 mg HS"}, "30", "mg"),
        ({"dose": "2 tabs (10 mg)", "frequency": "BID"}, "20", "mg"),
        ({"drug": "elmic tablet 25 MG give 1 tablet by mouth two times a day"}, "50", "mg"),
        ({"drug": "elmic 10 mg PO daily"}, "10", "mg"),
        ({"drug": "elmic 10 mg", "frequency": "daily"}, "", ""),
        # A column says that the directions tell it.
        ({"dose": "5 mg", "frequency": "see admin instructions", "directions": "5 mg BID"}, "10", "mg"),
        ({"dose": "5 mg", "frequency": "PRN", "directions": "5 mg q6h prn pain, max 3 doses/day"}, "15", "mg"),
        ({"dose": "5 mg", "frequency": "sliding scale", "directions": "5 mg BID"}, "", ""),
        # Strengths from their column, and not where the drug text has one.
        ({"dose": "10 mL", "frequency": "BID", "strength": "20 mg/5 mL"}, "80", "mg"),
        ({"drug": "elmic 5 mg tablet", "dose": "2 tabs", "frequency": "BID", "strength": "50 mg"}, "20", "mg"),
        ({"drug": "alderbirch", "dose": "1 tab", "frequency": "BID", "strength": "99-99 mg"}, "20;10", "mg"),
        # Drops count for each eye.
        ({"dose": "1 drop", "frequency": "BID", "route": "both eyes"}, "4", "drop"),
    ],
)
def test_columns_and_free_directions_complete_each_other(
    rules: Rulebook, row: dict[str, str], dose: str, unit: str
) -> None:
    order = understood(rules, row).medications.iloc[0]
    assert (order["daily_dose"], order["daily_dose_unit"]) == (dose, unit)
    assert dose or order["not_computable"]


def test_a_column_wins_over_directions_that_contradict_it_and_a_note_says_so(rules: Rulebook) -> None:
    row = {"dose": "5", "dose_unit": "mg", "frequency": "daily", "directions": "Take 10 mg twice daily"}
    order = understood(rules, row).medications.iloc[0]
    assert (order["daily_dose"], order["note"]) == ("5", "the directions say otherwise: 20 mg a day")


def test_why_an_order_is_given_stands_in_its_directions(rules: Rulebook) -> None:
    orders = understood(
        rules,
        {"frequency": "q6h prn anxiety"},
        {"frequency": "daily", "directions": "take 5 mg daily for gout"},
        {"frequency": "q6h prn anxiety", "indication": "agitation"},
        {"frequency": "q6h prn"},
    ).medications
    assert orders["prn"].tolist() == [True, False, True, True]
    assert orders["prn_reason"].tolist() == ["anxiety", "", "anxiety", ""]
    assert orders["indication"].tolist() == ["anxiety", "gout", "agitation", ""]


@pytest.mark.parametrize(
    ("ago", "stop_ago", "dose"),
    [(2, None, "40"), (4, None, "40"), (5, None, "20"), (9, None, "20"), (10, None, "10"), (90, None, "10"),
     (-3, None, "40"), (None, None, "40"), (20, 13, "20")],
)  # fmt: skip
def test_a_taper_has_the_dose_of_its_day(rules: Rulebook, ago: int | None, stop_ago: int | None, dose: str) -> None:
    row = {"directions": TAPER, "start_date": "" if ago is None else day(ago)}
    orders = understood(rules, row | ({} if stop_ago is None else {"stop_date": day(stop_ago)}))
    if stop_ago is None:
        assert orders.medications["daily_dose"].tolist() == [dose]
        assert orders.medications["note"].tolist() == ["steps: 40 mg for 5 days, then 20 mg for 5 days, then 10 mg"]
    else:
        # Stopped before its last step was reached.
        assert orders.parts["daily_dose"].tolist() == [40, 20]
        assert orders.parts["stop_date"].iloc[-1] == pd.Timestamp(day(stop_ago))


def test_steps_follow_each_other_without_a_gap(rules: Rulebook) -> None:
    parts = understood(rules, {"directions": TAPER, "start_date": day(7)}).parts
    assert parts["daily_dose"].tolist() == [40, 20, 10]
    assert parts["start_date"].tolist() == [pd.Timestamp(day(ago)) for ago in (7, 2, -3)]
    assert parts["stop_date"].tolist()[:2] == [pd.Timestamp(day(ago)) for ago in (3, -2)]
    assert pd.isna(parts["stop_date"].iloc[2])
    assert parts["shown"].tolist() == [False, True, False]


def test_of_steps_of_unknown_days_the_highest_counts_and_the_last_on_the_last_day(rules: Rulebook) -> None:
    row = {"directions": "20 mg daily, then 5 mg daily", "start_date": day(30)}
    parts = understood(rules, row, row | {"stop_date": day(3)}).parts
    assert parts[["order", "daily_dose"]].to_numpy().tolist() == [[0, 20], [1, 20], [1, 5]]
    assert parts["start_date"].iloc[2] == parts["stop_date"].iloc[2] == pd.Timestamp(day(3))


@pytest.mark.parametrize(
    ("directions", "expected"),
    [
        ("40 mg daily", ["1 elmic-stop moderate elmic"]),
        ("40 mg daily x 10 days, then 20 mg daily x 10 days, then 5 mg daily", []),
        ("40 mg daily, then 20 mg daily, then 5 mg daily", []),
        ("5 mg daily x 10 days, then 40 mg daily", ["1 elmic-stop moderate elmic"]),
    ],
)
@pytest.mark.parametrize("start", ["", "known"])
def test_a_taper_within_one_order_is_no_abrupt_stop(
    tmp_path: Path, directions: str, expected: list[str], start: str
) -> None:
    rule = {"rule_id": "elmic-stop", "kind": "stop", "present": "elmic", "within_days": "14", "final_dose": "10 mg"}
    book = toy.book(tmp_path, gaps=[rule], **real_words())
    row = {"patient_id": "1", "drug": "elmic", "directions": directions, "stop_date": day(2)}
    assert toy.told(book, medications=[row | {"start_date": day(40) if start else ""}]) == expected


def test_directions_that_say_how_long_say_when_it_was_to_end(rules: Rulebook) -> None:
    """An order without a stop date goes on, whatever length its directions state: it is told, and screened."""
    orders = understood(
        rules,
        {"directions": "5 mg BID x 7 days", "start_date": day(30)},
        {"directions": "5 mg BID x 7 days", "start_date": day(6)},
        {"directions": "5 mg BID x 7 days", "start_date": day(7)},
        {"directions": "5 mg BID x 7 days"},
        {"directions": "5 mg BID x 7 days", "start_date": day(30), "stop_date": day(-9)},
        {"directions": "5 mg BID x 7 days then 5 mg daily", "start_date": day(30)},
        {"directions": "5 mg BID if worse for 7 days", "start_date": day(30)},
    ).medications
    assert orders["current"].all()
    assert orders["duration_days"].tolist()[:5] == [7] * 5
    assert orders["duration_days"].isna().tolist()[5:] == [True, True]
    assert orders["note"].str.startswith("was to end").tolist() == [True, False, True, False, False, False, False]
    assert orders["note"].iloc[0] == f"was to end {day(24)} by its directions"


def test_how_long_a_trouble_lasts_is_not_how_long_the_order_runs(rules: Rulebook) -> None:
    said = "5 mg rectally daily PRN for no bowel movement for 3 days"
    orders = understood(rules, {"directions": said, "start_date": day(300)}).medications
    assert orders["stop_date"].isna().all()
    assert orders["current"].all()
    assert orders["prn_reason"].tolist() == ["no bowel movement for 3 days"]


def test_a_stated_length_is_a_stop_date_that_does_not_lack(tmp_path: Path) -> None:
    rule = {"rule_id": "elmic-field", "kind": "field", "present": "elmic", "needs": "stop_date"}
    book = toy.book(tmp_path, gaps=[rule], **real_words())
    rows = [
        {"patient_id": "1", "drug": "elmic", "directions": "5 mg daily x 7 days"},
        {"patient_id": "2", "drug": "elmic", "directions": "5 mg daily"},
        {"patient_id": "3", "drug": "elmic", "directions": "5 mg daily", "stop_date": day(-5)},
    ]
    assert toy.told(book, medications=pd.DataFrame(rows).fillna("").to_dict("records")) == [
        "2 elmic-field moderate elmic"
    ]


@pytest.mark.parametrize(
    ("row", "last"),
    [
        ({"directions": "30 mg IM once"}, 30),
        ({"directions": "1 mg IM x1 now"}, 30),
        ({"directions": "1 mg stat for agitation"}, 30),
        ({"dose": "4 mg", "frequency": "ONCE"}, 30),
        ({"drug": "elmic 1 mg IM x1"}, 30),
        ({"dose": "4 mg", "frequency": "ONCE", "stop_date": day(20)}, 20),
        # No single dose, or not beyond doubt.
        ({"directions": "5 mg once daily"}, None),
        ({"directions": "1 mg x1 prn constipation"}, None),
        ({"directions": "1 mg once per unheard of protocol"}, None),
        ({"frequency": "once", "directions": "take 5 mg twice daily"}, None),
    ],
)
def test_a_single_dose_was_to_end_on_its_day(rules: Rulebook, row: dict[str, str], last: int | None) -> None:
    orders = understood(rules, row | {"start_date": day(30)}).medications
    given = f"was to end {day(last)} by its directions" if last and "stop_date" not in row else ""
    assert given in orders["note"].item()
    assert ("was to end" in orders["note"].item()) == bool(given)


UNTIL = '"until 02/03/2026" is no stop date: '


@pytest.mark.parametrize(
    ("text", "last", "note"),
    [
        ("until 2026-02-03", "2026-02-03", "ends 2026-02-03 by its directions"),
        ("thru Feb 3, 2026", "2026-02-03", "ends 2026-02-03 by its directions"),
        ("for 5 days until 3 Feb 2026 23:59", "2026-02-03", "ends 2026-02-03 by its directions"),
        ("Stop date: 1/20/26", "2026-01-20", "ends 2026-01-20 by its directions"),
        ("until 02/03/2026", "", UNTIL + "day and month cannot be told apart"),
        ("until 2025-02-03", "", '"until 2025-02-03" is no stop date: before the start date'),
        ("until 2026-02-30", "", '"until 2026-02-30" is no stop date: no such day in the calendar'),
        ("until seen by the dentist", "", ""),
    ],
)
def test_a_last_day_in_the_directions(rules: Rulebook, text: str, last: str, note: str) -> None:
    orders = understood(rules, {"directions": f"5 mg BID {text}", "start_date": day(3)}).medications
    assert orders["stop_date"].dt.strftime("%Y-%m-%d").fillna("").tolist() == [last]
    assert orders["note"].tolist() == [note]
    assert orders["daily_dose"].tolist() == ["10"]


def test_the_columns_or_other_orders_tell_day_and_month_of_a_last_day(rules: Rulebook) -> None:
    until = {"directions": "5 mg BID until 02/03/2026"}
    other = understood(rules, until, {"directions": "5 mg BID until 01/20/2026"}).medications
    assert other["stop_date"].iloc[0] == pd.Timestamp("2026-02-03")
    rows = [{"patient_id": "1", "drug": "elmic", **until}]
    accepted = validate(toy.source(medications=rows), toy.TODAY, "dmy")
    told = understand(accepted.tables["medications"], rules, toy.TODAY, date_order=accepted.date_order).medications
    assert told["stop_date"].iloc[0] == pd.Timestamp("2026-03-02")


def test_an_order_is_shown_as_it_was_written(rules: Rulebook) -> None:
    orders = understood(
        rules,
        {"drug": "elmic 10 mg PO daily"},
        {"drug": "elmic 10 mg", "directions": "1 tab BID"},
        {"drug": "elmic", "dose": "1000", "dose_unit": "mg", "frequency": "TID", "directions": "with food"},
    ).medications
    assert orders["dose"].tolist() == ["10", "1", "1000"]
    assert [order_text(order) for order in records(orders)] == [
        "elmic 10 mg PO daily",
        "elmic 10 mg, 1 tab BID",
        "elmic, 1,000 mg, TID",
    ]
