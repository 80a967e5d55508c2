"""The trend over the runs of a history: tables of a row for each day of review, and Excel's own charts of them."""

import pandas as pd

from pipeline.report import charts, words
from pipeline.report.figures import FEWEST_RESIDENTS
from pipeline.report.sheet import Put, Sheet
from pipeline.report.style import LOAD_COLOURS, SEVERITY_COLOURS, STATUS_COLOURS, TIER_COLOURS
from pipeline.review import Review
from pipeline.tables import STATUSES

WIDTHS = (40, 15, 15, 15, 15, 15, 15)
COLUMNS = len(WIDTHS)
# A chart of more days than these cannot be read: then the last one of each month is shown; the history has them all.
MOST_DAYS = 24
MOST_MOVED = 8


def write(sheet: Sheet, review: Review) -> None:
    """Tables and charts of the runs; the last row is this review."""
    days = shown_days(review.trend.days)
    counts = _by_day(review.trend.figures, days)
    residents = counts.get("residents", pd.Series(0, index=days))
    sheet.row(Put("Trend over the reviews of this history", "page title"))
    every = len(review.trend.days)
    thinned = "" if len(days) == every else f"; of {every} days the last one of each month"
    about = f"{words.count(len(days), 'day of review', 'days of review')}, the last one is this review{thinned}"
    sheet.row(Put(f"{about}; of all facilities together", "page subtitle"))
    tiers = [code for code in words.TIERS if code != "not_checked"]
    _table(
        sheet, "Residents by tier", days, {words.TIER[code]: _count(counts, f"tier:{code}", days) for code in tiers},
        [TIER_COLOURS[code] for code in tiers], "Residents", {"Residents": residents},
    )  # fmt: skip
    rates = {
        words.SEVERITY[code]: 100 * _count(counts, f"severity:{code}", days) / residents.where(residents > 0)
        for code in words.SEVERITIES
    }
    _table(
        sheet, "Findings for each 100 residents", days, {name: rate.round(1) for name, rate in rates.items()},
        [SEVERITY_COLOURS[code] for code in words.SEVERITIES], "Findings for each 100 residents", {},
    )  # fmt: skip
    sheet.new_page()
    codes = [code for code in STATUSES if f"status:{code}" in counts]
    statuses = {code: _count(counts, f"status:{code}", days) for code in codes}
    compared = sum(statuses.values(), pd.Series(0, index=days)) > 0
    _table(
        sheet, "Findings by what became of them", days,
        {words.STATUS_SHORT[code].capitalize(): counted.where(compared) for code, counted in statuses.items()},
        [STATUS_COLOURS[code] for code in codes], "Findings", {},
    )  # fmt: skip
    _time_to_reply(sheet, review)
    _measures(sheet, review, days)
    sheet.raw.print_area = f"A1:G{sheet.rows}"


def shown_days(days: list[str]) -> list[str]:
    """The days of reviews that are shown: all, or where they are too many the last one of each month."""
    if len(days) <= MOST_DAYS:
        return days
    return list({day[:7]: day for day in days}.values())[-MOST_DAYS:]


def _by_day(figures: pd.DataFrame, days: list[str]) -> pd.DataFrame:
    """Of all facilities: a row for each day, a column for each figure."""
    mine = figures[(figures["facility"] == "") & figures["as_of"].isin(days)]
    return mine.pivot_table(index="as_of", columns="figure", values="number", aggfunc="last").reindex(days).fillna(0)


def _count(counts: pd.DataFrame, figure: str, days: list[str]) -> pd.Series:
    return counts[figure] if figure in counts else pd.Series(0, index=days)


def _table(
    sheet: Sheet,
    title: str,
    days: list[str],
    columns: dict[str, pd.Series],
    colours: list[tuple[str, str]],
    axis: str,
    more: dict[str, pd.Series],
) -> None:
    """A row for each day and, below, a chart of the columns; `more` stand in the table only."""
    sheet.section(title, COLUMNS)
    heading = _head(sheet, "Day of the review", [*columns, *more])
    for day in days:
        numbers = [Put(_number(column[day]), "cell amount or blank") for column in (*columns.values(), *more.values())]
        sheet.row(Put(day, "cell"), *numbers, *[Put(None, "cell")] * (COLUMNS - 1 - len(numbers)))
    charts.over_time(sheet, title, axis, heading, sheet.rows, colours)


def _head(sheet: Sheet, first: str, names: list[str]) -> int:
    padded = [*names, *[""] * (COLUMNS - 1 - len(names))]
    return sheet.row(Put(first, "column head"), *[Put(name, "column head number") for name in padded], height=28)


def _number(value: float) -> float | int | None:
    if value != value:
        return None
    return int(value) if value == int(value) else float(value)


def _time_to_reply(sheet: Sheet, review: Review) -> None:
    """How long replies took, by the month in which they were given; a reply to several findings of a problem is one."""
    answered = review.responses[review.responses["response"].isin(("accept", "modify", "decline"))]
    once = answered.drop_duplicates(["patient_id", "problem", "response", "who", "date", "rationale"])
    waited = (pd.to_datetime(once["date"]) - pd.to_datetime(once["since"].replace("", None))).dt.days
    table = pd.DataFrame({"month": once["date"].str[:7], "days": waited, "accepted": once["response"] != "decline"})
    table = table[table["days"] >= 0]
    sheet.section("Time to the reply", COLUMNS)
    if table.empty:
        sheet.row(Put("No reply says yet how long it took."))
        return
    _head(sheet, "Month of the reply", ["Replies", "Median days", "Most days", "Accepted", "Declined"])
    for month, group in table.groupby("month"):
        accepted = int(group["accepted"].sum())
        numbers = (len(group), group["days"].median(), group["days"].max(), accepted, len(group) - accepted)
        cells = [Put(_number(value), "cell amount") for value in numbers]
        sheet.row(Put(str(month), "cell"), *cells, Put(None, "cell"))


def _measures(sheet: Sheet, review: Review, days: list[str]) -> None:
    """The measures that moved most, with a chart; then the rate of each, the newest review on the right."""
    table = review.trend.measures
    table = table[(table["facility"] == "") & table["as_of"].isin(days)]
    shown = days[-(COLUMNS - 1) :]
    if table.empty:
        return
    rates = table.assign(rate=table["numerator"] / table["denominator"].where(table["denominator"] > 0))
    by_day = rates.pivot_table(index="title", columns="as_of", values="rate", aggfunc="last", sort=False, dropna=False)
    by_day = by_day.astype("float64").reindex(columns=shown)
    if len(shown) > 1:
        _moved_most(sheet, table, by_day[[shown[0], shown[-1]]])
    sheet.new_page()
    sheet.section("Quality measures by day of the review", COLUMNS)
    _rates(sheet, by_day)


def _moved_most(sheet: Sheet, table: pd.DataFrame, ends: pd.DataFrame) -> None:
    """The rates of the first and the last review shown with what they are of; those of too few are left out."""
    of = table.pivot_table(index="title", columns="as_of", values="denominator", aggfunc="last", sort=False)
    of = of.reindex(index=ends.index, columns=ends.columns)
    enough = (of >= FEWEST_RESIDENTS).all(axis=1) & ends.notna().all(axis=1)
    moved = (ends.iloc[:, 1] - ends.iloc[:, 0]).abs().where(enough)
    most = ends.loc[moved[moved > 0].sort_values(ascending=False, kind="stable").index[:MOST_MOVED]]
    sheet.section(f"Quality measures that moved most, of those of {FEWEST_RESIDENTS} residents or more", COLUMNS)
    if most.empty:
        sheet.row(Put("No such measure moved between the first and the last review shown."))
        return
    days = list(ends.columns)
    heading = _head(sheet, "Measure", [*days, *(f"Of, {day}" for day in days)])
    for title, rates in most.iterrows():
        cells = [Put(float(rate), "cell percent") for rate in rates]
        cells += [Put(int(number), "cell number") for number in of.loc[title]]
        sheet.row(Put(str(title), "cell"), *cells, *[Put(None, "cell")] * (COLUMNS - 1 - len(cells)))
    charts.pairs(sheet, "Quality measures that moved most", "Rate", heading, sheet.rows, list(LOAD_COLOURS[:2]))


def _rates(sheet: Sheet, table: pd.DataFrame) -> None:
    """A row for each measure."""
    _head(sheet, "Measure", list(table.columns))
    for title, row in table.iterrows():
        cells = [Put(None if value != value else float(value), "cell percent") for value in row]
        sheet.row(Put(str(title), "cell"), *cells, *[Put(None, "cell")] * (COLUMNS - 1 - len(cells)))
