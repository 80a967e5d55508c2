"""The committed samples are what `samples/build.py` makes, and `samples/README.md` says what stands in them."""

import re
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook

from pipeline.assess import assess
from pipeline.rulebook.rules import Rulebook
from pipeline.source import read

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
WORKBOOKS = ("maple-court.xlsx", "messy.xlsx")
TABLES = ("patients", "medications", "conditions", "allergies", "labs")
DEFECT = re.compile(r"^\| ([\w ]+) \| ([A-Z]\d+) \| (?:`(.+?)`|empty) \|", re.MULTILINE)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    subprocess.run([sys.executable, str(SAMPLES / "build.py"), str(folder)], check=True)
    return folder


def content(book: Workbook) -> dict[str, object]:
    """All that a reader of the workbook can see, sheet by sheet."""
    return {
        sheet.title: {
            "cells": [[(cell.data_type, cell.value, cell.number_format) for cell in row] for row in sheet.rows],
            "merged": sorted(str(cells) for cells in sheet.merged_cells.ranges),
            "hidden": sorted(name for name, column in sheet.column_dimensions.items() if column.hidden),
        }
        for sheet in book
    }


@pytest.mark.parametrize("name", WORKBOOKS)
def test_workbook_is_what_the_script_makes(built: Path, name: str) -> None:
    committed, made = content(load_workbook(SAMPLES / name)), content(load_workbook(built / name))
    assert list(committed) == list(made)
    for sheet in made:
        assert committed[sheet] == made[sheet]


@pytest.mark.parametrize("table", TABLES)
def test_csv_is_what_the_script_makes(built: Path, table: str) -> None:
    name = Path("maple-court") / f"{table}.csv"
    assert (SAMPLES / name).read_bytes() == (built / name).read_bytes()


def test_folder_holds_the_tables_alone() -> None:
    assert sorted(path.stem for path in (SAMPLES / "maple-court").iterdir()) == sorted(TABLES)


def test_workbook_and_folder_hold_the_same_rows() -> None:
    book = load_workbook(SAMPLES / "maple-court.xlsx", read_only=True)
    for sheet, table in zip(book, TABLES, strict=True):
        lines = (SAMPLES / "maple-court" / f"{table}.csv").read_text(encoding="utf-8").splitlines()
        assert len(lines) == sum(1 for _ in sheet.rows), table


def test_every_defect_stands_where_the_readme_says() -> None:
    book = load_workbook(SAMPLES / "messy.xlsx")
    defects = DEFECT.findall((SAMPLES / "README.md").read_text(encoding="utf-8"))
    assert len(defects) == 23
    for sheet, cell, text in defects:
        value = book[sheet][cell].value
        if isinstance(value, datetime):
            value = value.date().isoformat()
        assert str("" if value is None else value) == text, f"{sheet} {cell}"


def test_named_residents_stand_in_maple_court() -> None:
    text = (SAMPLES / "README.md").read_text(encoding="utf-8")
    units = dict(re.findall(r"^\| (R\d{3}) \| (North|South|Memory Care|Rehab) \|", text, re.MULTILINE))
    book = load_workbook(SAMPLES / "maple-court.xlsx", read_only=True)
    rows = list(book["Residents"].iter_rows(min_row=2, values_only=True))
    assert len(rows) == 60
    assert units.items() <= {row[0]: row[3] for row in rows}.items()


# For each resident with a problem a rule that tells it, and for each who only looks like one what must not be told.
TOLD = """
R003 opioid-benzodiazepine, R005 lithium-level, R007 baclofen-daily-dose-over-80-mg, R009 warfarin-inr,
R011 baclofen-egfr-below-30, R012 simvastatin-strong-inhibitor, R014 baclofen-dialysis,
R017 baclofen-pump-refill-overdue, R020 anticoagulant-nsaid, R021 baclofen-oral-abrupt-stop,
R026 baclofen-amitriptyline,
R028 baclofen-alcohol-heavy, R030 baclofen-epilepsy, R032 triple-whammy, R033 any-recorded-allergy,
R034 acetaminophen-over-4-g, R035 digoxin-over-0-125-mg-egfr-below-50, R038 antipsychotic-duplicate,
R040 prn-psychotropic-over-14-days, R043 bladder-antimuscarinic-cholinesterase-inhibitor,
R045 dopamine-antagonist-parkinson, R046 qt-known-qtc-over-500, R050 ssri-snri-linezolid,
R051 penicillin-allergy-penicillin, R053 opioid-without-laxative, R055 cns-active-three-or-more,
R057 methotrexate-more-than-once-a-week, R058 tizanidine-strong-inhibitor
"""
NOT_TOLD = "R024 withdrawal, R042 allergy, R052 interaction, R059 anticoagulant-nsaid, R059 monitoring"


def test_the_review_of_maple_court_tells_what_the_readme_says(book: Rulebook) -> None:
    found = assess(read(SAMPLES / "maple-court"), book, date(2026, 11, 1)).findings
    told = set(zip(found["patient_id"], found["rule_id"], strict=True))
    expected = {tuple(pair.split()) for pair in TOLD.replace("\n", " ").split(", ")}
    assert expected <= told, expected - told
    checks = set(zip(found["patient_id"], found["check"], strict=True))
    assert not (checks | told) & {tuple(pair.split()) for pair in NOT_TOLD.split(", ")}
    # In hospice care the pair is told one step lower.
    hospice = found[(found["patient_id"] == "R048") & (found["rule_id"] == "opioid-benzodiazepine")]
    assert hospice["severity"].tolist() == ["moderate"]
