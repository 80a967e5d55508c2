"""What a review writes into its folder: tables, reports, and the manifest last."""

import json
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from pipeline.output_folder import MANIFEST
from pipeline.paths import patient_file_names
from pipeline.places import Place, below, written
from pipeline.review import Review
from pipeline.table_files import CSV, PARQUET, TABLES, tables_of, write_csv, write_parquet
from pipeline.tables import MEASURES_OUT


def write(
    review: Review,
    folder: Place,
    workbooks: bool,
    printer: str = "",
    letters: bool = False,
    format_: str = CSV,
    left_out: Sequence[str] = (),
) -> None:
    """Every file of the contract except the manifest.

    Args:
        review: the finished review.
        folder: an empty folder.
        workbooks: whether the patient and population workbooks are written too.
        printer: the LibreOffice that makes one PDF of the patient workbooks, or empty.
        letters: whether each prescriber gets a letter.
        format_: of the tables: one of FORMATS.
        left_out: tables that are not written.
    """
    for name, frame in tables_of(review, left_out).items():
        if format_ == PARQUET:
            write_parquet(frame, name, below(folder, f"{name}.parquet"))
        else:
            write_csv(frame, TABLES[name], below(folder, f"{name}.csv"))
    if workbooks and isinstance(folder, Path):
        from pipeline.report import page, population, side_by_side

        names = patient_file_names(review.patients["patient_id"])
        reports = {patient_id: f"patients/{name}.xlsx" for patient_id, name in names.items()}
        (folder / "patients").mkdir()
        with side_by_side.writing(review, folder / "patients", names):
            population.write(review, folder / "population.xlsx", reports.__getitem__)
            page.write(review, folder / "population.html", reports.__getitem__)
            if letters:
                _write_letters(review, folder / "letters")
        if printer:
            _print_all(review, folder, names, printer)


def write_figures(review: Review, folder: Path, suppress_below: int) -> None:
    """The figures alone, without small counts: population.xlsx, population.html and measures.csv.

    Args:
        review: the finished review.
        folder: an empty folder.
        suppress_below: the smallest count, other than 0, that is shown.
    """
    from pipeline.report import figures_book, page, page_tables
    from pipeline.report.figures import Overview
    from pipeline.suppress import HIDDEN, notice, suppressed

    shown = suppressed(Overview.of(review), suppress_below)
    told = replace(review, notices=(*review.notices, notice(suppress_below)))
    write_csv(shown.measures.replace(HIDDEN, ""), MEASURES_OUT, folder / "measures.csv")
    page.write(told, folder / "population.html", None, shown)
    figures_book.write(told, page_tables.figure_tables(shown), folder / "population.xlsx")


def _write_letters(review: Review, folder: Path) -> None:
    from pipeline.report import letters

    folder.mkdir()
    letters.write_all(review, folder)


def _print_all(review: Review, folder: Path, names: dict[str, str], printer: str) -> None:
    """The reports of all residents in one PDF, those to act on first."""
    from pipeline.report import listings, pdf
    from pipeline.report.records import records

    residents = listings.by_urgency(records(review.patients))
    reports = [
        (folder / "patients" / f"{names[one['patient_id']]}.xlsx", f"{one['patient_id']}  {one['name'] or ''}".strip())
        for one in residents
    ]
    pdf.write(printer, reports, folder / pdf.FILE)


def write_manifest(manifest: dict, folder: Place) -> None:
    """run.json, written last: a folder that has it is whole."""
    text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
    if isinstance(folder, str):
        with written(below(folder, MANIFEST)) as far:
            far.write(text.encode())
        return
    with (folder / MANIFEST).open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
