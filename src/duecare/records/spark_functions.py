"""What Spark lacks of the engine at home: how texts are compared, counted in bytes of UTF-8 as there.

Each function takes whole columns, as Arrow arrays, and gives null for null. None is called as one
of Spark's own: those that it has count letters, and half a swap in Jaro's measure. Workers run
them, so Duecare must be installed where they are.
"""

import unicodedata
from collections.abc import Callable, Mapping
from typing import Any

import pyarrow as pa


def jaro_winkler_bytes(one: pa.Array, other: pa.Array) -> pa.Array:
    """Similarity of two columns, from 0 to 1; 0 where one is empty."""
    from rapidfuzz.distance import JaroWinkler

    return pa.array(_both(lambda a, b: JaroWinkler.similarity(a, b) if a and b else 0.0, one, other), pa.float64())


def damerau_levenshtein_bytes(one: pa.Array, other: pa.Array) -> pa.Array:
    """Slips between two columns: signs changed, left out, put in or swapped."""
    from rapidfuzz.distance import DamerauLevenshtein

    return pa.array(_both(DamerauLevenshtein.distance, one, other), pa.int64())


def levenshtein_bytes(one: pa.Array, other: pa.Array) -> pa.Array:
    """Slips between two columns: signs changed, left out or put in; Spark's own counts letters."""
    from rapidfuzz.distance import Levenshtein

    return pa.array(_both(Levenshtein.distance, one, other), pa.int64())


def strip_accents(texts: pa.Array) -> pa.Array:
    """A column without the marks on its letters."""
    return pa.array([None if text is None else bare(text) for text in texts.to_pylist()], pa.string())


def bare(text: str) -> str:
    """Return a text without the marks on its letters.

    >>> bare("Kovács-Müller")
    'Kovacs-Muller'
    """
    if text.isascii():
        return text
    plain = "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.category(sign).startswith("M"))
    return unicodedata.normalize("NFC", plain)


def _both(measure: Callable[[bytes, bytes], Any], one: pa.Array, other: pa.Array) -> list[Any]:
    pairs = zip(one.to_pylist(), other.to_pylist(), strict=True)
    return [None if a is None or b is None else measure(a.encode(), b.encode()) for a, b in pairs]


FUNCTIONS: Mapping[str, tuple[Callable[..., pa.Array], str]] = {
    "jaro_winkler_bytes": (jaro_winkler_bytes, "double"),
    "damerau_levenshtein_bytes": (damerau_levenshtein_bytes, "bigint"),
    "levenshtein_bytes": (levenshtein_bytes, "bigint"),
    "strip_accents": (strip_accents, "string"),
}
"""By name: the function, and the type that Spark gives its answers."""


def register(session: Any) -> None:  # noqa: ANN401 - pyspark is an extra
    """Make the functions known to a session."""
    import pyspark.sql.functions

    arrow_udf: Any = pyspark.sql.functions.arrow_udf
    for name, (function, kind) in FUNCTIONS.items():
        if not session.catalog.functionExists(name):
            session.udf.register(name, arrow_udf(function, kind))
