"""Words as they are compared: without case, accents, punctuation and runs of white space."""

import re
import unicodedata
from functools import lru_cache


@lru_cache(maxsize=65536)
def folded(text: str) -> str:
    """Lower case, accents dropped, everything but letters, digits, `%` and `/` a single space."""
    plain = unicodedata.normalize("NFKD", text.replace("\u00b5", "u").replace("\u03bc", "u"))
    plain = "".join(character for character in plain if not unicodedata.combining(character)).casefold()
    return re.sub(r"[^a-z0-9%/.]+|(?<!\d)\.|\.(?!\d)", " ", plain).strip()


def spelled(text: str) -> str:
    """A drug text as a file of the user's own names is looked up: capitals and blanks do not matter."""
    return " ".join(text.split()).casefold()
