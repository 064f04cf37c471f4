"""Gamma-Gamma: what a customer spends in a purchase, one lucky large order discounted.

Each customer has a mean of their own; few purchases pull it towards everybody's, many let it
stand. It supposes that how much one spends does not depend on how often one buys.
Source: Fader, Hardie & Lee (2005), "RFM and CLV: Using Iso-Value Curves"; Fader & Hardie (2013) note 025.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import gammaln, psi

Floats: TypeAlias = NDArray[np.float64]

BOUNDS = [(-4.0, 10.0), (np.log(1.05), 8.0), (-12.0, 12.0)]
"""Logarithms of p, q and v (as a share of the mean spend); q above 1, for below it no mean exists."""


class Parameters(NamedTuple):
    """p and q are shapes without unit; v is in money."""

    p: float
    q: float
    v: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model with the parameters that make the spending likeliest."""

    parameters: Parameters

    def expected_spend(self, purchases: Floats, mean_spend: Floats) -> Floats:
        """Return each of n customers' expected spend in a purchase, in the money of *mean_spend*.

        >>> Fitted(Parameters(6.25, 3.74, 15.44)).expected_spend(np.array([2.0]), np.array([20.0])).round(2)
        array([22.74])
        """
        p, q, v = self.parameters
        return p * (v + purchases * mean_spend) / (p * purchases + q - 1.0)


def fit(purchases: Floats, mean_spend: Floats) -> Fitted:
    """Find the parameters by maximum likelihood.

    Args:
        purchases: how many purchases each of n customers made, at least 1.
        mean_spend: what they spent in one on average, above 0.
    """
    rows, weight = np.unique(np.column_stack([purchases, mean_spend]), axis=0, return_counts=True)
    scale = float(np.average(rows[:, 1], weights=weight))
    arguments = (rows[:, 0], rows[:, 1] / scale, weight / weight.sum())
    found: Any = minimize(_negative_mean, np.log([1.0, 3.0, 1.0]), args=arguments, jac=True, method="L-BFGS-B", bounds=BOUNDS)
    p, q, v = (float(value) for value in np.exp(found.x))
    return Fitted(Parameters(p, q, v * scale))


def _negative_mean(log_parameters: Floats, n: Floats, z: Floats, weight: Floats) -> tuple[float, Floats]:
    """Minus the mean log likelihood and its gradient, both in the logarithms of the parameters."""
    p, q, v = np.exp(log_parameters)
    pn, pull = p * n, np.log(v + n * z)
    log_likelihood = gammaln(pn + q) - gammaln(pn) - gammaln(q) + q * np.log(v) + (pn - 1.0) * np.log(z) + pn * np.log(n) - (pn + q) * pull
    in_p = n * (psi(pn + q) - psi(pn) + np.log(z) + np.log(n) - pull)
    in_q = psi(pn + q) - psi(q) + np.log(v) - pull
    in_v = q / v - (pn + q) / (v + n * z)
    return -float(log_likelihood @ weight), -np.array([p * float(in_p @ weight), q * float(in_q @ weight), v * float(in_v @ weight)])
