"""population.html: the report on everyone for those without a spreadsheet program, in one file.

The page asks nothing of any network: style and script stand in it, and its own policy forbids everything else. Without
the script all of it can be read; with it tables are sorted and filtered. Jinja writes it because a template that
escapes every text by itself is safer than our own code could be.
"""

import base64
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from pipeline.judge.triage import NO_FINDING, TIERS
from pipeline.report import digest, listings, method, page_parts, page_tables, words
from pipeline.report.figures import Overview
from pipeline.report.records import records
from pipeline.report.sheet import plain
from pipeline.report.style import (
    GREY,
    HEADER_FILL,
    INK,
    LINE,
    LINK,
    LOAD_COLOURS,
    SEVERITY_COLOURS,
    TIER_COLOURS,
    about,
)
from pipeline.review import Review

FIRST_RESIDENTS = 5


def write(
    review: Review, path: Path, patient_file: Callable[[str], str] | None, overview: Overview | None = None
) -> None:
    """Write the page.

    Args:
        review: the finished review.
        path: the file.
        patient_file: the path of a resident's report as seen from the page; None leaves out all that speaks of single
            residents or rows.
        overview: the figures to show instead of those counted from the review.
    """
    shown = overview or Overview.of(review)
    environment = Environment(
        loader=PackageLoader("pipeline.report"), autoescape=True, undefined=StrictUndefined, finalize=_clean,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["href"] = lambda text: quote(text)
    style = Markup(environment.get_template("population.css").render(colours=_colours()))
    script = Markup(environment.get_template("population.js").render())
    day = f"{review.as_of.day} {review.as_of:%B %Y}"
    residents = records(review.patients) if patient_file else []
    ranked = listings.by_urgency(residents)
    pressing = [one for one in ranked if digest.tier_code(one) != "none"][:FIRST_RESIDENTS]
    stream = environment.get_template("population.html").stream(
        style=style, script=script, style_hash=_hash(style), script_hash=_hash(script),
        day=day, subtitle=f"{_who(shown, residents)}, as of {day}",
        notices=(*_not_done(residents), *review.notices), listed=bool(patient_file),
        first=[_first(one, patient_file) for one in pressing] if patient_file else [],
        figures=page_tables.figures_table(shown),
        worklist=page_tables.worklist_table(review, ranked, patient_file) if patient_file else None,
        units=(page_tables.unit_chart(shown), page_tables.unit_table(shown)),
        problems=(page_tables.problem_chart(shown), page_tables.problem_table(shown)),
        changes=page_tables.changes_table(shown), measures=page_tables.measures_table(shown),
        loads=page_tables.load_charts(shown), missing=page_tables.missing_table(shown),
        rejected=page_tables.rejected_table(review) if patient_file else None,
        unrecognised=page_tables.unrecognised_table(review) if patient_file else None,
        method=_method(review), about=about(review), judgement=words.JUDGEMENT,
    )  # fmt: skip
    stream.enable_buffering(200)
    stream.dump(str(path), errors="replace")


def _clean(value: Any) -> Any:
    """Text without the characters that a document must not hold."""
    return plain(value) or "" if type(value) is str else value


def _hash(text: str) -> str:
    """A script or style as a content security policy names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _colours() -> dict[str, Any]:
    classes = {**SEVERITY_COLOURS, **TIER_COLOURS, page_tables.PLAIN: LOAD_COLOURS[0]}
    return {"classes": classes, "ink": INK, "grey": GREY, "line": LINE, "head": HEADER_FILL, "link": LINK}


def _not_done(residents: Sequence[digest.Record]) -> list[str]:
    """The loudest thing of all: what was accepted and is still as it was."""
    late = [one["not_done"] for one in residents if one.get("not_done")]
    if not late:
        return []
    of = words.count(len(late), "resident")
    return [f"Accepted and not carried out: {words.count(sum(late), 'finding')} of {of}. Find out today why."]


def _who(shown: Overview, residents: list[digest.Record]) -> str:
    everyone = shown.summary[0].of
    homes = len({one["facility"] for one in residents if one["facility"]})
    of_homes = f" of {words.count(homes, 'facility', 'facilities')}" if homes else ""
    return f"{everyone if isinstance(everyone, str) else words.count(everyone, 'resident')}{of_homes}"


def _first(resident: digest.Record, patient_file: Callable[[str], str]) -> dict[str, Any]:
    return {
        "link": patient_file(resident["patient_id"]),
        "name": " ".join(part for part in (resident["patient_id"], resident["name"]) if part),
        "place": digest.place(resident),
        "tier": page_parts.tier_tag(digest.tier_code(resident)),
        "action": resident["first_action"] or digest.action(resident),
    }


def _method(review: Review) -> dict[str, Any]:
    actions = dict([*TIERS.values(), NO_FINDING]) | {"not_checked": words.NOT_CHECKED_ACTION}
    return {
        "tiers": [(page_parts.tier_tag(code), actions[code]) for code in words.TIERS],
        "severities": [(page_parts.severity_tag(code), words.SEVERITY_MEANING[code]) for code in words.SEVERITIES],
        "terms": method.TERMS,
    }
