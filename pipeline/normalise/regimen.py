"""How one order is to be taken: its columns, and from its free directions what the columns leave out."""

from dataclasses import dataclass

from pipeline.normalise.amounts import Maximum
from pipeline.normalise.directions import Directions
from pipeline.normalise.frequency import Frequency
from pipeline.normalise.sig import Sig
from pipeline.normalise.steps import Step
from pipeline.normalise.strengths import Quantity

_SINGLE = "single dose"
_MOST = 50_000  # texts that are kept in mind


@dataclass(frozen=True)
class Regimen:
    """How an order is to be taken.

    `steps`: one, or those of a taper with the days of each (0: not told); each is the doses of one day with their
    times. `frequency`, `route`, `indication`: as the columns say them, else as the directions do. `days`: how long the
    whole order runs, where the directions say it beyond doubt. `until`: the last day as they write it. `note`: what a
    reader should know of the reading.
    """

    steps: tuple[tuple[tuple[Step, ...], float], ...]
    dose: str
    dose_unit: str
    frequency: str
    route: str
    prn: bool
    indication: str
    prn_reason: str
    maximum: Maximum | None
    days: int | None
    strength: Quantity | None
    total: tuple[str, str] | None
    sides: int
    until: str
    note: str


class Regimens:
    """Reads orders, each distinct text of directions once."""

    def __init__(self, directions: Directions) -> None:
        self._directions = directions
        self._sigs: dict[str, Sig] = {}

    def read(self, dose: str, dose_unit: str, frequency: str, directions: str, drug: str, route: str) -> Regimen:
        """What the columns of an order say. A column wins over free text; the drug text is asked last.

        Args:
            dose, dose_unit, frequency, route: the columns as written.
            directions: the column of free directions.
            drug: the drug text, which may hold directions too.
        """
        sigs = [self._sig(text) for text in (frequency, directions) if text]
        said_route = next((sig.route for sig in sigs if sig.route), "")  # that of the drug text is read with its form
        of_drug = self._of_drug(drug, dose, frequency, directions)
        sigs += [self._sig(of_drug)] if of_drug else []
        when, written = self._when(frequency, sigs)
        own = self._own_dose(dose, dose_unit)
        giving = next((sig for sig in sigs if sig.dose), None)
        note = ""
        if not dose.strip() and giving is not None:
            chosen = giving
        else:
            chosen = own or self._plain(dose, dose_unit)
            if own is None and giving is not None:
                chosen, note = self._beside(chosen, giving, when)
        if frequency and giving is not None and giving is sigs[0] and note:
            when = Frequency(None, when.prn, "the frequency tells another dose")
        steps = self._steps(chosen, when, use_own=chosen is giving or chosen is own)
        prn = when.prn or any(sig.prn for sig in sigs)
        indication = next((sig.indication for sig in sigs if sig.indication), "")
        # "once" beside "twice daily" is no single dose.
        again = any(sig.when.times_per_day and sig.when.reason != _SINGLE for sig in sigs)
        lengths = {sig.days for sig in sigs if sig.days and not (again and sig.when.reason == _SINGLE)}
        return Regimen(
            steps=steps,
            dose=dose or chosen.dose,
            dose_unit=dose_unit if dose else chosen.dose_unit,
            frequency=frequency or written,
            route=route or said_route,
            prn=prn,
            indication=indication,
            prn_reason=indication if prn else "",
            maximum=next((sig.maximum for sig in sigs if sig.maximum), None),
            days=lengths.pop() if len(lengths) == 1 else None,
            strength=chosen.strength,
            total=chosen.total,
            sides=max([sig.sides for sig in sigs] + [self._directions.sides(route)]),
            until=next((sig.until for sig in sigs if sig.until), ""),
            note=note or _note(steps),
        )

    def _sig(self, text: str) -> Sig:
        if text not in self._sigs:
            if len(self._sigs) >= _MOST:
                self._sigs.clear()
            self._sigs[text] = self._directions.sig(text)
        return self._sigs[text]

    def _of_drug(self, drug: str, dose: str, frequency: str, directions: str) -> str:
        """The directions within a drug text, for an order that says them nowhere else."""
        told = directions and self._sig(directions)
        complete = (dose or (told and told.dose)) and (frequency or (told and told.frequency))
        return "" if complete else self._directions.of_order_text(drug)

    def _plain(self, dose: str, dose_unit: str) -> Sig:
        return Sig(dose, dose_unit, "", "", False, "")

    def _own_dose(self, dose: str, dose_unit: str) -> Sig | None:
        """A dose column that holds more than a dose: `2 tabs (10 mg)`, `10 mg AM and 20 mg HS`."""
        if dose_unit or not any(letter.isalpha() for letter in dose):
            return None
        sig = self._sig(dose)
        return sig if sig.dose and (sig.turns or sig.steps or sig.total or sig.strength) else None

    def _when(self, frequency: str, sigs: list[Sig]) -> tuple[Frequency, str]:
        """How often: the column, unless it leaves that to other words; and those words."""
        column = sigs[0].when if frequency else None
        others = [sig for sig in (sigs[1:] if frequency else sigs) if sig.frequency]
        readable = next((sig for sig in others if sig.when.times_per_day is not None), None)
        if column is None:
            first = readable or next(iter(others), None)
            return (first.when, first.frequency) if first else (Frequency(None, False, "no frequency"), "")
        silent = column.times_per_day is None and (
            not column.reason.startswith(("not fixed", "several", '"'))
            or self._directions.frequencies.elsewhere(frequency)
        )
        if silent and readable:
            return Frequency(readable.when.times_per_day, column.prn or readable.when.prn, readable.when.reason), ""
        return column, ""

    def _beside(self, column: Sig, giving: Sig, when: Frequency) -> tuple[Sig, str]:
        """The dose of a column that stands beside free directions with a dose: they complete it, or contradict it."""
        amounts = self._directions.amounts
        mine = amounts.read(column.dose, column.dose_unit)
        if not mine.parts:
            return giving, ""
        several = giving.steps or giving.turns
        if mine.unit is None:
            same = not mine.written and amounts.read(giving.dose, giving.dose_unit).parts == mine.parts
            return (giving, "") if same else (column, "")
        if several and any(amounts.read(one.dose, one.dose_unit) == mine for one in several):
            return giving, ""
        told = self._directions.daily_dose(giving.dose, giving.dose_unit, giving.when, None)
        own = self._directions.daily_dose(column.dose, column.dose_unit, when, None)
        if told.value is not None and own.value is not None and told.unit == own.unit and told.value != own.value:
            return column, f"the directions say otherwise: {told.value:g} {told.unit} a day"
        return column, ""

    @staticmethod
    def _steps(sig: Sig, when: Frequency, use_own: bool) -> tuple[tuple[tuple[Step, ...], float], ...]:
        if use_own and sig.steps:
            return tuple(((step,), step.days) for step in sig.steps)
        if use_own and sig.turns:
            return ((sig.turns, 0.0),)
        return (((Step(sig.dose, sig.dose_unit, when),), 0.0),)


def _note(steps: tuple[tuple[tuple[Step, ...], float], ...]) -> str:
    if len(steps) < 2:
        return ""
    told = []
    for turns, days in steps:
        dose = " + ".join(f"{turn.dose} {turn.dose_unit}".strip() for turn in turns)
        told.append(f"{dose} for {days:g} days" if days else dose)
    return f"steps: {', then '.join(told)}"
