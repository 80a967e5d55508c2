"""A user's own RxNorm files (RRF), as names and codes of medicines to lay over the reference.

The files are read line by line: of millions of lines only those that are used are kept.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from pipeline.errors import InputError
from pipeline.normalise.codes import spellings
from pipeline.normalise.drug_text import DrugText, Lexicon
from pipeline.rulebook.load import COLUMNS, Reference

_FILES = ("RXNCONSO", "RXNREL", "RXNSAT")
_CODED = ("IN", "PIN", "MIN", "BN", "SCD", "SBD", "SCDC", "SBDC", "SCDF", "SBDF", "GPCK", "BPCK")
_SUBSTANCES = ("IN", "PIN", "MIN")
_SYNONYM = "SY"
# How a brand and an exact substance are tied to their ingredients; the files hold each in both directions.
_TIES = ("tradename_of", "has_tradename", "form_of", "has_form")
_BRAND = re.compile(r"(.+)\[(.+)\]")
_FEWEST_LETTERS = 3
_OTHERWISE = "known here as"
_DIFFERENT = "stands for different medicines"


@dataclass
class Release:
    """What is used of the files: names by term type (of concepts in use, by RxNorm itself), ties, and NDCs.

    `atoms`: (RxCUI, term type, text). `ties`: RxCUI → RxCUIs. `ndcs`: RxCUI → NDCs.
    """

    atoms: list[tuple[str, str, str]] = field(default_factory=list)
    ties: dict[str, set[str]] = field(default_factory=dict)
    ndcs: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Taken:
    """What a folder is made of: rows of `names` and `codes`, and what could not be matched.

    `unmatched`: a name, how many codes stand for it, its term type, why.
    """

    names: list[list[str]]
    codes: list[list[str]]
    unmatched: list[list[str]]


def read_release(files: Sequence[Path]) -> Release:
    """Reads RXNCONSO.RRF and, where they are given, RXNREL.RRF and RXNSAT.RRF.

    Raises:
        InputError: a file of another name, that cannot be read, or that is not as RxNorm delivers it.
    """
    given = {name: path for path in files for name in _FILES if path.name.upper().startswith(name)}
    other = [path for path in files if path not in given.values()]
    if other or "RXNCONSO" not in given:
        wrong = f"{other[0]} is none of them." if other else "RXNCONSO.RRF is missing."
        raise InputError(f"Name RXNCONSO.RRF and, if you have them, RXNREL.RRF and RXNSAT.RRF. {wrong}")
    release = Release()
    for cells in _lines(given["RXNCONSO"], 17, ("|RXNORM|",)):
        rxcui, source, kind, text, suppressed = (cells[at] for at in (0, 11, 12, 14, 16))
        if source == "RXNORM" and suppressed == "N" and kind in (*_CODED, _SYNONYM) and spellings("rxcui", rxcui):
            release.atoms.append((rxcui, kind, text))
    if not release.atoms:
        raise InputError(f"{given['RXNCONSO']} holds no name of RxNorm's own that is in use.")
    if "RXNREL" in given:
        for cells in _lines(given["RXNREL"], 15, _TIES):
            if cells[7] in _TIES and cells[10] == "RXNORM" and cells[14] in ("", "N"):
                for one, other_one in ((cells[0], cells[4]), (cells[4], cells[0])):
                    release.ties.setdefault(one, set()).add(other_one)
    if "RXNSAT" in given:
        for cells in _lines(given["RXNSAT"], 12, ("|NDC|RXNORM|",)):
            if cells[8] == "NDC" and cells[9] == "RXNORM" and cells[11] in ("", "N"):
                release.ndcs.setdefault(cells[0], []).append(cells[10])
    return release


def _lines(path: Path, columns: int, marks: tuple[str, ...]) -> Iterator[list[str]]:
    """The cells of each line that holds one of the marks."""
    try:
        with path.open(encoding="utf-8", newline="\n") as file:
            for number, line in enumerate(file, 1):
                if any(mark in line for mark in marks):
                    cells = line.rstrip("\r\n").split("|")
                    if len(cells) < columns:
                        raise InputError(f"{path}, line {number}: only {len(cells)} columns. Copy the file again.")
                    yield cells
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error.strerror}. Check the path.") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path} is no text in UTF-8. Copy the file again.") from error


def take_over(release: Release, reference: Reference) -> Taken:
    """Names that the reference lacks for ingredients that it has, and every code whose name it then understands."""
    lexicon = Lexicon(reference.tables)
    names, refused = _Names(release, lexicon).new()
    rows = [[name, ";".join(ingredients), kind, "", ""] for name, (ingredients, kind) in sorted(names.items())]
    columns = list(COLUMNS["names"])
    added = pd.DataFrame(rows, columns=columns, dtype="str")
    both = pd.concat([reference.tables["names"][columns], added], ignore_index=True)
    lexicon = Lexicon({**reference.tables, "names": both})
    codes: list[list[str]] = []
    unmatched: list[list[str]] = []
    for rxcui, kind, text in release.atoms:
        if kind == _SYNONYM:
            continue
        ndcs = [code for code in release.ndcs.get(rxcui, []) if spellings("ndc", code)]
        read = lexicon.read(text)
        if not read.ingredients and (branded := _BRAND.fullmatch(text.strip())):
            # Of a brand that is not known what stands before it tells as much.
            text, read = branded[1].strip(), lexicon.read(branded[1])
        why = refused.get((kind, text), "")
        if read.ingredients and not why.startswith(_OTHERWISE):
            codes += [["rxcui", rxcui, text], *(["ndc", code, text] for code in ndcs)]
        else:
            unmatched.append([text, str(1 + len(ndcs)), kind, why or read.reason])
    unique = [list(row) for row in sorted({tuple(row) for row in codes})]
    return Taken(rows, unique, sorted(unmatched, key=lambda row: (row[2], row[0])))


class _Names:
    """Works out which names of a release are new, and what they stand for."""

    def __init__(self, release: Release, lexicon: Lexicon) -> None:
        self._lexicon = lexicon
        self._ties = release.ties
        self._texts: dict[str, list[tuple[str, str]]] = {}  # RxCUI → its term types and texts
        self._products: dict[str, set[tuple[str, ...]]] = {}  # brand → the ingredients of each of its products
        for rxcui, kind, text in release.atoms:
            if kind in (*_SUBSTANCES, "BN", _SYNONYM):
                self._texts.setdefault(rxcui, []).append((kind, text))
            elif kind == "SBD" and (found := _BRAND.fullmatch(text.strip())):
                made = lexicon.read(found[1]).ingredients
                self._products.setdefault(found[2].casefold(), set()).add(tuple(sorted(made)))

    def new(self) -> tuple[dict[str, tuple[tuple[str, ...], str]], dict[tuple[str, str], str]]:
        """Name → its ingredients and kind; and why a name (term type and text) was not taken."""
        names: dict[str, tuple[tuple[str, ...], str]] = {}
        refused: dict[tuple[str, str], str] = {}
        ambiguous: set[str] = set()
        for rxcui, texts in self._texts.items():
            kinds = [kind for kind, _ in texts if kind != _SYNONYM]
            if not kinds:
                continue  # the synonym of a product
            ingredients, why = self._brand(rxcui, texts) if "BN" in kinds else self._substance(rxcui, texts)
            for kind, text in texts:
                read = self._lexicon.read(text)
                if read.ingredients and ingredients and not self._lexicon.agree(read.ingredients, ingredients):
                    refused[kind, text] = f"{_OTHERWISE} {', '.join(read.ingredients)}"
                elif ingredients and _may_be_new(text, read):
                    previous = names.setdefault(text.lower(), (ingredients, _kind(kinds[0], ingredients)))
                    if set(previous[0]) != set(ingredients):
                        ambiguous.add(text.lower())
                        refused[kind, text] = _DIFFERENT
                elif why:
                    refused[kind, text] = why
        return {name: names[name] for name in names.keys() - ambiguous}, refused

    def _substance(self, rxcui: str, texts: list[tuple[str, str]]) -> tuple[tuple[str, ...], str]:
        """By its own name or a synonym that is known, else by the ingredient that it is a form of."""
        own, synonyms = ([text for kind, text in texts if (kind == _SYNONYM) is said] for said in (False, True))
        of_tied = [
            text for tied in self._ties.get(rxcui, ()) for kind, text in self._texts.get(tied, []) if kind == "IN"
        ]
        for candidates in (own, synonyms, of_tied):
            read = (self._lexicon.read(text) for text in candidates)
            found = {drug.ingredients for drug in read if drug.ingredients and not drug.reason}
            if found:
                return (found.pop(), "") if len(found) == 1 else ((), _DIFFERENT)
        return (), ""

    def _brand(self, rxcui: str, texts: list[tuple[str, str]]) -> tuple[tuple[str, ...], str]:
        """By its products, which must all be made of the same; without any, by the one ingredient it is tied to."""
        text = next(text for kind, text in texts if kind == "BN")
        made = self._products.get(text.casefold(), set())
        if () in made:
            return (), "a product of it holds an ingredient that is not known"
        if len(made) > 1:
            return (), "its products are different medicines"
        if made:
            return next(iter(made)), ""
        tied = [
            self._substance(one, self._texts[one])[0]
            for one in self._ties.get(rxcui, ())
            if any(kind in _SUBSTANCES for kind, _ in self._texts.get(one, []))
        ]
        alone = len(set(tied)) == 1 and len(tied[0]) == 1
        return (tied[0], "") if alone else ((), "no product tells what it holds" if tied else "")


def _kind(term_type: str, ingredients: tuple[str, ...]) -> str:
    if term_type == "BN":
        return "brand"
    return "combination" if len(ingredients) > 1 else {"PIN": "salt"}.get(term_type, "generic")


def _may_be_new(text: str, read: DrugText) -> bool:
    """Whether a text has a word that nothing here knows: `Ear Drops` is a brand too, and would be read everywhere."""
    letters = sum(character.isalpha() for character in text)
    return not read.ingredients and " is not known" in read.reason and letters >= _FEWEST_LETTERS
