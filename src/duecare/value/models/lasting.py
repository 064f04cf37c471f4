"""Lasting: how long contracts last, by the model that tells it best, and what is to come of those that run.

Time is in periods (months); a contract that lasted t periods was paid for t times and ended at the t-th renewal.
"""

from typing import NamedTuple, Protocol

import numpy as np

from duecare.value.models import kaplan_meier, sbg
from duecare.value.models.seen import Floats


class Lasting(Protocol):
    """A fitted model of how long contracts last."""

    @property
    def log_likelihood(self) -> float: ...

    @property
    def degrees(self) -> int:
        """How many numbers were learned."""
        ...

    def lasts(self, periods: Floats) -> Floats:
        """Return the probability that a new contract lasts beyond so many periods."""
        ...


class Running(NamedTuple):
    """Kinds of running contracts, n values each."""

    lasted: Floats
    """Whole periods so far."""
    sure: Floats
    """Whole periods until the last day that is told; NaN where none is."""


def fit(periods: Floats, ended: Floats) -> tuple[str, Lasting]:
    """Return the model that tells best how long contracts last (BIC), and its name: sBG, or Kaplan-Meier where contracts end otherwise.

    Args:
        periods: of each of n contracts, the period in which it was ended (from 1 on), or how many it has lasted so far.
        ended: 1 where it was ended, 0 where it runs.

    >>> steady = np.repeat(np.arange(1.0, 5.0), [40, 24, 16, 20])
    >>> yearly = np.repeat([12.0, 24.0, 30.0], [40, 20, 40])
    >>> fit(steady, np.r_[np.ones(80), np.zeros(20)])[0], fit(yearly, np.r_[np.ones(60), np.zeros(40)])[0]
    ('sBG', 'Kaplan-Meier')
    """
    story = sbg.fit(periods, ended)
    plain = kaplan_meier.fit(periods, ended, beyond=story)
    return (kaplan_meier.NAME, plain) if _bic(plain, len(periods)) < _bic(story, len(periods)) else (sbg.NAME, story)


def _bic(model: Lasting, many: int) -> float:
    """Schwarz (1978), Estimating the dimension of a model, Annals of Statistics 6 (2), 461-464."""
    return model.degrees * float(np.log(many)) - 2.0 * model.log_likelihood


def still_there(model: Lasting, running: Running, most: int, *, goes_on: float) -> Floats:
    """Return n x *most* probabilities that each running contract lasts until the end of each coming period.

    Args:
        model: how long contracts last.
        running: of which kinds they are.
        most: how many periods ahead.
        goes_on: how often a contract goes on after the last day that was told of it. Until then it is sure.
    """
    told = ~np.isnan(running.sure)
    from_then = running.lasted + np.where(told, running.sure, 0.0)
    coming = np.arange(1.0, most + 1.0)
    ahead = model.lasts(running.lasted[:, None] + coming)
    chance = np.divide(ahead, model.lasts(from_then)[:, None], out=np.zeros_like(ahead), where=ahead > 0.0)
    chance *= np.where(told, goes_on, 1.0)[:, None]
    return np.where(coming <= running.sure[:, None], 1.0, np.minimum(chance, 1.0))


def quantile(chance: Floats, level: float) -> Floats:
    """Return how many periods each contract lasts at the most with a probability of *level*, by what `still_there` gives.

    >>> quantile(np.array([[0.9, 0.5, 0.2]]), 0.6).tolist()
    [2.0]
    """
    return (chance >= 1.0 - level).sum(axis=1).astype(np.float64)
