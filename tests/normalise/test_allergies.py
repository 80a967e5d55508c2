"""Allergy lists: what an entry names, and whether it is an allergy or an intolerance."""

import pandas as pd
import pytest

from pipeline.normalise.allergies import Allergens
from pipeline.normalise.drug_text import Lexicon
from tests.normalise.conftest import REFERENCE

TABLE = [
    ("latex", "other"),
    ("n/a", "other"),
    ("nkda", "none"),
    ("no known drug allergies", "none"),
    ("pcn", "class:penicillin"),
    ("penicillins", "class:penicillin"),
    ("sulfa", "class:sulfonamide_antibiotic"),
    ("triple", "codeine; class:opioid"),
]


@pytest.fixture(scope="module")
def allergens(lexicon: Lexicon) -> Allergens:
    reactions = pd.read_csv(REFERENCE / "reactions.csv", dtype=str, keep_default_na=False)
    return Allergens(
        {"allergens": pd.DataFrame(TABLE, columns=["text", "term"]), "reactions": reactions},
        lexicon,
    )


@pytest.mark.parametrize(
    ("substance", "concepts"),
    [
        ("Penicillins", ["allergy:class:penicillin"]),
        ("SULFA", ["allergy:class:sulfonamide_antibiotic"]),
        ("codeine", ["allergy:codeine"]),
        ("Coumadin", ["allergy:warfarin"]),
        ("Paracetamol", ["allergy:acetaminophen"]),
        ("aspirin 81 mg", ["allergy:aspirin"]),
        ("allergic to codeine", ["allergy:codeine"]),
        ("triple", ["allergy:codeine", "allergy:class:opioid"]),
        ("PCN, Sulfa", ["allergy:class:penicillin", "allergy:class:sulfonamide_antibiotic"]),
        ("PCN; codeine and aspirin", ["allergy:class:penicillin", "allergy:codeine", "allergy:aspirin"]),
        ("PCN/sulfa", ["allergy:class:penicillin", "allergy:class:sulfonamide_antibiotic"]),
        ("PCN, latex", ["allergy:class:penicillin"]),
        ("NKDA", []),
        ("N/A", []),
        ("N.K.D.A.", None),
        ("No Known Drug Allergies.", []),
        ("Latex", []),
        ("moonshine", None),
        ("PCN, moonshine", None),
    ],
)
def test_a_substance(allergens: Allergens, substance: str, concepts: list[str] | None) -> None:
    assert allergens.concepts(substance) == concepts


def test_each_part_of_a_combination(allergens: Allergens) -> None:
    assert sorted(allergens.concepts("Bactrim DS")) == ["allergy:sulfamethoxazole", "allergy:trimethoprim"]


@pytest.mark.parametrize(
    ("substance", "reaction", "type_", "kind"),
    [
        ("codeine", "", "", "allergy"),
        ("codeine", "nausea", "", "intolerance"),
        ("codeine", "GI upset", "", "intolerance"),
        ("codeine", "severe nausea and vomiting", "", "intolerance"),
        ("codeine", "Nausea, constipation", "", "intolerance"),
        ("codeine", "intolerance: nausea", "", "intolerance"),
        ("codeine", "cough", "", "intolerance"),
        ("codeine (nausea)", "", "", "intolerance"),
        ("codeine - nausea", "", "", "intolerance"),
        ("codeine: nausea", "", "", "intolerance"),
        ("codeine [GI upset]", "", "", "intolerance"),
        ("intolerance to codeine", "", "", "intolerance"),
        ("codeine, nausea", "", "", "intolerance"),
        ("codeine", "", "Intolerance", "intolerance"),
        ("codeine", "felt odd", "intolerance", "intolerance"),
        ("codeine", "", "Side effect", "intolerance"),
        # What is an allergy, what nobody knows, and what is both count as an allergy.
        ("codeine", "rash", "", "allergy"),
        ("codeine (hives)", "", "", "allergy"),
        ("codeine", "nausea, hives", "", "allergy"),
        ("codeine", "nausea, tongue went blue", "", "allergy"),
        ("codeine", "felt odd", "", "allergy"),
        ("codeine", "anaphylaxis", "intolerance", "allergy"),
        ("codeine", "nausea", "Allergy", "allergy"),
        ("codeine", "nausea", "Drug", "intolerance"),
        ("codeine", "", "Adverse reaction", "allergy"),
        ("codeine", "unknown", "", "allergy"),
    ],
)
def test_an_allergy_or_an_intolerance(
    allergens: Allergens, substance: str, reaction: str, type_: str, kind: str
) -> None:
    assert allergens.concepts(substance, reaction, type_) == [f"{kind}:codeine"]


def test_the_entries_of_one_cell_have_their_own_reactions(allergens: Allergens) -> None:
    assert allergens.concepts("PCN (hives), Sulfa; codeine (nausea, vomiting)") == [
        "allergy:class:penicillin", "allergy:class:sulfonamide_antibiotic", "intolerance:codeine",
    ]  # fmt: skip
