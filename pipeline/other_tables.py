"""Other people's interaction tables: read, their grades told in ours, their drug names as our ingredients.

Users bring their own copies; none comes with the project.
"""

import csv
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from pipeline.errors import InputError
from pipeline.normalise.drug_text import Lexicon
from pipeline.source.delimited import decode

UNKNOWN = "unknown"
# Headings of known tables: the first drug, the second, the grade.
_HEADINGS = (("Drug_A", "Drug_B", "Level"), ("drug_a", "drug_b", "severity"), ("drug1", "drug2", "severity"))
# Of lists whose every pair is as bad as any other: the two drugs.
_UNGRADED = (
    ("Drug_1", "Drug_2"), ("Drug1", "Drug2"), ("drug1", "drug2"), ("Drug_A", "Drug_B"), ("drug_a", "drug_b"),
    ("object", "precipitant"), ("Object", "Precipitant"),
)  # fmt: skip
_SEPARATORS = ",;\t|$"
# The public list of high-priority pairs comes without headings: each drug is followed by its number in DrugBank.
_DRUGBANK = re.compile(r"DB\d{5}")
_LETTER = re.compile(r"code_([A-Z])$")
_GRADES = {
    "contraindicated": ("contraindicated", "contraindication", "avoid", "x"),
    "major": ("major", "severe", "serious", "high", "d"),
    "moderate": ("moderate", "significant", "medium", "c"),
    "minor": ("minor", "mild", "low", "b"),
}
_GRADE_OF = {word: grade for grade, words in _GRADES.items() for word in words}


@dataclass(frozen=True)
class OtherTable:
    """An interaction table in our terms.

    `pairs`: `a`, `b` (ingredients, a < b), `grade` (a severity or `unknown`; the worst where a pair stands there more
    than once); each pair once. `unmatched`: `name`, `rows`: drugs that our names do not know, or that are combinations.
    `ingredients`: all ingredients that the table names.
    """

    pairs: pd.DataFrame
    unmatched: pd.DataFrame
    ingredients: frozenset[str]


def read_interactions(
    files: Sequence[Path], lexicon: Lexicon, columns: tuple[str, ...] | None = None, grade: str = ""
) -> OtherTable:
    """The tables of these files as one.

    Args:
        files: CSV files with a heading line.
        lexicon: reads drug names.
        columns: the headings of the first drug, the second and the grade, where they are not those of a known table.
        grade: of every pair, of lists without a grade; `columns` are two then.

    Raises:
        InputError: a file that cannot be read or lacks the headings.
    """
    rows = [row for path in files for row in _rows(path, columns, grade)]
    table = pd.DataFrame(rows, columns=["a", "b", "grade"], dtype="str")
    ingredient = {name: _ingredient(name, lexicon) for name in pd.unique(table[["a", "b"]].to_numpy().ravel())}
    counts = pd.concat([table["a"], table["b"]]).value_counts()
    unknown = sorted(name for name, found in ingredient.items() if not found)
    unmatched = pd.DataFrame({"name": unknown, "rows": [int(counts[name]) for name in unknown]})
    first, second = table["a"].map(ingredient), table["b"].map(ingredient)
    both = (first != "") & (second != "") & (first != second)
    pairs = pd.DataFrame(
        {
            "a": first.where(first < second, second),
            "b": second.where(first < second, first),
            "grade": table["grade"].str.strip().str.lower().map(_GRADE_OF).fillna(UNKNOWN),
        }
    )[both]
    order = {grade: at for at, grade in enumerate((*_GRADES, UNKNOWN))}
    pairs = pairs.sort_values("grade", key=lambda grades: grades.map(order), kind="stable")
    pairs = pairs.drop_duplicates(["a", "b"]).sort_values(["a", "b"], ignore_index=True)
    return OtherTable(pairs, unmatched, frozenset(filter(None, ingredient.values())))


def missing_letters(files: Sequence[Path]) -> list[str]:
    """The ATC groups of which no file of DDInter is among these; all if the names do not tell."""
    given = {found[1] for path in files if (found := _LETTER.search(path.stem))}
    return [letter for letter in "ABCDGHJLMNPRSV" if letter not in given]


def headings(text: str, graded: bool = True) -> tuple[str, ...]:
    """`FIRST,SECOND,GRADE`, or `FIRST,SECOND` of a list without a grade, as headings.

    Raises:
        InputError: they are not so many.
    """
    parts = tuple(part.strip() for part in text.split(","))
    if len(parts) != (3 if graded else 2) or not all(parts):
        said = "three headings, such as drug1,drug2,severity" if graded else "two headings, such as drug1,drug2"
        raise InputError(f"--columns: name {said}.")
    return parts


def listed_drugs(path: Path, lexicon: Lexicon) -> tuple[str, ...]:
    """The ingredients of a file with a drug on each line.

    Raises:
        InputError: the file cannot be read, or a line names no single ingredient.
    """
    try:
        lines = [line.strip() for line in decode(path.read_bytes(), path.name).splitlines()]
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    found = {line: _ingredient(line, lexicon) for line in lines if line and not line.startswith("#")}
    unknown = [line for line, ingredient in found.items() if not ingredient]
    if unknown:
        raise InputError(f"{path.name}: not known as one ingredient: {', '.join(unknown[:10])}.")
    return tuple(dict.fromkeys(found.values()))


def _ingredient(name: str, lexicon: Lexicon) -> str:
    """The one ingredient of a name that means the medicine as it reaches the body, else an empty text."""
    read = lexicon.read(name)
    local = "(" in name and read.route not in ("", "oral")
    return read.ingredients[0] if len(read.ingredients) == 1 and not local else ""


def _rows(path: Path, columns: tuple[str, ...] | None, grade: str) -> list[tuple[str, ...]]:
    """Of each row the two drugs and the grade."""
    try:
        lines = decode(path.read_bytes(), path.name).splitlines()
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    separator = max(_SEPARATORS, key=(lines or [""])[0].count)
    records = csv.reader(lines, delimiter=separator)
    first = [cell.strip() for cell in next(records, [])]
    if grade and not columns and len(first) >= 4 and _DRUGBANK.fullmatch(first[1]) and _DRUGBANK.fullmatch(first[3]):
        at = [0, 2]
        records = csv.reader(lines, delimiter=separator)
    else:
        known = [columns] if columns else _UNGRADED if grade else _HEADINGS
        wanted = next((names for names in known if set(names) <= set(first)), None)
        if wanted is None:
            raise InputError(
                f"{path.name}: headings of two drugs{'' if grade else ' and a grade'} were not found among "
                f"{', '.join(first) or 'nothing'}. Name them: --columns FIRST,SECOND{'' if grade else ',GRADE'}."
            )
        at = [first.index(name) for name in wanted]
    cells = ([*(cell.strip() for cell in record), *[""] * len(first)] for record in records if record)
    return [(*(record[position] for position in at), *([grade] if grade else [])) for record in cells]
