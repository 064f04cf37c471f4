"""Sensing, within a run: how many customers would stand elsewhere under other terms of the valuation."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from duecare import tiers
from duecare.app.settings import Settings
from duecare.records import Warehouse
from duecare.value.estimate import Estimate
from duecare.value.rfm import percentile

if TYPE_CHECKING:
    import pyarrow as pa

    from duecare.value.rfm import Floats


def sensitivity_found(warehouse: Warehouse, settings: Settings, valued: Estimate) -> list[dict[str, Any]]:
    """Return for each changed term how many customers would earn another tier, or leave the highest tenth; reads `facts`."""
    ids = valued.columns["customer_id"]
    return [
        {"term": term, "now": getattr(settings.value, term), "otherwise": value}
        | asdict(tiers.earned_otherwise(warehouse, settings.policy, _worth(ids, clv)))
        for (term, value), clv in valued.otherwise.items()
    ]


def _worth(ids: "pa.ChunkedArray", clv: "Floats") -> "pa.Table":
    import pyarrow as pa

    known = ~np.isnan(clv)
    ranked = np.full(len(clv), np.nan)
    ranked[known] = percentile(clv[known].round(6))
    return pa.table({"customer_id": ids, "clv": clv, "clv_percentile": ranked}).filter(pa.array(known))
