"""The headings of many systems are understood, two equally good ones are asked about, and a mapping decides."""

from pathlib import Path

import pytest

from pipeline import headings as systems
from pipeline import tables
from pipeline.errors import InputError
from pipeline.source import Source, read
from pipeline.source.mapping import SHIPPED, read_mapping, shipped
from pipeline.source.names import folded
from tests.inputs import write_csv, write_folder, write_workbook
from tests.source.systems import ORDER_LISTS, SYSTEMS


@pytest.mark.parametrize("name", SYSTEMS)
@pytest.mark.parametrize("with_mapping", [False, True])
def test_the_headings_of_a_system(name: str, with_mapping: bool, tmp_path: Path) -> None:
    """Each table of a system is read, with and without the mapping that comes with the program."""
    grids, expected = SYSTEMS[name]
    source = read(write_folder(tmp_path / "export", grids), read_mapping(name) if with_mapping else None)
    found = {table: raw.headings for table, raw in source.tables.items()}
    assert set(found) == set(expected)
    for table, headings in expected.items():
        extra = {column: heading for column, heading in found[table].items() if column not in headings}
        assert {column: found[table][column] for column in headings} == headings
        assert not extra or with_mapping, extra
    patients = {"synthea": "p1", "mimic3": "9", "mimic4": "9", "omop": "1", "fhir": "1"}
    assert {raw.frame["patient_id"].iloc[0] for raw in source.tables.values()} == {patients[name]}


def test_a_dictionary_of_codes_is_no_list_of_conditions(tmp_path: Path) -> None:
    grids, _ = SYSTEMS["mimic3"]
    source = read(write_folder(tmp_path / "export", grids))
    assert source.tables["conditions"].file == "DIAGNOSES_ICD.csv"
    # Item numbers name no test: such results would pass for a patient without any.
    assert set(source.unused) == {"D_ICD_DIAGNOSES.csv", "LABEVENTS.csv"}


@pytest.mark.parametrize("order_list", ORDER_LISTS)
def test_order_lists(order_list: dict[str, str], tmp_path: Path) -> None:
    raw = read(write_csv(tmp_path / "orders.csv", [list(order_list), ["x"] * len(order_list)])).tables["medications"]
    assert raw.headings == {column: heading for heading, column in order_list.items() if column}
    assert list(raw.unused) == [heading for heading, column in order_list.items() if not column]


@pytest.mark.parametrize("table", tables.INPUT)
def test_a_heading_names_one_column(table: str) -> None:
    schema = tables.INPUT[table]
    owner: dict[str, str] = {}
    for kinds in (systems.ALIASES[table], systems.WEAK[table]):
        assert set(kinds) <= set(schema.columns)
    for column in schema.columns:
        more = (*systems.ALIASES[table].get(column, ()), *systems.WEAK[table].get(column, ()))
        for heading in (column, *schema.columns[column].aliases, *more):
            assert owner.setdefault(folded(heading), column) == column, heading


def _orders(tmp_path: Path, headings: list[str], mapping: str = "") -> Source:
    path = write_csv(tmp_path / "orders.csv", [headings, [f"{at}" for at in range(len(headings))]])
    return read(path, _mapping(tmp_path, mapping) if mapping else None)


def _mapping(tmp_path: Path, text: str):
    (tmp_path / "m.toml").write_text(text, encoding="utf-8")
    return read_mapping(tmp_path / "m.toml")


@pytest.mark.parametrize(
    ("headings", "drug"),
    [
        (["mrn", "Description"], "Description"),
        (["mrn", "Description", "Med Name"], "Med Name"),
        (["mrn", "Med Name", "Description", "Medication"], "Medication"),
        (["mrn", "Description", "Medication", "drug"], "drug"),
        (["mrn", "Generic Name", "Description", "drug"], "drug"),
    ],
)
def test_which_heading_wins(headings: list[str], drug: str, tmp_path: Path) -> None:
    raw = _orders(tmp_path, headings).tables["medications"]
    assert raw.headings["drug"] == drug
    assert set(raw.unused) == set(headings) - {"mrn", drug}


@pytest.mark.parametrize(
    ("headings", "message"),
    [
        (["mrn", "Medication", "Drug Name"], "the columns 'Medication' and 'Drug Name' could both be drug. Name the"),
        (["mrn", "Brand Name", "Generic Name"], "the columns 'Brand Name' and 'Generic Name' could both be drug"),
        (["mrn", "Order", "Drug Name", "Medicine"], "the columns 'Order', 'Drug Name', 'Medicine' could all be drug"),
        (["mrn", "drug", "Begin Date", "Start"], "'Begin Date' and 'Start' could both be start_date"),
        (["Subject ID", "Chart No", "drug"], "'Subject ID' and 'Chart No' could both be patient_id"),
        (["mrn", "drug", "End Date", "Discontinue Date"], "'End Date' and 'Discontinue Date' could both be stop_date"),
        (["mrn", "drug", "Drug"], "2 columns are headed 'drug', which is drug. Rename or delete all but one."),
    ],
)
def test_two_equally_good_headings_are_asked_about(headings: list[str], message: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        _orders(tmp_path, headings)
    assert message in str(error.value)
    assert str(error.value).startswith("orders.csv: ")


def test_a_mapping_wins(tmp_path: Path) -> None:
    text = '[medications]\npatient_id = "Client"\ndrug = ["Item", "Thing"]\nignore = ["Charge code"]\n'
    headings = ["Client", "mrn", "drug", "Thing", "charge_code", "Note"]
    raw = _orders(tmp_path, headings, text).tables["medications"]
    assert raw.headings == {"patient_id": "Client", "drug": "Thing"}
    assert raw.unused == ("mrn", "drug", "Note")
    assert raw.frame.to_numpy().tolist() == [["0", "3"]]


def test_a_mapping_settles_what_is_ambiguous(tmp_path: Path) -> None:
    text = '[medications]\ndrug = "Drug Name"\n'
    raw = _orders(tmp_path, ["mrn", "Medication", "Drug Name"], text).tables["medications"]
    assert raw.headings["drug"] == "Drug Name"


def test_a_mapping_names_the_sheets(tmp_path: Path) -> None:
    rows = [["Client", "Thing"], ["1", "baclofen"]]
    sheets = {"North 1": rows, "Orders": [["mrn", "drug"], ["2", "x"]], "South": [["Client", "Thing"], ["3", "y"]]}
    text = '[medications]\nfrom = ["North 1", "south"]\npatient_id = "Client"\ndrug = "Thing"\n'
    source = read(write_workbook(tmp_path / "home.xlsx", sheets), _mapping(tmp_path, text))
    assert source.tables["medications"].frame["patient_id"].tolist() == ["1", "3"]
    assert source.unused == ("sheet 'Orders'",)


WRONG = {
    "[meds]\ndrug = 'x'": "[meds] is no table. The tables are [patients], [medications], [conditions], ",
    "drug = 'x'": "'drug' is no table.",
    "[medications]\ndrugs = 'x'": "[medications]: 'drugs' is no column (perhaps drug). The columns are patient_id, ",
    "[medications]\ndrug = 3": '[medications] drug: must be a text in quotation marks, such as "Item", or a list',
    "[medications]\ndrug = ''": "[medications] drug: must be a text",
    "[medications]\ndrug = []": "[medications] drug: must be a text",
    "[medications]\ndrug = 'X'\nroute = 'x'": "the heading 'x' stands under drug and under route. It can be only one.",
    "[medications]\ndrug = 'X'\nignore = ['x']": "the heading 'x' stands under drug and under ignore.",
    "[medications]\nfrom = ['A']\n[labs]\nfrom = ['a']": "'a' stands under from in [medications] and in [labs].",
    "date_order = 'ymd'": 'date_order must be "mdy" or "dmy".',
    "optional = 1": "optional must be true or false.",
    "[medications\n": "is not TOML: ",
}


@pytest.mark.parametrize("text", WRONG)
def test_mappings_that_cannot_be(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        _mapping(tmp_path, text)
    assert WRONG[text] in str(error.value)
    assert "m.toml" in str(error.value)


NOT_THERE = {
    '[medications]\ndrug = "Item"': (
        "[medications] drug: orders.csv has no heading 'Item'. Headings found: 'mrn', 'drug', 'Note'."
    ),
    '[medications]\nroute = ["Way", "Path"]': (
        "[medications] route: orders.csv has no heading 'Way' or 'Path'. Headings found: 'mrn', 'drug', 'Note'."
    ),
    '[labs]\ntest = "Test"': "[labs]: no sheet or file was taken for the labs table. Say which holds it with from = [",
}


@pytest.mark.parametrize("text", NOT_THERE)
def test_mappings_that_do_not_fit_the_source(text: str, tmp_path: Path) -> None:
    with pytest.raises(InputError) as error:
        _orders(tmp_path, ["mrn", "drug", "Note"], text)
    assert NOT_THERE[text] in str(error.value)
    _orders(tmp_path, ["mrn", "drug", "Note"], f"optional = true\n{text}")


def test_a_header_that_no_row_is(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no row of orders.csv has enough of the headings that the mapping names"):
        _orders(tmp_path, ["A", "B"], '[medications]\npatient_id = "Client"\ndrug = "Item"\n')


def test_a_sheet_that_is_not_there(tmp_path: Path) -> None:
    book = write_workbook(tmp_path / "home.xlsx", {"Orders": [["mrn", "drug"], ["1", "x"]]})
    with pytest.raises(InputError) as error:
        read(book, _mapping(tmp_path, '[medications]\nfrom = ["Ordres"]\n'))
    assert "[medications] from: home.xlsx has no sheet or file 'Ordres'. There is: Orders." in str(error.value)


def test_a_mapping_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        InputError, match="cannot be read: .*Give a file, or one of fhir, mimic3, mimic4, omop, synthea"
    ):
        read_mapping(tmp_path / "none.toml")


def test_the_mappings_that_come_with_the_program_are_in_order() -> None:
    assert shipped() == ["fhir", "mimic3", "mimic4", "omop", "synthea"]
    assert all(read_mapping(name).optional for name in shipped())
    assert all(path.read_text(encoding="utf-8").startswith("# ") for path in SHIPPED.glob("*.toml"))
