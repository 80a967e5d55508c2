"""Residents and rules made up at random from a seed: as rows of the input, and as `slow` takes them."""

import random
from datetime import date, timedelta

from tests.toy import TODAY

DRUGS = ("alderine", "birchol", "cedarin", "elmic", "firostat", "gorsemab", "hazelor", "ivyrin")
CLASSES = ("load", "plant", "shrub", "tree")
CONDITIONS = ("fever", "gout", "palsy")
ROUTES = {
    "systemic": "oral", "rectal": "rectal", "intrathecal": "intrathecal", "inhaled": "inhalation",
    "ophthalmic": "ophthalmic", "vaginal": "vaginal", "local": "topical",
}  # fmt: skip
STATES = ("pregnant", "breastfeeding", "smoker", "hospice", "dialysis", "grapefruit")
ALCOHOL = ("none", "occasional", "moderate", "heavy")
HEPATIC = ("none", "mild", "moderate", "severe")
FIELDS = ("indication", "dose", "frequency", "route", "stop_date")


def home(seed: int, size: int) -> tuple[dict[str, list[dict[str, str]]], list[dict]]:
    """The tables of a home, and its residents. Row numbers are as in a sheet: the first row under the heading is 2."""
    chance = random.Random(seed)
    tables: dict[str, list[dict[str, str]]] = {
        name: [] for name in ("patients", "medications", "conditions", "allergies", "labs")
    }
    return tables, [_resident(chance, f"R{number:04}", tables) for number in range(size)]


def _resident(chance: random.Random, name: str, tables: dict[str, list[dict[str, str]]]) -> dict:
    person: dict = {"id": name, "doses": [], "states": set(), "numbers": {}}
    row = {"patient_id": name}
    for state in STATES:
        yes = chance.random() < 0.15
        row[state] = "yes" if yes else chance.choice(["no", ""])
        person["states"] |= {state} if yes else set()
    row["sex"] = chance.choice(["F", "M", ""])
    person["states"] |= {{"F": "female", "M": "male"}[row["sex"]]} if row["sex"] else set()
    person["alcohol"], person["hepatic"] = chance.choice([0, 0, 1, 2, 3]), chance.choice([0, 0, 1, 2, 3])
    row["alcohol_use"], row["hepatic_impairment"] = ALCOHOL[person["alcohol"]], HEPATIC[person["hepatic"]]
    _people_numbers(chance, row, person)
    tables["patients"].append(row)
    for test, values in (("egfr", (20, 29, 30, 45, 59, 60, 90)), ("potassium", (3, 5, 5.5, 6))):
        if chance.random() < 0.7:
            age = chance.choice([0, 1, 29, 30, 31, 89, 90, 91, 200, 365, 366, 500])
            value = chance.choice(values)
            person["numbers"][test] = (value, age)
            day = TODAY - timedelta(days=age)
            tables["labs"].append({"patient_id": name, "test": test, "value": str(value), "unit": "", "date": str(day)})
    person["conditions"] = {group for group in CONDITIONS if chance.random() < 0.3}
    for group in sorted(person["conditions"]):
        tables["conditions"].append({"patient_id": name, "code": "", "description": group})
    person["allergies"] = {drug for drug in DRUGS if chance.random() < 0.08}
    tables["allergies"] += [{"patient_id": name, "substance": drug} for drug in sorted(person["allergies"])]
    if chance.random() < 0.1:
        person["allergies"].add("class:tree")
        tables["allergies"].append({"patient_id": name, "substance": "trees"})
    for _ in range(chance.choice([0, 1, 2, 3, 4, 5, 7])):
        _order(chance, name, person, tables["medications"])
    return person


def _people_numbers(chance: random.Random, row: dict[str, str], person: dict) -> None:
    row |= {"birth_date": "", "weight_kg": "", "pump_refill_due": ""}
    if chance.random() < 0.8:
        age = chance.choice([10, 64, 65, 66, 79, 80, 81, 95])
        row["birth_date"] = str(TODAY.replace(year=TODAY.year - age) - timedelta(days=chance.choice([0, 1, 200])))
        person["numbers"]["age"] = (age, 0)
    if chance.random() < 0.7:
        weight = chance.choice([40, 49, 50, 80])
        row["weight_kg"] = str(weight)
        person["numbers"]["weight_kg"] = (weight, 0)
    if chance.random() < 0.3:
        days = chance.choice([-5, -1, 0, 3, 7, 8, 30])
        row["pump_refill_due"] = str(TODAY + timedelta(days=days))
        person["numbers"]["pump_refill_days"] = (days, 0)


def _order(chance: random.Random, name: str, person: dict, rows: list[dict[str, str]]) -> None:
    """One order, and sometimes the next ones of the same medicine, so that there are courses."""
    combined = chance.random() < 0.1
    drug = "alderbirch" if combined else chance.choice(DRUGS)
    group = chance.choice(["systemic"] * 6 + list(ROUTES))
    start = TODAY - timedelta(days=chance.choice([-3, 0, 1, 6, 7, 8, 20, 40, 100, 300]))
    renewals = chance.choice([0, 0, 0, 1, 2])
    for turn in range(renewals + 1):
        stop = start + timedelta(days=chance.choice([0, 2, 5, 13, 30, 90]))
        ongoing = turn == renewals and chance.random() < 0.6
        dated = chance.random() < 0.92
        row = {
            "patient_id": name,
            "order_id": f"{len(rows)}",
            "drug": drug,
            "dose": "" if chance.random() < 0.08 else str(chance.choice([1, 2, 5, 10, 20])),
            "dose_unit": "tablet" if combined else "units" if drug == "gorsemab" else "mg",
            "frequency": "" if chance.random() < 0.08 else "daily",
            "route": ROUTES[group],
            "prn": "yes" if chance.random() < 0.25 else "no",
            "start_date": str(start) if dated else "",
            "stop_date": "" if ongoing else str(stop),
            "indication": chance.choice(["", "pain", "pain", "gout"]),
        }
        if group == "systemic" and drug != "gorsemab" and chance.random() < 0.3:
            row["route"] = ""
        if row["indication"] == "gout" and (not dated or start <= TODAY) and (ongoing or stop >= TODAY):
            person["conditions"].add("gout")
        rows.append(row)
        person["doses"] += _doses(row, group, start if dated else None, None if ongoing else stop, len(rows))
        start = stop + timedelta(days=chance.choice([-4, 0, 1, 2, 4, 5, 9]))


def _doses(row: dict[str, str], group: str, start: date | None, stop: date | None, number: int) -> list[dict]:
    given = float(row["dose"]) if row["dose"] else None
    strengths = {"alderine": 10.0, "birchol": 5.0} if row["drug"] == "alderbirch" else {row["drug"]: 1.0}
    doses = []
    for ingredient, strength in strengths.items():
        single = None if given is None else given * strength
        doses.append(
            {
                "order": number,
                "row": number + 1,
                "ingredient": ingredient,
                # The toy's alderine goes through the skin.
                "group": "systemic" if (ingredient, group) == ("alderine", "local") else group,
                "start": start,
                "stop": stop,
                "single": single,
                "daily": single if row["frequency"] else None,
                "unit": "unit" if ingredient == "gorsemab" else "mg",
                "prn": row["prn"] == "yes",
                "lacks": {field for field in FIELDS if not row[field]},
            }
        )
    return doses


# Rules


def rules(seed: int, count: int) -> dict[str, list[dict[str, str]]]:
    """So many rules of each table."""
    chance = random.Random(seed)
    made = {"pairs": _pair, "totals": _total, "gaps": _gap}
    return {table: [make(chance) | _words(chance, table, at) for at in range(count)] for table, make in made.items()}


def _words(chance: random.Random, table: str, number: int) -> dict[str, str]:
    return {
        "rule_id": f"{table}-{number:03}",
        "check": chance.choice(["interaction", "dose"]),
        "problem": chance.choice(["falls", "bleeding"]),
        "severity": chance.choice(["contraindicated", "major", "moderate", "minor"]),
        "active": "no" if number and chance.random() < 0.05 else "yes",
        "when": _context(chance, 0.3),
        "unless": _context(chance, 0.25),
        "raise_when": _context(chance, 0.25),
        "lower_when": _context(chance, 0.25),
    }


def _medicine(chance: random.Random) -> str:
    """A term of a medicine, or two of which any may be taken."""
    routes = ["", "", "", "", ":systemic", ":intrathecal", ":vaginal|local", ":any", ":rectal|inhaled|ophthalmic"]
    one = chance.choice([*DRUGS, *DRUGS, *(f"class:{name}" for name in CLASSES), "any"]) + chance.choice(routes)
    return one if chance.random() < 0.8 else f"{one}|{chance.choice(DRUGS)}"


def _band(chance: random.Random) -> str:
    bands = {
        "age": (65, 80), "weight_kg": (49, 50), "egfr": (30, 45, 60), "potassium": (5, 5.5), "pump_refill_days": (0, 7),
    }  # fmt: skip
    name = chance.choice(list(bands))
    return f"{name}{chance.choice(['<', '<=', '>', '>='])}{chance.choice(bands[name])}"


def _other(chance: random.Random) -> str:
    """A term that is no medicine; of alternatives a band stands first."""
    states = [*STATES, "female", "male"]
    degrees = ["alcohol", "alcohol:moderate", "alcohol:heavy", "hepatic:mild", "hepatic:moderate", "hepatic:severe"]
    conditions = [f"condition:{name}" for name in CONDITIONS]
    allergies = ["allergy:alderine", "allergy:class:tree", "allergy:class:plant"]
    kinds = [states, degrees, conditions, allergies]
    if chance.random() < 0.4:
        second = chance.choice(kinds[:3]) if chance.random() < 0.3 else []
        return "|".join([_band(chance), *([chance.choice(second)] if second else [])])
    return chance.choice(chance.choice(kinds))


def _context(chance: random.Random, share: float) -> str:
    entries = [
        chance.choice([_medicine, _other, _other])(chance) for _ in range(chance.choice([1, 1, 2]))
    ]  # fmt: skip
    return ";".join(entries) if chance.random() < share else ""


def _pair(chance: random.Random) -> dict[str, str]:
    row = {"a": _medicine(chance)}
    row["b"] = chance.choice([_medicine, _medicine, _other, _other, lambda _: "same", lambda _: "allergy:same"])(chance)
    row["washout_days"] = chance.choice(["", "", "", "7", "14"])
    row["min_days"] = chance.choice(["", "", "", "8", "30"])
    if row["b"] not in ("same", "allergy:same"):
        row["min_daily_dose"] = chance.choice(["", "", "", "10 mg", "20000 mcg", "5 unit"])
    row["max_lab_age"] = chance.choice(["", "", "30", "90", "400"])
    return row


def _total(chance: random.Random) -> dict[str, str]:
    measure = chance.choice(
        [
            "daily_dose",
            "daily_dose",
            "daily_dose_per_kg",
            "weighted_daily_dose",
            "times_a_day",
            "dose",
            "weight",
            "ingredients",
        ]
    )
    terms = chance.choice(["alderine", "class:tree", "class:load", "class:plant:any", "gorsemab|elmic", "any"])
    thresholds = {
        "daily_dose": [("10", "mg"), ("20000", "mcg"), ("0.03", "g"), ("10", "unit")],
        "daily_dose_per_kg": [("0.2", "mg"), ("500", "mcg")],
        "weighted_daily_dose": [("20", "mg"), ("0.03", "g"), ("10", "unit")],
        "times_a_day": [("0.5", ""), ("1", "")],
        "dose": [("5", "mg"), ("10", "mg"), ("0.02", "g")],
        "weight": [("2", ""), ("3.5", "")],
        "ingredients": [("1", ""), ("2", ""), ("3", "")],
    }
    threshold, unit = chance.choice(thresholds[measure])
    return {
        "terms": terms,
        "measure": measure,
        "comparison": chance.choice([">", ">="]),
        "threshold": threshold,
        "unit": unit,
        "started_within_days": chance.choice(["", "", "7", "30"]),
    }


def _gap(chance: random.Random) -> dict[str, str]:
    kind = chance.choice(["companion", "lab", "duration", "reduction", "stop", "field"])
    row = {"kind": kind, "present": _medicine(chance), "orders": chance.choice(["", "", "prn", "scheduled"])}
    if kind == "companion":
        row["needs"] = ";".join({_medicine(chance), chance.choice(["smoker", "condition:gout", "class:shrub"])})
        row["min_days"] = chance.choice(["", "", "14", "90"])
        if chance.random() < 0.3:
            row |= {"present": chance.choice(["condition:fever", "hospice", "alcohol:moderate"]), "orders": ""}
    elif kind == "lab":
        row |= {"needs": chance.choice(["potassium", "egfr|potassium"]), "within_days": chance.choice(["30", "90"])}
        row["min_days"] = chance.choice(["", "14", "90"])
    elif kind == "duration":
        row["max_days"] = chance.choice(["7", "14", "90"])
    elif kind == "reduction":
        row |= {"max_days": chance.choice(["7", "14", "90"]), "within_days": chance.choice(["5", "30"])}
    elif kind == "stop":
        row |= {"within_days": chance.choice(["14", "40"]), "min_days": chance.choice(["", "7"])}
        row["final_dose"] = chance.choice(["0 mg", "5 mg", "10000 mcg", "10 unit", "50 %", "100 %"])
    else:
        row["needs"] = chance.choice(["indication", "dose", "frequency", "route", "stop_date", "dose|frequency"])
    return row
