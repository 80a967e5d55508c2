"""The terms of rules: every form that README gives, and what has none."""

import pytest

from pipeline.rulebook.terms import BODY, GROUPS, alternatives, entries, parse


@pytest.mark.parametrize(
    ("text", "kind", "name", "groups"),
    [
        ("alderine", "drug", "alderine", BODY),
        ("alder bark oil", "drug", "alder bark oil", BODY),
        ("alderine:intrathecal", "drug", "alderine", ("intrathecal",)),
        ("alderine:vaginal|local", "drug", "alderine", ("vaginal", "local")),
        ("alderine:any", "drug", "alderine", GROUPS),
        ("class:tree", "class", "tree", BODY),
        ("class:tree:intrathecal", "class", "tree", ("intrathecal",)),
        ("class:tree:any", "class", "tree", GROUPS),
        ("any", "any", "any", BODY),
        ("any:intrathecal", "any", "any", ("intrathecal",)),
        ("any:any", "any", "any", GROUPS),
        ("same", "same", "same", BODY),
        ("condition:gout", "condition", "gout", ()),
        ("allergy:alderine", "allergy", "alderine", ()),
        ("allergy:class:tree", "allergy_class", "tree", ()),
        ("allergy:same", "allergy_same", "", ()),
        ("alcohol", "state", "alcohol", ()),
        ("alcohol:heavy", "state", "alcohol:heavy", ()),
        ("hepatic:mild", "state", "hepatic:mild", ()),
        ("pregnant", "state", "pregnant", ()),
        ("male", "state", "male", ()),
    ],
)
def test_each_form(text: str, kind: str, name: str, groups: tuple[str, ...]) -> None:
    term = parse(text)
    assert (term.text, term.kind, term.name, term.groups) == (text, kind, name, groups)


@pytest.mark.parametrize(
    ("text", "name", "comparison", "threshold"),
    [
        ("age>=65", "age", ">=", 65),
        ("egfr<30", "egfr", "<", 30),
        ("potassium>5.5", "potassium", ">", 5.5),
        ("pump_refill_days<=7", "pump_refill_days", "<=", 7),
        ("weight_kg < 50", "weight_kg", "<", 50),
    ],
)
def test_bands(text: str, name: str, comparison: str, threshold: float) -> None:
    term = parse(text)
    assert (term.kind, term.name, term.comparison, term.threshold) == ("band", name, comparison, threshold)
    assert not term.is_drug


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "names nothing"),
        ("class:", "names nothing"),
        (":local", "names nothing"),
        ("alderine:nose", "no route group known"),
        ("alderine:vaginal|nose", "no route group known"),
        ("alcohol:very", "no route group known"),
        ("hepatic:fatal", "no route group known"),
        ("same:local", "by any route that reaches the body"),
    ],
)
def test_what_is_no_term(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse(text)


def test_a_bar_between_terms_is_or_and_between_route_groups_belongs_to_the_term() -> None:
    assert [term.text for term in alternatives("egfr<30|dialysis")] == ["egfr<30", "dialysis"]
    assert [term.text for term in alternatives("alderine|class:tree")] == ["alderine", "class:tree"]
    assert [term.text for term in alternatives("alderine:vaginal|local|birchol:rectal | any:inhaled|local")] == [
        "alderine:vaginal|local",
        "birchol:rectal",
        "any:inhaled|local",
    ]


def test_a_list_is_of_entries_and_each_of_its_alternatives() -> None:
    told = [[term.text for term in terms] for terms in entries("age>=65; egfr<30|dialysis ;")]
    assert told == [["age>=65"], ["egfr<30", "dialysis"]]
    assert entries("") == []
