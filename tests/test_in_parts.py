"""A review in parts gives the bytes of the whole, whoever works on them; what fails leaves nothing behind."""

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import nullcontext
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline import engine, part, run
from pipeline.errors import InputError, OutputError, PartError, where
from pipeline.normalise.dates import order_of
from pipeline.whole import _together
from tests.command import medreview, program
from tests.inputs import DAY, read_csv, tree, write_csv, write_workbook
from tests.town import shuffled, town, write_parquet

AS_OF = date.fromisoformat(DAY)
PART = 30  # orders: the town makes three parts
# Of a review in parts it is empty.
_NOT_COMPARED = "ageing.csv"


def reviewed(source: object, out: Path, **options: object) -> tuple[dict[str, bytes], dict]:
    """The files that a review writes, and its manifest without the seconds."""
    run.review(source, out, AS_OF, workbooks=False, date_order="", **options)
    files = tree(out)
    files.pop(_NOT_COMPARED, None)
    manifest = json.loads(files.pop("run.json"))
    assert manifest.pop("seconds")
    return files, manifest


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[dict[str, bytes], dict]]:
    """The review of the town in one piece: of its tables in order, or shuffled."""
    made: dict[str, tuple[dict[str, bytes], dict]] = {}

    def of(kind: str) -> tuple[dict[str, bytes], dict]:
        if kind not in made:
            folder = tmp_path_factory.mktemp("whole")
            made[kind] = reviewed(write_parquet(folder / "town", ORDER[kind](town())), folder / "out")
        return made[kind]

    return of


ORDER: Mapping[str, Callable[[dict], dict]] = {"sorted": lambda tables: tables, "shuffled": shuffled}


@pytest.fixture(scope="module")
def pool() -> Iterator[engine.Engine]:
    with engine.engine("processes", 2) as running:
        yield running


@pytest.fixture
def processes(pool: engine.Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Worker processes that run already: each takes seconds to start."""
    monkeypatch.setattr(run, "started", lambda *_: nullcontext(pool))


@pytest.mark.usefixtures("compiled")
def test_the_town_has_what_is_to_be_decided_over_whole_columns(whole: Callable) -> None:
    files, manifest = whole("sorted")
    told = files["not_assessed.csv"].decode()
    for text in ("most of the column 'admission_date'", "only the age in years", "the meaning of some results (24"):
        assert text in told
    assert "the same order_id stands in row" in files["rejected.csv"].decode()
    assert manifest["unrecognised"] and manifest["rows"]["medications"]["rejected"] > 3


@pytest.mark.usefixtures("compiled")
def test_parts_of_parquet_give_the_bytes_of_the_whole(whole: Callable, tmp_path: Path) -> None:
    source = write_parquet(tmp_path / "town", shuffled(town()))
    files, manifest = reviewed(source, tmp_path / "out", orders=PART)
    assert files == whole("shuffled")[0]
    assert {**manifest, "input_hash": ""} == {**whole("shuffled")[1], "input_hash": ""}
    assert read_csv(tmp_path / "out" / _NOT_COMPARED) == []


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize("kind", ORDER)
def test_row_groups_that_several_parts_share(kind: str, whole: Callable, tmp_path: Path) -> None:
    """An order number may stand in two parts, and for the reader in one place."""
    source = write_parquet(tmp_path / "town", ORDER[kind](town()), rows_of_a_group=10_000)
    assert reviewed(source, tmp_path / "out", orders=PART)[0] == whole(kind)[0]


@pytest.mark.usefixtures("processes")
class TestProcesses:
    def test_they_give_the_same_bytes(self, whole: Callable, tmp_path: Path) -> None:
        source = write_parquet(tmp_path / "town", town())
        files, manifest = reviewed(source, tmp_path / "out", engine="processes", orders=PART)
        assert files == whole("sorted")[0]
        assert {**manifest, "input_hash": ""} == {**whole("sorted")[1], "input_hash": ""}

    def test_of_workbooks(self, tmp_path: Path) -> None:
        """An input that is read as a whole is cut; rows that are named by their sheet keep their names."""
        tables = shuffled(town())
        halves = {"North": tables["medications"][:30], "South": [tables["medications"][0], *tables["medications"][30:]]}
        others = {name: rows for name, rows in tables.items() if name != "medications"}
        source = write_workbook(tmp_path / "town.xlsx", {**others, **halves})
        alone = reviewed(source, tmp_path / "alone")
        assert alone[1]["rows"]["medications"]["read"] == len(tables["medications"]) - 1
        assert reviewed(source, tmp_path / "out", engine="processes", orders=PART) == alone

    def test_with_addresses(self, tmp_path: Path, whole: Callable) -> None:
        source = write_parquet(tmp_path / "town", town())
        run.review(
            f"file://{source}", f"file://{tmp_path}/out", AS_OF, workbooks=False, table_format="parquet",
            engine="processes", orders=40,
        )  # fmt: skip
        names = {path.name.split(".")[0] for path in (tmp_path / "out").iterdir()}
        assert names == {name.split(".")[0] for name in (*whole("sorted")[0], _NOT_COMPARED)} | {"run"}
        found = pd.read_parquet(tmp_path / "out" / "findings.parquet")
        assert len(found) == whole("sorted")[1]["findings"]

    def test_a_part_that_fails_stops_the_review_and_leaves_nothing_behind(self, tmp_path: Path) -> None:
        source = damaged(tmp_path)
        with pytest.raises(InputError, match=r"medications\.parquet cannot be read as Parquet"):
            reviewed(source, tmp_path / "out", engine="processes", orders=PART)
        assert [path.name for path in tmp_path.iterdir()] == ["town"]


@pytest.mark.usefixtures("compiled")
def test_parquet_tables_hold_what_the_csv_files_hold(tmp_path: Path, whole: Callable) -> None:
    source = write_parquet(tmp_path / "town", town())
    out = tmp_path / "out"
    reviewed(source, out, table_format="parquet", orders=PART)
    for name, data in whole("sorted")[0].items():
        (tmp_path / name).write_bytes(data)
        told = pd.read_csv(tmp_path / name, dtype="str", keep_default_na=False)
        typed = pd.read_parquet(out / name.replace(".csv", ".parquet"))
        assert list(typed) == list(told) and len(typed) == len(told), name
        for column in typed:
            kind = typed[column].dtype.kind
            if kind == "b":
                assert (told[column] == "yes").tolist() == typed[column].tolist()
            elif kind in "if":
                assert pd.to_numeric(told[column]).tolist() == pytest.approx(typed[column].tolist(), nan_ok=True)
            else:
                assert told[column].tolist() == typed[column].tolist()


@pytest.mark.usefixtures("compiled")
def test_ids_that_a_program_wrote_as_fractions(tmp_path: Path) -> None:
    rows = [["patient_id", "order_id", "drug"], *([f"{at}.0", f"{at}.0", "baclofen 10 mg"] for at in range(1, 31))]
    source = write_parquet(tmp_path / "town", {"medications": rows}, 10)
    files, _ = reviewed(source, tmp_path / "out", orders=20)
    assert files == reviewed(source, tmp_path / "alone")[0]
    assert b"\n7," in files["medications.csv"]


@pytest.mark.usefixtures("compiled")
@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda row: [row[0], row[1], "", *row[3:]], "every one of the"),
        (lambda row: [*row[:5], "3/4/2026", *row[6:]], "day and month cannot be told apart"),
    ],
)
def test_what_is_wrong_with_the_whole_is_said_of_the_whole(change: Callable, message: str, tmp_path: Path) -> None:
    tables = town()
    orders = [tables["medications"][0], *(change(row) for row in tables["medications"][1:])]
    source = write_parquet(tmp_path / "town", {"medications": orders})
    with pytest.raises(InputError, match=message) as alone:
        reviewed(source, tmp_path / "out")
    with pytest.raises(InputError) as parted:
        reviewed(source, tmp_path / "out", orders=PART)
    assert str(parted.value) == str(alone.value)
    assert [path.name for path in tmp_path.iterdir()] == ["town"]


def damaged(folder: Path) -> Path:
    """The town with bytes of the last orders' drugs changed, which only the last part reads."""
    source = write_parquet(folder / "town", town())
    path = source / "medications.parquet"
    metadata = pq.read_metadata(path)
    column = metadata.row_group(metadata.num_row_groups - 1).column(2)
    data = bytearray(path.read_bytes())
    start = column.dictionary_page_offset
    data[start : start + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    path.write_bytes(data)
    return source


@pytest.mark.usefixtures("compiled")
def test_a_bug_in_a_part_says_where_and_nothing_of_a_patient(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ValueError("Name 7 takes baclofen")

    monkeypatch.setattr(part, "assess", broken)
    with pytest.raises(PartError, match=r"^ValueError at part\.py:\d+") as found:
        reviewed(write_parquet(tmp_path / "town", town()), tmp_path / "out", orders=PART)
    assert "Name 7" not in where(found.value) and found.value.__cause__ is None
    assert [path.name for path in tmp_path.iterdir()] == ["town"]


def test_a_worker_process_that_dies_is_told() -> None:
    with (
        pytest.raises(engine.WorkersLostError, match="A worker process has died"),
        engine.engine("processes", 1) as running,
    ):
        list(running.map(os._exit, [(9,)]))


@pytest.mark.usefixtures("compiled")
def test_addresses(tmp_path: Path, whole: Callable) -> None:
    """Parquet in and out of a file system that fsspec reaches."""
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.put(str(write_parquet(tmp_path / "town", town())), "/town", recursive=True)
    manifest = _far("memory://town", "memory://out")
    with memory.open("/out/run.json") as file:
        assert json.load(file)["findings"] == manifest["findings"] == whole("sorted")[1]["findings"]
    found = pd.read_parquet("memory://out/findings.parquet")
    assert len(found) == manifest["findings"]
    assert not memory.exists("/out.partial")
    memory.pipe("/other/letter.txt", b"x")
    with pytest.raises(OutputError, match="holds 'letter.txt'"):
        _far("memory://town", "memory://other")


def _far(source: str, out: str) -> dict:
    return run.review(source, out, AS_OF, workbooks=False, table_format="parquet").manifest


def _answer(out: Path) -> str:
    """Adds a reply to the first finding of a review; its id."""
    finding = read_csv(out / "findings.csv")[0]["finding_id"]
    write_csv(out / "responses.csv", [["finding_id", "response", "who"], [finding, "accept", "Dr. Reyes"]])
    return finding


@pytest.mark.usefixtures("compiled")
def test_what_looks_at_the_time_before_is_reviewed_in_one_piece(tmp_path: Path) -> None:
    source, out = write_parquet(tmp_path / "town", town()), tmp_path / "out"
    reviewed(source, out, orders=10_000)
    answered = _answer(out)
    # Replies may stand in the folder that is replaced; then also as Parquet, which nothing else reads.
    for _ in range(2):
        run.review(source, out, AS_OF, workbooks=False, table_format="parquet", orders=PART)
        assert pd.read_parquet(out / "responses.parquet")["finding_id"].tolist() == [answered]
        assert (out / "findings.parquet").is_file() and len(pd.read_parquet(out / "ageing.parquet"))


@pytest.mark.parametrize("left", ["patients", "responses.csv", "responses.parquet"])
def test_a_review_in_parts_does_not_replace_one_in_which_replies_may_stand(left: str, tmp_path: Path) -> None:
    source, out = write_parquet(tmp_path / "town", town()), tmp_path / "out"
    out.mkdir()
    (out / "run.json").write_text('{"reference_hash": ""}')
    if left == "patients":
        (out / left).mkdir()
    elif left == "responses.csv":
        write_csv(out / left, [["finding_id", "response"], ["a", "accept"]])
    else:
        pd.DataFrame({"finding_id": ["a"], "response": ["accept"]}).to_parquet(out / left)
    before = tree(tmp_path)
    with pytest.raises(OutputError, match="holds a review in which replies may stand"):
        reviewed(source, out, engine="processes", workers=2)
    with pytest.raises(OutputError, match="holds a review in which replies may stand"):
        run.review(source, f"file://{out}", AS_OF, workbooks=False, table_format="parquet")
    assert tree(tmp_path) == before


USAGE = {
    "--engine processes": "--engine processes needs --only findings: workbooks are made of everything at once",
    "--engine dask": "--engine dask needs --only findings",
    "--format parquet": "--format parquet needs --only findings",
    "--only findings --workers 2": "--engine local works in this process alone",
    "--only findings --engine dask --scheduler tcp://x:1 --workers 2": "the cluster has its own workers",
    "--only findings --scheduler tcp://x:1": "--scheduler is for --engine dask",
    "--only findings --engine processes --history h.sqlite": "--history (or the setting history) needs all",
    "--only findings --engine dask --responses x.csv": "--responses (or the setting responses) needs all of it at once",
    "--only findings --engine processes --previous x": "--previous (or the setting previous)",
    "--only findings --engine processes --pseudonyms our.key": "--pseudonyms (or the setting pseudonyms)",
    "--engine processes --suppress-below 11": "--suppress-below (or the setting suppress_below)",
    "--engine processes --letters": "--letters (or the setting letters)",
    "--only findings --format parquet --out s3://b/out --history h.sqlite": "--history needs a folder of this machine",
    "--only findings --out s3://bucket/out": "--out can be an address only with --only findings --format parquet",
}


@pytest.mark.parametrize("words", USAGE)
def test_options_that_do_not_go_together(words: str, tmp_path: Path) -> None:
    source = write_csv(tmp_path / "orders.csv", [["patient_id", "drug"], ["1", "baclofen"]])
    result = medreview("review", source, "--out", tmp_path / "out", *words.split())
    assert result.status == 2 and USAGE[words] in " ".join(result.err.split())


def test_settings_count_as_options_do(tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text('pseudonyms = "our.key"\n')
    source = write_csv(tmp_path / "orders.csv", [["patient_id", "drug"], ["1", "baclofen"]])
    words = ("--only", "findings", "--engine", "processes", "--config", tmp_path / "settings.toml")
    result = medreview("review", source, "--out", tmp_path / "out", *words)
    assert result.status == 2 and "the setting pseudonyms" in " ".join(result.err.split())


def test_the_command(tmp_path: Path, whole: Callable) -> None:
    source = write_parquet(tmp_path / "town", town())
    result = program(
        "review", source, "--out", tmp_path / "out", "--as-of", DAY, "--only", "findings", "--format", "parquet",
        "--engine", "processes", "--workers", "1", "--fail-on", "rejected", "--quiet",
    )  # fmt: skip
    assert (result.status, result.out) == (3, "")
    assert result.err == "medreview: reached the gate rejected\n"
    assert len(pd.read_parquet(tmp_path / "out" / "findings.parquet")) == whole("sorted")[1]["findings"]


_DATES = st.lists(st.tuples(st.integers(1, 14), st.integers(1, 14)).map(lambda two: f"{two[0]}/{two[1]}/2026"))


@given(st.lists(_DATES, min_size=1))
def test_pieces_tell_how_the_whole_column_writes_dates(pieces: list[list[str]]) -> None:
    assert _together({order_of(piece) for piece in pieces}) == order_of([text for piece in pieces for text in piece])
