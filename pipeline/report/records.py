"""The rows of a table as reports take them, one by one."""

from typing import Any

import pandas as pd

from pipeline.report.sheet import plain

Record = dict[str, Any]


def records(frame: pd.DataFrame) -> list[Record]:
    """The rows of a table as cells take them."""
    names = [str(name) for name in frame.columns]
    columns = [[plain(value) for value in frame[name]] for name in names]
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def by_patient(frame: pd.DataFrame) -> dict[str, list[Record]]:
    """The rows of a table by patient; those of no patient (limits of the whole review) stand under the empty text."""
    grouped: dict[str, list[Record]] = {}
    for record in records(frame):
        grouped.setdefault(record["patient_id"] or "", []).append(record)
    return grouped
