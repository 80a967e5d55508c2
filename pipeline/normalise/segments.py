"""Directions as read so far: their parts, each one dose with its times between the commas and *thens* of a text."""

from dataclasses import dataclass, field, replace

from pipeline.normalise.amounts import Maximum, Stated
from pipeline.normalise.strengths import Quantity, rounded
from pipeline.normalise.titration import Change
from pipeline.normalise.words import Words, is_number

_MEASURED = {"mass", "amount"}
_ONE = {"1", "one"}


@dataclass
class Segment:
    """The doses of a part, the words that say how often, and how many days it lasts (0: not told).

    `then`: it follows what went before. `change`: by how much a dose rises or falls, and how often. `marks`: of each
    dose the signs before it and the word after it. `joined`: how its words of frequency follow those of the part
    before.
    """

    doses: list[Stated] = field(default_factory=list)
    marks: list[tuple[str, str]] = field(default_factory=list)
    left: list[str] = field(default_factory=list)
    left_words: list[str] = field(default_factory=list)
    days: float = 0.0
    then: bool = False
    labelled: bool = False
    joined: str = ""
    change: Change | None = None

    @property
    def frequency(self) -> str:
        return "".join(self.left).strip(" ,;-/:")

    @property
    def empty(self) -> bool:
        return not (self.doses or self.left or self.days or self.change)

    def keep(self, words: Words, start: int, end: int) -> None:
        """Words that say how often, or that mean nothing."""
        for at in range(start, end):
            between = words.raw[at].strip()
            self.left.append((between if between in {"-", "/"} else between.strip("().[]:") + " ") + words.words[at])
            self.left_words.append(words.words[at])

    def take(self, other: "Segment") -> None:
        """Takes in a part that has no dose of its own."""
        self.doses += other.doses
        self.marks += other.marks
        self.left += [other.joined, *other.left] if self.left and other.left else other.left
        self.left_words += other.left_words
        self.days = self.days or other.days
        self.change = self.change or other.change

    def given(self) -> "Segment":
        """The part without doses that only say another of the same unit in brackets: `325 mg (65 mg iron)`."""
        kept: list[int] = []
        for at, (dose, (sign, _)) in enumerate(zip(self.doses, self.marks, strict=True)):
            again = dose.unit.kind in _MEASURED and any(self.doses[other].unit == dose.unit for other in kept)
            if not ("(" in sign and again):
                kept.append(at)
        return replace(self, doses=[self.doses[at] for at in kept], marks=[self.marks[at] for at in kept])

    def counted_and_measured(self) -> tuple[str, str, str, tuple[str, str] | None, Quantity | None] | None:
        """Tablets (or mL) and mg of one dose: as `_one_dose` of the directions returns them; None: not just these."""
        counted = [at for at, dose in enumerate(self.doses) if dose.unit.kind in {"count", "volume"}]
        measured = [at for at, dose in enumerate(self.doses) if dose.unit.kind in _MEASURED]
        if not counted or len(measured) != 1 or len(counted) > 2:
            return None
        at, amount = measured[0], self.doses[measured[0]]
        sign, after = self.marks[at]
        if "=" in sign and at - 1 in counted:
            # "2 tabs (1 tab = 5 mg)"
            one = self.doses[at - 1]
            strength = _strength(amount, one)
            dose = self.doses[counted[0]]
            return dose.dose, dose.dose_unit, "", None, strength
        if len(counted) != 1:
            return None
        dose = self.doses[counted[0]]
        if after in {"each", "ea", "apiece"}:
            return dose.dose, dose.dose_unit, "", None, _strength(amount, None)
        bracketed = any("(" in self.marks[one][0] for one in (at, counted[0]))
        diluted = dose.unit.kind == "volume"  # "1 g in 100 mL"
        strength_first = at < counted[0] and not (bracketed or diluted)
        if strength_first and ("-" in amount.dose or dose.dose not in _ONE):
            return dose.dose, dose.dose_unit, "", None, None  # "5-325 mg 1-2 tabs"
        if at < counted[0] or dose.dose in _ONE or "-" in amount.dose:
            return amount.dose, amount.dose_unit, "", None, None
        return dose.dose, dose.dose_unit, "", (amount.dose, amount.dose_unit), None


@dataclass
class Reading:
    """What has been read so far."""

    words: Words
    capitals: set[str]
    segments: list[Segment] = field(default_factory=lambda: [Segment()])
    route: str = ""
    prn: bool = False
    reason_words: list[str] = field(default_factory=list)
    collecting: bool = False
    maximum: Maximum | None = None
    strength: Quantity | None = None
    sides: int = 1
    scale: list[Stated] = field(default_factory=list)
    whole: bool = True  # every word was understood
    taper: bool = False
    ended: bool = False
    label_end: int = 0  # the word after the last `day 1`

    @property
    def segment(self) -> Segment:
        return self.segments[-1]


def _strength(amount: Stated, of: Stated | None) -> Quantity | None:
    """What one tablet or mL holds."""
    if not is_number(amount.dose) or (of is not None and not (is_number(of.dose) and float(of.dose))):
        return None
    count = float(of.dose) * of.unit.factor if of else 1.0
    return Quantity(
        rounded(float(amount.dose) * amount.unit.factor / count), amount.unit.name, of.unit.name if of else ""
    )


def capitals(text: str) -> set[str]:
    """Words of two capitals in a text that is not in capitals throughout: `IT` beside *take*."""
    letters = [letter for letter in text if letter.isalpha()]
    mixed = 2 * sum(letter.islower() for letter in letters) >= len(letters)
    return (
        {word.lower() for word in text.replace(",", " ").split() if len(word) == 2 and word.isupper()}
        if mixed
        else set()
    )
