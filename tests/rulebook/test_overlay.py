"""A site's own rows over a whole reference: added, replaced, switched off, and nothing under a mistyped name."""

from pathlib import Path

import pytest

from pipeline.errors import ReferenceDamagedError
from pipeline.rulebook.compile import compiled
from pipeline.rulebook.load import load
from pipeline.rulebook.overlay import laid_over, reference
from tests import toy

RULE = {"rule_id": "alder-elm", "a": "alderine", "b": "elmic", "severity": "major"}


@pytest.fixture
def base(tmp_path: Path) -> Path:
    return toy.write(tmp_path / "whole", pairs=[RULE])


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "site").mkdir()
    return tmp_path / "site"


def refused(base: Path, site: Path) -> str:
    with pytest.raises(ReferenceDamagedError) as caught:
        laid_over(load(base), site)
    return str(caught.value)


def test_rows_are_added_and_rows_of_the_same_key_replaced(base: Path, site: Path) -> None:
    (site / "drugs.csv").write_text("ingredient,atc,route\nyarrowin,,oral\nelmic,B02BB01,topical\n", encoding="utf-8")
    laid = laid_over(load(base), site)
    drugs = laid.tables["drugs"].set_index("ingredient")
    assert drugs.loc[["yarrowin", "elmic"], "route"].tolist() == ["oral", "topical"]
    assert drugs.loc["elmic", "_file"] == "site/drugs.csv"
    assert laid.version.endswith("with site: 1 added, 1 replaced, 0 switched off")
    assert laid.hash != load(base).hash


def test_a_rule_is_replaced_by_a_row_that_leaves_columns_out(base: Path, site: Path) -> None:
    (site / "pairs").mkdir()
    words = (
        "rule_id,check,a,b,severity,problem,effect,mechanism,management,evidence,sources,authored_by,checked_by,active"
    )
    row = "alder-elm,interaction,alderine,elmic,minor,load,E.,M.,Do.,label,herbal,us,unreviewed,yes"
    (site / "pairs" / "ours.csv").write_text(f"{words}\n{row}\n", encoding="utf-8")
    rules = compiled(laid_over(load(base), site)).rules.set_index("rule_id")
    assert rules.loc["alder-elm", "severity"] == "minor"


def test_a_rule_is_switched_off(base: Path, site: Path) -> None:
    (site / "switched_off.csv").write_text("rule_id,reason\nalder-elm,decided by the committee\n", encoding="utf-8")
    laid = laid_over(load(base), site)
    assert laid.tables["pairs"].set_index("rule_id").loc["alder-elm", "active"] == "no"
    assert "1 switched off" in laid.version


@pytest.mark.parametrize(
    ("file", "content", "message"),
    [
        ("switched_off.csv", "rule_id,reason\nalder-oak,\n", "'alder-oak' is no rule of the reference"),
        ("pair.csv", "rule_id\nx\n", "pair.csv is no table of the reference"),
        ("drugs.xlsx", "", "drugs.xlsx is no table of the reference"),
        ("drugs.csv", "ingredient,atc,way\nx,,oral\n", "the heading 'way' is not one of ingredient,atc,route"),
        ("drugs.csv", "ingredient,atc\nx,\n", "the heading route is missing of ingredient,atc,route"),
        ("drugs.csv", "ingredient,atc,route\nx,,oral\nx,,topical\n", "line 3: this row stands in the folder twice"),
        ("drugs.csv", "ingredient,atc,route\n", "holds no row to lay over the reference"),
    ],
)
def test_what_is_refused(base: Path, site: Path, file: str, content: str, message: str) -> None:
    (site / file).write_text(content, encoding="utf-8")
    assert message in refused(base, site)


def test_a_folder_with_a_changelog_is_a_whole_reference(base: Path) -> None:
    assert reference(base).hash == load(base).hash


def test_a_folder_without_one_is_laid_over_the_programs_own(site: Path) -> None:
    (site / "names.csv").write_text("name,ingredients,kind,route,strengths\nhousemix,baclofen,brand,,\n", "utf-8")
    laid = reference(site)
    assert "housemix" in set(laid.tables["names"]["name"])
    assert len(laid.tables["drugs"]) == len(reference().tables["drugs"])
