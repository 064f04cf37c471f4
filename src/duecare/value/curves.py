"""How unequal customers are: whale curve and shares of the top."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]


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
