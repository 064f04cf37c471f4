"""Claims: numbers of the source documents beside the same numbers in one's own data, with intervals."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.value.curves import share_that_makes_all, top_share

Floats: TypeAlias = NDArray[np.float64]
Marks: TypeAlias = NDArray[np.bool_]

DRAWS = 1_000
SURE = 0.99
FEWEST = 30
"""A group of fewer customers than this is compared with nobody."""

ALONE, PILES = 2_000, 4_000
"""So many customers at either end of a ranking stand for themselves when customers are drawn again, the others in so many piles."""


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
    interval_99: tuple[float, float] | None = None
    """Of yours, customers drawn again."""
    customers: tuple[int, int] | None = None
    """How many customers the two groups of a comparison have, also where they are too few."""

    @property
    def holds(self) -> bool | None:
        """Whether yours, or what it could as well be, lies within the documents' range, give or take two points for a single number."""
        if self.yours is None:
            return None
        slack = 0.02 if self.low == self.high else 0.0
        low, high = self.interval_99 or (self.yours, self.yours)
        return low <= self.high + slack and high >= self.low - slack


def claims(revenue: Floats, profit: Floats, social: Marks | None = None, complained: Marks | None = None, *, seed: int = 1) -> list[Claim]:
    """Hold the documents' numbers against one's own customers.

    Args:
        revenue: of each customer who bought.
        profit: of the same.
        social: who of them wrote on a social network; None where no contact tells a channel.
        complained: who of them complained there; None where no contact tells that.
        seed: of drawing customers again.
    """
    return [
        _of_ranking(
            "revenue_10",
            "the top 10 % of customers make 40 % of revenue",
            (0.40, 0.40),
            revenue,
            lambda values: top_share(values, 0.10),
            seed,
        ),
        _of_ranking("profit_100", "15 to 20 % of customers make 100 % of profit", (0.15, 0.20), profit, share_that_makes_all, seed),
        _of_groups("social_40", "customers who engage on social media spend up to 40 % more", (0.0, 0.40), revenue, social, seed),
        _of_groups("complainers_20", "customers who complain on social media spend 20 % more", (0.20, 0.20), revenue, complained, seed),
    ]


def _of_ranking(
    name: str, says: str, theirs: tuple[float, float], measure: Floats, share: Callable[[Floats], float | None], seed: int
) -> Claim:
    yours = share(measure)
    interval = None if yours is None else _drawn_again(measure, name, seed)
    return Claim(name=name, says=says, low=theirs[0], high=theirs[1], yours=yours, interval_99=interval)


def _drawn_again(measure: Floats, name: str, seed: int) -> tuple[float, float] | None:
    """The interval of a share of a ranking: each customer of the middle stands with others who hold nearly the same."""
    down = np.sort(measure)[::-1]
    edges = _edges(len(down))
    sizes, sums = np.diff(edges).astype(np.float64), np.add.reduceat(down, edges[:-1])
    chance, found = np.random.default_rng(seed), np.full(DRAWS, np.nan)
    for at in range(DRAWS):
        count = chance.poisson(sizes).astype(np.float64)
        found[at] = (_top if name == "revenue_10" else _makes_all)(count, sums * count / sizes)
    return _interval(found)


def _edges(many: int) -> NDArray[np.int64]:
    """Where each pile begins, and the end: one customer each at both ends."""
    if many <= 2 * ALONE + PILES:
        return np.arange(many + 1)
    middle = np.linspace(ALONE, many - ALONE, PILES + 1).astype(np.int64)
    return np.concatenate([np.arange(ALONE), middle, np.arange(many - ALONE + 1, many + 1)])


def _top(count: Floats, total: Floats) -> float:
    """The share of the highest tenth; a pile on the line counts by its part."""
    left = 0.10 * count.sum() - (np.cumsum(count) - count)
    part = np.clip(np.divide(left, count, out=np.zeros_like(count), where=count > 0), 0.0, 1.0)
    return float(part @ total) / whole if (whole := float(total.sum())) > 0.0 else np.nan


def _makes_all(count: Floats, total: Floats) -> float:
    """The share of customers who first make all of the total."""
    cumulative, whole = np.cumsum(total), float(total.sum())
    if whole <= 0.0:
        return np.nan
    at = int(np.argmax(cumulative >= (1.0 - 1e-12) * whole))
    over = (cumulative[at] - whole) / total[at] if total[at] > 0 else 0.0
    return float(np.cumsum(count)[at] - over * count[at]) / float(count.sum())


def _of_groups(name: str, says: str, theirs: tuple[float, float], revenue: Floats, mine: Marks | None, seed: int) -> Claim:
    """How much more customers of a group spend than the others: an association, not what the group's mark brings about."""
    low, high = theirs
    sizes = None if mine is None else (int(mine.sum()), int((~mine).sum()))
    if mine is None or sizes is None or min(sizes) < FEWEST or revenue[~mine].sum() <= 0.0:
        return Claim(name=name, says=says, low=low, high=high, yours=None, customers=sizes)
    chance, group, others = np.random.default_rng(seed), revenue[mine], revenue[~mine]
    more = _means(group, chance) / np.maximum(_means(others, chance), 1e-300) - 1.0
    yours = float(group.mean() / others.mean() - 1.0)
    return Claim(name=name, says=says, low=low, high=high, yours=yours, interval_99=_interval(more), customers=sizes)


MOST_DRAWN = 20_000


def _means(values: Floats, chance: np.random.Generator) -> Floats:
    """Means of customers drawn again; of very many by the law of large numbers."""
    if len(values) > MOST_DRAWN:
        return chance.normal(values.mean(), values.std(ddof=1) / np.sqrt(len(values)), DRAWS)
    return np.array([values[chance.integers(0, len(values), len(values))].mean() for _ in range(DRAWS)])


def _interval(found: Floats) -> tuple[float, float] | None:
    known = found[np.isfinite(found)]
    if len(known) < SURE * DRAWS:
        return None
    low, high = np.quantile(known, [(1 - SURE) / 2, (1 + SURE) / 2])
    return float(low), float(high)
