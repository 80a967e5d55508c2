"""The parts of the README that are made from the program itself, so that they cannot fall behind it.

`python -m pipeline.docs` writes them, `python -m pipeline.docs --check` says whether they are up to date.
"""

import re
import sys
from functools import partial
from pathlib import Path

import click

from pipeline import tables
from pipeline.cli import cli
from pipeline.template import form

README = Path(__file__).resolve().parent.parent / "README.md"


def columns() -> str:
    """The input's tables as Markdown."""
    parts = []
    for name, schema in tables.INPUT.items():
        parts.append(
            f"**{name}**\n\n| column | what it holds | what goes into a cell | other headings |\n|---|---|---|---|"
        )
        for column, declared in schema.columns.items():
            title = f"**{column}** (needed)" if declared.required else column
            others = ", ".join(schema.columns[column].aliases)
            parts.append(f"| {title} | {declared.description} | {form(schema, column)} | {others} |")
        parts.append("")
    return "\n".join(parts).rstrip()


def commands() -> str:
    """Every command's help."""
    parts = []
    for words, command in _walk(cli, ()):
        context = click.Context(
            command, info_name=" ".join(("medreview", *words)), terminal_width=100, max_content_width=100
        )
        parts.append(f"```\n{re.sub(r'[ ]+$', '', command.get_help(context), flags=re.MULTILINE)}\n```")
    return "\n\n".join(parts)


def _walk(command: click.Command, words: tuple[str, ...]) -> list[tuple[tuple[str, ...], click.Command]]:
    found = [] if isinstance(command, click.Group) else [(words, command)]
    if isinstance(command, click.Group):
        for name in command.commands:
            found += _walk(command.commands[name], (*words, name))
    return found


def filled(text: str) -> str:
    """The README's text with its generated parts made anew."""
    for name, made in (("columns", columns()), ("commands", commands())):
        mark = re.compile(f"(<!-- {name}: made by python -m pipeline.docs -->\n).*?(\n<!-- /{name} -->)", re.DOTALL)
        text, count = mark.subn(partial(_put, made), text)
        if count != 1:
            raise SystemExit(f"README.md has no place for the generated {name}")
    return text


def _put(made: str, place: re.Match[str]) -> str:
    return f"{place[1]}{made}{place[2]}"


if __name__ == "__main__":
    now = README.read_text(encoding="utf-8")
    if "--check" in sys.argv:
        sys.exit(None if filled(now) == now else "README.md is behind the program: run python -m pipeline.docs")
    README.write_text(filled(now), encoding="utf-8")
