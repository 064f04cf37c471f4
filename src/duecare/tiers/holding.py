"""Held: which tier everybody holds, now or after any plan that was applied."""

from typing import TYPE_CHECKING

from duecare.records import Book, Transaction

if TYPE_CHECKING:
    import pyarrow as pa

NONE = ""
"""The tier of who was given none: an undone first assignment."""

STATE = """
(SELECT a.customer_id, a.tier, a.origin, coalesce(a.since, p.applied_at) AS since, a.why, p.seq
 FROM assignments a JOIN plans p ON p.plan_hash = a.plan_hash
 WHERE p.state = 'applied' AND p.seq <= {seq} AND NOT EXISTS (
     SELECT 1 FROM assignments b JOIN plans q ON q.plan_hash = b.plan_hash
     WHERE b.customer_id = a.customer_id AND q.state = 'applied' AND q.seq <= {seq} AND q.seq > p.seq)) AS state
"""
"""The newest assignment of each customer after the plan of a number."""


def last_applied(book: Book | Transaction) -> int:
    """Return the number of the plan in force, 0 before the first."""
    return int(str(book.rows("SELECT coalesce(max(seq), 0) FROM plans WHERE state = 'applied'")[0][0]))


def state_sql(seq: int) -> str:
    """Return the source of who held what after plan *seq*: customer_id, tier (blank for none), origin, since, why, seq."""
    return STATE.format(seq=int(seq))


def held(book: Book, seq: int | None = None) -> "pa.Table":
    """Return the tier that every customer holds, its origin and since when; now, or after plan *seq*."""
    import pyarrow as pa

    names = ("customer_id", "tier", "origin", "since")
    state = state_sql(last_applied(book) if seq is None else seq)
    columns = book.columns(names, f"(SELECT * FROM {state} WHERE tier <> '{NONE}') AS held")
    return pa.table({name: pa.array(values, pa.string()) for name, values in zip(names, columns, strict=True)})
