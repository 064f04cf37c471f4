"""Clocks: what happened to contacts becomes spans of time that a promise can be about.

`spans` are exact instants; how many minutes of them count is the calendar's to say. The rules:

- first response: opened until the first public answer by a person; none while there is none
- next reply: the oldest unanswered message after the first response, until the next public answer; a solution ends it
- requester wait: the time in new, open and hold; agent work: the time in new and open
- first resolution: opened until first solved; full resolution: until last solved, none while unsolved
- periodic update: from one public answer to the next while unsolved; pausable update: the same, standing still in pending
- queue wait: queued until answered, abandoned or taken by a bot; handle time: answered until finished

A merged contact's clocks end at the merge, and the survivor counts from the earliest opening of
all that went into it; an answer that one of them had is its first response too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.promises.calendar import Calendar
from duecare.promises.instants import MISSING, Instants, instant, instants
from duecare.promises.terms import CLOCKS
from duecare.records import Warehouse, pieces

if TYPE_CHECKING:
    import pyarrow as pa

    from duecare.promises.engine import Out

Numbers: TypeAlias = NDArray[np.int64]

IN_PIECES = ("requester_wait", "agent_work", "periodic_update", "pausable_update")
"""Clocks that can stand still."""

ENDED = ("running", "done", "solved", "abandoned", "merged", "bot")
"""How a span ended, by its place in the engine: what was promised came (done), or something else came first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spans:
    """All spans of all contacts; each column has one value a span, pieces one value a piece."""

    contacts: Sequence[str]
    """The ids of contacts; `contact` points into it."""
    contact: Numbers
    clock: NDArray[np.uint8]
    """Place in CLOCKS."""
    start: Instants
    end: Instants
    """MISSING while it runs."""
    ended: NDArray[np.uint8]
    """Place in ENDED."""
    frozen: Instants
    """When tier and target froze: at the start, or at the last change of severity within the span."""
    severity: NDArray[np.int8]
    """Place in SEVERITIES, at that moment."""
    piece: Numbers
    """The span that each piece belongs to."""
    piece_start: Instants
    piece_end: Instants
    """MISSING while it runs."""
    as_of: int
    """Until when events were seen, microseconds since 1970."""

    def __len__(self) -> int:
        return len(self.contact)

    def of(self, clock: str) -> NDArray[np.bool_]:
        """Tell which spans are of a clock."""
        return self.clock == CLOCKS.index(clock)

    def minutes(
        self, calendars: Mapping[int, Calendar], calendar_of: Numbers, only: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float64]:
        """Return the open minutes of every span, up to now where it runs.

        Args:
            calendars: number -> calendar.
            calendar_of: the number of each contact's calendar.
            only: the spans that are asked for; the others get 0.
        """
        wanted = np.ones(len(self), dtype=np.bool_) if only is None else only
        in_pieces = np.isin(self.clock, [CLOCKS.index(name) for name in IN_PIECES])
        which = calendar_of[self.contact]
        minutes = np.zeros(len(self))
        for number, calendar in calendars.items():
            mine = wanted & (which == number)
            whole, parts = mine & ~in_pieces, mine[self.piece]
            minutes[whole] = calendar.elapsed(*self._between(self.start[whole], self.end[whole]))
            minutes += np.bincount(
                self.piece[parts], calendar.elapsed(*self._between(self.piece_start[parts], self.piece_end[parts])), len(self)
            )
        return minutes

    def _between(self, start: Instants, end: Instants) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
        return start.view("datetime64[us]"), np.where(end == MISSING, self.as_of, end).view("datetime64[us]")


def spans(warehouse: Warehouse, *, as_of: datetime) -> Spans:
    """Walk the events of all contacts up to *as_of*; nothing is written."""
    from duecare.promises.engine import spans_of

    def ask(step: str) -> "pa.Table":
        return warehouse.arrow(_with(step), {"as_of": as_of}, contacts="contacts", contact_events="contact_events")

    events, cases, merges = ask("sorted"), ask("numbered"), ask("merges")
    opened = _opened(instants(cases["opened_at"]), merges)
    first = np.searchsorted(events["number"].to_numpy(), np.arange(len(opened) + 1))
    what, value = (events[name].to_numpy().astype(kind) for name, kind in (("what", np.uint8), ("value", np.int8)))
    return _whole(spans_of(opened, first, instants(events["at"]), what, value), cases, merges, instant(as_of))


STEPS = ("cases", "coded", "told")
"""Pieces of `clocks.sql` that the others read."""


def _with(step: str) -> str:
    """Return the SQL of one piece, over those that it reads."""
    sql = pieces("duecare.promises", "clocks.sql")
    inner = {name: f"{{{name}}}" for name in ("contacts", "contact_events")} | {name: name for name in STEPS}
    parts = {name: sql[name].format_map(inner) for name in (*STEPS, step)}
    return f"WITH {', '.join(f'{name} AS ({parts[name]})' for name in STEPS)} {parts[step]}"


def _whole(made: "Out", cases: "pa.Table", merges: "pa.Table", as_of: int) -> Spans:
    told = cases["severity"].to_numpy().astype(np.int8)
    found = Spans(
        contacts=cases["contact_id"].to_pylist(),
        contact=made.contact,
        clock=made.clock,
        start=made.start,
        end=made.end,
        ended=made.ended,
        frozen=made.frozen,
        severity=np.where(made.severity < 0, told[made.contact], made.severity),
        piece=made.piece,
        piece_start=made.piece_start,
        piece_end=made.piece_end,
        as_of=as_of,
    )
    return _answered_before(found, merges) if len(merges) else found


def _opened(opened: Instants, merges: "pa.Table") -> Instants:
    """Give each survivor the earliest opening of all that went into it, however long the chain."""
    gone, survivor = merges["number"].to_numpy(), merges["survivor"].to_numpy()
    while True:
        earlier = opened.copy()
        np.minimum.at(earlier, survivor, opened[gone])
        if (earlier == opened).all():
            return opened
        opened = earlier


def _answered_before(found: Spans, merges: "pa.Table") -> Spans:
    """Take an answer that a merged contact had as its survivor's first response, if it came first."""
    mine = np.flatnonzero(found.of("first_response"))
    done = np.full(len(found.contacts), np.iinfo(np.int64).max)
    done[found.contact[mine]] = np.where(found.ended[mine] == ENDED.index("done"), found.end[mine], done[found.contact[mine]])
    earliest = _opened(done, merges)
    better = mine[earliest[found.contact[mine]] < done[found.contact[mine]]]
    end, ended = found.end.copy(), found.ended.copy()
    end[better], ended[better] = earliest[found.contact[better]], ENDED.index("done")
    return replace(found, end=end, ended=ended)
