"""History: what happened to a customer, in words."""

from collections.abc import Iterable
from dataclasses import dataclass

from duecare.identity.ledger import Event, as_event, rows_of
from duecare.identity.standing import COLUMNS, records_of, undone
from duecare.records import Book


@dataclass(frozen=True, slots=True, kw_only=True)
class Happened:
    """One event that concerned a customer."""

    seq: int
    at: str
    kind: str
    said: str
    """What happened, in one sentence."""
    actor: str
    why: str
    model: str
    undone_by: int | None
    """The event that undid it."""


def history(book: Book, customer_id: str) -> list[Happened]:
    """Return what happened to a customer, the oldest first."""
    events = _events(book, customer_id)
    acts = {
        int(str(act)): tuple(str(word) for word in words)
        for act, *words in rows_of(
            book, "SELECT act, at, actor, why, model FROM identity_acts WHERE act IN ({})", {one.act for one in events}
        )
    }
    void = undone(book, (event.seq for event in events))
    told = []
    for event in events:
        at, actor, why, model = acts[event.act]
        said = sentence(event, customer_id)
        told.append(
            Happened(seq=event.seq, at=at, kind=event.kind, said=said, actor=actor, why=why, model=model, undone_by=void.get(event.seq))
        )
    return told


def members(book: Book, customer_id: str) -> list[tuple[str, str]]:
    """Return source and source_id of the records that a customer holds now."""
    sql = "SELECT source, source_id FROM source_records WHERE record IN ({})"
    return sorted((str(source), str(source_id)) for source, source_id in rows_of(book, sql, records_of(book, customer_id)))


def sentence(event: Event, customer_id: str) -> str:
    """Say what an event did, seen from a customer."""
    records, others = _records(event.records), _records(event.others)
    left, entered = event.from_id or "nobody", event.to_id or "nobody"
    here = event.to_id == customer_id
    return {
        "mint": f"the id was given, to {records}" if event.records else "the id was given",
        "attach": f"{records} came to it",
        "merge": f"{left} was merged into it with {records}" if here else f"it was merged into {entered} with {records}",
        "split": f"{records} came to it out of {left}" if here else f"{records} left it for {entered}",
        "detach": f"{records} left it and {'was' if len(event.records) == 1 else 'were'} forgotten",
        "lock": "it was locked",
        "unlock": "it was unlocked",
        "together": f"{records} were declared one customer",
        "apart": f"{records} and {others} were declared no one customer",
        "undo": _undone(event, records, here=here),
    }[event.kind]


def _undone(event: Event, records: str, *, here: bool) -> str:
    if not event.records:
        return f"event {event.undoes} was undone"
    where = f"came back to it out of {event.from_id}" if here else f"went from it to {event.to_id or 'no customer'}"
    return f"event {event.undoes} was undone: {records} {where}"


def _records(numbers: Iterable[int]) -> str:
    many = len(tuple(numbers))
    return "1 record" if many == 1 else f"{many:,} records"


def _events(book: Book, customer_id: str) -> list[Event]:
    """Events that name the customer, decisions on its own records, and what undid any of them."""
    named = [
        as_event(row) for row in book.rows(f"SELECT {COLUMNS} FROM identity_events WHERE to_id = ? OR from_id = ?", (customer_id,) * 2)
    ]
    ruled = (
        "SELECT DISTINCT e.seq FROM identity_touched t JOIN identity_events e ON e.seq = t.seq"
        " WHERE e.kind IN ('together', 'apart') AND t.record IN ({})"
    )
    seqs = {int(str(row[0])) for row in rows_of(book, ruled, {one for event in named for one in event.records})}
    seqs |= {event.seq for event in named}
    seqs |= set(undone(book, seqs).values())
    return [as_event(row) for row in sorted(rows_of(book, f"SELECT {COLUMNS} FROM identity_events WHERE seq IN ({{}})", seqs))]
