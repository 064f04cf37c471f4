"""The estimator of `survival`, compiled, for thousands of groups.

This file stands alone: numba keeps what it compiled beside it, and knows a change by this file only.
"""

import numpy as np
from numba import njit
from numpy.typing import NDArray

UNKNOWN = -1
HALF = 0.5 + 1e-12
"""Products of quotients are not exact."""
STAGES = 10
LEAST_EACH = 100
"""Into so many parts by their beginning lengths are cut, where each part then has so many at least."""
CENSORED_FROM = 0.02
"""Where fewer are censored nothing hangs on how they are taken."""


@njit(nogil=True, cache=True)
def medians_of(
    first: NDArray[np.int64], length: NDArray[np.int64], ended: NDArray[np.bool_], followed: NDArray[np.int64], place: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Return the median of every group; see `survival.medians`.

    Args:
        first: where each of g groups begins, and at last where the last one ends.
        length: n of them, ascending within each group.
        ended: which are not censored.
        followed: how long each could be seen at most; empty where nobody knows, then no group is cut into stages.
        place: of each among those of its group by their beginning, the oldest first; empty like that.
    """
    found = np.empty(len(first) - 1, dtype=np.int64)
    for group in range(len(found)):
        a, b = first[group], first[group + 1]
        stages = min(STAGES, (b - a) // LEAST_EACH)
        if len(followed) and stages > 1 and (~ended[a:b]).mean() >= CENSORED_FROM:
            found[group] = _staged(length[a:b], ended[a:b], followed[a:b], place[a:b], stages)
        else:
            found[group] = _plain(length[a:b], ended[a:b])
    return found


@njit(nogil=True, cache=True)
def places(oldest: NDArray[np.int64], group: NDArray[np.int64], groups: int) -> NDArray[np.int64]:
    """Return the place of each row among those of its group.

    Args:
        oldest: the n rows, the oldest first.
        group: the group of each row, 0 to groups - 1.
        groups: how many there are.
    """
    many, place = np.zeros(groups, dtype=np.int64), np.empty(len(group), dtype=np.int64)
    for row in oldest:
        place[row] = many[group[row]]
        many[group[row]] += 1
    return place


@njit(nogil=True, cache=True)
def _plain(length: NDArray[np.int64], ended: NDArray[np.bool_]) -> int:
    """The first length after which half are left, all estimated together."""
    times, left = _curve(length, ended, HALF)
    return times[-1] if len(left) and left[-1] <= HALF else UNKNOWN


@njit(nogil=True, cache=True)
def _curve(length: NDArray[np.int64], ended: NDArray[np.bool_], until: float) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """The lengths that occur, ascending, and what share is left after each, until so little is left."""
    times, left = np.empty(len(length), dtype=np.int64), np.empty(len(length), dtype=np.float64)
    many, share, begin = 0, 1.0, 0
    while begin < len(length) and share > until:
        end, events = begin, 0
        while end < len(length) and length[end] == length[begin]:
            events += ended[end]
            end += 1
        share *= 1.0 - events / (len(length) - begin)
        times[many], left[many] = length[begin], share
        many, begin = many + 1, end
    return times[:many], left[:many]


@njit(nogil=True, cache=True)
def _staged(length: NDArray[np.int64], ended: NDArray[np.bool_], followed: NDArray[np.int64], place: NDArray[np.int64], stages: int) -> int:
    """The median of all stages together.

    A stage is those that began in one part of the time; from what they could be seen on, they go on as the stage before
    them did. Where service gets slower, late beginners are so not taken for early ones as far as they are known themselves.
    """
    many = len(length)
    stage_of = ((place + 1) * stages - 1) // many
    times, left = np.empty(many, dtype=np.int64), np.empty(many, dtype=np.float64)
    cuts, sizes = np.zeros(stages + 1, dtype=np.int64), np.zeros(stages, dtype=np.int64)
    seen, scale = np.zeros(stages, dtype=np.int64), np.ones(stages, dtype=np.float64)
    for stage in range(stages):
        mine = np.flatnonzero(stage_of == stage)  # by length, as they came
        own_times, own_left = _curve(length[mine], ended[mine], 0.0)
        cuts[stage + 1] = cuts[stage] + len(own_times)
        times[cuts[stage] : cuts[stage + 1]], left[cuts[stage] : cuts[stage + 1]] = own_times, own_left
        sizes[stage], seen[stage] = len(mine), followed[mine].min()
        if stage:
            there = _left(seen[stage], stage - 1, times, left, cuts, seen, scale)
            scale[stage] = _own(seen[stage], stage, times, left, cuts) / there if there > 0 else 0.0
    return _middle(length[ended], sizes, times, left, cuts, seen, scale)


@njit(nogil=True, cache=True)
def _middle(
    length: NDArray[np.int64],
    sizes: NDArray[np.int64],
    times: NDArray[np.int64],
    left: NDArray[np.float64],
    cuts: NDArray[np.int64],
    seen: NDArray[np.int64],
    scale: NDArray[np.float64],
) -> int:
    """The first length that ended by which half of all have."""
    low, high = 0, len(length)
    while low < high:
        middle, still = (low + high) // 2, 0.0
        for stage in range(len(sizes)):
            still += sizes[stage] * _left(length[middle], stage, times, left, cuts, seen, scale)
        if still / sizes.sum() <= HALF:
            high = middle
        else:
            low = middle + 1
    return length[low] if low < len(length) else UNKNOWN


@njit(nogil=True, cache=True)
def _own(length: int, stage: int, times: NDArray[np.int64], left: NDArray[np.float64], cuts: NDArray[np.int64]) -> float:
    """What share of a stage has not ended by a length, as far as it was seen."""
    place = np.searchsorted(times[cuts[stage] : cuts[stage + 1]], length, side="right")
    return float(left[cuts[stage] + place - 1]) if place else 1.0


@njit(nogil=True, cache=True)
def _left(
    length: int,
    stage: int,
    times: NDArray[np.int64],
    left: NDArray[np.float64],
    cuts: NDArray[np.int64],
    seen: NDArray[np.int64],
    scale: NDArray[np.float64],
) -> float:
    """What share of a stage has not ended by a length; beyond what was seen of it, as the stage before it."""
    by = 1.0
    while stage > 0 and length > seen[stage]:
        by *= scale[stage]
        stage -= 1
    return by * _own(length, stage, times, left, cuts)
