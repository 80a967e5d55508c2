"""The output folders of an unattended run: this day's, the last one, and the old ones that are removed."""

import re
import shutil
from contextlib import suppress
from datetime import date
from pathlib import Path

from pipeline.errors import BusyError, OutputError
from pipeline.history import replies
from pipeline.output_folder import MANIFEST, check_replaceable, is_review, locked
from pipeline.settings import DATE

_DAY = r"\d{4}-\d{2}-\d{2}"
_LEFT = ("partial", "old", "lock", "removed")


class Folders:
    """Those of one settings file on one day. `out`: where this day's review is written."""

    def __init__(self, out: Path, as_of: date) -> None:
        """Takes `out` of the settings, which may have `{date}` in its name."""
        self.out = out.with_name(out.name.replace(DATE, as_of.isoformat()))
        self._name = re.compile(re.escape(out.name).replace(re.escape(DATE), f"({_DAY})"))
        self._dated = DATE in out.name

    def clear_leftovers(self) -> None:
        """What killed runs have left beside the output folders; of other days too, whose run will not come again.

        Raises:
            BusyError: another run writes this day's folder.
            OutputError: the folder that holds it cannot be written.
        """
        left = re.compile(rf"\.({self._name.pattern})\.({'|'.join(_LEFT)})")
        names = {found[1] for entry in self._beside() if (found := left.fullmatch(entry.name))}
        for name in sorted(names - {self.out.name}):
            with suppress(BusyError):
                self._clear(self.out.with_name(name))
        if self.out.parent.is_dir():
            self._clear(self.out)

    def _beside(self) -> list[Path]:
        parent = self.out.parent
        try:
            return list(parent.iterdir()) if parent.is_dir() else []
        except OSError as error:
            raise OutputError(f"{parent} cannot be looked into ({error.strerror}). Choose another out.") from error

    def _clear(self, folder: Path) -> None:
        with locked(folder):  # clears all but what is being removed
            shutil.rmtree(_removed(folder), ignore_errors=True)

    def last(self) -> Path | None:
        """The newest review of an earlier day; where the folder has no date, the one that will be replaced."""
        if not self._dated:
            return self.out if is_review(self.out) else None
        return next((folder for folder in self._reviews() if folder.name < self.out.name), None)

    def answered(self) -> list[Path]:
        """The files of all earlier reviews that have changed since they were written: people may have answered there.

        Only the last review is looked into as a whole; of others, files that nobody has touched hold no reply.
        """
        return [
            file
            for folder in self._reviews()
            if folder != self.out
            for file in replies.files(folder)
            if file.stat().st_mtime > (folder / MANIFEST).stat().st_mtime
        ]

    def remove_old(self, keep: int, since: float) -> list[Path]:
        """Removes all but the newest `keep` reviews, and never the one of this day.

        A folder is renamed first, so that a run that is killed leaves no half of a review under its name.

        Args:
            keep: how many stay.
            since: when this run began, in seconds since 1970. A folder in which somebody has typed since, which this
                run may not have read, stays for the next run.

        Returns:
            Those that could not be removed.
        """
        failed = []
        for folder in [folder for folder in self._reviews() if folder != self.out][keep - 1 :]:
            if any(path.stat().st_mtime >= since for path in folder.rglob("*")):
                continue
            try:
                with locked(folder):
                    check_replaceable(folder)
                    folder.rename(_removed(folder))
                    shutil.rmtree(_removed(folder))
            except (OSError, BusyError, OutputError):
                failed.append(folder)
        return failed

    def _reviews(self) -> list[Path]:
        """The dated folders that hold a review, newest first."""
        found = [
            entry
            for entry in self._beside()
            if self._name.fullmatch(entry.name) and not entry.is_symlink() and is_review(entry)
        ]
        return sorted(found, reverse=True)


def _removed(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.removed")
