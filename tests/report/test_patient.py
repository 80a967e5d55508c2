"""The report on one resident, read back cell by cell."""

import openpyxl
import pytest

from pipeline.report import patient


@pytest.fixture
def read(review, tmp_path):
    """The sheet of a resident, and all of its texts in reading order."""

    def reader(patient_id, changed=review):
        path = tmp_path / "one.xlsx"
        patient.write(changed, patient_id, path)
        sheet = openpyxl.load_workbook(path).worksheets[0]
        texts = [str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value is not None]
        return sheet, texts

    return reader


def beside(sheet, text, column=1):
    """The value to the right of the first cell of a column that holds a text."""
    return next(row[column].value for row in sheet.iter_rows() if row[column - 1].value == text)


def test_says_who_it_is_about(read):
    sheet, texts = read("007")
    assert beside(sheet, "Resident") == "Margaret Okonkwo-Fitzgerald"
    assert beside(sheet, "Home") == "Oak House, West wing"
    assert beside(sheet, "Kidney function").startswith("eGFR 37 mL/min/1.73 m² (CKD-EPI 2021)")
    assert beside(sheet, "Id", 3) == "007"
    assert beside(sheet, "Age and sex", 3) == "84 years, female"
    assert beside(sheet, "Weight", 3) == "58 kg"
    assert beside(sheet, "Review of", 3).date().isoformat() == "2026-03-31"


def test_first_thing_to_do_stands_before_any_finding(read):
    sheet, texts = read("007")
    assert beside(sheet, "Act today") == "Call the prescriber today and agree on what to change."
    assert beside(sheet, 1).startswith("Lower baclofen to 5 mg")
    assert texts.index("Do first") < texts.index("Lower baclofen to 5 mg twice daily: it removes 3 of 5 findings.")
    assert texts.index("Do first") < texts.index("Problems, worst first")
    assert beside(sheet, 2).startswith("Baclofen + morphine: Lower the dose of one of the two")


def test_problems_come_worst_first_and_findings_that_say_the_same_are_joined(read):
    sheet, texts = read("007")
    headings = [cell.value for cell in sheet["A"] if cell.value and str(cell.value).endswith(("finding", "findings"))]
    assert headings == ["Sedation and breathing (CNS depression): 3 findings", "Kidney: 1 finding"]
    assert beside(sheet, "Contraindicated") == "Baclofen + morphine; Baclofen + hydrocodone"
    assert beside(sheet, "As ordered") == (
        "Lioresal 10 mg tablet, 10 mg, TID\nMS Contin 15 mg ER, 15 mg, BID\n"
        # Its column says no dose, and the directions might.
        "hydrocodone/APAP 5-325, q6h PRN, Give with food.\nHold if respirations are below 12."
    )
    assert beside(sheet, "Evidence") == "label: Lioresal label, 7; Kidney guideline, 4.4 (cited from memory)"
    assert "f007-1;f007-2" in texts, "the ids of the joined findings are kept for reading replies back"
    assert beside(sheet, "Major") == "Baclofen, with eGFR 37 (accepted at an earlier review, not carried out)"


def test_each_serious_finding_has_a_reply_to_choose(read):
    sheet, _ = read("007")
    (replies,) = sheet.data_validations.dataValidation
    assert replies.formula1 == '"Accept,Modify,Decline"'
    captions = [cell.row for cell in sheet["C"] if cell.value == "Reply"]
    assert len(captions) == 3
    assert {str(area) for area in replies.sqref.ranges} == {f"C{row + 1}" for row in captions}


def test_minor_and_resolved_findings_ask_for_nothing(read):
    _, texts = read("007")
    assert any(
        text.startswith("Baclofen. Dry mouth.") for text in texts[texts.index("Minor: be aware; no reply needed") :]
    )
    assert "Morphine" in texts[texts.index("Resolved since the last review") :]


def test_an_incomplete_review_says_so_and_why(read):
    sheet, _ = read("007")
    banner = beside(sheet, "REVIEW INCOMPLETE")
    assert "1 order not recognised and therefore not checked at all: “=Xyzolam 5 mg”." in banner
    assert "Missing: no potassium in the last year." in banner


def test_a_resident_who_was_not_fully_checked_is_never_clear(read):
    sheet, texts = read("evil/1")
    assert beside(sheet, "Not fully checked").startswith("Nothing was found in what could be checked.")
    assert beside(sheet, "REVIEW INCOMPLETE")
    assert not {"No findings", "Nothing to do.", "No findings."} & set(texts)
    assert not any("clear" in text.lower() for text in texts)


def test_incomplete_for_a_row_set_aside_names_the_list_of_such_rows(read, review):
    review.patients.loc[review.patients["patient_id"] == "R-3", "complete"] = False
    sheet, _ = read("R-3", review)
    assert "Rejected rows" in beside(sheet, "REVIEW INCOMPLETE")


def test_without_findings_nothing_is_promised(read):
    sheet, texts = read("R-3")
    assert beside(sheet, "No findings") == "Nothing to do."
    assert "REVIEW INCOMPLETE" not in texts
    assert "No findings in what could be checked." in texts


def test_medicines_stand_as_understood(read):
    sheet, _ = read("007")
    rows = {
        row[7].value: [cell.value for cell in row[:6]] for row in sheet.iter_rows() if isinstance(row[7].value, int)
    }
    assert rows[3][:4] == [
        "Current",
        "Lioresal 10 mg tablet, 10 mg, TID\n= baclofen\nFor: spasticity",
        "oral",
        "30 mg",
    ]
    assert rows[4][0] == "Current, as needed"
    assert rows[5][0] == "Stopped, as needed"
    assert "= acetaminophen + hydrocodone" in rows[5][1]
    assert "No indication given" in rows[5][1]
    assert rows[5][3] == "not known"
    assert rows[5][5].date().isoformat() == "2026-02-01"
    assert rows[6][0] == "NOT RECOGNISED. Current"
    assert list(rows)[0] == 6, "what was not recognised stands first"


def test_what_was_not_assessed_is_listed_for_the_resident_and_for_all(read):
    sheet, _ = read("007")
    assert beside(sheet, "This resident") == "no potassium in the last year\nNot checked: potassium before diuretics"
    assert beside(sheet, "Whole review") == "no table of conditions\nNot checked: checks of medicines against diseases"


def test_prints_on_pages_one_wide_that_name_the_resident_and_the_versions(read):
    sheet, _ = read("007")
    assert sheet.page_setup.orientation == "portrait"
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_area.startswith("'Medication review'!$A$1:$F$")
    assert sheet.oddHeader.left.text == "Margaret Okonkwo-Fitzgerald   id 007   31 Mar 2026"
    footer = sheet.oddFooter.left.text
    assert "medreview 0.1.0, reference 2026.1 (3f2a9c01d4e5)" in footer
    assert "0 of 1,234 rules checked by a clinician" in footer
    assert "does not replace" in footer
    assert not sheet.merged_cells.ranges


def test_a_page_header_cannot_be_used_to_run_codes_and_stays_short(read, review):
    review.patients.loc[review.patients["patient_id"] == "007", "name"] = "A&B &D " * 50
    sheet, _ = read("007", review)
    assert len(str(sheet.oddHeader.left.text)) < 200
    assert "A&&B &&D" in sheet.oddHeader.left.text


def test_signatures_are_asked_for(read):
    _, texts = read("R-3")
    assert {"Pharmacist", "Physician"} <= set(texts)


def test_every_resident_gets_a_file(review, tmp_path):
    patient.write_all(review, tmp_path, lambda patient_id: patient_id.replace("/", "_") + ".xlsx")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["+1.xlsx", "007.xlsx", "R-3.xlsx", "evil_1.xlsx"]
