"""Order texts in the styles of common record systems, read with the whole reference.

`order_texts.csv` has more of them: with the ingredients, or `non_drug` or `unrecognised`, the route and the strengths
that each text says.
"""

import csv
from pathlib import Path

import pytest

from pipeline.normalise.drug_text import Lexicon
from tests.normalise.shown import shown

REFERENCE = Path(__file__).resolve().parents[2] / "reference"
TEXTS = Path(__file__).with_name("order_texts.csv")

# Each text, and below it: ingredients, how they were found, the route it says, the first ingredient's strength.
ORDERS = """
Tylenol Tablet 325 MG (Acetaminophen) Give 2 tablet by mouth every 4 hours as needed for mild pain
    acetaminophen | brand | oral | 325 mg/tablet
Dulcolax Suppository 10 MG (Bisacodyl) Insert 1 rectally as needed if MOM not effective
    bisacodyl | brand | rectal | 10 mg/suppository
Senna-Plus Tablet 8.6-50 MG (Sennosides-Docusate Sodium)
    sennosides;docusate | brand | oral | 8.6 mg/tablet
Lantus SoloStar Solution Pen-injector 100 UNIT/ML (Insulin Glargine) Inject 22 unit at bedtime for DM
    insulin glargine | brand | subcutaneous | 100 unit/mL
NovoLOG FlexPen 100 UNIT/ML (Insulin Aspart) Inject as per sliding scale: if 150 - 200 = 2 units
    insulin aspart | brand |  | 100 unit/mL
HumuLIN 70/30 Subcutaneous Suspension (70-30) 100 UNIT/ML (Insulin NPH Isophane & Regular)
    insulin nph;insulin regular | brand | subcutaneous | ?
HumuLIN R U-500 (CONCENTRATED) Subcutaneous Solution 500 UNIT/ML (Insulin Regular Human)
    insulin regular | brand | subcutaneous | 500 unit/mL
HumuLIN N Subcutaneous Suspension 100 UNIT/ML (Insulin NPH Human (Isophane))
    insulin nph | brand | subcutaneous | 100 unit/mL
Semglee (yfgn) Subcutaneous Solution Pen-injector 100 UNIT/ML (Insulin Glargine-yfgn)
    insulin glargine | brand | subcutaneous | 100 unit/mL
Ozempic (0.25 or 0.5 MG/DOSE) Subcutaneous Solution Pen-injector 2 MG/3ML (Semaglutide)
    semaglutide | brand | subcutaneous | 0.666667 mg/mL
ProAir HFA Inhalation Aerosol Solution 108 (90 Base) MCG/ACT (Albuterol Sulfate) 2 puff inhale orally
    albuterol | brand | inhalation | 0.09 mg/puff
Albuterol Sulfate HFA Inhalation Aerosol Solution 108 (90 Base) MCG/ACT
    albuterol | salt | inhalation | 0.09 mg/puff
DuoNeb Inhalation Solution 0.5-2.5 (3) MG/3ML (Ipratropium-Albuterol)
    ipratropium;albuterol | brand | inhalation | 0.166667 mg/mL
Advair Diskus Aerosol Powder Breath Activated 250-50 MCG/DOSE (Fluticasone-Salmeterol)
    fluticasone;salmeterol | brand | inhalation | 0.25 mg/dose
Trelegy Ellipta Aerosol Powder Breath Activated 100-62.5-25 MCG/ACT (Fluticasone-Umeclidin-Vilant)
    fluticasone;umeclidinium;vilanterol | brand | inhalation | 0.1 mg/puff
Artificial Tears Ophthalmic Solution 1.4 % (Polyvinyl Alcohol)
    polyvinyl alcohol | exact | ophthalmic | 14 mg/mL
Artificial Tears Ophthalmic Solution 0.1-0.3 % (Dextran 70-Hypromellose)
    dextran 70;hypromellose | exact | ophthalmic | 1 mg/mL
Cosopt Ophthalmic Solution 22.3-6.8 MG/ML (Dorzolamide HCl-Timolol Mal)
    dorzolamide;timolol | brand | ophthalmic | 22.3 mg/mL
Nitro-Dur Transdermal Patch 24 Hour 0.2 MG/HR (Nitroglycerin)
    nitroglycerin | brand | transdermal | 0.2 mg/hour
Catapres-TTS-1 Transdermal Patch Weekly 0.1 MG/24HR (cloNIDine)
    clonidine | brand | transdermal | 0.00416667 mg/hour
OxyCONTIN Oral Tablet ER 12 Hour Abuse-Deterrent 10 MG (oxyCODONE HCl)
    oxycodone | brand | oral | 10 mg/tablet
Morphine Sulfate (Concentrate) Oral Solution 20 MG/ML *Controlled Drug* Give 0.25 ml q2h
    morphine | salt | oral | 20 mg/mL
SEROquel Oral Tablet 25 MG (QUEtiapine Fumarate) Give 1 tablet related to UNSPECIFIED DEMENTIA (F03.91)
    quetiapine | brand | oral | 25 mg/tablet
Sertraline HCl Oral Tablet 50 MG Give 1.5 tablet one time a day for depression (total 75 mg)
    sertraline | salt | oral | 50 mg/tablet
Stalevo 100 Oral Tablet 25-100-200 MG (Carbidopa-Levodopa-Entacapone)
    levodopa;carbidopa;entacapone | brand | oral | 100 mg/tablet
Mucinex DM Oral Tablet Extended Release 12 Hour 30-600 MG (Dextromethorphan-guaiFENesin)
    dextromethorphan;guaifenesin | brand | oral | 30 mg/tablet
Metoprolol Tartrate Oral Tablet 25 MG Give 1 tablet two times a day Hold for SBP < 110 or HR < 60
    metoprolol | salt | oral | 25 mg/tablet
Magnesium Oxide -Mg Supplement Oral Tablet 400 (240 Mg) MG
    magnesium oxide | generic | oral | 400 mg/tablet
Zinc Sulfate Oral Capsule 220 (50 Zn) MG
    zinc sulfate | exact | oral | 220 mg/capsule
Zinc Oral Tablet 50 MG (Zinc Sulfate)
    zinc sulfate | exact | oral | 50 mg/tablet
Iron Oral Tablet 325 (65 Fe) MG (Ferrous Sulfate)
    ferrous sulfate | exact | oral | 325 mg/tablet
Calcium 600 Oral Tablet 600 MG (Calcium Carbonate)
    calcium carbonate | exact | oral | 600 mg/tablet
Calcium Carbonate-Vitamin D Oral Tablet 600-400 MG-UNIT
    calcium carbonate;cholecalciferol | combination | oral | 600 mg/tablet
Caltrate 600+D3 Oral Tablet 600-20 MG-MCG (Calcium Carb-Cholecalciferol)
    calcium carbonate;cholecalciferol | brand | oral | 600 mg/tablet
Vitamin D3 Oral Tablet 25 MCG (1000 UT) (Cholecalciferol)
    cholecalciferol | generic | oral | 0.025 mg/tablet
Multi-Vitamin/Minerals Oral Tablet (Multiple Vitamins w/ Minerals) Give 1 tablet by mouth one time a day
    multivitamin with minerals | generic | oral | ?
Antacid Oral Suspension 200-200-20 MG/5ML (Alum & Mag Hydroxide-Simeth)
    aluminum hydroxide;magnesium hydroxide;simethicone | combination | oral | 40 mg/mL
Voltaren Arthritis Pain External Gel 1 % (Diclofenac Sodium)
    diclofenac | brand | topical | 10 mg/g
Lac-Hydrin Five External Lotion 5 % (Lactic Acid (Ammonium Lactate))
    ammonium lactate | brand | topical | 50 mg/mL
Vancomycin HCl in NaCl Intravenous Solution 1-0.9 GM/200ML-%
    vancomycin | salt | intravenous | ?
Retacrit Injection Solution 10000 UNIT/ML (Epoetin Alfa-epbx)
    epoetin alfa | brand | parenteral | 10000 unit/mL
Lioresal Intrathecal Intrathecal Solution 2000 MCG/ML (Baclofen)
    baclofen | brand | intrathecal | 2 mg/mL
LORAZEPAM 0.5MG TAB (ATIVAN) 1 TAB PO Q6H PRN ANXIETY X14 DAYS
    lorazepam | exact | oral | 0.5 mg/tablet
POT CHLORIDE ER 10MEQ TAB
    potassium chloride | abbreviation | oral | 10 mEq/tablet
AMOX/K CLAV TAB 875-125
    amoxicillin;clavulanate | abbreviation | oral | 875 mg/tablet
TRIAMT/HCTZ CAP 37.5-25
    triamterene;hydrochlorothiazide | abbreviation | oral | 37.5 mg/capsule
insulin lispro (HumaLOG, AdmeLOG) 100 unit/mL injection pen
    insulin lispro | exact | parenteral | 100 unit/mL
insulin glargine (LANTUS,BASAGLAR) 100 unit/mL (3 mL) InPn
    insulin glargine | exact |  | 100 unit/mL
metoprolol succinate (TOPROL-XL) 24 hr tablet 25 mg
    metoprolol | salt | oral | 25 mg/tablet
albuterol (PROVENTIL HFA;VENTOLIN HFA) 90 mcg/actuation inhaler
    albuterol | exact | inhalation | 0.09 mg/puff
ipratropium-albuterol (DUO-NEB) 0.5 mg-3 mg(2.5 mg base)/3 mL nebulizer solution 3 mL
    ipratropium;albuterol | combination | inhalation | 0.5 mg
calcium carbonate-vitamin D3 (OSCAL-500 + D) 500 mg-5 mcg (200 unit) per tablet
    calcium carbonate;cholecalciferol | combination |  | 500 mg
magnesium oxide (MAG-OX) 400 mg (241.3 mg magnesium) tablet
    magnesium oxide | exact | oral | 400 mg/tablet
glycerin-hypromellose-PEG 400 (ARTIFICIAL TEARS) 0.2-0.2-1 % drops
    glycerin;hypromellose;polyethylene glycol 400 | combination |  | 2 mg/mL
albuterol-ipratropium 2.5 mg-0.5 mg/3 mL inhalation solution
    albuterol;ipratropium | combination | inhalation | 0.833333 mg/mL
clotrimazole-betamethasone topical 1%-0.05% topical cream
    clotrimazole;betamethasone | combination | topical | 10 mg/g
nicotine 21 mg/24 hr transdermal film, extended release
    nicotine | exact | transdermal | 0.875 mg/hour
Co-codamol 30mg/500mg tablets
    codeine;acetaminophen | combination | oral | 30 mg/tablet
Co-trimoxazole 80mg/400mg tablets
    trimethoprim;sulfamethoxazole | combination | oral | 80 mg/tablet
Co-beneldopa 25mg/100mg modified-release capsules
    benserazide;levodopa | combination | oral | 25 mg/capsule
Madopar 100mg/25mg dispersible tablets (Roche Products Ltd)
    levodopa;benserazide | brand | oral | 100 mg/tablet
Calcium carbonate 1.5g / Colecalciferol 400unit chewable tablets
    calcium carbonate;cholecalciferol | combination | oral | 1500 mg/tablet
Trimbow 87micrograms/dose / 5micrograms/dose / 9micrograms/dose inhaler
    beclomethasone;formoterol;glycopyrrolate | brand | inhalation | 0.087 mg/dose
Lantus 100units/ml solution for injection 3ml pre-filled SoloStar pens (Sanofi)
    insulin glargine | brand | subcutaneous | 100 unit/mL
Humulin I 100units/ml suspension for injection 3ml cartridges (Eli Lilly and Company Ltd)
    insulin nph | brand | parenteral | 100 unit/mL
Latanoprost 50micrograms/ml / Timolol 5mg/ml eye drops
    latanoprost;timolol | combination | ophthalmic | 0.05 mg/mL
Butec 10micrograms/hour transdermal patches (Qdem Pharmaceuticals Ltd)
    buprenorphine | brand | transdermal | 0.01 mg/hour
Laxido Orange oral powder sachets sugar free (Galen Ltd)
    polyethylene glycol 3350;potassium chloride;sodium bicarbonate;sodium chloride | brand | oral | ?
Hydrocortisone 1% / Clotrimazole 1% cream
    hydrocortisone;clotrimazole | combination | topical | 10 mg/g
Baclofen 5mg/5ml oral solution sugar free
    baclofen | exact | oral | 1 mg/mL
TEVA-BACLOFEN 10MG TAB
    baclofen | exact | oral | 10 mg/tablet
SINEMET 100/25 TAB
    levodopa;carbidopa | brand | oral | 100 mg/tablet
RATIO-LENOLTEC NO 3 TAB
    acetaminophen;caffeine;codeine | brand | oral | 300 mg/tablet
coumadin 2.5mg M-W-F, 5mg other days
    warfarin | brand |  | 2.5 mg
novolog ss ac & hs
    insulin aspart | brand |  | ?
humulin
    insulin | brand |  | ?
ntg 0.4 mg sl q5min x3 prn chest pain
    nitroglycerin | abbreviation | sublingual | 0.4 mg
baclofen pump 250 mcg/day
    baclofen | generic | intrathecal | 0.0104167 mg/hour
cepacol lozenge prn
    benzocaine;menthol | brand | oromucosal | ?
Maxzide 37.5-25 mg tablet
    triamterene;hydrochlorothiazide | brand | oral | 37.5 mg/tablet
adalimumab-zzxq 40 mg/0.4 mL
    adalimumab | exact |  | 100 mg/mL
"""

NO_DRUGS = """
Pro-Stat Oral Liquid (Amino Acids-Protein Hydrolys) Give 30 ml by mouth two times a day
Jevity 1.5 Cal Oral Liquid (Nutritional Supplements) via PEG-Tube 55 ml/hr
Fortisip Compact liquid vanilla (Nutricia Ltd)
Thick & Easy Clear powder
Oxygen at 2 L/min via nasal cannula continuous
Water for injections 10ml ampoules
cleanse wound with NS, apply hydrogel and dry dressing daily
mepilex border sacrum q3days
TED hose on am off hs
Gelclair
"""

UNRECOGNISED = """
magic mouthwash swish & spit
IPRATROPIUM/ SOL ALBUTER
lisinopril-hydr 20-12.5
insulin aspart-prot 70/30
artificial tears (warfarin)
zinc (warfarin)
NS gentamycin
trazadone 50mg qhs
"""


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


@pytest.mark.parametrize(("text", "understood"), list(zip(lines(ORDERS)[::2], lines(ORDERS)[1::2], strict=True)))
def test_text(whole: Lexicon, text: str, understood: str) -> None:
    drug = whole.read(text)
    first = next(iter(drug.strengths), None)
    strength = f"{first.value:g} {first.unit}" + f"/{first.per}" * bool(first.per) if first else "?"
    found = [";".join(drug.ingredients), drug.match, drug.route, strength]
    assert found == [part.strip() for part in understood.split("|")], drug.reason


@pytest.mark.parametrize("text", lines(NO_DRUGS))
def test_no_drug(whole: Lexicon, text: str) -> None:
    assert whole.read(text).match == "non_drug"


@pytest.mark.parametrize("text", lines(UNRECOGNISED))
def test_never_guessed(whole: Lexicon, text: str) -> None:
    drug = whole.read(text)
    assert (drug.ingredients, drug.match) == ((), "unrecognised")


@pytest.mark.parametrize(
    ("misspelt", "meant"), [("Baclofin", "baclofen"), ("Metropolol Tartrate", "metoprolol"), ("Seroquil", "seroquel")]
)
def test_the_first_suggestion(whole: Lexicon, misspelt: str, meant: str) -> None:
    assert whole.suggest(misspelt)[0] == meant


def test_the_table_of_texts(whole: Lexicon) -> None:
    wrong = []
    with TEXTS.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        drug = whole.read(row["text"])
        found = {
            "text": row["text"],
            "ingredients": ";".join(drug.ingredients) or drug.match,
            "route": drug.route,
            "strengths": shown(drug.strengths) if any(drug.strengths) else "",
        }
        if found != row:
            wrong.append(f"{row}\n{found} {drug.reason}")
    assert len(rows) > 1000
    assert not wrong, "\n\n".join(wrong)
