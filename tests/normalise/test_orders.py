"""Orders as understood: route groups, days, parts of combinations and daily doses."""

from datetime import timedelta

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.normalise.orders import Orders, understand
from pipeline.rulebook.rules import Rulebook
from pipeline.validate import validate
from tests import toy


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> Rulebook:
    return toy.book(tmp_path_factory.mktemp("reference"))


def understood(rules: Rulebook, rows: list[dict[str, str]]) -> Orders:
    rows = [{"patient_id": "1", "order_id": str(at), **row} for at, row in enumerate(rows)]
    accepted = validate(toy.source(medications=pd.DataFrame(rows).fillna("").to_dict("records")), toy.TODAY)
    assert accepted.rejected.empty, accepted.rejected.to_string()
    return understand(accepted.tables["medications"], rules, toy.TODAY)


def day(ago: int) -> str:
    return str(toy.TODAY - timedelta(days=ago))


def test_an_order_is_current_from_its_first_to_its_last_day(rules: Rulebook) -> None:
    dates = {
        ("", ""): True,
        (day(0), ""): True,
        (day(-1), ""): False,
        ("", day(0)): True,
        ("", day(1)): False,
        (day(5), day(0)): True,
        (day(0), day(0)): True,
        (day(9), day(5)): False,
        (day(-1), day(-5)): False,
    }
    rows = [{"drug": "alderine", "start_date": start, "stop_date": stop} for start, stop in dates]
    assert understood(rules, rows).medications["current"].tolist() == list(dates.values())


@pytest.mark.parametrize(
    ("status", "start", "stop", "current", "facts"),
    [
        ("Active", "", "", True, True),
        ("", "", "", True, True),
        # What is on hold is resumed without a new review.
        ("On Hold", "", "", True, True),
        ("Pending", "", "", True, True),
        # The status decides only where the date is missing.
        ("Discontinued", "", "", False, False),
        ("completed", day(9), "", False, False),
        ("cancelled", "", day(0), True, True),
        ("D/C", "", day(1), False, True),
        ("draft", "", "", False, False),
        ("draft", day(0), "", True, True),
        ("planned", day(-1), "", False, True),
        # What was entered in error was never an order.
        ("entered-in-error", day(9), "", False, False),
        ("Struck out", "", day(-9), False, False),
        ("unknown", "", "", True, True),
    ],
)
def test_the_status_of_an_order(
    rules: Rulebook, status: str, start: str, stop: str, current: bool, facts: bool
) -> None:
    row = {"drug": "alderine", "status": status, "start_date": start, "stop_date": stop}
    orders = understood(rules, [row])
    assert orders.medications["current"].tolist() == [current]
    assert len(orders.parts) == facts
    # It is listed either way.
    assert orders.medications["ingredients"].tolist() == ["alderine"]


@pytest.mark.parametrize(
    ("drug", "route", "means", "group"),
    [
        ("birchol", "PO", "oral", "systemic"),
        ("birchol", "Topical", "topical", "local"),
        ("birchol", "IT", "intrathecal", "intrathecal"),
        ("birchol", "ophthalmic", "ophthalmic", "ophthalmic"),
        # Without a route: the usual one of the medicine.
        ("birchol", "", "oral", "systemic"),
        ("gorsemab", "", "subcutaneous", "systemic"),
        # The table of absorption knows better of this ingredient by this route.
        ("alderine", "topical", "topical", "systemic"),
        ("alderine", "vaginal", "vaginal", "vaginal"),
    ],
)
def test_routes(rules: Rulebook, drug: str, route: str, means: str, group: str) -> None:
    orders = understood(rules, [{"drug": drug, "route": route}])
    assert orders.medications["route"].tolist() == [means]
    assert orders.parts["group"].tolist() == [group]
    assert orders.medications["written_route"].tolist() == [route]


def test_absorption_is_of_the_ingredient_and_not_of_its_neighbour_in_a_combination(rules: Rulebook) -> None:
    parts = understood(rules, [{"drug": "alderbirch", "route": "topical"}]).parts
    assert dict(zip(parts["ingredient"], parts["group"], strict=True)) == {"alderine": "systemic", "birchol": "local"}


def test_a_combination_is_one_order_of_several_parts(rules: Rulebook) -> None:
    row = {"drug": "alderbirch", "dose": "2", "dose_unit": "tablet", "frequency": "twice daily"}
    orders = understood(rules, [{"drug": "elmic"}, row])
    assert orders.parts[["order", "ingredient"]].to_numpy().tolist() == [[0, "elmic"], [1, "alderine"], [1, "birchol"]]
    assert orders.parts["daily_dose"].tolist()[1:] == [40, 20]
    assert orders.parts["dose"].tolist()[1:] == [20, 10]
    assert orders.medications["ingredients"].tolist() == ["elmic", "alderine;birchol"]
    assert orders.medications["daily_dose"].tolist() == ["", "40;20"]


def test_doses_are_in_mg_where_they_are_a_mass(rules: Rulebook) -> None:
    rows = [
        {"drug": "elmic", "dose": dose, "dose_unit": unit, "frequency": "daily"}
        for dose, unit in (("1", "g"), ("500", "mcg"), ("7", "mg"), ("12", "units"))
    ]
    parts = understood(rules, rows).parts
    assert parts["daily_dose"].tolist() == [1000, 0.5, 7, 12]
    assert parts["dose_unit"].tolist() == ["mg", "mg", "mg", "unit"]


def test_as_needed_stands_in_its_column_or_in_the_frequency(rules: Rulebook) -> None:
    rows = [
        {"drug": "elmic", "prn": "yes"},
        {"drug": "elmic", "frequency": "daily PRN"},
        {"drug": "elmic", "prn": "no"},
    ]
    assert understood(rules, rows).medications["prn"].tolist() == [True, True, False]


def test_what_is_not_recognised_is_counted_and_means_nothing(rules: Rulebook) -> None:
    orders = understood(
        rules, [{"drug": "moonshine"}, {"drug": "moonshine"}, {"drug": "elmicor"}, {"drug": "dressing"}]
    )
    assert orders.medications["match"].tolist()[:2] == ["unrecognised", "unrecognised"]
    assert orders.medications["match"].tolist()[3] == "non_drug"
    assert orders.parts["ingredient"].tolist() == ["elmic"]
    assert orders.unrecognised[["drug", "rows", "patients"]].to_numpy().tolist() == [["moonshine", 2, 1]]


def test_every_order_keeps_the_row_of_the_source(rules: Rulebook) -> None:
    assert understood(rules, [{"drug": "elmic"}, {"drug": "alderine"}]).medications["row"].tolist() == [2, 3]


def test_a_note_says_how_the_text_was_understood(rules: Rulebook) -> None:
    rows = [
        {"drug": "elmic 10 u"},
        {"drug": "elmic", "directions": "take .5 mg daily"},
        {"drug": "elmic tablet Someco"},
        {"drug": "moonshine"},
        {"drug": "elmic"},
        {"drug": "dressing"},
    ]
    notes = understood(rules, rows).medications["note"].tolist()
    assert notes[0].startswith('"u" may be read as 0')
    assert '".5 mg" has no zero before the point' in notes[1]
    assert notes[2] == "not understood: someco"
    assert "moonshine" in notes[3]
    assert notes[4:] == ["", ""]


def test_a_code_helps_where_the_text_does_not(rules: Rulebook) -> None:
    rows = [
        {"drug": "moonshine", "atc": "A01AA01"},
        {"drug": "moonshine", "rxcui": "77"},
        {"drug": "elmic", "atc": "A01AA01"},
        {"drug": "elmic", "atc": "B02BB01"},
    ]
    rows = [{"patient_id": "1", "order_id": str(at), **row} for at, row in enumerate(rows)]
    source = toy.source(medications=pd.DataFrame(rows).fillna("").to_dict("records"))
    accepted = validate(source, toy.TODAY).tables["medications"]
    own = pd.DataFrame([("rxcui", "77", "birchol")], columns=["system", "code", "name"])
    found = understand(accepted, rules, toy.TODAY, own)
    orders = found.medications
    assert orders["ingredients"].tolist() == ["alderine", "birchol", "elmic", "elmic"]
    assert orders["match"].tolist() == ["code", "code", "exact", "exact"]
    assert orders["code_says"].tolist() == ["", "", "alderine", ""]
    assert "stands for alderine" in orders["note"][2]
    assert found.unrecognised.empty
    assert understand(accepted, rules, toy.TODAY).unrecognised["drug"].tolist() == ["moonshine"]


def test_the_strength_of_its_own_column_counts_where_the_text_has_none(rules: Rulebook) -> None:
    dose = {"dose": "2", "dose_unit": "tablet", "frequency": "twice daily"}
    rows = [
        {"drug": "elmic", "strength": "5 mg", **dose},
        {"drug": "elmic", "strength": "5 mg tablet", **dose},
        {"drug": "elmic 10 mg", "strength": "5 mg", **dose},
        {"drug": "elmic", "strength": "", **dose},
    ]
    assert understood(rules, rows).medications["daily_dose"].tolist()[:3] == ["20", "20", "40"]


_CELLS = st.fixed_dictionaries(
    {
        "drug": st.one_of(
            st.sampled_from(["elmic", "alderbirch 10 mg", "alderine/birchol", "dressing"]),
            st.text("ab 1.", min_size=1),
        ),
        "dose": st.sampled_from(["", "5", "1-2"]),
        "dose_unit": st.sampled_from(["", "mg", "tablet"]),
        "frequency": st.sampled_from(["", "daily", "prn", "twice daily"]),
        "route": st.sampled_from(["", "topical", "oral"]),
        "directions": st.sampled_from(["", "take 1 tablet daily"]),
        "atc": st.sampled_from(["", "A01AA01", "x"]),
    }
)  # fmt: skip


@settings(max_examples=20)
@given(st.lists(_CELLS, min_size=1, max_size=8))
def test_no_row_is_lost_and_each_is_understood_as_if_alone(rules: Rulebook, rows: list[dict[str, str]]) -> None:
    rows = [{"patient_id": str(at), **row} for at, row in enumerate(rows) if row["drug"].strip()]
    if not rows:
        return
    accepted = validate(toy.source(medications=rows), toy.TODAY).tables["medications"]
    together = understand(accepted, rules, toy.TODAY).medications
    alone = [understand(accepted.loc[[row]], rules, toy.TODAY).medications for row in accepted.index]
    assert together["row"].tolist() == accepted.index.tolist()
    pd.testing.assert_frame_equal(together, pd.concat(alone, ignore_index=True))
