"""The pair kernel beside what a user would write: a self-join in SQL (DuckDB), and a loop over dictionaries.

The facts are those of today of a made-up nation, repeated to so many residents; the rules are those of the reference.
Each method finds, on the same tables, every pair of facts of one resident that a rule names; the hits are compared one
for one. Needs `pip install medreview[bench]`. Run from the repository:

    python -m tests.benchmarks.kernel --residents 1000000
    python -m tests.benchmarks.kernel --small
"""

import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np

from pipeline.normalise.facts import normalise, review_day
from pipeline.rulebook.compile import rulebook
from pipeline.rulebook.rules import Rulebook
from pipeline.screen.candidates import _sides, candidates
from pipeline.source import read
from pipeline.validate import validate
from tests.benchmarks import nation
from tests.benchmarks.machine import described

_MADE = 10_000  # residents that are made up; more are repetitions of these
_LOOPED = 2_000  # residents of the loop, whose time for all is extrapolated
Facts = dict[str, np.ndarray]
Hits = tuple[np.ndarray, np.ndarray, np.ndarray]


def facts_of(residents: int, book: Rulebook) -> Facts:
    """`patient` and `concept` of the facts that hold today and that a pair rule names, by patient and concept."""
    with TemporaryDirectory() as folder:
        nation.write(Path(folder), min(residents, _MADE))
        facts = normalise(validate(read(Path(folder)), nation.TODAY), book, nation.TODAY).facts
    today = review_day(nation.TODAY)
    named = np.zeros(book.concepts.count, dtype=bool)
    for codes in (codes for rule in book.pairs for codes in (rule.a, rule.b)):
        named[codes] = True
    mine = (facts.start <= today) & (facts.stop >= today) & named[facts.concept]
    times = -(-residents // _MADE)
    patient = np.concatenate([facts.patient[mine] + np.int32(copy * _MADE) for copy in range(times)])
    return {"patient": patient, "concept": np.tile(facts.concept[mine], times)}


def with_numpy(facts: Facts, book: Rulebook, threads: int) -> Hits:
    """The project's own step; on several threads each has its share of the residents."""
    patient = facts["patient"]
    share = [int(np.searchsorted(patient, patient[len(patient) * at // threads])) for at in range(threads)]
    bounds = [*share, len(patient)]

    def part(at: int) -> Hits:
        mine = slice(bounds[at], bounds[at + 1])
        found = candidates(facts["concept"][mine], patient[mine], book.pairs, book.concepts)
        return found.a + bounds[at], found.b + bounds[at], found.rule

    if threads == 1:
        return part(0)
    with ThreadPoolExecutor(threads) as pool:
        parts = list(pool.map(part, range(threads)))
    return tuple(np.concatenate(arrays) for arrays in zip(*parts, strict=True))  # type: ignore[return-value]


def named_pairs(facts: Facts, book: Rulebook) -> Hits:
    """Every pair of concepts, both of them among the facts, that a rule names: side a, side b, rule."""
    present = np.zeros(book.concepts.count, dtype=bool)
    present[facts["concept"]] = True
    sides = [_sides(rule, present, book.concepts) for rule in book.pairs]
    rule = np.repeat(np.arange(len(sides)), [len(a) for a, _ in sides])
    rows = np.unique(np.stack([*(np.concatenate(side) for side in zip(*sides, strict=True)), rule], axis=1), axis=0)
    return rows[:, 0].copy(), rows[:, 1].copy(), rows[:, 2].copy()


class Sql:
    """The same in DuckDB, with the tables in its own memory."""

    QUERY = """
        create or replace temp table hits as
        select f.id as a, g.id as b, n.rule
        from facts f join facts g on f.patient = g.patient join named n on n.a = f.concept and n.b = g.concept
        where f.id <> g.id and (n.a <> n.b or f.id < g.id)
    """

    def __init__(self, facts: Facts, named: Hits) -> None:
        import duckdb
        import pyarrow as pa

        self._base = duckdb.connect()
        for name, columns in {
            "facts": {"id": np.arange(len(facts["patient"])), **facts},
            "named": dict(zip(("a", "b", "rule"), named, strict=True)),
        }.items():
            self._base.register("given", pa.table(columns))
            self._base.execute(f"create table {name} as select * from given")
            self._base.unregister("given")

    def run(self, threads: int) -> None:
        """Fills the table of hits."""
        self._base.execute(f"set threads to {threads}")
        self._base.execute(self.QUERY)

    def hits(self) -> Hits:
        """The hits of the last run."""
        found = self._base.execute("select a, b, rule from hits").fetchnumpy()
        return found["a"], found["b"], found["rule"]


def with_loop(facts: Facts, named: dict[tuple[int, int], list[int]]) -> list[tuple[int, int, int]]:
    """One resident after the other, each pair looked up in a dictionary."""
    residents: dict[int, list[tuple[int, int]]] = {}
    for at, (patient, concept) in enumerate(zip(facts["patient"].tolist(), facts["concept"].tolist(), strict=True)):
        residents.setdefault(patient, []).append((at, concept))
    hits = []
    for mine in residents.values():
        for place, (first, concept) in enumerate(mine):
            for second, other in mine[place + 1 :]:
                for rule in named.get((concept, other), ()):
                    hits.append((first, second, rule))
                if concept != other:
                    for rule in named.get((other, concept), ()):
                        hits.append((second, first, rule))
    return hits


def sorted_hits(hits: Hits) -> np.ndarray:
    """The hits as rows in one order."""
    rows = np.stack([np.asarray(part, dtype=np.int64) for part in hits], axis=1)
    return rows[np.lexsort(rows.T[::-1])]


def seconds(run: Callable[[], object], times: int) -> float:
    """The median of so many runs, after one that does not count."""
    run()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        taken.append(time.perf_counter() - start)
    return statistics.median(taken)


@click.command()
@click.option("--residents", default=1_000_000, show_default=True)
@click.option("--times", default=3, show_default=True)
@click.option("--small", is_flag=True, help="100,000 residents.")
def main(residents: int, times: int, small: bool) -> None:
    """Prints the seconds of each method and how many times as long as the kernel it takes."""
    residents = 100_000 if small else residents
    book = rulebook()
    facts = facts_of(residents, book)
    named = named_pairs(facts, book)
    sql = Sql(facts, named)
    own = {threads: seconds(lambda threads=threads: with_numpy(facts, book, threads), times) for threads in (1, 2)}
    base = {threads: seconds(lambda threads=threads: sql.run(threads), times) for threads in (1, 2)}
    some = {name: values[: np.searchsorted(facts["patient"], _LOOPED)] for name, values in facts.items()}
    looked_up: dict[tuple[int, int], list[int]] = {}
    for a, b, rule in zip(*(part.tolist() for part in named), strict=True):
        looked_up.setdefault((a, b), []).append(rule)
    looped = seconds(lambda: with_loop(some, looked_up), 1) * residents / _LOOPED
    hits = sorted_hits(with_numpy(facts, book, 2))
    same = np.array_equal(hits, sorted_hits(sql.hits()))
    loop_hits = np.array(sorted(with_loop(some, looked_up)))
    same_loop = np.array_equal(loop_hits, sorted_hits(with_numpy(some, book, 1)))
    click.echo(described("duckdb"))
    click.echo(
        f"{residents} residents, {len(facts['patient'])} facts, {len(book.pairs)} rules that name {len(named[0])}"
    )
    click.echo(f"pairs of these facts; {len(hits)} hits\n")
    click.echo("| method | 1 thread s | times | 2 threads s | times | hits |")
    click.echo("|---|---|---|---|---|---|")
    click.echo(f"| pair kernel (numpy) | {own[1]:.2f} | 1 | {own[2]:.2f} | 1 | |")
    alike = "the same" if same else "NOT the same"
    ratios = {threads: base[threads] / own[threads] for threads in (1, 2)}
    click.echo(f"| DuckDB self-join | {base[1]:.2f} | {ratios[1]:.1f} | {base[2]:.2f} | {ratios[2]:.1f} | {alike} |")
    alike = "the same" if same_loop else "NOT the same"
    click.echo(f"| loop over dictionaries (extrapolated) | {looped:.1f} | {looped / own[1]:.0f} | | | {alike} |")
    if not (same and same_loop):
        raise click.ClickException("the methods do not find the same")


if __name__ == "__main__":
    main()
