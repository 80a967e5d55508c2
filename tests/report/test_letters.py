"""The letters to prescribers: who gets which finding, and what a letter says, read back as a document."""

import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path

import docx
import pytest

from pipeline.report import addressed, letters
from pipeline.report.addressed import UNKNOWN
from pipeline.review import Review
from tests.command import medreview
from tests.inputs import DAY, HOME, write_folder


def with_prescribers(review: Review, **by_row: str) -> Review:
    """The review with other prescribers of some orders: r3="Dr X"."""
    named = {int(row[1:]): name for row, name in by_row.items()}
    orders = review.medications
    changed = [named.get(row, name) for row, name in zip(orders["row"], orders["prescriber"], strict=True)]
    return replace(review, medications=orders.assign(prescriber=changed))


def got(review: Review) -> dict[str, list[str]]:
    """Prescriber → the findings of their letter."""
    return {
        name: [finding["finding_id"] for one in concerns for finding in one.findings]
        for name, concerns in addressed.by_prescriber(review).items()
    }


def test_a_finding_goes_to_everyone_who_ordered_a_medicine_of_it(review: Review) -> None:
    by = got(with_prescribers(review, r3="Dr Bac", r4="Dr  Mor", r5="Dr Hyd"))
    assert by == {
        "Dr A. Okafor": ["f+1-1"],
        "Dr Bac": ["f007-1", "f007-2", "f007-3", "f007-5"],
        "Dr Hyd": ["f007-2"],
        "Dr Mor": ["f007-1", "f007-4"],
    }


def test_nothing_is_dropped(review: Review) -> None:
    standing = set(review.findings.loc[review.findings["status"] != "resolved", "finding_id"])
    for names in ({}, {"r3": ""}, {f"r{row}": "" for row in range(2, 9)}):
        assert {one for found in got(with_prescribers(review, **names)).values() for one in found} == standing


def test_orders_without_a_prescriber_go_to_a_letter_of_their_own_which_is_the_last(review: Review) -> None:
    by = got(with_prescribers(review, r2="  ", r3="Zoe Zimmer"))
    assert by[UNKNOWN] == ["f+1-1"]
    assert list(by)[-1] == UNKNOWN


def test_a_finding_without_an_order_goes_to_who_ordered_most(review: Review) -> None:
    findings = review.findings.assign(rows=["2", "", *review.findings["rows"][2:]])
    changed = replace(with_prescribers(review, r3="Dr Most", r4="Dr Most"), findings=findings)
    concerns = {
        name: {one.patient["patient_id"]: one for one in found}
        for name, found in addressed.by_prescriber(changed).items()
    }
    assert concerns["Dr Most"]["007"].unordered == {"f007-1"}
    nobody = replace(with_prescribers(review, **{f"r{row}": "" for row in range(3, 7)}), findings=findings)
    assert "f007-1" in got(nobody)[UNKNOWN]


def written(review: Review, folder: Path) -> dict[str, str]:
    """File → all of its text."""
    folder.mkdir()
    letters.write_all(review, folder)
    texts = {}
    for path in sorted(folder.iterdir()):
        document = docx.Document(str(path))
        lines = [part.text for part in document.element.body.iter() if part.tag.endswith("}t") and part.text]
        headers = [one.text for section in document.sections for one in section.header.paragraphs]
        footers = [one.text for section in document.sections for one in section.footer.paragraphs]
        texts[path.name] = "\n".join([*lines, *headers, *footers])
    return texts


def test_a_letter_says_who_what_why_and_leaves_room_for_the_reply(review: Review, tmp_path: Path) -> None:
    text = written(with_prescribers(review, r4="Dr Mor"), tmp_path / "letters")["Dr%20Mor.docx"]
    for said in (
        "Margaret Okonkwo-Fitzgerald, id 007", "84 years, female", "Contraindicated", "baclofen, morphine",
        "Lioresal 10 mg tablet, 10 mg, TID (ordered by Dr A. Okafor); MS Contin 15 mg ER, 15 mg, BID",
        "Sedation, confusion, slow breathing and falls", "Lower the dose of one of the two", "Physiotherapy",
        "Also told to: Dr A. Okafor. Agree on who changes what.", "☐ Accept     ☐ Modify     ☐ Decline", "Signature:",
        "Date:", "Reason, or what instead:", "REVIEW INCOMPLETE", "Confidential: health information",
        "medreview 0.1.0, reference 2026.1 (3f2a9c01d4e5), 0 of 1,234 rules checked by a clinician",
    ):  # fmt: skip
        assert said in text, said
    assert "gabapentin" not in text, "what concerns others stands in their letters"


def test_the_gravest_problem_stands_first_and_a_minor_one_needs_no_reply(review: Review, tmp_path: Path) -> None:
    text = written(review, tmp_path / "letters")["Dr%20A.%20Okafor.docx"]
    # What was accepted and not carried out goes before all else.
    order = [text.index(said) for said in ("Renal: baclofen", "CNS depression", "Minor, no reply needed")]
    assert order == sorted(order)
    assert text.count("Signature:") == 3, "two problems of one resident and one of another"


def test_each_resident_has_pages_with_their_name_alone(review: Review, tmp_path: Path) -> None:
    written(review, tmp_path / "letters")
    sections = docx.Document(str(tmp_path / "letters" / "Dr%20A.%20Okafor.docx")).sections
    headers = [section.header.paragraphs[0].text for section in sections]
    assert [text.split(",")[0] for text in headers] == [
        "Letter to Dr A. Okafor",
        "Margaret Okonkwo-Fitzgerald",
        "Plus One",
    ]


def test_text_of_the_input_is_no_field_and_has_no_control_characters(review: Review, tmp_path: Path) -> None:
    evil = '{ INCLUDETEXT "c:\\x" }\x07\x13 DDEAUTO c:\\x "<w:fldSimple w:instr="DATE"/>'
    changed = with_prescribers(review, r3=evil, r4=evil)
    changed = replace(
        changed, patients=changed.patients.assign(name=evil), medications=changed.medications.assign(drug=evil)
    )
    for text in written(changed, tmp_path / "letters").values():
        assert "INCLUDETEXT" in text
        assert not re.search("[\x00-\x08\x0e-\x1f]", text)
    for path in (tmp_path / "letters").iterdir():
        with zipfile.ZipFile(path) as parts:
            xml = "".join(parts.read(name).decode() for name in parts.namelist() if name.endswith(".xml"))
        assert set(re.findall('<w:fldSimple w:instr="([^"]*)"', xml)) == {"PAGE", "NUMPAGES"}
        assert "w:instrText" not in xml


def test_names_of_prescribers_make_safe_file_names(review: Review, tmp_path: Path) -> None:
    files = written(with_prescribers(review, r2="../../Dr X", r3="CON", r4="dr x", r5="Dr X"), tmp_path / "letters")
    assert len(files) == len({name.casefold() for name in files}) == 4
    assert not [name for name in files if name.startswith(".") or re.search(r"[^A-Za-z0-9%._-]", name)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["letters"]


def test_without_findings_there_is_no_letter(empty_review: Review, tmp_path: Path) -> None:
    assert written(empty_review, tmp_path / "letters") == {}


@pytest.mark.usefixtures("compiled")
def test_the_option_writes_a_folder_of_letters(tmp_path: Path) -> None:
    source = write_folder(tmp_path / "home", HOME)
    done = medreview("review", source, "--out", tmp_path / "out", "--as-of", DAY, "--quiet", "--letters")
    assert done.status == 0, done.err
    assert [path.name for path in (tmp_path / "out" / "letters").iterdir()] == ["prescriber%20not%20known.docx"]
    again = medreview("review", source, "--out", tmp_path / "out", "--as-of", DAY, "--quiet")
    assert again.status == 0 and not (tmp_path / "out" / "letters").exists(), "an earlier review is replaced as a whole"
    both = medreview("review", source, "--out", tmp_path / "out", "--letters", "--only", "findings")
    assert (both.status, "Give one of the two" in both.err) == (2, True)


@pytest.mark.office
@pytest.mark.xdist_group("office")
def test_letters_open_in_a_word_processor(review: Review, tmp_path: Path) -> None:
    office = shutil.which("soffice") or pytest.fail("LibreOffice is not installed")
    pypdf = pytest.importorskip("pypdf")
    written(with_prescribers(review, r4="Mor"), tmp_path / "letters")
    command = [office, f"-env:UserInstallation={(tmp_path / 'profile').as_uri()}", "--headless", "--convert-to", "pdf"]
    subprocess.run([*command, "--outdir", tmp_path, tmp_path / "letters" / "Mor.docx"], check=True, timeout=120)
    pages = [page.extract_text() for page in pypdf.PdfReader(tmp_path / "Mor.pdf").pages]
    assert "Page 1 of 2" in pages[0] and "Page 2 of 2" in pages[1]
    assert "Accept" in pages[1] and "Signature:" in pages[1]
