"""Carrying out an act of a person: its events, what follows from them in the book, and whether it may be."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from duecare.identity.ledger import MEMBER, Act, Event, Events, append, as_event, rows_of
from duecare.identity.rulings import refuse_contradiction, refuse_locked
from duecare.identity.standing import COLUMNS, records_of
from duecare.records import Book, Transaction

RULINGS = ("together", "apart")

Where = Mapping[int, tuple[str | None, str | None]]
"""Record -> the id it leaves and the id it goes to."""


@dataclass(frozen=True, slots=True)
class Done:
    """What an act came to."""

    act: int
    events: tuple[Event, ...]
    moved: int
    """How many records changed their id."""


class _Enough(Exception):  # no error: a look without doing
    pass


def carry_out(book: Book, act: Act, change: Callable[[Transaction], tuple[Events, Where]], *, dry_run: bool) -> Done:
    """Append what *change* says, in one transaction, and bring all after it; a dry run does so too, and takes it back."""
    done: list[Done] = []
    with suppress(_Enough), book.write() as transaction:
        done.append(_append(transaction, act, *change(transaction)))
        _end(dry_run=dry_run)
    return done[0]


def _end(*, dry_run: bool) -> None:
    if dry_run:
        raise _Enough


def _append(transaction: Transaction, act: Act, events: Events, where: Where) -> Done:
    refuse_locked(transaction, {name for pair in where.values() for name in pair})
    stamp = act.at.isoformat()
    minted = [name for kind, name in zip(events.kind, events.to_id, strict=True) if kind == "mint"]
    transaction.many("INSERT INTO customer_ids VALUES (?, ?, NULL)", [(name, stamp) for name in minted])
    number, first = append(transaction, act, events)
    _move(transaction, where)
    appended = [as_event(row) for row in transaction.rows(f"SELECT {COLUMNS} FROM identity_events WHERE seq >= ? ORDER BY seq", (first,))]
    ruled = {one for event in appended if event.kind in RULINGS for one in (*event.records, *event.others)}
    refuse_contradiction(transaction, where, ruled, first=first)
    return Done(number, tuple(appended), len(where))


def _move(transaction: Transaction, where: Where) -> None:
    """Bring `memberships` and the pointers of ids without records after an act."""
    rows = rows_of(transaction, "SELECT record, source, source_id FROM source_records WHERE record IN ({})", sorted(where))
    goes = [(str(source), str(source_id), where[int(str(number))][1]) for number, source, source_id in rows]
    transaction.many(MEMBER, [row for row in goes if row[2] is not None])
    transaction.many("DELETE FROM memberships WHERE source = ? AND source_id = ?", [row[:2] for row in goes if row[2] is None])
    points = "UPDATE customer_ids SET merged_into = ? WHERE customer_id = ?"
    transaction.many(points, [(None, entered) for _, entered in set(where.values()) if entered])
    for gone in sorted({left for left, _ in where.values() if left}):
        if not records_of(transaction, gone):
            most = Counter(entered for left, entered in where.values() if left == gone).most_common(1)[0][0]
            transaction.many(points, [(most, gone)])
