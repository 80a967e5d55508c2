"""Cells of the reference's rows as the compiler reads them; what it cannot read is told with file, line and column."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline.errors import ReferenceDamagedError
from pipeline.rulebook.concepts import Concepts
from pipeline.rulebook.rules import Entry
from pipeline.rulebook.terms import Term


def cell(row: dict, column: str, read: Callable[[str], Any]) -> Any:
    """What a cell says, as `read` understands it.

    Raises:
        ReferenceDamagedError: it says nothing that can be understood, or names what the reference does not have.
    """
    try:
        return read(row[column])
    except KeyError as error:
        raise damaged(row, column, f"{error} is not in the reference") from error
    except ValueError as error:
        raise damaged(row, column, str(error)) from error


def one_of(row: dict, column: str, allowed: tuple[str, ...]) -> str:
    """What a cell says, if it is one of these.

    Raises:
        ReferenceDamagedError: it is not.
    """
    if row[column] not in allowed:
        raise damaged(row, column, f"must be one of {', '.join(filter(None, allowed))}")
    return str(row[column])


def damaged(row: dict, column: str, reason: str) -> ReferenceDamagedError:
    """The error to raise for a cell."""
    return ReferenceDamagedError(f"{row['_file']}, line {row['_line']}, column {column}: {reason}.")


def entry(terms: list[Term], concepts: Concepts) -> Entry:
    """An entry of a list of terms.

    Raises:
        KeyError: a term names what the reference does not have.
    """
    codes = np.unique(np.concatenate([concepts.codes(term) for term in terms]))
    numbers = tuple(dict.fromkeys(term.name for term in terms if term.kind == "band"))
    return Entry("|".join(term.text for term in terms), codes, numbers)
