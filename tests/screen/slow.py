"""The screen once more, slow and plain, written from reference/README.md: the kernels must agree with it.

What README leaves open, ties, is decided here too: of rules for two medicines that cover equally many pairs the more
severe speaks; of equally severe rules for bands the one that covers fewer pairs, then the narrower band; of rules of a
sum that are equally severe the one that is so without being raised; then one that is not held back, then the first.
"""

from datetime import date

from tests.screen.slow_gaps import Gaps
from tests.screen.slow_terms import (
    BODY,
    DEGREES,
    GROUPS,
    IN_MG,
    SEVERITIES,
    YEAR,
    alternatives,
    band,
    finding,
    in_unit,
    quantity,
)


class Screen(Gaps):
    """The rules of a reference, asked of one resident after the other."""

    def __init__(self, tables: dict[str, list[dict[str, str]]], today: date) -> None:
        super().__init__(tables, today)
        self._covered: dict[str, int] = {}

    def findings(self, person: dict) -> tuple[set[tuple], dict[tuple, set[str]]]:
        """The findings of a resident: rule, severity, ingredients, rows, the entry of `unless` that holds it back;
        and the rules that cannot be assessed, with what they lack.
        """
        found: set[tuple] = set()
        missing: dict[str, set[str]] = {}
        for kernel in (self._pairs, self._totals, self.gaps):
            kernel(person, found, missing)
        # What one rule says of the very same orders is one finding, whichever of their ingredients it is about.
        one: dict[tuple, set[str]] = {}
        for rule_id, severity, drugs, rows, held in found:
            key = (rule_id, severity, rows, held) if rows else (rule_id, severity, rows, held, drugs)
            one.setdefault(key, set()).update(drugs.split(";"))
        found = {(key[0], key[1], ";".join(sorted(drugs)), key[2], key[3]) for key, drugs in one.items()}
        return found, {rule: what for rule, what in missing.items() if what}

    # Pairs

    def _pairs(self, person: dict, found: set[tuple], missing: dict[str, set[str]]) -> None:
        met: dict[tuple, list[tuple]] = {}
        for number, rule in enumerate(self.active("pairs")):
            a_terms, b_terms = alternatives(rule["a"]), alternatives(rule["b"])
            fails, unknown, held, grade = self.context(rule, person)
            if fails:
                continue
            oldest = float(rule["max_lab_age"] or YEAR)
            of_drugs = self.is_drug(b_terms[0])
            for dose, partner in self._meeting(rule, person, a_terms, b_terms, oldest):
                lacking = unknown | (set() if of_drugs else self.unknown(b_terms, person, oldest))
                reached = self._dose_reached(rule, dose, person)
                if reached is None:
                    lacking = lacking | {"daily dose"}
                other_fails = not of_drugs and not self._other_holds(b_terms, dose, person, oldest)
                if reached is False or (other_fails and not self.unknown(b_terms, person, oldest)):
                    continue
                if lacking:
                    if not held:
                        missing.setdefault(rule["rule_id"], set()).update(lacking)
                    continue
                covers = self._covers(rule, a_terms, b_terms)
                if of_drugs:
                    drugs = frozenset({dose["ingredient"], partner["ingredient"]})
                    place = (drugs, rule["problem"])
                    rank = (covers, grade, bool(held), number)
                else:
                    drugs = frozenset({dose["ingredient"]})
                    place = (drugs, _family(b_terms), rule["check"], rule["problem"])
                    rank = (grade, covers, -_degree(b_terms[0]), bool(held), number)
                rows = {one["row"] for one in (dose, partner) if one}
                met.setdefault(place, []).append((rank, rule["rule_id"], grade, drugs, rows, held))
        for rivals in met.values():
            best = min(rival[0] for rival in rivals)
            mine = [rival for rival in rivals if rival[0] == best]
            _, rule_id, grade, drugs, _, held = mine[0]
            found.add(finding(rule_id, grade, drugs, set().union(*(rival[4] for rival in mine)), held))

    def _meeting(self, rule: dict, person: dict, a: list[str], b: list[str], oldest: float) -> list[tuple]:
        """The doses of side a, each with each of side b (None where that is no medicine), on the days that count."""
        washout = float(rule["washout_days"] or 0)
        least = float(rule["min_days"] or "-inf")
        pairs = []
        for dose in person["doses"]:
            if not self.any_names(a, dose["ingredient"], dose["group"]) or not self.counts(dose, washout):
                continue
            if not self.is_drug(b[0]):
                if self._together(person, dose, None) >= least:
                    pairs.append((dose, None))
                continue
            for partner in person["doses"]:
                if b == ["same"]:
                    named = partner["ingredient"] == dose["ingredient"] and partner["group"] in BODY
                else:
                    named = partner["ingredient"] != dose["ingredient"]
                    named = named and self.any_names(b, partner["ingredient"], partner["group"])
                meets = named and partner["order"] != dose["order"] and self.counts(partner, washout)
                meets = meets and (self.taken_now(dose) or self.taken_now(partner))
                if meets and self._together(person, dose, partner) >= least:
                    pairs.append((dose, partner))
        return pairs

    def _together(self, person: dict, dose: dict, partner: dict | None) -> float:
        """For how many days both have been taken, renewals of an order included."""
        both = [one for one in (dose, partner) if one]
        until = min([self.today, *(one["stop"] for one in both if one["stop"])])
        own = [course for course in self.courses(person["doses"]) if any(one in course for one in both)]
        return min(self.days(course, until) for course in own)

    def _dose_reached(self, rule: dict, dose: dict, person: dict) -> bool | None:
        """Whether so much of the medicine is taken a day, all its current orders together; None when not known."""
        if not rule["min_daily_dose"]:
            return True
        least, unit = quantity(rule["min_daily_dose"])
        orders = [dose]
        if self.taken_now(dose):
            orders = [
                other
                for other in person["doses"]
                if (other["ingredient"], other["group"]) == (dose["ingredient"], dose["group"])
                and self.taken_now(other)
            ]
        return _reaches([in_unit(order, "daily", unit) for order in orders], least)

    def _other_holds(self, terms: list[str], dose: dict, person: dict, oldest: float) -> bool:
        if terms == ["allergy:same"]:
            return dose["ingredient"] in person["allergies"]
        return any(self.holds(term, person, oldest) for term in terms)

    def _covers(self, rule: dict, a: list[str], b: list[str]) -> int:
        """How many pairs of an ingredient by a route group and what it must not meet the rule names."""
        if rule["rule_id"] not in self._covered:
            every = [(ingredient, group) for ingredient in self.ingredients for group in GROUPS]
            left = [one for one in every if self.any_names(a, *one)]
            if b in (["same"], ["allergy:same"]):
                count = len(left)
            elif self.is_drug(b[0]):
                right = [one for one in every if self.any_names(b, *one)]
                count = len({frozenset({x, y}) for x in left for y in right if x[0] != y[0]})
            else:
                other = {name for term in b for name in [term, *self._allergies_of(term)]}
                count = len(left) * len(other)
            self._covered[rule["rule_id"]] = count
        return self._covered[rule["rule_id"]]

    def _allergies_of(self, term: str) -> list[str]:
        return [f"allergy:{name}" for name in self.members(term[14:])] if term.startswith("allergy:class:") else []

    # Totals

    def _totals(self, person: dict, found: set[tuple], missing: dict[str, set[str]]) -> None:
        met: dict[tuple, list[tuple]] = {}
        open_: list[tuple] = []
        for number, rule in enumerate(self.active("totals")):
            terms = alternatives(rule["terms"])
            mine = [dose for dose in person["doses"] if self.any_names(terms, dose["ingredient"], dose["group"])]
            now = [dose for dose in mine if self.taken_now(dose)]
            fails, unknown, held, grade = self.context(rule, person)
            if not now or fails or not self._started(rule, mine):
                continue
            reached, lacking = self._total_reached(rule, terms, now, person)
            unknown = unknown | lacking
            family = (rule["terms"], rule["measure"], rule["problem"])
            rank = (grade, SEVERITIES.index(rule["severity"]), bool(held), number)
            if unknown and (reached is not False) and not held:
                open_.append((family, rank, rule["rule_id"], unknown))
            elif reached and not unknown:
                drugs, rows = {dose["ingredient"] for dose in now}, {dose["row"] for dose in now}
                met.setdefault(family, []).append((rank, finding(rule["rule_id"], grade, drugs, rows, held)))
        for rivals in met.values():
            found.add(min(rivals)[1])
        for family, rank, rule_id, unknown in open_:
            if family not in met or rank < min(met[family])[0]:
                missing[rule_id] = unknown

    def _started(self, rule: dict, doses: list[dict]) -> bool:
        """Whether the first of the courses that go on began recently, if the rule asks for that."""
        if not rule["started_within_days"]:
            return True
        going_on = [course for course in self.courses(doses) if any(self.taken_now(dose) for dose in course)]
        return max(self.days(course, self.today) for course in going_on) <= float(rule["started_within_days"])

    def _total_reached(
        self, rule: dict, terms: list[str], now: list[dict], person: dict
    ) -> tuple[bool | None, set[str]]:
        threshold, inclusive = float(rule["threshold"]), rule["comparison"] == ">="
        if rule["unit"] in IN_MG:
            threshold *= IN_MG[rule["unit"]]
        unit = "mg" if rule["unit"] in IN_MG else rule["unit"]
        ingredients = {dose["ingredient"] for dose in now}
        if rule["measure"] == "ingredients":
            return _beyond(len(ingredients), threshold, inclusive), set()
        if rule["measure"] == "weight":
            points = sum(self._points(terms, ingredient) for ingredient in ingredients)
            return _beyond(points, threshold, inclusive), set()
        if rule["measure"] == "dose":
            doses = [in_unit(dose, "single", unit) for dose in now]
            known = [dose for dose in doses if dose is not None]
            reached = bool(known) and _beyond(max(known), threshold, inclusive)
            return (None, {"single dose"}) if not reached and None in doses else (reached, set())
        if rule["measure"] == "times_a_day":
            times = [dose["daily"] / dose["single"] if dose["daily"] is not None else None for dose in now]
            reached = _beyond(max((each for each in times if each is not None), default=0), threshold, inclusive)
            return (None, {"daily dose"}) if not reached and None in times else (reached, set())
        doses = [in_unit(dose, "daily", unit) for dose in now]
        if rule["measure"] == "weighted_daily_dose":
            weights = [self._points(terms, dose["ingredient"]) for dose in now]
            doses = [None if dose is None else dose * weight for dose, weight in zip(doses, weights, strict=True)]
        total = sum(dose for dose in doses if dose is not None)
        name = "daily dose"
        if rule["measure"] == "daily_dose_per_kg":
            name = "daily dose and weight"
            if "weight_kg" not in person["numbers"]:
                return None, {name}
            total /= person["numbers"]["weight_kg"][0]
        reached = _beyond(total, threshold, inclusive)
        return (None, {name}) if not reached and None in doses else (reached, set())

    def _points(self, terms: list[str], ingredient: str) -> float:
        for term in terms:
            if term.startswith("class:") and ingredient in self.members(term.split(":")[1]):
                return self.members(term.split(":")[1])[ingredient]
        return 1.0


def _family(terms: list[str]) -> str:
    """What rules compete about that name no second medicine: the number of a band, a state of degrees, an allergy."""
    if found := band(terms[0]):
        return found[0]
    if terms[0].startswith("allergy:"):
        return "allergy"
    return next((state for state, degrees in DEGREES.items() if terms[0] in degrees), "|".join(terms))


def _degree(term: str) -> float:
    if found := band(term):
        return found[2] if found[1].startswith(">") else -found[2]
    return next((degrees.index(term) for degrees in DEGREES.values() if term in degrees), 0)


def _reaches(doses: list[float | None], least: float) -> bool | None:
    if sum(dose for dose in doses if dose is not None) >= least:
        return True
    return None if None in doses else False


def _beyond(value: float, threshold: float, inclusive: bool) -> bool:
    return value >= threshold if inclusive else value > threshold
