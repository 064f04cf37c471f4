"""How unequal customers are: whale curve, shares of the top, and the documents' claims on one's own data."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A number of the source documents beside the same number in one's own data."""

    name: str
    says: str
    low: float
    high: float
    """The documents' number, as a range of shares; low equals high for a single number."""
    yours: float | None
    """The same share here; None when it cannot be said (no profit in total, say)."""

    @property
    def holds(self) -> bool | None:
        """Whether yours lies within the documents' range, give or take two points for a single number."""
        if self.yours is None:
            return None
        slack = 0.02 if self.low == self.high else 0.0
        return self.low - slack <= self.yours <= self.high + slack


def whale_curve(profit: Floats) -> tuple[Floats, Floats]:
    """Return the cumulative share of customers and of profit, the most profitable customers first.

    Both start at 0; the profit rises above 1 where some customers cost more than they bring.

    >>> [share.tolist() for share in whale_curve(np.array([6.0, 6.0, -2.0, 0.0]))]
    [[0.0, 0.25, 0.5, 0.75, 1.0], [0.0, 0.6, 1.2, 1.2, 1.0]]
    """
    total = float(profit.sum())
    if len(profit) == 0 or total <= 0.0:
        raise ValueError("a whale curve needs customers whose profit sums to more than nothing")
    cumulative = np.concatenate([[0.0], np.cumsum(np.sort(profit)[::-1])])
    return np.linspace(0.0, 1.0, len(cumulative)), cumulative / total


def thinned(x: Floats, y: Floats, points: int = 201) -> tuple[Floats, Floats]:
    """Keep at most *points* of a curve, its ends and its highest point among them."""
    keep = np.unique(np.concatenate([np.linspace(0, len(x) - 1, points).astype(np.int64), [int(np.argmax(y))]]))
    return x[keep], y[keep]


def top_share(measure: Floats, top: float) -> float | None:
    """Return the share of the total that the highest *top* of customers hold; None without a total.

    >>> top_share(np.array([8.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]), 0.10)
    0.8
    """
    total, many = float(measure.sum()), round(len(measure) * top)
    if total <= 0.0 or many == 0:
        return None
    return float(np.sort(measure)[::-1][:many].sum()) / total


def share_that_makes_all(profit: Floats) -> float | None:
    """Return the smallest share of customers who together make 100 % of the profit; None without a profit.

    >>> share_that_makes_all(np.array([6.0, 6.0, -2.0, 0.0, 0.0]))
    0.4
    """
    if len(profit) == 0 or float(profit.sum()) <= 0.0:
        return None
    _, cumulative = whale_curve(profit)
    reached = cumulative >= (1.0 - 1e-12) * cumulative[-1]  # sums of many figures differ in their last digits
    return float(np.argmax(reached)) / len(profit)


def percentile_table(measure: Floats, tops: tuple[float, ...] = (0.01, 0.05, 0.10, 0.20, 0.30, 0.50, 1.0)) -> list[dict[str, float]]:
    """Return for each top share of customers: how many they are, the least one's figure, the sum and its share of all."""
    down, total = np.sort(measure)[::-1], float(measure.sum())
    counts = [(top, round(len(down) * top)) for top in tops]
    return [
        {
            "top": top,
            "customers": many,
            "least": float(down[many - 1]),
            "sum": float(down[:many].sum()),
            "share": float(down[:many].sum()) / total,
        }
        for top, many in counts
        if many and total > 0.0
    ]


def claims(revenue: Floats, profit: Floats) -> list[Claim]:
    """Hold the documents' two numbers against one's own customers."""
    return [
        Claim(
            name="revenue_10", says="the top 10 % of customers make 40 % of revenue", low=0.40, high=0.40, yours=top_share(revenue, 0.10)
        ),
        Claim(
            name="profit_100",
            says="15 to 20 % of customers make 100 % of profit",
            low=0.15,
            high=0.20,
            yours=share_that_makes_all(profit),
        ),
    ]
