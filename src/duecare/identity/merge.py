"""Merging: the clusters that a run found become customers under ids that stay.

An id is opaque, never reused, and kept by the customer who holds most of its records, so a
re-run renames nobody; what changes is appended to the ledger and can be undone there.
"""

from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from secrets import token_bytes
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from duecare.identity.guard import numbered
from duecare.identity.holding import Held, held, places
from duecare.identity.ledger import MEMBER, NO_ID, Act, Integers, append, mint, newest, numbers_in, numbers_of, rows_of
from duecare.identity.moves import Moves, events_of, keep_ids, moves_to, settled
from duecare.identity.rulings import locked
from duecare.records import Book, Transaction, Warehouse, pieces

if TYPE_CHECKING:
    import pyarrow as pa

WHY = "a run found it so"

FEW = 20_000
"""Records up to this many are looked up one by one, more by reading all."""


class Numbered(Protocol):
    """What matching hands on."""

    @property
    def records(self) -> str:
        """The table of records, columns record, source and source_id."""
        ...


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging made and changed."""

    records: int
    customers: int
    minted: int
    retired: int


@dataclass(frozen=True, slots=True)
class Named:
    """Who has which id."""

    names: list[str]
    """The ids known, and those minted now in their order behind them."""
    now: Integers
    """The id of each record, as a number into *names*."""
    moves: Moves
    minted: int


def merge(
    warehouse: Warehouse,
    matched: Numbered,
    book: Book,
    *,
    at: datetime,
    cluster: Integers,
    confidence: NDArray[np.float64] | None = None,
    known: Held | None = None,
    model: str = "",
    why: str = WHY,
) -> Merged:
    """Make `members` and `customers`, keeping the ids that the book holds and writing what changes into its ledger.

    Args:
        warehouse: where the table of records is.
        matched: names that table.
        book: keeps the ledger.
        at: the moment of the events.
        cluster: number of the cluster of each record, from 0 on, in the order of the records.
        confidence: how sure each record's place is; kept in `clusters`.
        known: what the records held when the clusters were made, so that what people did meanwhile stands; read now when None.
        model: version of the model that found the clusters.
        why: the reason that the events give.
    """
    records = warehouse.arrow("SELECT record, source, source_id FROM {records} ORDER BY record", records=matched.records)
    named = name_customers(book, records, cluster, Act(actor="duecare run", kind="identity", why=why, at=at, model=model), known=known)
    _publish(warehouse, matched, records, named, confidence)
    return Merged(len(records), len(np.unique(named.now)), named.minted, len(named.moves.retired))


def name_customers(book: Book, records: "pa.Table", cluster: Integers, act: Act, *, known: Held | None = None) -> Named:
    """Give each cluster its id and write what changes into the ledger; nothing is written when nothing does.

    Locked customers stay as they are, and so does what a person did to a customer since *known* was read.
    """
    known = known or held(book, records)
    named = _name(settled(cluster, known, _numbered(locked(book), known)), known)
    if len(named.moves.kind):
        with book.write() as transaction:
            if newest(transaction) != known.seq:  # somebody was faster
                known, since = held(book, records), known.seq
                stays = locked(transaction) | _touched(transaction, since)
                named = _name(settled(cluster, known, _numbered(stays, known)), known)
            if len(named.moves.kind):
                _write(book, transaction, records, known, named, act)
    return named


def _name(cluster: Integers, known: Held) -> Named:
    keeps = keep_ids(cluster, known.number)
    bare = np.flatnonzero(keeps == NO_ID)
    fresh = sorted(mint(len(bare)))  # in their order, so that they are quick to write; who gets which is left to chance
    keeps[bare] = len(known.known) + np.argsort(np.frombuffer(token_bytes(8 * len(bare)), dtype=np.uint64))
    now = keeps[cluster] if len(cluster) else cluster
    return Named(known.known + fresh, now, moves_to(now, known, len(known.known) + len(fresh)), len(fresh))


def _touched(transaction: Transaction, since: int) -> set[str]:
    """The ids that events after *since* speak of."""
    rows = transaction.rows("SELECT from_id, to_id, records, others FROM identity_events WHERE seq > ?", (since,))
    named = {str(value) for row in rows for value in row[:2] if value is not None}
    numbers = numbers_in([str(text) for row in rows for text in row[2:]])[0]
    standing = (
        "SELECT m.customer_id FROM source_records r JOIN memberships m ON m.source = r.source AND m.source_id = r.source_id"
        " WHERE r.record IN ({})"
    )
    return named | {str(row[0]) for row in rows_of(transaction, standing, np.unique(numbers).tolist())}


def _numbered(names: set[str], known: Held) -> Integers:
    return np.array([at for at, name in enumerate(known.known) if name in names] if names else [], dtype=np.int64)


def _write(book: Book, transaction: Transaction, records: "pa.Table", known: Held, named: Named, act: Act) -> None:
    import pyarrow as pa

    moves, names = named.moves, named.names
    pointing = [(names[into], names[gone]) for gone, into in zip(moves.retired.tolist(), moves.into.tolist(), strict=True)]
    stamp = act.at.isoformat()
    transaction.fill("customer_ids", ("customer_id", "minted_at"), ((name, stamp) for name in names[len(known.known) :]))
    changed, held_one = records.take(moves.moved), known.number[moves.moved] != NO_ID
    numbers, had = _numbers(book, changed, held_one)
    source, source_id = changed["source"].to_pylist(), changed["source_id"].to_pylist()
    fresh = zip(numbers.tolist(), source, source_id, strict=True)
    transaction.fill("source_records", ("record", "source", "source_id"), compress(fresh, (~had).tolist()))
    append(transaction, act, events_of(moves, numbers, names))
    customer = pa.array(names, pa.string()).take(pa.array(named.now[moves.moved])).to_pylist()
    new, old = (~held_one).tolist(), held_one.tolist()
    transaction.fill("memberships", ("source", "source_id", "customer_id"), compress(zip(source, source_id, customer, strict=True), new))
    transaction.many(MEMBER, compress(zip(source, source_id, customer, strict=True), old))
    transaction.many("UPDATE customer_ids SET merged_into = ? WHERE customer_id = ?", pointing)


def _numbers(book: Book, changed: "pa.Table", held_one: NDArray[np.bool_]) -> tuple[Integers, NDArray[np.bool_]]:
    """The ledger's number of each changed record; who has none yet takes the next, for a number is never given again. And who had one."""
    numbers = np.full(len(changed), NO_ID, dtype=np.int64)
    loose = len({book.rows(f"SELECT count(*) FROM {table}")[0][0] for table in ("source_records", "memberships")}) > 1
    asked = np.flatnonzero(held_one | loose)  # a record whose attachment was undone is known, and holds nothing
    numbers[asked] = _known_numbers(book, changed.take(asked))
    fresh = numbers == NO_ID
    given = book.rows("SELECT max(record) FROM source_records UNION ALL SELECT max(record) FROM identity_touched")
    first = 1 + max(int(str(most or 0)) for (most,) in given)
    numbers[fresh] = first + np.arange(int(fresh.sum()))
    return numbers, ~fresh


def _known_numbers(book: Book, rows: "pa.Table") -> Integers:
    import pyarrow as pa

    if len(rows) <= FEW:
        keys = list(zip(rows["source"].to_pylist(), rows["source_id"].to_pylist(), strict=True))
        found = {(source, source_id): int(str(number)) for number, source, source_id in numbers_of(book, keys)}
        return np.array([found.get(key, NO_ID) for key in keys], dtype=np.int64)
    number, source, source_id = book.columns(("record", "source", "source_id"), "source_records")
    where = places(rows, pa.table({"source": pa.array(source, pa.string()), "source_id": pa.array(source_id, pa.string())}))
    return np.append(np.array(number, dtype=np.int64), NO_ID)[where]  # the last one stands for nowhere, -1


def _publish(warehouse: Warehouse, matched: Numbered, records: "pa.Table", named: Named, confidence: NDArray[np.float64] | None) -> None:
    import pyarrow as pa

    sql = pieces("duecare.identity", "identity.sql")
    names = pa.array(named.names, pa.string()).take(pa.array(named.now))
    sure = pa.nulls(len(records), pa.float64()) if confidence is None else pa.array(confidence, pa.float64())
    number = pa.array(numbered(named.now), pa.int32())  # orders are grouped by it: small keys are quicker
    clusters = {"record": records["record"], "customer_id": names, "customer_number": number, "confidence": sure}
    warehouse.put("clusters", pa.table(clusters))
    for table in ("members", "customers"):
        warehouse.run(table, sql[table], records=matched.records, clusters="clusters")
