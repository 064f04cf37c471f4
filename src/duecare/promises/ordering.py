"""Rows by number, compiled: numbers are places, so they are counted instead of compared.

This file stands alone: numba keeps what it compiled beside it, and knows a change by this file only.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray


@njit(nogil=True, cache=True)
def by_number(
    number: NDArray[np.int64], at: NDArray[np.int64], rank: NDArray[np.int16], many: int
) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Return the rows by number, as they came within each, and which numbers have rows that are not by time and rank.

    Args:
        number: n of them, 0 to many - 1.
        at: when each was.
        rank: the place of each among those of one instant.
        many: how many numbers there are.
    """
    place = np.zeros(many + 1, dtype=np.int64)
    for one in number:
        place[one + 1] += 1
    place = np.cumsum(place)
    order = np.empty(len(number), dtype=np.int64)
    for row in range(len(number)):
        order[place[number[row]]] = row
        place[number[row]] += 1
    return order, _amiss(order, number, at, rank, many)


@njit(nogil=True, cache=True)
def _amiss(
    order: NDArray[np.int64], number: NDArray[np.int64], at: NDArray[np.int64], rank: NDArray[np.int16], many: int
) -> NDArray[np.bool_]:
    amiss = np.zeros(many, dtype=np.bool_)
    for row in range(1, len(order)):
        last, this = order[row - 1], order[row]
        if number[last] == number[this] and (at[this] < at[last] or (at[this] == at[last] and rank[this] < rank[last])):
            amiss[number[this]] = True
    return amiss
