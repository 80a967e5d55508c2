"""The commands of `medreview config`: a settings file written to edit, and one checked."""

from pathlib import Path

import click


@click.group("config")
def config_() -> None:
    """The settings of unattended reviews (`medreview nightly`)."""


@config_.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def init(file: Path) -> None:
    """Write settings to FILE, to edit: what is needed, and all else as comments."""
    from pipeline.errors import OutputError
    from pipeline.settings import example

    try:
        with file.open("x", encoding="utf-8", newline="\n") as written:
            written.write(example())
    except OSError as error:
        raise OutputError(f"{file} cannot be written: {error.strerror}. Choose another file.") from error
    click.echo(f"Wrote {file}. Edit it, then: medreview config check {file}")


@config_.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
def check(file: Path) -> None:
    """Check the settings in FILE and the files they name; say what a run would read and write. Writes nothing."""
    from pipeline.nightly_check import told

    click.echo(told(file))
