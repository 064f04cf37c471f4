"""Numbers become contract columns: ids, times, money and words as Arrow arrays, without a loop over rows.

Inside the demo a time is whole seconds since 1970 in UTC, money is whole cents, a word is a
place in a list (-1: no word). Here alone they take the form in which the contract reads them.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

pc: Any = pyarrow.compute
"""Arrow makes its functions when it is imported, so no checker can know them."""

MONEY = pa.decimal128(12, 2)
TIME = pa.timestamp("us", tz="UTC")
DAY_S = 86_400


def ids(prefix: str, numbers: Ints, width: int) -> pa.Array:
    """Return *prefix* and the zero-padded number; a number below 0 becomes null."""
    text = pc.utf8_lpad(pc.cast(pa.array(numbers, mask=numbers < 0), pa.string()), width=width, padding="0")
    return pc.binary_join_element_wise(pa.scalar(prefix), text, "")


def times(seconds: Ints, known: Flags | None = None) -> pa.Array:
    """Return instants in UTC; null where not *known*."""
    return pa.array(seconds * 1_000_000, mask=None if known is None else ~known).cast(TIME)


def dates(days: Ints, known: Flags | None = None) -> pa.Array:
    """Return calendar days from days since 1970; null where not *known*."""
    return pa.array(days.astype(np.int32), mask=None if known is None else ~known).cast(pa.date32())


def money(cents: Ints, known: Flags | None = None) -> pa.Array:
    """Return exact decimal amounts of two places; null where not *known*."""
    wide = np.empty((len(cents), 2), np.int64)
    wide[:, 0], wide[:, 1] = cents, cents >> 63
    whole = pa.Array.from_buffers(MONEY, len(cents), [None, pa.py_buffer(wide)])
    return whole if known is None else pc.if_else(pa.array(known), whole, pa.scalar(None, MONEY))


def counts(numbers: Ints, known: Flags | None = None) -> pa.Array:
    """Return whole numbers; null where not *known*."""
    return pa.array(numbers, mask=None if known is None else ~known)


def words(vocabulary: Sequence[str], codes: Ints) -> pa.Array:
    """Return the word at each code; null where the code is below 0."""
    return pa.array(vocabulary, pa.string()).take(pa.array(codes, mask=codes < 0))


def take(texts: pa.Array, places: Ints) -> pa.Array:
    """Return the text at each place; null where the place is below 0."""
    return texts.take(pa.array(places, mask=places < 0))


def only(texts: pa.Array, shown: Flags) -> pa.Array:
    """Return the texts that are *shown*, null elsewhere."""
    return pc.if_else(pa.array(shown), texts, pa.scalar(None, texts.type))


def same(text: str, rows: int) -> pa.Array:
    """Return one word for every row."""
    return pa.repeat(pa.scalar(text), rows)


def table(columns: Mapping[str, pa.Array]) -> pa.Table:
    """Return the columns as one table, in the order given."""
    return pa.table(dict(columns))


def total_by(keys: Ints, amounts: Ints, groups: int) -> Ints:
    """Return the sum of whole amounts in each of *groups*; exact below 2 ** 53."""
    return np.bincount(keys, weights=amounts, minlength=groups).astype(np.int64)


def pick(shares: Sequence[float], chances: Floats) -> Ints:
    """Turn evenly spread chances in [0, 1) into places, each as often as its share of the sum says."""
    ladder = np.cumsum(np.asarray(shares, np.float64))
    return np.minimum(np.searchsorted(ladder / ladder[-1], chances, side="right"), len(shares) - 1).astype(np.int64)
