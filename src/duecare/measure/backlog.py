"""The backlog: how many contacts were unsolved at each local midnight, and how old they were."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.measure.log import Log
from duecare.measure.periods import DAY, local_days, midnight
from duecare.promises.instants import MISSING

Ints: TypeAlias = NDArray[np.int64]

AGES_DAYS = (0, 1, 3, 7, 14, 30)
"""Where each class of age begins, in days since the opening; the last one has no end."""
AGES = ("under 1 day", "1 to 3 days", "3 to 7 days", "7 to 14 days", "14 to 30 days", "30 days and more")
FAR = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backlog:
    """Unsolved contacts at midnights."""

    days: Ints
    """Local days, from 1970; each stands for the midnight at which it begins."""
    tiers: tuple[str, ...]
    counts: Ints
    """Days x tiers x ages."""

    @property
    def total(self) -> Ints:
        """By day."""
        return self.counts.sum(axis=(1, 2))


def backlog(log: Log, first: int | None = None, last: int | None = None) -> Backlog:
    """Count the unsolved contacts at every local midnight between two days; between first opening and now when left out.

    A contact is unsolved at a midnight when it was opened before or at it, and not solved by it; a reopened one counts again.
    """
    begins, ends, opened, tier = _stretches(log)
    seen = local_days(np.array([int(opened.min(initial=log.as_of)), log.as_of]), log.zone)
    days = np.arange(int(seen[0]) + 1 if first is None else first, (int(seen[1]) if last is None else last) + 1)
    at = np.array([midnight(int(day), log.zone) for day in days], dtype=np.int64)
    counts = np.zeros((len(days), len(log.tiers), len(AGES)), dtype=np.int64)
    for place in range(len(log.tiers)):
        mine = tier == place
        for age, since in enumerate(AGES_DAYS):
            until = AGES_DAYS[age + 1] if age + 1 < len(AGES_DAYS) else None
            counts[:, place, age] = _at(at, *_aged(begins[mine], ends[mine], opened[mine], since, until))
    return Backlog(days=days, tiers=log.tiers, counts=counts)


def _stretches(log: Log) -> tuple[Ints, Ints, Ints, Ints]:
    """Begin and end of every stretch in which a contact was unsolved, its opening and its tier."""
    spans = log.spans
    flags = np.zeros(len(spans), dtype=np.bool_)
    flags[log.of("unsolved")] = True
    mine = np.flatnonzero(flags[spans.piece])
    contact = spans.contact[spans.piece[mine]]
    ends = np.where(spans.piece_end[mine] == MISSING, FAR, spans.piece_end[mine])
    return spans.piece_start[mine], ends, log.contacts.opened[contact], log.contacts.tier[contact]


def _aged(begins: Ints, ends: Ints, opened: Ints, since: int, until: int | None) -> tuple[Ints, Ints]:
    """Cut the stretches down to where the contact is of an age."""
    low = np.maximum(begins, opened + since * DAY)
    high = ends if until is None else np.minimum(ends, opened + until * DAY)
    kept = low < high
    return low[kept], high[kept]


def _at(moments: Ints, begins: Ints, ends: Ints) -> Ints:
    """How many stretches each moment lies in; the beginning belongs to it, the end does not."""
    began = np.searchsorted(np.sort(begins), moments, side="right")
    return began - np.searchsorted(np.sort(ends), moments, side="right")
