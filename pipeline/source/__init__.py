"""Reading: one workbook, CSV file, Parquet file or folder becomes raw tables, every cell as text.

`read(path)` gives one `RawTable` for each table of the contract that the source holds.
"""

from pipeline.source.raw import RawTable, Source
from pipeline.source.reader import read

__all__ = ["RawTable", "Source", "read"]
