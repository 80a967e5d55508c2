"""The sheet of the population workbook that says how the figures were made and what they do not say."""

from pipeline.judge.problems import FURTHER, POINTS
from pipeline.judge.triage import NO_FINDING, TIERS
from pipeline.report import words
from pipeline.report.figures import FEWEST_RESIDENTS
from pipeline.report.listings import MAX_ROWS
from pipeline.report.sheet import MAX_LINKS, Put, Sheet
from pipeline.report.style import about, severity_look, tier_look
from pipeline.review import Review

TERMS = (
    ("Resident", "Someone with a current order or a finding."),
    (
        "Order",
        "A medicine that the home has on order. That it was ordered does not show that it was taken. An order is "
        "current when it has started and has not stopped on the day of the review.",
    ),
    (
        "Finding",
        "One rule of the reference that holds for one resident. Findings that were resolved since the last review stay "
        "in the sheet Findings and are not counted in the Summary.",
    ),
    (
        "Score",
        "Puts residents of one tier in order. Points for each finding: "
        f"contraindicated {POINTS['contraindicated']}, major {POINTS['major']}, moderate {POINTS['moderate']}, "
        f"minor {POINTS['minor']}; where medicines of one problem act together, its gravest finding counts in full and "
        f"each further one 1/{FURTHER}, rounded up. findings.csv has the points of each. It is no probability of harm, "
        "has not been validated, and is not to be compared between homes.",
    ),
    (
        "Tier",
        "That of the worst finding; a major finding of a withdrawal or an allergy counts as one to act on today.",
    ),
    (
        "Problem",
        "All findings of a resident that share one clinical problem, such as sedation or bleeding, told as one.",
    ),
    (
        "What would help most",
        "Each resident is screened again without one medicine at a time; the difference in points is what stopping or "
        "swapping it would take away, before any new treatment is counted. The sheet adds it up over the residents for "
        "whom it is among the first three. Two changes for one resident overlap: their points do not add up.",
    ),
    (
        "Scale",
        "A load of all medicines together, or a score. NO under Computable: a part is missing, so the value is the "
        "least that it can be. Points of published scales differ; sources and limits stand in the reference.",
    ),
    (
        "Prescriber",
        f"As the orders name one. Below {FEWEST_RESIDENTS} residents no rate is given. A rate tells where to look, not "
        "who is at fault: residents differ, and one resident may have several prescribers.",
    ),
    (
        "Review complete",
        "NO when a drug of the resident was not recognised, a row was set aside or a check could not be made. Such a "
        "resident is never called clear: nothing found in what could be checked is not the same as nothing to find.",
    ),
    (
        "Held back",
        "A rule that is met but whose own exceptions hold (a protective companion, hospice care, a condition that "
        "justifies it), or that the reference lists as of low priority. All are in held_back.csv with the reason.",
    ),
    (
        "Not assessable",
        "A check whose facts are missing, for example a kidney rule without a creatinine. It is neither passed nor "
        "failed.",
    ),
    (
        "Unrecognised drug",
        "A text that names no known ingredient. It was not guessed and not checked. The suggestions are only the "
        "nearest known names.",
    ),
    (
        "Rejected row",
        "A row of the input that could not be used. It is listed with its place in the source and the reason.",
    ),
    (
        "Measure",
        "Counted by orders, as a stand-in for measures that are defined by dispensing. The range is a 95 % confidence "
        "interval (Wilson); with few residents it is wide, and a difference between units may be chance. Excluded: not "
        "of those who are counted by definition; not assessable: something needed is missing. Neither is under Of.",
    ),
    (
        "Limits",
        "Only what the input says can be checked. The reference does not cover every medicine or every risk: that a "
        "medicine has no finding does not show that it is safe.",
    ),
    ("Judgement", words.JUDGEMENT),
)


def write(sheet: Sheet, review: Review) -> None:
    """Fill the sheet Method."""
    sheet.row(Put("Method", "page title"))
    sheet.section("Tiers", 2)
    actions = dict([*TIERS.values(), NO_FINDING]) | {"not_checked": words.NOT_CHECKED_ACTION}
    for tier in words.TIERS:
        sheet.row(Put(words.TIER[tier], tier_look(tier)), Put(actions[tier]))
    sheet.section("Severities", 2)
    for severity in words.SEVERITIES:
        sheet.row(Put(words.SEVERITY[severity], severity_look(severity)), Put(words.SEVERITY_MEANING[severity]))
    sheet.section("Terms", 2)
    for term, meaning in TERMS:
        sheet.row(Put(term, "strong"), Put(meaning))
    sheet.section("This review", 2)
    sheet.row(Put("Day of the review", "strong"), Put(review.as_of, "body date"))
    for table, rows in (review.manifest.get("rows") or {}).items():
        text = f"{rows['read']:,} rows read, {rows['accepted']:,} accepted, {rows['rejected']:,} set aside"
        sheet.row(Put(f"Table {table}", "strong"), Put(text))
    low = int((review.held_back["held_by"] == "low priority").sum()) if len(review.held_back) else 0
    sheet.row(
        Put("Held back", "strong"),
        Put(f"{len(review.held_back):,} findings, {low:,} of them as of low priority"),
    )
    for place, headings in (review.manifest.get("unused_columns") or {}).items():
        sheet.row(Put("Columns not used", "strong"), Put(f"{place}: {', '.join(headings)}"))
    sheet.row(Put("Versions", "strong"), Put(about(review)))
    for text in shortened(review):
        sheet.row(Put("Shortened", "strong"), Put(text))


def shortened(review: Review) -> list[str]:
    """Which sheets do not list everything, in sentences."""
    tables = (
        ("Findings", review.findings, "findings.csv"),
        ("Problems", review.problems, "problems.csv"),
        ("Scales", review.scales, "scales.csv"),
        ("Medications", review.medications, "medications.csv"),
        ("Rejected rows", review.rejected, "rejected.csv"),
        ("Unrecognised drugs", review.unrecognised, "unrecognised.csv"),
    )
    texts = [
        f"Sheet {name} lists {MAX_ROWS:,} of {len(frame):,} rows; all of them are in {file}."
        for name, frame, file in tables
        if len(frame) > MAX_ROWS
    ]
    if len(review.patients) > MAX_LINKS:
        texts.append(f"Only the first {MAX_LINKS:,} residents of the worklist have a link to their report.")
    return texts
