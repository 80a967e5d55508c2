"""File names made from patient ids."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.paths import patient_file_names, reference_folder


def test_the_reference_lies_beside_the_program() -> None:
    assert (reference_folder() / "README.md").is_file()


@pytest.mark.parametrize(
    ("patient_id", "name"),
    [
        ("007", "007"),
        ("R-1_a.b", "R-1_a.b"),
        ("a b", "a%20b"),
        ("../../x", "%2F..%2Fx-"),
        ("a/b", "a%2Fb"),
        ("a\\b:c", "a%5Cb%3Ac"),
        ("é", "%C3%A9"),
        ("😀", "%F0%9F%98%80"),
        ("~", "%7E"),
        ("CON", "id-CON-"),
        ("con.txt", "id-con.txt-"),
        ("LPT9", "id-LPT9-"),
        (".hidden", "hidden-"),
        ("ends.", "ends-"),
        (".", "id-"),
        ("..", "id-"),
        ("x" * 300, "x" * 100 + "-"),
        ("😀" * 300, "%F0%9F%98%80" * 8 + "%F0%-"),
        ("\ud800", "%3F"),
    ],
)
def test_file_names(patient_id: str, name: str) -> None:
    """A name that ends in a hyphen here goes on with a hash."""
    made = patient_file_names([patient_id])[patient_id]
    assert made == name or (name.endswith("-") and re.fullmatch(re.escape(name) + "[0-9a-f]{8}", made))


def test_ids_that_differ_only_in_case_get_different_files() -> None:
    names = patient_file_names(["ab", "AB", "Ab", "cd"])
    assert len({name.casefold() for name in names.values()}) == 4
    assert names["cd"] == "cd"


def test_a_name_does_not_change_with_the_other_patients() -> None:
    assert patient_file_names(["ab", "cd"])["cd"] == patient_file_names(["cd", "xy", "z"])["cd"]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=150)))
def test_every_name_is_safe_and_belongs_to_one_patient(ids: list[str]) -> None:
    names = patient_file_names(ids)
    assert set(names) == set(ids)
    assert len({name.casefold() for name in names.values()}) == len(names)
    for name in names.values():
        assert re.fullmatch(r"[A-Za-z0-9._%-]{1,115}", name)
        assert not name.startswith(".") and not name.endswith(".")
        assert Path(f"{name}.xlsx").name == f"{name}.xlsx"
        assert not re.fullmatch(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", name, re.IGNORECASE)
