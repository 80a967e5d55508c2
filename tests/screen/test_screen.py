"""The kernels against the plain screen of `slow`, finding for finding, on residents and rules made up at random."""

from pathlib import Path

import pytest

from tests import toy
from tests.screen.residents import home, rules
from tests.screen.slow import Screen

COMPARED = ["patient_id", "rule_id", "severity", "drugs", "rows"]


@pytest.mark.parametrize("seed", range(8))
def test_the_kernels_find_what_the_plain_screen_finds(seed: int, tmp_path: Path) -> None:
    tables, residents = home(seed, 250)
    made = rules(seed, 40)
    book = toy.book(tmp_path, **made)
    result, normalised = toy.screened(book, **tables)

    found = {(*row, "") for row in result.findings[COMPARED].itertuples(index=False, name=None)}
    found |= set(result.held_back[[*COMPARED, "held_by"]].itertuples(index=False, name=None))
    unknown: dict[tuple, set[str]] = {}
    for patient, rule, what in result.missing[["patient", "rule", "missing"]].itertuples(index=False, name=None):
        key = (normalised.facts.ids[patient], book.rules["rule_id"][rule])
        unknown.setdefault(key, set()).add(what)

    written = {name: toy.rows(toy.TABLES[name]) for name in ("drugs", "classes")}
    written |= {name: [toy.rule(name, **row) for row in rows] for name, rows in made.items()}
    plain = Screen(written, toy.TODAY)
    expected, lacking = set(), {}
    for person in residents:
        findings, missing = plain.findings(person)
        expected |= {(person["id"], *finding) for finding in findings}
        lacking |= {(person["id"], rule): what for rule, what in missing.items()}

    both = unknown.keys() & lacking.keys()
    wrong = [("not found", *one) for one in expected - found] + [("found", *one) for one in found - expected]
    wrong += [("not told as missing", *one, lacking[one]) for one in lacking.keys() - unknown.keys()]
    wrong += [("told as missing", *one, unknown[one]) for one in unknown.keys() - lacking.keys()]
    wrong += [("missing", *one, unknown[one]) for one in both if not unknown[one] <= lacking[one]]
    assert not wrong, "\n".join(map(str, sorted(wrong, key=str)[:20]))
    assert len(expected) > 500, "too few findings to compare"
    assert len(lacking) > 250, "too little missing to compare"


def test_a_home_where_nothing_meets(tmp_path: Path) -> None:
    book = toy.book(tmp_path)
    assert toy.told(book, medications="patient_id,drug\n1,ivyrin\n") == []


def test_a_home_where_nothing_is_known(tmp_path: Path) -> None:
    book = toy.book(tmp_path)
    result, _ = toy.screened(book, medications="patient_id,drug\n1,some leaves\n")
    assert result.findings.empty
    assert result.missing.empty
