"""Reports written by several processes are those that one process writes."""

from pathlib import Path

import pytest
from openpyxl import load_workbook

from pipeline.paths import patient_file_names
from pipeline.report import patient, side_by_side
from pipeline.review import Review


def cells(path: Path) -> list[list[object]]:
    return [[cell.value for cell in row] for row in load_workbook(path).worksheets[0].iter_rows()]


def test_all_cores_write_what_one_process_writes(
    review: Review, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_by_side, "_FEWEST", 2)
    monkeypatch.setattr(side_by_side, "_PORTION", 2)
    names = patient_file_names(review.patients["patient_id"])
    one, several = tmp_path / "one", tmp_path / "several"
    one.mkdir(), several.mkdir()
    patient.write_all(review, one, lambda patient_id: f"{names[patient_id]}.xlsx")
    with side_by_side.writing(review, several, names):
        pass
    written = sorted(path.name for path in several.iterdir())
    assert written == sorted(path.name for path in one.iterdir()) == sorted(f"{name}.xlsx" for name in names.values())
    assert all(cells(one / name) == cells(several / name) for name in written)


def test_what_a_process_cannot_write_is_an_error_of_the_whole(
    review: Review, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(side_by_side, "_FEWEST", 2)
    names = patient_file_names(review.patients["patient_id"])
    with pytest.raises(OSError), side_by_side.writing(review, tmp_path / "missing", names):
        pass
