"""Parts of a Word document that python-docx has no call for. Imported only when letters are written."""

from collections.abc import Sequence
from typing import Any

from pipeline.report.sheet import plain
from pipeline.report.style import FONT


def clean(text: str) -> str:
    """Text without the characters that a document must not hold."""
    return plain(text) or ""


def fill_row(cells: Sequence[Any], texts: Sequence[str], bold: bool = False) -> None:
    """Write texts into the cells of a row."""
    for cell, text in zip(cells, texts, strict=True):
        run = cell.paragraphs[0].add_run(clean(text))
        run.bold = bold or None


def rgb(colour: str) -> Any:
    """A colour as documents take it."""
    from docx.shared import RGBColor

    return RGBColor.from_string(colour)


def _word(name: str) -> str:
    from docx.oxml.ns import qn

    return str(qn(f"w:{name}"))


def unthemed(style: Any) -> None:
    """Headings of the built-in template take their font from its theme; they get ours."""
    fonts = style.element.rPr.rFonts
    for name in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        fonts.attrib.pop(_word(name), None)
    for name in ("ascii", "hAnsi"):
        fonts.set(_word(name), FONT)


def shade(run: Any, fill: str, colour: str) -> None:
    """Give a run of text a ground and a colour."""
    from docx.oxml import OxmlElement

    run.font.color.rgb = rgb(colour)
    shading = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", fill)):
        shading.set(_word(name), value)
    run._element.get_or_add_rPr().append(shading)


def field(paragraph: Any, code: str) -> None:
    """A number that the word processor counts; the only field codes of the letter."""
    from docx.oxml import OxmlElement

    made = OxmlElement("w:fldSimple")
    made.set(_word("instr"), code)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    made.append(run)
    paragraph._element.append(made)
