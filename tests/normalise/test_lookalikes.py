"""Names that look alike: each is itself, a misspelling is neither, and both are suggested."""

from itertools import permutations

import pandas as pd
import pytest

from pipeline.normalise.drug_text import Lexicon

# Name by name from published lists of confused names.
CONFUSED = [
    ("hydralazine", "hydroxyzine"),
    ("clonidine", "clonazepam"),
    ("clonidine", "klonopin"),
    ("glipizide", "glyburide"),
    ("prednisone", "prednisolone"),
    ("celebrex", "celexa", "cerebyx"),
    ("lamictal", "lamisil"),
    ("zantac", "xanax", "zyrtec"),
    ("metformin", "metronidazole"),
    ("tramadol", "trazodone"),
    ("bupropion", "buspirone"),
    ("carbamazepine", "oxcarbazepine"),
    ("chlorpromazine", "chlorpropamide"),
    ("cycloserine", "cyclosporine"),
    ("daunorubicin", "doxorubicin"),
    ("dobutamine", "dopamine"),
    ("ephedrine", "epinephrine"),
    ("fluoxetine", "fluvoxamine", "paroxetine"),
    ("guaifenesin", "guanfacine"),
    ("hydrocodone", "oxycodone"),
    ("hydromorphone", "morphine"),
    ("lamivudine", "lamotrigine"),
    ("levetiracetam", "levofloxacin"),
    ("ms contin", "oxycontin"),
    ("methylprednisolone", "medroxyprogesterone"),
    ("nicardipine", "nifedipine"),
    ("novolin", "novolog"),
    ("humalog", "humulin"),
    ("quetiapine", "olanzapine"),
    ("risperidone", "ropinirole"),
    ("sitagliptin", "saxagliptin"),
    ("sumatriptan", "zolmitriptan"),
    ("tizanidine", "tiagabine"),
    ("vinblastine", "vincristine"),
    ("zolpidem", "zaleplon"),
]
PAIRS = [pair for names in CONFUSED for pair in permutations(names, 2)]
# One letter of Xanax makes another name: Panax is ginseng.
NAMES_OF_THEIR_OWN = {"panax", "cyclosporin", "levetiraceta"}
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@pytest.mark.parametrize(("name", "other"), PAIRS)
def test_each_is_itself_in_any_capitals(whole: Lexicon, name: str, other: str) -> None:
    own, others = whole.read(name).ingredients, whole.read(other).ingredients
    assert own and others and own != others
    tall_man = name[:4] + name[4:].upper()
    for text in (name.upper(), name.title(), tall_man, f"{tall_man} 10 mg Tab", f"*NF* {name} HCl"):
        assert whole.read(text).ingredients == own, text


@pytest.mark.parametrize("name", sorted({name for names in CONFUSED for name in names}))
def test_one_wrong_letter_is_no_name(whole: Lexicon, name: str) -> None:
    wrong = {name[:at] + name[at + 1 :] for at in range(len(name))}
    wrong |= {name[:at] + name[at + 1] + name[at] + name[at + 2 :] for at in range(len(name) - 1)}
    wrong |= {name[:at] + letter + name[at + 1 :] for at in range(len(name)) for letter in LETTERS}
    for text in wrong - {name, name.replace(" ", "")} - NAMES_OF_THEIR_OWN:
        assert whole.read(text).match == "unrecognised", text


@pytest.mark.parametrize(("name", "other"), PAIRS)
def test_a_misspelling_suggests_both(whole: Lexicon, name: str, other: str) -> None:
    middle = len(name) // 2
    suggestions = whole.suggest(f"{name[:middle]}{name[middle + 1 :]} 10 mg tablet")
    suggested = [whole.read(suggestion).ingredients for suggestion in suggestions]
    assert suggested[0] == whole.read(name).ingredients
    assert whole.read(other).ingredients in suggested


def test_what_ms_may_mean_is_suggested(whole: Lexicon) -> None:
    assert whole.read("MS 5 mg").match == "unrecognised"
    assert whole.suggest("MS 5 mg")[:2] == ["magnesium sulfate", "morphine"]


def test_every_pair_is_listed_both_ways_by_known_names(whole: Lexicon, whole_tables: dict[str, pd.DataFrame]) -> None:
    pairs = {(row.name, row.confused_with) for row in whole_tables["lookalikes"].itertuples(index=False)}
    for name, other in pairs:
        assert whole.read(other).ingredients
        assert (other, name) in pairs or not whole.read(name).ingredients


def test_a_maker_is_never_an_ingredient(whole: Lexicon, whole_tables: dict[str, pd.DataFrame]) -> None:
    forms = whole_tables["forms"]
    makers = forms.loc[forms["kind"] == "manufacturer", "word"]
    assert len(makers) > 200
    for maker in makers:
        for text in (
            f"lisinopril 10 mg tablet ({maker})", f"Lisinopril 10 MG Tab {maker.upper()}", f"lisinopril {maker}",
            f"{maker}-lisinopril 10 mg", f"{maker} lisinopril",
        ):  # fmt: skip
            assert whole.read(text).ingredients == ("lisinopril",), text


@pytest.mark.parametrize(
    "maker",
    ["Zydus", "Lupin", "Sandoz", "Alvogen", "Aurobindo", "Teva", "Mylan", "Par", "Major", "Rugby", "Time-Cap Labs",
     "Amneal", "Accord Healthcare Ltd", "Torrent", "Unichem", "Solco", "Camber", "Cipla USA Inc"],
)  # fmt: skip
def test_makers_in_brackets(whole: Lexicon, maker: str) -> None:
    drug = whole.read(f"Losartan Potassium 50 MG Oral Tablet ({maker})")
    assert drug.ingredients == ("losartan",)
