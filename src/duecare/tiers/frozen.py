"""Frozen: who is in a static segment, written down once by a person's act; the condition then says no more than how they were found."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from duecare.records import Book, record
from duecare.tiers.asking import Asked
from duecare.words import BadSettings

if TYPE_CHECKING:
    import pyarrow as pa

NEWEST = "SELECT max(freezing) FROM frozen_segments WHERE name = ? AND condition = ?"


def freeze(book: Book, name: str, condition: str, customers: Sequence[str], *, actor: str, at: datetime) -> None:
    """Write down who is in a static segment."""
    with book.write() as transaction:
        number = int(str(transaction.rows("SELECT coalesce(max(freezing), 0) + 1 FROM frozen_segments")[0][0]))
        transaction.rows("INSERT INTO frozen_segments VALUES (?, ?, ?, ?, ?)", (number, name, condition, at.isoformat(), actor))
        transaction.fill("frozen_members", ("freezing", "customer_id"), [(number, who) for who in customers])
        detail = {"segment": name, "freezing": number, "customers": len(customers)}
        record(transaction, actor=actor, kind="freeze segment", detail=detail, at=at)


def frozen(book: Book, asked: Asked) -> "pa.Table":
    """Return who is in a static segment, a column customer_id.

    Raises:
        BadSettings: it was not frozen since its condition was written so.
    """
    import pyarrow as pa

    number = book.rows(NEWEST, (asked.of, asked.value))[0][0]
    if number is None:
        raise BadSettings(
            f"the segment {asked.of!r} is static, and nobody was written down for it yet",
            mend="duecare segment freeze NAME, then duecare plan",
        )
    (ids,) = book.columns(("customer_id",), f"(SELECT customer_id FROM frozen_members WHERE freezing = {int(str(number))}) AS members")
    return pa.table({"customer_id": pa.array(ids, pa.string())})
