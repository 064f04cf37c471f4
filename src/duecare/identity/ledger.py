"""The ledger of identities: what happened to which id, appended and never changed.

An event moves records from one id to another, or says what a person decided of them; events of
one run or human act share an *act* with its actor, time, reason and model version. Records are
known to events by number alone, and only `source_records` tells whose number it is, so a person
can be forgotten by deleting rows there and in `memberships`: the events still hold. What
`memberships` says now is where each record's last event took it.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from secrets import token_bytes
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.records import Book, Rows, Transaction, record
from duecare.words import aware

Integers: TypeAlias = NDArray[np.int64]
Kind: TypeAlias = Literal["mint", "attach", "merge", "split", "detach", "lock", "unlock", "together", "apart", "undo"]

NO_ID = -1
MOVES = ("mint", "attach", "merge", "split", "detach")
"""Kinds of events that take records from one id to another; an undo does so too."""

MEMBER = "INSERT INTO memberships VALUES (?, ?, ?) ON CONFLICT (source, source_id) DO UPDATE SET customer_id = excluded.customer_id"
"""Writes to whom a record belongs now: source, source_id, customer_id."""

AT_ONCE = 500
"""How many values one statement takes in its brackets."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """Who did what when, why, and by which model."""

    actor: str
    kind: str
    """What is told of it in the audit chain: identity (a run), join, part, undo, lock, unlock, forget."""
    why: str
    at: datetime
    model: str = ""


@dataclass(slots=True)
class Events:
    """Events to be appended, column by column, in order."""

    kind: list[str] = field(default_factory=list[str])
    from_id: list[str | None] = field(default_factory=list[str | None])
    to_id: list[str | None] = field(default_factory=list[str | None])
    undoes: list[int | None] = field(default_factory=list[int | None])
    records: list[str] = field(default_factory=list[str])
    others: list[str] = field(default_factory=list[str])

    def add(
        self,
        kind: Kind,
        from_id: str | None = None,
        to_id: str | None = None,
        records: Iterable[int] = (),
        *,
        others: Iterable[int] = (),
        undoes: int | None = None,
    ) -> None:
        """Append one event."""
        self.kind.append(kind)
        self.from_id.append(from_id)
        self.to_id.append(to_id)
        self.undoes.append(undoes)
        self.records.append(written(records))
        self.others.append(written(others))


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it stands in the ledger."""

    seq: int
    act: int
    kind: str
    from_id: str | None
    to_id: str | None
    undoes: int | None
    records: tuple[int, ...]
    others: tuple[int, ...]


def mint(many: int) -> list[str]:
    """Return *many* ids that nobody can guess; the book refuses one that was ever given before."""
    drawn = token_bytes(10 * many).hex()
    return [f"cu_{drawn[at : at + 20]}" for at in range(0, 20 * many, 20)]


def append(transaction: Transaction, act: Act, events: Events) -> tuple[int, int]:
    """Append *events* under *act*, tell the audit chain, and return the numbers of the act and of its first event."""
    number = 1 + int(str(transaction.rows("SELECT coalesce(max(act), 0) FROM identity_acts")[0][0]))
    first, many = newest(transaction) + 1, len(events.kind)
    stamp = aware(act.at).isoformat()
    transaction.rows("INSERT INTO identity_acts VALUES (?, ?, ?, ?, ?, ?)", (number, stamp, act.actor, act.kind, act.why, act.model))
    columns = (events.kind, events.from_id, events.to_id, events.undoes, events.records, events.others)
    rows = ((seq, number, *row) for seq, row in enumerate(zip(*columns, strict=True), first))
    transaction.fill("identity_events", ("seq", "act", "kind", "from_id", "to_id", "undoes", "records", "others"), rows)
    transaction.fill("identity_touched", ("record", "seq"), _touched(events, first))
    kinds = {kind: events.kind.count(kind) for kind in sorted(set(events.kind))}
    detail = {"act": number, "first": first, "events": many, "kinds": kinds, "digest": digest(first, columns)}
    record(transaction, actor=act.actor, kind=act.kind, detail=detail, at=act.at)
    return number, first


def digest(first: int, columns: Sequence[Sequence[object]]) -> str:
    """Return a hash of an act's events, which the audit chain carries, so that a changed event shows."""
    hashed = blake2b(str(first).encode(), digest_size=16)
    for column in columns:
        hashed.update(b"\x1e")
        hashed.update("\x1f".join("" if value is None else str(value) for value in column).encode())
    return hashed.hexdigest()


def _touched(events: Events, first: int) -> Iterator[tuple[int, int]]:
    """Every record of every event beside the event, in the order of records, in which they are quickest to write."""
    both = [" ".join(pair) for pair in zip(events.records, events.others, strict=True)]
    numbers, of = numbers_in(both)
    seqs = of + first
    order = np.lexsort((seqs, numbers))
    return zip(numbers[order].tolist(), seqs[order].tolist(), strict=True)


def written(records: Iterable[int]) -> str:
    """Write record numbers as the ledger keeps them.

    >>> written([7, 1, 12])
    '1 7 12'
    """
    return " ".join(str(one) for one in sorted(records))


def read(text: object) -> tuple[int, ...]:
    """Read record numbers as the ledger keeps them."""
    return tuple(int(one) for one in str(text).split())


def numbers_in(texts: Sequence[str]) -> tuple[Integers, Integers]:
    """Return all record numbers that *texts* hold, and the place of the text that each stands in.

    >>> [found.tolist() for found in numbers_in(["1 7", "", "12"])]
    [[1, 7, 12], [0, 0, 2]]
    """
    import pyarrow as pa
    import pyarrow.compute

    pc: Any = pyarrow.compute
    parts = pc.utf8_split_whitespace(pc.utf8_trim_whitespace(pa.array(texts, pa.large_string())))
    flat, of = pc.list_flatten(parts), np.asarray(pc.list_parent_indices(parts), dtype=np.int64)
    full = np.asarray(pc.not_equal(flat, ""), dtype=bool)
    return np.asarray(pc.cast(flat.filter(pa.array(full)), pa.int64())), of[full]


def newest(book: Book | Transaction) -> int:
    """Return the number of the newest event, 0 when there is none."""
    return int(str(book.rows("SELECT coalesce(max(seq), 0) FROM identity_events")[0][0]))


def rows_of(book: Book | Transaction, sql: str, values: Iterable[int | str]) -> Rows:
    """Run *sql*, which has `({})` where the values belong, over any number of values."""
    asked = list(values)
    return [
        row
        for at in range(0, len(asked), AT_ONCE)
        for row in book.rows(sql.format(", ".join("?" * len(asked[at : at + AT_ONCE]))), asked[at : at + AT_ONCE])
    ]


def numbers_of(book: Book | Transaction, keys: Sequence[tuple[str, str]]) -> Rows:
    """Return number, source and source_id of those of *keys* (source and source_id) that the ledger knows."""
    found: Rows = []
    for at in range(0, len(keys), AT_ONCE):
        some = keys[at : at + AT_ONCE]
        wanted = f"(source, source_id) IN (VALUES {', '.join(['(?, ?)'] * len(some))})"
        found += book.rows(f"SELECT record, source, source_id FROM source_records WHERE {wanted}", [part for key in some for part in key])
    return found


def as_event(row: Sequence[object]) -> Event:
    """Read one row of `identity_events`."""
    seq, act, kind, from_id, to_id, undoes, records, others = row
    left, entered = (None if value is None else str(value) for value in (from_id, to_id))
    undone = None if undoes is None else int(str(undoes))
    return Event(int(str(seq)), int(str(act)), str(kind), left, entered, undone, read(records), read(others))
