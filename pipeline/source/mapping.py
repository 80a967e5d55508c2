"""The mapping that a person writes: which sheets or files hold each table, and which heading is which column."""

import tomllib
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as Dictionary
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pipeline import tables
from pipeline.errors import InputError
from pipeline.source.names import folded
from pipeline.source.raw import RawTable

DATE_ORDERS = ("mdy", "dmy")
SHIPPED = Path(__file__).resolve().parent.parent / "mappings"
_KEYS = ("from", "ignore")


@dataclass(frozen=True)
class TableMapping:
    """`sources`: sheets or files that hold the table; empty when they are found by name. `columns`: each mapped column
    with its headings, of which the first that is there counts. `ignore`: headings left out on purpose."""

    sources: tuple[str, ...] = ()
    columns: tuple[tuple[str, tuple[str, ...]], ...] = ()
    ignore: tuple[str, ...] = ()

    def holds(self, name: str) -> bool:
        """Whether a sheet or file of this name, with or without its suffix, is one of the sources."""
        return any(name.casefold() in (source.casefold(), Path(source).stem.casefold()) for source in self.sources)


@dataclass(frozen=True)
class Mapping:
    """One mapping. `name`: as messages call it. `optional`: headings and sheets that are not there are no error, as in
    the mappings that come with the program."""

    name: str
    tables: dict[str, TableMapping] = field(default_factory=dict)
    date_order: str = ""
    optional: bool = False

    def names_sources(self, table: str) -> bool:
        """Whether it says which sheets or files hold the table, so that no other one does."""
        return table in self.tables and bool(self.tables[table].sources)

    def check_needed(self, table: str, headings: Sequence[str], place: str) -> None:
        """That the headings which the mapping gives to needed columns stand among those of a sheet or file.

        Raises:
            InputError: one does not.
        """
        for column in tables.required(tables.INPUT[table]):
            self._check(table, column, headings, place)

    def check_header(self, table: str, place: str) -> None:
        """Raises an error of its own where the mapping names headings and no row was found to be the header.

        Raises:
            InputError: the mapping names headings of the table.
        """
        wanted = (
            [heading for _, headings in self.tables[table].columns for heading in headings]
            if table in self.tables
            else []
        )
        if wanted and not self.optional:
            raise InputError(
                f"{self.name}, [{table}]: no row of {place} has enough of the headings that the mapping names: "
                f"{', '.join(repr(heading) for heading in wanted)}. Write them as the sheet does."
            )

    def check_columns(self, found: Dictionary[str, RawTable]) -> None:
        """That each heading which the mapping speaks of stands in some sheet or file of its table.

        Raises:
            InputError: one does not.
        """
        for table, mapped in self.tables.items():
            raw = found.get(table)
            if raw is None and mapped.columns and not self.optional:
                raise InputError(
                    f"{self.name}, [{table}]: no sheet or file was taken for the {table} table. Say which holds it "
                    f'with from = ["…"] under [{table}], or delete [{table}].'
                )
            if raw is None:
                continue
            there = [heading for part in raw.parts for heading in (*part.headings.values(), *part.unused)]
            for column, _ in mapped.columns:
                self._check(table, column, [*raw.headings.values(), *there], raw.place)

    def _check(self, table: str, column: str, headings: Sequence[str], place: str) -> None:
        wanted = dict(self.tables[table].columns).get(column, ()) if table in self.tables else ()
        there = {folded(heading) for heading in headings}
        if wanted and not self.optional and not there & {folded(heading) for heading in wanted}:
            listed = " or ".join(f"'{heading}'" for heading in wanted)
            found = ", ".join(f"'{heading}'" for heading in dict.fromkeys(headings) if heading) or "none"
            raise InputError(
                f"{self.name}, [{table}] {column}: {place} has no heading {listed}. Headings found: {found}."
            )

    def check_sources(self, names: Iterable[str], place: str) -> None:
        """That every sheet or file which the mapping names is there.

        Raises:
            InputError: one is not.
        """
        names = list(names)
        for table, mapped in self.tables.items():
            for source in mapped.sources:
                if not self.optional and not any(TableMapping((source,)).holds(name) for name in names):
                    raise InputError(
                        f"{self.name}, [{table}] from: {place} has no sheet or file '{source}'. "
                        f"There is: {', '.join(names) or 'nothing'}."
                    )


def shipped() -> list[str]:
    """The names of the mappings that come with the program."""
    return sorted(path.stem for path in SHIPPED.glob("*.toml"))


def read_mapping(name: str | Path) -> Mapping:
    """The mapping of a file, or one of those that come with the program by its name.

    Raises:
        InputError: no such file or name, no TOML, or a table, column or value that cannot be.
    """
    path = Path(name)
    if not path.is_file() and str(name) in shipped():
        path = SHIPPED / f"{name}.toml"
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise InputError(
            f"The mapping {name} cannot be read: {error.strerror}. Give a file, or one of {', '.join(shipped())}; "
            "`medreview map INPUT --write FILE` writes one to edit."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(
            f'The mapping {name} is not TOML: {error}. Under a line [medications], lines look like drug = "Item".'
        ) from error
    date_order, optional = content.pop("date_order", ""), content.pop("optional", False)
    if date_order not in ("", *DATE_ORDERS):
        raise InputError(f'{name}: date_order must be "mdy" or "dmy".')
    if not isinstance(optional, bool):
        raise InputError(f"{name}: optional must be true or false.")
    read = {table: _table(str(name), table, section) for table, section in content.items()}
    _check_one_table_each(str(name), read)
    return Mapping(str(name), read, date_order, optional)


def _table(name: str, table: str, section: Any) -> TableMapping:
    if table not in tables.INPUT or not isinstance(section, dict):
        what = f"[{table}]" if isinstance(section, dict) else f"'{table}'"
        raise InputError(
            f"{name}: {what} is no table. The tables are {', '.join(f'[{known}]' for known in tables.INPUT)}; "
            "above them may stand date_order and optional."
        )
    columns = tables.INPUT[table].columns
    for key in section:
        if key not in columns and key not in _KEYS:
            near = get_close_matches(key, list(columns), 1)
            hint = f" (perhaps {near[0]})" if near else ""
            raise InputError(
                f"{name}, [{table}]: '{key}' is no column{hint}. The columns are {', '.join(columns)}; "
                "besides there are from and ignore."
            )
    texts = {key: _texts(f"{name}, [{table}] {key}", value) for key, value in section.items()}
    mapped = tuple((key, value) for key, value in texts.items() if key not in _KEYS)
    _check_one_column_each(f"{name}, [{table}]", [*mapped, ("ignore", texts.get("ignore", ()))])
    return TableMapping(texts.get("from", ()), mapped, texts.get("ignore", ()))


def _texts(place: str, value: Any) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value]
    if not values or any(not isinstance(text, str) or not folded(text) for text in values):
        raise InputError(
            f'{place}: must be a text in quotation marks, such as "Item", or a list of them, such as ["Item", "Drug"].'
        )
    return tuple(values)


def _check_one_column_each(place: str, mapped: Sequence[tuple[str, tuple[str, ...]]]) -> None:
    owner: dict[str, str] = {}
    for key, headings in mapped:
        for heading in headings:
            other = owner.setdefault(folded(heading), key)
            if other != key:
                raise InputError(
                    f"{place}: the heading '{heading}' stands under {other} and under {key}. It can be only one."
                )


def _check_one_table_each(name: str, read: dict[str, TableMapping]) -> None:
    owner: dict[str, str] = {}
    for table, mapped in read.items():
        for source in mapped.sources:
            other = owner.setdefault(source.casefold(), table)
            if other != table:
                raise InputError(
                    f"{name}: '{source}' stands under from in [{other}] and in [{table}]. It can hold only one table."
                )
