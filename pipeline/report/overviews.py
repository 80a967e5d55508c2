"""The sheets of the population workbook over all residents: problems, changes, loads, medicines, prescribers."""

from pipeline.report import digest, figures, words
from pipeline.report.listings import MAX_ROWS, Listings, listed, ranked_severity, reply_columns, severity_colours
from pipeline.report.sheet import Column


def problems(lists: Listings) -> None:
    """Every problem of every resident, the gravest first."""
    table = lists.review.problems
    order = table["severity"].map(digest.severity_rank).sort_values(kind="stable").index
    frame = table.loc[order].head(MAX_ROWS)
    columns = [
        *lists.who(frame),
        Column("Severity", ranked_severity(frame["severity"]), 17, "cell strong"),
        Column("Problem", frame["title"], 24),
        Column("Medicines", listed(frame["drugs"], ", "), 30),
        Column("With", [words.factor(text or "").replace(";", "; ") for text in frame["factors"]], 20),
        Column("What to do", frame["action"], 64),
        Column("Load", frame["load"], 34),
        Column("Findings", frame["findings"], 10, "cell number"),
        Column("Points", frame["points"], 9, "cell number"),
        Column("Since the last review", [words.STATUS.get(code, code) for code in frame["status"]], 20),
        *reply_columns(frame["finding_ids"].tolist()),
    ]
    lists.write("Problems", columns, "No problems.", 10, {5: severity_colours()}, bars=(11,))


def changes(lists: Listings) -> None:
    """The ten changes that would take most away over all residents."""
    frame = figures.common_changes(lists.review)
    columns = [
        Column("Change", [words.as_words(change) for change in frame["change"]], 15, "cell strong"),
        Column("Medicine", listed(frame["drug"], " + "), 22, "cell strong"),
        Column("Residents", frame["residents"], 11, "cell number"),
        Column("Points taken away", frame["points"], 14, "cell number"),
        Column("Not at once, for residents", frame["tapered"], 13, "cell number"),
        Column("What it resolves (most often)", frame["resolves"], 40),
        Column("Given for (most often)", frame["indications"], 30),
        Column("Instead (most often)", frame["alternatives"], 50),
    ]
    lists.write("What would help most", columns, "No change takes anything away.", 8, bars=(4,))


def scales(lists: Listings) -> None:
    """Loads and scores that reach a threshold or are not wholly known, the highest first."""
    table = lists.review.scales
    table = table[(table["band"] != "") | (table["missing"] != "")]
    frame = table.sort_values(["title", "value"], ascending=[True, False], kind="stable").head(MAX_ROWS)
    columns = [
        *lists.who(frame),
        Column("Scale", frame["title"], 32, "cell strong"),
        Column("Value", frame["value"], 9, "cell amount"),
        Column("In", frame["unit"], 11),
        Column("Thresholds", listed(frame["thresholds"], "; "), 12),
        Column("Reached", frame["band"], 16),
        Column("Computable", ["Yes" if complete == "yes" else "NO" for complete in frame["complete"]], 12),
        Column("What adds to it", frame["contributors"], 50),
        Column("Missing", frame["missing"], 30),
    ]
    lists.write("Scales", columns, "No scale reaches a threshold.", 11)


def drugs(lists: Listings) -> None:
    """Each ingredient: how many take it, and how many findings name it."""
    frame = figures.drugs(lists.review)
    columns = [
        Column("Ingredient", frame["ingredient"], 34, "cell strong"),
        Column("Residents", frame["residents"], 11, "cell number"),
        Column("Of", frame["of"], 9, "cell number"),
        Column("Prevalence", frame["prevalence"], 13, "cell percent"),
        Column("Current orders", frame["orders"], 11, "cell number"),
        Column("Findings that name it", frame["findings"], 12, "cell number"),
        Column("Share of findings", frame["share"], 13, "cell percent"),
        Column("Contraindicated or major", frame["grave"], 17, "cell number"),
    ]
    lists.write("Drugs", columns, "No current orders.", 8, bars=(4, 7))


def prescribers(lists: Listings) -> None:
    """Each prescriber with denominators; no rate where there are too few residents."""
    frame = figures.prescribers(lists.review)
    few = f"fewer than {figures.FEWEST_RESIDENTS} residents"
    columns = [
        Column("Prescriber", frame["prescriber"], 34, "cell strong"),
        Column("Residents", frame["residents"], 11, "cell number"),
        Column("Current orders", frame["orders"], 11, "cell number"),
        Column("Findings that name an order", frame["findings"], 14, "cell number"),
        Column("Residents with a contraindicated or major one", frame["grave"], 22, "cell number"),
        Column("Rate", [few if rate != rate else rate for rate in frame["rate"]], 22, "cell percent"),
        Column("Low (95 %)", frame["low"], 11, "cell percent"),
        Column("High (95 %)", frame["high"], 11, "cell percent"),
    ]
    lists.write("Prescribers", columns, "No current orders.", 8)
