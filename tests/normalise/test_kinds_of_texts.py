"""Each kind of order text that homes export, by its name: the ingredients, or that it is no drug."""

import pytest

from pipeline.normalise.drug_text import Lexicon

NO_DRUG = "non_drug"
KINDS: dict[str, dict[str, str]] = {
    "brands of combinations": {
        "Norco": "hydrocodone;acetaminophen",
        "Sinemet 25-100": "carbidopa;levodopa",
        "Tylenol #3": "acetaminophen;codeine",
        "Augmentin 875": "amoxicillin;clavulanate",
        "Hyzaar 50-12.5": "losartan;hydrochlorothiazide",
        "Entresto 24-26 MG": "sacubitril;valsartan",
    },
    "combinations by slash": {
        "Losartan Pot/HCTZ": "losartan;hydrochlorothiazide",
        "Acetaminophen 325 MG / Hydrocodone Bitartrate 5 MG Oral Tablet [Norco]": "acetaminophen;hydrocodone",
    },
    "combinations by hyphen": {"Carbidopa-Levodopa 25-100": "carbidopa;levodopa"},
    "combinations by with": {
        "acetaminophen with codeine": "acetaminophen;codeine",
        "Calcium carbonate w/vitamin D": "calcium carbonate;cholecalciferol",
    },
    "combinations by plus and ampersand": {
        "caltrate 600 + D": "calcium carbonate;cholecalciferol",
        "Calcium carbonate + vitamin D3": "calcium carbonate;cholecalciferol",
        "Aluminum & Magnesium Hydroxide-Simethicone": "aluminum hydroxide;magnesium hydroxide;simethicone",
    },
    "truncated combinations": {
        "Hydrocodone Bit/Acetaminophen": "hydrocodone;acetaminophen",
        "Hydrocodone Bit/Acetaminop": "hydrocodone;acetaminophen",
        "Amox TR/Potassium Clavulanate": "amoxicillin;clavulanate",
        "Trimeth/Sulfa": "trimethoprim;sulfamethoxazole",
        "lisinopril/hydrochlorothiaz 20-12.5": "lisinopril;hydrochlorothiazide",
        "amlodipine-valsartan-hydrochlo": "amlodipine;valsartan;hydrochlorothiazide",
    },
    "a beginning of several names is none": {
        "lisinopril/hydro": "unrecognised",
        "atenolol and chlorthal": "unrecognised",
        "prednisone/methotr": "unrecognised",
    },
    "brackets": {"HYDROmorphone (Dilaudid)": "hydromorphone", "Tylenol (acetaminophen) 325 mg": "acetaminophen"},
    "intravenous mixtures": {
        "Potassium Chl 20 mEq / 1000 mL D5 1/2 NS": "potassium chloride",
        "Vancomycin 1 g in NS 250 mL": "vancomycin",
        "heparin 25000 units/D5W 250 mL": "heparin",
        "D5NS + 20 mEq KCl/L": "potassium chloride",
    },
    "RxNorm's packs and actuations": {
        "{28 (norethindrone 0.35 MG Oral Tablet) } Pack": "norethindrone",
        "24 HR metformin hydrochloride 500 MG Extended Release Oral Tablet": "metformin",
        "1 ML Enoxaparin sodium 100 MG/ML Prefilled Syringe": "enoxaparin",
        "NDA020503 200 ACTUAT albuterol 0.09 MG/ACTUAT Metered Dose Inhaler [Proventil]": "albuterol",
    },
    "Canada": {"APO-METOPROLOL 50MG": "metoprolol", "pms-Gabapentin": "gabapentin", "ACT-Clonidine": "clonidine"},
    "United Kingdom": {
        "co-codamol 8/500": "codeine;acetaminophen",
        "co-beneldopa 12.5mg/50mg": "benserazide;levodopa",
        "Adcal-D3": "calcium carbonate;cholecalciferol",
    },
    "insulins": {
        "Humulin 70/30": "insulin nph;insulin regular",
        "insulin asp prt-insulin aspart": "insulin aspart protamine;insulin aspart",
        "regular insulin": "insulin regular",
    },
    "vaccines": {"Influenza vaccine high-dose": "influenza vaccine", "Shingrix": "recombinant zoster vaccine"},
    "eye drops": {"latanoprost 0.005% eye drops": "latanoprost", "Cosopt": "dorzolamide;timolol"},
    "herbals": {"Ginkgo biloba 60 mg": "ginkgo", "St. John's Wort": "st john's wort"},
    "nutrition": dict.fromkeys(["Ensure", "Jevity 1.2", "Thick-It", "Glucerna shake"], NO_DRUG),
    "oxygen": dict.fromkeys(["Oxygen 2 LPM per nasal cannula", "O2 at 2 L/min via NC"], NO_DRUG),
    "diluents and flushes": dict.fromkeys(["0.9% Sodium Chloride", "D5W", "Heparin flush", "NS flush 10 ml"], NO_DRUG),
    "supplies, tests and dressings": dict.fromkeys(
        ["insulin syringes", "glucose test strips", "Foley catheter 16Fr", "Xeroform gauze", "lancets"], NO_DRUG
    ),
    "abbreviations": {
        "HCTZ": "hydrochlorothiazide", "APAP": "acetaminophen", "ASA": "aspirin", "KCl": "potassium chloride",
        "MSO4": "morphine",
    },
    "salts, hydrates and esters": {
        "atorvastatin calcium trihydrate": "atorvastatin",
        "cefuroxime axetil": "cefuroxime",
        "olmesartan medoxomil": "olmesartan",
        "ATORVASTATIN CA": "atorvastatin",
    },
    "INN and USAN": {"paracetamol": "acetaminophen", "salbutamol": "albuterol", "adrenaline": "epinephrine"},
}  # fmt: skip


@pytest.mark.parametrize("kind", KINDS)
def test_kind(whole: Lexicon, kind: str) -> None:
    for text, ingredients in KINDS[kind].items():
        drug = whole.read(text)
        assert (";".join(drug.ingredients) or drug.match) == ingredients, f"{text}: {drug.reason}"


@pytest.mark.parametrize(
    ("text", "route", "why"),
    [
        ("ATROPINE 1% OPHTH GTTS 2 GTT SL Q4H PRN", "sublingual", "eye drops given under the tongue"),
        ("Atropine 1% ophth drops 1 gtt OU BID", "ophthalmic", "eye drops given into the eyes"),
        ("voltaren gel 1%", "topical", "the form is part of the name"),
    ],
)
def test_route(whole: Lexicon, text: str, route: str, why: str) -> None:
    assert whole.read(text).route == route, why
