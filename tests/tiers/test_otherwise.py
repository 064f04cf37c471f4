"""The promise: who would stand elsewhere is counted by the policy's own conditions."""

from pathlib import Path

import pyarrow as pa

from duecare.records import open_scratch
from duecare.tiers import FACTS, Otherwise, Policy, TierRule, earned_otherwise

POLICY = Policy((TierRule(name="First", when="clv_percentile >= 90"), TierRule(name="Second", when="clv > 50"), TierRule(name="Rest")))


def test_who_would_earn_another_tier_is_counted_on_the_line(tmp_path: Path) -> None:
    ids, clv, percentile = [f"c{at}" for at in range(10)], [10.0 * at for at in range(10)], [10.0 * at for at in range(10)]
    others = {name: pa.nulls(10, pa.string() if name == "rfm" else pa.float64()) for name in FACTS}
    facts = pa.table(others | {"customer_id": ids, "clv": clv, "clv_percentile": percentile})
    worth = {"customer_id": ids, "clv": [*clv[:5], 50.0, 50.0, *clv[7:]], "clv_percentile": [*percentile[:8], 90.0, 80.0]}
    with open_scratch(tmp_path) as warehouse:
        warehouse.put("facts", facts)
        assert earned_otherwise(warehouse, POLICY, pa.table(worth)) == Otherwise(customers=10, tiers=3, top_tenth=1)
        assert earned_otherwise(warehouse, POLICY, facts.select(["customer_id", "clv", "clv_percentile"])) == Otherwise(
            customers=10, tiers=0, top_tenth=0
        )
