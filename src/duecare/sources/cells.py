"""Cells: SQL that writes names and words, and that frees a cell of blanks and of words for 'empty'."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal

from duecare.sources.folds import MISSING, MISSING_TEXT

if TYPE_CHECKING:
    import pyarrow as pa

Native = Literal["text", "naive", "instant", "date", "whole", "real", "decimal", "flag", "other"]
"""What a column is before it is read: text for CSV, anything for Parquet."""


def native(kind: "pa.DataType") -> Native:
    """Tell what an Arrow column is before it is read."""
    import pyarrow as pa

    t = pa.types
    if t.is_timestamp(kind):
        return "instant" if kind.tz else "naive"
    tests: Sequence[tuple[bool, Native]] = (
        (t.is_string(kind) or t.is_large_string(kind), "text"),
        (t.is_date(kind), "date"),
        (t.is_integer(kind), "whole"),
        (t.is_floating(kind), "real"),
        (t.is_decimal(kind), "decimal"),
        (t.is_boolean(kind), "flag"),
    )
    found: list[Native] = [name for is_it, name in tests if is_it]
    return found[0] if found else "other"


def trimmed(x: str, of: Native) -> str:
    """Return SQL of a cell without blanks around; anything but text as it is, and no-number as null."""
    if of == "real":
        return f"(CASE WHEN isnan({x}) THEN NULL ELSE {x} END)"
    if of not in ("text", "other"):
        return x
    text = x if of == "text" else f"CAST({x} AS VARCHAR)"
    ends = " OR ".join(f"ends_with({text}, '{blank}')" for blank in (" ", "\t", "\n", "\r"))
    loose = f"{text} < '!' OR {ends} OR contains({text}, '\u00a0') OR starts_with({text}, '\ufeff')"
    return f"(CASE WHEN {loose} THEN trim({text}, ' \t\r\n\u00a0\ufeff') ELSE {text} END)"


def emptied(x: str, of: Native, *, strict: bool, missing: Sequence[str] = ()) -> str:
    """Return SQL of a trimmed cell, null where a word says 'empty'.

    Args:
        x: SQL of the trimmed cell.
        of: what it is.
        strict: whether words such as `none` and `-` mean 'empty' too: true for ids, times and numbers.
        missing: further words that do.
    """
    if of not in ("text", "other"):
        return x
    empty = f"{x} IN ('', {listed((*MISSING_TEXT, *missing))})" + (
        f" OR (strlen({x}) <= 9 AND lower({x}) IN ({listed(MISSING)}))" if strict else ""
    )
    return f"(CASE WHEN {empty} THEN NULL ELSE {x} END)"


def as_text(x: str, of: Native) -> str:
    """Return SQL that writes a neat cell as text: a whole number without its `.0`."""
    if of == "text":
        return x
    if of == "real":
        return f"(CASE WHEN {x} = floor({x}) AND abs({x}) < 1e15 THEN CAST(CAST({x} AS BIGINT) AS VARCHAR) ELSE CAST({x} AS VARCHAR) END)"
    return f"CAST({x} AS VARCHAR)"


def quoted(name: str) -> str:
    """Write a name as SQL."""
    return '"' + name.replace('"', '""') + '"'


def listed(words: Sequence[str]) -> str:
    """Write words as SQL, parted by commas."""
    return ", ".join("'" + word.replace("'", "''") + "'" for word in words)
