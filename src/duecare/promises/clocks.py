"""Clocks: what happened to contacts becomes spans of time that a promise can be about.

`spans` are exact instants; how many minutes of them count is the calendar's to say. The rules:

- first response: opened until the first public answer by a person, also after a bot's or a hasty solution; none while there is none
- next reply: the oldest unanswered message after the first response, until the next public answer; a solution ends it
- requester wait: the time in new, open and hold; agent work: the time in new and open
- first resolution: opened until first solved; full resolution: until last solved, none while unsolved
- periodic update: from one public answer to the next while unsolved; pausable update: the same, standing still in pending
- queue wait: queued until answered, abandoned or taken by a bot; handle time: answered until finished
- unsolved: the time in new, open, hold and pending

A merged contact's clocks end at the merge, and the survivor counts from the earliest opening of
all that went into it; the first answer that one of them had is its first response too.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

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

IN_PIECES = ("requester_wait", "agent_work", "periodic_update", "pausable_update", "unsolved")
"""Clocks that can stand still."""
STANDS = np.isin(np.arange(len(CLOCKS)), [CLOCKS.index(name) for name in IN_PIECES])
"""The same as a flag for each clock."""

ENDED = ("running", "done", "solved", "abandoned", "merged", "bot")
"""How a span ended, by its place in the engine: what was promised came (done), or something else came first.

A reply that a solution made needless (solved) keeps its promise, but its length is none of a reply: it stays out of medians.
"""


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
    answers: Numbers
    """How often a person answered in public, one value a contact."""
    transfers: Numbers
    """How often it changed hands, one value a contact."""

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
        wanted = np.arange(len(self)) if only is None else np.flatnonzero(only)
        stands, which = STANDS[self.clock[wanted]], calendar_of[self.contact[wanted]]
        minutes = np.zeros(len(self))
        for number, calendar in calendars.items():
            whole = wanted[~stands & (which == number)]
            minutes[whole] = calendar.elapsed(*self._between(self.start[whole], self.end[whole]))
            if len(in_pieces := wanted[stands & (which == number)]):
                minutes += self._in_pieces(calendar, in_pieces)
        return minutes

    def _in_pieces(self, calendar: Calendar, which: Numbers) -> NDArray[np.float64]:
        """The open minutes of spans that can stand still, 0 for all others."""
        mine = np.zeros(len(self), dtype=np.bool_)
        mine[which] = True
        parts = np.flatnonzero(mine[self.piece])
        open_minutes = calendar.elapsed(*self._between(self.piece_start[parts], self.piece_end[parts]))
        return np.bincount(self.piece[parts], open_minutes, len(self)).astype(np.float64)

    def _between(self, start: Instants, end: Instants) -> tuple[NDArray[np.datetime64], NDArray[np.datetime64]]:
        return start.view("datetime64[us]"), np.where(end == MISSING, self.as_of, end).view("datetime64[us]")


def spans(warehouse: Warehouse, *, as_of: datetime) -> Spans:
    """Walk the events of all contacts up to *as_of*; nothing is written."""
    return clocked(happened(warehouse, as_of=as_of))


def happened(warehouse: Warehouse, *, as_of: datetime) -> "Happened":
    """Read the events of all contacts up to *as_of*, in order."""

    def ask(step: str) -> "pa.Table":
        return warehouse.arrow(_with(step), {"as_of": as_of}, contacts="contacts", contact_events="contact_events")

    cases = ask("numbered")
    return Happened(_with_told(_events(ask("told")), cases, instant(as_of)), cases, ask("merges"), instant(as_of))


def clocked(read: "Happened", clocks: Sequence[str] = CLOCKS) -> Spans:
    """Run clocks over what was read, all of them or those that are named."""
    from duecare.promises.engine import spans_of

    wanted = np.isin(np.arange(len(CLOCKS)), [CLOCKS.index(name) for name in clocks])
    opened, events = read.opened, read.events
    if len(read.merges):
        opened, events = _earliest(opened, read.merges), _with_answers(events, read.merges, len(opened))
    first = np.searchsorted(events.number, np.arange(len(opened) + 1))
    return _whole(spans_of(opened, first, events.at, events.what, events.value, wanted), read.cases, read.as_of, events)


@dataclass(frozen=True, slots=True)
class Happened:
    """What is known of contacts before any clock runs."""

    events: "Events"
    cases: "pa.Table"
    """contact_id, opened_at, severity, first_reply_at and resolved_at as told, in the order of ids; events name a contact by its place."""
    merges: "pa.Table"
    """number, survivor."""
    as_of: int
    """Until when events were seen, microseconds since 1970."""

    @property
    def opened(self) -> Instants:
        return instants(self.cases["opened_at"])


class Events(NamedTuple):
    """What happened, by contact and time."""

    number: Numbers
    at: Instants
    what: NDArray[np.uint8]
    value: NDArray[np.int8]


def _events(table: "pa.Table") -> Events:
    what, value = (table[name].to_numpy().view(kind) for name, kind in (("what", np.uint8), ("value", np.int8)))
    number, at = table["number"].to_numpy(), instants(table["at"])
    order = in_order(number, at, _rank(what, value))
    return Events(number[order], at[order], what[order], value[order])


def _rank(what: NDArray[np.uint8], value: NDArray[np.int8]) -> NDArray[np.int16]:
    """Return the place of each event among those of one instant: a message before its answer, and that before a solution."""
    from duecare.promises.engine import MERGED, PRIORITY, QUEUED, STATE

    place = np.arange(1, 257, dtype=np.int16)
    place[[PRIORITY, QUEUED, STATE, MERGED]] = (0, 1, 20, 90)
    return place[what] * np.int16(8) + value


def in_order(number: Numbers, at: Instants, rank: NDArray[np.int16]) -> Numbers:
    """Return the order by number, time and rank; only numbers whose rows come out of order are sorted.

    >>> in_order(np.array([1, 0, 1]), np.array([20, 5, 10]), np.array([0, 0, 0], dtype=np.int16)).tolist()
    [1, 2, 0]
    """
    from duecare.promises.ordering import by_number

    order, amiss = by_number(number, at, rank, int(number.max(initial=-1)) + 1)
    which = np.flatnonzero(amiss[number[order]]) if amiss.any() else np.empty(0, dtype=np.int64)
    rows = order[which]
    order[which] = rows[np.lexsort((rank[rows], at[rows], number[rows]))]
    return order


def _with_told(events: Events, cases: "pa.Table", as_of: int) -> Events:
    """Add what contacts tell in their columns that have no event for a clock."""
    from duecare.promises.engine import REPLY, SOLVED, STATE, TRANSFERRED

    silent = np.bincount(events.number[~kinds(events, TRANSFERRED)], minlength=len(cases)) == 0
    told = [(instants(cases[name]), what, value) for name, what, value in (("first_reply_at", REPLY, -1), ("resolved_at", STATE, SOLVED))]
    known = [(np.flatnonzero(silent & (at != MISSING) & (at <= as_of)), at, what, value) for at, what, value in told]
    if not any(len(who) for who, *_ in known):
        return events
    number = np.concatenate([events.number, *(who for who, *_ in known)])
    at = np.concatenate([events.at, *(moment[who] for who, moment, *_ in known)])
    what = np.concatenate([events.what, *(np.full(len(who), kind, np.uint8) for who, _, kind, _ in known)])
    value = np.concatenate([events.value, *(np.full(len(who), state, np.int8) for who, _, _, state in known)])
    order = np.lexsort((at, number))  # an answer goes before a solution of the same moment, as they stand here
    return Events(number[order], at[order], what[order], value[order])


STEPS = ("cases", "coded")
"""Pieces of `clocks.sql` that the others read."""


def _with(step: str) -> str:
    """Return the SQL of one piece, over those that it reads."""
    sql = pieces("duecare.promises", "clocks.sql")
    inner = {name: f"{{{name}}}" for name in ("contacts", "contact_events")} | {name: name for name in STEPS}
    parts = {name: sql[name].format_map(inner) for name in (*STEPS, step)}
    return f"WITH {', '.join(f'{name} AS ({parts[name]})' for name in STEPS)} {parts[step]}"


def _whole(made: "Out", cases: "pa.Table", as_of: int, events: Events) -> Spans:
    from duecare.promises.engine import ANSWERED, REPLY, TRANSFERRED

    once = ~told_twice(events)
    told = cases["severity"].to_numpy().astype(np.int8)
    return Spans(
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
        answers=np.bincount(events.number[kinds(events, REPLY, ANSWERED) & once], minlength=len(told)),
        transfers=np.bincount(events.number[kinds(events, TRANSFERRED) & once], minlength=len(told)),
    )


def kinds(events: Events, *wanted: int) -> NDArray[np.bool_]:
    """Tell which events are of some kinds."""
    asked = np.zeros(256, dtype=np.bool_)
    asked[list(wanted)] = True
    return asked[events.what]


def told_twice(events: Events) -> NDArray[np.bool_]:
    """Tell which answers and transfers are the same as the one before: of one contact, at one instant."""
    from duecare.promises.engine import ANSWERED, REPLY, TRANSFERRED

    again = np.zeros(len(events.at), dtype=np.bool_)
    again[1:] = (events.number[1:] == events.number[:-1]) & (events.at[1:] == events.at[:-1]) & (events.what[1:] == events.what[:-1])
    return again & kinds(events, REPLY, ANSWERED, TRANSFERRED)


def _earliest(moments: Instants, merges: "pa.Table") -> Instants:
    """Give each survivor the earliest moment of all that went into it, however long the chain."""
    gone, survivor = merges["number"].to_numpy(), merges["survivor"].to_numpy()
    while True:
        earlier = moments.copy()
        np.minimum.at(earlier, survivor, moments[gone])
        if (earlier == moments).all():
            return moments
        moments = earlier


def _with_answers(events: Events, merges: "pa.Table", contacts: int) -> Events:
    """Give each survivor the first answer of all that went into it as an answer of its own, if it came before its own."""
    from duecare.promises.engine import ANSWERED, MERGED, REPLY

    merged = _firsts(events, np.flatnonzero(events.what == MERGED), contacts)
    answers = np.flatnonzero(np.isin(events.what, (REPLY, ANSWERED)) & (events.at <= merged[events.number]))
    own = _firsts(events, answers, contacts)
    earliest = _earliest(own, merges)
    number = np.flatnonzero(earliest < own)
    at = earliest[number]
    low, high = (np.searchsorted(events.number, number, side=side) for side in ("left", "right"))
    place = [a + int(np.searchsorted(events.at[a:b], when, side="right")) for a, b, when in zip(low, high, at, strict=True)]
    return Events(
        np.insert(events.number, place, number),
        np.insert(events.at, place, at),
        np.insert(events.what, place, REPLY),
        np.insert(events.value, place, -1),
    )


def _firsts(events: Events, which: Numbers, contacts: int) -> Instants:
    """The first of these events of each contact, the far end where there is none."""
    found = np.full(contacts, np.iinfo(np.int64).max)
    np.minimum.at(found, events.number[which], events.at[which])
    return found
