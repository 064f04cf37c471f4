"""Costs: what each contact cost, so that a month comes to exactly what the books say.

A contact costs its minutes and its fee at the rates of its channel; the month's sum in the books
is then shared out in proportion, in whole cents: each gets what brings the running total to its
due, so nothing is lost to rounding and nothing is spread in silence.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]

PARTS = 10_000
"""Rates are told to the hundredth of a cent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """What service costs, in the book's currency."""

    per_minute: Mapping[str, float]
    """By channel; * for every other."""
    per_contact: Mapping[str, float]
    default_per_minute: float
    seconds_per_contact: float
    """How long a contact takes that tells nothing of it."""
    books_cents: Mapping[int, int]
    """Sum of a month in the books, by months since 1970 (UTC); only of those that contacts are scaled to."""


def shares(weight: Ints, total: int) -> Ints:
    """Share *total* out in proportion to whole weights, in whole numbers that come to it exactly.

    >>> shares(np.array([1, 1, 1]), 100).tolist()
    [33, 33, 34]
    """
    whole = int(weight.sum())
    if whole == 0:
        return np.zeros(len(weight), dtype=np.int64)
    running = np.cumsum(weight).astype(object) * total // whole
    return np.diff(running, prepend=0).astype(np.int64)


def raw(handle_s: Ints, channel: Ints, names: tuple[str, ...], rates: Rates) -> Ints:
    """Return what each contact costs at the rates, in sixtieths of a hundredth of a cent."""
    seconds = np.where(handle_s >= 0, handle_s, int(np.floor(rates.seconds_per_contact + 0.5)))
    minute = np.array([_of(name, rates.per_minute, rates.default_per_minute) for name in names], dtype=np.int64)
    fee = np.array([_of(name, rates.per_contact, 0.0) for name in names], dtype=np.int64)
    return seconds * minute[channel] + 60 * fee[channel] if len(names) else np.zeros(len(handle_s), dtype=np.int64)


def _of(name: str, rates: Mapping[str, float], otherwise: float) -> int:
    return round(rates.get(name, rates.get("*", otherwise)) * PARTS)


def cost_cents(weight: Ints, month: Ints, rates: Rates) -> Ints:
    """Return the cost of each contact in cents.

    Args:
        weight: what it costs at the rates, as `raw` has it.
        month: in which it was opened, months since 1970 (UTC).
        rates: with the months that the books tell.
    """
    cents = np.zeros(len(weight), dtype=np.int64)
    for number in np.unique(month):
        mine = np.flatnonzero(month == number)
        at_rates = (int(weight[mine].sum()) * 100 + 30 * PARTS) // (60 * PARTS)
        cents[mine] = shares(weight[mine], rates.books_cents.get(int(number), at_rates))
    return cents
