"""Unsafe ways of writing are told, and only where they are such."""

import pandas as pd
import pytest

from pipeline.normalise.drug_text import Lexicon
from pipeline.normalise.unsafe import KINDS, UnsafeWriting


@pytest.fixture(scope="module")
def unsafe(whole_tables: dict[str, pd.DataFrame]) -> UnsafeWriting:
    return UnsafeWriting(whole_tables)


@pytest.mark.parametrize(
    ("text", "quoted", "means"),
    [
        ("MSO4 4 mg IV q2h", "MSO4", "morphine"),
        ("MgSO4 2 g IV", "MgSO4", "magnesium sulfate"),
        ("Lantus 10u qhs", "u", "insulin glargine"),
        ("insulin lispro 100 U/mL", "U", "insulin lispro"),
        ("vitamin D3 1000 IU", "IU", "cholecalciferol"),
        ("warfarin 1.0 mg", "1.0 mg", "warfarin"),
        ("warfarin 10.00mg", "10.00mg", "warfarin"),
        ("alprazolam .5 mg", ".5 mg", "alprazolam"),
        ("digoxin 125 \u00b5g", "\u00b5g", "digoxin"),
        ("digoxin 125\u03bcg", "\u03bcg", "digoxin"),
        ("furosemide 20 mg QD", "QD", "furosemide"),
        ("furosemide 20 mg q.d.", "q.d", "furosemide"),
        ("prednisone 5 mg qod", "qod", "prednisone"),
        ("prednisone 5 mg Q.O.D.", "Q.O.D", "prednisone"),
    ],
)
def test_the_medicine_is_read_with_its_warning(
    whole: Lexicon, unsafe: UnsafeWriting, text: str, quoted: str, means: str
) -> None:
    assert whole.read(text).ingredients == (means,)
    (warning,) = unsafe.of(text)
    assert warning.startswith(f'"{quoted}" ')


@pytest.mark.parametrize(
    "text",
    [
        "MS Contin 15 mg", "insulin U-100", "Lantus 10 units", "warfarin 0.5 mg", "warfarin 10 mg", "warfarin 1.05 mg",
        "Jevity 1.0 Cal", "digoxin 125 mcg", "furosemide 20 mg QID", "Tylenol No.3 tab", "U", "senna 8.6-50 mg",
        "heparin 25,000 units/250 mL", "vitamin B6 50 mg", "",
    ],
)  # fmt: skip
def test_safe_writing_is_left_alone(unsafe: UnsafeWriting, text: str) -> None:
    assert unsafe.of(text) == []


def test_each_warning_once_and_several_together(unsafe: UnsafeWriting) -> None:
    assert len(unsafe.of("MSO4 .5 mg QD, MSO4 .5 mg QD")) == 3


def test_the_table_has_known_kinds(whole_tables: dict[str, pd.DataFrame]) -> None:
    assert set(whole_tables["warnings"]["kind"]) == set(KINDS)
