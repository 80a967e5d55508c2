"""What holds of a resident, asked of the text of terms; written from reference/README.md, slow and plain.

A resident is a dictionary: `doses` (one for each ingredient of each order: `order`, `row`, `ingredient`, `group`,
`start`, `stop` (dates or None), `daily`, `single` (None when not known), `unit`, `prn`, `lacks` (the empty fields of
the order)), `conditions`, `allergies` (`alderine`, `class:tree`), `states`, `alcohol` and `hepatic` (0 to 3), and
`numbers` (name → value and age in days). Rules and classes are the rows of the reference's tables, as text.
"""

from datetime import date, timedelta

SEVERITIES = ("contraindicated", "major", "moderate", "minor")
GROUPS = ("systemic", "rectal", "intrathecal", "inhaled", "ophthalmic", "vaginal", "local")
BODY = ("systemic", "rectal", "intrathecal")
DEGREES = {"alcohol": ("alcohol", "alcohol:moderate", "alcohol:heavy")}
DEGREES["hepatic"] = ("hepatic:mild", "hepatic:moderate", "hepatic:severe")
STATES = ("pregnant", "breastfeeding", "smoker", "hospice", "dialysis", "grapefruit", "female", "male")
YEAR = 365
IN_MG = {"g": 1000.0, "mg": 1.0, "mcg": 0.001}
RENEWAL = 3  # days between two orders that are still one course


class Terms:
    """The terms of a reference's rules, asked of one resident after the other on one day."""

    def __init__(self, tables: dict[str, list[dict[str, str]]], today: date) -> None:
        self.tables = tables
        self.today = today
        self.ingredients = [row["ingredient"] for row in tables["drugs"]]
        self._members: dict[str, dict[str, float]] = {}

    def members(self, name: str) -> dict[str, float]:
        """Ingredient → points of a class. What a row says of an ingredient itself goes before what others say."""
        if name not in self._members:
            self._members[name] = self._expanded(name)
        return self._members[name]

    def _expanded(self, name: str) -> dict[str, float]:
        rows = [row for row in self.tables["classes"] if row["class"] == name]
        points: dict[str, float] = {}
        prefixes = {row["member"][4:]: float(row["weight"] or 1) for row in rows if row["member"].startswith("atc:")}
        for drug in self.tables["drugs"]:
            fitting = [[prefix for prefix in prefixes if code.startswith(prefix)] for code in drug["atc"].split(";")]
            decisive = [prefixes[max(some, key=len)] for some in fitting if some]
            if decisive:
                points[drug["ingredient"]] = max(decisive)
        for row in rows:
            weight = float(row["weight"]) if row["weight"] else None
            if row["member"].startswith("class:"):
                for ingredient, own in self.members(row["member"][6:]).items():
                    points[ingredient] = own if weight is None else weight
        for row in rows:
            if row["member"] in self.ingredients:
                points[row["member"]] = float(row["weight"] or 1)
        return {ingredient: weight for ingredient, weight in points.items() if weight != 0}

    def is_drug(self, term: str) -> bool:
        first = term.split(":")[0]
        return first in ("any", "same", "class") or first in self.ingredients

    def names(self, term: str, ingredient: str, group: str) -> bool:
        """Whether a term of a medicine names this ingredient by this route group."""
        parts = term.removeprefix("class:").split(":")
        groups = BODY if len(parts) == 1 else GROUPS if parts[1] == "any" else parts[1].split("|")
        named = list(self.members(parts[0])) if term.startswith("class:") else parts[:1]
        return (ingredient in named or named == ["any"]) and group in groups

    def any_names(self, terms: list[str], ingredient: str, group: str) -> bool:
        return any(self.names(term, ingredient, group) for term in terms)

    def holds(self, term: str, person: dict, oldest: float = YEAR) -> bool:
        """Whether a term holds today."""
        if found := band(term):
            name, comparison, threshold = found
            if not self.known(name, person, oldest):
                return False
            value = person["numbers"][name][0]
            return {
                "<": value < threshold,
                "<=": value <= threshold,
                ">": value > threshold,
                ">=": value >= threshold,
            }[comparison]
        if term in STATES:
            return term in person["states"]
        for state, degrees in DEGREES.items():
            if term in degrees:
                return person[state] >= degrees.index(term) + 1
        if term.startswith("condition:"):
            return term[10:] in person["conditions"]
        if term.startswith("allergy:class:"):
            members = self.members(term[14:])
            return term[8:] in person["allergies"] or any(name in members for name in person["allergies"])
        if term.startswith("allergy:"):
            return term[8:] in person["allergies"]
        return any(
            self.names(term, dose["ingredient"], dose["group"]) for dose in person["doses"] if self.taken_now(dose)
        )

    def known(self, number: str, person: dict, oldest: float) -> bool:
        return number in person["numbers"] and person["numbers"][number][1] <= oldest

    def unknown(self, terms: list[str], person: dict, oldest: float) -> set[str]:
        """The numbers for want of which it cannot be told whether one of the terms holds."""
        if any(self.holds(term, person, oldest) for term in terms):
            return set()
        numbers = {found[0] for term in terms if (found := band(term))}
        return {number for number in numbers if not self.known(number, person, oldest)}

    def context(self, rule: dict, person: dict) -> "tuple[bool, set[str], str, int]":
        """Whether `when` fails, what is not known of it, what holds the finding back, and the severity."""
        oldest = float(rule.get("max_lab_age") or YEAR)
        fails, unknown = False, set()
        for terms in entries(rule["when"]):
            lacking = self.unknown(terms, person, oldest)
            unknown |= lacking
            fails |= not lacking and not any(self.holds(term, person, oldest) for term in terms)
        held = [terms for terms in entries(rule["unless"]) if any(self.holds(term, person, oldest) for term in terms)]
        raised = any(self.holds(term, person, oldest) for terms in entries(rule["raise_when"]) for term in terms)
        lowered = any(self.holds(term, person, oldest) for terms in entries(rule["lower_when"]) for term in terms)
        grade = min(max(SEVERITIES.index(rule["severity"]) - raised + lowered, 0), len(SEVERITIES) - 1)
        return fails, unknown, "|".join(held[0]) if held else "", grade

    # Days

    def begun(self, dose: dict) -> bool:
        return dose["start"] is None or dose["start"] <= self.today

    def taken_now(self, dose: dict) -> bool:
        return self.begun(dose) and (dose["stop"] is None or dose["stop"] >= self.today)

    def counts(self, dose: dict, washout: float) -> bool:
        """Taken now, or stopped no longer ago than the washout."""
        return self.taken_now(dose) or (
            self.begun(dose) and dose["stop"] is not None and dose["stop"] + timedelta(days=washout) >= self.today
        )

    def courses(self, doses: list[dict]) -> list[list[dict]]:
        """Orders of one ingredient by one route group that follow each other without a break."""
        courses: list[list[dict]] = []
        by_medicine: dict[tuple, list[dict]] = {}
        for dose in doses:
            if self.begun(dose):
                by_medicine.setdefault((dose["ingredient"], dose["group"]), []).append(dose)
        for same in by_medicine.values():
            end = date.min
            for dose in sorted(same, key=lambda dose: dose["start"] or date.min):
                start = dose["start"] or date.min
                if end == date.min or (end != date.max and start > end + timedelta(days=RENEWAL + 1)):
                    courses.append([])
                courses[-1].append(dose)
                end = max(end, dose["stop"] or date.max)
        return courses

    def days(self, course: list[dict], until: date) -> float:
        """How long a course has gone on; endless when it is not known when it began."""
        if any(dose["start"] is None for dose in course):
            return float("inf")
        return (until - min(dose["start"] for dose in course)).days + 1

    def active(self, table: str) -> list[dict[str, str]]:
        return [rule for rule in self.tables[table] if rule["active"] == "yes"]


def band(term: str) -> tuple[str, str, float] | None:
    for comparison in ("<=", ">=", "<", ">"):
        if comparison in term:
            name, threshold = term.split(comparison)
            return name, comparison, float(threshold)
    return None


def alternatives(entry: str) -> list[str]:
    """`a|b` apart; but `baclofen:vaginal|local` is one term of two route groups."""
    terms: list[str] = []
    for part in entry.split("|"):
        if terms and part in GROUPS:
            terms[-1] += "|" + part
        else:
            terms.append(part)
    return terms


def entries(cell: str) -> list[list[str]]:
    return [alternatives(entry) for entry in cell.split(";") if entry]


def quantity(text: str) -> tuple[float, str]:
    value, unit = text.split(" ")
    return (float(value) * IN_MG[unit], "mg") if unit in IN_MG else (float(value), unit)


def in_unit(dose: dict, which: str, unit: str) -> float | None:
    return dose[which] if dose["unit"] == unit else None


def finding(rule_id: str, grade: int, drugs: set[str] | frozenset[str], rows: set[int], held: str) -> tuple:
    return rule_id, SEVERITIES[grade], ";".join(sorted(drugs)), ";".join(map(str, sorted(rows))), held
