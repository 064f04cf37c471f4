"""Kaplan-Meier: how long contracts last, as it was seen, where no story of it holds (yearly terms, a price that rose).

Of those that reached a period, the share that were ended in it; P(lasts beyond t) is the product of one minus each. Beyond
what enough contracts have reached nothing was seen: there another model's chances to be ended follow.
Source: Kaplan & Meier (1958), Nonparametric estimation from incomplete observations, JASA 53 (282), 457-481.
"""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy.special import xlogy

from duecare.value.models.seen import Floats

NAME = "Kaplan-Meier"

LEAST_REACHED = 20
"""A period is told of by so many contracts that reached it, or more."""


class _Beyond(Protocol):
    def lasts(self, periods: Floats) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Fitted:
    """The share of contracts that lasted beyond each period."""

    shares: Floats
    """Of 0, 1, 2 ... periods; the first is 1."""
    log_likelihood: float
    degrees: int
    """One for each period that was counted, and two for what follows."""
    beyond: _Beyond

    def lasts(self, periods: Floats) -> Floats:
        """Return the probability that a new contract lasts beyond so many whole periods."""
        last = float(len(self.shares) - 1)
        seen = self.shares[np.minimum(periods, last).astype(np.int64)]
        return seen * self.beyond.lasts(np.maximum(periods, last)) / self.beyond.lasts(np.array([last]))[0]


def fit(periods: Floats, ended: Floats, *, beyond: _Beyond) -> Fitted:
    """Count who was ended in each period of those who reached it.

    Args:
        periods: of each of n contracts, the period in which it was ended (from 1 on), or how many it has lasted so far.
        ended: 1 where it was ended, 0 where it runs.
        beyond: what holds beyond the periods that at least 20 contracts reached.

    >>> class Never:
    ...     def lasts(self, periods):
    ...         return np.ones(periods.shape)
    >>> many = np.repeat([1.0, 2.0, 2.0], [30, 35, 35])
    >>> fit(many, np.r_[np.ones(65), np.zeros(35)], beyond=Never()).lasts(np.array([0.0, 1.0, 2.0, 9.0])).round(4).tolist()
    [1.0, 0.7, 0.35, 0.35]
    """
    last = int(periods.max(initial=0))
    all_of, over = (np.bincount(periods.astype(np.int64), weights=weights, minlength=last + 1) for weights in (None, ended))
    reached = np.cumsum(all_of[::-1])[::-1].astype(np.float64)
    told = int(np.flatnonzero(reached >= LEAST_REACHED).max(initial=0))
    chance = np.divide(over, reached, out=np.zeros(last + 1), where=reached > 0)
    after = np.arange(told, last + 1.0)
    chance[told + 1 :] = 1.0 - beyond.lasts(after[1:]) / beyond.lasts(after[:-1])
    log_likelihood = float((xlogy(over, chance) + xlogy(reached - over, 1.0 - chance))[1:].sum())
    return Fitted(np.cumprod(1.0 - chance[: told + 1]).astype(np.float64), log_likelihood, told + 2, beyond)
