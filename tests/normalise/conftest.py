"""A small reference: the real words of orders, and just the medicines that the tests name."""

from io import StringIO
from pathlib import Path

import pandas as pd
import pytest

from pipeline.normalise.directions import Directions
from pipeline.normalise.drug_text import Lexicon

REFERENCE = Path(__file__).resolve().parents[2] / "reference"

DRUGS = """ingredient,route
acetaminophen,oral
amlodipine,oral
aspirin,oral
baclofen,oral
calcium,oral
carbidopa,oral
cholecalciferol,oral
clavulanate,oral
amoxicillin,oral
clonazepam,oral
clonidine,oral
codeine,oral
docusate,oral
donepezil,oral
epinephrine,intravenous
fentanyl,intravenous
ferrous sulfate,oral
fluticasone,inhalation
glipizide,oral
glyburide,oral
heparin,intravenous
hydralazine,oral
hydrocodone,oral
hydromorphone,oral
hydroxyzine,oral
insulin,subcutaneous
insulin glargine,subcutaneous
iron,oral
levodopa,oral
lidocaine,topical
lithium,oral
lorazepam,oral
memantine,oral
metoprolol,oral
ofloxacin,oral
potassium,oral
potassium chloride,oral
prednisolone,oral
prednisone,oral
salmeterol,inhalation
sennosides,oral
sulfamethoxazole,oral
testosterone,transdermal
trimethoprim,oral
warfarin,oral
"""

NAMES = """name,ingredients,kind,route,strengths
bactrim ds,sulfamethoxazole;trimethoprim,brand,,800 mg;160 mg
co-codamol,codeine;acetaminophen,combination,,
coumadin,warfarin,brand,,
dilaudid,hydromorphone,brand,,
gablofen,baclofen,brand,intrathecal,
lithium carbonate,lithium,salt,,
namenda,memantine,brand,,
norvasc,amlodipine,brand,,
paracetamol,acetaminophen,generic,,
potassium chl,potassium chloride,abbreviation,,
senna-s,sennosides;docusate,brand,,
tylenol,acetaminophen,brand,,
tylenol #3,acetaminophen;codeine,brand,,300 mg;30 mg
vitamin d,cholecalciferol,generic,,
vitamin d3,cholecalciferol,generic,,
"""


def _read(text: StringIO | Path) -> pd.DataFrame:
    return pd.read_csv(text, dtype=str, keep_default_na=False)


@pytest.fixture(scope="session")
def order_tables() -> dict[str, pd.DataFrame]:
    words = ("salts", "forms", "non_drugs", "lookalikes", "warnings", "routes", "units", "frequencies")
    tables = {name: _read(REFERENCE / f"{name}.csv") for name in words}
    return {**tables, "drugs": _read(StringIO(DRUGS)), "names": _read(StringIO(NAMES))}


@pytest.fixture(scope="session")
def lexicon(order_tables: dict[str, pd.DataFrame]) -> Lexicon:
    return Lexicon(order_tables)


@pytest.fixture(scope="session")
def directions(order_tables: dict[str, pd.DataFrame]) -> Directions:
    return Directions(order_tables)


@pytest.fixture(scope="session")
def whole_tables() -> dict[str, pd.DataFrame]:
    """The tables of the shipped reference that the reading of drug texts needs."""
    words = ("salts", "forms", "non_drugs", "lookalikes", "warnings", "routes", "units")
    tables = {name: _read(REFERENCE / f"{name}.csv") for name in words}
    for name in ("drugs", "names"):
        tables[name] = pd.concat([_read(path) for path in sorted((REFERENCE / name).glob("*.csv"))], ignore_index=True)
    return tables


@pytest.fixture(scope="session")
def whole(whole_tables: dict[str, pd.DataFrame]) -> Lexicon:
    """The reader of drug texts with the whole shipped reference."""
    return Lexicon(whole_tables)
