"""Small invented tables with the headings of many systems, and the column that each heading must be."""

from tests.inputs import Grid

# Invented rows under the headings of each system, by file; and the heading that each column must be read from.
SYSTEMS: dict[str, tuple[dict[str, Grid], dict[str, dict[str, str]]]] = {
    "synthea": (
        {
            "patients": [
                ["Id", "BIRTHDATE", "DEATHDATE", "FIRST", "LAST", "GENDER"],
                ["p1", "1940-02-03", "", "A", "B", "F"],
            ],
            "medications": [
                [
                    "START", "STOP", "PATIENT", "PAYER", "ENCOUNTER", "CODE", "DESCRIPTION", "BASE_COST", "DISPENSES",
                    "TOTALCOST", "REASONCODE", "REASONDESCRIPTION",
                ],
                ["2026-01-02", "", "p1", "x", "e", "197", "baclofen 10 MG Oral Tablet", "1", "2", "3", "4", "Spasm"],
            ],
            "conditions": [
                ["START", "STOP", "PATIENT", "ENCOUNTER", "SYSTEM", "CODE", "DESCRIPTION"],
                ["2020-01-02", "", "p1", "e", "http://snomed.info/sct", "84757009", "Epilepsy"],
            ],
            "allergies": [
                [
                    "START", "STOP", "PATIENT", "ENCOUNTER", "CODE", "SYSTEM", "DESCRIPTION", "TYPE", "CATEGORY",
                    "REACTION1", "DESCRIPTION1", "SEVERITY1",
                ],
                ["2000-01-02", "", "p1", "e", "7984", "RxNorm", "penicillin", "allergy", "drug", "2", "rash", "MILD"],
            ],
            "observations": [
                ["DATE", "PATIENT", "ENCOUNTER", "CATEGORY", "CODE", "DESCRIPTION", "VALUE", "UNITS", "TYPE"],
                ["2026-01-02", "p1", "e", "lab", "2160-0", "Creatinine", "1.1", "mg/dL", "numeric"],
            ],
        },
        {
            "patients": {"patient_id": "Id", "birth_date": "BIRTHDATE", "sex": "GENDER"},
            "medications": {
                "start_date": "START", "stop_date": "STOP", "patient_id": "PATIENT", "drug": "DESCRIPTION",
                "indication": "REASONDESCRIPTION",
            },
            "conditions": {
                "end_date": "STOP", "patient_id": "PATIENT", "code_system": "SYSTEM", "code": "CODE",
                "description": "DESCRIPTION",
            },
            "allergies": {
                "patient_id": "PATIENT", "substance": "DESCRIPTION", "type": "TYPE", "reaction": "DESCRIPTION1",
            },
            "labs": {"date": "DATE", "patient_id": "PATIENT", "test": "DESCRIPTION", "value": "VALUE", "unit": "UNITS"},
        },
    ),
    "mimic3": (
        {
            "PATIENTS": [["ROW_ID", "SUBJECT_ID", "GENDER", "DOB", "DOD"], ["1", "9", "F", "2075-03-04", ""]],
            "PRESCRIPTIONS": [
                [
                    "ROW_ID", "SUBJECT_ID", "HADM_ID", "STARTDATE", "ENDDATE", "DRUG_TYPE", "DRUG", "DRUG_NAME_POE",
                    "DRUG_NAME_GENERIC", "NDC", "PROD_STRENGTH", "DOSE_VAL_RX", "DOSE_UNIT_RX", "FORM_VAL_DISP",
                    "ROUTE",
                ],
                ["1", "9", "2", "2146-07-21", "", "MAIN", "Baclofen", "b", "c", "003", "10mg", "10", "mg", "1", "PO"],
            ],
            "DIAGNOSES_ICD": [["ROW_ID", "SUBJECT_ID", "HADM_ID", "ICD9_CODE"], ["1", "9", "2", "3459"]],
            "D_ICD_DIAGNOSES": [["ROW_ID", "ICD9_CODE", "SHORT_TITLE", "LONG_TITLE"], ["1", "3459", "E", "Epilepsy"]],
            "LABEVENTS": [
                ["ROW_ID", "SUBJECT_ID", "ITEMID", "CHARTTIME", "VALUE", "VALUENUM", "VALUEUOM"],
                ["1", "9", "50912", "2146-07-21", "1", "1", "mg/dL"],
            ],
        },
        {
            "patients": {"patient_id": "SUBJECT_ID", "sex": "GENDER", "birth_date": "DOB"},
            "medications": {
                "patient_id": "SUBJECT_ID", "order_id": "ROW_ID", "start_date": "STARTDATE", "stop_date": "ENDDATE",
                "drug": "DRUG",
                "ndc": "NDC", "strength": "PROD_STRENGTH", "dose": "DOSE_VAL_RX", "dose_unit": "DOSE_UNIT_RX",
                "route": "ROUTE",
            },
            "conditions": {"patient_id": "SUBJECT_ID", "icd9": "ICD9_CODE"},
        },
    ),
    "mimic4": (
        {
            "patients": [["subject_id", "gender", "anchor_year"], ["9", "F", "2150"]],
            "prescriptions": [
                [
                    "subject_id", "hadm_id", "pharmacy_id", "starttime", "stoptime", "drug_type", "drug", "ndc",
                    "prod_strength", "form_rx", "dose_val_rx", "dose_unit_rx", "doses_per_24_hrs", "route",
                ],
                ["9", "2", "3", "2146-07-21 08:00:00", "", "MAIN", "Baclofen", "3", "10mg", "", "10", "mg", "3", "PO"],
            ],
            "diagnoses_icd": [["subject_id", "seq_num", "icd_code", "icd_version"], ["9", "1", "G40", "10"]],
            "labevents": [
                ["labevent_id", "subject_id", "charttime", "label", "valuenum", "valueuom"],
                ["1", "9", "2146-07-21", "Creatinine", "1.1", "mg/dL"],
            ],
        },
        {
            "patients": {"patient_id": "subject_id", "sex": "gender"},
            "medications": {
                "patient_id": "subject_id", "start_date": "starttime", "stop_date": "stoptime", "drug": "drug",
                "ndc": "ndc", "strength": "prod_strength", "dose": "dose_val_rx", "dose_unit": "dose_unit_rx",
                "route": "route",
            },
            "conditions": {"patient_id": "subject_id", "code": "icd_code", "code_system": "icd_version"},
            "labs": {
                "patient_id": "subject_id", "date": "charttime", "test": "label", "value": "valuenum",
                "unit": "valueuom",
            },
        },
    ),
    "omop": (
        {
            "person": [
                ["person_id", "gender_concept_id", "year_of_birth", "birth_datetime", "gender_source_value"],
                ["1", "8532", "1940", "1940-02-03", "F"],
            ],
            "drug_exposure": [
                [
                    "drug_exposure_id", "person_id", "drug_concept_id", "drug_concept_name",
                    "drug_exposure_start_date", "drug_exposure_start_datetime", "drug_exposure_end_date", "sig",
                    "route_concept_id", "drug_source_value", "route_source_value", "dose_unit_source_value",
                ],
                ["5", "1", "2", "baclofen 10 MG Oral Tablet", "2026-01-02", "", "", "one daily", "4", "", "PO", "mg"],
            ],
            "condition_occurrence": [
                ["person_id", "condition_concept_id", "condition_concept_name", "condition_end_date"],
                ["1", "5", "Epilepsy", ""],
            ],
            "measurement": [
                ["person_id", "measurement_concept_name", "measurement_date", "value_as_number", "unit_source_value"],
                ["1", "Creatinine", "2026-01-02", "1.1", "mg/dL"],
            ],
            "observation": [["person_id", "observation_concept_id"], ["1", "7"]],
        },
        {
            "patients": {"patient_id": "person_id", "birth_date": "birth_datetime", "sex": "gender_source_value"},
            "medications": {
                "order_id": "drug_exposure_id", "patient_id": "person_id", "drug": "drug_concept_name",
                "start_date": "drug_exposure_start_date", "stop_date": "drug_exposure_end_date", "directions": "sig",
                "route": "route_source_value", "dose_unit": "dose_unit_source_value",
            },
            "conditions": {
                "patient_id": "person_id", "description": "condition_concept_name", "end_date": "condition_end_date",
            },
            "labs": {
                "patient_id": "person_id", "test": "measurement_concept_name", "date": "measurement_date",
                "value": "value_as_number", "unit": "unit_source_value",
            },
        },
    ),
    "fhir": (
        {
            "Patient": [
                ["resourceType", "id", "name[0].text", "gender", "birthDate"],
                ["Patient", "1", "A", "female", "1940-02-03"],
            ],
            "MedicationRequest": [
                [
                    "resource.subject.reference", "status", "intent", "medicationCodeableConcept.text",
                    "medicationCodeableConcept.coding[0].display", "authoredOn", "dosageInstruction[0].text",
                    "dosageInstruction[0].route.text", "dosageInstruction[0].asNeededBoolean", "requester.display",
                ],
                [
                    "Patient/1", "active", "order", "baclofen 10 mg", "Baclofen", "2026-01-02", "one daily", "oral",
                    "false", "Dr X",
                ],
            ],
            "Condition": [
                ["subject.reference", "clinicalStatus.coding[0].code", "code.coding[0].code", "code.text"],
                ["urn:uuid:1", "active", "G40", "Epilepsy"],
            ],
            "AllergyIntolerance": [
                ["patient.reference", "code.text", "reaction[0].manifestation[0].text"],
                ["https://a.example/fhir/Patient/1/_history/2", "penicillin", "rash"],
            ],
            "Observation": [
                ["subject.reference", "code.text", "effectiveDateTime", "valueQuantity.value", "valueQuantity.unit"],
                ["Patient/1", "Creatinine", "2026-01-02", "1.1", "mg/dL"],
            ],
        },
        {
            "patients": {"patient_id": "id", "name": "name[0].text", "sex": "gender", "birth_date": "birthDate"},
            "medications": {
                "patient_id": "resource.subject.reference", "status": "status",
                "drug": "medicationCodeableConcept.text", "start_date": "authoredOn",
                "directions": "dosageInstruction[0].text", "route": "dosageInstruction[0].route.text",
                "prn": "dosageInstruction[0].asNeededBoolean", "prescriber": "requester.display",
            },
            "conditions": {
                "patient_id": "subject.reference", "status": "clinicalStatus.coding[0].code",
                "code": "code.coding[0].code", "description": "code.text",
            },
            "allergies": {
                "patient_id": "patient.reference", "substance": "code.text",
                "reaction": "reaction[0].manifestation[0].text",
            },
            "labs": {
                "patient_id": "subject.reference", "test": "code.text", "date": "effectiveDateTime",
                "value": "valueQuantity.value", "unit": "valueQuantity.unit",
            },
        },
    ),
}  # fmt: skip

# Headings of order lists as nursing homes and pharmacies export them, and what each must be.
ORDER_LISTS: list[dict[str, str]] = [
    {
        "Resident #": "patient_id", "Order #": "order_id", "Order Description": "drug", "Order Date": "",
        "Start Date": "start_date", "End Date": "stop_date", "Order Status": "status", "Ordered By": "prescriber",
        "Related Diagnosis": "indication", "Order Category": "",
    },
    {
        "Medical Record No.": "patient_id", "Medication Description": "drug", "Dose": "dose", "UOM": "dose_unit",
        "Route Desc": "route", "Frequency Description": "frequency", "D/C Date": "stop_date", "Status": "status",
        "Physician Name": "prescriber", "Admin Instructions": "directions",
    },
    {
        "MRN": "patient_id", "Rx #": "order_id", "Drug Label Name": "drug", "NDC": "ndc", "SIG": "directions",
        "Fill Date": "start_date", "Prescriber Name": "prescriber", "Qty": "",
    },
    {
        "PAT_ID": "patient_id", "ORDER_MED_ID": "order_id", "Medication Name": "drug", "HV_DISCRETE_DOSE": "dose",
        "DOSE_UNIT": "dose_unit", "FREQ_NAME": "frequency", "MED_ROUTE": "route", "START_TIME": "start_date",
        "END_TIME": "stop_date", "ORDER_STATUS": "status", "AUTHORIZING_PROVIDER": "prescriber",
    },
    {"Resident": "patient_id", "Brand Name": "", "Drug": "drug", "Active": "status", "PRN Reason": "indication"},
]  # fmt: skip
