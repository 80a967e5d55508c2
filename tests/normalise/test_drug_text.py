"""Drug texts as sources write them: what is understood, and above all what must not be."""

import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.normalise.drug_text import DrugText, Lexicon
from tests.normalise.shown import shown


@pytest.mark.parametrize(
    ("text", "ingredients", "match", "route", "strengths"),
    [
        # names, brands, salts
        ("Warfarin", "warfarin", "exact", "", "?"),
        ("warfarin sodium", "warfarin", "salt", "", "?"),
        ("COUMADIN 5 MG", "warfarin", "brand", "", "5 mg"),
        ("Paracetamol 500mg tablets", "acetaminophen", "generic", "oral", "500 mg/tablet"),
        ("LORazepam Oral Tablet 0.5 MG", "lorazepam", "exact", "oral", "0.5 mg/tablet"),
        ("Lithium Carbonate ER 450 mg", "lithium", "salt", "", "450 mg"),
        ("*NF* Metoprolol Tartrate", "metoprolol", "salt", "", "?"),
        ("Metoprolol Succinate XL", "metoprolol", "salt", "", "?"),
        # a longer name wins over a name and its salt
        ("Potassium Chloride ER 20 mEq tablet", "potassium chloride", "exact", "oral", "20 mEq/tablet"),
        ("ferrous sulfate 325 mg (65 mg iron) tablet", "ferrous sulfate", "exact", "oral", "325 mg/tablet"),
        # names in brackets agree
        ("HYDROmorphone (Dilaudid)", "hydromorphone", "exact", "", "?"),
        ("Namenda Oral Tablet 10 MG (Memantine HCl)", "memantine", "brand", "oral", "10 mg/tablet"),
        ("amLODIPine 5 MG Oral Tablet [Norvasc]", "amlodipine", "exact", "oral", "5 mg/tablet"),
        ("Acetaminophen (Tylenol) with codeine", "acetaminophen;codeine", "combination", "", "? + ?"),
        # combinations
        ("Carbidopa-Levodopa (25-100)", "carbidopa;levodopa", "combination", "", "25 mg + 100 mg"),
        ("Hydrocodone Bit/Acetaminophen 5-325 mg", "hydrocodone;acetaminophen", "combination", "", "5 mg + 325 mg"),
        ("aspirin + codeine", "aspirin;codeine", "combination", "", "? + ?"),
        ("aspirin and codeine", "aspirin;codeine", "combination", "", "? + ?"),
        ("Co-codamol 8mg/500mg tablets", "codeine;acetaminophen", "combination", "oral", "8 mg/tablet + 500 mg/tablet"),
        (
            "Acetaminophen 325 MG / Hydrocodone Bitartrate 7.5 MG Oral Tablet",
            "acetaminophen;hydrocodone",
            "combination",
            "oral",
            "325 mg/tablet + 7.5 mg/tablet",
        ),
        (
            "Senna-S 8.6-50 MG Oral Tablet (Sennosides-Docusate Sodium)",
            "sennosides;docusate",
            "brand",
            "oral",
            "8.6 mg/tablet + 50 mg/tablet",
        ),
        ("Bactrim DS", "sulfamethoxazole;trimethoprim", "brand", "", "800 mg + 160 mg"),
        ("Tylenol #3", "acetaminophen;codeine", "brand", "", "300 mg + 30 mg"),
        (
            "amoxicillin-clavulanate 250-62.5 mg/5 mL",
            "amoxicillin;clavulanate",
            "combination",
            "",
            "50 mg/mL + 12.5 mg/mL",
        ),
        # strengths and what they are per
        ("Lantus 100 UNIT/ML (Insulin Glargine)", "", "unrecognised", "", ""),
        ("Insulin Glargine U-100", "insulin glargine", "exact", "", "100 unit/mL"),
        ("hydroxyzine 12.5mg/5ml syrup", "hydroxyzine", "exact", "oral", "2.5 mg/mL"),
        ("warfarin 1,000 mcg", "warfarin", "exact", "", "1 mg"),
        ("warfarin .5 mg", "warfarin", "exact", "", "0.5 mg"),
        ("fentanyl 25 mcg/hr patch", "fentanyl", "exact", "transdermal", "0.025 mg/hour"),
        ("Clonidine Patch 0.24 mg/24 hr", "clonidine", "exact", "transdermal", "0.01 mg/hour"),
        ("Vitamin D3 25 mcg (1000 unit) tablet", "cholecalciferol", "generic", "oral", "0.025 mg/tablet"),
        ("Vitamin D 3 mcg", "cholecalciferol", "generic", "", "0.003 mg"),
        ("prednisone 5 mg 10 mg", "prednisone", "exact", "", "?"),
        # a number without a unit is not read as mg where it may be something else
        ("Fluticasone-Salmeterol Diskus (250/50)", "fluticasone;salmeterol", "combination", "inhalation", "? + ?"),
        ("calcium/vitamin d 600-400", "calcium;cholecalciferol", "combination", "", "? + ?"),
        # routes
        ("Gablofen 500 mcg/mL", "baclofen", "brand", "intrathecal", "0.5 mg/mL"),
        ("baclofen IT", "baclofen", "exact", "intrathecal", "?"),
        ("Ofloxacin 0.3% Ophth Soln", "ofloxacin", "exact", "ophthalmic", "3 mg/mL"),
        ("ofloxacin otic drops", "ofloxacin", "exact", "otic", "?"),
        ("prednisolone 1% cream", "prednisolone", "exact", "topical", "10 mg/g"),
        ("lidocaine patch", "lidocaine", "exact", "topical", "?"),
        ("testosterone gel 1%", "testosterone", "exact", "transdermal", "10 mg/g"),
        ("ASPIRIN 300 MG RE SUPP", "aspirin", "exact", "rectal", "300 mg/suppository"),
        ("aspirin 300 mg rectal suppository", "aspirin", "exact", "rectal", "300 mg/suppository"),
        ("ferrous sulfate 325 (65 FE) MG tablet", "ferrous sulfate", "exact", "oral", "325 mg/tablet"),
        ("metoprolol tartrate 50 (39 Base) MG", "metoprolol", "salt", "", "39 mg"),
        ("calcium-vitamin d 600-400 MG-UNIT", "calcium;cholecalciferol", "combination", "", "600 mg + 400 unit"),
        ("calcium-vitamin d 600-400 MG-UNIT-MCG", "calcium;cholecalciferol", "combination", "", "? + ?"),
        # strengths that the text says count more than those which the name fixes
        ("Bactrim DS 400-80 MG", "sulfamethoxazole;trimethoprim", "brand", "", "400 mg + 80 mg"),
        ("Tylenol #3 1-2 tabs q6h prn", "acetaminophen;codeine", "brand", "oral", "300 mg/tablet + 30 mg/tablet"),
        ("hydrocodone-acetaminophen 1-2 tabs", "hydrocodone;acetaminophen", "combination", "oral", "? + ?"),
        ("aspirin 81 mg tablet, give 2 tablets (162 mg)", "aspirin", "exact", "oral", "81 mg/tablet"),
        # a general name and an exact one
        ("Iron Oral Tablet 325 MG (Ferrous Sulfate)", "", "unrecognised", "", ""),
        ("Potassium 20 mEq (Potassium Chloride)", "potassium chloride", "exact", "", "20 mEq"),
        ("Potassium Chloride 20 mEq (potassium)", "potassium chloride", "exact", "", "20 mEq"),
        # mixtures and vehicles
        ("Potassium Chl 20 mEq / 1000 mL D5 1/2 NS", "potassium chloride", "abbreviation", "", "0.02 mEq/mL"),
        ("Heparin in D5W", "heparin", "exact", "", "?"),
        ("Lidocaine 1% without epinephrine", "lidocaine", "exact", "", "10 mg/mL"),
        ("Lidocaine 1%/Epinephrine 1:100000", "lidocaine;epinephrine", "combination", "", "? + ?"),
        # directions and remarks after the drug
        ("Metoprolol 25 mg PO BID", "metoprolol", "exact", "oral", "25 mg"),
        ("aspirin 81 mg, hold if on warfarin", "aspirin", "exact", "", "81 mg"),
        ("aspirin suppository if Coumadin is held", "aspirin", "exact", "rectal", "?"),
        ("aspirin 300 mg give rectally daily", "aspirin", "exact", "rectal", "300 mg"),
        # makers
        ("Coumadin 5 mg tablets (Blorb Healthcare Ltd)", "warfarin", "brand", "oral", "5 mg/tablet"),
        ("Apo-Lorazepam", "lorazepam", "exact", "", "?"),
        ("aspirin 81 mg tablet Someco", "aspirin", "exact", "oral", "81 mg/tablet"),
    ],
)
def test_text(lexicon: Lexicon, text: str, ingredients: str, match: str, route: str, strengths: str) -> None:
    drug = lexicon.read(text)
    assert (";".join(drug.ingredients), drug.match, drug.route, shown(drug.strengths)) == (
        ingredients,
        match,
        route,
        strengths,
    ), drug.reason


@pytest.mark.parametrize(
    "text",
    [
        "D5W", "D5 1/2NS", "0.9% Sodium Chloride (Mini Bag Plus)", "Sodium Chloride 0.9%  Flush", "NS",
        "LR",
        "Iso-Osmotic Dextrose",
        "Sterile Water For Irrigation", "Heparin Flush (10 units/ml)", "Syringe (IV Room)", "Vial",
        "insulin syringe", "BD Insulin Syringe U-100 0.5 mL", "Insulin Pen Needle 31G x 5 mm", "foam dressing",
        "Ensure Plus", "glucose test strips",
    ],
)  # fmt: skip
def test_no_drug(lexicon: Lexicon, text: str) -> None:
    drug = lexicon.read(text)
    assert drug.match == "non_drug"
    assert drug.ingredients == drug.strengths == ()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("aspirin/blorbazine", "blorbazine"),
        ("aspirin-blorbazine", "blorbazine"),
        ("aspirin with blorbazine", "blorbazine"),
        ("aspirin 81 mg / blorbazine 10 mg", "blorbazine"),
        ("aspirin 81 mg blorbazine 10 mg", "blorbazine"),
        ("aspirin blorbazine", "blorbazine"),
        ("blorbazine aspirin", "blorbazine"),
        ("blorbazine (aspirin)", "blorbazine"),
        ("aspirin (blorbazine)", "blorbazine"),
        ("Namenda (Donepezil HCl)", "contradiction"),
        ("Coumadin aspirin", "contradiction"),
        ("aspirin or warfarin", 'says "or"'),
        ("donepezil 5 mg or placebo", 'says "or"'),
        ("warfarin 5 mg daily and aspirin 81 mg daily", "further medicine"),
        ("Tylenol PM", "another product"),
        ("Norvasc HCT", "another product"),
        ("warfarin 5 mg for afib and aspirin", "further medicine"),
        ("warfarin 5 mg for afib, aspirin daily", "further medicine"),
        ("potassium (warfarin)", "contradiction"),
        ("aspirin (blorbazine Teva)", "blorbazine"),
        ("aspirin/ tablet blorbazine", "blorbazine"),
        ("aspirin-xxxx", "xxxx"),
        ("NS blorbazine", "blorbazine"),
        ("wound dressing daily, aspirin", "further medicine"),
        ("aspirin plus", "should follow"),
        ("aspirin free", "free"),
        ("potassium bromide", "bromide"),
        ("potassium aspirin", "cation"),
        ("sodium", "sodium"),
        ("sodium aspirin", "sodium"),
        ("tablet 500 mg", "no drug"),
        ("no aspirin", "no drug"),
        ("", "no words"),
        ("---", "no words"),
    ],
)
def test_never_resolved_wrongly(lexicon: Lexicon, text: str, reason: str) -> None:
    drug = lexicon.read(text)
    assert (drug.ingredients, drug.match) == ((), "unrecognised")
    assert reason in drug.reason


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hydralazine", "hydroxyzine"),
        ("clonidine", "clonazepam"),
        ("glipizide", "glyburide"),
        ("prednisone", "prednisolone"),
    ],
)
def test_lookalikes_are_told_apart(lexicon: Lexicon, one: str, other: str) -> None:
    assert lexicon.read(one).ingredients == (one,)
    assert lexicon.read(other.upper()).ingredients == (other,)


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [("hydralizine", "hydralazine"), ("hydroxizine", "hydroxyzine"), ("predisone 5 mg tablet", "prednisone")],
)
def test_a_misspelling_is_suggested_not_resolved(lexicon: Lexicon, misspelt: str, meant: str) -> None:
    assert lexicon.read(misspelt).match == "unrecognised"
    suggestions = lexicon.suggest(misspelt)
    assert suggestions[0] == meant
    assert len(lexicon.suggest(misspelt, limit=1)) == 1


def test_a_medicine_is_suggested_once_and_by_its_own_name(lexicon: Lexicon) -> None:
    assert lexicon.suggest("lithiam") == ["lithium"]
    assert lexicon.suggest("Cumadin") == ["coumadin"]


def test_suggests_nothing_for_nothing_alike(lexicon: Lexicon) -> None:
    assert lexicon.suggest("xxxxqqqq") == []


def test_two_meanings_of_a_name_are_not_resolved(order_tables: dict[str, pd.DataFrame]) -> None:
    twice = pd.DataFrame(
        {"name": ["ambigua"] * 2, "ingredients": ["aspirin", "warfarin"], "kind": "brand", "route": "", "strengths": ""}
    )
    drug = Lexicon({**order_tables, "names": twice}).read("Ambigua 5 mg")
    assert drug.match == "unrecognised"
    assert "two meanings" in drug.reason


def test_a_bare_number_is_never_a_name(order_tables: dict[str, pd.DataFrame]) -> None:
    number = pd.DataFrame({"name": ["3"], "ingredients": ["warfarin"], "kind": "brand", "route": "", "strengths": ""})
    assert Lexicon({**order_tables, "names": number}).read("aspirin 3 mg").ingredients == ("aspirin",)


def test_the_letters_of_a_biological_medicine_s_maker_are_dropped(order_tables: dict[str, pd.DataFrame]) -> None:
    row = {"name": "insulin-abcd", "ingredients": "insulin", "kind": "generic", "route": "", "strengths": ""}
    names = pd.DataFrame([row])
    lexicon = Lexicon({**order_tables, "names": names})
    assert lexicon.read("insulin-qrst 100 unit/mL").ingredients == ("insulin",)
    assert lexicon.read("insulin-qrstu").match == "unrecognised"
    assert lexicon.read("aspirin-qrst").match == "unrecognised"


def test_a_brand_s_ingredients_stand_in_the_order_of_the_names_in_brackets(lexicon: Lexicon) -> None:
    drug = lexicon.read("Senna-S 50-8.6 MG (Docusate-Sennosides)")
    assert drug.ingredients == ("docusate", "sennosides")
    assert shown(drug.strengths) == "50 mg + 8.6 mg"


def test_unexplained_words_are_told(lexicon: Lexicon) -> None:
    assert lexicon.read("aspirin 81 mg tablet Someco").reason == "not understood: someco"


PIECES = (
    "aspirin", "warfarin", "Coumadin", "blorbazine", "potassium", "sodium", "HCl", "chloride", "tablet", "vial",
    "10", "mg",
    "5-325", "1/2", "%", "/", "-", "+", "(", ")", "[", "and", "with", "or", "plus", "in", "D5W",
    "daily", "for", "PM", "U-100", "without", "syringe", "vitamin d", "3", "patch", ",", "q6h", "ophth",
)  # fmt: skip


@given(st.one_of(st.text(max_size=40), st.lists(st.sampled_from(PIECES), max_size=8).map(" ".join)))
def test_never_raises_and_a_canonical_text_reads_as_itself(lexicon: Lexicon, text: str) -> None:
    drug = lexicon.read(text)
    assert isinstance(drug, DrugText)
    assert len(drug.strengths) == len(drug.ingredients)
    assert bool(drug.ingredients) == (drug.match not in {"non_drug", "unrecognised"})
    if drug.match == "unrecognised":
        assert drug.reason
    if drug.ingredients:
        again = lexicon.read(" / ".join(drug.ingredients))
        assert again.ingredients == drug.ingredients
    assert "blorbazine" not in drug.ingredients


@given(st.lists(st.sampled_from(["aspirin", "warfarin", "prednisone"]), min_size=1, max_size=3, unique=True))
def test_an_unknown_part_spoils_any_combination(lexicon: Lexicon, known: list[str]) -> None:
    for at in range(len(known) + 1):
        parts = [*known[:at], "blorbazine", *known[at:]]
        assert lexicon.read("/".join(parts)).match == "unrecognised"


def test_reading_is_fast(lexicon: Lexicon) -> None:
    text = "Senna-S 8.6-50 MG Oral Tablet (Sennosides-Docusate Sodium)"
    best = float("inf")
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(100):
            lexicon.read(text)
        best = min(best, (time.perf_counter() - start) / 100)
    assert best < 0.001  # a tenth of this on an idle machine
