"""Merging: linked records become customers under ids that stay.

An id is opaque, never reused, and kept by the customer who holds most of its records, so a
re-run renames nobody; an id that loses all its records points for ever to the one that has them.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from secrets import token_hex
from typing import TYPE_CHECKING

import numpy as np

from duecare.identity.clusters import Integers, clusters_of
from duecare.identity.match import Matched
from duecare.records import Book, Transaction, Warehouse, pieces, record

if TYPE_CHECKING:
    import pyarrow as pa

NO_ID = -1


@dataclass(frozen=True, slots=True)
class Merged:
    """What merging made and changed."""

    records: int
    customers: int
    minted: int
    retired: int


def merge(warehouse: Warehouse, matched: Matched, book: Book, *, at: datetime) -> Merged:
    """Make `members` and `customers`, keeping the ids that the book holds and writing new ones into it."""
    records = warehouse.arrow("SELECT record, source, source_id FROM {records} ORDER BY record", records=matched.records)
    cluster = _clusters(warehouse, matched, len(records))
    held, known, absent = _held(records, book)
    ids, minted = _name_clusters(cluster, held, known, book)
    changes = _changes(cluster, ids, held, known, absent)
    changes.revived.extend(_revived(ids, book))
    _write(book, records, ids, cluster, changes, minted, at)
    return _publish(warehouse, matched, records, ids, cluster, len(minted), len(changes.retired))


def keep_ids(cluster: Integers, held: Integers) -> Integers:
    """Return the id that each cluster keeps, -1 for one that needs a new id.

    Args:
        cluster: number of the cluster of each record, from 0 on.
        held: number of the id that each record held before, -1 for none.

    An id goes to the cluster with most of its records, a cluster takes the id with most of
    its records; ties go to the smaller number, so the answer never depends on chance.

    >>> keep_ids(np.array([0, 0, 1]), np.array([7, 7, 7])).tolist()  # a split: the larger part keeps it
    [7, -1]
    >>> keep_ids(np.array([0, 0, 0]), np.array([4, 9, 9])).tolist()  # a merge: the id with more records stays
    [9]
    """
    keeps = np.full(int(cluster.max(initial=-1)) + 1, NO_ID, dtype=np.int64)
    had = held != NO_ID
    pairs, shared = np.unique(np.column_stack([cluster[had], held[had]]), axis=0, return_counts=True)
    order = np.lexsort((pairs[:, 1], pairs[:, 0], -shared))
    taken: set[int] = set()
    for where, which in pairs[order].tolist():
        if keeps[where] == NO_ID and which not in taken:
            keeps[where] = which
            taken.add(which)
    return keeps


@dataclass(frozen=True, slots=True)
class _Changes:
    moved: Integers
    """Records whose id is another one now."""
    retired: list[tuple[str, str]]
    """Ids without records any more, each beside the id that has most of them."""
    revived: list[str]
    """Ids that were retired and have records again."""


def _clusters(warehouse: Warehouse, matched: Matched, records: int) -> Integers:
    if matched.links is None:
        return np.arange(records, dtype=np.int64)
    return clusters_of(warehouse.arrow("SELECT a, b FROM {links}", links=matched.links), records)


def _held(records: "pa.Table", book: Book) -> tuple[Integers, list[str], set[str]]:
    """The id each record holds in the book, as a number into the list of known ids; and the ids of records that are not here now."""
    rows = book.rows("SELECT source, source_id, customer_id FROM memberships")
    known = sorted({str(customer) for _, _, customer in rows})
    number = {customer: at for at, customer in enumerate(known)}
    where = {(source, source_id): number[str(customer)] for source, source_id, customer in rows}
    keys = zip(records["source"].to_pylist(), records["source_id"].to_pylist(), strict=True)
    held = np.fromiter((where.pop(key, NO_ID) for key in keys), dtype=np.int64, count=len(records))
    return held, known, {known[at] for at in where.values()}


def _name_clusters(cluster: Integers, held: Integers, known: list[str], book: Book) -> tuple[list[str], list[str]]:
    keeps = keep_ids(cluster, held)
    fresh = iter(mint(book, int((keeps == NO_ID).sum())))
    ids = [known[at] if at != NO_ID else next(fresh) for at in keeps.tolist()]
    return ids, [name for name, at in zip(ids, keeps.tolist(), strict=True) if at == NO_ID]


def mint(book: Book, many: int) -> list[str]:
    """Return *many* ids that were never given before."""
    given = int(str(book.rows("SELECT count(*) FROM customer_ids")[0][0]))
    salt = token_hex(16)
    return [f"cu_{blake2b(f'{salt}:{given + at}'.encode(), digest_size=10).hexdigest()}" for at in range(many)]


def _changes(cluster: Integers, ids: list[str], held: Integers, known: list[str], absent: set[str]) -> _Changes:
    number = {name: at for at, name in enumerate(known)}
    now = np.array([number.get(name, NO_ID) for name in ids], dtype=np.int64)[cluster] if len(cluster) else held
    moved = np.flatnonzero((now != held) | (held == NO_ID))
    still = set(now.tolist())
    gone = [at for at in set(held[moved].tolist()) - {NO_ID} if at not in still and known[at] not in absent]
    return _Changes(moved, [(known[at], ids[_most(cluster[held == at])]) for at in sorted(gone)], [])


def _revived(ids: list[str], book: Book) -> list[str]:
    retired = {str(row[0]) for row in book.rows("SELECT customer_id FROM customer_ids WHERE merged_into IS NOT NULL")}
    return sorted(retired.intersection(ids))


def _most(values: Integers) -> int:
    found, counts = np.unique(values, return_counts=True)
    return int(found[np.argmax(counts)])


def _write(book: Book, records: "pa.Table", ids: list[str], cluster: Integers, changes: _Changes, minted: list[str], at: datetime) -> None:
    if len(changes.moved) == 0 and not changes.revived:
        return
    changed = records.take(changes.moved)
    names = [ids[which] for which in cluster[changes.moved].tolist()]
    rows = zip(changed["source"].to_pylist(), changed["source_id"].to_pylist(), names, strict=True)
    with book.write() as transaction:
        transaction.many("INSERT INTO customer_ids VALUES (?, ?, NULL)", [(name, at.isoformat()) for name in minted])
        _attach(transaction, list(rows))
        transaction.many("UPDATE customer_ids SET merged_into = ? WHERE customer_id = ?", [(into, gone) for gone, into in changes.retired])
        transaction.many("UPDATE customer_ids SET merged_into = NULL WHERE customer_id = ?", [(name,) for name in changes.revived])
        detail = {"records": len(names), "minted": len(minted), "retired": len(changes.retired)}
        record(transaction, actor="duecare run", kind="identity", detail=detail, at=at)


def _attach(transaction: Transaction, rows: list[tuple[str, str, str]]) -> None:
    transaction.many(
        "INSERT INTO memberships VALUES (?, ?, ?) ON CONFLICT (source, source_id) DO UPDATE SET customer_id = excluded.customer_id", rows
    )


def _publish(
    warehouse: Warehouse, matched: Matched, records: "pa.Table", ids: list[str], cluster: Integers, minted: int, retired: int
) -> Merged:
    import pyarrow as pa

    sql = pieces("duecare.identity", "identity.sql")
    names = pa.array(ids, pa.string()).take(pa.array(cluster))
    warehouse.put("clusters", pa.table({"record": records["record"], "customer_id": names}))
    warehouse.run("members", sql["members"], records=matched.records, clusters="clusters")
    warehouse.run("customers", sql["customers"], members="members")
    return Merged(len(records), len(ids), minted, retired)
