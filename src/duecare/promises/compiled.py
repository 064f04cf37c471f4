"""The look-up of `opening`, compiled, for millions of instants on all cores.

This file stands alone: numba keeps what it compiled beside it, and knows a change by this file only.
"""

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

DAY = 86_400_000_000


@njit(parallel=True, nogil=True, cache=True)
def open_before(
    at: NDArray[np.int64],
    first: int,
    opens: NDArray[np.int64],
    closes: NDArray[np.int64],
    before: NDArray[np.int64],
    of_day: NDArray[np.int32],
) -> NDArray[np.int64]:
    """See `Opening.open_before`."""
    found = np.empty(len(at), dtype=np.int64)
    for i in prange(len(at)):
        found[i] = _open_before(at[i], first, opens, closes, before, of_day)
    return found


@njit(parallel=True, nogil=True, cache=True)
def open_between(
    start: NDArray[np.int64],
    end: NDArray[np.int64],
    first: int,
    opens: NDArray[np.int64],
    closes: NDArray[np.int64],
    before: NDArray[np.int64],
    of_day: NDArray[np.int32],
) -> NDArray[np.float64]:
    """Return the open minutes between two instants, none where the end is not after the start."""
    minutes = np.empty(len(start), dtype=np.float64)
    for i in prange(len(start)):
        if end[i] > start[i]:
            open_time = _open_before(end[i], first, opens, closes, before, of_day) - _open_before(
                start[i], first, opens, closes, before, of_day
            )
            minutes[i] = open_time / 60e6
        else:
            minutes[i] = 0.0
    return minutes


@njit(inline="always")
def _open_before(
    at: int, first: int, opens: NDArray[np.int64], closes: NDArray[np.int64], before: NDArray[np.int64], of_day: NDArray[np.int32]
) -> int:
    which = of_day[(at - first) // DAY]
    while closes[which] <= at:
        which += 1
    return before[which] + max(at - opens[which], 0)  # pyright: ignore[reportReturnType]
