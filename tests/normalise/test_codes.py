"""Codes of medicines: how they are spelt, what they stand for, and that the text is what counts."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.normalise.codes import SYSTEMS, Codes, spellings
from pipeline.normalise.drug_text import Lexicon
from pipeline.normalise.identify import identify
from pipeline.normalise.unsafe import UnsafeWriting

OWN = pd.DataFrame(
    [
        ("rxcui", "0855332", "warfarin sodium 5 mg oral tablet"),
        ("ndc", "0378-0018-01", "Metoprolol Tartrate 25 MG Oral Tablet"),
        ("ndc", "50580-449", "Tylenol"),
        ("ndc", "11111-0222-33", "aspirin"),
        ("ndc", "11111-0222-44", "blorbazine 5 mg"),
        ("atc", "M03BX01", "baclofen intrathecal"),
    ],
    columns=["system", "code", "name"],
)
DRUGS = pd.DataFrame(
    {"ingredient": ["aspirin", "calcium", "codeine", "warfarin"], "route": "oral",
     "atc": ["B01AC06;N02BA01", "A12AA03", "N02AJ13;R05DA04", "B01AA03;N02AJ13"]}
)  # fmt: skip


@pytest.mark.parametrize(
    ("system", "code", "full"),
    [
        ("rxcui", "197391", ["197391"]),
        ("rxcui", "000197391.0", ["197391"]),
        ("rxcui", "RX1", []),
        ("rxcui", "0", []),
        ("atc", "m03bx01", ["M03BX01"]),
        ("atc", "M03 BX 01", ["M03BX01"]),
        ("atc", "M03BX", []),
        ("ndc", "00378001801", ["00378001801"]),
        ("ndc", "0378-0018-01", ["00378001801"]),
        ("ndc", "50580-44-901", []),
        ("ndc", "50580-449-01", ["50580044901"]),
        ("ndc", "50580-0449-1", ["50580044901"]),
        ("ndc", "378-18-1", ["00378001801"]),
        ("ndc", "378001801", ["00378001801"]),  # a spreadsheet made a number of it
        ("ndc", "378001801.0", ["00378001801"]),
        ("ndc", "0378001801", ["00378001801", "03780001801", "03780018001"]),
        ("ndc", "000378001801", ["00378001801"]),
        ("ndc", "0378-0018", ["003780018"]),
        ("ndc", "1.23457E+10", []),
        ("ndc", "0", []),
        ("ndc", "", []),
    ],
)
def test_a_code_in_full(system: str, code: str, full: list[str]) -> None:
    assert spellings(system, code) == full


@given(st.sampled_from(SYSTEMS), st.text(max_size=16))
def test_any_text_may_stand_in_a_column_of_codes(system: str, code: str) -> None:
    for full in spellings(system, code):
        product = system == "ndc" and len(full) == 9
        assert product or spellings(system, full) == [full]


@pytest.fixture(scope="module")
def codes(order_tables: dict[str, pd.DataFrame], lexicon: Lexicon) -> Codes:
    return Codes({**order_tables, "drugs": DRUGS}, lexicon, OWN)


@pytest.mark.parametrize(
    ("given", "ingredients", "route"),
    [
        ({"rxcui": "855332"}, "warfarin", "oral"),
        ({"ndc": "378001801"}, "metoprolol", "oral"),
        ({"ndc": "50580-0449-03"}, "acetaminophen", ""),  # any package of the product
        ({"atc": "B01AC06"}, "aspirin", ""),  # from the reference
        ({"atc": "M03BX01"}, "baclofen", "intrathecal"),  # from the user's table
        ({"atc": "N02AJ13"}, "", ""),  # two ingredients of the reference have it
        ({"ndc": "1111102223"}, "", ""),  # ten digits that may be several products
        ({"rxcui": "1"}, "", ""),
    ],
)
def test_what_a_code_stands_for(codes: Codes, given: dict[str, str], ingredients: str, route: str) -> None:
    coded = codes.read(given)
    assert (";".join(coded.drug.ingredients) if coded.drug else "") == ingredients
    if coded.drug:
        assert (coded.drug.match, coded.drug.route) == ("code", route)


def test_why_a_code_means_nothing_is_told(codes: Codes) -> None:
    assert "blorbazine" in codes.read({"ndc": "11111-0222-44"}).note
    assert "different medicines" in codes.read({"rxcui": "855332", "atc": "B01AC06"}).note


@pytest.mark.parametrize(
    ("drug", "code", "match", "ingredients", "note", "contradiction"),
    [
        ("Coumadin", "855332", "brand", "warfarin", "", ""),
        ("Blood thinner", "855332", "code", "warfarin", "recognised by its rxcui code 855332", ""),
        ("warfarin or placebo", "855332", "code", "warfarin", "recognised by its rxcui code 855332", ""),
        ("aspirin", "855332", "exact", "aspirin", "its rxcui code 855332 stands for warfarin", "warfarin"),
        # The text names another medicine beside that of the code.
        ("warfarin or aspirin", "855332", "unrecognised", "", "but the text names aspirin", "warfarin"),
        ("D5W", "855332", "non_drug", "", "", ""),
        ("Blood thinner", "77", "unrecognised", "", "not known", ""),
        ("aspirin", "77", "exact", "aspirin", "", ""),
        ("Someco aspirin 81 mg tablet Someco", "", "unrecognised", "", "someco", ""),
    ],
)
def test_the_text_decides_and_the_code_helps(
    codes: Codes, lexicon: Lexicon, order_tables: dict[str, pd.DataFrame], drug: str, code: str, match: str,
    ingredients: str, note: str, contradiction: str,
) -> None:  # fmt: skip
    orders = pd.DataFrame([{"drug": drug, "rxcui": code, "ndc": "", "atc": ""}], dtype="str")
    found = identify(orders, lexicon, codes, UnsafeWriting(order_tables), {})
    assert (found.drugs[0].match, ";".join(found.drugs[0].ingredients)) == (match, ingredients)
    assert note in found.notes[0] and bool(note) == bool(found.notes[0])
    assert found.contradictions == [contradiction]


def test_each_distinct_order_is_read_once(
    codes: Codes, lexicon: Lexicon, order_tables: dict[str, pd.DataFrame]
) -> None:
    rows = [("aspirin", ""), ("warfarin", ""), ("aspirin", "855332"), ("aspirin", "")]
    orders = pd.DataFrame(rows, columns=["drug", "rxcui"], dtype="str").assign(ndc="", atc="")
    found = identify(orders, lexicon, codes, UnsafeWriting(order_tables), {})
    assert found.position.tolist() == [0, 1, 2, 0]
    assert [drug.ingredients[0] for drug in found.drugs] == ["aspirin", "warfarin", "aspirin"]
