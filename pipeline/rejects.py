"""The bad cells of one table, gathered while it is checked."""

import numpy as np
import pandas as pd

from pipeline import tables
from pipeline.source.raw import RawTable


class Rejects:
    """Bad cells of one table, with the text as the source has it."""

    def __init__(self, raw: RawTable) -> None:
        self.raw = raw
        self.found: list[pd.DataFrame] = []

    def add(self, rows: pd.Index, column: str, reason: str | pd.Series) -> None:
        """Sets rows aside for a cell of theirs; `reason` is one for all, or one for each."""
        if not len(rows):
            return
        values = self.raw.frame[column].loc[rows] if column in self.raw.frame else ""
        found = pd.DataFrame({"table": self.raw.table, "row": rows, "column": column, "value": np.asarray(values)})
        self.found.append(found.assign(reason=reason if isinstance(reason, str) else np.asarray(reason)))

    def frame(self) -> pd.DataFrame:
        """One line for each bad cell, by row and column; of several reasons for a cell the first. Rows are numbered as
        the source does; `at` is their place in the table.
        """
        if not self.found:
            return pd.DataFrame(columns=list(tables.REJECTED))
        found = pd.concat(self.found, ignore_index=True)
        whole = found.loc[found["column"] == "", "row"]
        # What is no row of the table at all has no cells to complain of.
        found = found[(found["column"] == "") | ~found["row"].isin(whole)]
        found = found.drop_duplicates(["row", "column"]).sort_values(
            ["row", "column"], kind="stable", ignore_index=True
        )
        return found.assign(at=found["row"], row=np.asarray(self.raw.rows(pd.Index(found["row"]))))

    @property
    def rows(self) -> pd.Index:
        """The rows of the frame that have a bad cell."""
        return pd.Index(np.unique(np.concatenate([np.asarray(f["row"]) for f in self.found])) if self.found else [])
