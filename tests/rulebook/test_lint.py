"""The linter: each kind of problem is found, with its file, line and column."""

from pathlib import Path

import pytest

from pipeline.rulebook.lint import lint
from tests import toy
from tests.conftest import REPOSITORY


def test_the_reference_of_the_repository_is_clean() -> None:
    assert lint(REPOSITORY / "reference") == []


def test_the_toy_is_clean(tmp_path: Path) -> None:
    assert lint(toy.write(tmp_path)) == []


# Of each table rows to append, and what is wrong with them; each table of the toy ends a line above the first.
BAD_ROWS = {
    "drugs": [
        ("ivyrin,C03DA01,oral", "line 10, column ingredient: the row 'ivyrin' stands there twice"),
        ("jasmin,,oral", ""),
        ("jasmin,J01AA01,oral", "line 12, column ingredient: 'jasmin' stands in the drugs already"),
        ("ixia,,oral", "line 13, column ingredient: 'ixia' is not in its sorted place"),
        ("kelp,A1,oral", "line 14, column atc: 'A1' is no list of seven-character ATC codes"),
        ("larch,,mouthwards", "line 15, column route: 'mouthwards' is no route of routes.csv"),
        ("Moss,,oral", "line 16, column ingredient: 'Moss' is not lower case"),
        (",,oral", "line 17, column ingredient: is empty"),
    ],
    "names": [
        ("elmicor,alderine,brand,,", "line 4, column name: 'elmicor' stands in the names already"),
        ("ivyrin,elmic,brand,,", "line 5, column name: 'ivyrin' is an ingredient, and needs no row here"),
        ("jade,nothing,brand,,", "line 6, column ingredients: 'nothing' names an ingredient that drugs does not have"),
        ("kite,elmic,pet name,,", "line 7, column kind: 'pet name' is none of brand, generic, salt"),
        ("lime,elmic,brand,nose,", "line 8, column route: 'nose' is no route of routes.csv"),
        ("moss,elmic;ivyrin,brand,,10 mg", "line 9, column strengths: '10 mg' is not one strength for each ingredient"),
    ],
    "classes": [
        ("vine,atc:Z09,", "line 12, column member: 'atc:Z09' is no ingredient, class or ATC prefix of any drug"),
        ("vine,elmic,", ""),
        ("vine,elmic,2", "line 14, column member: 'elmic' is in this class already"),
        ("vine,ivyrin,three", "line 15, column weight: 'three' is no number of points"),
        ("vine,nothing,", "line 16, column member: 'nothing' is no ingredient, class or ATC prefix of any drug"),
    ],
    "conditions": [
        ("rash,icd11,L50", "line 8, column kind: 'icd11' is none of icd10, icd9, words"),
        ("rash,icd10,L50.1", "line 9, column value: 'L50.1' is no code prefix in capitals without a dot"),
    ],
    "allergens": [("zebra,class:zebra", "line 5, column term: 'class:zebra' is no ingredient or class, nor none")],
    "reactions": [("tears,sorrow", "line 4, column kind: 'sorrow' is neither allergy nor side_effect")],
    "lab_units": [
        ("zinc,mg/L,1", "line 7, column test: 'zinc' is no test of labs.csv"),
        ("zinc,g/L,many", "line 8, column factor: 'many' is no number"),
    ],
    "lab_ranges": [("potassium,g/L,none,1", "line 4, column low: 'none' is no number")],
    "routes": [
        ("zigzag,zigzag,nowhere", "line 12, column group: 'nowhere' is none of systemic, rectal"),
        ("zigzag,rectal,rectal", "line 13, column text: 'zigzag' stands in the routes already"),
    ],
    "lookalikes": [("elmic,oak", "line 3, column confused_with: 'oak' is no ingredient and no name of one")],
    "warnings": [
        ("um,sign,may be anything", "line 4, column kind: 'sign' is none of word, unit, trailing_zero, naked_decimal"),
        ("un,unit,", "line 5, column warning: is empty"),
    ],
    "sources": [
        ("herbal,paper,Another,,,no", "line 3, column key: 'herbal' names another source already"),
        ("ivy_book,article,Of ivy,,,no", "line 4, column key: no rule, scale or measure cites 'ivy_book'"),
        ("journal,article,Of all,,,perhaps", "line 5, column seen: 'perhaps' is neither yes nor no"),
    ],
    "problems": [
        ("zeal,,some,often,", "line 4, column acts: 'some' is neither each nor together"),
        ("zest,Zest,each,often,", "line 5, column today_from: 'often' is none of contraindicated"),
    ],
    "scales": [
        ("zoo,Zoo,animals,points,1,a,,,ark", "line 4, column problem: 'animals' is no problem of problems.csv"),
        ("zoo_2,Zoo,burden,points,1,a,,,", "line 5, column sources: is empty"),
    ],
    "scale_items": [("zoo,z,elmic,heads,", "line 4, column counts: 'heads' is none of points, ingredients")],
    "measures": [
        ("zoo,Z,rules,lion,1,,,,,,,,,", "line 4, column of: 'lion' names a rule that there is not"),
        ("zoo_2,Z,heads,,1,,,,,,,,,ark", "line 5, column sources: 'ark' names a source that sources does not have"),
        ("zoo_3,Z,ingredients,,1,,,,,,,,,", "line 6, column sources: is empty"),
    ],
    "canaries": [("ivyrin;hazelor,nothing", "line 3, column rule_id: 'nothing' is no rule")],
}


@pytest.mark.parametrize("table", BAD_ROWS)
def test_rows_with_a_problem_each(tmp_path: Path, table: str) -> None:
    rows = "".join(f"{row}\n" for row, _ in BAD_ROWS[table])
    problems = lint(toy.write(tmp_path, **{table: toy.TABLES[table] + rows}))
    for _, expected in BAD_ROWS[table]:
        if expected:
            assert any(found.startswith(f"{table}.csv, {expected}") for found in problems), (expected, problems)


def test_rules_with_a_problem_each(tmp_path: Path) -> None:
    bad = [
        ({"rule_id": "Alderine Elmic"}, "rule_id", "'Alderine Elmic' is not lower case with hyphens"),
        ({"rule_id": "hazelor-ivyrin"}, "rule_id", "'hazelor-ivyrin' names another rule already"),
        ({"check": "sum"}, "check", "'sum' is none of interaction, duplicate"),
        ({"severity": "dreadful"}, "severity", "'dreadful' is none of contraindicated, major"),
        ({"active": "maybe"}, "active", "'maybe' is none of yes, no"),
        ({"problem": ""}, "problem", "is empty"),
        ({"problem": "mischief"}, "problem", "'mischief' is no problem of problems.csv"),
        ({"effect": ""}, "effect", "is empty"),
        ({"mechanism": ""}, "mechanism", "is empty"),
        ({"management": ""}, "management", "is empty"),
        ({"evidence": ""}, "evidence", "is empty"),
        ({"sources": ""}, "sources", "is empty"),
        ({"authored_by": ""}, "authored_by", "is empty"),
        ({"sources": "herbal;nothing"}, "sources", "'herbal;nothing' names a source that sources does not have"),
        ({"checked_by": "a clinician"}, "reviewed_on", "a rule that was checked needs the day on which it was"),
    ]
    good = toy.RULES["pairs"]
    rows = [good, *(good | {"rule_id": f"bad-{at}"} | cells for at, (cells, _, _) in enumerate(bad))]
    problems = lint(toy.write(tmp_path, pairs=rows))
    for line, (_, column, expected) in enumerate(bad, 3):
        told = f"pairs.csv, line {line}, column {column}: {expected}"
        assert any(found.startswith(told) for found in problems), (told, problems)


def test_a_class_that_contains_itself(tmp_path: Path) -> None:
    classes = "class,member,weight\nring,class:ring,\n"
    assert lint(toy.write(tmp_path, classes=classes, allergens="text,term\nnkda,none\n")) == [
        "classes.csv, line 2, column member: the class 'ring' contains itself."
    ]


def test_every_problem_is_told_in_the_order_of_files_and_lines(tmp_path: Path) -> None:
    drugs = toy.TABLES["drugs"].replace("A01AA02", "A1").replace("A01AA01", "A0")
    classes = "class,member,weight\nx,nothing,\n"
    problems = lint(toy.write(tmp_path, drugs=drugs, classes=classes, allergens="text,term\nnkda,none\n"))
    assert [problem.split(":")[0] for problem in problems] == [
        "classes.csv, line 2, column member",
        "drugs.csv, line 2, column atc",
        "drugs.csv, line 3, column atc",
    ]


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        ({"a": "nothing"}, "pairs.csv, line 2, column a: 'nothing' is not in the reference."),
        ({"a": "alderine:systemic", "b": "alderine:rectal"}, "pairs.csv, line 2, column rule_id: no fact can meet"),
        ({"b": "class:none_left"}, "pairs.csv, line 2, column rule_id: no fact can meet this rule"),
    ],
)
def test_what_only_compiling_shows(tmp_path: Path, cells: dict[str, str], problem: str) -> None:
    classes = toy.TABLES["classes"].replace("plant,cedarin,0", "none_left,elmic,0\nplant,cedarin,0")
    problems = lint(toy.write(tmp_path, classes=classes, pairs=[toy.RULES["pairs"] | cells]))
    assert len(problems) == 1
    assert problems[0].startswith(problem)


def test_a_table_that_cannot_be_loaded_is_the_one_problem(tmp_path: Path) -> None:
    folder = toy.write(tmp_path, drugs="ingredient,atc\nalderine,\n")
    assert lint(folder) == ["drugs.csv: the headings must be ingredient,atc,route, not ingredient,atc."]


def test_what_nothing_asks_for(tmp_path: Path) -> None:
    problems = toy.TABLES["problems"] + "zeal,Zeal,each,major,\n"
    classes = toy.TABLES["classes"] + "vine,elmic,\n"
    assert lint(toy.write(tmp_path, problems=problems, classes=classes)) == [
        "classes.csv, line 12, column class: no rule, scale, measure or class asks for 'vine'",
        "problems.csv, line 4, column problem: no rule is about 'zeal'",
    ]


# The class load is alderine, birchol, firostat and ivyrin.
WIDE = {"rule_id": "wide", "a": "elmic", "b": "class:load"}
NARROW = [
    {"rule_id": f"narrow-{name}", "a": name, "b": "elmic"} for name in ("alderine", "birchol", "firostat", "ivyrin")
]


@pytest.mark.parametrize(
    ("narrow", "told"),
    [
        (NARROW, True),
        # One medicine of the class is left to the wide rule.
        (NARROW[1:], False),
        # A narrow rule that asks for more, or for another problem, leaves the wide one its say.
        ([NARROW[0] | {"when": "smoker"}, *NARROW[1:]], False),
        ([NARROW[0] | {"min_daily_dose": "5 mg"}, *NARROW[1:]], False),
        ([NARROW[0] | {"problem": "burden"}, *NARROW[1:]], False),
        ([NARROW[0] | {"a": "alderine:systemic"}, *NARROW[1:]], False),
    ],
)
def test_a_rule_that_others_always_hide(tmp_path: Path, narrow: list[dict[str, str]], told: bool) -> None:
    problems = lint(toy.write(tmp_path, pairs=[toy.RULES["pairs"], *narrow, WIDE]))
    line = len(narrow) + 3
    hidden = f"pairs.csv, line {line}, column rule_id: narrower rules for the same problem always speak before this one"
    assert problems == ([hidden] if told else [])
