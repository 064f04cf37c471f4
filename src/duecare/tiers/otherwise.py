"""Otherwise: who would earn another tier if customers were worth something else."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from duecare.records import Warehouse
from duecare.tiers.policy import Policy
from duecare.tiers.rules import FACTS, conditions

if TYPE_CHECKING:
    import pyarrow as pa

TABLE = "worth_otherwise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """How many customers would stand elsewhere."""

    customers: int
    """Who have a CLV."""
    tiers: int
    """Who would earn another tier, by their value alone."""
    top_tenth: int
    """Who would leave the highest tenth; as many would come into it."""


def earned_otherwise(warehouse: Warehouse, policy: Policy, worth: "pa.Table") -> Otherwise:
    """Count who would stand elsewhere, reading the table `facts`.

    Args:
        warehouse: of a run that has planned.
        policy: whose conditions are asked again.
        worth: customer_id, clv and clv_percentile as they would be.
    """
    warehouse.put(TABLE, worth)
    kept = ", ".join(f"f.{name}" for name in FACTS if name not in ("clv", "clv_percentile"))
    other = f"SELECT f.customer_id, w.clv, w.clv_percentile, {kept} FROM {{facts}} f JOIN {{worth}} w ON w.customer_id = f.customer_id"
    ranks = _ranks(policy)
    sql = f"""
    SELECT count(*) AS customers, sum(CASE WHEN a.rank <> b.rank THEN 1 ELSE 0 END) AS tiers,
           sum(CASE WHEN a.clv_percentile >= 90 AND b.clv_percentile < 90 THEN 1 ELSE 0 END) AS top_tenth
    FROM (SELECT customer_id, clv_percentile, {ranks} AS rank FROM {{facts}} WHERE clv IS NOT NULL) a
    JOIN (SELECT customer_id, clv_percentile, {ranks} AS rank FROM ({other})) b ON b.customer_id = a.customer_id
    """
    found = warehouse.arrow(sql, facts="facts", worth=TABLE).to_pylist()[0]
    warehouse.drop(TABLE)
    return Otherwise(**{name: int(value or 0) for name, value in found.items()})


def _ranks(policy: Policy) -> str:
    sound = conditions(policy)
    return f"CASE {' '.join(f'WHEN {one.sql} THEN {rank}' for rank, one in enumerate(sound))} ELSE {len(sound)} END" if sound else "0"
