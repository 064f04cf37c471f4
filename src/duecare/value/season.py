"""Seasons: how much more is bought in one month of the year than in another, and what that does to a total.

Told by the settings, or learnt where the book has a full year: what customers who were known bought in each month, over what
MBG/NBD expected of them. It moves totals alone; who is worth more than whom stays as it is. Over whole years it cancels out.
"""

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.value.models import mbg_nbd
from duecare.value.models.buying import expected_orders
from duecare.value.models.purchases import Purchases
from duecare.value.models.seen import Floats
from duecare.value.story import teaches

Months: TypeAlias = NDArray[np.float64]
EPOCH = date(1970, 1, 1)
YEAR_DAYS = 365
LEAST_ORDERS = 200
"""A month of fewer purchases tells nothing."""

MOST_CUSTOMERS = 50_000


def learnt(book: Purchases, day: int) -> Months | None:
    """Return the index of each month of the year, 1 on the average; None where the book does not tell every month.

    One year tells a season from a whim by half, two by two thirds.
    """
    if day - book.first_day < YEAR_DAYS + 60:
        return None
    some = book.some(-(-int(book.customer.max(initial=0) + 1) // MOST_CUSTOMERS))
    told: dict[int, list[float]] = {month: [] for month in range(1, 13)}
    for start, end in _months(book.first_day + 60, day):
        if (ratio := _ratio(some, start, end)) is not None:
            told[(EPOCH + timedelta(days=start + 1)).month].append(np.log(ratio))
    if not all(told.values()):
        return None
    years = min(len(found) for found in told.values())
    logs = np.array([np.mean(told[month]) for month in range(1, 13)])
    index = np.exp((logs - logs.mean()) * years / (years + 1.0))
    return index / index.mean()


def _months(first: int, last: int) -> list[tuple[int, int]]:
    """The whole months within two days, each from the day before its first to its last."""
    begins, at = list[int](), (EPOCH + timedelta(days=first)).replace(day=1)
    while (at - EPOCH).days <= last + 1:
        begins.append((at - EPOCH).days - 1)
        at = (at + timedelta(days=32)).replace(day=1)
    return [(a, b) for a, b in pairwise(begins) if a >= first and b <= last]


def _ratio(book: Purchases, start: int, end: int) -> float | None:
    known = book.until(start)
    if not teaches(known):
        return None
    bought = float(book.within(known, start, end)[1].sum())
    expected = float(expected_orders(mbg_nbd.fit(known.seen), known.seen, np.array([float(end - start)])).sum())
    return bought / expected if bought >= LEAST_ORDERS and expected > 0 else None


def level(index: Months, after: int, until: int) -> float:
    """Return the mean index of the days after one day and until another.

    >>> level(np.array([2.0, 0.0] + [1.0] * 10), -1, 58)  # January and February of 1970
    1.0508474576271187
    """
    days = [(EPOCH + timedelta(days=day)).month - 1 for day in range(after + 1, until + 1)]
    return float(index[days].mean()) if days else 1.0


def moved(index: Months, first: int, day: int, days: int, windows: Sequence[tuple[int, int]]) -> float:
    """Return by what a total has to be multiplied that was set right by windows of the past.

    Args:
        index: of each month.
        first: the first day of the book.
        day: today.
        days: how far ahead.
        windows: day and length of each window by which the total was set right.
    """
    ahead = level(index, day, day + days) / max(level(index, first, day), 1e-9)
    before = [level(index, start, start + length) / max(level(index, first, start), 1e-9) for start, length in windows]
    return ahead / float(np.exp(np.mean(np.log(np.maximum(before, 1e-9))))) if before else ahead


def as_index(percent: Sequence[float]) -> Floats | None:
    """Return the index that the settings tell, None where they tell none.

    >>> as_index([50.0] * 6 + [150.0] * 6).tolist()[5:7]
    [0.5, 1.5]
    """
    told = np.array(percent, np.float64)
    return told / told.mean() if len(told) else None
