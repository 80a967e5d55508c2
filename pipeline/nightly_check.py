"""What a run with a settings file would read and write, found out without running it."""

import shutil
import time
from datetime import datetime
from pathlib import Path

from pipeline import space
from pipeline.nightly import check_age
from pipeline.nightly_folders import Folders
from pipeline.nightly_input import choose
from pipeline.output_folder import check_replaceable
from pipeline.settings import read_nightly


def told(file: Path) -> str:
    """The lines of `medreview config check`. Opens every file that the settings name, except the input.

    Raises:
        UserError: what would stop a run now.
    """
    from pipeline.history import replies
    from pipeline.history.snapshot import of_folder
    from pipeline.normalise.readers import readers
    from pipeline.report.pdf import printer
    from pipeline.rulebook.compile import rulebook
    from pipeline.source.codes import read_codes
    from pipeline.source.mapping import read_mapping
    from pipeline.source.own_names import read_names

    settings = read_nightly(file)
    review = settings.review
    folders = Folders(settings.out, datetime.now().astimezone().date())
    chosen = choose(settings.input)
    check_age(chosen, settings.stale_hours)
    check_replaceable(folders.out)
    book = rulebook(review.reference)
    if review.mapping:
        read_mapping(review.mapping)
    if review.codes:
        read_codes(review.codes)
    if review.names:
        read_names(review.names, readers(book.reference).lexicon.unknown)
    if settings.previous:
        of_folder(settings.previous)
    replies.read(settings.responses)
    if settings.pdf:
        printer()
    last = folders.last()
    parent = next(one for one in folders.out.parents if one.is_dir())
    need = space.needed(chosen.path, last or folders.out, settings.pdf)
    space.check(parent, need, settings.least_free)
    hours = (time.time() - chosen.changed) / 3600
    free = shutil.disk_usage(parent).free
    return "\n".join(
        [
            f"{file} is in order.",
            f"reads     {chosen.path} ({hours:.0f} hours old)",
            f"writes    {folders.out}",
            f"compares  {settings.previous or last or 'with nothing: there is no earlier review'}",
            f"needs     about {need // space.MIB:,} MiB of {free // space.MIB:,} MiB that are free",
        ]
    )
