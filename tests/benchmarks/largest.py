"""The largest inputs there can be: a full sheet of 1,048,576 rows, and a CSV file of one line.

    python -m tests.benchmarks.largest [sheet] [line] [--review]

Prints the seconds and the greatest memory of `medreview validate`, or of a review without workbooks, on each.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from tests.command import REPOSITORY
from tests.inputs import DAY, workbook

_ROWS = 1_048_576
_DRUGS = (
    "baclofen 10 mg", "oxycodone 5 mg", "lorazepam 0.5 mg", "warfarin 5 mg", "metformin 500 mg", "lisinopril 10 mg",
    "furosemide 20 mg", "omeprazole 20 mg", "sertraline 50 mg", "atorvastatin 20 mg",
)  # fmt: skip
_LINE = 200_000_000


def full_sheet(path: Path) -> Path:
    """A workbook whose sheet has as many rows as a sheet can have: ten orders for each resident."""
    head = "".join(f'<c t="inlineStr"><is><t>{name}</t></is></c>' for name in ("patient_id", "drug", "frequency"))
    path.write_bytes(workbook({"Medications": [["x"]]}))
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    start = parts.pop("xl/worksheets/sheet1.xml").decode().split("<dimension")[0]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as package:
        for name, data in parts.items():
            package.writestr(name, data)
        with package.open("xl/worksheets/sheet1.xml", "w") as sheet:
            sheet.write(f'{start}<sheetData><row r="1">{head}</row>'.encode())
            for row in range(2, _ROWS + 1):
                texts = (f"R{row // 10}", _DRUGS[row % len(_DRUGS)], "daily")
                cells = "".join(
                    f'<c r="{column}{row}" t="inlineStr"><is><t>{text}</t></is></c>'
                    for column, text in zip("ABC", texts, strict=True)
                )
                sheet.write(f'<row r="{row}">{cells}</row>'.encode())
            sheet.write(b"</sheetData></worksheet>")
    return path


def one_line(path: Path, size: int = _LINE) -> Path:
    """A CSV file without any end of line."""
    text = b"patient_id,drug,R1,baclofen,"
    path.write_bytes((text * (size // len(text) + 1))[:size])
    return path


def main() -> None:
    """Runs one or both."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("which", nargs="*", help="sheet, line; both")
    parser.add_argument("--review", action="store_true")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        for name in options.which or ("sheet", "line"):
            folder = Path(made)
            source = full_sheet(folder / "full.xlsx") if name == "sheet" else one_line(folder / "line.csv")
            words = ["validate", source]
            if options.review:
                words = ["review", source, "--out", folder / "out", "--only", "findings", "--quiet"]
            command = [sys.executable, "-c", "from pipeline.cli import main; main()", *map(str, words), "--as-of", DAY]
            began = time.perf_counter()
            with (folder / "told").open("w") as told:
                running = subprocess.Popen(command, cwd=REPOSITORY, stdout=told, stderr=subprocess.STDOUT)
                _, status, used = os.wait4(running.pid, 0)
            seconds, size = time.perf_counter() - began, source.stat().st_size / 1e6
            first = (folder / "told").read_text()[:160].splitlines() or [""]
            print(
                f"{name} ({size:.0f} MB): exit status {os.waitstatus_to_exitcode(status)}, {seconds:.0f} s, "
                f"{used.ru_maxrss / 1024**2:.1f} GiB; {first[0]}",
                flush=True,
            )


if __name__ == "__main__":
    main()
