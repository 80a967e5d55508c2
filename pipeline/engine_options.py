"""Which options of a review do not go together with where it runs, and where its input and output lie."""

import click

from pipeline.engine import LOCAL
from pipeline.places import Place
from pipeline.table_files import CSV, PARQUET


def check_options(
    source: Place,
    out: Place,
    tables_only: bool,
    table_format: str,
    engine: str,
    workers: int | None,
    scheduler: str | None,
    **together: object,
) -> None:
    """Makes sure that the options can be given together.

    Args:
        source, out: the input and the output folder.
        tables_only: whether no workbooks are written.
        table_format: csv or parquet.
        engine, workers, scheduler: as given.
        together: those that look at everything at once, by the name of their option or setting; empty if not given.

    Raises:
        UsageError: they cannot.
    """
    given = next((name for name, value in together.items() if value), "")
    if engine != LOCAL and given:
        option = given.replace("_", "-")
        raise click.UsageError(
            f"--engine {engine} reviews in parts, and --{option} (or the setting {given}) needs all of it at once. "
            "Leave one of the two out."
        )
    if engine != LOCAL and not tables_only:
        raise click.UsageError(
            f"--engine {engine} needs --only findings: workbooks are made of everything at once, in one process."
        )
    if table_format != CSV and not tables_only:
        raise click.UsageError("--format parquet needs --only findings: workbooks come with CSV tables.")
    if isinstance(out, str) and table_format != PARQUET:
        raise click.UsageError("--out can be an address only with --only findings --format parquet.")
    if isinstance(out, str) and together.get("history"):
        raise click.UsageError("--history needs a folder of this machine as --out: an address does not change at once.")
    if isinstance(source, str) and not tables_only:
        raise click.UsageError("INPUT can be an address only with --only findings.")
    if scheduler and engine != "dask":
        raise click.UsageError("--scheduler is for --engine dask.")
    if workers and (scheduler or engine == LOCAL):
        which = "the cluster has its own workers" if scheduler else "--engine local works in this process alone"
        raise click.UsageError(f"--workers cannot be given: {which}.")
