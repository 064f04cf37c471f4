"""Applying: a plan becomes assignments, exactly as it was shown, or not at all.

Rows go into the book in short transactions, so that no other writer waits long; they count
only from the moment the plan's own row says `applied`. A killed apply is taken up again by
the next one of the same plan.
"""

import time
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from duecare.records import Book, Published, Transaction, begun, record
from duecare.tiers.holding import last_applied
from duecare.tiers.plan import Plan
from duecare.tiers.words import said_hash
from duecare.words import BadSettings

if TYPE_CHECKING:
    import pyarrow as pa

FORGETTINGS = "SELECT count(*) FROM forgettings"
BATCH = 2_000
"""Rows in one transaction of the book."""
PAUSE_S = 0.005
"""How long others have the book to themselves between two of them."""


def apply_plan(
    plan: Plan,
    published: Published,
    book: Book,
    *,
    policy_hash: str,
    actor: str,
    at: datetime,
    proposed: "Iterable[pa.RecordBatch] | None" = None,
) -> int:
    """Assign the tiers of *plan* and return how many customers moved; nothing happens when it is in force already.

    Args:
        plan: to be applied.
        published: the run that it was made over.
        book: where assignments are kept.
        policy_hash: of the policy as the settings say it now.
        actor: who applies it.
        at: when.
        proposed: the rows of the plan; the run's own when None.

    Raises:
        BadSettings: the policy changed since the plan was made, another plan was applied, or somebody was forgotten meanwhile.
    """
    refuse_if_stale(plan, book, policy_hash=policy_hash, at=at)
    if in_force(book, plan):
        return 0
    gone = forgettings(book)
    _begin(book, plan, published)
    for rows in _batches(proposed or published.warehouse.batches("plan", BATCH)):
        _write(book, plan, rows, gone)
        time.sleep(PAUSE_S)
    with book.write() as transaction:
        _refuse_if_overtaken(plan, last_applied(transaction))
        detail = {"plan": plan.hash, "policy": plan.policy_hash, "run": published.run_id, "movers": plan.movers}
        finish(transaction, plan.hash, actor=actor, at=at, kind="apply", detail=detail)
    return plan.movers


def finish(transaction: Transaction, plan_hash: str, *, actor: str, at: datetime, kind: str, detail: "Mapping[str, object]") -> None:
    """Let a plan count, and say so in the audit chain."""
    sql = "UPDATE plans SET state = 'applied', applied_at = ?, applied_by = ? WHERE plan_hash = ?"
    transaction.rows(sql, (at.isoformat(), actor, plan_hash))
    record(transaction, actor=actor, kind=kind, detail=detail, at=at)


def in_force(book: Book, plan: Plan) -> bool:
    """Tell whether *plan* is the one that was applied last."""
    newest = book.rows("SELECT plan_hash FROM plans WHERE state = 'applied' ORDER BY seq DESC LIMIT 1")
    return bool(newest) and newest[0][0] == plan.hash


def refuse_if_stale(plan: Plan, book: Book, *, policy_hash: str, at: datetime) -> None:
    """Refuse a plan that may not be applied any more; one that is in force already may.

    Raises:
        BadSettings: the policy or people's words changed since the plan was made, or another plan was applied.
    """
    if policy_hash != plan.policy_hash:
        raise BadSettings(
            "what duecare.toml says of tiers changed since this plan was made", mend="duecare plan, look at it, then duecare apply"
        )
    if said_hash(book, at) != plan.words:
        raise BadSettings("people's words changed since this plan was made", mend="duecare plan, look at it, then duecare apply")
    if not in_force(book, plan):
        _refuse_if_overtaken(plan, last_applied(book))


def _refuse_if_overtaken(plan: Plan, newest: int) -> None:
    if newest != plan.based_on:
        raise BadSettings("another plan was applied or undone since this one was made", mend="duecare plan, look at it, then duecare apply")


def forgettings(book: Book) -> int:
    """Return how often somebody was forgotten.

    Raises:
        BadSettings: one is not done yet, so what was read may still tell of them.
    """
    if left := begun(book):
        raise BadSettings(f"forgetting {left[0]} is not done yet", mend="duecare run ends it; then do this once more")
    return int(str(book.rows(FORGETTINGS)[0][0]))


def refuse_if_forgotten(transaction: Transaction, before: int) -> None:
    """Refuse to write what was read before somebody was forgotten: they would come back.

    Raises:
        BadSettings: there are more forgettings than *before*.
    """
    if int(str(transaction.rows(FORGETTINGS)[0][0])) != before:
        raise BadSettings("somebody was forgotten meanwhile", mend="duecare plan, look at it, then do this once more")


def _begin(book: Book, plan: Plan, published: Published) -> None:
    with book.write() as transaction:
        begin(transaction, plan.hash, published.run_id, plan.policy_hash, as_of=plan.as_of, kind="plan", movers=plan.movers)


def begin(transaction: Transaction, plan_hash: str, run_id: str, policy_hash: str, *, as_of: str, kind: str, movers: int) -> int:
    """Enter a plan that counts for nothing yet, or find it there, and return its number."""
    seq = int(str(transaction.rows("SELECT coalesce(max(seq), 0) + 1 FROM plans")[0][0]))
    transaction.rows(
        "INSERT INTO plans (plan_hash, seq, run_id, policy_hash, state, as_of, kind, movers) VALUES (?, ?, ?, ?, 'applying', ?, ?, ?)"
        " ON CONFLICT (plan_hash) DO NOTHING",
        (plan_hash, seq, run_id, policy_hash, as_of, kind, movers),
    )
    return int(str(transaction.rows("SELECT seq FROM plans WHERE plan_hash = ?", (plan_hash,))[0][0]))


COLUMNS = ("customer_id", "tier", "why", "origin", "since", "tier_before", "fell")
"""Of an assignment, beside its plan."""
ASSIGN = f"""
INSERT INTO assignments ({", ".join(COLUMNS)}, plan_hash) VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (customer_id, plan_hash) DO NOTHING
"""
ARM = (
    "INSERT INTO arms (experiment, customer_id, arm, tier, stratum, plan_hash) VALUES (?, ?, ?, ?, ?, ?)"
    " ON CONFLICT (experiment, customer_id) DO NOTHING"
)
NOTICE = "INSERT INTO notices (customer_id, tier, since, plan_hash) VALUES (?, ?, ?, ?) ON CONFLICT (plan_hash, customer_id) DO NOTHING"


def _write(book: Book, plan: Plan, rows: "pa.RecordBatch", gone: int) -> None:
    """Write the movers, the notices and the arms of one batch."""
    columns = {name: rows[name].to_pylist() for name in (*PLANNED, "moves", "noticed", *ARMED)}
    moved = [
        (who, tier, why, origin, plan.as_of, before or "", int(fell), plan.hash)
        for who, tier, why, origin, before, fell, moves in zip(*(columns[name] for name in (*PLANNED, "moves")), strict=True)
        if moves
    ]
    told = [
        (who, tier, since, plan.hash)
        for who, tier, since in zip(columns["customer_id"], columns["tier"], columns["noticed"], strict=True)
        if since is not None
    ]
    armed = [
        (plan.experiment, who, arm, tier, stratum, plan.hash)
        for who, arm, tier, stratum in zip(*(columns[name] for name in ("customer_id", *ARMED)), strict=True)
        if arm is not None
    ]
    with book.write() as transaction:
        refuse_if_forgotten(transaction, gone)
        transaction.many(ASSIGN, moved)
        transaction.many(NOTICE, told)
        transaction.many(ARM, armed)


ARMED = ("arm", "arm_tier", "arm_stratum")
PLANNED = ("customer_id", "tier", "why", "origin", "tier_before", "fell")


def _batches(proposed: "Iterable[pa.RecordBatch]") -> "Iterator[pa.RecordBatch]":
    """Part what is proposed into pieces that one transaction holds, leaving out who neither moves nor is told nor drawn."""
    import numpy as np
    import pyarrow as pa

    for batch in proposed:
        wanted = np.asarray(batch["moves"]) | np.asarray(batch["noticed"].is_valid()) | np.asarray(batch["arm"].is_valid())
        rows = batch.filter(pa.array(wanted))
        yield from (rows.slice(at, BATCH) for at in range(0, len(rows), BATCH))
