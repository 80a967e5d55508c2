"""The settings file; what is wrong in one is told in test_bad_input.py."""

from pathlib import Path

import pytest

from pipeline.settings import Settings, read_settings


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", Settings()),
        ('date_order = "dmy"\n', Settings("dmy")),
        ('fail_on = ["major", "rejected"]\n', Settings("", ("major", "rejected"))),
        ('\ufeffdate_order = "mdy"\r\n# what we use\r\nfail_on = []\r\n', Settings("mdy")),
    ],
)
def test_settings(content: str, expected: Settings, tmp_path: Path) -> None:
    file = tmp_path / "medreview.toml"
    file.write_bytes(content.encode())
    assert read_settings(file) == expected


def test_a_mapping_is_found_from_the_file_or_is_a_name(tmp_path: Path) -> None:
    file = tmp_path / "medreview.toml"
    for name in ("ours.toml", "omop"):
        file.write_text(f'mapping = "{name}"', encoding="utf-8")
        assert read_settings(file).mapping == name
    (tmp_path / "ours.toml").touch()
    file.write_text('mapping = "ours.toml"', encoding="utf-8")
    assert read_settings(file).mapping == str(tmp_path / "ours.toml")


def test_the_reference_is_found_from_the_file(tmp_path: Path) -> None:
    """Not from where the command is run."""
    file = tmp_path / "medreview.toml"
    file.write_text('reference = "ours"', encoding="utf-8")
    assert read_settings(file).reference == tmp_path / "ours"
