"""A toy reference on disk: eight medicines that do not exist, and the rules that a test asks for."""

from datetime import date
from io import StringIO
from pathlib import Path

import pandas as pd

from pipeline.normalise.facts import Normalised, normalise
from pipeline.rulebook.compile import rulebook
from pipeline.rulebook.load import COLUMNS, RULE_TABLES
from pipeline.rulebook.rules import Rulebook
from pipeline.screen import Screened, screen
from pipeline.source.raw import RawTable, Source
from pipeline.validate import validate

TODAY = date(2026, 1, 15)

TABLES = {
    "drugs": """ingredient,atc,route
alderine,A01AA01,oral
birchol,A01AA02,oral
cedarin,A01AB01,oral
elmic,B02BB01,oral
firostat,B02BC01;C03CA01,oral
gorsemab,C03CB01,subcutaneous
hazelor,,oral
ivyrin,C03DA01,oral
""",
    "names": """name,ingredients,kind,route,strengths
alderbirch,alderine;birchol,brand,,10 mg;5 mg
elmicor,elmic,brand,,
""",
    "classes": """class,member,weight
load,alderine,3
load,atc:C03,2
load,birchol,0.5
load,gorsemab,0
plant,cedarin,0
plant,class:shrub,
plant,class:tree,
shrub,atc:B02,
shrub,gorsemab,
tree,atc:A01A,
""",
    "conditions": """condition,kind,value
fever,icd10,R50
fever,words,fever
gout,icd10,M10
gout,words,gout
palsy,icd10,G80
palsy,words,palsy
""",
    "allergens": """text,term
nkda,none
pollen,other
trees,class:tree
""",
    "labs": """test,name
crcl,crcl
creatinine,creatinine
egfr,egfr
potassium,k
potassium,potassium
""",
    "lab_units": """test,unit,factor
crcl,mL/min,1
creatinine,mg/dL,1
creatinine,umol/L,0.011312
egfr,mL/min/1.73m2,1
potassium,mmol/L,1
""",
    "lab_ranges": """test,unit,low,high
creatinine,mg/dL,0.05,30
potassium,mmol/L,0.8,14
""",
    "reactions": """text,kind
hives,allergy
nausea,side_effect
""",
    "absorption": """ingredient,route,group
alderine,topical,systemic
""",
    "routes": """text,route,group
inhalation,inhalation,inhaled
intrathecal,intrathecal,intrathecal
it,intrathecal,intrathecal
ophthalmic,ophthalmic,ophthalmic
oral,oral,systemic
po,oral,systemic
rectal,rectal,rectal
subcutaneous,subcutaneous,systemic
topical,topical,local
vaginal,vaginal,vaginal
""",
    "forms": """word,kind,route
tablet,form,oral
""",
    "salts": """word
acetate
""",
    "non_drugs": """name,kind
dressing,supply
""",
    "lookalikes": """name,confused_with
alderine,birchol
""",
    "warnings": """text,kind,warning
.5,naked_decimal,has no zero before the point
u,unit,may be read as 0
""",
    "frequencies": """text,kind,value
daily,rate,1
prn,prn,
twice daily,rate,2
""",
    "units": """text,unit,factor,kind
g,mg,1000,mass
mcg,mg,0.001,mass
mg,mg,1,mass
tablet,tablet,1,count
unit,unit,1,amount
units,unit,1,amount
""",
    "sources": """key,kind,title,section,identifier,seen
herbal,article,A herbal,,,no
""",
    "problems": """problem,title,acts,today_from,several
burden,Burden,together,contraindicated,Do them as one.
trouble,Trouble,each,contraindicated,
""",
    "scales": """scale,title,problem,unit,thresholds,bands,when,note,sources
load,Load,burden,points,3;5,some;much,,Points of a herbal.,herbal
plants,Plants,burden,medicines,9,many,,,herbal
""",
    "scale_items": """scale,item,terms,counts,points
load,plants,class:load,points,
plants,all,class:plant,ingredients,
""",
    "measures": """measure,title,counts,of,at_least,days,among,among_days,min_age,min_stay,excludes,needs,note,sources
any_major,Residents with a finding that is major or worse,findings,major,1,,,,,,,,,herbal
ingredients_2,Residents on two or more ingredients,ingredients,,2,,,,,,,,,herbal
""",
    "canaries": """drugs,rule_id
hazelor;ivyrin,hazelor-ivyrin
""",
}
CHANGELOG = "# Changes\n\n## 2026.1\n\nThe toy.\n"

_WORDS_OF_RULES = {
    "check": "interaction",
    "severity": "moderate",
    "problem": "trouble",
    "effect": "Harm.",
    "mechanism": "Both do the same.",
    "management": "Watch.",
    "evidence": "article",
    "sources": "herbal",
    "authored_by": "an author",
    "checked_by": "unreviewed",
    "active": "yes",
}
# One rule of each table: none may be empty.
RULES = {
    "pairs": {"rule_id": "hazelor-ivyrin", "a": "hazelor", "b": "ivyrin"},
    "totals": {
        "rule_id": "hazelor-total", "terms": "hazelor", "measure": "daily_dose", "comparison": ">",
        "threshold": "1000", "unit": "mg",
    },
    "gaps": {"rule_id": "hazelor-field", "kind": "field", "present": "hazelor", "needs": "indication"},
}  # fmt: skip


def rule(table: str, **cells: str) -> dict[str, str]:
    """A row of a rule table; what the test does not say is filled in."""
    unknown = set(cells) - set(COLUMNS[table])
    assert not unknown, f"{table} has no column {unknown}"
    row = dict.fromkeys(COLUMNS[table], "") | _WORDS_OF_RULES | cells
    return {name: row[name] for name in COLUMNS[table]}


def write(folder: Path, **tables: str | list[dict[str, str]]) -> Path:
    """Writes the toy reference; a table given replaces the toy's own (CSV text, or rows of a rule table)."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*TABLES, *RULE_TABLES, *tables):
        content = tables.get(name, TABLES.get(name, [RULES.get(name, {})]))
        if not isinstance(content, str):
            rows = pd.DataFrame([rule(name, **row) for row in content], columns=list(COLUMNS[name]))
            content = rows.to_csv(index=False, lineterminator="\n")
        (folder / f"{name}.csv").write_text(content, encoding="utf-8")
    (folder / "CHANGELOG.md").write_text(CHANGELOG, encoding="utf-8")
    return folder


def book(folder: Path, **tables: str | list[dict[str, str]]) -> Rulebook:
    """The toy reference compiled, with tables replaced as `write` does."""
    return rulebook(write(folder, **tables))


def source(**tables: str | list[dict[str, str]]) -> Source:
    """An input, its tables as CSV text or as rows; the first row under the heading is row 2."""
    return Source({name: _raw(name, content) for name, content in tables.items()}, ())


def _raw(name: str, content: str | list[dict[str, str]]) -> RawTable:
    frame = _frame(content) if isinstance(content, str) else pd.DataFrame(content, dtype="str")
    frame.index = pd.Index(range(2, len(frame) + 2), name="row")
    return RawTable(name, name, "", frame, {column: column for column in frame.columns})


def screened(rules: Rulebook, **tables: str | list[dict[str, str]]) -> tuple[Screened, Normalised]:
    """What the screen says of an input of which nothing may be set aside."""
    accepted = validate(source(**tables), TODAY)
    assert accepted.rejected.empty, accepted.rejected.to_string()
    normalised = normalise(accepted, rules, TODAY)
    return screen(normalised, rules, accepted.absent, TODAY), normalised


def told(rules: Rulebook, **tables: str | list[dict[str, str]]) -> list[str]:
    """The findings of an input, each as `patient rule severity drugs`."""
    found = screened(rules, **tables)[0].findings
    return [" ".join(row) for row in found[["patient_id", "rule_id", "severity", "drugs"]].itertuples(index=False)]


def rows(text: str) -> list[dict[str, str]]:
    """The rows of a table in CSV text."""
    return _frame(text).to_dict("records")


def _frame(text: str) -> pd.DataFrame:
    return pd.read_csv(StringIO(text), dtype="str", keep_default_na=False)
