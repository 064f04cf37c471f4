"""sBG: how long contracts last, when each is ended or renewed once a period.

Each contract is ended at a renewal with a chance of its own, beta distributed over contracts (alpha, beta); so those
that have lasted are those that last, and retention rises with age. P(ended at t) = B(alpha+1, beta+t-1) / B(alpha, beta),
P(lasts beyond t) = B(alpha, beta+t) / B(alpha, beta).
Source: Fader & Hardie (2007), How to Project Customer Retention, Journal of Interactive Marketing 21 (1), 76-90.
"""

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln

from duecare.value.models.seen import Floats

NAME = "sBG"
LOG_BOUND = 10.0


class Parameters(NamedTuple):
    """Shapes of the chance to end a contract at a renewal, alpha/(alpha+beta) on average."""

    alpha: float
    beta: float


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model with the parameters that make what was seen likeliest."""

    parameters: Parameters
    log_likelihood: float

    @property
    def degrees(self) -> int:
        """How many numbers were learned."""
        return len(self.parameters)

    def lasts(self, periods: Floats) -> Floats:
        """Return the probability that a new contract lasts beyond so many periods.

        >>> Fitted(Parameters(1.0, 1.0), 0.0).lasts(np.array([0.0, 1.0, 3.0])).round(4).tolist()
        [1.0, 0.5, 0.25]
        """
        a, b = self.parameters
        return np.exp(betaln(a, b + periods) - betaln(a, b))

    def retention(self, renewals: Floats) -> Floats:
        """Return the share of contracts that are renewed once more, of those that were renewed so many times: it rises with age.

        >>> Fitted(Parameters(1.0, 1.0), 0.0).retention(np.array([0.0, 1.0, 8.0])).round(4).tolist()
        [0.5, 0.6667, 0.9]
        """
        a, b = self.parameters
        return (b + renewals) / (a + b + renewals)


def fit(periods: Floats, ended: Floats) -> Fitted:
    """Find the parameters by maximum likelihood.

    Args:
        periods: of each of n contracts, the period in which it was ended (from 1 on), or how many it has lasted so far.
        ended: 1 where it was ended, 0 where it runs.
    """
    key, weight = np.unique(np.column_stack((periods, ended)), axis=0, return_counts=True)
    found: Any = minimize(
        _negative,
        np.zeros(2),
        args=(key[:, 0], key[:, 1], weight.astype(np.float64)),
        method="L-BFGS-B",
        bounds=[(-LOG_BOUND, LOG_BOUND)] * 2,
    )
    a, b = (float(v) for v in np.exp(found.x))
    return Fitted(Parameters(a, b), -float(found.fun))


def _negative(point: Floats, periods: Floats, ended: Floats, weight: Floats) -> float:
    a, b = np.exp(point)
    whole = betaln(a, b)
    log_likelihood = np.where(ended > 0, betaln(a + 1.0, b + periods - 1.0), betaln(a, b + periods)) - whole
    return -float(weight @ log_likelihood)
