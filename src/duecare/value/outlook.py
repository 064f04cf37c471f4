"""Outlook: what may come of each customer, and not only what is expected.

Of a customer who is active now, what may come hangs on how often and how long they bought alone,
up to the scale of their spending. So the future is drawn once for each distinct pair of those, in
units of spending: N purchases by the purchase model, and their sum by the spend model, a gamma
variable of shape p N over one of shape q + p n (Gamma-Gamma). A customer's own distribution is then
nothing with the probability that they have left, and else those draws, scaled so that the mean is
their expected value. Intervals and probabilities are read off by bisection: ten millions in seconds.

The value is taken to be spread as the spending is: costs and referrals scale it, and add no chance of their own. What comes
besides and whatever they buy, as by contracts, is told by equally likely values.
"""

from dataclasses import dataclass, replace
from itertools import cycle

import numba as nb
import numpy as np

from duecare.value.models import gamma_gamma
from duecare.value.models.buying import Buying
from duecare.value.models.seen import Floats, Places, Seen, distinct

DRAWS = 384
MODELS = 16
"""So many sets of parameters share the draws where they are unsure."""

MOST_PAIRS = 100_000
"""More distinct pairs than this are made fewer by taking ages in coarser steps."""

AGE_STEPS = 400
BISECTIONS = 40


@dataclass(frozen=True, slots=True)
class Besides:
    """What some customers bring whatever they buy."""

    where: Places
    """Which customers, rising."""
    levels: Floats
    """Equally likely values of each, rising: k x so many."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """The distributions of n customers' values."""

    which: Places
    """The row of *table* of each customer."""
    table: Floats
    """Draws of who is active, in units of spending, rising along each row."""
    alive: Floats
    scale: Floats
    """A customer's value for each unit; below zero for who costs more than they bring."""
    besides: Besides | None = None

    @classmethod
    def of(
        cls,
        buying: Buying,
        spending: gamma_gamma.Fitted | None,
        seen: Seen,
        value: Floats,
        days: float,
        *,
        of_mean: bool = False,
        seed: int = 1,
    ) -> "Outlook":
        """Return the outlook of customers for so many days.

        Args:
            buying: the purchase model; where it is unsure of its parameters, others that could as well be true share the draws.
            spending: the spend model; None where purchases are counted and nothing is known of amounts.
            seen: their purchases.
            value: what each is expected to be worth; the mean of their distribution.
            days: how far ahead.
            of_mean: how sure it is what they are to be expected to be worth, and not what will come.
            seed: of the draws.
        """
        (often, age), which, _ = distinct(seen.frequency, _coarse(seen))
        chance = np.random.default_rng(seed)
        models, money = buying.others(MODELS, chance), spending.others(MODELS, chance) if spending else [None]
        each = DRAWS // max(len(models), len(money))
        pairs = zip(cycle(models), cycle(money), range(DRAWS // each))
        table = np.concatenate([_units(model, of, often, age, days, each, chance, of_mean=of_mean) for model, of, _ in pairs], axis=1)
        table.sort(axis=1)
        alive = np.mean([model.alive(seen) for model in models], axis=0)
        mean = alive * table.mean(axis=1)[which]
        return cls(which, table, alive, np.divide(value, mean, out=np.zeros_like(value), where=mean > 0))

    @classmethod
    def nothing(cls) -> "Outlook":
        """Return the outlook of nobody."""
        return cls(np.zeros(0, np.int64), np.zeros((1, 1)), np.zeros(0), np.zeros(0))

    def quantile(self, level: float) -> Floats:
        """Return the value that each customer stays below with a probability of *level*."""
        out = np.empty(len(self.which))
        _quantiles(level, self.which, self.table, self.alive, self.scale, out)
        if self.besides is not None:
            out[self.besides.where] = self._quantile_besides(level, out[self.besides.where], self.besides)
        return out

    def above(self, cut: float) -> Floats:
        """Return the probability that each customer's value is the cut or more."""
        out = self._reach(np.array([cut]))
        if self.besides is not None:
            out[self.besides.where] = self._at(self.besides.where).reach_besides(np.array([cut]), self.besides.levels)
        return out

    def _reach(self, cuts: Floats) -> Floats:
        """The probability of reaching one cut, or a cut of each customer's own, by purchases alone."""
        out = np.empty(len(self.which))
        _above(cuts, self.which, self.table, self.alive, self.scale, out)
        return out

    def reach_besides(self, cuts: Floats, levels: Floats) -> Floats:
        """Return the same where each customer has something besides, too: the mean over what that may be."""
        total = np.zeros(len(self.which))
        for level in levels:
            total += self._reach(cuts - level)
        return total / len(levels)

    def _quantile_besides(self, level: float, bought: Floats, besides: Besides) -> Floats:
        """Quantiles of both together, by bisection between those of both at their worst and at their best."""
        some = self._at(besides.where)
        worst, best = (np.empty(len(bought)), np.empty(len(bought)))
        _quantiles(0.5 * level / len(besides.levels), some.which, some.table, some.alive, some.scale, worst)
        _quantiles(1.0 - 0.5 * (1.0 - level) / len(besides.levels), some.which, some.table, some.alive, some.scale, best)
        low, high = worst + besides.levels[0], best + besides.levels[-1]
        for _ in range(BISECTIONS):
            middle = 0.5 * (low + high)
            reached = some.reach_besides(middle, besides.levels) > 1.0 - level
            low, high = np.where(reached, middle, low), np.where(reached, high, middle)
        return high

    def _at(self, where: Places) -> "Outlook":
        return Outlook(self.which[where], self.table, self.alive[where], self.scale[where])

    def among(self, mine: Places, many: int) -> "Outlook":
        """Return the outlook of *many* customers, of whom those at *mine* have this one and the others buy nothing."""
        which, alive, scale = np.zeros(many, np.int64), np.zeros(many), np.zeros(many)
        which[mine], alive[mine], scale[mine] = self.which, self.alive, self.scale
        return Outlook(which, self.table, alive, scale)

    def plus(self, where: Places, levels: Floats) -> "Outlook":
        """Return the outlook with what some customers bring whatever they buy."""
        return replace(self, besides=Besides(where, levels)) if len(where) else self

    def part(self, part: Floats, value: Floats) -> "Outlook":
        """Return the outlook of a part of each customer's value, which comes and stays away with the rest of it."""
        share = np.divide(part, value, out=np.zeros_like(part), where=value != 0.0)
        return Outlook(self.which, self.table, self.alive, self.scale * share)

    def alike(self, seed: int = 1) -> "Outlook":
        """Return the outlook of customers whom nothing tells apart: each has the distribution of all."""
        chance = np.random.default_rng(seed)
        who = chance.integers(0, max(len(self.which), 1), MOST_PAIRS)
        units = self.table[self.which[who], chance.integers(0, self.table.shape[1], MOST_PAIRS)]
        came = np.where(chance.random(MOST_PAIRS) < self.alive[who], units * self.scale[who], 0.0)
        levels = (np.arange(DRAWS) + 0.5) / DRAWS
        many = len(self.which)
        return Outlook(np.zeros(many, np.int64), np.quantile(came, levels)[None, :], np.ones(many), np.ones(many))

    def top_cut(self, share: float = 0.1) -> float:
        """Return the value that a *share* of all customers is expected to reach."""
        most = float(np.abs(self.scale).max(initial=0.0)) * float(self.table.max(initial=0.0))
        low, high = 0.0, max(most + (float(self.besides.levels.max(initial=0.0)) if self.besides else 0.0), 1e-9)
        some = self._every(-(-len(self.which) // MOST_PAIRS))
        for _ in range(60):
            middle = 0.5 * (low + high)
            low, high = (middle, high) if some.above(middle).mean() > share else (low, middle)
        return high

    def _every(self, step: int) -> "Outlook":
        if step <= 1:
            return self
        some = Outlook(self.which[::step], self.table, self.alive[::step], self.scale[::step])
        if self.besides is None:
            return some
        there = self.besides.where % step == 0
        return some.plus(self.besides.where[there] // step, self.besides.levels[:, there])


def _coarse(seen: Seen) -> Floats:
    """Ages, in coarser steps where there are very many of them."""
    age = seen.age_days
    if len(age) < MOST_PAIRS or len(np.unique(age)) * (float(seen.frequency.max(initial=0.0)) + 1) < MOST_PAIRS:
        return age
    step = max(np.ceil(float(age.max()) / AGE_STEPS), 1.0)
    return np.round(age / step) * step


def _units(
    model: Buying,
    spending: gamma_gamma.Parameters | None,
    often: Floats,
    age: Floats,
    days: float,
    draws: int,
    chance: np.random.Generator,
    *,
    of_mean: bool,
) -> Floats:
    """Draw what customers who are active may spend, in units, or are to be expected to spend."""
    count, expected = model.draw_if_active(often, age, days, draws, chance)
    if spending is None:
        return expected if of_mean else count
    p, q, _ = spending
    spent = p * expected if of_mean else chance.standard_gamma(p * count)
    return spent / np.maximum(chance.standard_gamma((q + p * (often + 1.0))[:, None], count.shape), 1e-300)


@nb.njit(cache=True, parallel=True)
def _quantiles(level: float, which: Places, table: Floats, alive: Floats, scale: Floats, out: Floats) -> None:
    draws = table.shape[1]
    for at in nb.prange(which.size):
        wanted = level if scale[at] >= 0 else 1.0 - level  # who loses money is turned round
        share = (wanted - (1.0 - alive[at])) / max(alive[at], 1e-300)
        place = share * draws - 0.5
        if share <= 0.0:
            out[at] = 0.0
            continue
        low = min(max(int(np.floor(place)), 0), draws - 1)
        high, part = min(low + 1, draws - 1), min(max(place - low, 0.0), 1.0)
        out[at] = scale[at] * (table[which[at], low] * (1.0 - part) + table[which[at], high] * part)


@nb.njit(cache=True, parallel=True)
def _above(cuts: Floats, which: Places, table: Floats, alive: Floats, scale: Floats, out: Floats) -> None:
    draws = table.shape[1]
    for at in nb.prange(which.size):
        cut = cuts[at] if cuts.size > 1 else cuts[0]
        if scale[at] > 0.0:
            units = cut / scale[at]
            below = np.searchsorted(table[which[at]], units) / draws  # strictly less
            out[at] = 1.0 if cut <= 0.0 else alive[at] * (1.0 - below)
        elif scale[at] < 0.0:
            below = np.searchsorted(table[which[at]], cut / scale[at], side="right") / draws
            out[at] = 0.0 if cut > 0.0 else 1.0 - alive[at] + alive[at] * below
        else:
            out[at] = 1.0 if cut <= 0.0 else 0.0
