"""Pareto/NBD: a customer buys at a rate of their own and leaves at a time of their own, whatever they buy.

Rates are gamma distributed over customers (r, alpha), chances to leave gamma distributed too (s,
beta). The likelihood is taken as an integral over when the customer left,

    L = G(r+x)/G(r) alpha^r beta^s [ (alpha+T)^-(r+x) (beta+T)^-s  +  s  int_t^T (alpha+y)^-(r+x) (beta+y)^-(s+1) dy ],

worked out by Gauss-Legendre, piece by piece, on the logarithmic scale of the sharper of the two factors.
Sources: Schmittlein, Morrison & Colombo (1987), Counting Your Customers: Who Are They and What Will
They Do Next?, Management Science 33 (1), 1-24; Fader & Hardie (2005), A Note on Deriving the
Pareto/NBD Model and Related Expressions.
"""

import math
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numba as nb
import numpy as np
from scipy.optimize import minimize

from duecare.value.models.laplace import draws, spread
from duecare.value.models.seen import Floats, Seen, distinct

NAME = "Pareto/NBD"

LOG_BOUND = 10.0
MOST = 50_000
"""Of more customers than this, evenly spaced ones are taken: each costs an integral."""

BLOCKS = 64
NODES, SHARES = (array.astype(np.float64) for array in np.polynomial.legendre.leggauss(8))
WIDEST = 1.0
"""No piece of the integral is longer than this, in logarithms."""

STEP = 1e-4
"""Of the logarithms of the parameters, for the slope by central differences."""

CLOSE = {"ftol": 1e-14, "gtol": 1e-8}
"""The likelihood is flat along s and beta: a laxer end leaves the third digit to chance."""


class Parameters(NamedTuple):
    """r and alpha (days) shape the purchase rate, r/alpha on average; s and beta (days) the rate of leaving, s/beta."""

    r: float
    alpha: float
    s: float
    beta: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model with the parameters that make the histories likeliest."""

    parameters: Parameters
    log_likelihood: float
    """Of all histories together, time in days."""
    on_bound: bool
    slopes: Floats
    unsure: Floats | None = None
    """A root of the covariance of what was looked for (`laplace.spread`)."""
    scale_days: float = 1.0
    """On the scale of which alpha and beta were looked for."""

    def alive(self, seen: Seen, traits: Floats | None = None) -> Floats:
        """Return the probability that each of n customers is still active: the first of the two terms of L over both."""
        odds = np.empty(len(seen.frequency))
        shapes = np.array(self.parameters)
        _log_odds_left(shapes, self._pull(len(odds), traits), *seen, NODES, SHARES, odds)
        return 1.0 / (1.0 + np.exp(np.minimum(odds, 700.0)))

    def if_active(self, frequency: Floats, age_days: Floats, ends_days: Floats, traits: Floats | None = None) -> Floats:
        """Return how many purchases to expect from now until each end of who is active now.

        (r+x)/(alpha+T) times the mean time until they leave or the end comes,
        (beta+T)/(s-1) (1 - ((beta+T)/(beta+T+t))^(s-1)).

        Returns:
            n x k expected counts, rising along k.
        """
        r, alpha, s, beta = self.parameters
        own = alpha * self._pull(len(frequency), traits)
        waits, ends = (beta + age_days)[:, None], np.asarray(ends_days, np.float64)[None, :]
        grown = np.log1p(ends / waits)
        power = s - 1.0
        stays = waits * (grown if abs(power) < 1e-9 else -np.expm1(-power * grown) / power)
        return ((r + frequency) / (own + age_days))[:, None] * stays

    def draw_if_active(
        self, frequency: Floats, age_days: Floats, days: float, draws: int, chance: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Draw the future of who is active now: purchases within so many days, and how many they were to expect.

        Returns:
            Two n x draws arrays: whole counts, and the expectation at each drawn pair of rates.
        """
        r, alpha, s, beta = self.parameters
        size = (len(frequency), draws)
        rate = chance.gamma((r + frequency)[:, None], 1.0 / (alpha + age_days)[:, None], size)
        leaving = np.maximum(chance.gamma(s, 1.0 / (beta + age_days)[:, None], size), 1e-300)
        stays = np.minimum(chance.exponential(1.0, size) / leaving, days)
        return chance.poisson(rate * stays).astype(np.float64), rate * -np.expm1(-leaving * days) / leaving

    def others(self, count: int, chance: np.random.Generator) -> "list[Fitted]":
        """Return *count* models that could as well be true; this one alone where there is no doubt."""
        r, alpha, s, beta = self.parameters
        point = np.concatenate((np.log([r, alpha / self.scale_days, s, beta / self.scale_days]), self.slopes))
        return [self._at(drawn) for drawn in draws(point, self.unsure, count, LOG_BOUND, chance)]

    def _at(self, point: Floats) -> "Fitted":
        r, alpha, s, beta = (float(v) for v in np.exp(point[:4]))
        return replace(self, parameters=Parameters(r, alpha * self.scale_days, s, beta * self.scale_days), slopes=point[4:])

    def _pull(self, many: int, traits: Floats | None) -> Floats:
        return np.ones(many) if traits is None or not len(self.slopes) else np.exp(-(traits @ self.slopes))


def fit(seen: Seen, traits: Floats | None = None) -> Fitted:
    """Find the parameters by maximum likelihood (L-BFGS-B on their logarithms, slopes by central differences).

    Args:
        seen: the histories.
        traits: n x traits that do not change and may make a customer buy more or less often; none when None.
    """
    some = slice(None, None, max(-(-len(seen.frequency) // MOST), 1))
    columns, many = [column[some] for column in seen], 0 if traits is None else traits.shape[1]
    if traits is not None:
        columns += list(traits[some].T)
    (x, t_x, age, *z), _, weight = distinct(*columns)
    scale = max(float(age.max(initial=0.0)) / 10.0, 1e-9)
    data = _Data(x, t_x / scale, age / scale, np.column_stack(z) if z else np.zeros((len(x), 0)), weight / weight.sum())
    bounds = [(-LOG_BOUND, LOG_BOUND)] * (4 + many)
    found: Any = minimize(_negative_mean, np.zeros(4 + many), args=(data,), jac=True, method="L-BFGS-B", bounds=bounds, options=CLOSE)
    r, alpha, s, beta = (float(v) for v in np.exp(found.x[:4]))
    on_bound = bool(np.any(np.abs(found.x) > LOG_BOUND - 1e-3))
    total = -(float(found.fun) + float(x @ data.weight) * np.log(scale)) * len(seen.frequency)
    unsure = spread(lambda point: _negative_mean(point, data)[1], found.x, len(seen.frequency))
    return Fitted(Parameters(r, alpha * scale, s, beta * scale), total, on_bound, np.asarray(found.x[4:], np.float64), unsure, scale)


class _Data(NamedTuple):
    x: Floats
    t_x: Floats
    age: Floats
    traits: Floats
    weight: Floats


def _negative_mean(point: Floats, data: _Data) -> tuple[float, Floats]:
    """Minus the mean log likelihood and its gradient, in the logarithms of the parameters, and in the slopes."""
    steps = np.eye(len(point)) * STEP
    slopes = np.array([_value(point + step, data) - _value(point - step, data) for step in steps]) / (2 * STEP)
    return _value(point, data), slopes


def _value(point: Floats, data: _Data) -> float:
    part = np.zeros(BLOCKS)
    _log_likelihood(np.exp(point[:4]), np.exp(-(data.traits @ point[4:])), data.x, data.t_x, data.age, data.weight, NODES, SHARES, part)
    return -float(part.sum())


@nb.njit(cache=True, parallel=True)
def _log_likelihood(
    shapes: Floats, pull: Floats, x: Floats, t_x: Floats, age: Floats, weight: Floats, nodes: Floats, shares: Floats, part: Floats
) -> None:
    r, alpha, s, beta = shapes
    size = (x.size + part.size - 1) // part.size
    for block in nb.prange(part.size):
        total = 0.0
        for at in range(block * size, min((block + 1) * size, x.size)):
            own = alpha * pull[at]
            odds = _odds(r + x[at], own, s, beta, t_x[at], age[at], nodes, shares)
            stay = math.lgamma(r + x[at]) - math.lgamma(r) + r * math.log(own) + s * math.log(beta)
            stay -= (r + x[at]) * math.log(own + age[at]) + s * math.log(beta + age[at])
            total += weight[at] * (stay + (odds + math.log1p(math.exp(-odds)) if odds > 0 else math.log1p(math.exp(odds))))
        part[block] = total


@nb.njit(cache=True, parallel=True)
def _log_odds_left(shapes: Floats, pull: Floats, x: Floats, t_x: Floats, age: Floats, nodes: Floats, shares: Floats, out: Floats) -> None:
    r, alpha, s, beta = shapes
    for at in nb.prange(x.size):
        out[at] = _odds(r + x[at], alpha * pull[at], s, beta, t_x[at], age[at], nodes, shares)


@nb.njit(cache=True)
def _odds(shape: float, alpha: float, s: float, beta: float, start: float, end: float, nodes: Floats, shares: Floats) -> float:
    """Log odds of having left between *start* and *end* against being active still.

    The integral of the ratio of the integrand to the other term, y running evenly in the logarithm of alpha + y or of
    beta + y, whichever is nearer to 0, in pieces: short ones first, for there the integrand falls steeply.
    """
    if end <= start:
        return -math.inf
    near = min(alpha, beta)
    low, high = math.log(near + start), math.log(near + end)
    step = 4.0 / (shape + s + 1.0)
    total = 0.0
    while low < high:
        width = min(step, WIDEST, high - low)
        for node in range(nodes.size):
            y = math.exp(low + 0.5 * (nodes[node] + 1.0) * width) - near
            log_ratio = shape * (math.log(alpha + end) - math.log(alpha + y)) + s * (math.log(beta + end) - math.log(beta + y))
            total += 0.5 * shares[node] * width * math.exp(min(log_ratio, 690.0)) * (near + y) * s / (beta + y)
        low, step = low + width, 2.0 * step
    return math.log(max(total, 1e-300))
