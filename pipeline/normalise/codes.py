"""The medicine that a code stands for: RxCUI, NDC and ATC, by the user's own table and the reference's ATC codes."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from pipeline.normalise.drug_text import DrugText, Lexicon

SYSTEMS = ("rxcui", "ndc", "atc")
_NDC_PARTS = (5, 4, 2)
_NDC_DIGITS, _PRODUCT_DIGITS = sum(_NDC_PARTS), sum(_NDC_PARTS[:2])
_ATC_DIGITS = 7


def spellings(system: str, code: str) -> list[str]:
    """What a code may be in full, the likeliest first; spreadsheets drop leading zeros, and many write no hyphens.

    An NDC is eleven digits; one of ten without hyphens has lost a zero at one of three places. Nine digits are the code
    of a product in any package. A code that cannot be one of its system has no spelling.
    """
    if system == "ndc" and len(code) == _NDC_DIGITS and code.isdigit() and code.isascii() and code.strip("0"):
        return [code]  # as nearly all of a long table are
    code = re.sub(r"\.0+$", "", code.strip())
    if system == "rxcui":
        digits = code.lstrip("0")
        return [digits] if digits.isdigit() else []
    if system == "atc":
        code = re.sub(r"\W", "", code).upper()
        return [code] if re.fullmatch(r"[A-Z]\d\d[A-Z]{2}\d\d", code) else []
    parts = [part.strip() for part in re.split(r"[-\s]+", code)]
    if not all(part.isdigit() and part.isascii() for part in parts):
        return []
    if 1 < len(parts) <= len(_NDC_PARTS):
        padded = [part.zfill(length) for part, length in zip(parts, _NDC_PARTS, strict=False)]
        whole = "".join(padded)
        return [whole] if len(whole) in {_NDC_DIGITS, _PRODUCT_DIGITS} else []
    digits = parts[0]
    if len(parts) > 1 or len(digits) > _NDC_DIGITS + 1 or not digits.strip("0"):
        return []
    if len(digits) == _NDC_DIGITS + 1:  # some lists put a zero before all eleven
        return [digits[1:]] if digits[0] == "0" else []
    found = [digits.zfill(_NDC_DIGITS)]
    if len(digits) == _NDC_DIGITS - 1:
        found += [f"{digits[:5]}0{digits[5:]}", f"{digits[:9]}0{digits[9:]}"]
    return list(dict.fromkeys(found))


@dataclass(frozen=True)
class Coded:
    """What an order's codes say: the medicine, or none. `source`: the code that says so. `note`: why there is none."""

    drug: DrugText | None
    source: str
    note: str


class Codes:
    """Reads codes by the reference's ATC codes, by the codes of a folder laid over it, and by the user's own table.

    Of a code that stands in several of them the last one decides. The tables are `system`, `code`, `name`.
    """

    def __init__(self, tables: Mapping[str, pd.DataFrame], lexicon: Lexicon, own: pd.DataFrame | None = None) -> None:
        self._lexicon = lexicon
        self._names: dict[tuple[str, str], tuple[str, ...]] = {}
        for row in tables["drugs"].itertuples(index=False):
            for code in filter(None, row.atc.split(";")):
                self._names[("atc", code)] = (*self._names.get(("atc", code), ()), row.ingredient)
        for table in (tables.get("codes"), own):
            given: dict[tuple[str, str], tuple[str, ...]] = {}
            for system, code, name in [] if table is None else table[["system", "code", "name"]].to_numpy().tolist():
                for spelling in spellings(system, code):
                    given[system, spelling] = (*given.get((system, spelling), ()), name)
            self._names |= given

    def read(self, codes: Mapping[str, str]) -> Coded:
        """The medicine of an order's codes, by system. Codes that mean different medicines mean none."""
        found: list[tuple[DrugText, str]] = []
        note = ""
        for system, code in codes.items():
            names = self._named(system, code)
            drugs = [self._lexicon.read(name) for name in names]
            resolved = [drug for drug in drugs if drug.ingredients]
            if len(resolved) < len(drugs):
                unread = next(name for name, drug in zip(names, drugs, strict=True) if not drug.ingredients)
                note = note or f'the {system} code {code} stands for "{unread}", which is not recognised'
            elif len({frozenset(drug.ingredients) for drug in resolved}) == 1:
                drug = (
                    resolved[0]
                    if len(resolved) == 1
                    else replace(resolved[0], route="", strengths=_unknown(resolved[0]))
                )
                found.append((replace(drug, match="code", reason=""), f"{system} code {code}"))
        if len({frozenset(drug.ingredients) for drug, _ in found}) > 1:
            said = " and ".join(f"{source} for {', '.join(drug.ingredients)}" for drug, source in found)
            return Coded(None, "", f"its codes stand for different medicines: {said}")
        return Coded(found[0][0], found[0][1], "") if found else Coded(None, "", note)

    def _named(self, system: str, code: str) -> list[str]:
        """The names that a code stands for: one, unless its spelling is uncertain. An ATC code of several has none."""
        names: set[str] = set()
        for spelling in spellings(system, code):
            own = self._names.get((system, spelling)) or self._names.get((system, spelling[:_PRODUCT_DIGITS]), ())
            names.update(own)
        return sorted(names) if system != "atc" or len(names) == 1 else []


def _unknown(drug: DrugText) -> tuple[None, ...]:
    return (None,) * len(drug.ingredients)
