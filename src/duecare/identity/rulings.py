"""Rulings: what people decided of records, which no run and no retraining overrules, and how two of them contradict.

*Together* says that records are one customer, *apart* that no record of one side is one customer
with any of the other, a lock that a customer is neither added to nor taken from.
"""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from duecare.identity.holding import places
from duecare.identity.ledger import NO_ID, Event, Integers, as_event, rows_of
from duecare.identity.standing import COLUMNS, records_of, standing, undone
from duecare.records import Book, Transaction
from duecare.words import BadSettings

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class Decisions:
    """What people decided, in the numbers of a run's table of records (from 1 on, its column `record`)."""

    together: Integers
    """Pairs, one a row, who are one customer: enough of them to connect all who are."""
    apart: Integers
    """Pairs, one a row, who are not one customer."""
    locked: Integers
    """Records of locked customers, sorted."""


def decisions(book: Book, records: "pa.Table") -> Decisions:
    """Return what stands decided of *records*, columns record, source and source_id."""
    events = [as_event(row) for row in book.rows(f"SELECT {COLUMNS} FROM identity_events WHERE kind IN ('together', 'apart') ORDER BY seq")]
    void = undone(book, (event.seq for event in events))
    stand = [event for event in events if event.seq not in void]
    locks = sorted({one for name in locked(book) for one in records_of(book, name)})
    here = _numbers_here(book, records, {*locks, *(one for event in stand for one in (*event.records, *event.others))})
    together = [pair for event in stand if event.kind == "together" for pair in _chained(_present(event.records, here))]
    apart = [
        (a, b) for event in stand if event.kind == "apart" for a in _present(event.records, here) for b in _present(event.others, here)
    ]
    return Decisions(_pairs(together), _pairs(apart), np.array(sorted(_present(locks, here)), dtype=np.int64))


def locked(book: Book | Transaction) -> set[str]:
    """Return the ids that are locked now."""
    rows = book.rows("SELECT seq, kind, to_id FROM identity_events WHERE kind IN ('lock', 'unlock') ORDER BY seq")
    void = undone(book, (int(str(row[0])) for row in rows))
    last = {str(name): str(kind) for seq, kind, name in rows if int(str(seq)) not in void}
    return {name for name, kind in last.items() if kind == "lock"}


def refuse_contradiction(transaction: Transaction, moved: Iterable[int], decided: Iterable[int], *, first: int) -> None:
    """Refuse when what stands decided contradicts itself around the *decided* records, or contradicts where the *moved* ones are now.

    Args:
        transaction: in which the act was appended.
        moved: records that the act moved.
        decided: records that it decided upon.
        first: number of the act's first event; an older decision is the one to be named.

    Raises:
        BadSettings: two decisions contradict each other, or one contradicts what was done.
    """
    moving = set(moved)
    bound, together = _bound(transaction, {*moving, *decided})
    now = standing(transaction, bound)
    for event in together:
        if len({now[one] for one in event.records if one in now}) > 1 and not moving.isdisjoint(event.records):
            raise _refusal(event, "keeps some of these records together")
    aparts = _standing_of_kind(transaction, "apart", bound)
    where = standing(transaction, {one for event in aparts for one in (*event.records, *event.others)})
    for event in aparts:
        if tied := {bound.get(one, -one) for one in event.records} & {bound.get(one, -one) for one in event.others}:
            older = [one for one in together if one.seq < first and bound[one.records[0]] in tied]
            if event.seq >= first and older:
                raise _refusal(older[-1], "keeps some of these records together")
            raise _refusal(event, "keeps some of these records apart")
        if _meet(event.records, event.others, where, moving) or _meet(event.others, event.records, where, moving):
            raise _refusal(event, "keeps some of these records apart")


def refuse_locked(transaction: Transaction, ids: Iterable[str | None]) -> None:
    """Refuse when one of *ids* is locked."""
    if found := locked(transaction).intersection(name for name in ids if name):
        name = min(found)
        raise BadSettings(f"{name} is locked: nothing is added to it or taken from it", mend=f"duecare identity unlock {name}")


def _meet(ones: Collection[int], others: Collection[int], where: dict[int, str | None], moving: set[int]) -> bool:
    """Whether a moved record of the one side now is with any of the other."""
    there = {where[one] for one in others if where.get(one) is not None}
    return any(where.get(one) in there for one in ones if one in moving)


def _refusal(event: Event, what: str) -> BadSettings:
    return BadSettings(f"decision {event.seq} {what}", mend=f"duecare identity undo {event.seq} withdraws it, then try again")


def _bound(transaction: Transaction, records: set[int]) -> tuple[dict[int, int], list[Event]]:
    """For each record that is tied to *records* by decisions the smallest number of those tied with it, and these decisions."""
    events: dict[int, Event] = {}
    parent = {one: one for one in records}
    reach = records
    while reach:
        fresh = [event for event in _standing_of_kind(transaction, "together", reach) if event.seq not in events]
        events |= {event.seq: event for event in fresh}
        reach = {one for event in fresh for one in event.records} - set(parent)
        parent |= {one: one for one in reach}
    for event in events.values():
        first, *rest = (_root(parent, one) for one in event.records)
        for root in rest:
            low, high = sorted((_root(parent, first), _root(parent, root)))
            parent[high] = low
    return {one: _root(parent, one) for one in parent}, list(events.values())


def _root(parent: dict[int, int], one: int) -> int:
    while parent[one] != one:
        parent[one] = parent[parent[one]]
        one = parent[one]
    return one


def _standing_of_kind(book: Book | Transaction, kind: str, records: Iterable[int]) -> list[Event]:
    """The decisions of one kind that name any of *records* and were not withdrawn, in order."""
    sql = f"SELECT DISTINCT e.seq FROM identity_touched t JOIN identity_events e ON e.seq = t.seq WHERE e.kind = '{kind}' AND t.record IN ({{}})"
    seqs = {int(str(row[0])) for row in rows_of(book, sql, records)}
    seqs -= set(undone(book, seqs))
    events = rows_of(book, f"SELECT {COLUMNS} FROM identity_events WHERE seq IN ({{}})", sorted(seqs))
    return [as_event(row) for row in events]


def _numbers_here(book: Book, records: "pa.Table", numbers: Iterable[int]) -> dict[int, int]:
    """The ledger's number of a record -> its number in this run, where it is in it."""
    import pyarrow as pa

    rows = rows_of(book, "SELECT record, source, source_id FROM source_records WHERE record IN ({})", sorted(numbers))
    if not rows:
        return {}
    keys = {name: pa.array([row[at] for row in rows], pa.string()) for at, name in ((1, "source"), (2, "source_id"))}
    where = places(pa.table(keys), records)
    run = np.append(np.asarray(records["record"], dtype=np.int64), NO_ID)[where].tolist()
    return {int(str(row[0])): at for row, at in zip(rows, run, strict=True) if at != NO_ID}


def _present(numbers: Iterable[int], here: dict[int, int]) -> list[int]:
    return [here[one] for one in numbers if one in here]


def _chained(numbers: list[int]) -> Iterator[tuple[int, int]]:
    return ((numbers[0], other) for other in numbers[1:])


def _pairs(found: list[tuple[int, int]]) -> Integers:
    return np.array(found, dtype=np.int64).reshape(-1, 2)
