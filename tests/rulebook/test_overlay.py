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


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("gpi,1,elmic", "site/codes.csv, line 2, column system: must be rxcui, ndc, atc"),
        ("rxcui,RX1,elmic", "site/codes.csv, line 2, column code: is no code of its system"),
        ("rxcui,1,", "site/codes.csv, line 2, column name: is empty"),
    ],
)
def test_codes_that_cannot_be_used(base: Path, site: Path, row: str, message: str) -> None:
    (site / "codes.csv").write_text(f"system,code,name\n{row}\n", encoding="utf-8")
    with pytest.raises(ReferenceDamagedError, match=message):
        compiled(laid_over(load(base), site))


def test_a_long_plain_table_reads_as_a_quoted_one(base: Path, site: Path) -> None:
    """Two readers share the work: each row, and the line that it stands on, is the same by both."""
    plain = "list,a,b\r\nours, alderine ,elmic\r\nours,birchol,null\r\n"
    (site / "pair_lists.csv").write_text(plain, encoding="utf-8-sig", newline="")
    one = laid_over(load(base), site).tables["pair_lists"]
    (site / "pair_lists.csv").write_text(plain.replace("elmic", '"elmic"'), encoding="utf-8-sig", newline="")
    other = laid_over(load(base), site).tables["pair_lists"]
    assert one.to_dict("records") == other.to_dict("records")
    assert one.dtypes.to_dict() == other.dtypes.to_dict()
    assert one.loc[0, ["a", "_line"]].tolist() == ["alderine", 2]


def test_a_row_cut_short_in_a_plain_table(base: Path, site: Path) -> None:
    (site / "pair_lists.csv").write_text("list,a,b\nours,alderine,elmic\nours,birchol\n", encoding="utf-8")
    assert refused(base, site) == "site/pair_lists.csv, line 3: 2 cells, not 3."
