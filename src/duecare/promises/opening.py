"""Opening: a calendar laid out on the line of instants, as one table to look things up in.

Every stretch in which a place is open becomes one row: when it opens, when it closes, and how
much open time lies before it. Instants are whole microseconds since 1970 UTC, as numpy counts.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from duecare.promises.hours import DAY_SECONDS, Schedule
from duecare.promises.instants import Instants
from duecare.promises.zones import offsets

SECOND = 1_000_000
DAY = DAY_SECONDS * SECOND
FAR = np.iinfo(np.int64).max
BEGINNING = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Opening:
    """The open stretches from one instant to another."""

    first: int
    """Nothing before this instant can be looked up; microseconds since 1970."""
    last: int
    opens: Instants
    """Ends with a stretch that never comes, so that a look-up always finds one."""
    closes: Instants
    before: Instants
    """Open microseconds before each stretch."""
    of_day: NDArray[np.int32]
    """For each day from `first` on, the first stretch that closes after its beginning."""
    rows: Instants
    """Opens, closes and before side by side, so that one stretch is one place in memory; n x 4."""
    steps: int
    """How many stretches close on one day at the most."""

    def open_before(self, at: Instants) -> Instants:
        """Return how many open microseconds lie between `first` and each instant."""
        if len(at) >= MANY:
            from duecare.promises.compiled import open_before

            return open_before(np.ascontiguousarray(at), self.first, self.rows, self.of_day, self.steps)
        which = np.searchsorted(self.closes, at, side="right")
        return self.before[which] + np.maximum(at - self.opens[which], 0)

    def reach(self, open_time: Instants) -> Instants:
        """Return the earliest instant with *open_time* before it; the far end where this table does not get there."""
        which = np.searchsorted(self.before[1:], open_time, side="left")
        known = which < len(self.opens) - 1
        which = np.where(known, which, 0)
        return np.where(known, self.opens[which] + (open_time - self.before[which]), FAR)


MANY = 200_000
"""From so many instants on, compiling the look-up pays."""


def lay_out(schedule: Schedule, place: ZoneInfo, first_day: int, last_day: int) -> Opening:
    """Lay a schedule out between two days in UTC, counted from 1970; the last one is left out.

    An instant is open when the wall clock shows an open hour at it, so an hour that the clock
    shows twice counts twice, and one that it leaves out does not count.
    """
    stretches = _joined(_stretches(schedule, place, first_day * DAY_SECONDS, last_day * DAY_SECONDS))
    opens = np.append(stretches[:, 0], FAR // SECOND - 1) * SECOND
    closes = np.append(stretches[:, 1], FAR // SECOND) * SECOND
    lengths = (stretches[:, 1] - stretches[:, 0]) * SECOND
    before = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    days = np.arange(first_day, last_day + 1, dtype=np.int64) * DAY
    of_day = np.searchsorted(closes, days, side="right").astype(np.int32)
    rows = np.column_stack([opens, closes, before, before])
    return Opening(first_day * DAY, last_day * DAY, opens, closes, before, of_day, rows, int(np.diff(of_day).max(initial=0)))


def _stretches(schedule: Schedule, place: ZoneInfo, from_s: int, to_s: int) -> list[tuple[int, int]]:
    made: list[tuple[int, int]] = []
    for start, end, offset in offsets(place, from_s, to_s):
        first, last = (start + offset) // DAY_SECONDS, (end + offset - 1) // DAY_SECONDS
        for number in range(first, last + 1):
            midnight = number * DAY_SECONDS - offset
            hours = schedule.on(BEGINNING + timedelta(days=number))
            made += [(max(midnight + opens, start), min(midnight + closes, end)) for opens, closes in hours]
    return [(opens, closes) for opens, closes in made if opens < closes]


def _joined(stretches: list[tuple[int, int]]) -> Instants:
    """Join stretches that touch, as an n x 2 array; they come in order, for no two instants share one."""
    rows = np.array(stretches, dtype=np.int64).reshape(-1, 2)
    if len(rows) == 0:
        return rows
    starts = np.concatenate([[True], rows[1:, 0] > rows[:-1, 1]])
    ends = np.append(starts[1:], True)
    return np.column_stack([rows[starts, 0], rows[ends, 1]])
