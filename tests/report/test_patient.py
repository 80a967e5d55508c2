"""The report on one resident, read back cell by cell."""

from dataclasses import replace

import openpyxl
import pandas as pd
import pytest

from pipeline.report import patient
from pipeline.tables import RESPONSES


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
    assert beside(sheet, "Kidney").startswith("eGFR 37 mL/min/1.73 m² (CKD-EPI 2021)")
    assert beside(sheet, "Id", 3) == "007"
    assert beside(sheet, "Age and sex", 3) == "84 years, female"
    assert beside(sheet, "Weight", 3) == "58 kg"
    assert beside(sheet, "Review of", 3).date().isoformat() == "2026-03-31"


def test_what_to_do_first_stands_before_any_problem(read):
    sheet, texts = read("007")
    assert beside(sheet, "Act today") == "Call the prescriber today and agree on what to change."
    assert beside(sheet, "Do first: 1") == "Lower baclofen to 5 mg twice daily: it removes 3 of 5 findings."
    assert texts.index("Do first: 1") < texts.index("Contraindicated")
    assert beside(sheet, 2) == (
        "ACCEPTED AND NOT CARRIED OUT: Baclofen, with eGFR 37: Halve the dose and look again in a week. "
        "Do not stop it abruptly."
    )
    # Of a longer advice the first sentence, which stands for itself.
    assert beside(sheet, 3) == (
        "Baclofen + morphine: Lower the dose of one of the two, or stop the one with the weaker indication."
    )


def test_the_change_that_helps_most_says_what_it_takes(read):
    sheet, _ = read("007")
    assert beside(sheet, "Helps most") == (
        "Stop or swap: baclofen (score 15 to 3; resolves Sedation and breathing (CNS depression); Kidney). "
        "It is given for spasticity. Not at once: Seizures."
    )


def test_a_problem_is_one_block_with_all_its_findings_worst_first(read, review):
    review.findings["status"] = review.findings["status"].replace("accepted_not_done", "")
    sheet, texts = read("007", review)
    drugs = "baclofen, hydrocodone, morphine"
    assert beside(sheet, "Contraindicated") == f"Sedation and breathing (CNS depression): {drugs}"
    assert beside(sheet, "Major") == "Renal: baclofen"
    assert beside(sheet, "As ordered") == (
        "Lioresal 10 mg tablet, 10 mg, TID; MS Contin 15 mg ER, 15 mg, BID; "
        # Its column says no dose, and the directions might.
        "hydrocodone/APAP 5-325, q6h PRN, Give with food.\nHold if respirations are below 12."
    )
    why = beside(sheet, "Why it matters").split("\n")
    assert why[0].startswith("Baclofen + morphine; Baclofen + hydrocodone. Sedation, confusion, slow breathing")
    assert why[1:] == ["Also moderate: Morphine, with alcohol moderate.", "Load: Sedative load: 9 points, high."]
    assert beside(sheet, "What to do").endswith("keep the bed low. Taper one at a time.")
    assert beside(sheet, "Instead") == "Physiotherapy and stretching for spasticity; acetaminophen for pain"
    assert beside(sheet, "Sources") == "label: Lioresal label; Kidney guideline (cited from memory)"
    assert "f007-1;f007-2;f007-4" in texts, "the ids of the joined findings are kept for reading replies back"


def frame(rows):
    return pd.DataFrame(rows, columns=list(RESPONSES), dtype="str")


def response(finding, answer, state, **other):
    made = dict.fromkeys(RESPONSES, "") | {"patient_id": "007", "finding_id": finding, "response": answer}
    return made | {"who": "Dr Okafor", "date": "2026-03-03", "state": state} | other


def test_what_was_not_carried_out_stands_first(read, review):
    """On top of the page, as the first problem, and beside it who accepted it and when."""
    told = [response("f007-3", "accept", "not done", rationale="as tolerated")]
    sheet, texts = read("007", replace(review, responses=frame(told)))
    said = "Accepted 3 Mar 2026 by Dr Okafor: as tolerated. Not done."
    assert beside(sheet, "NOT DONE") == f"Accepted and not carried out:\nBaclofen, with eGFR 37. {said}"
    assert texts.index("NOT DONE") < texts.index("Act today") < texts.index("Major") < texts.index("Contraindicated")
    assert beside(sheet, "Why it matters").startswith("Baclofen, with eGFR 37 (accepted and not carried out). The drug")
    assert beside(sheet, "Answered") == said


def test_a_declined_finding_rests_at_the_foot_with_its_reason(read, review):
    at = review.findings["finding_id"] == "f007-4"
    review.findings.loc[at, ["status", "quiet"]] = ["declined", True]
    told = [response("f007-4", "decline", "declined, quiet until 2027-03-03", rationale="never drinks")]
    sheet, texts = read("007", replace(review, responses=frame(told)))
    assert texts.index("Declined") > texts.index("Not assessed")
    assert beside(sheet, "Moderate") == (
        "Morphine, with alcohol moderate. Declined 3 Mar 2026 by Dr Okafor: never drinks. "
        "Declined, quiet until 2027-03-03."
    )
    assert "Also moderate" not in " ".join(map(str, texts))


def test_a_conflict_is_told_with_both_answers(read, review):
    told = [
        response("f007-1", "accept", "to be done until 2026-04-14", conflict="yes"),
        response("f007-1", "decline", "does not count: somebody else accepted", conflict="yes", who="Dr Lee"),
    ]
    sheet, _ = read("007", replace(review, responses=frame(told)))
    assert beside(sheet, "Answered") == (
        "CONFLICT. Accepted 3 Mar 2026 by Dr Okafor. To be done until 2026-04-14.\n"
        "CONFLICT. Declined 3 Mar 2026 by Dr Lee. Does not count: somebody else accepted."
    )


def test_when_a_finding_came_and_why(read, review):
    for number, status, why in (("f007-1", "persisting", ""), ("f007-2", "new", "prescribing: hydrocodone started")):
        at = review.findings["finding_id"] == number
        review.findings.loc[at, ["status", "since", "why"]] = [status, "2026-02-01", why]
    review.findings["status"] = review.findings["status"].replace("accepted_not_done", "")
    sheet, _ = read("007", review)
    why = beside(sheet, "Why it matters")
    assert why.startswith("Baclofen + morphine (found since 1 Feb 2026). Sedation")
    assert "Baclofen + hydrocodone (new since the last review; prescribing: hydrocodone started)" in why


def test_each_serious_problem_has_one_reply_to_choose(read):
    sheet, _ = read("007")
    (replies,) = sheet.data_validations.dataValidation
    assert replies.formula1 == '"Accept,Modify,Decline"'
    captions = [cell.row for cell in sheet["C"] if cell.value == "Reply"]
    assert len(captions) == 2
    assert {str(area) for area in replies.sqref.ranges} == {f"D{row}" for row in captions}
    first = captions[0]
    assert [sheet.cell(row, 3).value for row in range(first, first + 4)] == ["Reply", "By", "Rationale", "Date"]
    assert [sheet.cell(row, 6).value for row in captions] == ["f007-3", "f007-1;f007-2;f007-4"]


def test_minor_problems_ask_for_nothing(read):
    sheet, _ = read("007")
    assert beside(sheet, "Minor").startswith("Anticholinergic: Baclofen. Offer water with each meal.")
    assert beside(sheet, "no reply", 3) == "needed"


def test_what_changed_since_the_last_review(read, review):
    sheet, texts = read("007")
    assert beside(sheet, "Since last time") == (
        "1 finding accepted and not carried out, 1 finding resolved. Resolved: Morphine."
    )
    review.findings["status"] = ""
    _, texts = read("007", review)
    assert "Since last time" not in texts


def test_scales_stand_against_their_thresholds(read, review):
    sheet, _ = read("007")
    assert beside(sheet, "Reached") == "Sedative load: 9 points, high (7): baclofen 2, morphine 2."
    below = review.scales.assign(band="", text="Sedative load: 4 points")
    unknown = review.scales.assign(band="", text="Drug Burden Index: at least 0.5", missing="daily dose of morphine")
    sheet, _ = read("007", replace(review, scales=pd.concat([below, unknown], ignore_index=True)))
    assert beside(sheet, "Below") == "Sedative load: 4 points (7)"
    assert beside(sheet, "Not known").endswith("Missing: daily dose of morphine.")


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
        row[5].value: [cell.value for cell in row[:4]] for row in sheet.iter_rows() if isinstance(row[5].value, int)
    }
    assert rows[3] == [
        "Contraindicated", "Lioresal 10 mg tablet, 10 mg, TID = baclofen, for spasticity", "oral", "30 mg, 4 Nov 2025",
    ]  # fmt: skip
    assert rows[4][1].endswith("= morphine, no indication given")
    assert rows[6][0] == "NOT RECOGNISED"
    assert rows[6][3] == "dose not known, 4 Nov 2025"
    assert list(rows) == [6, 3, 4], "what was not recognised stands first, and what is not current below"
    assert beside(sheet, "Not current") == "hydrocodone/APAP 5-325 (stopped, as needed 1 Feb 2026)"


def test_directions_stand_where_they_say_more_than_the_columns(read, review):
    review.medications.loc[1, "directions"] = "Give 10 mg by mouth TID for spasticity"
    sheet, texts = read("007", review)
    assert not any("directions:" in text for text in texts)
    review.medications.loc[1, "directions"] = "Give 10 mg by mouth TID. Hold if drowsy"
    sheet, texts = read("007", review)
    assert any(text.endswith("directions: Give 10 mg by mouth TID. Hold if drowsy") for text in texts)


def test_what_was_not_assessed_is_listed_for_the_resident_and_for_all(read):
    sheet, _ = read("007")
    assert (
        beside(sheet, "Missing") == "no potassium in the last year (not checked: potassium before diuretics, 3 rules)"
    )
    assert beside(sheet, "All residents").startswith("no table of conditions. What this stops is listed in population")


def test_prints_on_pages_one_wide_that_name_the_resident_and_the_versions(read):
    sheet, _ = read("007")
    assert sheet.page_setup.orientation == "portrait"
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 1)
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert sheet.print_area.startswith("'Medication review'!$A$1:$D$")
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
