"""Findings: every figure that a report shows, worked out once, at the end of a run.

Published with the run, so that a report can be made again at any time and says the same. A figure that cannot be worked out is left out, with its reason
among the notes; nothing here is guessed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.records import Warehouse
from duecare.value.claims import claims
from duecare.value.curves import percentile_table, share_that_makes_all, thinned, whale_curve
from duecare.value.inequality import TENTHS, deciles, gini, moved_deciles

if TYPE_CHECKING:
    import pyarrow as pa

Floats: TypeAlias = NDArray[np.float64]
Ranks: TypeAlias = NDArray[np.int64]
Finding: TypeAlias = dict[str, Any]

SLICES = 50
"""Into how many slices of customers the whale curve is cut, to show which tiers stand where."""

STANDING = """
SELECT p.tier, CAST(f.revenue AS DOUBLE) AS revenue, CAST(f.margin AS DOUBLE) AS margin, CAST(f.profit AS DOUBLE) AS profit,
       CAST(f.contacts AS DOUBLE) AS contacts, f.clv, f.rfm_r, f.rfm_f, f.rfm_m, CAST(f.orders AS DOUBLE) AS orders,
       s.customer_id IS NOT NULL AS social, coalesce(s.complained, 0) > 0 AS complained
FROM {facts} f
JOIN {plan} p ON p.customer_id = f.customer_id
LEFT JOIN (
    SELECT m.customer_id, max(CASE WHEN lower(c.reason) LIKE 'complain%' THEN 1 ELSE 0 END) AS complained
    FROM {contacts} c JOIN {members} m ON m.source = c.source AND m.source_id = c.source_id
    WHERE lower(c.channel) IN ('social', 'social media', 'twitter', 'x', 'facebook', 'instagram', 'tiktok', 'youtube', 'linkedin', 'mastodon')
    GROUP BY m.customer_id
) s ON s.customer_id = f.customer_id
"""
"""One row a customer; `social` tells who wrote on a social network, `complained` who complained there."""


def findings(warehouse: Warehouse, tiers: Sequence[str]) -> Finding:
    """Work out every figure about customers from the tables `facts` and `plan`."""
    rows = warehouse.arrow(STANDING, **{name: name for name in ("facts", "plan", "contacts", "members")})
    bought = np.asarray(rows["orders"]) > 0
    buyers = rows.filter(_mask(bought))
    revenue, profit = _numbers(buyers, "revenue"), _numbers(buyers, "profit")
    standing, marks = _ranks(rows, tiers), (_marks(rows, buyers, name) for name in ("social", "complained"))
    return {
        "customers": {"all": len(rows), "bought": int(bought.sum())},
        "totals": {name: float(_numbers(rows, name).sum()) for name in ("revenue", "margin", "profit", "orders", "contacts")},
        "claims": [asdict(claim) | {"holds": claim.holds} for claim in claims(revenue, profit, *marks)],
        "gini": {name: gini(_known(buyers, name)) for name in ("revenue", "profit", "clv")},
        "deciles": _deciles(revenue, profit),
        "percentiles": {
            "revenue": percentile_table(revenue),
            "profit": percentile_table(profit),
            "clv": percentile_table(_known(buyers, "clv")),
        },
        "whale": _whale(profit, standing[bought], tiers),
        "rfm": _rfm(buyers),
        "tiers": [_tier(rows, standing == rank, tier) for rank, tier in enumerate(tiers)],
    }


def _marks(rows: "pa.Table", buyers: "pa.Table", name: str) -> NDArray[np.bool_] | None:
    """Who of those who bought is marked; None where no customer is."""
    return np.asarray(buyers[name]) if np.asarray(rows[name]).any() else None


def _deciles(revenue: Floats, profit: Floats) -> Finding | None:
    """The tenths by profit, and how many customers stand in another tenth by profit than by revenue."""
    if len(revenue) < TENTHS or float(profit.sum()) <= 0.0:
        return None
    moved = moved_deciles(revenue, profit)
    changed = int(moved.sum() - moved.trace())
    return {"profit": [asdict(one) for one in deciles(profit)], "changed": changed, "from_revenue_to_profit": moved.tolist()}


def _whale(profit: Floats, rank: Ranks, tiers: Sequence[str]) -> Finding | None:
    """The curve in at most 201 points, its peak, where it first reaches all the profit, and which tiers stand along it."""
    if len(profit) == 0 or float(profit.sum()) <= 0:
        return None
    customers, share = whale_curve(profit)
    peak = int(np.argmax(share))
    x, y = thinned(customers, share)
    return {
        "customers": x.tolist(),
        "profit": y.tolist(),
        "peak_at": float(customers[peak]),
        "peak": float(share[peak]),
        "all_at": share_that_makes_all(profit),
        "losing": float((profit < 0).mean()),
        "bands": [{"tier": name, "customers": many} for name, many in zip(tiers, bands(profit, rank, len(tiers)), strict=True)],
    }


def bands(profit: Floats, rank: Ranks, tiers: int) -> list[list[int]]:
    """Count the customers of each tier in equal slices of the whale curve's order, the most profitable first.

    Customers of equal profit stand by tier, the best first, so the counts never depend on chance.

    >>> bands(np.array([9.0, 5.0, 5.0, -1.0]), np.array([0, 1, 0, 1]), 2)
    [[1, 1, 0, 0], [0, 0, 1, 1]]
    """
    slices = np.array_split(rank[np.lexsort((rank, -profit))], min(SLICES, len(profit)))
    return [[int((part == at).sum()) for part in slices] for at in range(tiers)]


def _ranks(rows: "pa.Table", tiers: Sequence[str]) -> Ranks:
    """The place of each customer's tier in the policy, 0 the best."""
    told = rows["tier"].combine_chunks().dictionary_encode()
    places = np.array([tiers.index(name) for name in told.dictionary.to_pylist()], np.int64)
    return places[np.asarray(told.indices)]


def _rfm(buyers: "pa.Table") -> list[Finding]:
    """How many customers stand in each of the 64 classes, and what they brought."""
    codes = (100 * _numbers(buyers, "rfm_r") + 10 * _numbers(buyers, "rfm_f") + _numbers(buyers, "rfm_m")).astype(np.int64)
    kinds, which = np.unique(codes, return_inverse=True)
    counts, revenue = (
        np.bincount(which, minlength=len(kinds)),
        np.bincount(which, weights=_numbers(buyers, "revenue"), minlength=len(kinds)),
    )
    return [{"rfm": str(kind), "customers": int(n), "revenue": float(money)} for kind, n, money in zip(kinds, counts, revenue, strict=True)]


def _tier(rows: "pa.Table", theirs: NDArray[np.bool_], tier: str) -> Finding:
    mine = rows.filter(_mask(theirs))
    money = {name: float(_numbers(mine, name).sum()) for name in ("revenue", "margin", "profit", "orders", "contacts")}
    clv = _known(mine, "clv")
    return {"tier": tier, "customers": len(mine), **money, "clv": float(clv.sum()) if len(clv) else None, "valued": len(clv)}


def _numbers(rows: "pa.Table", column: str) -> Floats:
    return np.asarray(rows[column].to_numpy(zero_copy_only=False), dtype=np.float64)


def _known(rows: "pa.Table", column: str) -> Floats:
    values = _numbers(rows, column)
    return values[~np.isnan(values)]


def _mask(values: NDArray[np.bool_]) -> "pa.Array":
    import pyarrow as pa

    return pa.array(values)


def movers_by_tier(warehouse: Warehouse) -> Sequence[Mapping[str, Any]]:
    """Count the customers of the plan by the tier they hold and the tier they are due."""
    sql = "SELECT tier_before, tier, count(*) AS customers FROM {plan} GROUP BY tier_before, tier ORDER BY 1, 2"
    return warehouse.arrow(sql, plan="plan").to_pylist()
