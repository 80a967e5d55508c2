"""Somebody else's interaction table, written as a folder of rows to lay over the reference."""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from pipeline.errors import InputError, OutputError
from pipeline.other_tables import UNKNOWN, OtherTable
from pipeline.rulebook.load import COLUMNS
from pipeline.tables import SEVERITIES

Rows = Iterable[Sequence[str]]

UNMATCHED = "unmatched.txt"
_PROBLEM = "listed_interaction"


def write_interactions(table: OtherTable, name: str, title: str, folder: Path) -> dict[str, int]:
    """Writes a list of pairs and a rule for each grade.

    Pairs without a grade are left out: a table that does not say how bad a pair is gives nobody a reason to act.

    Args:
        table: the pairs, in our terms.
        name: of the source, lower case letters, digits and hyphens: the key of the source and the start of the rules.
        title: of the source.
        folder: a new one.

    Returns:
        How many pairs of each grade were written, and under `unknown` how many were left out.

    Raises:
        InputError: the name cannot be a key, or no pair has a grade.
        OutputError: the folder is there already or cannot be written.
    """
    if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name):
        raise InputError(f"--name {name}: use lower case letters, digits and hyphens, such as my-table.")
    counts = {grade: int((table.pairs["grade"] == grade).sum()) for grade in (*SEVERITIES, UNKNOWN)}
    graded = [grade for grade in SEVERITIES if counts[grade]]
    if not graded:
        raise InputError("No pair of the table has both drugs known and a grade. Nothing was written.")
    pairs = table.pairs[table.pairs["grade"] != UNKNOWN]
    lists = pairs[["grade", "a", "b"]].assign(grade=name + "-" + pairs["grade"]).sort_values(["grade", "a", "b"])
    rules = [_rule(name, title, grade) for grade in sorted(graded)]
    tables = {
        "pair_lists": lists.to_numpy().tolist(),
        "pairs": [[rule[column] for column in COLUMNS["pairs"]] for rule in rules],
        "sources": [[name, "database", title, "", "", "yes"]],
    }
    unmatched = [[row.name, str(row.rows)] for row in table.unmatched.itertuples(index=False)]
    write_folder(folder, tables, {UNMATCHED: [["name", "rows"], *unmatched]})
    return counts


def write_folder(folder: Path, tables: Mapping[str, Rows], texts: Mapping[str, Rows]) -> None:
    """Writes a new folder to lay over the reference.

    Args:
        folder: a new one.
        tables: rows of tables of the reference, without their headings.
        texts: by file name, lines for a person to read, their cells parted by tabs.

    Raises:
        OutputError: the folder is there already or cannot be written.
    """
    if folder.exists():
        raise OutputError(f"{folder} is there already. Choose another folder, or delete it first.")
    try:
        folder.mkdir(parents=True)
        for name, rows in tables.items():
            with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(COLUMNS[name])
                writer.writerows(rows)
        for name, rows in texts.items():
            (folder / name).write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"{folder} cannot be written: {error.strerror}.") from error


def _rule(name: str, title: str, grade: str) -> dict[str, str]:
    words = {
        "rule_id": f"{name}-{grade}",
        "check": "interaction",
        "a": "any",
        "b": f"list:{name}-{grade}",
        "severity": grade,
        "problem": _PROBLEM,
        "effect": f"{title} lists these two medicines as a {grade} interaction; the list does not say what happens.",
        "mechanism": "Not told by the list.",
        "management": "Look the pair up before both are given, and judge it for this resident.",
        "evidence": "listed by a database",
        "sources": name,
        "authored_by": "imported",
        "checked_by": "unreviewed",
        "active": "yes",
    }
    return dict.fromkeys(COLUMNS["pairs"], "") | words
