"""Generated and mutated inputs of every kind: no traceback, an exit status of the contract, and no row lost.

    python -m tests.fuzz --runs 5000 [--seed N]

Each run takes one small home in one format, harms its cells (formulas, control characters, other scripts, very long
text), its bytes (cut, flipped, doubled, overwritten), or the bytes of one part within its package, and gives it to
`medreview validate`; every tenth time to a whole `medreview review` with its workbooks. The seed makes all of it again.
"""

import argparse
import csv
import io
import json
import random
import re
import struct
import sys
import tempfile
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from tests.command import Result, medreview
from tests.inputs import DAY, HOME, Grid, write_csv, write_folder, write_ods, write_workbook, write_xls

CANARY = "Zebedee Quagmire"
_ROWS = re.compile(r"^(\w+): (\d+) rows read, (\d+) accepted, (\d+) rejected$", re.MULTILINE)
_STATUSES = (0, 4)
_CELLS = (
    "", " ", "=1+1", "+cmd|'/c calc'!A1", "-5", "@SUM(A1)", "\t=1", "\r=1", "\0", "\u202e123", "😀", "x" * 40_000,
    "NaN", "inf", "1e999", "-1e-999", "00", "#N/A", "2026-02-30", "3/4/2026", "9999-12-31", "0001-01-01", '"',
    '"unclosed',
    "a;b,c|d\te", "\n\n", "../../x", "CON", "١٢٣", "１２", "1,5", "1/0", "None", "null", "TRUE", "{0}", "%s",
    "\\", "<b>", "&amp;", "\ufeff", "\ud7ff", "\ufffe",
    "baclofen;lorazepam", "10 mg/5 mL", "q999h", "every 0 hours", "0", CANARY,
)  # fmt: skip


def _parquet(path: Path, tables: dict[str, Grid]) -> Path:
    head, *rows = tables["medications"]
    width = len(head)
    columns = {str(name): [str([*row, *[""] * width][at]) for row in rows] for at, name in enumerate(head)}
    pq.write_table(pa.table(columns), path)
    return path


def _page(path: Path, tables: dict[str, Grid]) -> Path:
    rows = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in tables["medications"])
    path.write_text(f"<html><body><table>{rows}</table></body></html>", encoding="utf-8", errors="replace")
    return path


def _spreadsheet_xml(path: Path, tables: dict[str, Grid]) -> Path:
    name = "urn:schemas-microsoft-com:office:spreadsheet"
    sheets = "".join(
        f'<Worksheet ss:Name="{table}"><Table>'
        + "".join(
            "<Row>" + "".join(f'<Cell><Data ss:Type="String">{cell}</Data></Cell>' for cell in row) + "</Row>"
            for row in rows
        )
        + "</Table></Worksheet>"
        for table, rows in tables.items()
    )
    text = f'<?xml version="1.0"?><Workbook xmlns="{name}" xmlns:ss="{name}">{sheets}</Workbook>'
    path.write_text(text, encoding="utf-8", errors="replace")
    return path


def _writable(tables: dict[str, Grid]) -> dict[str, Grid]:
    """Without the control characters that openpyxl refuses."""
    return {
        name: [[ILLEGAL_CHARACTERS_RE.sub("", cell) for cell in row] for row in rows] for name, rows in tables.items()
    }


Writer = Callable[[Path, dict[str, Grid]], Path]
FORMATS: dict[str, Writer] = {
    "orders.csv": lambda path, tables: write_csv(path, tables["medications"]),
    "orders.tsv": lambda path, tables: write_csv(path, tables["medications"], "\t", "utf-16"),
    "orders.txt": lambda path, tables: write_csv(path, tables["medications"], ";"),
    "home": lambda path, tables: write_folder(path, tables),
    "home.xlsx": lambda path, tables: write_workbook(path, _writable(tables)),
    "home.ods": lambda path, tables: write_ods(path, tables),
    "home.xls": lambda path, tables: write_xls(path, tables),
    "page.xls": _page,
    "xml.xls": _spreadsheet_xml,
    "orders.parquet": _parquet,
}


def _harmed_cells(chance: random.Random) -> dict[str, Grid]:
    """The home with some cells, headings, rows and columns changed; nothing is left that a format cannot write."""
    home = {table: [list(row) for row in rows] for table, rows in HOME.items()}
    for _ in range(chance.randint(0, 12)):
        rows = home[chance.choice(list(home))]
        row = chance.choice(rows)
        kind = chance.random()
        if kind < 0.7 and row:
            row[chance.randrange(len(row))] = chance.choice(_CELLS)
        elif kind < 0.8:
            rows.insert(chance.randrange(len(rows) + 1), list(row))
        elif kind < 0.87:
            row.append(chance.choice(_CELLS))
        elif kind < 0.93 and row:
            del row[chance.randrange(len(row))]
        elif len(rows) > 2:
            rows.remove(row)
        else:
            rows.insert(0, [chance.choice(_CELLS)])
    if chance.random() < 0.2:
        home = {
            chance.choice([table, table.upper(), f"{table} 2", "=1+1", "Sheet"]): rows for table, rows in home.items()
        }
        home.setdefault("medications", HOME["medications"])
    return home


def _harmed_bytes(data: bytes, chance: random.Random) -> bytes:
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(data) + 1)
        length = chance.choice((1, 1, 2, 4, 16, 200))
        piece = chance.choice((
            chance.randbytes(length), bytes(length), b"\xff" * length, data[at : at + length] * 3, b"<", b"&#0;", b'"',
            b"\n", str(chance.choice((0, -1, 2**31, 2**63, 10**30))).encode(),
        ))  # fmt: skip
        kind = chance.random()
        if kind < 0.15:
            data = data[:at]
        elif kind < 0.6:
            data = data[:at] + piece + data[at + len(piece) :]
        else:
            data = data[:at] + piece + data[at:]
    return data


def _harmed_package(path: Path, chance: random.Random) -> None:
    """One part of a workbook's package is harmed, and the package is whole."""
    with zipfile.ZipFile(path) as package:
        parts = {name: package.read(name) for name in package.namelist()}
    name = chance.choice(list(parts))
    parts[name] = _harmed_bytes(parts[name], chance)
    if chance.random() < 0.1:
        del parts[name]
    with zipfile.ZipFile(path, "w") as package:
        for part, data in parts.items():
            package.writestr(part, data)


def make(folder: Path, chance: random.Random) -> tuple[Path, int | None]:
    """One input, and how many rows of medications it has where that is certain."""
    name = chance.choice(list(FORMATS))
    tables = _harmed_cells(chance)
    path = folder / name
    try:
        FORMATS[name](path, tables)
    except (ValueError, struct.error):  # the format cannot hold it
        FORMATS[name](path, HOME)
    if chance.random() < 0.4:
        return path, _written(path) if name == "orders.csv" else None
    harmed = chance.choice(sorted(path.iterdir())) if path.is_dir() else path
    if zipfile.is_zipfile(harmed) and chance.random() < 0.7:
        _harmed_package(harmed, chance)
    else:
        harmed.write_bytes(_harmed_bytes(harmed.read_bytes(), chance))
    return path, None


def _written(path: Path) -> int | None:
    """The rows under the headings of a CSV file, if its headings stand and no mark makes it doubtful."""
    text = path.read_bytes().decode("utf-8")
    rows = list(csv.reader(io.StringIO(text, newline="")))
    if rows[0] != HOME["medications"][0] or re.search('["\\0\r\ufeff]', text):
        return None
    return sum(any(cell.strip() for cell in row) for row in rows[1:])


def check(source: Path, rows: int | None, whole: bool, folder: Path) -> int:
    """Reads the input and holds the answer against the contract; gives the exit status.

    Raises:
        AssertionError: the contract is broken.
    """
    out = folder / "out"
    words = ("review", source, "--out", out, "--quiet") if whole else ("validate", source)
    result = medreview(*words, "--as-of", DAY)
    assert result.status in _STATUSES, f"exit status {result.status}: {result.err}"
    assert "Traceback" not in result.err and "a bug" not in result.err, result.err
    assert whole is False or CANARY not in result.out + result.err, "a name in a message"
    assert result.status or not result.err, result.err
    if result.status:
        assert result.err.startswith("medreview: ") and result.err.count("\n") == 1, result.err
        assert not out.exists()
    else:
        _check_rows(result, rows, out if whole else None)
    return result.status


def _check_rows(result: Result, rows: int | None, out: Path | None) -> None:
    if out:
        manifest = json.loads((out / "run.json").read_text(encoding="utf-8"))
        counts = {table: (one["read"], one["accepted"], one["rejected"]) for table, one in manifest["rows"].items()}
        with (out / "medications.csv").open(encoding="utf-8", newline="") as file:
            assert len(list(csv.DictReader(file))) == counts["medications"][1]
    else:
        counts = {found[1]: (int(found[2]), int(found[3]), int(found[4])) for found in _ROWS.finditer(result.out)}
    assert counts, "no counts"
    for table, (read, accepted, rejected) in counts.items():
        assert read == accepted + rejected, f"{table}: {read} read, {accepted} accepted, {rejected} rejected"
    if rows is not None:
        assert counts["medications"][0] == rows, f"{rows} rows written, {counts['medications'][0]} read"


def run(seed: int, whole: bool) -> int:
    """One run, made again by its seed; gives the exit status."""
    with tempfile.TemporaryDirectory() as made:
        source, rows = make(Path(made), random.Random(seed))
        return check(source, rows, whole, Path(made))


def main() -> None:
    """Runs many, and prints each that breaks the contract with its seed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="of the first run; the next ones count on from it")
    options = parser.parse_args()
    import pipeline.find
    import pipeline.run
    from pipeline.rulebook.compile import rulebook

    book = rulebook(None)
    pipeline.run.rulebook = lambda folder: book
    pipeline.find.canaries = lambda rulebook, as_of: None
    ended: Counter[str] = Counter()
    for seed in range(options.seed, options.seed + options.runs):
        try:
            ended[f"exit status {run(seed, seed % 10 == 0)}"] += 1
        except AssertionError as error:
            ended["broken"] += 1
            print(f"seed {seed}{' (whole)' if seed % 10 == 0 else ''}: {str(error)[:300]}", flush=True)
        if sum(ended.values()) % 500 == 0:
            print(f"{sum(ended.values())} runs so far", file=sys.stderr, flush=True)
    print(f"{options.runs} runs: {', '.join(f'{count} {name}' for name, count in sorted(ended.items()))}")


if __name__ == "__main__":
    main()
