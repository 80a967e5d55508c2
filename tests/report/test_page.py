"""The page on everyone, read as a file: the same figures as the workbook, every text escaped, nothing from outside."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pipeline.report import page, page_tables, population
from pipeline.report.figures import Overview
from pipeline.review import Review
from pipeline.suppress import HIDDEN, suppressed


class Reader(HTMLParser):
    """The page's elements, and the texts of its tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: dict[str, list[list[str]]] = {}
        self._table: list[list[str]] | None = None
        self._in_cell = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "table":
            self._table = self.tables.setdefault(dict(attrs)["id"] or "", [])
        elif tag == "tr" and self._table is not None:
            self._table.append([])
        elif tag in ("th", "td") and self._table:
            self._table[-1].append("")
            self._in_cell = True

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td"):
            self._in_cell = False

    def handle_data(self, data: str) -> None:
        if self._in_cell and self._table:
            self._table[-1][-1] += data


def written(review: Review, folder: Path) -> str:
    path = folder / "population.html"
    page.write(review, path, lambda patient_id: f"patients/{patient_id.replace('/', '%2F')}.xlsx")
    return path.read_text(encoding="utf-8")


def test_the_page_tells_the_figures_of_the_workbook(review: Review, tmp_path: Path) -> None:
    read = Reader(written(review, tmp_path))
    population.write(review, tmp_path / "population.xlsx", lambda patient_id: patient_id)
    summary = openpyxl.load_workbook(tmp_path / "population.xlsx")["Summary"]
    rows = {row[0]: row[1:] for row in summary.iter_rows(values_only=True) if row[0]}
    for text, number, of, unit, share in read.tables["figures-table"][1:]:
        assert rows[text][:3] == (int(number.replace(",", "")), int(of.replace(",", "")), unit)
        assert share == ("none" if isinstance(rows[text][3], str) else f"{rows[text][3]:.1%}")
    for unit, *counts in read.tables["units-table"][1:]:
        assert [int(count) for count in counts] == list(rows[unit][:6])
    for problem, *counts in read.tables["problems-table"][1:]:
        *severities, residents, findings = rows[problem][:6]
        assert [int(count) for count in counts] == [*severities, findings, residents]
    missing = read.tables["missing-table"][1:]
    assert [row[2:] for row in missing] == [["4", "4", "41"], ["1", "4", "3"]]


def test_the_worklist_has_everyone_with_a_link_to_the_report(review: Review, tmp_path: Path) -> None:
    text = written(review, tmp_path)
    rows = Reader(text).tables["worklist-table"][1:]
    assert [row[0].split()[0] for row in rows] == ["007", "+1", "evil/1", "R-3"]
    assert [row[2] for row in rows] == ["Act today", "Act this week", "Not fully checked", "No findings"]
    assert [row[6] for row in rows] == ["NO", "Yes", "NO", "Yes"]
    assert (
        rows[0][5]
        == "Sedation and breathing (CNS depression) (contraindicated); Renal (major); Anticholinergic (minor)"
    )
    links = [attrs["href"] for tag, attrs in Reader(text).elements if tag == "a" and "xlsx" in (attrs["href"] or "")]
    # The percent sign is part of the file's name, so the link has to escape it.
    assert set(links) == {"patients/007.xlsx", "patients/%2B1.xlsx", "patients/evil%252F1.xlsx", "patients/R-3.xlsx"}


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "{{ 7 * 7 }}",
    "</title><b>",
    "&lt;i&gt;",
    "'",
]


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_of_the_input_stays_text(hostile: str, review: Review, tmp_path: Path) -> None:
    tables = {}
    for name in ("patients", "findings", "problems", "changes", "limits", "rejected", "unrecognised", "measures"):
        frame = getattr(review, name).copy()
        for column in frame:
            if frame[column].dtype == "str" and column not in ("tier", "severity", "status", "patient_id", "problem"):
                frame[column] = hostile + frame[column]
        tables[name] = frame
    text = written(replace(review, **tables, notices=(hostile,)), tmp_path)
    plain, told = written(review, tmp_path), Reader(text)
    ours = {tag for tag, _ in Reader(plain).elements}
    assert {tag for tag, _ in told.elements} <= ours
    assert sum(tag == "script" for tag, _ in told.elements) == 1
    assert not [attrs for _, attrs in told.elements if any(name.startswith("on") for name in attrs)]
    assert told.tables["rejected-table"][1][0].startswith(hostile), "and it is shown as it was written"


def test_nothing_comes_from_outside_and_the_policy_forbids_it(review: Review, tmp_path: Path) -> None:
    text = written(review, tmp_path)
    for tag, attrs in Reader(text).elements:
        assert tag not in ("link", "img", "iframe", "object", "embed", "form", "base")
        assert "src" not in attrs and "style" not in attrs
        assert not re.match("https?:|//", attrs.get("href") or "")
    assert "@import" not in text and "url(" not in text
    (policy,) = re.findall('Content-Security-Policy" content="([^"]*)"', text)
    assert policy.startswith("default-src 'none'; style-src &#39;sha256-")
    assert "unsafe" not in policy


def test_every_table_has_a_caption_and_headings_with_a_scope(review: Review, tmp_path: Path) -> None:
    elements = Reader(written(review, tmp_path)).elements
    assert sum(tag == "table" for tag, _ in elements) == sum(tag == "caption" for tag, _ in elements)
    assert all(attrs["scope"] in ("col", "row") for tag, attrs in elements if tag == "th")
    names = [attrs["id"] for _, attrs in elements if "id" in attrs]
    assert len(names) == len(set(names))
    led = {attrs["href"] for tag, attrs in elements if tag == "a" and (attrs["href"] or "").startswith("#")}
    assert led <= {f"#{name}" for name in names}


def test_bars_say_in_words_what_they_show(review: Review, tmp_path: Path) -> None:
    spoken = [
        attrs["aria-label"]
        for tag, attrs in Reader(written(review, tmp_path)).elements
        if tag == "svg" and attrs.get("role")
    ]
    assert "Oak House, West wing: 1 Act today, 1 No findings" in spoken
    assert "Sedation and breathing (CNS depression): 2 Contraindicated, 1 Moderate" in spoken


def test_a_long_list_is_cut_and_says_so(review: Review, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_tables, "MOST_ROWS", 2)
    many = replace(review, rejected=pd.concat([review.rejected] * 5, ignore_index=True))
    text = written(many, tmp_path)
    assert len(Reader(text).tables["rejected-table"]) == 3
    assert "Shows 2 of 5 rows; all of them are in rejected.csv." in text


def test_an_empty_review_still_makes_a_page(empty_review: Review, tmp_path: Path) -> None:
    text = written(empty_review, tmp_path)
    assert "No residents." in text and "No findings." in text and "<figure>" not in text


def test_the_same_review_gives_the_same_page(review: Review, tmp_path: Path) -> None:
    assert written(review, tmp_path) == written(review, tmp_path)


def test_without_lists_no_resident_is_named(review: Review, tmp_path: Path) -> None:
    page.write(review, tmp_path / "p.html", None, Overview.of(review))
    text = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "Okonkwo" not in text and "007" not in text and "Xyzolam" not in text
    assert "4 residents, as of 31 March 2026" in text


def test_figures_hide_a_small_part_and_a_small_rest(review: Review) -> None:
    shown = suppressed(Overview.of(review), 11)
    told = {one.text: (one.number, one.of) for one in shown.summary}
    assert told["Residents to act on today"] == (HIDDEN, HIDDEN), "there are four residents"
    assert told["Rules of the reference checked by a clinician"] == (0, 1234), "they are not people"
    assert set(shown.tiers["today"]) == {HIDDEN}
    assert set(shown.changes["indications"]) == {"not shown"}
    assert list(shown.tiers["place"]) == sorted(shown.tiers["place"]), "an order by size would tell who has more"


def test_what_was_accepted_and_not_carried_out_is_said_on_top(review: Review, tmp_path: Path) -> None:
    patients = review.patients.assign(not_done=[2, *[0] * (len(review.patients) - 1)])
    page.write(replace(review, patients=patients), tmp_path / "page.html", lambda patient_id: "patients/1.xlsx")
    told = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Accepted and not carried out: 2 findings of 1 resident." in told.partition("<nav")[0]
