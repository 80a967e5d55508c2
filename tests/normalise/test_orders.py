"""Orders as understood: route groups, days, parts of combinations and daily doses."""

from datetime import timedelta

import pandas as pd
import pytest

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
