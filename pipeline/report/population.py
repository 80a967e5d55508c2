"""The report on everyone: a summary that says where to look first, then the lists behind it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pandas as pd

from pipeline.report import charts, digest, figures, listings, loop_sheets, method, overviews, trends, words
from pipeline.report.listings import Listings
from pipeline.report.records import records
from pipeline.report.sheet import Put, Sheet
from pipeline.report.style import LOAD_COLOURS, SEVERITY_COLOURS, TIER_COLOURS, about, new_book, shorten, tier_look
from pipeline.review import Review

WIDTHS = (48, 17, 11, 11, 11, 11, 11)
COLUMNS = len(WIDTHS)
FIRST_RESIDENTS = 5
MOST_LATE = 5
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
    overviews.problems(lists)
    overviews.changes(lists)
    loop_sheets.waiting(lists)
    loop_sheets.responses(lists)
    loop_sheets.rules(lists)
    if len(review.trend.days) > 1:
        trends.write(Sheet(book, review, "Trend", trends.WIDTHS, header=f"{header}: Trend"), review)
    lists.measures()
    overviews.scales(lists)
    overviews.drugs(lists)
    overviews.prescribers(lists)
    lists.findings()
    lists.medications()
    lists.not_assessable()
    lists.rejected()
    lists.unrecognised()
    method.write(Sheet(book, review, "Method", (26, 92), header=header), review)
    book.save(path)


def _summary(sheet: Sheet, review: Review, patient_file: Callable[[str], str]) -> None:
    residents = records(review.patients)
    facilities = len({resident["facility"] for resident in residents if resident["facility"]})
    of_homes = f" of {words.count(facilities, 'facility', 'facilities')}" if facilities else ""
    day = f"{review.as_of.day} {review.as_of:%B %Y}"
    sheet.row(Put("Population medication review", "page title"))
    sheet.row(Put(f"{words.count(len(residents), 'resident')}{of_homes}, as of {day}", "page subtitle"))
    for notice in review.notices:
        sheet.row(Put(notice, "strong"))
    pressing = [one for one in listings.by_urgency(residents) if digest.tier_code(one) != "none"]
    _not_carried_out(sheet, review, patient_file)
    _see_first(sheet, pressing[:FIRST_RESIDENTS], patient_file)
    _figures(sheet, review)
    if residents:
        _tiers_by_unit(sheet, review)
    _problems(sheet, review)
    _loads(sheet, figures.loads(review))
    _missing(sheet, review)
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


def _not_carried_out(sheet: Sheet, review: Review, patient_file: Callable[[str], str]) -> None:
    """The loudest thing of all: what was accepted and is still as it was; nothing where there is none."""
    late = records(review.findings[review.findings["status"] == "accepted_not_done"])
    if not late:
        return
    residents = {one["patient_id"]: one for one in records(review.patients)}
    told: dict[str, list[str]] = {}
    for finding in late:
        told.setdefault(finding["patient_id"], []).append(digest.subject(finding))
    sheet.section("Accepted and not carried out", COLUMNS)
    text = f"{words.count(len(late), 'finding')} of {words.count(len(told), 'resident')}. Find out today why."
    sheet.row(Put(text, "alarm"), *[Put(None, "alarm")] * (COLUMNS - 1))
    for patient_id in list(told)[:MOST_LATE]:
        unknown = {"patient_id": patient_id, "name": "", "facility": "", "unit": ""}
        resident = residents.get(patient_id, unknown)
        sheet.row(Put(_linked_name(resident), "body link", patient_file(patient_id)))
        sheet.row(Put(_at(resident, "; ".join(told[patient_id])), "cell"), *[Put(None, "cell")] * (COLUMNS - 1))
    if len(told) > MOST_LATE:
        sheet.row(Put(f"{len(told) - MOST_LATE} more residents: see the worklist."))


def _see_first(sheet: Sheet, residents: Sequence[digest.Record], patient_file: Callable[[str], str]) -> None:
    sheet.section("See these residents first", COLUMNS)
    _head(sheet, "Resident, and what to do first", "Tier", "Score", "Findings", "Medicines", "Complete")
    for resident in residents:
        patient_id, tier = resident["patient_id"], digest.tier_code(resident)
        first = digest.first_sentence(resident["first_action"] or digest.action(resident))
        sheet.row(
            Put(_linked_name(resident), "body link", patient_file(patient_id)),
            Put(words.TIER.get(tier, tier), tier_look(tier, small=True)),
            Put(resident["score"], "body number"), Put(resident["findings"], "body number"),
            Put(resident["medications"], "body number"), Put("Yes" if resident["complete"] else "NO", "strong"),
        )  # fmt: skip
        sheet.row(Put(_at(resident, first), "cell"), *[Put(None, "cell")] * (COLUMNS - 1))
    if not residents:
        sheet.row(Put("No resident has a finding or an incomplete review."))


def _linked_name(resident: digest.Record) -> str:
    """Id and name. A cell with a link is not wrapped by every program, so that it must be short."""
    return shorten(f"{resident['patient_id']}  {resident['name'] or ''}", 52)


def _at(resident: digest.Record, text: str) -> str:
    """The text behind where the resident lives."""
    where = digest.place(resident)
    return f"{where}: {text}" if where else text


def _figures(sheet: Sheet, review: Review) -> None:
    sheet.section("Figures", COLUMNS)
    _head(sheet, "Figure", "Number", "Of", "", "Share", numbers=True)
    for text, number, whole, unit in figures.summary(review):
        share = Put(int(number) / int(whole), "cell percent") if whole else Put("none", "cell")
        blank = [Put(None, "cell")] * 2
        sheet.row(
            Put(text, "cell"), Put(number, "cell number"), Put(whole, "cell number"), Put(unit, "cell"), share, *blank
        )


def _tiers_by_unit(sheet: Sheet, review: Review) -> None:
    table = figures.tiers(review)
    rows = _rows(table, "place", words.TIERS)
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


def _rows(table: pd.DataFrame, name: str, counts: Sequence[str]) -> list[tuple[str, list[int]]]:
    return [(str(row[name]), [int(row[count]) for count in counts]) for row in table.to_dict("records")]


def _problems(sheet: Sheet, review: Review) -> None:
    table = figures.problems(review)
    if table.empty:
        return
    sheet.new_page()
    sheet.section("Findings by problem and severity", COLUMNS)
    names = [words.SEVERITY[code] for code in words.SEVERITIES]
    heading = _head(sheet, "Problem", *names, "Residents", "Findings", numbers=True)
    rows = _rows(table, "problem", [*words.SEVERITIES, "residents"])
    last = _counts(sheet, rows, "other problems", summed=len(words.SEVERITIES), adds=False)
    colours = [SEVERITY_COLOURS[code] for code in words.SEVERITIES]
    charts.stacked_bars(
        sheet, "Findings by problem and severity: gravest problems first", "Findings", heading, last, colours
    )


def _loads(sheet: Sheet, table: pd.DataFrame) -> None:
    """How the residents spread over the points of the loads."""
    if table.columns.empty:
        return
    titles = [str(title) for title in table.columns[: COLUMNS - 1]]
    sheet.new_page()
    sheet.section("Residents by load", COLUMNS)
    heading = _head(sheet, "Points", *titles, numbers=True)
    for points, counts in zip(table.index, table[titles].to_numpy(), strict=True):
        blank = [Put(None, "cell")] * (COLUMNS - 1 - len(titles))
        sheet.row(Put(points, "cell"), *[Put(int(count), "cell number") for count in counts], *blank)
    charts.columns(
        sheet, "Residents by points of each load", "Points", heading, sheet.rows, LOAD_COLOURS[: len(titles)]
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


def _missing(sheet: Sheet, review: Review) -> None:
    """What is missing most often, and what that stops."""
    sheet.section("Not assessable: what is missing most often", COLUMNS)
    if review.limits.empty:
        sheet.row(Put("Nothing is known to be missing."))
        return
    _head(sheet, "What is missing, and what could not be checked", "Residents", "Of", "Rules", numbers=True)
    for row in figures.missing(review).head(MOST_MISSING).to_dict("records"):
        text = f"{row['missing']}: {row['stops']}" if row["stops"] else row["missing"]
        numbers = [Put(row[name], "cell number") for name in ("residents", "of", "rules")]
        sheet.row(Put(text, "cell"), *numbers, *[Put(None, "cell")] * (COLUMNS - 4))
