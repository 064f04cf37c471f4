"""Undo: every customer's tier as it was after any plan that was applied, by one more plan, so that nothing is ever rewritten.

Who was forgotten since has no assignment to come back to.
"""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from duecare.records import Book
from duecare.records.book import Value
from duecare.tiers.apply import ASSIGN, BATCH, PAUSE_S, begin, finish, forgettings, refuse_if_forgotten
from duecare.tiers.holding import NONE, last_applied, state_sql
from duecare.words import BadSettings

PAST = "SELECT seq, kind, as_of, applied_at, applied_by, movers, plan_hash, policy_hash, run_id FROM plans WHERE state = 'applied' ORDER BY seq"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One plan that was applied."""

    seq: int
    kind: str
    """`plan`, or `undo` of those after an earlier one."""
    as_of: str | None
    """What moment it looked at."""
    applied_at: str
    applied_by: str
    movers: int | None
    """None where an earlier program did not write it down."""
    plan_hash: str
    policy_hash: str
    run_id: str


def history(book: Book) -> list[Step]:
    """Return every plan that was applied, the oldest first."""
    return [Step(**dict(zip(Step.__dataclass_fields__, row, strict=True))) for row in book.rows(PAST)]  # pyright: ignore[reportArgumentType]


def would_undo(book: Book, to: int) -> int:
    """Return how many customers would move if everything after plan *to* were undone; 0 stands for before the first.

    Raises:
        BadSettings: no such plan was applied.
    """
    _refuse_unknown(book, to)
    return len(_changed(book, to))


def undo(book: Book, to: int, *, actor: str, at: datetime) -> int:
    """Give everybody the tier they held after plan *to*, and return how many moved.

    It is a plan of its own, in short transactions, and counts from its last one on; a killed undo counts for nothing and may be begun anew.

    Raises:
        BadSettings: no such plan was applied, another one was applied meanwhile, or somebody was forgotten meanwhile.
    """
    _refuse_unknown(book, to)
    based_on = last_applied(book)
    if to == based_on:
        return 0
    gone = forgettings(book)
    changed, made = _changed(book, to), hashlib.sha256(f"undo:{based_on}:{to}:{at.isoformat()}".encode()).hexdigest()
    with book.write() as transaction:
        begin(transaction, made, "", "", as_of=at.isoformat(), kind="undo", movers=len(changed))
    for start in range(0, len(changed), BATCH):
        with book.write() as transaction:
            refuse_if_forgotten(transaction, gone)
            transaction.many(ASSIGN, [(*row, made) for row in changed[start : start + BATCH]])
        time.sleep(PAUSE_S)
    with book.write() as transaction:
        if last_applied(transaction) != based_on:
            raise BadSettings("another plan was applied since this undo began", mend="duecare history, then duecare undo once more")
        finish(transaction, made, actor=actor, at=at, kind="undo", detail={"plan": made, "to": to, "movers": len(changed)})
    return len(changed)


def _refuse_unknown(book: Book, to: int) -> None:
    known = [step.seq for step in history(book)]
    if not known:
        raise BadSettings("no plan was applied yet, so there is nothing to undo", mend="duecare history lists them")
    if to not in {0, *known}:
        raise BadSettings(f"no plan {to} was applied", mend=f"name one of {', '.join(map(str, known[-5:]))}, or 0 for before the first")


def _changed(book: Book, to: int) -> list[tuple[Value, ...]]:
    """The assignments that bring everybody back to where they were after plan *to*, by customer, as `ASSIGN` takes them."""
    then = {row[0]: row for row in _state(book, to)}
    return sorted(
        (*then.get(who, (who, NONE, "as before the first plan", "undone", None)), tier, 0)
        for who, tier, *_ in _state(book, last_applied(book))
        if tier != (then[who][1] if who in then else NONE)
    )


def _state(book: Book, seq: int) -> Iterator[tuple[Value, ...]]:
    """customer_id, tier, why, origin and since of everybody after a plan."""
    return zip(*book.columns(("customer_id", "tier", "why", "origin", "since"), state_sql(seq)), strict=True)
