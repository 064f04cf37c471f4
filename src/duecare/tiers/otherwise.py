"""Otherwise: who would earn another tier if customers were worth something else."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from duecare.records import Warehouse
from duecare.tiers.policy import Policy
from duecare.tiers.rules import conditions

if TYPE_CHECKING:
    import pyarrow as pa

    from duecare.value.rfm import Floats

TABLE, JOINED = "worth_otherwise", "facts_otherwise"


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """How many customers would stand elsewhere."""

    customers: int
    """Who have a CLV."""
    tiers: int
    """Who would earn another tier, by their value alone."""
    top_tenth: int
    """Who would leave the highest tenth; as many would come into it."""


def earned_otherwise(
    warehouse: Warehouse, policy: Policy, customer_id: "pa.ChunkedArray", worths: "Sequence[tuple[Floats, Floats]]"
) -> list[Otherwise]:
    """Count for each of several *worths* who would stand elsewhere, reading the table `facts`.

    Args:
        warehouse: of a run that has planned.
        policy: whose conditions are asked again.
        customer_id: n customers.
        worths: CLV and percentile of each as they would be; no number where there would be none.
    """
    import pyarrow as pa

    columns = {
        f"{name}_{at}": pa.array(values, from_pandas=True)
        for at, worth in enumerate(worths)
        for name, values in zip(WORTH, worth, strict=True)
    }
    warehouse.put(TABLE, pa.table({"customer_id": customer_id, **columns}))
    now = f"SELECT f.*, {_ranks(policy)} AS rank_now FROM {{facts}} f WHERE f.clv IS NOT NULL"
    joined = f"SELECT f.*, {', '.join(f'w.{name}' for name in columns)} FROM ({now}) f JOIN {{worth}} w ON w.customer_id = f.customer_id"
    warehouse.run(JOINED, joined, facts="facts", worth=TABLE)
    found = [_counted(warehouse, policy, at) for at in range(len(worths))]
    for name in (TABLE, JOINED):
        warehouse.drop(name)
    return found


WORTH = ("clv", "clv_percentile")


def _counted(warehouse: Warehouse, policy: Policy, at: int) -> Otherwise:
    kept = ", ".join(name for name in warehouse.columns("facts") if name not in WORTH)
    then = (
        f"SELECT rank_now, clv_percentile AS percentile_now, clv_{at} AS clv, clv_percentile_{at} AS clv_percentile, {kept} FROM {{joined}}"
    )
    sql = f"""
    SELECT count(*) AS customers, sum(CASE WHEN rank_now <> {_ranks(policy)} THEN 1 ELSE 0 END) AS tiers,
           sum(CASE WHEN percentile_now >= 90 AND clv_percentile < 90 THEN 1 ELSE 0 END) AS top_tenth
    FROM ({then}) t WHERE clv IS NOT NULL
    """
    return Otherwise(**{name: int(value or 0) for name, value in warehouse.arrow(sql, joined=JOINED).to_pylist()[0].items()})


def _ranks(policy: Policy) -> str:
    sound = conditions(policy)
    return f"CASE {' '.join(f'WHEN {one.sql} THEN {rank}' for rank, one in enumerate(sound))} ELSE {len(sound)} END" if sound else "0"
