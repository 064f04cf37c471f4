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
    from duecare.value.rfm import Floats


def sensitivity_found(warehouse: Warehouse, settings: Settings, valued: Estimate) -> list[dict[str, Any]]:
    """Return for each changed term how many customers would earn another tier, or leave the highest tenth; reads `facts`."""
    others = valued.otherwise
    worths = [(clv, _percentile(clv)) for clv in others.values()]
    found = tiers.earned_otherwise(warehouse, settings.policy, valued.columns["customer_id"], worths) if others else []
    return [
        {"term": term, "now": getattr(settings.value, term), "otherwise": value} | asdict(one)
        for (term, value), one in zip(others, found, strict=True)
    ]


def _percentile(clv: "Floats") -> "Floats":
    known = ~np.isnan(clv)
    ranked = np.full(len(clv), np.nan)
    ranked[known] = percentile(clv[known].round(6))
    return ranked
