"""What is kept of a reference between runs: used only when it is certainly the same, and never needed."""

import os
import pickle
from pathlib import Path

import pytest

from pipeline.rulebook import cache
from pipeline.rulebook.compile import rulebook
from tests import toy


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder, and a process that holds nothing."""
    folder = tmp_path / "cache"
    monkeypatch.setattr(cache, "user_cache_path", lambda *_, **__: folder)
    monkeypatch.setattr(cache, "_held", {})
    return folder


def another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "_held", {})


class Made:
    """Counts how often it is made."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> dict[str, int]:
        self.times += 1
        return {"made": 1}


def test_made_once_for_this_process_and_the_next(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = Made()
    assert cache.remembered("thing", "1", make) is cache.remembered("thing", "1", make)
    another_process(monkeypatch)
    assert cache.remembered("thing", "1", make) == {"made": 1}
    assert make.times == 1
    cache.remembered("thing", "2", make)
    assert make.times == 2, "another key is another thing"


def test_nothing_is_kept_without_a_key(kept: Path) -> None:
    make = Made()
    cache.remembered("thing", "", make)
    cache.remembered("thing", "", make)
    assert make.times == 2
    assert not kept.exists()


@pytest.mark.parametrize("damage", [b"", b"short", None], ids=["empty", "cut short", "one byte changed"])
def test_a_damaged_file_is_made_anew(kept: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes | None) -> None:
    make = Made()
    cache.remembered("thing", "1", make)
    (file,) = kept.iterdir()
    whole = file.read_bytes()
    file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]) if damage is None else damage)
    another_process(monkeypatch)
    assert cache.remembered("thing", "1", make) == {"made": 1}
    assert make.times == 2
    assert file.read_bytes() == whole


def test_what_others_could_have_written_is_not_read(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make = Made()
    cache.remembered("thing", "1", make)
    (file,) = kept.iterdir()
    assert kept.stat().st_mode & 0o777 == 0o700
    assert file.stat().st_mode & 0o777 == 0o600
    file.chmod(0o666)
    another_process(monkeypatch)
    cache.remembered("thing", "1", make)
    assert make.times == 2
    kept.chmod(0o777)
    another_process(monkeypatch)
    cache.remembered("thing", "1", make)
    assert make.times == 3
    another_process(monkeypatch)
    kept.chmod(0o700)
    monkeypatch.setattr(os, "getuid", lambda: kept.stat().st_uid + 1)
    cache.remembered("thing", "1", make)
    assert make.times == 4


def test_a_home_that_cannot_be_written_does_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kept: Path
) -> None:
    tmp_path.joinpath("file").write_text("no folder")
    monkeypatch.setattr(cache, "user_cache_path", lambda *_, **__: tmp_path / "file" / "cache")
    make = Made()
    assert cache.remembered("thing", "1", make) == {"made": 1}
    monkeypatch.setattr(cache, "user_cache_path", lambda *_, **__: kept)
    monkeypatch.setattr(cache, "NamedTemporaryFile", _full)
    another_process(monkeypatch)
    assert cache.remembered("thing", "1", make) == {"made": 1}
    assert not list(kept.iterdir())


def _full(**_: object) -> None:
    raise OSError(28, "No space left on device")


def test_only_the_newest_files_stay(kept: Path) -> None:
    for number in range(20):
        cache.remembered("thing", str(number), Made())
    names = {file.name for file in kept.iterdir()}
    assert len(names) == 12
    assert "thing-19" in names


def test_a_changed_row_is_another_reference(tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = toy.write(tmp_path / "reference")
    first = rulebook(folder)
    assert rulebook(folder) is first
    another_process(monkeypatch)
    again = rulebook(folder)
    assert again is not first
    assert again.reference.hash == first.reference.hash
    assert pickle.dumps(again.rules) == pickle.dumps(first.rules)
    pairs = folder / "pairs.csv"
    pairs.write_text(pairs.read_text(encoding="utf-8").replace("Harm.", "Great harm."), encoding="utf-8")
    assert rulebook(folder).rules["effect"].str.contains("Great harm").any()


def test_a_changed_program_makes_it_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = toy.write(tmp_path / "reference")
    key = cache.key_of([folder])
    assert cache.key_of([folder]) == key
    monkeypatch.setattr(cache, "_program", lambda: "another")
    assert cache.key_of([folder]) != key
