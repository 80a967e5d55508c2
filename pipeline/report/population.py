"""The report on everyone: a summary that says where to look first, then the lists behind it."""

from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from pipeline.report import charts, digest, listings, method, words
from pipeline.report.listings import Listings
from pipeline.report.sheet import Put, Sheet
from pipeline.report.style import SEVERITY_COLOURS, TIER_COLOURS, about, new_book, shorten, tier_look
from pipeline.review import Review

WIDTHS = (48, 17, 11, 11, 11, 11, 11)
COLUMNS = len(WIDTHS)
FIRST_RESIDENTS = 5
# More bars than these cannot be read in one chart; the rest is added up in the table.
MOST_BARS = 10
MOST_MISSING = 8


def write(review: Review, path: Path, patient_file: Callable[[str], str]) -> None:
    """Write the workbook; `patient_file` gives the path of a resident's report as seen from it."""
    header = f"Population medication review, {review.as_of.day} {review.as_of:%b %Y}"
    book = new_book(review, "Population medication review", f"All residents, as of {review.as_of.isoformat()}")
    _summary(Sheet(book, review, "Summary", WIDTHS, header=header), review, patient_file)
    lists = Listings(book, review, header)
    lists.worklist(patient_file)
    lists.findings()
    lists.medications()
    lists.measures()
    lists.not_assessable()
    lists.rejected()
    lists.unrecognised()
    method.write(Sheet(book, review, "Method", (26, 92), header=header), review)
    book.save(path)


def _summary(sheet: Sheet, review: Review, patient_file: Callable[[str], str]) -> None:
    residents = digest.records(review.patients)
    facilities = len({resident["facility"] for resident in residents if resident["facility"]})
    of_homes = f" of {words.count(facilities, 'facility', 'facilities')}" if facilities else ""
    day = f"{review.as_of.day} {review.as_of:%B %Y}"
    sheet.row(Put("Population medication review", "page title"))
    sheet.row(Put(f"{words.count(len(residents), 'resident')}{of_homes}, as of {day}", "page subtitle"))
    pressing = [one for one in listings.by_urgency(residents) if digest.tier_code(one) != "none"]
    _see_first(sheet, pressing[:FIRST_RESIDENTS], patient_file)
    _figures(sheet, review, residents)
    if residents:
        _tiers_by_unit(sheet, residents)
    standing = review.findings[review.findings["status"] != "resolved"]
    if len(standing):
        _problems(sheet, standing)
    _missing(sheet, review, len(residents))
    sheet.space()
    sheet.row(Put(f"{about(review)} {words.JUDGEMENT}", "fine print"))
    for text in method.shortened(review):
        sheet.row(Put(text, "fine print"))
    sheet.raw.print_area = f"A1:G{sheet.rows}"


def _head(sheet: Sheet, *headings: str, numbers: bool = False) -> int:
    """The heading of a table; `numbers` when all columns but the first are."""
    padded = [*headings, *[""] * (COLUMNS - len(headings))]
    styles = ["column head", *["column head number" if numbers else "column head"] * (COLUMNS - 1)]
    return sheet.row(*map(Put, padded, styles), height=18)


def _see_first(sheet: Sheet, residents: Sequence[digest.Record], patient_file: Callable[[str], str]) -> None:
    sheet.section("See these residents first", COLUMNS)
    _head(sheet, "Resident, and what to do first", "Tier", "Score", "Findings", "Medicines", "Complete")
    for resident in residents:
        patient_id, tier = resident["patient_id"], digest.tier_code(resident)
        name = ", ".join(part for part in (shorten(resident["name"] or "", 60), digest.place(resident)) if part)
        first = resident["first_action"] or digest.action(resident)
        who = Put(f"{patient_id}  {name}", "body link", patient_file(patient_id))
        sheet.row(
            who, Put(words.TIER.get(tier, tier), tier_look(tier, small=True)),
            Put(resident["score"], "body number"), Put(resident["findings"], "body number"),
            Put(resident["medications"], "body number"), Put("Yes" if resident["complete"] else "NO", "strong"),
        )  # fmt: skip
        sheet.row(Put(first, "cell"), *[Put(None, "cell")] * (COLUMNS - 1))
    if not residents:
        sheet.row(Put("No resident has a finding or an incomplete review."))


def _figures(sheet: Sheet, review: Review, residents: Sequence[digest.Record]) -> None:
    everyone = len(residents)
    tiers = Counter(digest.tier_code(resident) for resident in residents)
    incomplete = sum(not resident["complete"] for resident in residents)
    standing = review.findings[review.findings["status"] != "resolved"]
    grave = standing[standing["severity"].isin(["contraindicated", "major"])]
    orders = review.medications
    unrecognised = sum(digest.is_unrecognised(order) for order in digest.records(orders[["ingredients", "match"]]))
    rows = (review.manifest.get("rows") or {}).values()
    rules = review.manifest.get("reference_reviewed") or {}
    figures = [
        ("Residents to act on today", tiers["today"], everyone, "residents"),
        ("Residents to act on this week", tiers["this_week"], everyone, "residents"),
        ("Residents whose review is incomplete", incomplete, everyone, "residents"),
        ("Residents with a contraindicated or major finding", grave["patient_id"].nunique(), everyone, "residents"),
        ("Findings that are contraindicated or major", len(grave), len(standing), "findings"),
        ("Current orders", int(orders["current"].sum()), len(orders), "orders"),
        ("Orders with a drug that was not recognised", unrecognised, len(orders), "orders"),
        (
            "Rows of the input that were set aside",
            sum(r["rejected"] for r in rows),
            sum(r["read"] for r in rows),
            "rows",
        ),
        (
            "Ingredients taken that no rule of their own speaks of",
            review.manifest.get("ingredients_without_rules", 0),
            review.manifest.get("ingredients_taken", 0),
            "ingredients",
        ),
        ("Rules of the reference checked by a clinician", rules.get("checked", 0), rules.get("rules", 0), "rules"),
    ]
    sheet.section("Figures", COLUMNS)
    _head(sheet, "Figure", "Number", "Of", "", "Share", numbers=True)
    for text, number, whole, unit in figures:
        share = Put(number / whole, "cell percent") if whole else Put("none", "cell")
        blank = [Put(None, "cell")] * 2
        sheet.row(
            Put(text, "cell"), Put(number, "cell number"), Put(whole, "cell number"), Put(unit, "cell"), share, *blank
        )


def _tiers_by_unit(sheet: Sheet, residents: Sequence[digest.Record]) -> None:
    by_unit: dict[str, Counter[str]] = {}
    for resident in residents:
        by_unit.setdefault(digest.place(resident) or "Not known", Counter())[digest.tier_code(resident)] += 1
    pressing = sorted(by_unit.items(), key=lambda unit: (-unit[1]["today"], -unit[1]["this_week"], unit[0]))
    rows = [(unit, [tiers[code] for code in words.TIERS]) for unit, tiers in pressing]
    sheet.section("Residents by unit and tier", COLUMNS)
    heading = _head(sheet, "Unit", *[words.TIER[code] for code in words.TIERS], "Residents", numbers=True)
    last = _counts(sheet, rows, "other units")
    charts.stacked_bars(
        sheet,
        "Residents by unit and tier: units with most to do first",
        "Residents",
        heading,
        last,
        [TIER_COLOURS[code] for code in words.TIERS],
    )


def _problems(sheet: Sheet, standing: pd.DataFrame) -> None:
    table = pd.crosstab(standing["problem"], standing["severity"]).reindex(columns=list(words.SEVERITIES), fill_value=0)
    table = table.sort_values(list(words.SEVERITIES), ascending=False, kind="stable")
    residents = standing.groupby("problem")["patient_id"].nunique()
    rows = [
        (words.problem(str(code)), [*(int(number) for number in table.loc[code]), int(residents[code])])
        for code in table.index
    ]
    sheet.section("Findings by problem and severity", COLUMNS)
    names = [words.SEVERITY[code] for code in words.SEVERITIES]
    heading = _head(sheet, "Problem", *names, "Residents", "Findings", numbers=True)
    last = _counts(sheet, rows, "other problems", summed=len(words.SEVERITIES), adds=False)
    colours = [SEVERITY_COLOURS[code] for code in words.SEVERITIES]
    charts.stacked_bars(
        sheet, "Findings by problem and severity: gravest problems first", "Findings", heading, last, colours
    )


def _counts(
    sheet: Sheet, rows: Sequence[tuple[str, list[int]]], others: str, summed: int | None = None, adds: bool = True
) -> int:
    """Rows of counts with their sum at the end; those after the first ten in one row. Returns the last row of the ten.

    `summed`: only so many of the counts make the sum. `adds` is False when the counts after them (residents) must not
    be added up over rows, because someone may be counted in several.
    """
    shown = list(rows[:MOST_BARS])
    rest = [counts for _, counts in rows[MOST_BARS:]]
    if rest:
        shown.append((f"{len(rest)} {others}", [sum(column) for column in zip(*rest, strict=True)]))
    for position, (text, counts) in enumerate(shown):
        values: list[int | None] = [*counts]
        if not adds and position == MOST_BARS:
            values[summed:] = [None] * (len(values) - (summed or 0))
        total = sum(counts[:summed])
        sheet.row(Put(text, "cell"), *[Put(value, "cell number or blank") for value in (*values, total)])
    # The others together would dwarf the bars of the ten.
    return sheet.rows - bool(rest)


def _missing(sheet: Sheet, review: Review, everyone: int) -> None:
    """What is missing most often, and what that stops."""
    sheet.section("Not assessable: what is missing most often", COLUMNS)
    if review.limits.empty:
        sheet.row(Put("Nothing is known to be missing."))
        return
    _head(sheet, "What is missing, and what could not be checked", "Residents", "Of", "Rules", numbers=True)
    found: dict[str, list[digest.Record]] = {}
    for limit in digest.records(review.limits):
        found.setdefault(limit["missing"] or "", []).append(limit)
    reach = {
        text: everyone
        if any(not limit["patient_id"] for limit in limits)
        else len({one["patient_id"] for one in limits})
        for text, limits in found.items()
    }
    for text in sorted(found, key=lambda text: (-reach[text], text))[:MOST_MISSING]:
        stops = {limit["stops"] or "" for limit in found[text]}
        rules = max(limit["rules"] or 0 for limit in found[text])
        blank = [Put(None, "cell")] * (COLUMNS - 4)
        numbers = [Put(number, "cell number") for number in (reach[text], everyone, rules)]
        sheet.row(Put(f"{text}: {stops.pop()}" if len(stops) == 1 else text, "cell"), *numbers, *blank)
