"""Medians of lengths of which some still run.

Who looks at completed lengths alone sees the short ones first: under a growing backlog the median
of what is finished says that all is well. The product-limit estimator counts what still runs as
"at least so long". It supposes that late beginners end as early ones did, which is not so while service
gets slower: so those that began together are estimated together, and only what they could not show yet is
taken from those who began before them.

Source: E. L. Kaplan, P. Meier (1958), "Nonparametric Estimation from Incomplete Observations",
Journal of the American Statistical Association 53 (282), 457-481.
"""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.measure.compiled import UNKNOWN as UNKNOWN
from duecare.measure.compiled import medians_of, places

Ints: TypeAlias = NDArray[np.int64]


def median(length: Ints, runs: NDArray[np.bool_], followed: Ints | None = None) -> int:
    """Return the first length by which half have ended, by the product-limit estimator; UNKNOWN where it is not reached.

    Args:
        length: n of them, whole numbers.
        runs: which of them are only known to be at least so long.
        followed: how long each could be seen at most, from its beginning until now; then it is estimated in stages.

    >>> median(np.array([1, 2, 3, 4, 5]), np.array([False, False, False, False, False]))
    3
    >>> median(np.array([1, 2, 3, 4, 5]), np.array([False, True, True, False, False]))
    4
    """
    order = np.argsort(2 * length + runs, kind="stable")
    known = None if followed is None else followed[order]
    return int(medians(np.zeros(len(length), dtype=np.int64), 1, length[order], runs[order], known)[0])


def medians(
    group: Ints, groups: int, length: Ints, runs: NDArray[np.bool_], followed: Ints | None = None, oldest: Ints | None = None
) -> Ints:
    """Return the median of every group, as `median` does.

    Args:
        group: the group of each length, 0 to groups - 1.
        groups: how many there are.
        length: n of them, ascending; of equal ones those that ended come first, for all were at risk together.
        runs: which of them are censored.
        followed: as in `median`.
        oldest: the order by which those that were followed longest come first; it is sorted for where it is not handed in.
    """
    order = sort_by(group, groups)
    first = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])
    nothing = np.empty(0, dtype=np.int64)
    if followed is None:
        return medians_of(first, length[order], ~runs[order], nothing, nothing)
    place = places(oldest_first(followed) if oldest is None else oldest, group, groups)
    return medians_of(first, length[order], ~runs[order], followed[order], place[order])


def oldest_first(followed: Ints) -> Ints:
    """Return the order by which those that were followed longest come first."""
    return np.argsort(-followed, kind="stable")


def sort_by(group: Ints, groups: int) -> Ints:
    """Return the order by group that leaves each group as it was.

    >>> sort_by(np.array([1, 0, 1, 0]), 2).tolist()
    [1, 3, 0, 2]
    """
    small = group.astype(np.uint16) if groups <= np.iinfo(np.uint16).max else group  # numpy counts small numbers instead of comparing them
    return np.argsort(small, kind="stable") if groups > 1 else np.arange(len(group))
