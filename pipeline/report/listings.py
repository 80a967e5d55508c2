"""The detail sheets of the population workbook: one Excel table each, with filters and a heading that stays in view."""

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from pipeline.history.replies import IDS, REPLY
from pipeline.report import digest, order_texts, words
from pipeline.report.answers import reply_choice
from pipeline.report.records import records
from pipeline.report.sheet import Column, Sheet
from pipeline.report.style import SEVERITY_COLOURS, TIER_COLOURS
from pipeline.review import Review
from pipeline.source.own_names import NAME_HEADING, TEXT_HEADING
from pipeline.source.own_names import SHEET as UNRECOGNISED

# A sheet lists at most so many rows, the gravest first; all of them stand in the CSV files.
MAX_ROWS = 100_000


class Listings:
    """Writes the detail sheets of one review."""

    def __init__(self, book: Workbook, review: Review, header: str) -> None:
        self.book = book
        self.review = review
        self.header = header
        self.titles = problem_titles(review)
        self.residents = {patient["patient_id"]: patient for patient in records(review.patients)}

    def write(
        self,
        title: str,
        columns: Sequence[Column],
        empty: str,
        printed: int,
        colours: dict[int, dict[str, Any]] | None = None,
        bars: Sequence[int] = (),
    ) -> None:
        """One sheet; the first `printed` columns go on paper, the others are for the screen.

        `colours`: number of a column → text → its colours; `bars`: numbers of columns with bars in their cells.
        """
        widths = [column.width for column in columns]
        sheet = Sheet(self.book, self.review, title, widths, header=f"{self.header}: {title}", landscape=True)
        sheet.raw.freeze_panes = "B2"
        sheet.raw.print_title_rows = "1:1"
        first, last = sheet.table(title.title().replace(" ", ""), columns, empty)
        sheet.raw.print_area = f"A1:{get_column_letter(printed)}{last}"
        for number, named in (colours or {}).items():
            sheet.colour(number, first, last, named)
        for number in bars:
            sheet.bars(number, first, last)
        for number, column in enumerate(columns, 1):
            if column.heading == REPLY[0]:
                replies = reply_choice()
                replies.add(f"{get_column_letter(number)}{first}:{get_column_letter(number)}{last}")
                sheet.raw.data_validations.append(replies)

    def _of(self, ids: Sequence[str], name: str) -> list[Any]:
        """A column of the residents' table, for other tables' rows."""
        return [self.residents.get(patient_id, {}).get(name) for patient_id in ids]

    def who(self, frame: pd.DataFrame) -> list[Column]:
        ids = frame["patient_id"].tolist()
        return [
            Column("Resident", ids, 12, "cell id"),
            Column("Name", self._of(ids, "name"), 20),
            Column("Facility", self._of(ids, "facility"), 14),
            Column("Unit", self._of(ids, "unit"), 12),
        ]

    def worklist(self, patient_file: Callable[[str], str]) -> None:
        """Every resident, the most pressing first, with a link to the report."""
        residents = by_urgency(self.residents.values())
        counts = severity_counts(self.review.findings)
        ids = [resident["patient_id"] for resident in residents]
        tiers = [words.ranked(digest.tier_code(resident), words.TIERS, words.TIER) for resident in residents]
        columns = [
            Column("Resident", ids, 12, "cell link", links=[patient_file(patient_id) for patient_id in ids]),
            Column("Name", self._of(ids, "name"), 24),
            Column("Facility", self._of(ids, "facility"), 16),
            Column("Unit", self._of(ids, "unit"), 14),
            Column("Tier", tiers, 23, "cell strong"),
            Column("Score", self._of(ids, "score"), 8, "cell amount"),
            Column("Do first", [resident["first_action"] or digest.action(resident) for resident in residents], 62),
            Column("Review complete", ["Yes" if done else "NO" for done in self._of(ids, "complete")], 11),
            *[
                Column(
                    words.SEVERITY[severity],
                    [counts.get((i, severity), 0) for i in ids],
                    10 + 7 * (not n),
                    "cell number",
                )
                for n, severity in enumerate(words.SEVERITIES)
            ],
            Column("Current medicines", self._of(ids, "medications"), 11, "cell number"),
            Column("Accepted, not carried out", self._of(ids, "not_done"), 12, "cell number"),
            Column("Overdue", self._of(ids, "overdue"), 10, "cell number"),
            *reply_columns(self._of(ids, "first_id")),
        ]
        colours = {words.ranked(code, words.TIERS, words.TIER): pair for code, pair in TIER_COLOURS.items()}
        self.write("Worklist", columns, "No residents.", 13, {5: colours}, bars=(6,))

    def findings(self) -> None:
        """Every finding, the gravest first."""
        order = self.review.findings["severity"].map(digest.severity_rank).sort_values(kind="stable").index
        frame = self.review.findings.loc[order].head(MAX_ROWS)
        columns = [
            *self.who(frame),
            Column("Severity", ranked_severity(frame["severity"]), 17, "cell strong"),
            Column(
                "Problem", [self.titles.get(code) or words.as_words(code or "other") for code in frame["problem"]], 20
            ),
            Column("Drugs", listed(frame["drugs"], " + "), 24),
            Column("With", [words.factor(text) if isinstance(text, str) else None for text in frame["factor"]], 14),
            Column("What can happen", frame["effect"], 42),
            Column("What to do", frame["management"], 46),
            Column("Why", frame["mechanism"], 42),
            Column("Instead", frame["alternatives"], 34),
            Column("Since the last review", [words.STATUS.get(code, code) for code in frame["status"]], 20),
            Column("Told since", frame["since"], 12),
            Column("Reviews", frame["runs"], 9, "cell amount"),
            Column("Why new, gone or re-graded", frame["why"], 34),
            Column("Check", frame["check"], 13),
            Column("Evidence", frame["evidence"], 18),
            Column("Sources", listed(frame["sources"], "; "), 24),
            Column("Source rows", listed(frame["rows"], "; "), 11, "cell id"),
            Column("Rule", frame["rule_id"], 24),
            Column("Finding", frame["finding_id"], 18, "cell id"),
        ]
        self.write("Findings", columns, "No findings.", 10, {5: severity_colours()})

    def medications(self) -> None:
        """Every order as it was understood."""
        frame = self.review.medications.head(MAX_ROWS)
        orders = records(frame[["ingredients", "match"]])
        understood = [
            "NOT RECOGNISED" if order_texts.is_unrecognised(order) else (order["ingredients"] or "").replace(";", " + ")
            for order in orders
        ]
        columns = [
            *self.who(frame),
            Column("Order as written", frame["drug"], 32),
            Column("Understood as", understood, 28),
            Column("Route", frame["route"], 12),
            Column("Daily dose", frame["daily_dose"].map(order_texts.number), 10, "cell amount"),
            Column("Unit of dose", frame["daily_dose_unit"], 9),
            Column("Frequency", frame["frequency"], 16),
            Column("As needed", _yes(frame["prn"]), 9),
            Column("Current", _yes(frame["current"]), 9),
            Column("Since", frame["start_date"], 12, "cell date"),
            Column("Until", frame["stop_date"], 12, "cell date"),
            Column("Indication", frame["indication"], 22),
            Column("Single dose", frame["dose"].map(order_texts.number), 10, "cell amount"),
            Column("Unit of single dose", frame["dose_unit"], 10),
            Column("Directions", frame["directions"], 34),
            Column("Prescriber", frame["prescriber"], 18),
            Column("How recognised", frame["match"], 14),
            Column("Note", frame["note"], 34),
            Column("Source row", frame["row"], 9, "cell amount"),
        ]
        self.write("Medications", columns, "No orders.", 15)

    def measures(self) -> None:
        """The quality measures, with what they count and of how many."""
        frame = self.review.measures
        columns = [
            Column("Measure", frame["title"], 60),
            Column("Facility", _or_all(frame["facility"]), 22),
            Column("Unit", _or_all(frame["unit"]), 18),
            Column("Counted", frame["numerator"], 11, "cell number"),
            Column("Of", frame["denominator"], 11, "cell number"),
            Column("Rate", frame["rate"], 10, "cell percent"),
            Column("Low (95 %)", frame["ci_low"], 11, "cell percent"),
            Column("High (95 %)", frame["ci_high"], 11, "cell percent"),
            Column("Excluded", frame["excluded"], 10, "cell number"),
            Column("Not assessable", frame["not_assessable"], 11, "cell number"),
        ]
        self.write("Measures", columns, "No measures.", 10, bars=(6,))

    def not_assessable(self) -> None:
        """What could not be checked, and what is missing for it; limits of the whole review first."""
        frame = self.review.limits.fillna({"patient_id": ""}).sort_values("patient_id", kind="stable").head(MAX_ROWS)
        ids = [patient_id or "Whole review" for patient_id in frame["patient_id"]]
        _, *who = self.who(frame)
        columns = [
            Column("Resident", ids, 16, "cell id"),
            *who,
            Column("What is missing", frame["missing"], 44),
            Column("What could therefore not be checked", frame["stops"], 44),
            Column("Rules", frame["rules"], 9, "cell number"),
        ]
        self.write("Not assessable", columns, "Nothing is known to be missing.", 7)

    def rejected(self) -> None:
        """Rows of the input that were set aside."""
        frame = self.review.rejected.head(MAX_ROWS)
        columns = [
            Column("Table", frame["table"], 18),
            Column("Row", frame["row"], 10, "cell amount"),
            Column("Column", frame["column"], 20),
            Column("Value", frame["value"], 40, "cell id"),
            Column("Reason", frame["reason"], 66),
        ]
        self.write("Rejected rows", columns, "No row was set aside.", 5)

    def unrecognised(self) -> None:
        """Drug texts that name no known ingredient."""
        frame = self.review.unrecognised.head(MAX_ROWS)
        columns = [
            Column(TEXT_HEADING, frame["drug"], 60, "cell id"),
            Column("Orders", frame["rows"], 10, "cell number"),
            Column("Residents", frame["patients"], 11, "cell number"),
            Column("Nearest known names (not used)", listed(frame["suggestions"], "; "), 50),
            # Fed back with --names.
            Column(NAME_HEADING, [None] * len(frame), 30, "entry"),
        ]
        self.write(UNRECOGNISED, columns, "Every drug was recognised.", 5)


def reply_columns(finding_ids: Sequence[Any]) -> list[Column]:
    """The columns to answer in, and the findings that a reply in the row answers. They are read back by heading."""
    blank = [None] * len(finding_ids)
    widths = dict(zip(REPLY, (12, 16, 34, 13), strict=True))
    return [
        *[Column(caption, blank, width, "entry") for caption, width in widths.items()],
        Column(IDS, finding_ids, 30, "cell id"),
    ]


def problem_titles(review: Review) -> dict[str, str]:
    """Code of a problem → its name in words."""
    return dict(zip(review.problems["problem"], review.problems["title"], strict=True))


def by_urgency(residents: Any) -> list[digest.Record]:
    """Residents of whom something was accepted and not carried out first; by tier, then by score, then by id."""
    places = {code: place for place, code in enumerate(words.TIERS)}
    return sorted(
        residents,
        key=lambda one: (
            not one["not_done"],
            places.get(digest.tier_code(one), len(places)),
            -(one["score"] or 0),
            one["patient_id"],
        ),
    )


def severity_counts(findings: pd.DataFrame) -> dict[tuple[str, str], int]:
    """How many findings that still stand each resident has of each severity."""
    standing = findings[findings["status"] != "resolved"]
    return standing.groupby(["patient_id", "severity"]).size().to_dict()


def severity_colours() -> dict[str, Any]:
    """The colours of a column of severities."""
    return {words.ranked(code, words.SEVERITIES, words.SEVERITY): pair for code, pair in SEVERITY_COLOURS.items()}


def ranked_severity(codes: pd.Series) -> list[str]:
    """Severities with their rank, so that a column sorts by it."""
    return [words.ranked(code, words.SEVERITIES, words.SEVERITY) for code in codes]


def listed(texts: pd.Series, separator: str) -> list[Any]:
    """Texts that are joined by `;`, joined by another separator."""
    return [text.replace(";", separator) if isinstance(text, str) else text for text in texts]


def _yes(flags: pd.Series) -> list[str]:
    return ["Yes" if flag else "No" for flag in flags]


def _or_all(texts: pd.Series) -> list[str]:
    return [text if isinstance(text, str) and text else "All" for text in texts]
