"""`medreview reference compare`: the reference held against somebody else's interaction table.

Each pair of ingredients is screened as a resident of 80 who takes both and of whom nothing else is known: what a
review would really say, not what the tables seem to hold.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import pandas as pd

from pipeline.canaries import screened
from pipeline.other_tables import OtherTable
from pipeline.rulebook.rules import Rulebook
from pipeline.rulebook.terms import BODY
from pipeline.tables import SEVERITIES

NOT_FLAGGED = "not flagged"
_AGE = 80
_DAY = date(2026, 1, 1)  # any day: the two medicines are taken on it


@dataclass(frozen=True)
class Comparison:
    """`pairs`: one row for each pair that either side grades: `a`, `b`, `theirs` (a grade, `unknown` or empty), `ours`
    (a severity or `not flagged`), `rules` (of ours, joined by `;`).
    """

    pairs: pd.DataFrame

    def share_flagged(self, grade: str, least: str = "moderate") -> tuple[int, int]:
        """How many of their pairs of a grade we flag at `least` or worse, and how many there are."""
        theirs = self.pairs[self.pairs["theirs"] == grade]
        return int(theirs["ours"].isin(_worse(least)).sum()), len(theirs)

    def share_known(self, severity: str, least: str = "moderate") -> tuple[int, int]:
        """How many of our pairs of a severity or worse they grade at `least` or worse, and how many there are."""
        ours = self.pairs[self.pairs["ours"].isin(_worse(severity))]
        return int(ours["theirs"].isin(_worse(least)).sum()), len(ours)

    def by_drug(self) -> pd.DataFrame:
        """For each ingredient how many of their major pairs we flag at moderate or worse, and how many there are."""
        theirs = self.pairs[self.pairs["theirs"] == "major"]
        flagged = theirs["ours"].isin(_worse("moderate"))
        sides = [pd.DataFrame({"ingredient": theirs[side], "flagged": flagged}) for side in ("a", "b")]
        counted = pd.concat(sides).groupby("ingredient")["flagged"].agg(["sum", "size"])
        counted = counted.rename(columns={"sum": "flagged", "size": "their_major"}).reset_index()
        return counted.assign(missed=counted["their_major"] - counted["flagged"]).sort_values(
            ["missed", "ingredient"], ascending=[False, True], ignore_index=True
        )


def _worse(severity: str) -> tuple[str, ...]:
    return SEVERITIES[: SEVERITIES.index(severity) + 1]


def compare(table: OtherTable, rulebook: Rulebook, among: Sequence[str], listed: Sequence[str]) -> Comparison:
    """Every pair of ingredients that both sides know.

    Args:
        table: theirs.
        rulebook: ours.
        among: the ingredients to compare; empty for all that the table names. Those that are applied locally are
            left out.
        listed: first letters of ATC codes of which one of the two has at least one, where their table holds only those
            letters; empty for no such limit.
    """
    drugs = rulebook.reference.tables["drugs"]
    atc = dict(zip(drugs["ingredient"], drugs["atc"], strict=True))
    known = sorted((table.ingredients & (set(among) or set(atc))) - applied_locally(rulebook))
    codes = {name: {code[0] for code in atc[name].split(";") if code} for name in known}
    wanted = [
        (a, b) for a, b in combinations(known, 2) if not listed or (codes[a] | codes[b]).intersection(listed)
    ]  # fmt: skip
    pairs = pd.DataFrame(wanted, columns=["a", "b"], dtype="str")
    ours = _screened(pairs, rulebook)
    pairs = pairs.assign(ours=ours["severity"].to_numpy(), rules=ours["rules"].to_numpy())
    theirs = table.pairs.rename(columns={"grade": "theirs"})
    pairs = pairs.merge(theirs, on=["a", "b"], how="left", validate="one_to_one").fillna({"theirs": ""})
    either = (pairs["theirs"] != "") | (pairs["ours"] != NOT_FLAGGED)
    return Comparison(pairs.loc[either, ["a", "b", "theirs", "ours", "rules"]].reset_index(drop=True))


def applied_locally(rulebook: Rulebook) -> frozenset[str]:
    """The ingredients that we take as staying where they are applied when no route is told.

    An interaction table tells no routes, so nobody knows which of their uses it means.
    """
    tables = rulebook.reference.tables
    group = dict(zip(tables["routes"]["route"], tables["routes"]["group"], strict=True))
    drugs = tables["drugs"]
    return frozenset(drugs["ingredient"][~drugs["route"].map(group).isin(BODY)])


def _screened(pairs: pd.DataFrame, rulebook: Rulebook) -> pd.DataFrame:
    """For each pair the worst severity that a review tells of it, and the rules.

    A rule that waits for a daily dose is counted: a review names it as not assessable until the dose is known.
    """
    ids = pairs.index.astype("str")
    orders = pd.concat(
        [pd.DataFrame({"patient_id": ids, "drug": pairs[side].to_numpy()}) for side in ("a", "b")], ignore_index=True
    )
    result = screened(orders, rulebook, _DAY, _AGE)
    of_both = result.findings["drugs"].str.contains(";")
    found = result.findings.loc[of_both, ["patient_id", "rule_id", "severity"]]
    waiting = result.missing[result.missing["missing"] == "daily dose"]
    ordered = pd.Index(sorted(ids))
    rules = rulebook.rules.loc[waiting["rule"], ["rule_id", "severity"]].reset_index(drop=True)
    pair_rules = rulebook.rules.loc[rulebook.rules["table"] == "pairs", "rule_id"]
    asked = rules.assign(patient_id=ordered[waiting["patient"].to_numpy()].astype("str"))
    asked = asked[asked["rule_id"].isin(pair_rules)]
    told = pd.concat([found, asked], ignore_index=True)
    told["grade"] = told["severity"].map({name: at for at, name in enumerate(SEVERITIES)})
    by_pair = told.groupby("patient_id").agg(
        grade=("grade", "min"), rules=("rule_id", lambda r: ";".join(sorted(set(r))))
    )
    by_pair = by_pair.reindex(ids)
    severity = by_pair["grade"].map(dict(enumerate(SEVERITIES))).fillna(NOT_FLAGGED)
    return pd.DataFrame({"severity": severity.astype("str"), "rules": by_pair["rules"].fillna("").astype("str")})
