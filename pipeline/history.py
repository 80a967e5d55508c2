"""A review against an earlier one: which findings are new, which persist, which are gone."""

import csv
import json
from pathlib import Path

import pandas as pd

from pipeline.errors import InputError
from pipeline.tables import FINDINGS


def earlier_findings(folder: Path) -> pd.DataFrame:
    """The findings of an earlier review.

    Args:
        folder: its output folder.

    Raises:
        InputError: the folder holds no review, or one that is damaged.
    """
    try:
        json.loads((folder / "run.json").read_text(encoding="utf-8"))
        with (folder / "findings.csv").open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
        lost = set(FINDINGS) - set(reader.fieldnames or ())
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(
            f"{folder} is not the output folder of an earlier review: it needs findings.csv and run.json. "
            "Check the path given to --previous, or leave it out."
        ) from error
    if lost:
        raise InputError(
            f"{folder / 'findings.csv'} lacks the column {sorted(lost)[0]}: it was changed after the review. "
            "Restore it as it was written, or leave --previous out."
        )
    frame = pd.DataFrame(rows, columns=list(FINDINGS), dtype="str").fillna("")
    # An apostrophe keeps a spreadsheet from running a cell; it is no part of the text.
    return frame.apply(lambda column: column.str.replace(r"^'(?=[=+\-@\t\r])", "", regex=True))


def compare(findings: pd.DataFrame, earlier: pd.DataFrame, whole: set[str]) -> pd.DataFrame:
    """The findings with their `status`: `new` or `persisting`; and, added, those of the earlier review that are
    `resolved`.

    A finding of a patient who has left, or of whose records a part could not be read, is not resolved because it is
    not found again; it is left out.

    Args:
        findings: of this review, the contract's columns.
        earlier: as `earlier_findings` gives it.
        whole: the patients of this review whose every row was read and every medicine recognised.
    """
    known = set(earlier["finding_id"])
    status = findings["finding_id"].isin(known).map({True: "persisting", False: "new"}).astype("str")
    gone = earlier[
        ~earlier["finding_id"].isin(set(findings["finding_id"]))
        & earlier["patient_id"].isin(whole)
        & (earlier["status"] != "resolved")
    ]
    return pd.concat([findings.assign(status=status), gone.assign(status="resolved", rows="")], ignore_index=True)
