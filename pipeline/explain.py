"""`medreview explain`: why a finding is there, and which other rules were considered for one resident."""

from dataclasses import replace
from datetime import date
from pathlib import Path

import click
import pandas as pd

from pipeline.errors import InputError
from pipeline.judge.considered import FOUND, HELD, NOT_MET, UNKNOWN, Considered, considered, context_lines
from pipeline.judge.problems import with_points
from pipeline.normalise.facts import Normalised, normalise
from pipeline.normalise.readers import readers
from pipeline.rulebook.compile import rulebook
from pipeline.rulebook.rules import Rulebook
from pipeline.screen import Screened, Screening
from pipeline.source import read
from pipeline.source.codes import read_codes
from pipeline.source.mapping import read_mapping
from pipeline.source.own_names import read_names
from pipeline.source.raw import Source
from pipeline.validate import Accepted, validate


def explain(
    source: Path,
    patient: str,
    finding: str,
    as_of: date,
    *,
    date_order: str = "",
    mapping: str = "",
    codes: Path | None = None,
    names: Path | None = None,
    reference: Path | None = None,
    low_priority: bool = False,
) -> None:
    """Prints the rows, what they mean, the findings with their rules and context, and the rules that were not met.

    Args:
        source: the input of the review.
        patient: the resident's id.
        finding: the id of one finding, as findings.csv has it, or empty for all.
        as_of: the day of the review.
        date_order, mapping, codes, names, reference, low_priority: as for the review.

    Raises:
        InputError: nobody has this id, or none of the resident's findings has that one.
    """
    understood = read_mapping(mapping) if mapping else None
    tables = read(source, understood)
    book = rulebook(reference)
    order = date_order or (understood.date_order if understood else "")
    accepted = validate(tables, as_of, order, readers(book.reference).lab_tests)
    mine = _only(accepted, patient)
    own_names = read_names(names, readers(book.reference).lexicon.unknown) if names else None
    normalised = normalise(mine, book, as_of, read_codes(codes) if codes else None, own_names)
    screening = Screening(normalised, book, accepted.absent, as_of, low_priority)
    screened = screening.screened()
    screened = replace(screened, findings=with_points(screened.findings, screening.problems))
    told = considered(screening, screened)
    if finding:
        _print_one(finding, patient, screening, screened, told, tables)
        return
    _print_person(patient, mine, normalised, tables)
    every = pd.concat([screened.findings, screened.held_back.assign(points=0)], ignore_index=True)
    click.echo(f"\n{len(screened.findings)} findings, {len(screened.held_back)} held back")
    for row in every.to_dict("records"):
        _print_finding(row, screening, tables)
    _print_rest(told, book)


def _only(accepted: Accepted, patient: str) -> Accepted:
    """What was accepted of one resident.

    Raises:
        InputError: nothing was.
    """
    tables = {name: table[table["patient_id"] == patient] for name, table in accepted.tables.items()}
    if tables["medications"].empty and tables["patients"].empty:
        raise InputError(
            f"--patient {patient}: no accepted row has this id. Ids are compared letter by letter; "
            "`medreview validate` lists the rows that were set aside."
        )
    return replace(accepted, tables=tables)


def _print_person(patient: str, accepted: Accepted, normalised: Normalised, tables: Source) -> None:
    click.secho(f"Resident {patient}", bold=True)
    people = accepted.tables["patients"].to_dict("records")
    known = {key: value for key, value in (people[0] if people else {}).items() if pd.notna(value) and value != ""}
    known.pop("patient_id", None)
    for name, value in known.items():
        shown = f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else value
        click.echo(f"  {name.replace('_', ' ')}: {shown}")
    for row in normalised.numbers.to_dict("records"):
        age = f", {row['age_days']} days old" if row["age_days"] else ""
        basis = f" ({row['basis']})" if row.get("basis") else ""
        click.echo(f"  {row['number']}: {row['value']:.4g}{basis}{age}")
    for table, columns in (("conditions", ("code", "description")), ("allergies", ("substance", "reaction"))):
        for row in accepted.tables[table][list(columns)].itertuples(index=False):
            click.echo(f"  {table}: {' '.join(filter(None, row))}")
    click.secho("\nOrders as understood", bold=True)
    for order in normalised.orders.medications.to_dict("records"):
        daily = f", {order['daily_dose']} {order['daily_dose_unit']} a day" if order["daily_dose"] else ""
        state = "current" if order["current"] else "not current"
        label = tables.tables["medications"].rows(pd.Index([order["row"]]))[0]
        means = order["ingredients"].replace(";", " + ") or order["match"]
        click.echo(f"  row {label}: {order['drug']} = {means} ({order['match']}), {order['route']}{daily}, {state}")
        if order["note"]:
            click.echo(f"    note: {order['note']}")


def _print_one(
    finding: str, patient: str, screening: Screening, screened: Screened, told: list[Considered], tables: Source
) -> None:
    """One finding, and the rules considered for the same medicines.

    Raises:
        InputError: the resident has no such finding.
    """
    every = pd.concat([screened.findings, screened.held_back.assign(points=0)], ignore_index=True)
    mine = every[every["finding_id"] == finding]
    if mine.empty:
        raise InputError(
            f"--finding {finding}: resident {patient} has no such finding on this day. Leave --finding out to see all."
        )
    row = mine.to_dict("records")[0]
    _print_finding(row, screening, tables)
    about = screening.rulebook.subjects
    position = screening.rulebook.concepts.position
    drugs = [position[name] for name in row["drugs"].split(";") if name]
    others = [one for one in told if one.rule_id != row["rule_id"] and (not drugs or about[one.rule, drugs].any())]
    _print_rest(others, screening.rulebook)


def _print_finding(row: dict, screening: Screening, tables: Source) -> None:
    book = screening.rulebook
    number = int(book.rules.index[book.rules["rule_id"] == row["rule_id"]][0])
    words = book.rules.loc[number]
    held = f", held back by {row['held_by']}" if isinstance(row.get("held_by"), str) and row["held_by"] else ""
    what = ", ".join(filter(None, [row["drugs"].replace(";", " + "), row["factor"]]))
    click.secho(f"\n{row['finding_id']} {row['severity']}: {what}{held}", bold=True)
    labels = tables.tables["medications"].rows(pd.Index([int(one) for one in row["rows"].split(";") if one]))
    named = ", ".join(str(label) for label in labels) or "none"
    click.echo(f"  rows: {named}; points: {row['points']}; problem: {row['problem']}")
    where = f"{words['_file']}, line {words['_line']}"
    click.echo(f"  rule: {row['rule_id']} ({where}; {words['severity']}; checked by: {words['checked_by']})")
    asked = [f"{column} {words[column]}" for column in _ASKED if words.get(column)]
    click.echo(f"  asks: {'; '.join(asked)}")
    rule = next(one for kind in (book.pairs, book.totals, book.gaps) for one in kind if one.rule == number)
    for line in context_lines(screening, rule):
        click.echo(f"  {line}")
    click.echo(f"  why: {row['mechanism']}")
    click.echo(f"  sources: {row['sources']} ({row['evidence']})")


# Of a rule's columns those that say what it asks, in the order in which they read.
_ASKED = (
    "a", "b", "terms", "measure", "comparison", "threshold", "unit", "kind", "present", "orders", "needs",
    "washout_days", "min_days", "max_days", "within_days", "final_dose", "min_daily_dose", "max_lab_age",
    "started_within_days",
)  # fmt: skip


def _print_rest(told: list[Considered], book: Rulebook) -> None:
    for status, title in (
        (HELD, "Held back"), (UNKNOWN, "Not assessable, for want of"), (NOT_MET, "Considered and not met"),
    ):  # fmt: skip
        mine = [one for one in told if one.status == status]
        if mine:
            click.secho(f"\n{title} ({len(mine)})", bold=True)
        for one in mine:
            click.echo(f"  {one.rule_id}: {one.why}")
    count = len([one for one in told if one.status == FOUND])
    click.echo(f"\n{len(told)} of {len(book.rules)} rules name something of this resident; {count} were met.")
