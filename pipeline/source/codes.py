"""The user's own table of codes: a CSV file of `system`, `code` and `name`."""

from pathlib import Path

import pandas as pd

from pipeline.errors import InputError
from pipeline.normalise.codes import SYSTEMS, spellings
from pipeline.source import delimited

COLUMNS = ("system", "code", "name")
_SYSTEMS = {**{name: name for name in SYSTEMS}, "rxnorm": "rxcui"}


def read_codes(path: Path) -> pd.DataFrame:
    """The codes of a file, as the columns `system`, `code` and `name`.

    Raises:
        InputError: the file cannot be read, lacks a column, or has a row that cannot be used.
    """
    try:
        records, malformed = delimited.rows(path.read_bytes(), path.name, None)
    except OSError as error:
        raise InputError(f"The table of codes {path} cannot be read: {error.strerror}. Check --codes.") from error
    headings = [str(cell).strip().casefold() for cell in records[0]] if records else []
    missing = [column for column in COLUMNS if column not in headings]
    if missing:
        raise InputError(
            f"{path}: no column '{missing[0]}'. The first line must be system,code,name, and the lines below it such "
            "as rxcui,197391,baclofen 10 mg tablet."
        )
    rows = []
    for line, record in enumerate(records[1:], start=2):
        cells = [
            str(record[headings.index(column)]).strip() if len(record) == len(headings) else "" for column in COLUMNS
        ]
        if not any(str(cell).strip() for cell in record):
            continue
        system = _SYSTEMS.get(cells[0].casefold(), "")
        if line in malformed or not all(cells):
            raise InputError(f"{path}, line {line}: a system, a code and a name are needed.")
        if not system:
            raise InputError(f"{path}, line {line}, column system: must be {', '.join(SYSTEMS)}.")
        if not spellings(system, cells[1]):
            raise InputError(f"{path}, line {line}, column code: is no {system} code.")
        rows.append((system, *cells[1:]))
    return pd.DataFrame(rows, columns=list(COLUMNS), dtype="str")
