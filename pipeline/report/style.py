"""How the workbooks look: palette, named styles, and the properties and page set-up that all of them share.

The colours can be told apart by people with any colour vision and get lighter step by step, so that they stay apart in
black and white. No colour carries a meaning that is not also written in words.
"""

from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, NamedStyle, PatternFill, Side
from openpyxl.worksheet.worksheet import Worksheet

from pipeline.review import Review

FONT = "Arial"
INK = "1A1A1A"
GREY = "595959"
LINE = "8C8C8C"
HEADER_FILL = "33414F"
WHITE = "FFFFFF"
LINK = "0B4F8A"
BAR = "9DB7CC"

# Fill and text, dark to light.
SEVERITY_COLOURS = {
    "contraindicated": ("3B1F4B", WHITE),
    "major": ("B8430F", WHITE),
    "moderate": ("F2B544", INK),
    "minor": ("DCE9F2", INK),
}
TIER_COLOURS = {
    "today": ("3B1F4B", WHITE),
    "this_week": ("B8430F", WHITE),
    "monthly_review": ("F2B544", INK),
    "not_checked": (WHITE, INK),
    "none": ("DCE9F2", INK),
}
# Series of a chart that stand beside each other.
LOAD_COLOURS = (
    ("3B1F4B", WHITE),
    ("F2B544", INK),
    ("7FA6C4", INK),
    ("B8430F", WHITE),
    ("DCE9F2", INK),
    ("595959", WHITE),
)

# What became of a finding; as for the severities, dark is what presses.
STATUS_COLOURS = {
    "accepted_not_done": ("3B1F4B", WHITE),
    "overdue": ("B8430F", WHITE),
    "new": ("F2B544", INK),
    "persisting": ("7FA6C4", INK),
    "declined": ("DCE9F2", INK),
    "resolved": (WHITE, INK),
}

DATE_FORMAT = "d mmm yyyy"

# Margins in inches, and what they leave of an upright Letter page in points.
_SIDE, _TOP = 0.4, 0.55
PAPER_WIDTH, PAPER_HEIGHT = (8.5 - 2 * _SIDE) * 72, (11 - 2 * _TOP) * 72


@dataclass(frozen=True)
class Look:
    """One named style; `sheet.py` reads size, weight and wrapping off it to work out row heights."""

    size: float = 10
    bold: bool = False
    colour: str = INK
    fill: str | None = None
    wrap: bool = True
    border: str | None = None  # box, thick (a heavy box), under, heading
    number_format: str = "General"
    horizontal: str | None = None
    vertical: str = "top"
    underline: bool = False

    @property
    def indent(self) -> int:
        """Text keeps off the lines of a box, and a number off the text of the next column."""
        boxed = self.border in ("box", "thick") and not self.horizontal
        return 1 if boxed or self.horizontal == "right" else 0

    def named(self, name: str) -> NamedStyle:
        """The style as the workbook keeps it."""
        underline = "single" if self.underline else None
        style = NamedStyle(
            name=name,
            font=Font(name=FONT, size=self.size, bold=self.bold, color=self.colour, underline=underline),
            alignment=Alignment(
                horizontal=self.horizontal or ("left" if self.indent else None),
                vertical=self.vertical,
                wrap_text=self.wrap,
                indent=self.indent,
            ),
            border=_border(self.border),
            number_format=self.number_format,
        )
        if self.fill:
            style.fill = PatternFill("solid", fgColor=self.fill)
        return style


def _border(kind: str | None) -> Border:
    if kind == "box":
        side = Side("thin", color=LINE)
        return Border(left=side, right=side, top=side, bottom=side)
    if kind == "thick":
        side = Side("medium", color=INK)
        return Border(left=side, right=side, top=side, bottom=side)
    if kind == "under":
        return Border(bottom=Side("hair", color=LINE))
    if kind == "heading":
        return Border(bottom=Side("medium", color=INK))
    return Border()


LOOKS: dict[str, Look] = {
    "page title": Look(size=15, bold=True, wrap=False),
    "page subtitle": Look(size=10, colour=GREY, wrap=False),
    "section": Look(size=11, bold=True, wrap=False, border="heading", vertical="bottom"),
    "problem": Look(size=10, bold=True, fill="E4E4E4"),
    "caption": Look(size=8, colour=GREY),
    "body": Look(),
    "body date": Look(number_format=DATE_FORMAT, horizontal="left", wrap=False),
    "body number": Look(horizontal="left", wrap=False),
    "body link": Look(colour=LINK, underline=True),
    "strong": Look(bold=True),
    "small": Look(size=9),
    "small strong": Look(size=9, bold=True),
    "fact": Look(bold=True, wrap=False),
    "resident": Look(size=13, bold=True),
    "lead": Look(size=11, bold=True, vertical="center"),
    "step": Look(size=9, bold=True, horizontal="left"),
    "fine print": Look(size=8, colour=GREY),
    "banner": Look(size=11, bold=True, border="thick"),
    "banner text": Look(size=10, border="thick"),
    "alarm": Look(size=10, bold=True, colour=WHITE, fill="3B1F4B", vertical="center"),
    "alarm text": Look(size=10, bold=True, border="thick"),
    "entry": Look(border="box"),
    "entry date": Look(border="box", number_format=DATE_FORMAT, horizontal="left"),
    "off page": Look(size=8, colour=GREY, wrap=False),
    "column head": Look(size=9, bold=True, colour=WHITE, fill=HEADER_FILL, vertical="center"),
    "column head number": Look(
        size=9, bold=True, colour=WHITE, fill=HEADER_FILL, vertical="center", horizontal="right"
    ),
    "cell": Look(size=9, border="under"),
    "cell small": Look(size=8, border="under"),
    "cell strong": Look(size=9, bold=True, border="under"),
    # Ids and all other text are text for a spreadsheet too: 007 stays 007.
    "cell id": Look(size=9, border="under", number_format="@"),
    "cell number": Look(size=9, border="under", number_format="#,##0", horizontal="right"),
    # Feeds a chart, where a label on nothing is in the way.
    "cell number or blank": Look(size=9, border="under", number_format="#,##0;-#,##0;", horizontal="right"),
    "cell amount or blank": Look(size=9, border="under", number_format="General;-General;", horizontal="right"),
    "cell amount": Look(size=9, border="under", horizontal="right"),
    "cell percent": Look(size=9, border="under", number_format="0.0%", horizontal="right"),
    "cell date": Look(size=9, border="under", number_format=DATE_FORMAT, horizontal="left", wrap=False),
    "cell link": Look(size=9, border="under", number_format="@", colour=LINK, underline=True),
}
for _kind, _colours, _size, _vertical in (
    ("severity", SEVERITY_COLOURS, 9, "top"),
    ("tier", TIER_COLOURS, 10, "center"),
    ("small tier", TIER_COLOURS, 9, "top"),
):
    for _code, (_fill, _text) in {**_colours, "other": (WHITE, INK)}.items():
        LOOKS[f"{_kind} {_code}"] = Look(
            size=_size, bold=True, colour=_text, fill=_fill, border="box", horizontal="center", vertical=_vertical
        )


def severity_look(code: str) -> str:
    """The name of the style of a severity; one that is not known gets a plain box."""
    return f"severity {code if code in SEVERITY_COLOURS else 'other'}"


def tier_look(code: str, small: bool = False) -> str:
    """The name of the style of a tier, for the head of a page or, small, for a row of a list."""
    return f"{'small ' if small else ''}tier {code if code in TIER_COLOURS else 'other'}"


def new_book(review: Review, title: str, subject: str) -> Workbook:
    """An empty workbook, written row by row, with the document properties. `sheet.py` adds the styles that it uses."""
    book = Workbook(write_only=True)
    # The unit of column widths is a digit of the font of this style: Calibri, its default, is not on every computer.
    book._named_styles["Normal"].font = Font(name=FONT, size=10)
    properties = book.properties
    properties.title = title
    properties.subject = subject
    properties.creator = f"medreview {review.manifest.get('version', '')}".strip()
    properties.keywords = "medication review"
    properties.description = about(review)
    # The day of the review, not of the writing: the same input gives the same workbook.
    properties.created = datetime.combine(review.as_of, time())
    return book


def set_page(sheet: Any, review: Review, header: str, landscape: bool) -> None:
    """One page wide, with who it is about on every page and what it was made with."""
    sheet.page_setup.orientation = "landscape" if landscape else "portrait"
    # US homes print on Letter; one page wide fits A4 too.
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_LETTER
    sheet.page_setup.fitToWidth = 1
    sheet.page_setup.fitToHeight = 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    margins = sheet.page_margins
    margins.left = margins.right = _SIDE
    margins.top = margins.bottom = _TOP
    margins.header = margins.footer = 0.3
    # A header or footer may have 255 characters, codes included; & starts a code.
    for part, text in (
        (sheet.oddHeader.left, escape_codes(shorten(header, 90))),
        (sheet.oddHeader.right, "Confidential, page &P of &N"),
        (sheet.oddFooter.left, escape_codes(f"{versions(review)}. Supports and does not replace clinical judgement.")),
    ):
        part.text, part.font, part.size = text, FONT, 8


def escape_codes(text: str) -> str:
    """A text for a page header or footer, where & starts a code and a line break is not safe."""
    return text.replace("&", "&&").replace("\n", " ")


def shorten(text: str, length: int) -> str:
    """A text of at most so many characters."""
    return text if len(text) <= length else text[: length - 1] + "…"


def versions(review: Review) -> str:
    """What the review was made with, short enough for a page footer."""
    manifest = review.manifest
    fingerprint = str(manifest.get("reference_hash") or "unknown")[:12]
    return (
        f"medreview {manifest.get('version', 'unknown')}, reference {manifest.get('reference_version', 'unknown')} "
        f"({fingerprint}), {reviewed(review)}"
    )


def reviewed(review: Review) -> str:
    """How much of the reference a clinician has checked."""
    state = review.manifest.get("reference_reviewed") or {}
    if not state.get("rules"):
        return "not known how many rules a clinician has checked"
    return f"{state.get('checked', 0):,} of {state['rules']:,} rules checked by a clinician"


def about(review: Review) -> str:
    """What the review was made with, in full."""
    version, reference, fingerprint = (
        review.manifest.get(name, "unknown") for name in ("version", "reference_version", "reference_hash")
    )
    return (
        f"Made by medreview {version} with the clinical reference {reference} (hash {fingerprint}); {reviewed(review)}."
    )
