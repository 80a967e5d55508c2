"""A mapping as TOML text that a person can edit: every column that was understood, and what is left to decide."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline import tables
from pipeline.source.headers import table_of_name
from pipeline.source.names import folded


@dataclass
class Section:
    """What a mapping says of one table. Headings as written, each once.

    `sources`: the sheets or files. `columns`: column → headings, the better first. `choices`: column → headings of
    which one is to be chosen. `left`: headings that name no column. `ignored`: those left out on purpose. `beside`:
    there is no sheet of the table, its columns stand beside the orders.
    """

    sources: list[str] = field(default_factory=list)
    columns: dict[str, list[str]] = field(default_factory=dict)
    choices: dict[str, list[str]] = field(default_factory=dict)
    left: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    beside: bool = True


def mapping_text(source: Path, sections: dict[str, Section], unused: Sequence[str], date_order: str = "") -> str:
    """The TOML of a mapping.

    Args:
        source: the input, for the comment at the top.
        sections: by table.
        unused: sheets or files that hold no table.
        date_order: `mdy`, `dmy` or empty.
    """
    lines = [
        f"# How the columns of {_comment(source.name)} are understood. Edit this file, then review with --mapping.",
        "# Each line says which heading is which column; of a list the first heading that is there counts.",
        f'date_order = "{date_order}"' if date_order else '# date_order = "mdy"   # or "dmy", where dates do not tell',
    ]
    if unused:
        lines += ["", "# No table was seen in these. If one holds a table, name it under from = [...]:"]
        lines += [f"#   {_comment(name)}" for name in unused]
    for table in tables.INPUT:
        if table in sections:
            lines += ["", f"[{table}]", *_section(sections[table], table)]
    return "\n".join(lines) + "\n"


def _section(section: Section, table: str) -> list[str]:
    schema = tables.INPUT[table]
    lines = []
    if section.beside:
        lines.append("# There is no sheet of these. The columns stand beside the orders.")
    if section.sources:
        # A mapping that names no sheet or file also serves for the next export, which may be called otherwise.
        known = all(table_of_name(Path(name).stem) == table for name in section.sources)
        lines.append(f"{'# ' if known else ''}from = {_list(section.sources)}{'   # known by name' if known else ''}")
    for column in schema.columns:
        lines += _column(column, section.columns.get(column, []), section.choices.get(column, []))
    if section.ignored:
        lines.append(f"ignore = {_list(section.ignored)}")
        if section.left:
            lines.append("# Left over. Give a heading its column above, or add it to ignore:")
            lines.append(f"# {_list(section.left)}")
    elif section.left:
        lines.append("# Left over. Give a heading its column above, or take the # away to leave it out on purpose:")
        lines.append(f"# ignore = {_list(section.left)}")
    absent = [name for name in schema.columns if name not in section.columns | section.choices]
    for name in tables.required(schema):
        if name in absent and not section.beside:
            lines.append("# Needed and not found. Put its heading between the quotation marks and take the # away:")
            lines.append(f'# {name} = ""')
    if absent:
        lines.append(f"# Not found: {', '.join(absent)}")
    return lines


def _column(column: str, headings: Sequence[str], choices: Sequence[str]) -> list[str]:
    lines = []
    if headings:
        lines.append(f"{column} = {quoted(headings[0]) if len(headings) == 1 else _list(headings)}")
        if choices:
            lines.append(
                f"# Where it is not there, {column} could be any of these. Add the right one to the list above:"
            )
            lines.append(f"# {_list(choices)}")
    elif choices:
        lines.append(f"# Any of these could be {column}. Take the # away from the right one:")
        lines += [f"# {column} = {quoted(heading)}" for heading in choices]
    return lines


def once(headings: Sequence[str]) -> list[str]:
    """The headings without repeats of what reads the same."""
    return list({folded(heading): heading for heading in reversed(headings)}.values())[::-1]


def quoted(text: str) -> str:
    """The text as a TOML string."""
    marked = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(_character(character) for character in marked) + '"'


def _character(character: str) -> str:
    return character if character.isprintable() else f"\\U{ord(character):08X}"


def _list(texts: Sequence[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


def _comment(text: str) -> str:
    return "".join(character if character.isprintable() else " " for character in text)
