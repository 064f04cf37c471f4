"""The story told on one day: the purchase model and the spend model, fitted to what was known then."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from duecare.value.models import gamma_gamma, mbg_nbd
from duecare.value.models.buying import Buying, expected_orders
from duecare.value.models.purchases import Known
from duecare.value.models.seen import Floats

FEWEST_REPEATS = 20
"""Fewer customers than this who came back cannot tell a purchase rate."""

LEAST_SPEND = 0.01
"""A mean spend counts as at least this: who gave back all they bought is somebody who buys for next to nothing."""


def teaches(known: Known) -> bool:
    """Whether enough customers came back to tell a purchase rate."""
    return int((known.days > 1).sum()) >= FEWEST_REPEATS


@dataclass(frozen=True, slots=True)
class Spending:
    """What customers spend on a day of buying."""

    model: gamma_gamma.Fitted | None
    """None where too few spent anything: everybody is expected to spend the mean."""
    mean: float
    """In the book's currency."""
    spread: bool
    """Whether amounts differ; where they do not, purchases are counted and no amounts are drawn."""

    @classmethod
    def of(cls, known: Known) -> "Spending":
        kept = known.spend > 0.0
        mean = float(np.maximum(known.mean_spend, LEAST_SPEND).mean()) if len(kept) else LEAST_SPEND
        if kept.sum() < FEWEST_REPEATS:
            return cls(None, mean, spread=False)
        spread = float(np.ptp(known.mean_spend[kept])) > 0.0
        return cls(gamma_gamma.fit(known.days[kept], known.mean_spend[kept]), mean, spread=spread)

    def expected(self, known: Known) -> Floats:
        """Return what each customer is to spend on a day of buying."""
        if self.model is None:
            return np.full(len(known.days), self.mean)
        return self.model.expected_spend(known.days, np.maximum(known.mean_spend, LEAST_SPEND))


@dataclass(frozen=True, slots=True)
class Story:
    """Both models of one day."""

    buying: Buying
    spending: Spending

    @classmethod
    def of(cls, known: Known, fit: Callable[..., Buying] = mbg_nbd.fit) -> "Story":
        return cls(fit(known.seen), Spending.of(known))

    def told(self, known: Known, days: int) -> tuple[Floats, Floats, Floats, Floats]:
        """Return for each customer: active or not, orders within so many days, spend on each, and both together."""
        orders = expected_orders(self.buying, known.seen, np.array([float(days)]))[:, 0]
        spend = self.spending.expected(known)
        return self.buying.alive(known.seen), orders, spend, orders * spend
