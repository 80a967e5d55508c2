"""Reviews from addresses of a store to addresses of it: a server on this machine speaks the protocol of S3."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from pipeline import run
from pipeline.errors import InputError, OutputError
from tests.inputs import DAY
from tests.test_in_parts import PART
from tests.town import town, write_parquet

pytestmark = [pytest.mark.store, pytest.mark.usefixtures("compiled")]
AS_OF = date.fromisoformat(DAY)
NAMES = (("records", "homes/town"), ("reviews", "ours/november"))
ASKED = re.compile(r"\b([A-Z]+ /\S*) HTTP/")


@pytest.fixture(scope="module")
def store() -> Iterator[Any]:
    """The file system of a store with the buckets `records` and `reviews`."""
    import s3fs
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            environment.setenv(name, "nobody")
        environment.setenv("AWS_DEFAULT_REGION", "us-east-1")
        system = s3fs.S3FileSystem(skip_instance_cache=True, use_listings_cache=False)
        for bucket in ("records", "reviews"):
            system.mkdir(bucket)
        yield system
    server.stop()


def reviewed(source: object, out: object, **options: object) -> None:
    run.review(source, out, AS_OF, workbooks=False, table_format="parquet", **options)  # type: ignore[arg-type]


def test_a_review_from_a_store_to_a_store(store: Any, tmp_path: Path) -> None:
    """In several processes, twice: the second replaces the first, and nothing else is left."""
    source = write_parquet(tmp_path / "town", town())
    store.put(str(source), "records/town", recursive=True)
    reviewed(source, tmp_path / "alone")
    for _ in range(2):
        reviewed("s3://records/town", "s3://reviews/2026/november", engine="processes", workers=2, orders=PART)
        written = store.find("reviews")
        assert all(name.startswith("reviews/2026/november/") for name in written)
        assert "reviews/2026/november/run.json" in written
    for name in ("findings", "medications", "rejected", "measures"):
        pieces = sorted(path for path in written if f"/{name}.parquet/" in path)
        assert pieces
        far = pd.concat([pd.read_parquet(store.open(piece)) for piece in pieces], ignore_index=True)
        pd.testing.assert_frame_equal(far, pd.read_parquet(tmp_path / "alone" / f"{name}.parquet"))


def test_only_what_lies_below_its_own_names_is_asked_for(
    store: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Somebody may have the right to one name of a bucket alone."""
    store.put(str(write_parquet(tmp_path / "town", town())), "records/homes/town", recursive=True)
    with caplog.at_level("INFO", "werkzeug"):
        caplog.clear()
        for _ in range(2):
            reviewed("s3://records/homes/town", "s3://reviews/ours/november", orders=PART)
    asked = [found[1] for record in caplog.records if (found := ASKED.search(record.getMessage()))]
    ours = [f"GET /{bucket}?list-type=2&prefix={name}" for bucket, name in NAMES]
    ours += [f"{verb} /{bucket}/{name}" for bucket, name in NAMES for verb in ("GET", "HEAD", "PUT")]
    assert len(asked) > 100
    assert [one for one in asked if not one.startswith((*ours, "POST /reviews?delete"))] == []


def test_a_bucket_that_is_not_there_is_not_made(store: Any, tmp_path: Path) -> None:
    source = write_parquet(tmp_path / "town", town())
    with pytest.raises(OutputError, match="There is no 'reveiws' to write s3://reveiws/november to"):
        reviewed(source, "s3://reveiws/november")
    assert not store.exists("reveiws")


def test_a_folder_that_is_not_there(store: Any) -> None:
    with pytest.raises(InputError, match="s3://records/nowhere cannot be read"):
        reviewed("s3://records/nowhere", "s3://reviews/november")
