"""Intervals of shares, balances and medians, for columns of them."""

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

SURE = 0.95


def z(sure: float = SURE) -> float:
    """Return how many standard deviations to both sides hold so much of a normal distribution.

    >>> round(z(), 4)
    1.96
    """
    return float(ndtri(0.5 + sure / 2))


def wilson(hits: Ints | Floats, cases: Ints | Floats, sure: float = SURE) -> tuple[Floats, Floats]:
    """Return the ends of the interval of shares (0 to 1); NaN where there are no cases.

    >>> low, high = wilson(np.array([8]), np.array([10]))
    >>> round(float(low[0]), 4), round(float(high[0]), 4)
    (0.4902, 0.9433)

    Source: E. B. Wilson (1927), "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (158), 209-212.
    """
    q, n = z(sure), np.where(np.asarray(cases) > 0, cases, np.nan).astype(np.float64)
    share = hits / n
    middle = (share + q * q / (2 * n)) / (1 + q * q / n)
    half = q / (1 + q * q / n) * np.sqrt(share * (1 - share) / n + q * q / (4 * n * n))
    return np.where(hits == 0, 0.0, middle - half) + 0 * n, np.where(hits == np.asarray(cases), 1.0, middle + half) + 0 * n


def mean_interval(total: Floats, squares: Floats, cases: Ints | Floats, sure: float = SURE) -> tuple[Floats, Floats]:
    """Return the ends of the interval of means, by the normal distribution; NaN below two cases.

    Args:
        total: the sum of the values.
        squares: the sum of their squares.
        cases: how many there are.
        sure: how sure.
    """
    n = np.where(np.asarray(cases) > 1, cases, np.nan).astype(np.float64)
    mean = total / n
    half = z(sure) * np.sqrt(np.maximum(squares / n - mean * mean, 0.0) / (n - 1))
    return mean - half, mean + half


def median_ranks(cases: Ints, sure: float = SURE) -> tuple[Ints, Ints]:
    """Return between which ranks (from 1) of n sorted values their true median lies, by the binomial distribution.

    >>> tuple(int(rank[0]) for rank in median_ranks(np.array([100])))
    (40, 61)
    """
    half = z(sure) * np.sqrt(cases) / 2
    low = np.floor(cases / 2 - half).astype(np.int64)
    high = np.ceil(cases / 2 + half).astype(np.int64) + 1
    return np.clip(low, 1, np.maximum(cases, 1)), np.clip(high, 1, np.maximum(cases, 1))


def newcombe(hits: tuple[int, int], cases: tuple[int, int], sure: float = SURE) -> tuple[float, float]:
    """Return the interval of the difference of two shares, the first less the second.

    >>> low, high = newcombe((56, 48), (70, 80))
    >>> round(low, 4), round(high, 4)
    (0.0524, 0.3339)

    Source: R. G. Newcombe (1998), "Interval estimation for the difference between independent proportions", Statistics in Medicine 17, 873-890, method 10.
    """
    lows, highs = wilson(np.array(hits), np.array(cases), sure)
    one, other = hits[0] / cases[0], hits[1] / cases[1]
    below = np.hypot(one - lows[0], highs[1] - other)
    above = np.hypot(highs[0] - one, other - lows[1])
    return float(one - other - below), float(one - other + above)
