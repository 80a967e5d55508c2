"""The sample home as many homes, for benchmarks."""

from pathlib import Path

import pandas as pd

SAMPLE = Path(__file__).resolve().parent.parent.parent / "samples" / "maple-court"


def repeated(copies: int, folder: Path) -> int:
    """The sample's tables as Parquet, so many times, each time of other residents; how many residents."""
    folder.mkdir()
    residents = 0
    for path in sorted(SAMPLE.glob("*.csv")):
        table = pd.read_csv(path, dtype="str", keep_default_na=False)
        parts = []
        for copy in range(copies):
            part = table.assign(**{"Resident ID": table["Resident ID"] + f"-{copy}"})
            if "Order ID" in part:
                part["Order ID"] += f"-{copy}"
            parts.append(part)
        whole = pd.concat(parts, ignore_index=True)
        whole.to_parquet(folder / f"{path.stem}.parquet")
        if path.stem == "patients":
            residents = len(whole)
    return residents
