"""Columns of Arrow as texts: whole, or each distinct text with how many rows have it."""

from typing import TYPE_CHECKING

from pipeline.source.raw import cell_text

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def texts(column: "pa.ChunkedArray") -> "pa.Array":
    """The cells as text, as `cell_text` gives them: no white space around them, null as an empty text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_dictionary(kind):
        encoded = column.unify_dictionaries().combine_chunks()
        one = encoded if isinstance(encoded, pa.DictionaryArray) else pa.concat_arrays(encoded.chunks)
        values = one.dictionary
        named = values.cast(pa.large_string()) if pa.types.is_date32(values.type) else texts(pa.chunked_array([values]))
        plain = named.take(one.indices)
    elif pa.types.is_string(kind) or pa.types.is_large_string(kind):
        plain = pc.utf8_trim_whitespace(pc.replace_substring(column.cast(pa.large_string()), "\u00a0", " "))
    elif pa.types.is_date32(kind):
        plain = texts(column.dictionary_encode())  # few days differ
    elif pa.types.is_integer(kind):
        plain = column.cast(pa.large_string())
    else:
        plain = _each(column)
    whole = plain.combine_chunks() if isinstance(plain, pa.ChunkedArray) else plain
    if isinstance(whole, pa.ChunkedArray):
        whole = pa.concat_arrays(whole.chunks)
    return whole.fill_null("") if whole.null_count else whole


def _each(column: "pa.ChunkedArray") -> "pa.Array":
    """Each distinct value made into text once."""
    import pyarrow as pa

    try:
        encoded = column.combine_chunks().dictionary_encode()
    except pa.ArrowNotImplementedError:  # lists and structures, which no column of the contract is
        return pa.array([cell_text(value) for value in column.to_pylist()], pa.large_string())
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    told = pa.array([cell_text(value) for value in encoded.dictionary.to_pylist()], pa.large_string())
    return told.take(encoded.indices)


def counted(column: "pa.ChunkedArray") -> "pd.Series":
    """How many rows each text has, an empty one too."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    plain = column.unify_dictionaries() if pa.types.is_dictionary(column.type) else column
    found = pc.value_counts(plain)
    return as_named(
        pd.Series(found.field("counts").to_numpy()),
        pd.Series(texts(pa.chunked_array([found.field("values")])), dtype="str"),
    )


def as_named(counts: "pd.Series", names: "pd.Series") -> "pd.Series":
    """Counts under these names, those of one name together."""
    named = counts.set_axis(names.array)
    return named if names.nunique() == len(names) else named.groupby(level=0).sum()
