"""BG/NBD and MBG/NBD: how often a customer buys, and whether they still will; what both have in common.

Purchases come at a customer's own rate, and after some of them the customer leaves for good. In
BG/NBD (Fader, Hardie & Lee 2005) nobody leaves before their second purchase; in MBG/NBD (Batislam,
Denizel & Filiztekin 2007) the many who bought once may be gone. Time is in days.
"""

from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaincinv, expit, hyp2f1

from duecare.value.models.beta_geometric_likelihood import log_likelihood
from duecare.value.models.laplace import draws, spread
from duecare.value.models.seen import Floats, Seen, distinct

LOG_BOUND = 10.0
"""Each parameter, on the scale of the data, is looked for between exp(-10) and exp(10)."""

MOST = 1_000_000
"""So many customers tell the parameters to the third digit; of more, evenly spaced ones are taken."""

BLOCKS = 64
"""Sums are taken in so many parts, always the same, so that the last digit does not hang on the number of cores."""


class Parameters(NamedTuple):
    """r and alpha (days) shape the purchase rate, r/alpha on average; a and b the chance to leave, a/(a+b)."""

    r: float
    alpha: float
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model with the parameters that make the histories likeliest."""

    parameters: Parameters
    log_likelihood: float
    """Of all histories together, time in days."""
    on_bound: bool
    """Whether a parameter ran to the edge: the data do not tell it, and forecasts lean on the rest."""
    first: int
    """1 where a customer may leave after the first purchase (MBG/NBD), 0 where not (BG/NBD)."""
    slopes: Floats
    """Of each trait: so much more, in logarithms, a customer with one more of it buys."""
    unsure: Floats | None = None
    """A root of the covariance of what was looked for (`laplace.spread`)."""
    scale_days: float = 1.0
    """On the scale of which alpha was looked for."""

    def alive(self, seen: Seen, traits: Floats | None = None) -> Floats:
        """Return the probability that each of n customers is still active.

        1 / (1 + a/(b+k-1) ((alpha+T)/(alpha+t))^(r+x)), k the chances to leave that were met; 1 where there was none.
        """
        r, _, a, b = self.parameters
        alpha, met = self._alpha(len(seen.frequency), traits), seen.frequency + self.first
        with np.errstate(divide="ignore"):
            odds = np.log(a / np.maximum(b + met - 1.0, 1e-300))
        odds += (r + seen.frequency) * (np.log(alpha + seen.age_days) - np.log(alpha + seen.recency_days))
        return np.where(met > 0, expit(-odds), 1.0)

    def if_active(self, frequency: Floats, age_days: Floats, ends_days: Floats, traits: Floats | None = None) -> Floats:
        """Return how many purchases to expect from now until each end of who is active now.

        Args:
            frequency: purchases after the first one, n values.
            age_days: days from the first purchase to now, n values.
            ends_days: k ends of the future, days from now, rising.
            traits: n x traits, where the model was fitted with any.

        Returns:
            n x k expected counts, rising along k: the mean of (1 - exp(-rate p t)) / p over what is known of rate and p.
        """
        alpha = self._alpha(len(frequency), traits)
        columns = [self._until(frequency, alpha + age_days, float(end)) for end in ends_days]
        return np.maximum.accumulate(np.column_stack(columns), axis=1)

    def _until(self, frequency: Floats, scale: Floats, end_days: float) -> Floats:
        r, _, a, b = self.parameters
        a = a if abs(a - 1.0) > 1e-6 else 1.0 + 1e-6  # the closed form has a removable hole at a = 1
        shape, total = r + frequency, a + b + frequency + self.first - 1.0
        z = end_days / (scale + end_days)
        with np.errstate(all="ignore"):
            # Euler's transformation: the series of 2F1(total - shape, a - 1; total; z) is short where the plain one is not
            orders = total / (a - 1.0) * (1.0 - (1.0 - z) ** (a - 1.0) * hyp2f1(total - shape, a - 1.0, total, z))
        most = shape / scale * end_days  # what they would buy if they never left
        lost = ~((orders >= 0.0) & (orders <= most * (1 + 1e-9)))  # parameters at the edge can break the closed form
        orders[lost] = _by_quantiles(shape[lost], scale[lost], a, b + frequency[lost] + self.first, end_days)
        return orders

    def draw_if_active(
        self, frequency: Floats, age_days: Floats, days: float, draws: int, chance: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Draw the future of who is active now: purchases within so many days, and how many they were to expect.

        Returns:
            Two n x draws arrays: whole counts, and the expectation at each drawn rate and chance to leave.
        """
        r, alpha, a, b = self.parameters
        size = (len(frequency), draws)
        rate = chance.gamma((r + frequency)[:, None], 1.0 / (alpha + age_days)[:, None], size)
        leaves = np.maximum(chance.beta(a, (b + frequency + self.first)[:, None], size), 1e-12)
        until_left = chance.geometric(leaves, size)
        count = np.minimum(chance.poisson(rate * days, size), until_left).astype(np.float64)
        return count, -np.expm1(-rate * leaves * days) / leaves

    def others(self, count: int, chance: np.random.Generator) -> "list[Fitted]":
        """Return *count* models that could as well be true; this one alone where there is no doubt."""
        r, alpha, a, b = self.parameters
        point = np.concatenate((np.log([r, alpha / self.scale_days, a, b]), self.slopes))
        return [self._at(drawn) for drawn in draws(point, self.unsure, count, LOG_BOUND, chance)]

    def _at(self, point: Floats) -> "Fitted":
        r, alpha, a, b = (float(v) for v in np.exp(point[:4]))
        return replace(self, parameters=Parameters(r, alpha * self.scale_days, a, b), slopes=point[4:])

    def _alpha(self, many: int, traits: Floats | None) -> Floats:
        pull = np.zeros(many) if traits is None or not len(self.slopes) else traits @ self.slopes
        return self.parameters.alpha * np.exp(-pull)


QUANTILES = (np.arange(256) + 0.5) / 256


def _by_quantiles(shape: Floats, scale: Floats, a: float, beta: Floats, end_days: float) -> Floats:
    """The same mean, by the chance to leave at 256 equally likely values; plain, and finite for any parameters."""
    leaves = np.maximum(betaincinv(a, beta[:, None], QUANTILES), 1e-300)
    through = end_days * leaves / scale[:, None]
    bought = -np.expm1(-shape[:, None] * np.log1p(through)) / leaves
    return np.where(through < 1e-12, shape[:, None] * end_days / scale[:, None], bought).mean(axis=1)


def fit(seen: Seen, *, first: int, traits: Floats | None = None) -> Fitted:
    """Find the parameters by maximum likelihood (L-BFGS-B on their logarithms, the gradient in closed form).

    Args:
        seen: the histories.
        first: 1 where a customer may leave after the first purchase, 0 where not.
        traits: n x traits that do not change and may make a customer buy more or less often; none when None.
    """
    some = slice(None, None, max(-(-len(seen.frequency) // MOST), 1))
    columns, many = [column[some] for column in seen], 0 if traits is None else traits.shape[1]
    if traits is not None:
        columns += list(traits[some].T)
    (x, t_x, age, *z), _, weight = distinct(*columns)
    scale = max(float(age.max(initial=0.0)) / 10.0, 1e-9)
    data = _Data(
        first, x.astype(np.int64), t_x / scale, age / scale, np.column_stack(z) if z else np.zeros((len(x), 0)), weight / weight.sum()
    )
    bounds = [(-LOG_BOUND, LOG_BOUND)] * (4 + many)
    found: Any = minimize(_negative_mean, np.zeros(4 + many), args=(data,), jac=True, method="L-BFGS-B", bounds=bounds)
    r, alpha, a, b = (float(v) for v in np.exp(found.x[:4]))
    on_bound = bool(np.any(np.abs(found.x) > LOG_BOUND - 1e-3))
    total = -(float(found.fun) + float(x @ data.weight) * np.log(scale)) * len(seen.frequency)
    unsure = spread(lambda point: _negative_mean(point, data)[1], found.x, len(seen.frequency))
    return Fitted(Parameters(r, alpha * scale, a, b), total, on_bound, first, np.asarray(found.x[4:], np.float64), unsure, scale)


class _Data(NamedTuple):
    first: int
    x: Any
    t_x: Floats
    age: Floats
    traits: Floats
    weight: Floats


def _negative_mean(point: Floats, data: _Data) -> tuple[float, Floats]:
    """Minus the mean log likelihood and its gradient, in the logarithms of the parameters, and in the slopes."""
    shapes, part = np.exp(point[:4]), np.zeros((BLOCKS, 5 + len(point) - 4))
    log_likelihood(shapes, point[4:], data.first, data.x, data.t_x, data.age, data.traits, data.weight, part)
    total = part.sum(axis=0)
    return -float(total[0]), -total[1:] * np.concatenate((shapes, np.ones(len(point) - 4)))
