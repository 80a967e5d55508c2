"""All resident reports in one PDF, printed from their workbooks by LibreOffice: on paper as in the file.

Printing the workbook itself, rather than drawing a second layout, keeps the two from ever telling different things.
"""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.errors import OutputError

FILE = "patients.pdf"
# Starting LibreOffice takes seconds; a command line has an end.
_BATCH = 250
_SECONDS_A_FILE = 20


def printer() -> str:
    """The LibreOffice that prints.

    Raises:
        OutputError: there is none, or the extra that joins the pages is not installed. Raised before a review begins.
    """
    found = shutil.which("soffice") or shutil.which("libreoffice")
    if not found:
        raise OutputError(
            "--pdf prints the reports with LibreOffice, and no soffice is on the path. Install LibreOffice Calc, or "
            "leave --pdf out and print the workbooks."
        )
    try:
        import pypdf  # noqa: F401
    except ImportError:
        raise OutputError("--pdf needs pypdf: pip install 'medreview[pdf]'.") from None
    return found


def write(program: str, reports: Sequence[tuple[Path, str]], out: Path) -> None:
    """Print workbooks and join them, each with a bookmark.

    Args:
        program: as `printer` gives it.
        reports: the workbook and the bookmark of each resident, in the order of the pages.
        out: the PDF.

    Raises:
        OutputError: LibreOffice could not print one of them.
    """
    from pypdf import PdfWriter

    # Beside the output, for pages name residents: nothing of them goes to a folder that others share.
    with TemporaryDirectory(dir=out.parent, prefix=".printing-") as working, PdfWriter() as joined:
        folder = Path(working)
        files = [file for file, _ in reports]
        for start in range(0, len(files), _BATCH):
            _print(program, files[start : start + _BATCH], folder)
        for file, bookmark in reports:
            page = folder / f"{file.stem}.pdf"
            if not page.is_file():
                raise OutputError("LibreOffice did not print one of the reports. Open it in LibreOffice to see why.")
            joined.append(page, outline_item=bookmark)
        joined.add_metadata({"/Title": "Medication review: all residents"})
        joined.write(out)


def _print(program: str, files: Sequence[Path], folder: Path) -> None:
    # A profile of its own: LibreOffice refuses to start twice in one.
    profile = (folder / "profile").resolve().as_uri()
    command = [
        program,
        f"-env:UserInstallation={profile}",
        "--headless",
        "--convert-to",
        "pdf",
        "--outdir",
        str(folder),
    ]
    try:
        done = subprocess.run(
            [*command, *map(str, files)], capture_output=True, timeout=60 + _SECONDS_A_FILE * len(files), check=False
        )
    except subprocess.TimeoutExpired:
        raise OutputError("LibreOffice did not finish printing the reports in time.") from None
    if done.returncode:
        raise OutputError(f"LibreOffice ended with status {done.returncode} while printing the reports.")
