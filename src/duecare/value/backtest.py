"""Backtest: which model to trust, found out on the book's own past.

Days of the past are taken as if they were today: every model is fitted on what was known then, and
held to what came after. A window is as long beside its past as the future asked for is beside the
whole book, so that what is asked of the models is as hard. The measure is captured value: what the
tenth of customers that a model put first went on to spend, over what the truly best tenth spent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from duecare.value.forecasts import BLEND, Asked, Forecasts, forecasts
from duecare.value.models.purchases import Purchases
from duecare.value.models.seen import Floats, Places

TOP = 0.1
WINDOWS = 3
LEAST_DAYS = 20
MOST_CUSTOMERS = 50_000
"""Of more customers every so many-th is asked."""

RESAMPLED = 400
LEAST_BUYERS = 30
"""Fewer customers than this who bought in a window tell no model from another."""

MANY = 20 * LEAST_BUYERS
"""Of so many customers and more, fewer than the least who bought again are an answer: hardly anybody comes back."""

RARE = "hardly anybody came back, so these data do not tell who will be worth more"

MOST_OFF = 2.0
"""A total is set right by no more than this factor, either way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How one model did over all windows."""

    model: str
    captured: float
    """Captured value at a tenth, averaged over windows."""
    behind_best: float
    """How much less than the best model's."""
    behind_95: tuple[float, float]
    """Its interval, customers drawn again in pairs."""
    bias: float
    """Total expected over total spent, the geometric mean over windows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decile:
    """A tenth of the customers by what was expected of them."""

    expected: float
    spent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Backtest:
    """What the past says of the models."""

    scores: tuple[Score, ...]
    """The best first."""
    champion: str | None
    """None where no model tells customers apart."""
    chance: float
    """What a tenth drawn by lot would have captured."""
    signal: bool
    """Whether the champion is ahead of chance, with 99 % certainty."""
    asked: bool
    """Whether the past could tell at all: False where the book is too short or too small to say."""
    windows: tuple[tuple[int, int], ...]
    """Day and length in days of each."""
    customers: int
    calibration: tuple[Decile, ...]
    """Of the champion in the latest window, the tenth with least expected first."""
    notes: tuple[str, ...]

    def bias_of(self, model: str) -> float:
        """What a model's total is to be divided by; 1 where the past says nothing."""
        found = [score.bias for score in self.scores if score.model == model]
        return min(max(found[0], 1 / MOST_OFF), MOST_OFF) if found else 1.0


@dataclass(frozen=True, slots=True)
class _Played:
    """One window: what each model expected and what was spent."""

    expected: Forecasts
    spent: Floats


def backtest(purchases: Purchases, day: int, days: int, *, seed: int = 1, traits: Floats | None = None) -> Backtest:
    """Hold every model to the past before *day*, for a future of so many days.

    Args:
        purchases: the book.
        day: the as-of day, in days since 1970; nothing after it is seen.
        days: how far ahead is asked for.
        seed: of the trees and of the drawing again.
        traits: customers by number x traits, where predictors are declared; whether they help is found out.
    """
    share = -(-int(purchases.customer.max(initial=0) + 1) // MOST_CUSTOMERS)
    some = purchases.some(share)
    tried = windows(some, day, days)
    played = [found for window in tried if (found := _play(Asked(some, *window, seed, traits))) is not None]
    if not played:
        return _nothing(some, tried)
    common = [name for name in played[0].expected if all(name in one.expected for one in played)]
    drawn = np.array([_drawn(one, common, seed) for one in played]).mean(axis=0)
    plain = np.array([[captured(one.expected[name], one.spent) for name in common] for one in played]).mean(axis=0)
    chance = float(np.mean([by_lot(one.spent) for one in played]))
    return _judged(played, common, plain, drawn, chance, tried)


def windows(purchases: Purchases, day: int, days: int) -> list[tuple[int, int]]:
    """Return the day and length of each window of the past, the latest first.

    >>> book = Purchases.of(np.array([0, 0]), np.array([0, 1000]), np.ones(2))
    >>> windows(book, 1000, 250)
    [(800, 200), (600, 200), (400, 200)]
    """
    past = day - purchases.first_day
    length = past - int(past / (1 + days / past)) if past > 0 else 0
    starts = [day - length * (step + 1) for step in range(WINDOWS)] if length >= LEAST_DAYS else []
    return [(start, length) for start in starts if start - purchases.first_day >= max(length, past // 3) or start == day - length]


def _play(asked: Asked) -> _Played | None:
    known, expected = forecasts(asked)
    spent, bought = asked.purchases.within(known, asked.day, asked.day + asked.days)
    return _Played(expected, np.maximum(spent, 0.0)) if int((bought > 0).sum()) >= LEAST_BUYERS else None


def captured(expected: Floats, spent: Floats) -> float:
    """Return the spending of the tenth expected to spend most, over that of the tenth who did; those alike share their places.

    >>> round(captured(np.array([9.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0]), np.array([3.0] * 9 + [6.0])), 2)
    0.5
    """
    everybody = np.ones(len(spent))
    best = _Ranked.by(spent).top(spent, everybody)
    return _Ranked.by(expected).top(spent, everybody) / best if best > 0 else 0.0


def by_lot(spent: Floats) -> float:
    """Return what a tenth drawn by lot captures, on the average."""
    return captured(np.zeros(len(spent)), spent)


@dataclass(frozen=True, slots=True)
class _Ranked:
    """Customers in the order of what is expected of them, those alike in one group."""

    order: Places
    starts: Places

    @classmethod
    def by(cls, measure: Floats) -> "_Ranked":
        order = np.argsort(-measure, kind="stable")
        ranked = measure[order]
        return cls(order, np.flatnonzero(np.r_[True, ranked[1:] != ranked[:-1]]))

    def top(self, spent: Floats, weight: Floats) -> float:
        """What the first tenth spent, each customer counted so often; a group on the line counts by its share."""
        heavy, value = weight[self.order], (weight * spent)[self.order]
        size, total = np.add.reduceat(heavy, self.starts), np.add.reduceat(value, self.starts)
        left = TOP * weight.sum() - (np.cumsum(size) - size)
        return float(np.clip(np.divide(left, size, out=np.zeros_like(size), where=size > 0), 0.0, 1.0) @ total)


def _drawn(one: _Played, names: Sequence[str], seed: int) -> Floats:
    """Captured value of each model when customers are drawn again: RESAMPLED x models, the same draws for all; by lot last."""
    chance, many = np.random.default_rng(seed), len(one.spent)
    truly, ranked = _Ranked.by(one.spent), [_Ranked.by(one.expected[name]) for name in names]
    found = np.empty((RESAMPLED, len(names) + 1))
    for row in found:
        weight = np.bincount(chance.integers(0, many, many), minlength=many).astype(np.float64)
        tops = [each.top(one.spent, weight) for each in ranked] + [TOP * float(weight @ one.spent)]
        row[:] = np.array(tops) / max(truly.top(one.spent, weight), 1e-300)
    return found


def _judged(
    played: Sequence[_Played], names: Sequence[str], plain: Floats, drawn: Floats, chance: float, tried: Sequence[tuple[int, int]]
) -> Backtest:
    first = int(np.argmax(plain))
    scores = [_score(played, names, plain, drawn, first, at) for at in range(len(names))]
    chosen = _chosen({score.model: score for score in scores}, names[first])
    ahead = np.quantile(drawn[:, names.index(chosen)] - drawn[:, -1], 0.005)
    signal = bool(ahead > 0)
    notes = () if signal else ("no model is surely ahead of drawing lots: these data do not tell who will be worth more",)
    return Backtest(
        scores=tuple(sorted(scores, key=lambda score: (-score.captured, score.model))),
        champion=chosen if signal else None,
        chance=chance,
        signal=signal,
        asked=True,
        windows=tuple(tried[: len(played)]),
        customers=len(played[0].spent),
        calibration=_calibration(played[0].expected[chosen], played[0].spent),
        notes=notes,
    )


def _score(played: Sequence[_Played], names: Sequence[str], plain: Floats, drawn: Floats, first: int, at: int) -> Score:
    low, high = np.quantile(drawn[:, first] - drawn[:, at], (0.025, 0.975))
    ratios = [max(float(one.expected[names[at]].sum()), 1e-9) / max(float(one.spent.sum()), 1e-9) for one in played]
    return Score(
        model=names[at],
        captured=float(plain[at]),
        behind_best=float(plain[first] - plain[at]),
        behind_95=(float(low), float(high)),
        bias=float(np.exp(np.mean(np.log(ratios)))),
    )


def _chosen(scores: Mapping[str, Score], best: str) -> str:
    """The blend where it is not surely behind the best, for several that see different things err less; else the best."""
    return BLEND if BLEND in scores and scores[BLEND].behind_95[0] <= 0 else best


def _calibration(expected: Floats, spent: Floats) -> tuple[Decile, ...]:
    order = np.argsort(expected, kind="stable")
    return tuple(
        Decile(expected=float(expected[part].mean()), spent=float(spent[part].mean())) for part in np.array_split(order, 10) if len(part)
    )


def _nothing(purchases: Purchases, tried: Sequence[tuple[int, int]]) -> Backtest:
    """Say why no model was held to the past: hardly anybody of many came back, or there is too little to say."""
    many = max((len(purchases.until(day).customer) for day, _ in tried), default=0)
    asked = many >= MANY
    note = RARE if asked else "the book is too short, or too few came back, to hold any model to its past"
    return Backtest(scores=(), champion=None, chance=0.0, signal=False, asked=asked, windows=(), customers=0, calibration=(), notes=(note,))
