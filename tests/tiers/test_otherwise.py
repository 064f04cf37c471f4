"""The promise: who would stand elsewhere is counted by the policy's own conditions."""

from pathlib import Path

import numpy as np
import pyarrow as pa

from duecare.records import open_scratch
from duecare.tiers import FACTS, Otherwise, Policy, TierRule, earned_otherwise

POLICY = Policy((TierRule(name="First", when="clv_percentile >= 90"), TierRule(name="Second", when="clv > 50"), TierRule(name="Rest")))


def test_who_would_earn_another_tier_is_counted_on_the_line(tmp_path: Path) -> None:
    ids, clv, percentile = [f"c{at}" for at in range(10)], [10.0 * at for at in range(10)], [10.0 * at for at in range(10)]
    others = {name: pa.nulls(10, pa.string() if name == "rfm" else pa.float64()) for name in FACTS}
    facts = pa.table(others | {"customer_id": ids, "clv": clv, "clv_percentile": percentile})
    then = (np.array([*clv[:5], 50.0, 50.0, *clv[7:]]), np.array([*percentile[:8], 90.0, 80.0]))
    with open_scratch(tmp_path) as warehouse:
        warehouse.put("facts", facts)
        found = earned_otherwise(warehouse, POLICY, facts["customer_id"], [then, (np.array(clv), np.array(percentile))])
        assert found == [Otherwise(customers=10, tiers=3, top_tenth=1), Otherwise(customers=10, tiers=0, top_tenth=0)]
        assert set(warehouse.tables()) == {"facts"}
