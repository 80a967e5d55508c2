"""The examples of unattended runs in the README: each is what its program takes."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from pipeline.settings import NEEDED, SETTINGS
from tests.command import REPOSITORY

_README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", _README, re.DOTALL)


def test_every_setting_is_told() -> None:
    """In its section, with a value that is allowed."""
    section = _README.split("## Every night")[1].split("## ")[0]
    lines = [line[4:] for line in section.splitlines() if re.match(r"    \w+ = ", line)]
    told = tomllib.loads("\n".join(lines))
    assert set(told) == {key for key, setting in SETTINGS.items() if not setting.everywhere} > set(NEEDED)
    for key, value in told.items():
        assert SETTINGS[key].fits(value)


def test_cron() -> None:
    (line,) = _blocks("cron")
    assert re.fullmatch(r"(\d+|\*) (\d+|\*) (\d+|\*) (\d+|\*) (\d+|\*) \S*medreview nightly \S+\.toml >> \S+\n", line)


def test_airflow() -> None:
    (code,) = _blocks("python")
    compile(code, "README.md", "exec")
    shell = re.search('"""(.*?)"""', code, re.DOTALL)
    assert shell
    subprocess.run(["sh", "-n", "-c", shell[1]], check=True)
    for status, ends in ((0, 0), (3, 0), (6, 99), (1, 1), (4, 1)):
        script = shell[1].replace("/opt/medreview/bin/medreview nightly", f"sh -c 'exit {status}'")
        assert subprocess.run(["sh", "-c", script], check=False).returncode == ends


def test_systemd(tmp_path: Path) -> None:
    units = {re.match(r"# (\S+)", block)[1]: block for block in _blocks("ini")}  # type: ignore[index]
    assert set(units) == {"medreview@.service", "medreview@.timer"}
    assert "OnFailure=medreview-failed@%i.service" in units["medreview@.service"]
    if not shutil.which("systemd-analyze"):
        pytest.skip("systemd-analyze is not installed")
    units["medreview-failed@.service"] = "[Service]\nType=oneshot\nExecStart=/bin/true\n"
    for name, text in units.items():
        text = text.replace("/opt/medreview/bin/medreview", "/bin/true").replace("User=medreview", "User=root")
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name in ("medreview@elm.service", "medreview@elm.timer"):
        instance = tmp_path / name
        instance.write_text((tmp_path / name.replace("elm", "")).read_text(encoding="utf-8"), encoding="utf-8")
        done = subprocess.run(
            ["systemd-analyze", "verify", "--man=no", str(instance)], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert str(tmp_path) not in done.stderr and "medreview@" not in done.stderr, done.stderr
