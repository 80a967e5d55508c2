"""All tables of the README's chapter on speed, one after the other.

Needs `pip install medreview[bench,dask]`. Run from the repository:

    python -m tests.benchmarks            # half an hour on two cores; --large adds 10 M residents and as long again
    python -m tests.benchmarks --small
"""

import click

from tests.benchmarks import engines, home, kernel, stages, wide


@click.command()
@click.option("--small", is_flag=True, help="Small inputs.")
@click.option("--large", is_flag=True, help="Engines with 10 M residents as well.")
def main(small: bool, large: bool) -> None:
    """Prints every table, with the machine and the versions."""
    few = ["--small"] if small else []
    for title, command, options in (
        ("The pair kernel beside SQL and a loop", kernel.main, [*few, *(["--times", "1"] if small else [])]),
        ("The stages of one process", stages.main, few),
        ("A home of 60", home.main, ["--times", "1"] if small else []),
        ("Wide tables", wide.main, few),
        ("Engines", engines.main, [*few, *(["--large"] if large else [])]),
    ):
        click.echo(f"\n## {title}\n")
        command.main(options, standalone_mode=False)


if __name__ == "__main__":
    main()
