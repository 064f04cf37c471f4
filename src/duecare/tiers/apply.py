"""Applying: a plan becomes assignments, exactly as it was shown, or not at all.

Rows go into the book in short transactions, so that no other writer waits long; they count
only from the moment the plan's own row says `applied`. A killed apply is taken up again by
the next one of the same plan.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from duecare.records import Book, Published, record
from duecare.tiers.plan import Plan, last_applied
from duecare.words import BadSettings

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 5_000
"""Rows in one transaction of the book."""


def apply_plan(plan: Plan, published: Published, book: Book, *, policy_hash: str, actor: str, at: datetime) -> int:
    """Assign the tiers of *plan* and return how many customers moved; nothing happens when it is in force already.

    Raises:
        BadSettings: the policy changed since the plan was made, or another plan was applied.
    """
    if _state(book, plan) == "applied":
        return 0
    refuse_if_stale(plan, book, policy_hash=policy_hash)
    _begin(book, plan, published)
    for rows in _movers(published):
        _assign(book, plan, rows)
    with book.write() as transaction:
        _refuse_if_overtaken(plan, last_applied(transaction))
        transaction.rows(
            "UPDATE plans SET state = 'applied', applied_at = ?, applied_by = ? WHERE plan_hash = ?", (at.isoformat(), actor, plan.hash)
        )
        detail = {"plan": plan.hash, "policy": plan.policy_hash, "run": published.run_id, "movers": plan.movers}
        record(transaction, actor=actor, kind="apply", detail=detail, at=at)
    return plan.movers


def _state(book: Book, plan: Plan) -> str | None:
    rows = book.rows("SELECT state FROM plans WHERE plan_hash = ?", (plan.hash,))
    return str(rows[0][0]) if rows else None


def refuse_if_stale(plan: Plan, book: Book, *, policy_hash: str) -> None:
    """Refuse a plan that may not be applied any more; one that is in force already may.

    Raises:
        BadSettings: the policy changed since the plan was made, or another plan was applied.
    """
    if _state(book, plan) == "applied":
        return
    if policy_hash != plan.policy_hash:
        raise BadSettings(
            "the tiers in duecare.toml changed since this plan was made", mend="duecare run, look at the new plan, then apply it"
        )
    _refuse_if_overtaken(plan, last_applied(book))


def _refuse_if_overtaken(plan: Plan, newest: int) -> None:
    if newest != plan.based_on:
        raise BadSettings("another plan was applied since this one was made", mend="duecare run, look at the new plan, then apply it")


def _begin(book: Book, plan: Plan, published: Published) -> None:
    with book.write() as transaction:
        seq = int(str(transaction.rows("SELECT coalesce(max(seq), 0) + 1 FROM plans")[0][0]))
        transaction.rows(
            "INSERT INTO plans (plan_hash, seq, run_id, policy_hash, state) VALUES (?, ?, ?, ?, 'applying') ON CONFLICT (plan_hash) DO NOTHING",
            (plan.hash, seq, published.run_id, plan.policy_hash),
        )


def _movers(published: Published) -> "Iterator[pa.RecordBatch]":
    for batch in published.warehouse.batches("plan", BATCH):
        yield batch.filter(batch["moves"])


def _assign(book: Book, plan: Plan, rows: "pa.RecordBatch") -> None:
    columns = (rows[name].to_pylist() for name in ("customer_id", "tier", "why", "origin"))
    with book.write() as transaction:
        transaction.many(
            "INSERT INTO assignments (customer_id, plan_hash, tier, why, origin) VALUES (?, ?, ?, ?, ?) ON CONFLICT (customer_id, plan_hash) DO NOTHING",
            [(who, plan.hash, tier, why, origin) for who, tier, why, origin in zip(*columns, strict=True)],
        )
