"""What holds of the reading of any drug text, tried with the whole reference."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.normalise.drug_text import DrugText, Lexicon
from tests.normalise.conftest import REFERENCE

FORMS = ("", "tablet", "Oral Capsule", "ER Tablet", "TAB", "inj", "Solution", "(Brand)", "*NF*")
STRENGTHS = ("", "5 mg", "10MG", "0.5 mg", "5-325 mg", "20 mg/5 mL", "1,000 units", "2 %", "(25/100)")
TAILS = ("", "PO BID", "1 tab by mouth daily", "prn pain", "q6h", "- hold if SBP < 100")
JOINTS = ("/", "-", " + ", " and ", " with ", " & ", " w/ ")
UNKNOWN = st.text("bcdfgkz", min_size=5, max_size=9).map(lambda letters: f"q{letters}x")


def _column(table: str, column: str) -> list[str]:
    files = sorted((REFERENCE / table).glob("*.csv"))
    return sorted({name for path in files for name in pd.read_csv(path, dtype=str, keep_default_na=False)[column]})


INGREDIENTS = st.sampled_from(_column("drugs", "ingredient"))
NAMES = st.one_of(INGREDIENTS, st.sampled_from(_column("names", "name")))


@st.composite
def orders(draw: st.DrawFn) -> str:
    """A text as homes write them, of one to three names."""
    names = draw(st.lists(NAMES, min_size=1, max_size=3))
    joint = draw(st.sampled_from(JOINTS))
    parts = [joint.join(names), *(draw(st.sampled_from(one)) for one in (FORMS, STRENGTHS, FORMS, TAILS))]
    return " ".join(filter(None, parts))


@pytest.fixture(scope="module")
def known(whole_tables: dict[str, pd.DataFrame]) -> set[str]:
    return set(whole_tables["drugs"]["ingredient"])


@given(st.one_of(orders(), st.text(max_size=60)))
def test_what_is_resolved_reads_as_itself(whole: Lexicon, known: set[str], text: str) -> None:
    drug = whole.read(text)
    assert set(drug.ingredients) <= known
    assert len(drug.strengths) == len(drug.ingredients) == len(set(drug.ingredients))
    assert bool(drug.ingredients) == (drug.match not in {"non_drug", "unrecognised"})
    if drug.ingredients:
        assert set(whole.read(" / ".join(drug.ingredients)).ingredients) == set(drug.ingredients)
    else:
        assert drug.reason


@given(INGREDIENTS)
def test_every_ingredient_reads_as_itself(whole: Lexicon, ingredient: str) -> None:
    assert whole.read(ingredient).ingredients == (ingredient,)


@given(orders(), st.sampled_from((str.upper, str.lower, str.title, str.swapcase)), st.sampled_from((" ", "  ", "\t")))
def test_capitals_and_blanks_say_nothing(whole: Lexicon, text: str, capitals: object, blank: str) -> None:
    assert callable(capitals)
    changed = f"{blank}{capitals(text)}{blank}".replace(" ", blank)
    assert _without_words(whole.read(changed)) == _without_words(whole.read(text))


def _without_words(drug: DrugText) -> tuple[object, ...]:
    return drug.ingredients, drug.match, drug.route, drug.strengths


@given(st.lists(INGREDIENTS, min_size=1, max_size=3, unique=True), UNKNOWN, st.sampled_from(JOINTS), st.data())
def test_an_unknown_ingredient_spoils_the_whole(
    whole: Lexicon, names: list[str], unknown: str, joint: str, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(names)))
    text = joint.join([*names[:at], unknown, *names[at:]])
    assert whole.read(text).match == "unrecognised"


@given(orders(), UNKNOWN)
def test_an_unknown_name_before_an_order_or_beside_its_name_spoils_it(whole: Lexicon, text: str, unknown: str) -> None:
    assert not whole.read(f"{unknown} {text}").ingredients
    assert not whole.read(f"{unknown} 10 mg / {text}").ingredients


@given(orders())
def test_suggestions_are_known_names(whole: Lexicon, text: str) -> None:
    suggestions = whole.suggest(f"{text}x")
    assert len(suggestions) == len(set(suggestions)) <= 3
    for name in suggestions:
        assert whole.read(name).match != "non_drug"
