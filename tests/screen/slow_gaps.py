"""Rules of something missing, slow and plain: the part of `slow` that asks for companions, tests, ends and fields."""

from collections.abc import Callable
from datetime import date, timedelta

from tests.screen.slow_terms import Terms, alternatives, entries, finding, in_unit, quantity


class Gaps(Terms):
    """The rules of gaps, asked of one resident after the other."""

    def gaps(self, person: dict, found: set[tuple], missing: dict[str, set[str]]) -> None:
        kinds = {
            "companion": self._companion,
            "lab": self._lab,
            "duration": self._duration,
            "reduction": self._reduction,
            "stop": self._stop,
            "field": self._field,
        }
        for rule in self.active("gaps"):
            present = alternatives(rule["present"])
            fails, unknown, held, grade = self.context(rule, person)
            if fails:
                continue
            mine = [
                dose
                for dose in person["doses"]
                if self.any_names(present, dose["ingredient"], dose["group"])
                and rule["orders"] in ("", "prn" if dose["prn"] else "scheduled")
            ]
            hits, lacking = kinds[rule["kind"]](rule, present, mine, person)
            if hits and not unknown:
                for doses in hits:
                    drugs, rows = {dose["ingredient"] for dose in doses}, {dose["row"] for dose in doses}
                    found.add(finding(rule["rule_id"], grade, drugs, rows, held))
            elif (hits or lacking) and not held:
                missing[rule["rule_id"]] = unknown | lacking

    def _companion(self, rule: dict, present: list[str], mine: list[dict], person: dict) -> tuple[list, set[str]]:
        if any(self.holds(term, person) for terms in entries(rule["needs"]) for term in terms):
            return [], set()
        least = float(rule["min_days"] or "-inf")
        due = [course for course in self.courses(mine) if self.days(course, self.today) >= least]
        now = [dose for course in due for dose in course if self.taken_now(dose)]
        other = any(self.holds(term, person) for term in present if not self.is_drug(term))
        return [now] if now or other else [], set()

    def _lab(self, rule: dict, present: list[str], mine: list[dict], person: dict) -> tuple[list, set[str]]:
        least = float(rule["min_days"] or 0)
        due = [course for course in self.courses(mine) if self.days(course, self.today) >= least]
        now = [dose for course in due for dose in course if self.taken_now(dose)]
        tested = any(self.known(test, person, float(rule["within_days"])) for test in rule["needs"].split("|"))
        return [now] if now and not tested else [], set()

    def _duration(self, rule: dict, present: list[str], mine: list[dict], person: dict) -> tuple[list, set[str]]:
        return self._too_long(rule, mine, lambda course: False)

    def _reduction(self, rule: dict, present: list[str], mine: list[dict], person: dict) -> tuple[list, set[str]]:
        since = self.today - timedelta(days=int(rule["within_days"]))

        def lowered(course: list[dict]) -> bool:
            if any(dose["daily"] is None for dose in course if self.taken_now(dose)):
                return False
            days = [since, *(dose["start"] for dose in course if dose["start"] and dose["start"] > since)]
            levels = [sum(dose["daily"] or 0 for dose in course if _covers_day(dose, day)) for day in days]
            return sum(dose["daily"] for dose in course if self.taken_now(dose)) < max(levels)

        return self._too_long(rule, mine, lowered)

    def _too_long(self, rule: dict, mine: list[dict], settled: Callable[[list[dict]], bool]) -> tuple[list, set[str]]:
        going_on = [
            course
            for course in self.courses(mine)
            if any(self.taken_now(dose) for dose in course) and not settled(course)
        ]
        lengths = [self.days(course, self.today) for course in going_on]
        longer = [
            dose
            for course, days in zip(going_on, lengths, strict=True)
            if float(rule["max_days"]) < days < float("inf")
            for dose in course
            if self.taken_now(dose)
        ]
        if longer:
            return [longer], set()
        return [], {"start date"} if float("inf") in lengths else set()

    def _stop(self, rule: dict, present: list[str], mine: list[dict], person: dict) -> tuple[list, set[str]]:
        if any(self.taken_now(dose) for dose in mine):
            return [], set()
        low, unit = quantity(rule["final_dose"])
        share = unit == "%"
        closing: list[dict] = []
        for course in self.courses(mine):
            end = max(dose["stop"] for dose in course)
            last = [dose for dose in course if dose["stop"] == end]
            recent = (self.today - end).days <= float(rule["within_days"])
            if not recent or self.days(course, end) < float(rule["min_days"] or 0):
                continue
            unit = last[0]["unit"] if share else unit
            doses = [in_unit(dose, "daily", unit) for dose in last]
            if None not in doses:
                begins = [dose["start"] or date.min for dose in course]
                peak = max(
                    sum(in_unit(dose, "daily", unit) or 0 for dose in course if _covers_day(dose, day))
                    for day in begins
                )
                if sum(doses) <= (peak * low / 100 if share else low) and sum(doses) < peak:
                    continue
            closing += last
        if not closing:
            return [], set()
        latest = max(dose["stop"] for dose in closing)
        return [[dose for dose in closing if dose["stop"] == latest]], set()

    def _field(self, rule: dict, present: list[str], mine: list[dict], person: dict) -> tuple[list, set[str]]:
        """A finding for each order; orders of the same medicines are one finding."""
        fields = set(rule["needs"].split("|"))
        by_order: dict[int, list[dict]] = {}
        for dose in mine:
            if self.taken_now(dose) and fields <= dose["lacks"]:
                by_order.setdefault(dose["order"], []).append(dose)
        same: dict[frozenset, list[dict]] = {}
        for doses in by_order.values():
            same.setdefault(frozenset(dose["ingredient"] for dose in doses), []).extend(doses)
        return list(same.values()), set()


def _covers_day(dose: dict, day: date) -> bool:
    return (dose["start"] or date.min) <= day <= (dose["stop"] or date.max)
