"""Classes: members by name, by ATC prefix and by other classes, with the points they count."""

from pathlib import Path

import numpy as np
import pytest

from pipeline.errors import ReferenceDamagedError
from pipeline.rulebook.compile import rulebook
from pipeline.rulebook.terms import parse
from tests import toy


def members(folder: Path, classes: str) -> dict[str, dict[str, float]]:
    items = "scale,item,terms,counts,points\nload,m,elmic,ingredients,\nplants,m,elmic,ingredients,\n"
    return rulebook(toy.write(folder, classes=f"class,member,weight\n{classes}", scale_items=items)).concepts.classes


def test_members_by_name_and_by_any_of_their_atc_codes(tmp_path: Path) -> None:
    assert members(tmp_path, "a,atc:A01AA,\na,hazelor,\nb,atc:C03,\n") == {
        "a": {"alderine": 1, "birchol": 1, "hazelor": 1},
        "b": {"firostat": 1, "gorsemab": 1, "ivyrin": 1},
    }


def test_a_class_of_classes_keeps_their_points_unless_it_gives_its_own(tmp_path: Path) -> None:
    found = members(tmp_path, "inner,alderine,3\ninner,birchol,\nas_is,class:inner,\nown,class:inner,2\n")
    assert found["as_is"] == {"alderine": 3, "birchol": 1}
    assert found["own"] == {"alderine": 2, "birchol": 2}


def test_weight_0_takes_a_member_out_again_wherever_its_row_stands(tmp_path: Path) -> None:
    found = members(tmp_path, "a,alderine,0\na,atc:A01,\nb,alderine,0\nb,class:a,\nb,elmic,\n")
    assert found["a"] == {"birchol": 1, "cedarin": 1}
    assert found["b"] == {"birchol": 1, "cedarin": 1, "elmic": 1}


def test_an_ingredient_named_in_the_class_has_the_points_of_its_own_row(tmp_path: Path) -> None:
    assert members(tmp_path, "a,alderine,0.5\na,atc:A01AA,2\n")["a"] == {"alderine": 0.5, "birchol": 2}


def test_of_several_atc_prefixes_the_longest_decides_and_of_several_codes_the_highest(tmp_path: Path) -> None:
    found = members(tmp_path, "a,atc:A01A,\na,atc:A01AA,0\nb,atc:B02BC,0\nb,atc:C03,2\n")
    assert found["a"] == {"cedarin": 1}
    assert found["b"] == {"firostat": 2, "gorsemab": 2, "ivyrin": 2}


def test_a_class_may_be_called_as_an_ingredient_is(tmp_path: Path) -> None:
    assert members(tmp_path, "alderine,alderine,\nalderine,birchol,\n")["alderine"] == {"alderine": 1, "birchol": 1}


@pytest.mark.parametrize(
    ("classes", "line", "reason"),
    [
        ("a,class:a,\n", 2, "the class 'a' contains itself"),
        ("a,class:b,\nb,class:c,\nc,class:a,\n", 4, "the class 'c' contains itself"),
        ("a,class:nothing,\n", 2, "'class:nothing' is no ingredient"),
        ("a,alderine,\na,nothing,\n", 3, "'nothing' is no ingredient"),
    ],
)
def test_a_class_that_cannot_be(tmp_path: Path, classes: str, line: int, reason: str) -> None:
    with pytest.raises(ReferenceDamagedError, match=f"^classes.csv, line {line}, column member: {reason}"):
        members(tmp_path, classes)


def test_the_codes_of_terms(tmp_path: Path) -> None:
    concepts = toy.book(tmp_path).concepts
    systemic, rectal, intrathecal, local = (
        concepts.drug("alderine", group) for group in ("systemic", "rectal", "intrathecal", "local")
    )
    assert concepts.codes(parse("alderine")).tolist() == [systemic, rectal, intrathecal]
    assert concepts.codes(parse("alderine:systemic|local")).tolist() == sorted([systemic, local])
    assert set(concepts.codes(parse("class:tree:local"))) == {
        concepts.drug(name, "local") for name in ("alderine", "birchol", "cedarin")
    }
    assert len(concepts.codes(parse("any:any"))) == len(np.unique(concepts.codes(parse("any:any")))) == 8 * 7


def test_an_allergy_to_a_class_is_one_to_the_class_or_to_any_member(tmp_path: Path) -> None:
    concepts = toy.book(tmp_path).concepts
    labels = {concepts.label(code) for code in concepts.codes(parse("allergy:class:tree"))}
    assert labels == {"allergy:class:tree", "allergy:alderine", "allergy:birchol", "allergy:cedarin"}


@pytest.mark.parametrize("text", ["nothing", "class:nothing", "condition:nothing", "allergy:nothing", "nothing>3"])
def test_a_term_of_something_that_the_reference_does_not_have(tmp_path: Path, text: str) -> None:
    with pytest.raises(KeyError, match="nothing"):
        toy.book(tmp_path).concepts.codes(parse(text))
