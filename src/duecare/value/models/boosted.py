"""Boosted trees: what customers like this one went on to spend, learnt from earlier days of the same book.

For some days in the past (origins) each customer is described by what was known then, among it what
the purchase models expected, and the trees learn what was spent in the window after (Tweedie, for
most spend nothing and a few very much). Nothing after the day of asking is seen.
Source: Ke et al. (2017), LightGBM: A Highly Efficient Gradient Boosting Decision Tree, NeurIPS 30.
"""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.value.models.purchases import Known, Purchases
from duecare.value.models.seen import Floats

NAME = "boosted trees"

Table: TypeAlias = NDArray[np.float64]
Trees: TypeAlias = Any
"""A LightGBM booster, imported late."""

SETTINGS: dict[str, Any] = {
    "objective": "tweedie",
    "tweedie_variance_power": 1.5,
    "learning_rate": 0.03,
    "num_leaves": 15,
    "min_data_in_leaf": 100,
    "feature_fraction": 0.7,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "verbose": -1,
    "deterministic": True,
    "force_row_wise": True,
}
"""Few and shallow: what is learnt of one season must not be learnt by heart."""

TREES = 200
ORIGINS = 4
"""So many days of the past are learnt from at the most, half a window apart."""

LEAST_ROWS = 400
"""Fewer customers and days than this teach trees nothing."""

LEAST_DAYS = 20

ROWS_OF_TWO = 50_000
"""From so many rows on two threads are faster than one."""


def window_days(purchases: Purchases, day: int, days: int) -> int:
    """Return how long the windows are that a book can teach by a day: as long as asked for, or half of what there is."""
    return min(days, (day - purchases.first_day) // 2)


def origins(purchases: Purchases, day: int, window: int) -> list[int]:
    """Return the days of the past to learn from, the latest first.

    >>> book = Purchases.of(np.array([0, 0]), np.array([0, 400]), np.ones(2))
    >>> origins(book, 400, 100)
    [300, 250, 200, 150]
    """
    found = [day - window - window * step // 2 for step in range(ORIGINS)]
    return [origin for origin in found if origin - purchases.first_day >= max(window // 2, LEAST_DAYS)]


def describe(purchases: Purchases, known: Known, day: int, window: int, expected: Sequence[Floats]) -> Table:
    """Return one row for each of n known customers: what they did by a day, and what the purchase models *expected* then."""
    seen, last, largest = known.seen, *_last_and_largest(purchases, day)
    columns = [*seen, seen.age_days - seen.recency_days, known.days, known.spend, known.mean_spend, last, largest, *expected]
    for share in (0.25, 0.5, 1.0, 2.0):
        columns += purchases.within(known, day - round(window * share), day)
    return np.column_stack(columns)


def _last_and_largest(purchases: Purchases, day: int) -> tuple[Floats, Floats]:
    """What each customer spent on their last day of buying, and the most they spent on one."""
    by_then = purchases.day <= day
    customer, spend = purchases.customer[by_then], purchases.spend[by_then]
    starts = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]])
    ends = np.r_[starts[1:], len(customer)] - 1
    return spend[ends], np.maximum.reduceat(spend, starts)


def learn(tables: Sequence[Table], spent: Sequence[Floats], *, seed: int) -> Trees | None:
    """Teach trees what was spent after each description; None where there is too little to learn from."""
    rows = sum(len(table) for table in tables)
    target = np.maximum(np.concatenate(spent), 0.0) if rows else np.zeros(0)
    if rows < LEAST_ROWS or not target.any():
        return None
    import lightgbm

    data = lightgbm.Dataset(np.vstack(tables), target)
    threads = 2 if rows > ROWS_OF_TWO else 1
    return lightgbm.train(SETTINGS | {"seed": seed, "num_threads": threads}, data, num_boost_round=TREES)
