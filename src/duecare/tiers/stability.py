"""Stability: who keeps a tier that they would no longer earn, and why; rising is never delayed.

Being moved down hurts more than being moved up helps (Wagner, Hennig-Thurau & Rudolph 2009, Does customer demotion jeopardize loyalty?,
Journal of Marketing 73 (3), 69-85), and value is never known surely. So an earned tier is kept while it is in doubt whether
it is still due, for some months at least, for a while after it was noticed, and while many others move down.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from duecare.records import Book, Warehouse, pieces
from duecare.records.book import Rows
from duecare.tiers.policy import Policy

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True, kw_only=True)
class Stability:
    """What keeps tiers from swinging; all zero, or a budget of 100 per cent, for nothing."""

    doubt_points: float = 5.0
    """A tier is kept until the chance to be above its cut is so many points lower than the cut's own."""
    minimum_stay_days: int = 60
    """A tier is kept for so long at least."""
    grace_days: int = 30
    """A tier is kept for so long after it was first found to be due no more; the customer can be told."""
    demotions_percent_per_month: float = 10.0
    """At most so many of those who hold a tier leave it downwards within 30 days; the least likely to be above its cut go first."""


NOTICES = (
    "SELECT n.customer_id, n.tier, n.since FROM notices n JOIN plans p ON p.plan_hash = n.plan_hash"
    " WHERE p.seq = (SELECT max(seq) FROM plans WHERE state = 'applied')"
)
"""Who was told of a lower tier by the plan in force."""
GONE = (
    "SELECT a.tier_before, count(*) FROM assignments a JOIN plans p ON p.plan_hash = a.plan_hash"
    " WHERE p.state = 'applied' AND p.kind = 'plan' AND p.as_of > ? AND a.tier_before <> '' AND a.origin = 'earned' AND a.fell = 1"
    " GROUP BY a.tier_before"
)
"""How many moved down out of each tier lately."""
MONTH_DAYS = 30


def steady(warehouse: Warehouse, policy: Policy, stability: Stability, book: Book, *, as_of: datetime) -> None:
    """Make the table `steadied` from `earned`, `doubted`, `held` and `tiers`: the rank that is due, and why it is not the one earned.

    Args:
        warehouse: of a run at its planning.
        policy: whose tiers are given.
        stability: what keeps a tier.
        book: where notices and earlier moves stand.
        as_of: the moment the plan looks at.
    """
    sql = pieces("duecare.tiers", "stability.sql")
    warehouse.put("notices", _table(book.rows(NOTICES), "customer_id", "tier", "since"))
    warehouse.put("gone", _gone(book, policy, as_of))
    share = stability.demotions_percent_per_month / 100.0
    values: dict[str, dict[str, object]] = {
        "placed_now": {},
        "kept": {
            "now": as_of.isoformat(),
            "stay_from": as_of - timedelta(days=stability.minimum_stay_days),
            "grace": stability.grace_days > 0,
            "grace_from": as_of - timedelta(days=stability.grace_days),
        },
        "steadied": {"budget_share": share},
    }
    for step, given in values.items():
        warehouse.run(step, sql[step], given, **{name: name for name in TABLES})


TABLES = ("earned", "doubted", "held", "tiers", "notices", "gone", "placed_now", "kept")


def _gone(book: Book, policy: Policy, as_of: datetime) -> "pa.Table":
    import pyarrow as pa

    lately = {str(tier): int(str(many)) for tier, many in book.rows(GONE, ((as_of - timedelta(days=MONTH_DAYS)).isoformat(),))}
    many = [lately.get(name, 0) for name in policy.names]
    return pa.table({"rank": pa.array(range(len(many)), pa.int32()), "many": pa.array(many, pa.int64())})


def _table(rows: Rows, *names: str) -> "pa.Table":
    import pyarrow as pa

    return pa.table({name: pa.array([row[at] for row in rows], pa.string()) for at, name in enumerate(names)})
