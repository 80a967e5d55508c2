"""The readers of a reference's words: of order texts, directions, problem lists and allergy lists."""

from dataclasses import dataclass
from functools import lru_cache

from pipeline.normalise.allergies import Allergens
from pipeline.normalise.codes import Codes
from pipeline.normalise.conditions import ConditionGroups
from pipeline.normalise.directions import Directions
from pipeline.normalise.drug_text import Lexicon
from pipeline.normalise.labs import LabTests
from pipeline.normalise.unsafe import UnsafeWriting
from pipeline.rulebook.cache import remembered
from pipeline.rulebook.load import Reference


@dataclass(frozen=True)
class Readers:
    """One reader for each kind of text."""

    lexicon: Lexicon
    directions: Directions
    condition_groups: ConditionGroups
    allergens: Allergens
    lab_tests: LabTests
    codes: Codes
    unsafe: UnsafeWriting


@lru_cache(maxsize=4)
def readers(reference: Reference) -> Readers:
    """The readers of a reference, made once for it: that takes longer than reading a home's records."""
    return remembered("readers", reference.key, lambda: _made(reference))


def _made(reference: Reference) -> Readers:
    lexicon = Lexicon(reference.tables)
    return Readers(
        lexicon,
        Directions(reference.tables),
        ConditionGroups(reference.tables),
        Allergens(reference.tables, lexicon),
        LabTests(reference.tables),
        Codes(reference.tables, lexicon),
        UnsafeWriting(reference.tables),
    )
