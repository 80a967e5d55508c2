"""Laboratory results and other measurements: which test, which number, in the test's own unit."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.normalise.distinct import distinct_rows, each_row
from pipeline.normalise.numerals import number, with_point
from pipeline.normalise.text import folded

_LOINC = re.compile(r"\d{1,5}-\d$")
_BRACKETED = re.compile(r"\[[^\]]*\]")
# How results name the sample: `Creatinine [Mass/volume] in Serum or Plasma`, `Potassium, serum`, `lithium level`.
_METHOD = re.compile(r" by [a-z0-9 ]*$")
_SAMPLE = re.compile(r" in (?:[a-z]+ ){0,2}(?:serum|plasma|blood)(?: (?:or )?(?:plasma|blood|serum))*$")
_AFTER = re.compile(r"(?: (?:serum|plasma|blood|level|result|value|measured|lab|ser/plas|ser|plas|bld))+$")
_BEFORE = re.compile(r"^(?:(?:serum|plasma|lab) )+")
_VALUE = re.compile(
    r"(?:(?:HH|LL|H|L)\s+)?(<=|>=|<|>|\u2264|\u2265|~)?\s*([-+]?[\d.,]*\d(?:e[-+]?\d+)?)\s*(.*)$", re.IGNORECASE
)
_FLAG = re.compile(r"[\s(\[*!]*(?:HH|LL|H|L|A|N|C|high|low|normal|abnormal|critical|crit)?[\s)\]*!]*$", re.IGNORECASE)
_TWO_VALUES = re.compile(r"(\d{1,3})\s*/\s*(\d{1,3})(?!\d)")
_NO_UNIT = frozenset({"", "n/a", "na", "none", "null", "unitless", "no units", "unknown", "1"})
# What stands where a result was expected.
_NO_RESULT = frozenset(
    {"pending", "cancelled", "canceled", "not done", "refused", "see note", "see comment", "see report", "hemolyzed",
     "haemolyzed", "haemolysed", "clotted", "quantity not sufficient", "qns", "tnp", "test not performed", "n/a", "na",
     "unknown", "none", "ordered", "not performed", "no result"}
)  # fmt: skip


_MOST = 200_000  # results that are kept in mind


@dataclass(frozen=True)
class Reading:
    """What a result says: `values` (test and number in the test's own unit; NaN where the result is in words), or the
    `reason` why it cannot be used. `bad`: no such result of this test can be.
    """

    values: tuple[tuple[str, float], ...] = ()
    reason: str = ""
    bad: bool = False


class LabTests:
    """The tests of the reference: their names and LOINC codes, units, and the values that can be."""

    def __init__(self, tables: Mapping[str, pd.DataFrame]) -> None:
        labs, units, ranges = tables["labs"], tables["lab_units"], tables["lab_ranges"]
        self._names = {folded(name): test for test, name in zip(labs["test"], labs["name"], strict=True)}
        self._units = {
            (test, _unit(unit)): _conversion(factor)
            for test, unit, factor in zip(units["test"], units["unit"], units["factor"], strict=True)
        }
        self._measured = set(units["test"])
        self._usual = dict(zip(ranges["test"], ranges["unit"], strict=True))
        self._ranges = {
            test: (float(low), float(high))
            for test, low, high in zip(ranges["test"], ranges["low"], ranges["high"], strict=True)
        }
        self._tests: dict[tuple[str, str], str] = {}
        self._readings: dict[tuple[str, str, str, str], Reading] = {}

    def test(self, name: str, loinc: str = "") -> str:
        """The test that a result names, by its code where it has one; `sbp;dbp` for one that is two; or empty."""
        if (name, loinc) not in self._tests:
            coded = bool(_LOINC.match(loinc.strip()))
            found = self._names.get(folded(loinc), "") if coded else self._named(name)
            self._tests[name, loinc] = found
        return self._tests[name, loinc]

    def _named(self, name: str) -> str:
        plain = folded(_BRACKETED.sub(" ", name))
        for text in (folded(name), plain, bare := _SAMPLE.sub("", _METHOD.sub("", plain))):
            if text in self._names:
                return self._names[text]
        return self._names.get(_BEFORE.sub("", _AFTER.sub("", bare)), "")

    def read(self, name: str, loinc: str, value: str, unit: str) -> Reading:
        """A row of results."""
        key = (name, loinc, value, unit)
        if key not in self._readings:
            if len(self._readings) >= _MOST:
                self._readings.clear()
            self._readings[key] = self._read(self.test(name, loinc), value, unit)
        return self._readings[key]

    def each(self, labs: pd.DataFrame) -> tuple[np.ndarray, list[Reading]]:
        """Of each row of a table of results its place among the readings of the distinct ones."""
        place, distinct = distinct_rows(labs, ["test", "loinc", "value", "unit"])
        return place, [self.read(*row) for row in each_row(distinct)]

    def _read(self, test: str, value: str, unit: str) -> Reading:
        if not test:
            return Reading(reason="test not known")
        tests = test.split(";")
        if len(tests) == 2:
            found = _TWO_VALUES.match(value.strip())
            if not found:
                return Reading(reason="not two numbers such as 128/76", bad=True)
            return self._in_range([(part, float(text)) for part, text in zip(tests, found.groups(), strict=True)])
        if test not in self._measured:
            # A test whose result is in words: that there is one is what counts.
            if folded(value) in _NO_RESULT:
                return Reading(reason="no result", bad=True)
            return Reading(((test, float("nan")),))
        found = _VALUE.match(with_point(value.strip()).replace("\u2212", "-"))
        amount = number(found[2]) if found else "not a number"
        if found is None or isinstance(amount, str):
            return Reading(reason="not a number", bad=True)
        written = "" if _FLAG.match(found[3]) else found[3].strip()
        if written and (test, _unit(written)) not in self._units:
            return Reading(reason="not a number", bad=True)
        told = unit if folded(unit) not in _NO_UNIT else written
        # A result without a unit is in the test's usual one, if it has one.
        conversion = self._units.get((test, _unit(told))) if told or not self._usual.get(test, "?") else (1.0, 0.0)
        if conversion is None:
            return Reading(reason="unit not known")
        converted = amount * conversion[0] + conversion[1]
        # `<15` is below 15, whatever it is.
        beyond = {"<": -np.inf, ">": np.inf}.get(found[1] or "", converted)
        return self._in_range([(test, float(np.nextafter(converted, beyond)))])

    def _in_range(self, values: list[tuple[str, float]]) -> Reading:
        for test, value in values:
            low, high = self._ranges.get(test, (-np.inf, np.inf))
            if not low <= value <= high:
                unit = self._usual.get(test, "")
                return Reading(reason=f"not plausible for {test.replace('_', ' ')} in {unit}: check its unit", bad=True)
        return Reading(tuple(values))


def _unit(text: str) -> str:
    """A unit as it is compared: without spaces and signs, micro always written u."""
    key = folded(text.replace("*", "").replace("^", "")).replace(" ", "")
    return re.sub(r"^(?:mc|micro)(?=mol|g|iu|unit|u/)", "u", key).replace("/mcl", "/ul").replace("/microl", "/ul")


def _conversion(factor: str) -> tuple[float, float]:
    """A factor of the reference, `0.0113` or `0.0915 + 2.15`, as what to multiply by and what to add."""
    times, _, plus = factor.partition("+")
    return float(times), float(plus or 0)
