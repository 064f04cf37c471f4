"""Medians of lengths of which some still run.

Who looks at completed lengths alone sees the short ones first: under a growing backlog the median
of what is finished says that all is well. The product-limit estimator counts what still runs as
"at least so long".

Source: E. L. Kaplan, P. Meier (1958), "Nonparametric Estimation from Incomplete Observations",
Journal of the American Statistical Association 53 (282), 457-481.
"""

from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]

UNKNOWN = -1
"""Stands for a median that is not reached: half of them have not ended in all the time that was seen."""
HALF = 0.5 + 1e-12
"""Products of quotients are not exact."""


def median(length: Ints, runs: NDArray[np.bool_]) -> int:
    """Return the first length by which half have ended, by the product-limit estimator; UNKNOWN where it is not reached.

    Args:
        length: n of them, whole numbers.
        runs: which of them are only known to be at least so long.

    >>> median(np.array([1, 2, 3, 4, 5]), np.array([False, False, False, False, False]))
    3
    >>> median(np.array([1, 2, 3, 4, 5]), np.array([False, True, True, False, False]))
    4
    """
    order = np.argsort(2 * length + runs, kind="stable")
    return _median(length[order], ~runs[order])


def medians(group: Ints, groups: int, length: Ints, runs: NDArray[np.bool_]) -> Ints:
    """Return the median of every group, as `median` does.

    Args:
        group: the group of each length, 0 to groups - 1.
        groups: how many there are.
        length: n of them, ascending; of equal ones those that ended come first, for all were at risk together.
        runs: which of them are censored.
    """
    order = sort_by(group, groups)
    first = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])
    length, ended = length[order], ~runs[order]
    return np.array([_median(length[a:b], ended[a:b]) for a, b in pairwise(first.tolist())], dtype=np.int64)


def sort_by(group: Ints, groups: int) -> Ints:
    """Return the order by group that leaves each group as it was.

    >>> sort_by(np.array([1, 0, 1, 0]), 2).tolist()
    [1, 3, 0, 2]
    """
    small = group.astype(np.uint16) if groups <= np.iinfo(np.uint16).max else group  # numpy counts small numbers instead of comparing them
    return np.argsort(small, kind="stable") if groups > 1 else np.arange(len(group))


def _median(length: Ints, ended: NDArray[np.bool_]) -> int:
    many = len(length)
    if not many:
        return UNKNOWN
    last = np.append(length[1:] != length[:-1], True)
    at_risk = many - np.concatenate([[0], np.flatnonzero(last)[:-1] + 1])
    events = np.diff(np.cumsum(ended)[last], prepend=0)
    left = np.cumprod(1.0 - events / at_risk)
    reached = np.flatnonzero(left <= HALF)
    return int(length[last][reached[0]]) if len(reached) else UNKNOWN
