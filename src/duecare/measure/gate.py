"""The data gate: what contradicts itself is counted and set aside with its reason, never silently used.

A contact that is set aside takes part in no KPI; an event that is left out moves no clock. What
is only odd (a clock some seconds fast) is counted and used.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.promises.calendar import MINUTE
from duecare.promises.clocks import ENDED, Happened, Spans, told_twice
from duecare.promises.engine import ANSWERED, FINISHED, REPLY
from duecare.promises.instants import MISSING
from duecare.promises.terms import CLOCKS
from duecare.records import Warehouse, pieces

Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

SKEW_MINUTES = 5
"""Clocks of two systems may differ by so much; an event that long before its contact was opened counts as at the opening."""

REASONS = (
    "solved before it was answered",
    "answered or solved before it was opened",
    "events long before it was opened",
)
"""Why a contact is set aside, the first that holds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the gate found."""

    aside: Ints
    """Place among REASONS of each contact, -1 for those that count."""
    counts: Mapping[str, int]
    """What was found, with how often: reasons for setting aside first."""


def oddities(warehouse: Warehouse, *, as_of: datetime) -> Counter[str]:
    """Count what is odd in the tables themselves; nothing is written."""
    sql, counts = pieces("duecare.measure", "gate.sql"), Counter[str]()
    for step in sql.values():
        used = {"as_of": as_of} if "$as_of" in step else None
        for row in warehouse.arrow(step, used, **{name: name for name in ("contacts", "contact_events", "agents")}).to_pylist():
            counts[str(row["what"])] += int(row["many"] or 0)
    return counts


def sift(read: Happened, spans: Spans, first_reply: Ints, resolved: Ints, odd: Mapping[str, int]) -> Found:
    """Look through contacts and events for what cannot be.

    Args:
        read: m contacts and their events.
        spans: what clocks made of them.
        first_reply: when each was first answered, as its own columns say; MISSING where they say nothing.
        resolved: when each was solved, likewise.
        odd: what was counted in the tables themselves.
    """
    flags, ahead = faults(read, spans, first_reply, resolved), _ahead(read)
    aside = np.full(len(spans.contacts), -1)
    for place in reversed(range(len(REASONS))):
        aside[flags[place]] = place
    counts = Counter({REASONS[place]: int(many) for place, many in zip(*np.unique(aside[aside >= 0], return_counts=True), strict=True)})
    counts["events a little before the opening of their contact, taken as at the opening"] = int(
        ((ahead > 0) & (ahead <= SKEW_MINUTES * MINUTE)).sum()
    )
    counts["ends of work before anybody had answered, left out"] = _out_of_order(read)
    counts["answers and transfers told twice, counted once"] = int(told_twice(read.events).sum())
    counts.update(odd)
    return Found(aside=aside, counts={what: many for what, many in counts.items() if many})


def faults(read: Happened, spans: Spans, first_reply: Ints, resolved: Ints) -> tuple[Flags, ...]:
    """Tell for each reason which contacts it holds for.

    Args:
        read: m contacts and their events.
        spans: what clocks made of them.
        first_reply: when each was first answered, as its own columns say; MISSING where they say nothing.
        resolved: when each was solved, likewise.
    """
    events, opened = read.events, read.opened
    many = len(opened)
    far = np.zeros(many, dtype=np.bool_)
    far[events.number[_ahead(read) > SKEW_MINUTES * MINUTE]] = True
    before = ((first_reply != MISSING) & (first_reply < opened)) | ((resolved != MISSING) & (resolved < opened))
    return solved_first(spans, first_reply, resolved), before, far


def solved_first(spans: Spans, first_reply: Ints, resolved: Ints) -> Flags:
    """Tell which contacts were solved before anybody answered, and never reopened in between.

    A bot's solution may be followed by a person's answer: the customer went on asking.
    """
    by_events = _answered_while_solved(spans)
    by_columns = (first_reply != MISSING) & (resolved != MISSING) & (resolved < first_reply)
    return by_events | (by_columns & ~_reopened_before(spans, first_reply))


def _answered_while_solved(spans: Spans) -> Flags:
    """The first answer came after a person's solution, outside of every stretch in which the contact was unsolved."""
    many = len(spans.contacts)
    answered, solved = _ends(spans, "first_response", "done"), _ends(spans, "first_resolution", "done")
    late = (answered != MISSING) & (solved != MISSING) & (answered > solved)
    unsolved = spans.clock == CLOCKS.index("unsolved")
    mine = np.flatnonzero(unsolved[spans.piece])
    contact = spans.contact[spans.piece[mine]]
    at = answered[contact]
    until = np.where(spans.piece_end[mine] == MISSING, np.iinfo(np.int64).max, spans.piece_end[mine])
    inside = np.bincount(contact[(spans.piece_start[mine] <= at) & (at <= until)], minlength=many) > 0
    return late & ~inside


def _reopened_before(spans: Spans, when: Ints) -> Flags:
    """An unsolved stretch begins after the first solution and not after a moment of each contact; or the first solution was a bot's."""
    unsolved = spans.clock == CLOCKS.index("unsolved")
    mine = np.flatnonzero(unsolved[spans.piece])
    contact = spans.contact[spans.piece[mine]]
    first = np.full(len(spans.contacts), np.iinfo(np.int64).max)
    np.minimum.at(first, contact, spans.piece_start[mine])
    again = (spans.piece_start[mine] > first[contact]) & (spans.piece_start[mine] <= when[contact])
    by_bot = _ends(spans, "first_resolution", "bot") != MISSING
    return (np.bincount(contact[again], minlength=len(spans.contacts)) > 0) | by_bot


def _ends(spans: Spans, clock: str, how: str) -> Ints:
    """When each contact's span of a clock ended in one way; MISSING where it did not."""
    found = np.full(len(spans.contacts), MISSING)
    mine = np.flatnonzero((spans.clock == CLOCKS.index(clock)) & (spans.ended == ENDED.index(how)))
    found[spans.contact[mine]] = spans.end[mine]
    return found


def _ahead(read: Happened) -> Ints:
    """By how much each event comes before its contact was opened."""
    return read.opened[read.events.number] - read.events.at


def _out_of_order(read: Happened) -> int:
    """Ends of work that no answer came before in the same contact, though one came later: no clock counts them."""
    number, what = read.events.number, read.events.what
    place = np.arange(len(number))
    first = {kind: np.full(len(read.opened), len(number)) for kind in (ANSWERED, REPLY)}
    for kind, found in first.items():
        mine = what == kind
        np.minimum.at(found, number[mine], place[mine])
    answered = np.minimum(first[ANSWERED], first[REPLY])[number]
    return int(((what == FINISHED) & (place < answered) & (answered < len(number))).sum())
