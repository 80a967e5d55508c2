"""What is installed with the program, under which licence, and that none of it opens a connection."""

import os
import re
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

from tests.command import REPOSITORY
from tests.inputs import DAY, HOME, write_workbook

packaging = pytest.importorskip("packaging.requirements")
_README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
_TABLE = re.search("<!-- licences -->(.*?)<!-- /licences -->", _README, re.DOTALL)
LICENCES = {
    cells[1].split(" ")[0]: cells[2]
    for line in (_TABLE[1] if _TABLE else "").splitlines()[3:]
    if len(cells := [cell.strip() for cell in line.split("|")]) > 2
}
# Words that a licence may be called by; each stands for one that asks no more than to name the authors.
_PERMISSIVE = ("MIT", "BSD", "Apache", "PSF", "0BSD", "Zlib", "CC0")


def _installed() -> set[str]:
    """Every package that medreview, with its extras, brings along, and those in turn."""
    found: set[str] = set()
    waiting: list[tuple[str, tuple[str, ...]]] = [("medreview", ("pdf", "letters", "remote"))]
    while waiting:
        package, extras = waiting.pop()
        for text in metadata.requires(package) or []:
            needed = packaging.Requirement(text)
            if needed.marker and not any(needed.marker.evaluate({"extra": extra}) for extra in (*extras, "")):
                continue
            name = re.sub(r"[-_.]+", "-", needed.name).lower()
            if name not in found:
                found.add(name)
                waiting.append((name, tuple(needed.extras)))
    return found


def test_every_package_is_listed_with_its_licence() -> None:
    installed = _installed()
    assert {"click", "fsspec", "pandas", "pypdf", "python-docx"} <= installed
    assert installed <= set(LICENCES), f"not in the README: {sorted(installed - set(LICENCES))}"
    for name in installed:
        told = metadata.metadata(name)
        classifiers = [one for one in told.get_all("Classifier", []) if "License" in one]
        said = " ".join([told.get("License-Expression") or "", (told.get("License") or "")[:40], *classifiers])
        known = [word for word in _PERMISSIVE if word in said]
        assert known, f"{name}: {said}"
        assert any(word in LICENCES[name] for word in known), f"{name} is listed as {LICENCES[name]}, and says {said}"


_WITHOUT_SOCKETS = """
import sys
def forbid(event, given):
    if event.startswith(("socket.", "urllib.", "http.", "ftplib.", "smtplib.")):
        print("a connection:", event, file=sys.stderr, flush=True)
        import os
        os._exit(77)
sys.addaudithook(forbid)
from pipeline.cli import main
main()
"""


def _review(tmp_path: Path, code: str, *before: str) -> subprocess.CompletedProcess[str]:
    source = write_workbook(tmp_path / "home.xlsx", HOME)
    words = ["review", source, "--out", tmp_path / "out", "--as-of", DAY, "--quiet", "--history", tmp_path / "history"]
    # A cache folder of its own: the reference is compiled too.
    return subprocess.run(
        [*before, sys.executable, "-c", code, *map(str, words)], cwd=REPOSITORY, capture_output=True, text=True,
        timeout=300, check=False, env={**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")},
    )  # fmt: skip


def test_a_review_opens_no_socket(tmp_path: Path) -> None:
    """With all its workbooks and a history; a socket that is only made ends it."""
    opens = "import socket; socket.socket()\n"
    assert _review(tmp_path, _WITHOUT_SOCKETS.replace("from pipeline", f"{opens}from pipeline")).returncode == 77
    done = _review(tmp_path, _WITHOUT_SOCKETS)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "out" / "population.xlsx").is_file()


def test_a_review_needs_no_network(tmp_path: Path) -> None:
    """In a place that has none: what libraries do beneath Python is seen too."""
    alone = ("unshare", "--map-root-user", "--net")
    if not shutil.which("unshare") or subprocess.run([*alone, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this system lets nobody be without a network")
    done = _review(tmp_path, "from pipeline.cli import main; main()", *alone)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
