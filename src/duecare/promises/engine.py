"""The clocks' engine: each contact's events are walked once a clock, compiled, on all cores.

This file stands alone: numba keeps what it compiled beside it, and knows a change by this file only.
Events come sorted by contact and time. Every stretch that a promise may be about becomes one
*span*; a clock that can stand still also gets the *pieces* in which it ran. The contacts are
walked twice: to count what there will be, then to write it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias, TypeVar

import numpy as np
from numba import njit, prange
from numpy.typing import NDArray

FIRST_RESPONSE, NEXT_REPLY, REQUESTER_WAIT, AGENT_WORK, FIRST_RESOLUTION = range(5)
FULL_RESOLUTION, PERIODIC_UPDATE, PAUSABLE_UPDATE, QUEUE_WAIT, HANDLE_TIME, UNSOLVED = range(5, 11)
"""Clocks."""
HOW_MANY = 11

MESSAGE, REPLY, STATE, PRIORITY, QUEUED, ANSWERED, ABANDONED, DEFLECTED, MERGED, FINISHED, TRANSFERRED = range(1, 12)
"""Events; MESSAGE is a customer's, REPLY a public one by a person."""

NEW, OPEN, HOLD, PENDING, SOLVED, CLOSED = range(6)
"""States of a contact."""

RUNNING, DONE, BY_SOLVE, BY_ABANDON, BY_MERGE, BY_BOT = range(6)
"""How a span ended: not yet, by what was promised, or by something else."""

NEVER = np.iinfo(np.int64).min

Ints: TypeAlias = NDArray[np.int64]
F = TypeVar("F", bound=Callable[..., Any])
Count: TypeAlias = tuple[int, int]
"""Spans and pieces so far."""


def inner(function: F) -> F:
    """Compile what is called from compiled code alone and makes no array.

    Without counting references at every call it is three times as fast, and compiled in a third of the time.
    """
    return njit(cache=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, _nrt=False)(function)  # pyright: ignore[reportCallIssue]


def put_in_place(function: F) -> F:
    """Compile what is written out wherever it is called."""
    return njit(cache=True, inline="always")(function)  # pyright: ignore[reportReturnType]


class Events(NamedTuple):
    """One contact's events."""

    opened: int
    at: Ints
    what: NDArray[np.uint8]
    state: NDArray[np.int8]
    """After each event."""
    grade: NDArray[np.int8]
    """The new severity of a PRIORITY."""
    solved: NDArray[np.int8]
    """How each event solved the contact, RUNNING when it did not."""


class Out(NamedTuple):
    """Where spans and pieces are written; empty while they are only counted."""

    contact: Ints
    clock: NDArray[np.uint8]
    start: Ints
    end: Ints
    ended: NDArray[np.uint8]
    frozen: Ints
    severity: NDArray[np.int8]
    piece: Ints
    piece_start: Ints
    piece_end: Ints


def room(spans: int, pieces: int) -> Out:
    """Make room for so many spans and pieces."""
    kinds = (np.int64, np.uint8, np.int64, np.int64, np.uint8, np.int64, np.int8, np.int64, np.int64, np.int64)
    return Out(*(np.empty(spans if place < PIECES_FROM else pieces, kind) for place, kind in enumerate(kinds)))  # pyright: ignore[reportArgumentType]


PIECES_FROM = Out._fields.index("piece")


def spans_of(
    opened: Ints, first: Ints, at: Ints, what: NDArray[np.uint8], value: NDArray[np.int8], wanted: NDArray[np.bool_] | None = None
) -> Out:
    """Walk every contact.

    Args:
        opened: when each of n contacts was opened, microseconds.
        first: place of each contact's first event, n + 1 of them.
        at: when each event happened.
        what: the event's kind.
        value: the new state or severity, -1 for none.
        wanted: which clocks are to run, by their places; all when None.
    """
    asked = np.ones(HOW_MANY, dtype=np.bool_) if wanted is None else wanted
    what, state, solved = what.copy(), np.empty(len(at), np.int8), np.empty(len(at), np.int8)
    at = np.maximum(at, np.repeat(opened, np.diff(first)))  # nothing happens before the opening
    spans, pieces = np.zeros(len(opened) + 1, np.int64), np.zeros(len(opened) + 1, np.int64)
    _run(opened, first, at, what, state, solved, value, asked, spans, pieces, room(0, 0))
    spans, pieces = np.cumsum(spans), np.cumsum(pieces)
    out = room(int(spans[-1]), int(pieces[-1]))
    _run(opened, first, at, what, state, solved, value, asked, spans, pieces, out)
    return out


@njit(parallel=True, nogil=True, cache=True)
def _run(
    opened: Ints,
    first: Ints,
    at: Ints,
    what: NDArray[np.uint8],
    state: NDArray[np.int8],
    solved: NDArray[np.int8],
    value: NDArray[np.int8],
    asked: NDArray[np.bool_],
    spans: Ints,
    pieces: Ints,
    out: Out,
) -> None:
    """Count each contact's spans and pieces, after a first 0, while there is no room for them; else write them from there on."""
    counts = len(out.contact) == 0
    for c in prange(len(opened)):
        low, high = first[c], first[c + 1]
        if counts:
            _states(what[low:high], value[low:high], state[low:high], solved[low:high])
            n, m = 0, 0
        else:
            n, m = spans[c], pieces[c]
        n, m = _one(c, opened[c], at[low:high], what[low:high], state[low:high], solved[low:high], value[low:high], asked, out, n, m)
        if counts:
            spans[c + 1], pieces[c + 1] = n, m


@inner
def _one(
    c: int,
    opened: int,
    at: Ints,
    what: NDArray[np.uint8],
    state: NDArray[np.int8],
    solved: NDArray[np.int8],
    value: NDArray[np.int8],
    asked: NDArray[np.bool_],
    out: Out,
    n: int,
    m: int,
) -> Count:
    events = Events(opened, at, what, state, value, solved)
    last, parts = _walk(c, events, asked, out, n, m)
    if len(out.contact) > 0:
        _freeze(events, out, n, last)
    return last, parts


@inner
def _states(what: NDArray[np.uint8], value: NDArray[np.int8], state: NDArray[np.int8], solved: NDArray[np.int8]) -> None:
    """Fill in the state after each event and how it solved the contact; what comes after a merge is the survivor's and is blotted out."""
    now, merged = NEW, False
    for i in range(len(what)):
        before = now
        if merged:
            what[i] = 0
        elif what[i] == STATE:
            now = value[i]
        elif what[i] == ABANDONED or what[i] == MERGED:
            now, merged = CLOSED, what[i] == MERGED
        elif what[i] == DEFLECTED:
            now = SOLVED
        state[i] = now
        solved[i] = _ended_by(what[i]) if now >= SOLVED and before < SOLVED else RUNNING


@inner
def _walk(c: int, events: Events, asked: NDArray[np.bool_], out: Out, n: int, m: int) -> Count:
    """Run every clock that is asked for over one contact; return how many spans and pieces there are then."""
    if asked[FIRST_RESPONSE]:
        n, m = _response(c, events, out, n, m)
    if asked[NEXT_REPLY]:
        n, m = _next_replies(c, events, out, n, m)
    if asked[REQUESTER_WAIT]:
        n, m = _in_states(c, events, out, n, m, REQUESTER_WAIT, HOLD)
    if asked[AGENT_WORK]:
        n, m = _in_states(c, events, out, n, m, AGENT_WORK, OPEN)
    if asked[FIRST_RESOLUTION] or asked[FULL_RESOLUTION]:
        n, m = _resolutions(c, events, out, n, m)
    if asked[PERIODIC_UPDATE]:
        n, m = _updates(c, events, out, n, m, PERIODIC_UPDATE, PENDING)
    if asked[PAUSABLE_UPDATE]:
        n, m = _updates(c, events, out, n, m, PAUSABLE_UPDATE, HOLD)
    return _walk_on(c, events, asked, out, n, m)


@inner
def _walk_on(c: int, events: Events, asked: NDArray[np.bool_], out: Out, n: int, m: int) -> Count:
    if asked[QUEUE_WAIT]:
        n, m = _queues(c, events, out, n, m)
    if asked[HANDLE_TIME]:
        n, m = _handling(c, events, out, n, m)
    if asked[UNSOLVED]:
        n, m = _in_states(c, events, out, n, m, UNSOLVED, PENDING)
    return n, m


@put_in_place
def _ended_by(what: int) -> int:
    return BY_MERGE if what == MERGED else BY_ABANDON if what == ABANDONED else BY_BOT if what == DEFLECTED else BY_SOLVE


@inner
def _response(c: int, events: Events, out: Out, n: int, m: int) -> Count:
    """Opened until the first public answer by a person, also after a bot's or a hasty solution; without one, until solved for good."""
    end, by = NEVER, RUNNING
    for i in range(len(events.at)):
        if events.what[i] == REPLY or events.what[i] == ANSWERED:
            return _span(out, n, c, FIRST_RESPONSE, events.opened, events.at[i], DONE), m
        solved = events.solved[i]
        if solved != RUNNING:
            end, by = events.at[i], solved
        elif events.state[i] < SOLVED:
            end, by = NEVER, RUNNING
    return _span(out, n, c, FIRST_RESPONSE, events.opened, end, by), m


@inner
def _next_replies(c: int, events: Events, out: Out, n: int, m: int) -> Count:
    """The oldest unanswered message after the first response, until the next public answer or the solution."""
    answered, asked, last = False, NEVER, NEW
    for i in range(len(events.at)):
        what, last = events.what[i], events.state[i]
        by = DONE if what in (REPLY, ANSWERED) else events.solved[i]
        if by != RUNNING and asked != NEVER:
            n, asked = _span(out, n, c, NEXT_REPLY, asked, events.at[i], by), NEVER
        answered = answered or by == DONE
        if what == MESSAGE and answered and asked == NEVER:
            asked = events.at[i]
    if asked != NEVER and last < SOLVED:  # thanks after the solution are no question, unless they reopen it
        n = _span(out, n, c, NEXT_REPLY, asked, NEVER, RUNNING)
    return n, m


@inner
def _in_states(c: int, events: Events, out: Out, n: int, m: int, clock: int, most: int) -> Count:
    """The time in states up to *most*, in as many pieces as it takes; over when the contact is solved for good."""
    since, solved, by = events.opened, NEVER, RUNNING
    for i in range(len(events.at)):
        ends = events.solved[i]
        if ends != RUNNING:
            solved, by = events.at[i], DONE if ends == BY_SOLVE else ends
        if since != NEVER and events.state[i] > most:
            m, since = _piece(out, m, n, since, events.at[i]), NEVER
        elif since == NEVER and events.state[i] <= most:
            since = events.at[i]
    if since != NEVER:
        m = _piece(out, m, n, since, NEVER)
    over = len(events.at) > 0 and events.state[-1] >= SOLVED
    return _span(out, n, c, clock, events.opened, solved if over else NEVER, by if over else RUNNING), m


@inner
def _resolutions(c: int, events: Events, out: Out, n: int, m: int) -> Count:
    """Opened until first solved, and until last solved; closing later is neither."""
    first, first_by, last, last_by = NEVER, RUNNING, NEVER, RUNNING
    for i in range(len(events.at)):
        ends = events.solved[i]
        if ends != RUNNING:
            last, last_by = events.at[i], DONE if ends == BY_SOLVE else ends
            if first_by == RUNNING:
                first, first_by = last, last_by
    if len(events.at) == 0 or events.state[-1] < SOLVED:
        last, last_by = NEVER, RUNNING
    n = _span(out, n, c, FIRST_RESOLUTION, events.opened, first, first_by)
    return _span(out, n, c, FULL_RESOLUTION, events.opened, last, last_by), m


@inner
def _updates(c: int, events: Events, out: Out, n: int, m: int, clock: int, most: int) -> Count:
    """From one public answer to the next while unsolved, counting the time in states up to *most*."""
    start, since = NEVER, NEVER
    for i in range(len(events.at)):
        answered, by, now = events.what[i] == REPLY or events.what[i] == ANSWERED, events.solved[i], events.at[i]
        if start != NEVER and (answered or by != RUNNING):
            if now > start or answered:  # an answer that solves at the same moment needs no update
                m = _piece(out, m, n, since, now) if since != NEVER else m
                n = _span(out, n, c, clock, start, now, DONE if answered else by)
            start, since = NEVER, NEVER
        if answered and events.state[i] < SOLVED:
            start = now
        if start != NEVER and (since == NEVER) == (events.state[i] <= most):
            m = _piece(out, m, n, since, now) if since != NEVER else m
            since = now if since == NEVER else NEVER
    if start != NEVER:
        m = _piece(out, m, n, since, NEVER) if since != NEVER else m
        n = _span(out, n, c, clock, start, NEVER, RUNNING)
    return n, m


@inner
def _queues(c: int, events: Events, out: Out, n: int, m: int) -> Count:
    """Queued until answered by a person, given up, or taken by a bot."""
    queued = NEVER
    for i in range(len(events.at)):
        what = events.what[i]
        by = DONE if what == ANSWERED else _ended_by(what) if what in (ABANDONED, DEFLECTED, MERGED) else events.solved[i]
        if queued != NEVER and by != RUNNING:
            n, queued = _span(out, n, c, QUEUE_WAIT, queued, events.at[i], by), NEVER
        if what == QUEUED and queued == NEVER:
            queued = events.at[i]
    return _span(out, n, c, QUEUE_WAIT, queued, NEVER, RUNNING) if queued != NEVER else n, m


@inner
def _handling(c: int, events: Events, out: Out, n: int, m: int) -> Count:
    """Answered until finished, the work after the call included."""
    answered = NEVER
    for i in range(len(events.at)):
        if events.what[i] == ANSWERED and answered == NEVER:
            answered = events.at[i]
        if events.what[i] == FINISHED and answered != NEVER:
            n, answered = _span(out, n, c, HANDLE_TIME, answered, events.at[i], DONE), NEVER
    return _span(out, n, c, HANDLE_TIME, answered, NEVER, RUNNING) if answered != NEVER else n, m


@put_in_place
def _span(out: Out, n: int, c: int, clock: int, start: int, end: int, ended: int) -> int:
    if n < len(out.contact):
        out.contact[n], out.clock[n], out.start[n], out.end[n], out.ended[n] = c, clock, start, end, ended
    return n + 1


@put_in_place
def _piece(out: Out, m: int, n: int, start: int, end: int) -> int:
    if m < len(out.piece):
        out.piece[m], out.piece_start[m], out.piece_end[m] = n, start, end
    return m + 1


@inner
def _freeze(events: Events, out: Out, first: int, last: int) -> None:
    """Say when each span's target froze, at its start or at the last change of severity within it, and the severity then."""
    low, high = len(events.at), 0
    for i in range(len(events.at)):
        if events.what[i] == PRIORITY:
            low, high = min(low, i), i + 1
    for n in range(first, last):
        out.frozen[n], out.severity[n] = out.start[n], -1
        for i in range(low, high):
            if events.what[i] == PRIORITY and (out.ended[n] == RUNNING or events.at[i] <= out.end[n]):
                out.frozen[n], out.severity[n] = max(out.start[n], events.at[i]), events.grade[i]
