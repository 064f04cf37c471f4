"""The look-up of `opening`, compiled, for millions of instants on all cores.

This file stands alone: numba keeps what it compiled beside it, and knows a change by this file only.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

DAY = np.uint64(86_400_000_000)


@njit(parallel=True, nogil=True, cache=True)
def open_before(at: NDArray[np.int64], first: int, rows: NDArray[np.int64], of_day: NDArray[np.int32], steps: int) -> NDArray[np.int64]:
    """See `Opening.open_before`."""
    found = np.empty(len(at), dtype=np.int64)
    for i in prange(len(at)):
        found[i] = _open_before(at[i], first, rows, of_day, steps)
    return found


@njit(parallel=True, nogil=True, cache=True)
def open_between(
    start: NDArray[np.int64], end: NDArray[np.int64], first: int, rows: NDArray[np.int64], of_day: NDArray[np.int32], steps: int
) -> NDArray[np.float64]:
    """Return the open minutes between two instants, none where the end is not after the start."""
    minutes = np.empty(len(start), dtype=np.float64)
    for i in prange(len(start)):
        open_time = _open_before(end[i], first, rows, of_day, steps) - _open_before(start[i], first, rows, of_day, steps)
        minutes[i] = max(open_time, 0) / 60e6
    return minutes


@njit(inline="always")
def _open_before(at: int, first: int, rows: NDArray[np.int64], of_day: NDArray[np.int32], steps: int) -> int:
    which = of_day[np.uint64(at - first) // DAY]  # never below 0, and unsigned division is quicker
    for _ in range(steps):
        which += rows[which, 1] <= at  # no branch: nobody could guess it
    return rows[which, 2] + max(at - rows[which, 0], 0)  # pyright: ignore[reportReturnType]
