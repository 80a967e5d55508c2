"""What the systems of nursing homes, hospitals and pharmacies call the columns of each table.

These come after the other names in `tables.py`. A heading of `ALIASES` names its column where none of those does, one
of `WEAK` only where nothing better does: `Description` is the medicine when no other heading is. A heading stands under
one column of a table at most.
"""

Headings = dict[str, dict[str, tuple[str, ...]]]

_PATIENT_ID = (
    "resident no", "resident identifier", "patient number", "patient no", "patient identifier", "patient mrn",
    "client number", "client no", "mrn number", "mrn no", "mr number", "mr no", "medical record no", "chart number",
    "chart no", "pat id", "pt id", "pt no", "pt number", "res id", "res no", "res number", "person id",
    "subject id", "subject reference", "patient reference",
)  # fmt: skip
# These often hold a name where a number stands beside them.
_WEAK_PATIENT_ID = ("resident", "patient", "client", "pat mrn id", "subject identifier value", "person source value")

ALIASES: Headings = {
    "patients": {
        "patient_id": _PATIENT_ID,
        "name": ("resident full name", "patient full name", "client name", "pat name", "name 0 text", "name text"),
        "facility": ("building", "home name", "site name", "nursing home", "care home", "campus", "fac name"),
        "unit": (
            "unit name", "hall", "hallway", "neighborhood", "neighbourhood", "household", "nurse station",
            "nurses station", "care unit",
        ),
        "sex": (
            "patient sex", "patient gender", "resident sex", "administrative gender", "administrative sex", "legal sex",
            "sex at birth", "gender concept name",
        ),
        "birth_date": ("birthday", "birth dt", "birth datetime", "patient dob", "resident dob", "date birth"),
        "hospice": ("hospice status", "on hospice"),
        "admission_date": (
            "date of admission", "admission dt", "admit dt", "admitted on", "current admission date", "move in date",
        ),
    },
    "medications": {
        "patient_id": _PATIENT_ID,
        "order_id": (
            "order no", "prescription number", "prescription no", "prescription id", "rx no", "rx num",
            "script number", "medication order id", "med order id", "order med id", "medication request id",
            "drug exposure id", "external order id", "row id",
        ),
        "drug": (
            "med", "med name", "medication description", "medication order", "drug description", "drug desc",
            "drug product", "medication name and strength", "drug name and strength", "medication and strength",
            "ordered medication", "prescribed drug", "rx name", "rxnorm name",
            "rxnorm description", "drug concept name", "medicationcodeableconcept text", "medication concept text",
        ),
        "dose": (
            "dose amt", "dose qty", "ordered dose", "dose ordered", "discrete dose", "hv discrete dose", "single dose",
            "amount per dose", "quantity per dose", "qty per dose", "dose val rx", "effective drug dose",
            "dosageinstruction 0 doseandrate 0 dosequantity value", "dosageinstruction doseandrate dosequantity value",
        ),
        "dose_unit": (
            "dose uom", "dose unit of measure", "unit of measure", "dose unit rx", "dose unit source value",
            "dose unit concept name", "dosageinstruction 0 doseandrate 0 dosequantity unit",
            "dosageinstruction doseandrate dosequantity unit",
        ),
        "frequency": (
            "frequency description", "frequency name", "freq name", "freq description", "freq desc",
            "admin frequency", "administration frequency",
            "dosing frequency", "dose frequency", "order frequency", "schedule description",
            "dosageinstruction 0 timing code text", "dosageinstruction timing code text",
        ),
        "route": (
            "route description", "route desc", "route name", "administration route", "med route", "order route",
            "drug route", "route concept name", "dosageinstruction 0 route text", "dosageinstruction route text",
        ),
        "ndc": ("drug ndc", "product ndc", "dispensed ndc", "ndc dispensed", "ndc upc"),
        "prn": (
            "is prn", "prn yn", "prn y n", "prn indicator", "as needed flag", "dosageinstruction 0 asneededboolean",
            "dosageinstruction asneededboolean",
        ),
        "start_date": (
            "start dt", "start time", "start datetime", "order start", "order start date", "medication start date",
            "med start date", "rx start date", "effective date", "drug exposure start date", "effectiveperiod start",
        ),
        "stop_date": (
            "stop dt", "stop time", "stop datetime", "end dt", "end time", "end datetime", "order stop date",
            "order end date", "medication end date", "med end date", "order stop", "order end", "date stopped",
            "date discontinued", "discontinued date", "discontinued on", "discontinue dt", "d c date", "d c dt",
            "stopped on", "drug exposure end date", "effectiveperiod end",
        ),
        "status": (
            "order status", "order status description", "medication status", "med status", "prescription status",
            "rx status", "order state",
        ),
        "indication": (
            "indications", "indications for use", "reason for use", "reason for order", "reason description",
            "medication indication",
            "order indication", "clinical indication", "diagnosis for use", "related diagnosis", "reasoncode 0 text",
            "reasoncode text",
        ),
        "prescriber": (
            "prescriber name", "ordering physician", "ordering prescriber", "ordered by", "prescribed by",
            "prescribing physician", "prescribing provider", "authorizing provider", "physician name", "provider name",
            "requester display",
        ),
        "directions": (
            "sig text", "full sig", "sig description", "administration instructions", "admin instructions",
            "dosing instructions", "dosage instructions", "medication directions", "order directions",
            "label directions", "dosageinstruction 0 text", "dosageinstruction text",
        ),
    },
    "conditions": {
        "patient_id": _PATIENT_ID,
        "code": (
            "icd10cm", "icd 10 cm code", "icd 10 diagnosis code", "diagnosis icd code", "diag code", "problem code",
            "code coding 0 code", "code coding code",
        ),
        "description": (
            "condition name", "condition description", "problem name", "problem description", "dx name",
            "dx description", "diagnosis name", "diagnosis text", "medical diagnosis", "medical condition",
            "icd description", "icd 10 description", "long title", "condition concept name", "code text",
        ),
        "code_system": ("code coding 0 system", "code coding system"),
        "status": ("clinicalstatus coding 0 code", "clinicalstatus coding code"),
        "end_date": ("stop", "end", "condition end date", "abatementdatetime"),
    },
    "allergies": {
        "patient_id": _PATIENT_ID,
        "substance": (
            "allergen name", "allergen description", "allergy name", "allergy description",
            "allergy substance", "substance name", "drug allergy", "causative agent", "allergic to", "code text",
        ),
        "reaction": (
            "reaction description", "reaction name", "reaction text", "allergic reaction", "description1",
            "reaction 0 manifestation 0 text", "reaction manifestation text",
        ),
    },
    "labs": {
        "patient_id": _PATIENT_ID,
        "test": (
            "lab name", "test description", "component", "component name", "result name", "observation name",
            "measurement name", "measurement concept name", "label", "code text",
        ),
        "value": (
            "result val", "numeric result", "numeric value", "valuenum", "ord num value", "value as number",
            "valuequantity value", "observation value",
        ),
        "unit": (
            "result units", "unit of measure", "value unit", "lab unit", "reference unit", "valueuom",
            "valuequantity unit",
        ),
        "date": (
            "collected date", "collected on", "date collected", "collection time", "collection datetime",
            "specimen date", "specimen collection date", "draw date", "date drawn", "sample date", "test date",
            "observation date", "charttime", "measurement date", "effectivedatetime",
        ),
    },
}  # fmt: skip

WEAK: Headings = {
    "patients": {
        "patient_id": ("id", "identifier 0 value", *_WEAK_PATIENT_ID),
        "facility": ("organization", "organization name"),
        "unit": ("location", "department"),
        "sex": ("gender source value",),
        "admission_date": ("original admission date", "initial admission date"),
    },
    "medications": {
        "patient_id": _WEAK_PATIENT_ID,
        "drug": (
            "description", "name", "item", "item name", "item description", "product", "product name",
            "product description", "prescription", "drug label name", "label name", "generic name", "brand name",
            "trade name", "drug generic name", "drug name generic", "drug name poe", "order summary",
            "drug source value", "medicationcodeableconcept coding 0 display",
            "medicationcodeableconcept coding display", "medicationreference display",
            "medication concept coding 0 display",
        ),
        "dose": ("dosageinstruction 0 dosequantity value", "dosageinstruction dosequantity value"),
        "dose_unit": ("dosageinstruction 0 dosequantity unit", "dosageinstruction dosequantity unit"),
        "frequency": ("frequency code", "freq code", "schedule code", "admin times", "administration times", "times"),
        "route": (
            "route code", "route source value", "dosageinstruction 0 route coding 0 display",
            "dosageinstruction route coding display",
        ),
        "start_date": (
            "date", "order date", "ordered", "date ordered", "order datetime", "ordered on", "original order date",
            "date written", "written date", "prescribed date", "fill date", "dispensed date", "authored on",
            "drug exposure start datetime", "dispenserequest validityperiod start",
        ),
        "stop_date": ("drug exposure end datetime",),
        "status": ("active", "is active", "active flag"),
        "indication": (
            "diagnosis description", "prn reason", "problem", "reasoncode 0 coding 0 display",
            "reasoncode coding display", "reasonreference display", "reasonreference 0 display",
        ),
        "prescriber": (
            "attending physician", "attending", "primary physician", "order provider", "order provider id",
            "provider id", "requester reference",
        ),
        "directions": ("special instructions", "patient instructions", "order details", "order text"),
    },
    "conditions": {
        "patient_id": _WEAK_PATIENT_ID,
        "code": ("icd", "condition source value"),
        "description": ("name", "display", "short title", "code coding 0 display", "code coding display"),
        "code_system": ("system", "vocabulary"),
        "status": ("clinicalstatus text",),
    },
    "allergies": {
        "patient_id": _WEAK_PATIENT_ID,
        "substance": (
            "allergies", "description", "name", "agent", "medication", "code coding 0 display", "code coding display",
        ),
        "reaction": (
            "reaction1", "reaction 0 manifestation 0 coding 0 display", "reaction manifestation coding display",
        ),
    },
    "labs": {
        "patient_id": _WEAK_PATIENT_ID,
        "test": (
            "description", "name", "test code", "observation", "measurement", "measurement source value",
            "code coding 0 display", "code coding display",
        ),
        "value": ("ord value", "value source value", "valuestring"),
        "unit": ("unit source value",),
        "date": (
            "result date", "result time", "result datetime", "reported date", "order date", "measurement datetime",
            "issued",
        ),
    },
}  # fmt: skip

TABLES = {
    "patients": (
        "patients", "patient", "residents", "resident", "census", "demographics", "resident list",
        "patient list", "patient demographics", "resident roster", "roster", "clients", "client", "person", "persons",
        "face sheet",
    ),
    "medications": (
        "medications", "medication", "meds", "orders", "medication orders", "order", "prescriptions", "med list",
        "medication list", "active orders", "active medications", "current medications", "medication order",
        "med orders", "drug orders", "physician orders", "pharmacy orders", "order listing", "order summary",
        "order report", "prescription", "medication request", "medication requests", "drug exposure",
    ),
    "conditions": (
        "conditions", "diagnoses", "diagnosis", "problems", "problem list", "condition", "dx", "diagnosis list",
        "diagnoses icd", "medical conditions", "condition occurrence",
    ),
    "allergies": ("allergies", "allergy", "adverse reactions", "allergy list", "allergy intolerance"),
    "labs": (
        "labs", "lab", "lab results", "laboratory", "results", "lab result", "laboratory results", "lab tests",
        "lab report",
    ),
}  # fmt: skip
# Of a sheet or file with one of these names the headings decide.
WEAK_TABLES = {
    "labs": ("observations", "observation", "measurement", "measurements", "labevents", "lab events"),
}
