"""A ledger to play with: records named by letters or numbers, runs by their clusters, and a plain model of what should stand."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypedDict

import numpy as np
import pyarrow as pa

from duecare.identity.ledger import Act, as_event
from duecare.identity.merge import Named, name_customers
from duecare.identity.standing import COLUMNS
from duecare.records import Book

NOW = datetime(2026, 1, 1, tzinfo=UTC)


class By(TypedDict):
    """Who acts, why and when."""

    actor: str
    why: str
    at: datetime


BY: By = {"actor": "ada", "why": "she looked", "at": NOW}


def rows(names: Iterable[str]) -> pa.Table:
    """The table of records that a run has."""
    known = sorted(names)
    return pa.table(
        {
            "record": pa.array(range(1, len(known) + 1), pa.int64()),
            "source": pa.array(["shop"] * len(known), pa.string()),
            "source_id": pa.array(known, pa.string()),
        }
    )


def run(book: Book, *groups: Iterable[str], why: str = "a run found it so") -> Named:
    """A run that found these groups of records, and these records alone."""
    of = {name: at for at, group in enumerate(groups) for name in group}
    records = rows(of)
    labels = [of[name] for name in records["source_id"].to_pylist()]
    first: dict[int, int] = {}
    cluster = np.array([first.setdefault(label, len(first)) for label in labels], dtype=np.int64)
    return name_customers(book, records, cluster, Act(actor="duecare run", kind="identity", why=why, at=NOW))


def memberships(book: Book) -> dict[str, str]:
    return {str(record): str(customer) for record, customer in book.rows("SELECT source_id, customer_id FROM memberships")}


def keys(*names: str) -> list[tuple[str, str]]:
    return [("shop", name) for name in names]


def newest(book: Book, kind: str) -> int:
    """The number of the newest event of a kind."""
    return int(str(book.rows("SELECT max(seq) FROM identity_events WHERE kind = ?", (kind,))[0][0]))


def groups(book: Book) -> set[frozenset[str]]:
    """Who is with whom."""
    of: dict[str, set[str]] = {}
    for record, customer in memberships(book).items():
        of.setdefault(customer, set()).add(record)
    return {frozenset(group) for group in of.values()}


def retold(book: Book) -> dict[str, str]:
    """Memberships as the events that were not undone tell them, one by one, in plain Python."""
    events = [as_event(row) for row in book.rows(f"SELECT {COLUMNS} FROM identity_events ORDER BY seq")]
    void = {event.undoes for event in events if event.undoes is not None}
    named = {int(str(number)): str(name) for number, name in book.rows("SELECT record, source_id FROM source_records")}
    at: dict[int, str | None] = {}
    for event in events:
        if event.kind not in {"mint", "attach", "merge", "split", "detach"} or event.seq in void:
            continue
        for record in event.records:
            if event.kind == "split" or at.get(record) == event.from_id:
                at[record] = event.to_id
    return {named[record]: name for record, name in at.items() if name is not None and record in named}


def live(book: Book) -> set[str]:
    return set(memberships(book).values())


def pointers(book: Book) -> Mapping[str, str]:
    return {
        str(gone): str(into) for gone, into in book.rows("SELECT customer_id, merged_into FROM customer_ids WHERE merged_into IS NOT NULL")
    }


def given(book: Book) -> Sequence[str]:
    return [str(name) for (name,) in book.rows("SELECT customer_id FROM customer_ids ORDER BY customer_id")]
