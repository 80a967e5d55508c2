"""What the runs counted, day by day: the tables behind the sheets of the trend."""

from dataclasses import dataclass, field

import pandas as pd

FIGURES = ("facility", "figure", "number")
MEASURES = ("measure", "facility", "title", "numerator", "denominator")


def _empty(columns: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({name: pd.Series(dtype="object") for name in ("as_of", *columns)})


@dataclass(frozen=True, eq=False)
class Trend:
    """`figures`, `measures`: `as_of` (text, the day of the review) and the columns `FIGURES` and `MEASURES`; an empty
    facility stands for all. Empty where no history is kept."""

    figures: pd.DataFrame = field(default_factory=lambda: _empty(FIGURES))
    measures: pd.DataFrame = field(default_factory=lambda: _empty(MEASURES))

    def followed_by(self, later: "Trend") -> "Trend":
        """Both, one after the other."""
        pairs = ((self.figures, later.figures), (self.measures, later.measures))
        return Trend(*(pd.concat([a, b], ignore_index=True) if len(a) else b for a, b in pairs))

    @property
    def days(self) -> list[str]:
        """The days of the reviews, the first one first."""
        return sorted(set(self.figures["as_of"]))


def figures(
    patients: pd.DataFrame, findings: pd.DataFrame, tiers: tuple[str, ...], grades: tuple[str, ...]
) -> pd.DataFrame:
    """What one review counts: residents, residents by tier, and findings that stand by severity and by status.

    Args:
        patients: `patient_id`, `facility`, `tier`.
        findings: as the review tells them.
        tiers, grades: those that are told of all residents also where there are none.

    Returns:
        The columns `FIGURES`: of each facility and, under an empty name, of all.
    """
    standing = findings[findings["status"] != "resolved"]
    home = dict(zip(patients["patient_id"], patients["facility"], strict=True))
    compared = findings[findings["status"] != ""]  # of a first review none is
    of = {
        "tier": (patients["facility"], patients["tier"], tiers),
        "severity": (standing["patient_id"].map(home), standing["severity"], grades),
        "status": (compared["patient_id"].map(home), compared["status"], ()),
    }
    frames = [_counted(patients["facility"], pd.Series("residents", index=patients.index), ("residents",))]
    for kind, (facility, values, always) in of.items():
        frames.append(_counted(facility, f"{kind}:" + values.astype("str"), [f"{kind}:{name}" for name in always]))
    return pd.concat(frames, ignore_index=True)


def _counted(facility: pd.Series, figure: pd.Series, always: list[str] | tuple[str, ...]) -> pd.DataFrame:
    each = pd.DataFrame({"facility": facility.fillna("").to_numpy(), "figure": figure.to_numpy()})
    counts = each[each["facility"] != ""].groupby(["facility", "figure"]).size().rename("number").reset_index()
    everyone = each["figure"].value_counts()
    everyone = everyone.reindex(list(dict.fromkeys([*always, *everyone.index])), fill_value=0)
    whole = pd.DataFrame({"facility": "", "figure": everyone.index, "number": everyone.to_numpy()})
    return pd.concat([counts, whole], ignore_index=True)


def measured(measures: pd.DataFrame) -> pd.DataFrame:
    """The measures of all and of each facility, not of its units: the columns `MEASURES`."""
    mine = measures[measures["unit"].fillna("") == ""]
    return mine.assign(facility=mine["facility"].fillna(""))[list(MEASURES)].reset_index(drop=True)
