"""MBG/NBD: how often a customer buys, and whether they still will.

While active a customer buys at a rate of their own, gamma distributed over customers; after
every purchase, the first included, they leave for good with a chance of their own, beta
distributed. BG/NBD (Fader, Hardie & Lee 2005) grants everyone a second purchase; this
modification (Batislam, Denizel & Filiztekin 2007) does not, so that the many who bought
once may be gone. Time is in days; purchases on one day are one.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import betaincinv, betaln, expit, gammaln, hyp2f1, psi

Floats: TypeAlias = NDArray[np.float64]

LOG_BOUND = 10.0
"""Each parameter, on the scale of the data, is looked for between exp(-10) and exp(10)."""


class Parameters(NamedTuple):
    """r and alpha (days) shape the purchase rate r/alpha; a and b the chance to leave, a/(a+b)."""

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

    def alive(self, frequency: Floats, recency_days: Floats, age_days: Floats) -> Floats:
        """Return the probability that each of n customers is still active.

        Source: Batislam et al. (2007), eq. for P(active); 1 / (1 + a/(b+x) ((alpha+T)/(alpha+t_x))^(r+x)).
        """
        r, alpha, a, b = self.parameters
        log_odds_left = np.log(a / (b + frequency)) + (r + frequency) * (np.log(alpha + age_days) - np.log(alpha + recency_days))
        return expit(-log_odds_left)

    def expected_orders(self, frequency: Floats, recency_days: Floats, age_days: Floats, ends_days: Floats) -> Floats:
        """Return how many purchases to expect from the as-of day until each end.

        Args:
            frequency: purchases after the first one, n values.
            recency_days: days from the first to the last purchase, n values.
            age_days: days from the first purchase to the as-of day, n values.
            ends_days: k ends of the future, days from the as-of day, rising.

        Returns:
            n x k expected counts, rising along k.
        """
        alive = self.alive(frequency, recency_days, age_days)
        (often, age), which, _ = distinct(frequency, age_days)
        if_active = np.column_stack([self._if_active(often, age, float(end)) for end in ends_days])
        return alive[:, None] * np.maximum.accumulate(if_active, axis=1)[which]

    def _if_active(self, frequency: Floats, age_days: Floats, end_days: float) -> Floats:
        """The mean of (1 - exp(-rate p t)) / p over what is known of rate and p, given activity now."""
        r, alpha, a, b = self.parameters
        a = a if abs(a - 1.0) > 1e-6 else 1.0 + 1e-6  # the closed form has a removable hole at a = 1
        shape, scale, total = r + frequency, alpha + age_days, a + b + frequency
        z = end_days / (scale + end_days)
        with np.errstate(all="ignore"):
            # Euler's transformation: the series of 2F1(total - shape, a - 1; total; z) is short where the plain one is not
            orders = total / (a - 1.0) * (1.0 - (1.0 - z) ** (a - 1.0) * hyp2f1(total - shape, a - 1.0, total, z))
        most = shape / scale * end_days  # what they would buy if they never left
        lost = ~((orders >= 0.0) & (orders <= most))  # parameters at the edge can break the closed form
        orders[lost] = _by_quantiles(shape[lost], scale[lost], a, b + frequency[lost] + 1.0, end_days)
        return orders


QUANTILES = (np.arange(256) + 0.5) / 256


def _by_quantiles(shape: Floats, scale: Floats, a: float, beta: Floats, end_days: float) -> Floats:
    """The same mean, by the chance to leave at 256 equally likely values; plain, and finite for any parameters."""
    leaves = np.maximum(betaincinv(a, beta[:, None], QUANTILES), 1e-300)
    through = end_days * leaves / scale[:, None]
    return np.where(
        through < 1e-12, shape[:, None] * end_days / scale[:, None], -np.expm1(-shape[:, None] * np.log1p(through)) / leaves
    ).mean(axis=1)


def fit(frequency: Floats, recency_days: Floats, age_days: Floats) -> Fitted:
    """Find the parameters by maximum likelihood.

    Args:
        frequency: purchase days after the first one, n whole numbers.
        recency_days: days from first to last purchase, n values; 0 where frequency is 0.
        age_days: days from first purchase to the as-of day, n values, at least recency.
    """
    (often, recency, age), _, weight = distinct(frequency, recency_days, age_days)
    scale = max(float(age_days.max()) / 10.0, 1e-9)
    data = _Data(often.astype(np.int64), recency / scale, age / scale, weight / weight.sum())
    found: Any = minimize(_negative_mean, np.zeros(4), args=(data,), jac=True, method="L-BFGS-B", bounds=[(-LOG_BOUND, LOG_BOUND)] * 4)
    r, alpha, a, b = (float(v) for v in np.exp(found.x))
    on_bound = bool(np.any(np.abs(found.x) > LOG_BOUND - 1e-3))
    log_likelihood = -(float(found.fun) + float(often @ data.weight) * np.log(scale)) * float(weight.sum())
    return Fitted(Parameters(r, alpha * scale, a, b), log_likelihood, on_bound)


def distinct(*columns: Floats) -> tuple[tuple[Floats, ...], NDArray[np.int64], NDArray[np.int64]]:
    """Return the distinct rows of equally long columns, which of them each row is, and how often each occurs.

    >>> distinct(np.array([2.0, 1.0, 2.0]), np.array([5.0, 5.0, 5.0]))[1:]
    (array([1, 0, 1]), array([1, 2]))
    """
    code = np.zeros(len(columns[0]), dtype=np.int64)
    for column in columns:  # numbered anew after each column, so that the codes never overflow
        values, place = np.unique(column, return_inverse=True)
        _, code = np.unique(code * len(values) + place, return_inverse=True)
    _, first, which, counts = np.unique(code, return_index=True, return_inverse=True, return_counts=True)
    return tuple(column[first] for column in columns), which, counts


class _Data(NamedTuple):
    x: NDArray[np.int64]
    t_x: Floats
    age: Floats
    weight: Floats


def _negative_mean(log_parameters: Floats, data: _Data) -> tuple[float, Floats]:
    """Minus the mean log likelihood and its gradient, both in the logarithms of the parameters."""
    r, alpha, a, b = np.exp(log_parameters)
    x = data.x
    counts = np.arange(int(x.max()) + 1, dtype=np.float64)  # what depends on x alone is worked out once for each x
    log_stay = (betaln(a, b + counts + 1.0) - betaln(a, b))[x] - (r + x) * np.log(alpha + data.age)
    log_left = (betaln(a + 1.0, b + counts) - betaln(a, b))[x] - (r + x) * np.log(alpha + data.t_x)
    log_either = np.logaddexp(log_stay, log_left)
    stay = np.exp(log_stay - log_either)
    log_likelihood = (gammaln(r + counts) - gammaln(r))[x] + r * np.log(alpha) + log_either

    log_age = stay * np.log(alpha + data.age) + (1.0 - stay) * np.log(alpha + data.t_x)
    per_age = stay / (alpha + data.age) + (1.0 - stay) / (alpha + data.t_x)
    both = psi(a + b) - psi(a + b + counts + 1.0)
    in_a = (both - psi(a))[x] + stay * psi(a) + (1.0 - stay) * psi(a + 1.0)
    in_b = (both - psi(b))[x] + stay * psi(b + counts + 1.0)[x] + (1.0 - stay) * psi(b + counts)[x]
    in_r = (psi(r + counts) - psi(r))[x] + np.log(alpha) - log_age
    gradient = np.array(
        [r * _mean(in_r, data), alpha * _mean(r / alpha - (r + x) * per_age, data), a * _mean(in_a, data), b * _mean(in_b, data)]
    )
    return -_mean(log_likelihood, data), -gradient


def _mean(values: Floats, data: _Data) -> float:
    return float(values @ data.weight)
