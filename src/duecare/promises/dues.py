"""Dues: when each promise falls due, and since when a broken one is broken.

A breach belongs to the moment at which the target passed, not to the answer that came later, if
it ever came: so it stays where it is, however late anybody looks.
"""

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from duecare.promises.calendar import Calendar
from duecare.promises.clocks import IN_PIECES, Spans
from duecare.promises.instants import MISSING, Instants
from duecare.promises.pauses import Pauses
from duecare.promises.terms import CLOCKS
from duecare.promises.verdicts import BREACHED, KEPT, Judged


def due(spans: Spans, judged: Judged, calendars: Mapping[str, Calendar], only: NDArray[np.bool_] | None = None) -> Instants:
    """Return when each promise falls due; MISSING where nothing was promised. A clock that stands still is taken to go on from now.

    Args:
        spans: n spans.
        judged: what was promised of each.
        calendars: by the names that promises give.
        only: the spans that are asked for.
    """
    found = np.full(len(spans), MISSING)
    asked = judged.promise >= 0 if only is None else only & (judged.promise >= 0)
    for place, promise in enumerate(judged.promises):
        mine = np.flatnonzero(asked & (judged.promise == place))
        if len(mine):
            at = calendars[promise.calendar].due(spans.start[mine].view("datetime64[us]"), promise.target_minutes, _pauses(spans, mine))
            found[mine] = at.astype(np.int64)
    return found


def decided_at(spans: Spans, judged: Judged, calendars: Mapping[str, Calendar]) -> Instants:
    """Return when each promise was kept, or was broken; MISSING where neither is so."""
    broken = judged.verdict == BREACHED
    found = np.where(broken, due(spans, judged, calendars, broken), MISSING)
    return np.where(judged.verdict == KEPT, spans.end, found)


def _pauses(spans: Spans, which: NDArray[np.int64]) -> Pauses:
    """The stretches up to now in which the clocks of some spans stood still: all that lies between their pieces."""
    stands = which[np.isin(spans.clock[which], [CLOCKS.index(name) for name in IN_PIECES])]
    row = np.full(len(spans), -1)
    row[which] = np.arange(len(which))
    ours = np.zeros(len(spans), dtype=np.bool_)
    ours[stands] = True
    mine = ours[spans.piece]
    owner = np.concatenate([spans.piece[mine], stands])
    stops = np.concatenate([np.where(spans.piece_end[mine] == MISSING, spans.as_of, spans.piece_end[mine]), spans.start[stands]])
    goes_on = np.concatenate([spans.piece_start[mine], np.full(len(stands), spans.as_of)])
    order = np.lexsort((stops, owner))
    begins = np.lexsort((goes_on, owner))  # each stop is followed by the next start, the last one by now
    found = Pauses(row[owner[order]], stops[order], goes_on[begins])
    kept = found.start < found.end
    return Pauses(found.row[kept], found.start[kept], found.end[kept])
