"""Evaluating a plan: how large each tier would be, who moves, who nearly would, and what that means in money and load.

Counted from the tables of a planning warehouse alone, so that the same plan gives the same words, and its hash can cover them.
"""

from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any

from duecare.records import Warehouse
from duecare.tiers.doubt import cuts
from duecare.tiers.options import options_given
from duecare.tiers.policy import Policy

YEAR_DAYS = 365.25
MONTHS = 12

TIERS = """
SELECT t.name AS tier, CAST(coalesce(b.customers, 0) AS BIGINT) AS customers_now, CAST(coalesce(a.customers, 0) AS BIGINT) AS customers,
       a.clv, coalesce(a.profit, 0.0) AS profit, coalesce(a.revenue, 0.0) AS revenue,
       coalesce(a.contacts, 0) / CAST($months AS DOUBLE) AS contacts_per_month, CAST(coalesce(a.borderline, 0) AS BIGINT) AS borderline,
       CAST(coalesce(a.lapsed, 0) AS BIGINT) AS lapsed
FROM {tiers} t
LEFT JOIN (SELECT tier_before AS tier, count(*) AS customers FROM {plan} GROUP BY tier_before) b ON b.tier = t.name
LEFT JOIN (
    SELECT p.tier, count(*) AS customers, sum(f.clv) AS clv, CAST(sum(f.profit) AS DOUBLE) AS profit, CAST(sum(f.revenue) AS DOUBLE) AS revenue,
           sum(l.contacts) AS contacts, sum(CASE WHEN p.borderline THEN 1 ELSE 0 END) AS borderline,
           sum(CASE WHEN f.rfm_r = $longest_ago THEN 1 ELSE 0 END) AS lapsed
    FROM {plan} p JOIN {facts} f ON f.customer_id = p.customer_id LEFT JOIN {lately} l ON l.customer_id = p.customer_id
    GROUP BY p.tier
) a ON a.tier = t.name
ORDER BY t.rank
"""
LATELY = """
SELECT m.customer_id, count(*) AS contacts FROM {contacts} c JOIN {members} m ON m.source = c.source AND m.source_id = c.source_id
WHERE c.opened_at > CAST($from AS TIMESTAMPTZ) AND c.opened_at <= CAST($as_of AS TIMESTAMPTZ) GROUP BY m.customer_id
"""
PAIRS = """
SELECT p.tier_before, p.tier, count(*) AS customers, sum(f.clv) AS clv, sum(CASE WHEN p.fell THEN 1 ELSE 0 END) > 0 AS fell
FROM {plan} p JOIN {facts} f ON f.customer_id = p.customer_id WHERE p.moves
GROUP BY p.tier_before, p.tier ORDER BY p.tier_before NULLS FIRST, p.tier
"""
KEPT = "SELECT kept, tier, count(*) AS customers FROM {plan} WHERE kept IS NOT NULL GROUP BY kept, tier ORDER BY kept, tier"
ORIGINS = "SELECT origin, tier, count(*) AS customers FROM {plan} GROUP BY origin, tier ORDER BY origin, tier"


def evaluated(warehouse: Warehouse, policy: Policy, *, as_of: datetime) -> dict[str, Any]:
    """Return what the plan in *warehouse* comes to.

    `tiers`, `options` that they ask for, `pairs` of those who move, who is `kept` and why, the `origins` of levels, and the `scale`: the CLV at each percentile that the policy names.
    """
    lately = {"from": as_of - timedelta(days=YEAR_DAYS), "as_of": as_of}
    warehouse.run("lately", LATELY, lately, contacts="contacts", members="members")
    names = {name: name for name in ("tiers", "plan", "facts", "lately")}
    oldest = warehouse.arrow("SELECT coalesce(max(rfm_r), 0) AS oldest FROM {facts}", facts="facts")["oldest"][0].as_py()
    tiers = _rows(warehouse, TIERS, {"months": float(MONTHS), "longest_ago": oldest}, **names)
    found = {
        "tiers": tiers,
        "options": [asdict(one) for one in options_given(policy, {row["tier"]: row["customers"] for row in tiers})],
        "pairs": _rows(warehouse, PAIRS, {}, plan="plan", facts="facts"),
        "kept": _rows(warehouse, KEPT, {}, plan="plan"),
        "origins": _rows(warehouse, ORIGINS, {}, plan="plan"),
        "scale": _scale(warehouse, policy),
    }
    warehouse.drop("lately")
    return found


def _rows(warehouse: Warehouse, sql: str, values: dict[str, object], **tables: str) -> list[dict[str, Any]]:
    """Rows in plain numbers, money to the cent: engines add in any order."""
    rows = warehouse.arrow(sql, values, **tables).to_pylist()
    return [{name: round(value, 2) if isinstance(value, float) else value for name, value in row.items()} for row in rows]


def _scale(warehouse: Warehouse, policy: Policy) -> list[dict[str, float]]:
    """The least CLV at or above each percentile that the policy names, where somebody is."""
    places = dict.fromkeys(cut.number for cut in cuts(policy) if cut.column == "clv_percentile")
    least = {at: warehouse.arrow(f"SELECT min(clv) AS clv FROM {{facts}} WHERE clv_percentile >= {at!r}", facts="facts") for at in places}
    return [{"percentile": at, "clv": value} for at, found in least.items() if (value := found["clv"][0].as_py()) is not None]
