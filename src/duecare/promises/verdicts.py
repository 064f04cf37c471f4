"""Verdicts: whether a promise was kept, span by span.

Past its target a span is breached, also while it still runs; exactly on it is kept. One that
runs and is not due is undecided, and so is one that something else ended before it was due:
the customer hung up, the contact was merged, a bot took it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from duecare.promises.calendar import Calendar
from duecare.promises.clocks import ENDED, Spans
from duecare.promises.terms import CLOCKS, Promise, Promises, table

NOT_PROMISED, KEPT, BREACHED, UNDECIDED = range(4)
VERDICTS = ("not promised", "kept", "breached", "undecided")

HALF_A_MICROSECOND = 0.5e-6 / 60
"""Minutes are sums of floats; an instant is exact to the microsecond."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of every span's promise."""

    promises: tuple[Promise, ...]
    promise: NDArray[np.int64]
    """Place in `promises`, -1 where nothing was promised."""
    minutes: NDArray[np.float64]
    """Open minutes on the promise's calendar; NaN where nothing was promised."""
    verdict: NDArray[np.uint8]
    """Place in VERDICTS."""


def judge(
    spans: Spans,
    promises: Promises,
    calendars: Mapping[str, Calendar],
    *,
    tier: NDArray[np.int64],
    tiers: Sequence[str],
    channel: NDArray[np.int64],
    channels: Sequence[str],
) -> Judged:
    """Judge every span by the promise that was in force when its target froze.

    Args:
        spans: n spans of m contacts.
        promises: with the names of their calendars.
        calendars: by those names.
        tier: place in *tiers* of each span's customer at the moment it froze; n values.
        tiers: their names.
        channel: place in *channels* of each contact; m values.
        channels: their names.
    """
    promise = _promised(spans, promises, tier, tiers, channel, channels)
    minutes, found = np.full(len(spans), np.nan), np.full(len(spans), NOT_PROMISED, dtype=np.uint8)
    nowhere = np.zeros(len(spans.contacts), dtype=np.int64)
    for name in {one.calendar for one in promises.all}:
        of_it = np.array([one.calendar == name for one in promises.all] + [False])
        mine = of_it[promise]
        minutes[mine] = spans.minutes({0: calendars[name]}, nowhere, only=mine)[mine]
    held = np.flatnonzero(promise >= 0)
    targets = np.array([one.target_minutes for one in promises.all])
    found[held] = verdicts(minutes[held], targets[promise[held]], spans.ended[held]) if len(held) else NOT_PROMISED
    return Judged(promises.all, promise, minutes, found)


def verdicts(minutes: NDArray[np.float64], targets: NDArray[np.float64], ended: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the verdict of each span, by its minutes, its target and how it ended.

    >>> ends = np.array([1, 1, 0, 0, 3], dtype=np.uint8)  # done, done, running, running, abandoned
    >>> [VERDICTS[v] for v in verdicts(np.array([30.0, 30.1, 30.0, 31.0, 5.0]), np.full(5, 30.0), ends)]
    ['kept', 'breached', 'undecided', 'breached', 'undecided']
    """
    came = np.isin(ended, [ENDED.index("done"), ENDED.index("solved")])
    late = minutes > targets + HALF_A_MICROSECOND
    found = np.where(late, BREACHED, np.where(came, KEPT, UNDECIDED))
    return np.where(np.isnan(targets), NOT_PROMISED, found).astype(np.uint8)


def _promised(
    spans: Spans, promises: Promises, tier: NDArray[np.int64], tiers: Sequence[str], channel: NDArray[np.int64], channels: Sequence[str]
) -> NDArray[np.int64]:
    place = {one: n for n, one in enumerate(promises.all)}
    found = np.full(len(spans), -1, dtype=np.int64)
    for metric in {one.metric for one in promises.all}:
        grid = np.full((max(len(tiers), 1), 4, max(len(channels), 1)), -1, dtype=np.int64)
        for where, one in table(promises, metric, tiers, channels).items():
            grid[where] = place[one]
        mine = np.flatnonzero(spans.clock == CLOCKS.index(metric))
        found[mine] = grid[tier[mine], spans.severity[mine], channel[spans.contact[mine]]]
    return found
