"""A site's own rows, laid over a whole reference: rows are added, rows of the same key replaced, rules switched off.

An overlay is a folder of some of the reference's tables, under the same names and headings, without a CHANGELOG.md of
its own. Of a rule table a file may leave columns out; they are empty then.
"""

import hashlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.errors import ReferenceDamagedError
from pipeline.paths import reference_folder
from pipeline.rulebook.load import CHANGELOG, COLUMNS, RULE_TABLES, Reference, load, table_files, table_rows

SWITCHED_OFF = "switched_off"
# What tells a row from the others of its table; a row of the overlay with the same takes its place.
KEYS: dict[str, tuple[str, ...]] = {name: columns[:1] for name, columns in COLUMNS.items()} | {
    "classes": ("class", "member"),
    "conditions": ("condition", "kind", "value"),
    "labs": ("test", "name"),
    "lab_units": ("test", "unit"),
    "absorption": ("ingredient", "route"),
    "forms": ("word", "kind"),
    "lookalikes": ("name", "confused_with"),
    "pair_lists": ("list", "a", "b"),
    "codes": ("system", "code", "name"),
    "scale_items": ("scale", "item"),
    "canaries": ("drugs", "rule_id"),
}


def reference(folder: Path | None = None) -> Reference:
    """The program's own reference, a whole one instead of it, or the program's own with an overlay.

    Raises:
        ReferenceDamagedError: it cannot be read or used.
    """
    base, *over = folders(folder)
    return laid_over(load(base), over[0]) if over else load(base)


def folders(folder: Path | None = None) -> list[Path]:
    """The folders that `reference` reads."""
    own = reference_folder()
    if folder is None:
        return [own]
    return [folder] if not folder.is_dir() or (folder / CHANGELOG).is_file() else [own, folder]


def laid_over(base: Reference, folder: Path) -> Reference:
    """The reference `base` with the rows of an overlay folder.

    Raises:
        ReferenceDamagedError: the folder has no table, a file that is none of the reference's tables, a heading that
            the table has not, the same row twice, or switches off a rule that there is not.
    """
    _only_tables(folder)
    digest = hashlib.sha256(base.hash.encode())
    tables = dict(base.tables)
    added = replaced = 0
    for name in COLUMNS:
        own = _rows(folder, name, COLUMNS[name], digest)
        if own.empty:
            continue
        keys = list(KEYS[name])
        again = own[own.duplicated(keys)]
        if len(again):
            row = again.iloc[0]
            raise ReferenceDamagedError(f"{row['_file']}, line {row['_line']}: this row stands in the folder twice.")
        known = _among(tables[name][keys], own[keys])
        replaced += int(known.sum())
        added += len(own) - int(known.sum())
        tables[name] = pd.concat([tables[name][~known], own], ignore_index=True)
    off = _switch_off(tables, _rows(folder, SWITCHED_OFF, ("rule_id", "reason"), digest))
    if not added + replaced + off:
        raise ReferenceDamagedError(
            f"The folder {folder} holds no row to lay over the reference. Give its tables the headings of the "
            "reference's own, or leave --reference out."
        )
    version = f"{base.version} with {folder.name}: {added} added, {replaced} replaced, {off} switched off"
    return replace(base, tables=tables, version=version, hash=digest.hexdigest()[:16], overlay=folder.name)


def _among(rows: pd.DataFrame, others: pd.DataFrame) -> np.ndarray:
    """Which of the rows are among the others."""
    if rows.empty:  # most tables that somebody brings are long, and we have none of the kind
        return np.zeros(0, dtype=bool)
    return pd.MultiIndex.from_frame(rows).isin(pd.MultiIndex.from_frame(others))


def _only_tables(folder: Path) -> None:
    """A file under a mistyped name would be left out in silence."""
    for entry in sorted(folder.iterdir()):
        table = entry.name if entry.is_dir() else entry.stem
        readable = entry.is_dir() or entry.suffix.lower() == ".csv"
        if entry.name.startswith(".") or entry.suffix.lower() in (".md", ".txt", ".toml"):
            continue
        if not readable or table not in (*COLUMNS, SWITCHED_OFF):
            raise ReferenceDamagedError(
                f"{entry} is no table of the reference. A folder of your own rows holds {', '.join(COLUMNS)} and "
                f"{SWITCHED_OFF}, each as NAME.csv or as a folder of CSV files; a whole reference has a CHANGELOG.md."
            )


def _rows(folder: Path, name: str, columns: tuple[str, ...], digest: "hashlib._Hash") -> pd.DataFrame:
    """The overlay's rows of one table, with the columns that its files leave out empty."""
    frames = [pd.DataFrame(columns=[*columns, "_file", "_line"], dtype="str")]
    for path in table_files(folder, name):
        rows = table_rows(path, f"{folder.name}/{path.relative_to(folder).as_posix()}", digest)
        header = rows.columns[:-2]
        unknown = [column for column in header if column not in columns]
        needed = columns if name not in RULE_TABLES else COLUMNS[name][:1]
        lacking = [column for column in needed if column not in header]
        if unknown or lacking:
            what = f"the heading '{unknown[0]}' is not one of" if unknown else f"the heading {lacking[0]} is missing of"
            raise ReferenceDamagedError(f"{path}: {what} {','.join(columns)}.")
        frames.append(rows)
    if len(frames) == 1:
        return frames[0]
    return pd.concat(frames, ignore_index=True)[[*columns, "_file", "_line"]].fillna("").astype({"_line": "int64"})


def _switch_off(tables: dict[str, pd.DataFrame], off: pd.DataFrame) -> int:
    """Makes the rules named inactive; each must be there."""
    ids = {rule for name in RULE_TABLES for rule in tables[name]["rule_id"]}
    for row in off.to_dict("records"):
        if row["rule_id"] not in ids:
            raise ReferenceDamagedError(
                f"{row['_file']}, line {row['_line']}, column rule_id: '{row['rule_id']}' is no rule of the reference."
            )
    for name in RULE_TABLES:
        mine = tables[name]["rule_id"].isin(off["rule_id"])
        tables[name] = tables[name].assign(active=tables[name]["active"].mask(mine, "no"))
    return len(off)
