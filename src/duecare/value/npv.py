"""Net present value: what profit to come is worth today."""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]

DAYS_PER_MONTH = 365.25 / 12


def month_ends_days(months: int) -> Floats:
    """Return the ends of the coming *months*, in days from the as-of day, a month being a twelfth of 365.25 days.

    >>> month_ends_days(2).tolist()
    [30.4375, 60.875]
    """
    return np.arange(1, months + 1, dtype=np.float64) * DAYS_PER_MONTH


def discount_factors(months: int, rate_per_year: float) -> Floats:
    """Return what one unit of money at the end of each coming month is worth today.

    Args:
        months: how many months ahead.
        rate_per_year: share of one year (0.10 is ten per cent), by (1 + rate) ** (1 / 12) a month.

    Raises:
        ValueError: the rate is -1 or less, at which a discount has no meaning.

    >>> discount_factors(12, 0.10)[-1].round(6)
    np.float64(0.909091)
    """
    if rate_per_year <= -1.0:
        raise ValueError(f"a discount rate of {rate_per_year} a year has no meaning; it must be above -1")
    return np.power(1.0 + rate_per_year, -np.arange(1, months + 1) / 12.0)


def present_value(profit: Sequence[float] | Floats, rate_per_year: float) -> float:
    """Return what a stream of monthly profits is worth today.

    Args:
        profit: expected profit of each month to come; the first is earned at the end of month one.
        rate_per_year: the discount rate as a share of one year.

    Returns:
        One sum, in the same currency, in money of the as-of day.

    >>> round(present_value([100.0] * 12, rate_per_year=0.10), 2)
    1140.05
    >>> present_value([], rate_per_year=0.10)
    0.0
    """
    return float(np.asarray(profit, dtype=np.float64) @ discount_factors(len(profit), rate_per_year))


def days_ends(days: int) -> Floats:
    """Return the ends of even pieces of so many days, each a month long at the most.

    >>> days_ends(61).round(2).tolist()
    [20.33, 40.67, 61.0]
    """
    pieces = max(int(np.ceil(days / DAYS_PER_MONTH)), 1)
    return np.arange(1, pieces + 1, dtype=np.float64) * days / pieces


def factors_at(ends_days: Floats, rate_per_year: float) -> Floats:
    """Return what one unit of money so many days from now is worth today.

    >>> factors_at(np.array([365.25]), 0.10).round(6).tolist()
    [0.909091]
    """
    return np.power(1.0 + rate_per_year, -ends_days / (12 * DAYS_PER_MONTH))
