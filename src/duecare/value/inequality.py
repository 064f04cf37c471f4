"""Inequality: deciles, Lorenz curve and Gini of any measure, and who stands in another tenth by another measure."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.value.rfm import classes

Floats: TypeAlias = NDArray[np.float64]
Counts: TypeAlias = NDArray[np.int64]
TENTHS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Decile:
    """A tenth of the customers by a measure."""

    decile: int
    """1 holds the highest."""
    customers: int
    least: float
    sum: float
    share: float | None
    """Of the sum over all; None where that is not above nothing."""


def lorenz(measure: Floats) -> tuple[Floats, Floats]:
    """Return the cumulative share of customers and of the measure, the lowest first; both start at 0.

    Raises:
        ValueError: the measure does not sum to more than nothing.

    >>> [share.tolist() for share in lorenz(np.array([6.0, 2.0]))]
    [[0.0, 0.5, 1.0], [0.0, 0.25, 1.0]]
    """
    total = float(measure.sum())
    if len(measure) == 0 or total <= 0.0:
        raise ValueError("a Lorenz curve needs a measure that sums to more than nothing")
    cumulative = np.concatenate([[0.0], np.cumsum(np.sort(measure))])
    return np.linspace(0.0, 1.0, len(cumulative)), cumulative / total


def gini(measure: Floats) -> float | None:
    """Return Gini's coefficient, the mean difference of two customers over twice the mean; None without a total above nothing.

    0 where all hold the same; it may pass 1 where some are below nothing (Chen, Tsaur & Rhai 1982, The Gini Coefficient
    and Negative Income, Oxford Economic Papers 34 (3), 473-478).

    >>> gini(np.array([1.0, 1.0])), gini(np.array([0.0, 0.0, 0.0, 8.0]))
    (0.0, 0.75)
    """
    total, many = float(measure.sum()), len(measure)
    if many == 0 or total <= 0.0:
        return None
    rank = 2.0 * np.arange(1, many + 1) - many - 1
    return float(rank @ np.sort(measure)) / (many * total)


def deciles(measure: Floats) -> list[Decile]:
    """Return the tenths of customers, the highest first; customers who are alike stand in one, so that some may be empty."""
    of, total = classes(measure, parts=TENTHS), float(measure.sum())
    found = [(tenth, measure[of == tenth]) for tenth in range(1, TENTHS + 1)]
    return [
        Decile(
            decile=tenth,
            customers=len(held),
            least=float(held.min()),
            sum=float(held.sum()),
            share=float(held.sum()) / total if total > 0.0 else None,
        )
        for tenth, held in found
        if len(held)
    ]


def moved_deciles(one: Floats, other: Floats) -> Counts:
    """Return how many customers of each tenth by *one* measure stand in each tenth by *other*: 10 x 10, the highest first.

    >>> moved_deciles(np.arange(10.0), np.arange(10.0)).trace()
    np.int64(10)
    """
    cell = (classes(one, parts=TENTHS) - 1) * TENTHS + classes(other, parts=TENTHS) - 1
    return np.bincount(cell, minlength=TENTHS * TENTHS).reshape(TENTHS, TENTHS)
