"""Allergy lists: what a substance names."""

import pandas as pd
import pytest

from pipeline.normalise.allergies import Allergens
from pipeline.normalise.drug_text import Lexicon

TABLE = [
    ("latex", "other"),
    ("nkda", "none"),
    ("no known drug allergies", "none"),
    ("penicillins", "class:penicillin"),
    ("sulfa", "class:sulfonamide_antibiotic"),
    ("triple", "codeine; class:opioid"),
]


@pytest.fixture(scope="module")
def allergens(lexicon: Lexicon) -> Allergens:
    return Allergens({"allergens": pd.DataFrame(TABLE, columns=["text", "term"])}, lexicon)


@pytest.mark.parametrize(
    ("substance", "concepts"),
    [
        ("Penicillins", ["allergy:class:penicillin"]),
        ("SULFA", ["allergy:class:sulfonamide_antibiotic"]),
        ("codeine", ["allergy:codeine"]),
        ("Coumadin", ["allergy:warfarin"]),
        ("Paracetamol", ["allergy:acetaminophen"]),
        ("aspirin 81 mg", ["allergy:aspirin"]),
        ("triple", ["allergy:codeine", "allergy:class:opioid"]),
        ("NKDA", []),
        ("N.K.D.A.", None),
        ("No Known Drug Allergies.", []),
        ("Latex", []),
        ("moonshine", None),
    ],
)
def test_a_substance(allergens: Allergens, substance: str, concepts: list[str] | None) -> None:
    assert allergens.concepts(substance) == concepts


def test_each_part_of_a_combination(allergens: Allergens) -> None:
    assert sorted(allergens.concepts("Bactrim DS")) == ["allergy:sulfamethoxazole", "allergy:trimethoprim"]
