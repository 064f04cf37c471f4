"""Seen: what a purchase model knows of each customer, and the distinct ones among them."""

from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Places: TypeAlias = NDArray[np.int64]


class Seen(NamedTuple):
    """Purchases of n customers until the as-of day, purchases on one day being one."""

    frequency: Floats
    """Purchases after the first one, whole numbers."""
    recency_days: Floats
    """Days from the first purchase to the last; 0 where frequency is 0."""
    age_days: Floats
    """Days from the first purchase to the as-of day, at least recency."""

    def where(self, chosen: NDArray[np.bool_] | Places) -> "Seen":
        return Seen(*(column[chosen] for column in self))


def distinct(*columns: Floats) -> tuple[tuple[Floats, ...], Places, Places]:
    """Return the distinct rows of equally long columns, which of them each row is, and how often each occurs.

    Columns of whole numbers from 0 on are packed into one number where 63 bits hold them, and sorted once.

    >>> distinct(np.array([2.0, 1.0, 2.0]), np.array([5.0, 5.0, 5.0]))[1:]
    (array([1, 0, 1]), array([1, 2]))
    """
    code = _packed(columns)
    if code is None:
        code = np.zeros(len(columns[0]), dtype=np.int64)
        for column in columns:  # numbered anew after each column, so that the codes never overflow
            values, place = np.unique(column, return_inverse=True)
            _, code = np.unique(code * len(values) + place, return_inverse=True)
    _, first, which, counts = np.unique(code, return_index=True, return_inverse=True, return_counts=True)
    return tuple(column[first] for column in columns), which, counts


def _packed(columns: tuple[Floats, ...]) -> Places | None:
    """One number for each row, None where the columns are no whole numbers, or too large."""
    code, room = np.zeros(len(columns[0]), dtype=np.int64), 1
    for column in columns:
        most = float(column.max(initial=0.0))
        room *= int(most) + 1 if np.isfinite(most) else 2**63
        if room >= 2**62 or column.min(initial=0.0) < 0 or not np.array_equal(column, np.floor(column)):
            return None
        code = code * (int(most) + 1) + column.astype(np.int64)
    return code
