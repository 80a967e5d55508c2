"""Which texts may begin a line of a printed report: many at once are told apart as one is."""

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from pipeline.source.report_lines import beginnings, begins_as_one

WORDS = [
    "Total", "sub", "grand-totals", "Page", "of", "3", ":", "rows", "END of report", "(", "printed", "é", "\u0660", " ",
    "\u2003", "confidential", "orders", "Run date", "\n",
]  # fmt: skip


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=5).map("".join), max_size=8))
def test_many_at_once(texts: list[str]) -> None:
    texts = [text.strip() for text in texts]
    assert beginnings(pa.array(texts, pa.large_string())) == [text for text in texts if begins_as_one(text)]
