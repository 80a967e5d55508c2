"""The report on everyone, read back cell by cell."""

from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from pipeline.report import figures, listings, population, trends


@pytest.fixture
def book(review, tmp_path):
    return write(review, tmp_path)


def write(review, tmp_path):
    path = tmp_path / "population.xlsx"
    population.write(review, path, lambda patient_id: f"patients/{patient_id.replace('/', '%2F')}.xlsx")
    return openpyxl.load_workbook(path)


def column(sheet, heading):
    (number,) = [cell.column for cell in sheet[1] if cell.value == heading]
    return [row[number - 1].value for row in sheet.iter_rows(min_row=2)]


def row_of(sheet, text):
    return next([cell.value for cell in row] for row in sheet.iter_rows() if row[0].value == text)


def test_sheets_go_from_summary_to_detail(book):
    assert book.sheetnames == [
        "Summary", "Worklist", "Problems", "What would help most", "Measures", "Scales", "Drugs", "Prescribers",
        "Findings", "Medications", "Not assessable", "Rejected rows", "Unrecognised drugs", "Method",
    ]  # fmt: skip


@pytest.mark.parametrize("title", ["Worklist", "Problems"])
def test_a_reply_can_be_chosen_in_a_list(title, book):
    """Beside the ids of the findings that it answers, by which it is read back."""
    sheet = book[title]
    headings = [cell.value for cell in sheet[1]]
    assert headings[-5:] == ["Reply", "By", "Rationale", "Date", "Finding ids"]
    (choice,) = sheet.data_validations.dataValidation
    column = openpyxl.utils.get_column_letter(headings.index("Reply") + 1)
    assert str(choice.sqref) == f"{column}2:{column}{sheet.max_row}"


def test_of_many_days_the_trend_shows_the_last_one_of_each_month():
    nights = [f"2026-{month:02}-{day:02}" for month in (1, 2, 3) for day in range(1, 29)]
    assert trends.shown_days(nights[:24]) == nights[:24]
    assert trends.shown_days(nights) == ["2026-01-28", "2026-02-28", "2026-03-28"]


def test_figures_have_denominators(book):
    sheet = book["Summary"]
    assert row_of(sheet, "Residents to act on today")[1:5] == [1, 4, "residents", 0.25]
    assert row_of(sheet, "Residents whose review is incomplete")[1:4] == [2, 4, "residents"]
    # The finding that was resolved since the last review no longer counts.
    assert row_of(sheet, "Findings that are contraindicated or major")[1:4] == [4, 6, "findings"]
    assert row_of(sheet, "Orders with a drug that was not recognised")[1:4] == [2, 7, "orders"]
    assert row_of(sheet, "Rows of the input that were set aside")[1:4] == [1, 8, "rows"]
    assert row_of(sheet, "Rules of the reference checked by a clinician")[1:4] == [0, 1234, "rules"]


def test_summary_names_whom_to_see_first(book):
    sheet = book["Summary"]
    late, first = [cell for cell in sheet["A"] if cell.hyperlink][:2]
    assert late.value == first.value == "007  Margaret Okonkwo-Fitzgerald"
    assert sheet.cell(late.row - 1, 1).value == "1 finding of 1 resident. Find out today why."
    assert sheet.cell(late.row + 1, 1).value == "Oak House, West wing: Baclofen, with eGFR 37"
    assert first.hyperlink.target == "patients/007.xlsx"
    assert sheet.cell(first.row + 1, 1).value.startswith("Oak House, West wing: Lower baclofen")
    linked = [cell.value for cell in sheet["A"] if cell.hyperlink]
    assert not any(text.startswith("R-3") for text in linked), "who has no finding need not be seen first"


def test_charts_draw_the_tables_above_them(book):
    sheet = book["Summary"]
    tiers, problems, loads = sheet._charts
    assert len(tiers.series) == 5
    assert len(problems.series) == 4
    assert len(loads.series) == 1
    assert row_of(sheet, "7-9")[1] == 1
    assert row_of(sheet, "0")[1] == 3, "who has no row in scales.csv has no points"
    categories = tiers.series[0].cat.numRef or tiers.series[0].cat.strRef
    first = categories.f.split("$A$")[1].rstrip(":")
    assert sheet[f"A{first}"].value == "Oak House, West wing"
    assert row_of(sheet, "Sedation and breathing (CNS depression)")[1:] == [2, 0, 1, 0, 1, 3]


def test_units_beyond_the_most_pressing_are_added_up_and_not_drawn(review, tmp_path):
    one = review.patients.iloc[[0]]
    many = pd.concat([one.assign(patient_id=f"p{n}", unit=f"unit {n:02}") for n in range(13)], ignore_index=True)
    sheet = write(type(review)(**{**vars(review), "patients": many}), tmp_path)["Summary"]
    assert row_of(sheet, "3 other units")[1:] == [0, 3, 0, 0, 0, 3]
    reference = (sheet._charts[0].series[0].val.numRef.f).split("$")
    assert int(reference[-1]) - int(reference[-3].rstrip(":")) == 9


def test_worklist_puts_the_most_pressing_first_and_links_to_the_report(book):
    sheet = book["Worklist"]
    assert column(sheet, "Resident") == ["007", "+1", "evil/1", "R-3"]
    assert column(sheet, "Tier") == ["1 Act today", "2 Act this week", "4 Not fully checked", "5 No findings"]
    assert column(sheet, "Review complete") == ["NO", "Yes", "NO", "Yes"]
    assert column(sheet, "Contraindicated") == [2, 0, 0, 0]
    assert column(sheet, "Major") == [1, 1, 0, 0]
    # The percent sign is part of the file's name, so the link has to escape it.
    assert [sheet.cell(row, 1).hyperlink.target for row in (2, 3, 4)] == [
        "patients/007.xlsx", "patients/%2B1.xlsx", "patients/evil%252F1.xlsx",
    ]  # fmt: skip


def test_findings_are_a_table_with_the_gravest_first(book):
    sheet = book["Findings"]
    assert column(sheet, "Severity") == ["1 Contraindicated"] * 2 + ["2 Major"] * 3 + ["3 Moderate", "4 Minor"]
    assert column(sheet, "Drugs")[0] == "baclofen + morphine"
    assert column(sheet, "Since the last review")[3:5] == [
        "accepted at an earlier review, not carried out",
        "resolved since the last review",
    ]
    assert sheet.freeze_panes == "B2"
    assert sheet.print_title_rows == "$1:$1"
    table = sheet.tables["Findings"]
    assert table.ref == table.autoFilter.ref == "A1:V8"
    assert table.column_names == [cell.value for cell in sheet[1]]


def test_tables_have_names_and_their_sheets_stay_readable(book):
    assert [name for sheet in book for name in sheet.tables] == [
        "Worklist", "Problems", "WhatWouldHelpMost", "Measures", "Scales", "Drugs", "Prescribers", "Findings",
        "Medications", "NotAssessable", "RejectedRows", "UnrecognisedDrugs",
    ]  # fmt: skip
    for sheet in book:
        assert not sheet.merged_cells.ranges
        assert sheet.page_setup.fitToHeight == 0
        assert all(sheet.column_dimensions[cell.column_letter].width >= 8 for cell in sheet[1])


def test_numbers_dates_and_ids_keep_their_types(book):
    sheet = book["Medications"]
    assert column(sheet, "Resident")[1] == "007"
    assert column(sheet, "Daily dose")[0] == 900
    assert column(sheet, "Since")[0].date().isoformat() == "2025-11-04"
    assert sheet["N2"].is_date
    measures = book["Measures"]
    assert [cell.value for cell in measures[2]][3:] == [1, 2, 0.5, 0.0945, 0.9055, 1, 0]
    assert measures["F2"].number_format == "0.0%"
    assert measures["F3"].value is None, "nothing to count is not a rate of 0"


def test_what_was_not_recognised_is_not_guessed(book):
    assert column(book["Medications"], "Understood as")[4] == "NOT RECOGNISED"
    assert column(book["Unrecognised drugs"], "Nearest known names (not used)") == ["alprazolam; midazolam"]
    assert column(book["Rejected rows"], "Value") == ["=1+1"]
    assert column(book["Not assessable"], "Resident") == ["Whole review", "007"]


def test_method_says_what_the_words_mean_and_what_made_the_report(book):
    texts = [str(cell.value) for row in book["Method"].iter_rows() for cell in row if cell.value]
    assert {"Act today", "Not fully checked", "Contraindicated", "Judgement"} <= set(texts)
    assert "8 rows read, 7 accepted, 1 set aside" in texts
    assert any("hash 3f2a9c01d4e5b6a7" in text for text in texts)
    assert book.properties.title == "Population medication review"
    assert book.properties.creator == "medreview 0.1.0"


def test_a_sheet_that_is_cut_says_so(review, tmp_path, monkeypatch):
    monkeypatch.setattr(listings, "MAX_ROWS", 3)
    monkeypatch.setattr("pipeline.report.method.MAX_ROWS", 3)
    book = write(review, tmp_path)
    assert column(book["Findings"], "Severity") == ["1 Contraindicated"] * 2 + ["2 Major"]
    sentence = "Sheet Findings lists 3 of 7 rows; all of them are in findings.csv."
    for name in ("Summary", "Method"):
        assert any(cell.value == sentence for row in book[name].iter_rows() for cell in row)


def test_an_empty_review_still_makes_a_workbook(empty_review, tmp_path):
    book = write(empty_review, tmp_path)
    assert book["Findings"]["A2"].value == "No findings."
    assert not book["Findings"].tables
    assert row_of(book["Summary"], "Residents to act on today")[1:5] == [0, 0, "residents", "none"]
    assert not book["Summary"]._charts


def test_problems_have_one_row_with_what_to_do(book):
    sheet = book["Problems"]
    assert column(sheet, "Severity")[:2] == ["1 Contraindicated", "2 Major"]
    assert column(sheet, "Medicines")[0] == "baclofen, hydrocodone, morphine"
    assert column(sheet, "Findings")[0] == 3
    assert column(sheet, "What to do")[0].endswith("Taper one at a time.")


def test_changes_are_added_up_over_residents(review, tmp_path):
    one = review.changes.iloc[[0]]
    more = [one, one.assign(patient_id="+1", taper="", points_before=9), one.assign(patient_id="+1", drug="gabapentin")]
    changed = replace(review, changes=pd.concat(more, ignore_index=True))
    sheet = write(changed, tmp_path)["What would help most"]
    rows = list(sheet.iter_rows(min_row=2, max_col=5, values_only=True))
    assert rows == [("Stop or swap", "baclofen", 2, 18, 1), ("Stop or swap", "gabapentin", 1, 12, 1)]


def test_only_the_ten_greatest_changes_are_told(review):
    many = pd.concat([review.changes.assign(drug=f"drug {n:02}", points_before=10 + n) for n in range(12)])
    assert list(figures.common_changes(replace(review, changes=many))["drug"]) == [
        f"drug {n:02}" for n in range(11, 1, -1)
    ]


def test_drugs_have_their_prevalence_and_their_share_of_the_findings(book):
    sheet = book["Drugs"]
    rows = {row[0]: row[1:] for row in sheet.iter_rows(min_row=2, max_col=8, values_only=True)}
    # Three of the six findings that stand name baclofen beside another or alone, and two more of them alone.
    assert rows["baclofen"] == (1, 4, 0.25, 1, 4, 4 / 6, 3)
    assert "hydrocodone" not in rows, "its order has stopped"


def test_prescribers_have_no_rate_below_the_fewest_residents(review, tmp_path):
    sheet = write(review, tmp_path)["Prescribers"]
    (row,) = sheet.iter_rows(min_row=2, values_only=True)
    assert row == ("Dr A. Okafor", 4, 6, 6, 2, "fewer than 11 residents", None, None)
    ten = pd.concat([review.medications.assign(patient_id=f"p{n}", row=100 + n).iloc[[0]] for n in range(7)])
    review = replace(review, medications=pd.concat([review.medications, ten], ignore_index=True))
    table = figures.prescribers(review)
    assert table["residents"].tolist() == [11]
    assert table["rate"].tolist() == [2 / 11]
    assert table["low"][0] < 2 / 11 < table["high"][0]


def test_scales_that_reach_a_threshold_stand_with_what_adds_to_them(book):
    sheet = book["Scales"]
    assert column(sheet, "Scale") == ["Sedative load"]
    assert column(sheet, "Reached") == ["high"]
    assert column(sheet, "What adds to it") == ["baclofen 2; morphine 2"]


def test_measures_tell_whom_they_leave_out(book):
    sheet = book["Measures"]
    assert column(sheet, "Excluded") == [1, 0]
    assert column(sheet, "Not assessable") == [0, 1]
