"""Gamma-Gamma: what a customer spends in a purchase, one lucky large order discounted.

Each customer has a mean of their own; few purchases pull it towards everybody's, many let it
stand. It supposes that how much one spends does not depend on how often one buys.
Source: Fader, Hardie & Lee (2005), RFM and CLV: Using Iso-Value Curves for Customer Base Analysis,
Journal of Marketing Research 42 (4), 415-430; Fader & Hardie (2013), The Gamma-Gamma Model of Monetary Value.
"""

import math
from dataclasses import dataclass
from typing import Any, NamedTuple

import numba as nb
import numpy as np
from scipy.optimize import minimize

from duecare.value.models.beta_geometric_likelihood import digamma
from duecare.value.models.laplace import draws, spread
from duecare.value.models.seen import Floats, Places

LEAST_Q = 1.05
BOUNDS = [(-4.0, 10.0), (np.log(LEAST_Q), 8.0), (-12.0, 12.0)]
"""Logarithms of p, q and v (as a share of the mean spend); q above 1, for below it no mean exists."""

MOST = 500_000
"""So many customers tell the parameters to the third digit; of more, evenly spaced ones are taken."""

BLOCKS = 64


class Parameters(NamedTuple):
    """p and q are shapes without unit; v is in money."""

    p: float
    q: float
    v: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model with the parameters that make the spending likeliest."""

    parameters: Parameters
    log_likelihood: float
    """Of all customers together."""
    unsure: Floats | None = None
    """A root of the covariance of the logarithms (`laplace.spread`)."""

    def others(self, count: int, chance: np.random.Generator) -> "list[Parameters]":
        """Return *count* parameters that could as well be true; these alone where there is no doubt."""
        found = np.exp(draws(np.log(self.parameters), self.unsure, count, np.inf, chance))
        return [Parameters(float(p), max(float(q), LEAST_Q), float(v)) for p, q, v in found]

    def expected_spend(self, purchases: Floats, mean_spend: Floats) -> Floats:
        """Return each of n customers' expected spend in a purchase, in the money of *mean_spend*.

        >>> Fitted(Parameters(6.25, 3.74, 15.44), 0.0).expected_spend(np.array([2.0]), np.array([20.0])).round(2)
        array([22.74])
        """
        p, q, v = self.parameters
        return p * (v + purchases * mean_spend) / (p * purchases + q - 1.0)


def fit(purchases: Floats, mean_spend: Floats) -> Fitted:
    """Find the parameters by maximum likelihood.

    Args:
        purchases: how many purchases each of n customers made, whole numbers from 1 on.
        mean_spend: what they spent in one on average, above 0.
    """
    some = slice(None, None, max(-(-len(purchases) // MOST), 1))
    count, mean = purchases[some].astype(np.int64), mean_spend[some]
    scale = float(mean.mean())
    data = (count, mean / scale, np.log(mean / scale))
    found: Any = minimize(_negative_mean, np.log([1.0, 3.0, 1.0]), args=data, jac=True, method="L-BFGS-B", bounds=BOUNDS)
    p, q, v = (float(value) for value in np.exp(found.x))
    unsure = spread(lambda point: _negative_mean(point, *data)[1], found.x, len(purchases))
    return Fitted(Parameters(p, q, v * scale), -(float(found.fun) + math.log(scale)) * len(purchases), unsure)


def _negative_mean(log_parameters: Floats, n: Places, z: Floats, log_z: Floats) -> tuple[float, Floats]:
    """Minus the mean log likelihood and its gradient, both in the logarithms of the parameters."""
    part = np.zeros((BLOCKS, 4))
    shapes = np.exp(log_parameters)
    _log_likelihood(shapes, n, z, log_z, part)
    total = part.sum(axis=0) / len(n)
    return -float(total[0]), -total[1:] * shapes


@nb.njit(cache=True, parallel=True)
def _log_likelihood(shapes: Floats, n: Places, z: Floats, log_z: Floats, part: Floats) -> None:
    """Fill *part*, one row a block of customers, with the sums of the log likelihood and of its slopes in p, q and v."""
    p, q, v = shapes
    most = n.max()
    table = np.zeros((4, most + 1))  # what depends on n alone
    base, psi_q = math.lgamma(q), digamma(q)
    for k in range(1, most + 1):
        table[0, k] = math.lgamma(p * k + q) - math.lgamma(p * k) - base + p * k * math.log(k)
        both = digamma(p * k + q)
        table[1, k] = both - digamma(p * k) + math.log(k)
        table[2, k] = both - psi_q
    log_v = math.log(v)
    size = (n.size + part.shape[0] - 1) // part.shape[0]
    for block in nb.prange(part.shape[0]):
        total = np.zeros(4)
        for at in range(block * size, min((block + 1) * size, n.size)):
            k = n[at]
            whole = v + k * z[at]
            pull = math.log(whole)
            total[0] += table[0, k] + q * log_v + (p * k - 1.0) * log_z[at] - (p * k + q) * pull
            total[1] += k * (table[1, k] + log_z[at] - pull)
            total[2] += table[2, k] + log_v - pull
            total[3] += q / v - (p * k + q) / whole
        part[block] = total
