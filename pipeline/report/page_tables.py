"""The tables and charts of the page, from the figures and lists of a review."""

from collections.abc import Callable
from typing import Any

from pipeline.report import digest, page_parts, words
from pipeline.report.figures import Overview
from pipeline.report.page_parts import Cell, Chart, Heading, Table, number, texts
from pipeline.report.records import records
from pipeline.review import Review

# More bars than these cannot be read in one chart; the table has all.
MOST_BARS = 10
# Of longer lists (other than that of residents) the page shows so many rows; all of them stand in the CSV files.
MOST_ROWS = 500
# The class of bars that have one part.
PLAIN = "plain"


def figure_tables(shown: Overview) -> list[Table]:
    """The tables that speak of no single resident."""
    return [
        figures_table(shown), unit_table(shown), problem_table(shown), changes_table(shown), measures_table(shown),
        load_table(shown), missing_table(shown),
    ]  # fmt: skip


def figures_table(shown: Overview) -> Table:
    """The figures with what they are part of."""
    headings = [
        Heading("Figure"),
        Heading("Number", True),
        Heading("Of", True),
        Heading("Counted"),
        Heading("Share", True),
    ]
    rows = [
        [Cell(one.text), number(one.number), number(one.of), Cell(one.unit), page_parts.share(one.number, one.of)]
        for one in shown.summary
    ]
    return Table("figures-table", "Figures, with what they are part of", headings, rows, "None.", sortable=False)


def worklist_table(review: Review, ranked: list[digest.Record], patient_file: Callable[[str], str]) -> Table:
    """Every resident, the most pressing first, with a link to the report."""
    found: dict[str, list[str]] = {}
    grave = review.problems.assign(rank=review.problems["severity"].map(digest.severity_rank))
    for problem in records(grave.sort_values(["patient_id", "rank"], kind="stable")):
        grade = words.SEVERITY.get(problem["severity"], "").lower()
        found.setdefault(problem["patient_id"], []).append(f"{problem['title']} ({grade})")
    headings = [
        Heading("Resident"), Heading("Home and unit"), Heading("Tier"), Heading("Score", True), Heading("Do first"),
        Heading("Problems"), Heading("Review complete"), Heading("Medicines", True),
    ]  # fmt: skip
    rows = [
        [
            Cell(
                " ".join(part for part in (one["patient_id"], one["name"]) if part),
                link=patient_file(one["patient_id"]),
            ),
            Cell(digest.place(one)), page_parts.tier_tag(digest.tier_code(one)), number(one["score"]),
            Cell(one["first_action"] or digest.action(one)), Cell("; ".join(found.get(one["patient_id"], ["none"]))),
            Cell("Yes" if one["complete"] else "NO", look="" if one["complete"] else "strong"),
            number(one["medications"]),
        ]
        for one in ranked
    ]  # fmt: skip
    return Table(
        "worklist-table", "Every resident, the most pressing first", headings, rows, "No residents.",
        filter="Show residents with",
    )  # fmt: skip


def unit_chart(shown: Overview) -> Chart:
    """Residents of each unit by tier."""
    most = shown.tiers.head(MOST_BARS)
    series = [(words.TIER[code], code) for code in words.TIERS]
    title = "Residents by unit and tier: units with most to do first"
    return page_parts.bars(title, most["place"].tolist(), most[list(words.TIERS)].to_numpy().tolist(), series)


def unit_table(shown: Overview) -> Table:
    """The same as numbers, of all units."""
    headings = [Heading("Unit"), *[Heading(words.TIER[code], True) for code in words.TIERS], Heading("Residents", True)]
    columns = [*words.TIERS, "residents"]
    rows = [
        [Cell(str(row["place"])), *[number(row[name]) for name in columns]]
        for row in shown.tiers.head(MOST_ROWS).to_dict("records")
    ]
    note = _cut(len(shown.tiers), "units", "")
    return Table("units-table", "Residents by unit and tier", headings, rows, "No residents.", note=note)


def problem_chart(shown: Overview) -> Chart:
    """Findings of each problem by severity."""
    most = shown.problems.head(MOST_BARS)
    series = [(words.SEVERITY[code], code) for code in words.SEVERITIES]
    counts = most[list(words.SEVERITIES)].to_numpy().tolist()
    return page_parts.bars(
        "Findings by problem and severity: gravest problems first", most["problem"].tolist(), counts, series
    )


def problem_table(shown: Overview) -> Table:
    """The same as numbers, of all problems."""
    columns = {
        **{code: words.SEVERITY[code] for code in words.SEVERITIES},
        "findings": "Findings",
        "residents": "Residents",
    }
    headings = [Heading("Problem"), *[Heading(title, True) for title in columns.values()]]
    rows = [
        [Cell(str(row["problem"])), *[number(row[name]) for name in columns]]
        for row in shown.problems.to_dict("records")
    ]
    return Table(
        "problems-table", "Findings by problem and severity, and the residents they concern", headings, rows,
        "No findings.", note="One resident may count for several problems.",
    )  # fmt: skip


def changes_table(shown: Overview) -> Table:
    """The changes that would take most away."""
    headings = [
        Heading("Change"), Heading("Residents", True), Heading("Points taken away", True),
        Heading("Not at once, for residents", True), Heading("What it resolves (most often)"),
        Heading("Given for (most often)"), Heading("Instead (most often)"),
    ]  # fmt: skip
    rows = [
        [
            Cell(f"{words.as_words(row['change'])}: {row['drug'].replace(';', ' + ')}"), number(row["residents"]),
            number(row["points"]), number(row["tapered"]), *texts((row["resolves"], row["indications"])),
            *texts([row["alternatives"]]),
        ]
        for row in shown.changes.to_dict("records")
    ]  # fmt: skip
    return Table(
        "changes-table", "The changes that would take most away over all residents", headings, rows,
        "No change takes anything away.",
        note="Points of two changes for one resident overlap: they do not add up. Whether to stop a medicine is the "
        "prescriber's judgement.",
    )  # fmt: skip


def measures_table(shown: Overview) -> Table:
    """The quality measures with their intervals."""
    # For everyone first, then by home, then by unit.
    places = shown.measures[["facility", "unit"]].fillna("")
    level = (places["facility"] != "").astype(int) + 2 * (places["unit"] != "")
    frame = shown.measures.loc[level.sort_values(kind="stable").index].head(MOST_ROWS)
    headings = [
        Heading("Measure"), Heading("Facility"), Heading("Unit"), Heading("Counted", True), Heading("Of", True),
        Heading("Rate", True), Heading("95 % interval"), Heading("Excluded", True), Heading("Not assessable", True),
    ]  # fmt: skip
    rows = [
        [
            Cell(row["title"]), Cell(row["facility"] or "All"), Cell(row["unit"] or "All"), number(row["numerator"]),
            number(row["denominator"]), page_parts.percent(row["rate"]), _interval(row), number(row["excluded"]),
            number(row["not_assessable"]),
        ]
        for row in frame.fillna({"facility": "", "unit": ""}).to_dict("records")
    ]  # fmt: skip
    return Table(
        "measures-table", "Quality measures", headings, rows, "No measures.", filter="Show measures with",
        note=_cut(len(shown.measures), "rows", "measures.csv"),
    )  # fmt: skip


def _interval(row: dict[str, Any]) -> Cell:
    rate, low, high = row["rate"], row["ci_low"], row["ci_high"]
    if isinstance(rate, str):
        return Cell(rate)
    if rate is None or rate != rate:
        return Cell("none")
    return Cell(f"{low:.1%} to {high:.1%}", float(low), interval=(float(rate), float(low), float(high)))


def load_charts(shown: Overview) -> list[Chart]:
    """One chart for each load, side by side."""
    return [
        page_parts.bars(
            str(title),
            [str(points) for points in shown.loads.index],
            [[count] for count in shown.loads[title]],
            [("residents", PLAIN)],
        )
        for title in shown.loads
    ]


def load_table(shown: Overview) -> Table:
    """Residents by points of each load."""
    headings = [Heading("Points"), *[Heading(str(title), True) for title in shown.loads]]
    rows = [
        [Cell(str(points)), *[number(count) for count in row]]
        for points, row in zip(shown.loads.index, shown.loads.to_numpy(dtype=object), strict=True)
    ]
    return Table("loads-table", "Residents by load", headings, rows if len(headings) > 1 else [], "No load.")


def missing_table(shown: Overview) -> Table:
    """What could not be assessed."""
    headings = [
        Heading("What is missing"), Heading("What could not be checked"), Heading("Residents", True),
        Heading("Of", True), Heading("Rules", True),
    ]  # fmt: skip
    rows = [
        [
            Cell(row["missing"]), Cell(row["stops"] or "differs: see each resident's report"),
            number(row["residents"]), number(row["of"]), number(row["rules"]),
        ]
        for row in shown.missing.head(MOST_ROWS).to_dict("records")
    ]  # fmt: skip
    return Table(
        "missing-table", "What could not be assessed, for want of what", headings, rows,
        "Nothing is known to be missing.", note=_cut(len(shown.missing), "texts", "not_assessed.csv"),
    )  # fmt: skip


def rejected_table(review: Review) -> Table:
    """Rows of the input that were set aside."""
    headings = [Heading(name) for name in ("Table", "Row", "Column", "Value", "Reason")]
    frame = review.rejected.head(MOST_ROWS)
    rows = [texts(row[name] for name in ("table", "row", "column", "value", "reason")) for row in records(frame)]
    note = _cut(len(review.rejected), "rows", "rejected.csv")
    return Table(
        "rejected-table", "Rows of the input that were set aside", headings, rows, "No row was set aside.", note=note
    )


def unrecognised_table(review: Review) -> Table:
    """Drug texts that name no known ingredient."""
    headings = [
        Heading("Text"),
        Heading("Orders", True),
        Heading("Residents", True),
        Heading("Nearest known names (not used)"),
    ]
    rows = [
        [
            Cell(row["drug"] or ""), number(row["rows"]), number(row["patients"]),
            Cell((row["suggestions"] or "").replace(";", "; ")),
        ]
        for row in records(review.unrecognised.head(MOST_ROWS))
    ]  # fmt: skip
    return Table(
        "unrecognised-table", "Drug texts that name no known ingredient: not guessed, not checked", headings, rows,
        "Every drug was recognised.", note=_cut(len(review.unrecognised), "texts", "unrecognised.csv"),
    )  # fmt: skip


def _cut(length: int, what: str, file: str) -> str:
    if length <= MOST_ROWS:
        return ""
    return f"Shows {MOST_ROWS:,} of {length:,} {what}" + (f"; all of them are in {file}." if file else ".")
