"""The clocks once more, told contact by contact from lists of moments; slow, and built another way than the engine."""

from dataclasses import dataclass
from typing import TypeAlias

from duecare.promises.engine import (
    ABANDONED,
    ANSWERED,
    BY_ABANDON,
    BY_BOT,
    BY_MERGE,
    BY_SOLVE,
    CLOSED,
    DEFLECTED,
    DONE,
    FINISHED,
    HOLD,
    MERGED,
    MESSAGE,
    NEVER,
    NEW,
    OPEN,
    PENDING,
    PRIORITY,
    QUEUED,
    REPLY,
    RUNNING,
    SOLVED,
    STATE,
)

Event: TypeAlias = tuple[int, int, int]
"""When, what, and the new state or severity."""

Pieces: TypeAlias = tuple[tuple[int, int], ...]


@dataclass(frozen=True, order=True)
class Span:
    clock: str
    start: int
    end: int
    ended: int
    frozen: int
    severity: int
    pieces: Pieces = ()


class Contact:
    """One contact, and what can be asked of it."""

    def __init__(self, opened: int, events: list[Event]) -> None:
        self.opened = opened
        self.events = [(max(at, opened), what, value) for at, what, value in events]
        merges = [i for i, (_, what, _) in enumerate(self.events) if what == MERGED]
        if merges:
            self.events = self.events[: merges[0] + 1]
        self.states = [NEW]
        for _, what, value in self.events:
            known = {STATE: value, ABANDONED: CLOSED, MERGED: CLOSED, DEFLECTED: SOLVED}
            self.states.append(known.get(what, self.states[-1]))
        reasons = {ABANDONED: BY_ABANDON, MERGED: BY_MERGE, DEFLECTED: BY_BOT}
        self.solves = {
            i: reasons.get(self.events[i][1], BY_SOLVE) for i in range(len(self.events)) if self.states[i] < SOLVED <= self.states[i + 1]
        }
        self.answers = [i for i, (_, what, _) in enumerate(self.events) if what in (REPLY, ANSWERED)]

    def at(self, i: int) -> int:
        return self.events[i][0]

    def _span(self, clock: str, start: int, end: int, ended: int, pieces: Pieces = ()) -> Span:
        graded = [(at, value) for at, what, value in self.events if what == PRIORITY and (ended == RUNNING or at <= end)]
        frozen, severity = (max(start, graded[-1][0]), graded[-1][1]) if graded else (start, -1)
        return Span(clock, start, end, ended, frozen, severity, pieces)

    def _first_of(self, wanted: dict[int, int], after: int = -1) -> tuple[int, int] | None:
        """The first event after another that is among *wanted*, with how it ends."""
        return next(((i, wanted[i]) for i in sorted(wanted) if i > after), None)

    def _within(self, first: int, last: int | None, most: int) -> Pieces:
        """The pieces of time in states up to *most*, after event *first* (-1: the opening) and until event *last*."""
        stop = len(self.events) if last is None else last
        moments = [self.at(first) if first >= 0 else self.opened, *(self.at(i) for i in range(first + 1, stop))]
        states = self.states[first + 1 : stop + 1]
        runs = [(moment, state <= most) for moment, state in zip(moments, states, strict=True)]
        pieces: list[tuple[int, int]] = []
        since = None
        for moment, running in runs:
            if running and since is None:
                since = moment
            elif not running and since is not None:
                pieces.append((since, moment))
                since = None
        if since is not None:
            pieces.append((since, NEVER if last is None else self.at(last)))
        return tuple(pieces)

    def spans(self) -> list[Span]:
        return sorted(
            span
            for clock in (self._response, self._next_replies, self._waits, self._resolutions, self._updates, self._queues, self._handling)
            for span in clock()
        )

    def _response(self) -> list[Span]:
        if self.answers:
            return [self._span("first_response", self.opened, self.at(self.answers[0]), DONE)]
        last = max(self.solves, default=None) if self.states[-1] >= SOLVED else None
        return [self._span("first_response", self.opened, *((self.at(last), self.solves[last]) if last is not None else (NEVER, RUNNING)))]

    def _next_replies(self) -> list[Span]:
        ends = {**self.solves, **dict.fromkeys(self.answers, DONE)}
        made, free_from = [], self.answers[0] if self.answers else len(self.events)
        for i, (at, what, _) in enumerate(self.events):
            if what != MESSAGE or i < free_from:
                continue
            end = self._first_of(ends, after=i)
            if end is None:
                return made + ([self._span("next_reply", at, NEVER, RUNNING)] if self.states[-1] < SOLVED else [])
            made.append(self._span("next_reply", at, self.at(end[0]), end[1]))
            free_from = end[0]
        return made

    def _waits(self) -> list[Span]:
        solved = max(self.solves, default=None) if self.states[-1] >= SOLVED else None
        made: list[Span] = []
        for clock, most in (("requester_wait", HOLD), ("agent_work", OPEN), ("unsolved", PENDING)):
            if solved is None:
                made.append(self._span(clock, self.opened, NEVER, RUNNING, self._within(-1, None, most)))
            else:
                by = DONE if self.solves[solved] == BY_SOLVE else self.solves[solved]
                made.append(self._span(clock, self.opened, self.at(solved), by, self._within(-1, solved, most)))
        return made

    def _resolutions(self) -> list[Span]:
        done = {i: DONE if by == BY_SOLVE else by for i, by in self.solves.items()}
        first = min(done, default=None)
        last = max(done, default=None) if self.states[-1] >= SOLVED else None
        return [
            self._span(clock, self.opened, *((self.at(i), done[i]) if i is not None else (NEVER, RUNNING)))
            for clock, i in (("first_resolution", first), ("full_resolution", last))
        ]

    def _updates(self) -> list[Span]:
        return [*self._updates_in("periodic_update", PENDING), *self._updates_in("pausable_update", HOLD)]

    def _updates_in(self, clock: str, most: int) -> list[Span]:
        ends = {**self.solves, **dict.fromkeys(self.answers, DONE)}
        made: list[Span] = []
        for i in self.answers:
            if self.states[i + 1] >= SOLVED:
                continue
            end = self._first_of(ends, after=i)
            if end is None:
                made.append(self._span(clock, self.at(i), NEVER, RUNNING, self._within(i, None, most)))
            elif self.at(end[0]) > self.at(i) or end[1] == DONE:
                made.append(self._span(clock, self.at(i), self.at(end[0]), end[1], self._within(i, end[0], most)))
        return made

    def _queues(self) -> list[Span]:
        by = {ANSWERED: DONE, ABANDONED: BY_ABANDON, DEFLECTED: BY_BOT, MERGED: BY_MERGE}
        ends = {**self.solves, **{i: by[what] for i, (_, what, _) in enumerate(self.events) if what in by}}
        made: list[Span] = []
        free_from = -1
        for i, (at, what, _) in enumerate(self.events):
            if what == QUEUED and i >= free_from:
                end = self._first_of(ends, after=i)
                made.append(self._span("queue_wait", at, *((self.at(end[0]), end[1]) if end else (NEVER, RUNNING))))
                free_from = end[0] if end else len(self.events)
        return made

    def _handling(self) -> list[Span]:
        made: list[Span] = []
        free_from = -1
        for i, (at, what, _) in enumerate(self.events):
            if what == ANSWERED and i >= free_from:
                end = self._first_of({j: DONE for j, (_, kind, _) in enumerate(self.events) if kind == FINISHED}, after=i)
                made.append(self._span("handle_time", at, *((self.at(end[0]), end[1]) if end else (NEVER, RUNNING))))
                free_from = end[0] if end else len(self.events)
        return made
