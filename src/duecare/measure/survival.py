"""Medians of lengths of which some still run.

Who looks at completed lengths alone sees the short ones first: under a growing backlog the median
of what is finished says that all is well. The product-limit estimator counts what still runs as
"at least so long". It supposes that late beginners end as early ones did, which is not so while service
gets slower: so those that began together are estimated together, and only what they could not show yet is
taken from those who began before them.

Source: E. L. Kaplan, P. Meier (1958), "Nonparametric Estimation from Incomplete Observations",
Journal of the American Statistical Association 53 (282), 457-481.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]

UNKNOWN = -1
"""Stands for a median that is not reached: half of them have not ended in all the time that was seen."""
HALF = 0.5 + 1e-12
"""Products of quotients are not exact."""


STAGES = 10
LEAST_EACH = 100
"""Into so many parts by their beginning lengths are cut, where each part then has so many at least."""
CENSORED_FROM = 0.02
"""Where fewer are censored nothing hangs on how they are taken."""


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
    return _median(length[order], ~runs[order], None if followed is None else followed[order])


def medians(group: Ints, groups: int, length: Ints, runs: NDArray[np.bool_], followed: Ints | None = None) -> Ints:
    """Return the median of every group, as `median` does.

    Args:
        group: the group of each length, 0 to groups - 1.
        groups: how many there are.
        length: n of them, ascending; of equal ones those that ended come first, for all were at risk together.
        runs: which of them are censored.
        followed: as in `median`.
    """
    order = sort_by(group, groups)
    first = np.concatenate([[0], np.cumsum(np.bincount(group, minlength=groups))])
    length, ended = length[order], ~runs[order]
    seen = None if followed is None else followed[order]
    parts = pairwise(first.tolist())
    return np.array([_median(length[a:b], ended[a:b], None if seen is None else seen[a:b]) for a, b in parts], dtype=np.int64)


def sort_by(group: Ints, groups: int) -> Ints:
    """Return the order by group that leaves each group as it was.

    >>> sort_by(np.array([1, 0, 1, 0]), 2).tolist()
    [1, 3, 0, 2]
    """
    small = group.astype(np.uint16) if groups <= np.iinfo(np.uint16).max else group  # numpy counts small numbers instead of comparing them
    return np.argsort(small, kind="stable") if groups > 1 else np.arange(len(group))


def _median(length: Ints, ended: NDArray[np.bool_], followed: Ints | None) -> int:
    stages = min(STAGES, len(length) // LEAST_EACH)
    if followed is not None and stages > 1 and (~ended).mean() >= CENSORED_FROM:
        return _staged(length, ended, followed, stages)
    times, left = _curve(length, ended)
    reached = np.flatnonzero(left <= HALF)
    return int(times[reached[0]]) if len(reached) else UNKNOWN


def _curve(length: Ints, ended: NDArray[np.bool_]) -> tuple[Ints, Floats]:
    """The lengths that occur, ascending, and what share is left after each."""
    many = len(length)
    if not many:
        return length, np.empty(0)
    last = np.append(length[1:] != length[:-1], True)
    at_risk = many - np.concatenate([[0], np.flatnonzero(last)[:-1] + 1])
    events = np.diff(np.cumsum(ended)[last], prepend=0)
    return length[last], np.cumprod(1.0 - events / at_risk, dtype=np.float64)


@dataclass(slots=True)
class _Stage:
    """Those that began in one part of the time; from what they could be seen on, they go on as the stage before them did."""

    times: Ints
    left: Floats
    seen: int
    before: "_Stage | None"
    scale: float = 1.0

    def __post_init__(self) -> None:
        if self.before is not None:
            there = self.before.at(self.seen)
            self.scale = self._own(self.seen) / there if there > 0 else 0.0

    def _own(self, length: int) -> float:
        place = int(np.searchsorted(self.times, length, side="right")) - 1
        return float(self.left[place]) if place >= 0 else 1.0

    def at(self, length: int) -> float:
        """Return what share has not ended by a length."""
        if length <= self.seen or self.before is None:
            return self._own(length)
        return self.scale * self.before.at(length)


def _staged(length: Ints, ended: NDArray[np.bool_], followed: Ints, stages: int) -> int:
    """The median of all stages together: where service gets slower, late beginners are not taken for early ones as far as they are known themselves."""
    oldest_first = np.argsort(-followed, kind="stable")
    cuts = np.linspace(0, len(length), stages + 1).astype(np.int64)
    chain: list[_Stage] = []
    for a, b in pairwise(cuts.tolist()):
        mine = np.sort(oldest_first[a:b])  # by length, as they came
        chain.append(_Stage(*_curve(length[mine], ended[mine]), int(followed[mine].min()), chain[-1] if chain else None))
    sizes, times = np.diff(cuts), np.unique(length[ended])
    low, high = 0, len(times)
    while low < high:
        middle = (low + high) // 2
        left = float(sizes @ np.array([one.at(int(times[middle])) for one in chain])) / len(length)
        low, high = (low, middle) if left <= HALF else (middle + 1, high)
    return int(times[low]) if low < len(times) else UNKNOWN
