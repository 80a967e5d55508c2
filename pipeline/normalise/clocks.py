"""Clock times within directions."""

import re
from collections.abc import Callable

# Clock times: 9:00 AM, 21:00, 8am, 0800.
CLOCK = re.compile(
    r"\b(?:[01]?\d|2[0-3]):[0-5]\d\s*(?:[ap]\.?m\.?)?|\b(?:1[0-2]|0?[1-9])\s*[ap]\.?m\b\.?"
    r"|\b(?:[01]\d|2[0-3])[0-5]\d\b(?!\s*(?:m?c?g|ml|units?)\b)"
)
_CLOCK_ANY_CASE = re.compile(CLOCK.pattern, re.IGNORECASE)
_BEFORE_A_TIME = {"at", "and"}
# What stands for a clock time among the words of directions that are taken apart.
CLOCK_WORD = "oclock"


def without_clocks(text: str, unit_follows: Callable[[str], bool]) -> str:
    """The text with a word of ours for each clock time. `1000 units` and `give 1000` are no time, `at 1000` is one."""

    def word(found: re.Match[str]) -> str:
        time, before, after = found.group(), text[: found.start()].rstrip().lower(), text[found.end() :].lstrip()
        if time.isdigit():
            listed = time[0] == "0" or not before or before[-1] in "@,;(/&" or before.split()[-1] in _BEFORE_A_TIME
            if not listed or unit_follows(after[:30]) or after[:1] == "-" or before[-1:] in {"-", "."}:
                return time
        return f" {CLOCK_WORD} "

    return _CLOCK_ANY_CASE.sub(word, text)
