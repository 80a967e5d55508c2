"""Made-up lists of medicines, screened: the reference's canaries, and pairs to compare with other tables."""

from datetime import date

import numpy as np
import pandas as pd

from pipeline.errors import ReferenceDamagedError
from pipeline.normalise.facts import normalise
from pipeline.rulebook.cache import remembered
from pipeline.rulebook.rules import Rulebook
from pipeline.screen import Screened, screen
from pipeline.tables import empty
from pipeline.validate import Accepted


def canaries(rulebook: Rulebook, as_of: date) -> None:
    """Screens the reference's canaries: pairs that every screen must find. What was found of a reference is kept with
    it: as long as no byte of it or of the program changes, nor can what it finds.

    Raises:
        ReferenceDamagedError: one is not found. A reference that has lost a rule or a name must not screen with less
        than it says.
    """
    remembered("canaries", rulebook.reference.key, lambda: _found(rulebook, as_of))


def _found(rulebook: Rulebook, as_of: date) -> bool:
    table = rulebook.reference.tables["canaries"]
    rows = [(str(at), drug.strip()) for at, drugs in enumerate(table["drugs"]) for drug in drugs.split(";")]
    found = screened(pd.DataFrame(rows, columns=["patient_id", "drug"]), rulebook, as_of).findings
    seen = set(zip(found["patient_id"], found["rule_id"], strict=True))
    lost = [rule for at, rule in enumerate(table["rule_id"]) if (str(at), rule) not in seen]
    if lost:
        raise ReferenceDamagedError(
            f"The reference no longer finds what it must: {', '.join(lost)} did not fire on its canary. "
            "Nothing was screened. Install medreview again, or run `medreview reference lint` after a change of it."
        )
    return True


def screened(orders: pd.DataFrame, rulebook: Rulebook, as_of: date, age: int | None = None) -> Screened:
    """The screen of made-up people.

    Args:
        orders: `patient_id` and `drug`, one row an order.
        rulebook: the rules.
        as_of: the day of the review.
        age: of all of them; None: not known.
    """
    tables = {name: empty(name) for name in ("conditions", "allergies", "labs")}
    people: dict[str, object] = {"patient_id": orders["patient_id"].unique()}
    if age is not None:
        people["birth_date"] = np.datetime64(as_of.replace(year=as_of.year - age), "s")
    tables["patients"] = _typed("patients", pd.DataFrame(people))
    tables["medications"] = _typed("medications", orders)
    absent: dict[str, frozenset[str]] = {name: frozenset() for name in tables}
    accepted = Accepted(tables, pd.DataFrame(), {}, absent, {})
    return screen(normalise(accepted, rulebook, as_of), rulebook, absent, as_of)


def _typed(table: str, rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with all columns of the table, empty where not given."""
    kinds = empty(table).dtypes
    rows = rows.reindex(columns=kinds.index)
    text = [name for name in rows if kinds[name] == "str"]
    rows[text] = rows[text].astype("str").fillna("")
    return rows.astype(kinds)
