"""What holds for whom on the day of the review, asked by the kernels for the context of their rules."""

import numpy as np
import pandas as pd

from pipeline.joining import order_of
from pipeline.normalise.facts import Facts
from pipeline.rulebook.rules import DEFAULT_LAB_AGE, Context, Entry

# To sort the positions of less than a twentieth of the facts is faster than to look at all of them.
_FEW = 20


class Situation:
    """The facts that hold on the day of the review, looked up by concept.

    Attributes: `facts`; `numbers`; `today` (in the facts' counting); `current` (mask: holds today); `patients` (how
    many).
    """

    def __init__(self, facts: Facts, numbers: pd.DataFrame, today: np.int32) -> None:
        self.facts = facts
        self.today = today
        self.patients = len(facts.ids)
        self.current = (facts.start <= today) & (facts.stop >= today)
        self._by_concept = order_of(facts.concept)
        # The facts of concept c stand in `_by_concept` from `_first[c]` on, up to `_first[c + 1]`.
        self._first = np.append(0, np.cumsum(np.bincount(facts.concept)))
        self._holds: dict[tuple[bytes, float], np.ndarray] = {}
        self.numbers = numbers
        self._ages: dict[str, np.ndarray] = {}
        self._by_number: dict[str, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def positions(self, codes: np.ndarray) -> np.ndarray:
        """The facts of any of these concepts, current or not, in their order."""
        found, in_order = self._of(codes)
        return found if in_order else np.sort(found)

    def _of(self, codes: np.ndarray) -> tuple[np.ndarray, bool]:
        """The facts of any of these concepts, and whether they are in their order."""
        codes = codes[codes < len(self._first) - 1]
        low, high = self._first[codes], self._first[codes + 1]
        if (high - low).sum() * _FEW > len(self.facts):
            named = np.zeros(len(self._first), dtype=bool)
            named[codes] = True
            return np.flatnonzero(named[self.facts.concept]), True
        present = high > low
        pieces = [self._by_concept[start:stop] for start, stop in zip(low[present], high[present], strict=True)]
        return np.concatenate(pieces or [np.array([], dtype=np.int64)]), len(pieces) < 2

    def current_positions(self, codes: np.ndarray) -> np.ndarray:
        """The facts of any of these concepts that hold today."""
        found = self.positions(codes)
        return found[self.current[found]]

    def holds(self, codes: np.ndarray, oldest: float = DEFAULT_LAB_AGE) -> np.ndarray:
        """For each patient whether any of these concepts holds today. An older lab value is not known."""
        key = (codes.tobytes(), oldest)
        if key not in self._holds:
            found, _ = self._of(codes)
            fresh = found[self.current[found] & (self.facts.age_days[found] <= oldest)]
            answer = np.zeros(self.patients, dtype=bool)
            answer[self.facts.patient[fresh]] = True
            self._holds[key] = answer
        return self._holds[key]

    def known(self, number: str, oldest: float = DEFAULT_LAB_AGE) -> np.ndarray:
        """For each patient whether the number is known from the last `oldest` days."""
        return self.age_of(number) <= oldest

    def age_of(self, number: str) -> np.ndarray:
        """For each patient how many days old the number's newest value is; infinite when there is none."""
        if number not in self._ages:
            patient, _, age = self._of_number(number)
            self._ages[number] = ages = np.full(self.patients, np.inf)
            ages[patient] = age
        return self._ages[number]

    def value_of(self, number: str) -> np.ndarray:
        """For each patient the number's newest value; NaN when there is none."""
        patient, value, _ = self._of_number(number)
        values = np.full(self.patients, np.nan)
        values[patient] = value
        return values

    def _of_number(self, number: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Patient, value and age in days of the values of one number; which those are is looked up once for all."""
        if not self._by_number:
            code, names = pd.factorize(self.numbers["number"])
            columns = {"patient": np.int64, "value": np.float64, "age_days": np.float64}
            arrays = [self.numbers[name].to_numpy(kind) for name, kind in columns.items()]
            for at, name in enumerate(names):
                mine = code == at
                patient, value, age = (array[mine] for array in arrays)
                self._by_number[name] = patient, value, age
        none = np.array([], dtype=np.int64)
        return self._by_number.get(number, (none, none, none))

    def asked(self, rule: int, at: np.ndarray) -> np.ndarray:
        """Those of the facts that the rule is to be asked about: all. Of what would be, most rules are known."""
        return at

    def pair_facts(self) -> np.ndarray:
        """Which facts can be in a pair that is to be looked at."""
        return np.ones(len(self.facts), dtype=bool)

    def asked_pairs(self, rule: np.ndarray, a: np.ndarray, b: np.ndarray) -> np.ndarray:
        """Which of the pairs of facts (positions) and rules (numbers) are to be looked at."""
        return np.ones(len(rule), dtype=bool)

    def unmet(self, context: Context, patient: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """For each of these patients whether `when` fails, and what is missing to tell (empty: nothing).

        An entry that fails for want of a number is not assessable, and the other entries must hold for that to matter.
        """
        fails = np.zeros(len(patient), dtype=bool)
        missing = np.full(len(patient), "", dtype=object)
        if not context.when:
            return fails, missing
        for entry in context.when:
            holds = self.holds(entry.codes, context.max_lab_age)[patient]
            unknown = np.full(len(patient), "", dtype=object)
            for number in entry.numbers:
                unknown[~holds & ~self.known(number, context.max_lab_age)[patient]] = number
            fails |= ~holds & (unknown == "")
            missing = np.where(missing == "", unknown, missing)
        return fails, np.where(fails, "", missing)

    def held_by(self, context: Context, patient: np.ndarray) -> np.ndarray:
        """For each of these patients the text of the first entry of `unless` that holds, else empty."""
        answer = np.full(len(patient), "", dtype=object)
        for entry in context.unless:
            answer[self.holds(entry.codes, context.max_lab_age)[patient] & (answer == "")] = entry.text
        return answer

    def step(self, context: Context, patient: np.ndarray) -> np.ndarray:
        """For each of these patients 1 if any entry of `raise_when` holds, less 1 if any of `lower_when` does."""
        up, down = (
            self._any(entries, context.max_lab_age, patient) for entries in (context.raise_when, context.lower_when)
        )
        return up.astype(np.int8) - down.astype(np.int8)

    def _any(self, entries: tuple[Entry, ...], oldest: float, patient: np.ndarray) -> np.ndarray:
        answer = np.zeros(len(patient), dtype=bool)
        for entry in entries:
            answer |= self.holds(entry.codes, oldest)[patient]
        return answer
