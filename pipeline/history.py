"""A review against an earlier one: which findings are new, which persist, which are gone."""

import csv
import json
from pathlib import Path

import pandas as pd

from pipeline.errors import InputError
from pipeline.tables import FINDINGS


def compare(findings: pd.DataFrame, previous: Path, reviewed: set[str]) -> pd.DataFrame:
    """The findings with their `status`: `new` or `persisting`; and, added, those of the earlier review that are
    `resolved`.

    A finding of a patient who is no longer reviewed is neither: the patient has left, and nothing was resolved.

    Args:
        findings: of this review, the contract's columns.
        previous: the output folder of the earlier review.
        reviewed: the patients of this review.

    Raises:
        InputError: the folder holds no earlier review, or one that is damaged.
    """
    earlier = _earlier(previous)
    known = set(earlier["finding_id"])
    status = findings["finding_id"].isin(known).map({True: "persisting", False: "new"}).astype("str")
    gone = earlier[
        ~earlier["finding_id"].isin(set(findings["finding_id"]))
        & earlier["patient_id"].isin(reviewed)
        & (earlier["status"] != "resolved")
    ]
    return pd.concat([findings.assign(status=status), gone.assign(status="resolved", rows="")], ignore_index=True)


def _earlier(folder: Path) -> pd.DataFrame:
    path = folder / "findings.csv"
    try:
        json.loads((folder / "run.json").read_text(encoding="utf-8"))
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except (OSError, ValueError, csv.Error) as error:
        raise InputError(
            f"{folder} is not the output folder of an earlier review: it needs findings.csv and run.json. "
            "Check the path given to --previous, or leave it out."
        ) from error
    frame = pd.DataFrame(rows, columns=list(FINDINGS), dtype="str").fillna("")
    # An apostrophe keeps a spreadsheet from running a cell; it is no part of the text.
    return frame.apply(lambda column: column.str.replace(r"^'(?=[=+\-@\t\r])", "", regex=True))
