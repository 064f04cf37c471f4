"""Invented buyers whose truth is known: each purchase model's own story, played purchase by purchase."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from duecare.value.models import beta_geometric, pareto_nbd
from duecare.value.models.seen import Seen

Floats = NDArray[np.float64]
TRUE = beta_geometric.Parameters(0.55, 60.0, 0.9, 1.6)
PARETO = pareto_nbd.Parameters(0.6, 80.0, 0.7, 120.0)
AHEAD_DAYS = 180.0


def invent(customers: int, seed: int, truth: beta_geometric.Parameters = TRUE, *, first: int = 1) -> tuple[Floats, Floats, Floats, Floats]:
    """MBG/NBD, or BG/NBD where *first* is 0: frequency, recency, age, and orders in the 180 days after."""
    chance = np.random.default_rng(seed)
    age = chance.integers(60, 700, customers).astype(float)
    rate, leaves = chance.gamma(truth.r, 1 / truth.alpha, customers), chance.beta(truth.a, truth.b, customers)
    here = chance.random(customers) > leaves if first else np.ones(customers, np.bool_)
    return _played(age, rate, here, chance, lambda still: still & (chance.random(customers) > leaves))


def invent_pareto(customers: int, seed: int, truth: pareto_nbd.Parameters = PARETO) -> tuple[Floats, Floats, Floats, Floats]:
    """Pareto/NBD: the same columns."""
    chance = np.random.default_rng(seed)
    age = chance.integers(60, 700, customers).astype(float)
    rate = chance.gamma(truth.r, 1 / truth.alpha, customers)
    gone = chance.exponential(1.0, customers) / chance.gamma(truth.s, 1 / truth.beta, customers)
    return _played(age, rate, np.ones(customers, np.bool_), chance, lambda still: still, gone)


def _played(
    age: Floats,
    rate: Floats,
    here: NDArray[np.bool_],
    chance: np.random.Generator,
    stays: Callable[[NDArray[np.bool_]], NDArray[np.bool_]],
    gone: Floats | None = None,
) -> tuple[Floats, Floats, Floats, Floats]:
    frequency, recency, later, clock = (np.zeros(len(age)) for _ in range(4))
    last = age + AHEAD_DAYS if gone is None else np.minimum(age + AHEAD_DAYS, gone)
    while here.any():
        clock[here] += chance.exponential(1 / rate[here])
        seen, soon = here & (clock <= np.minimum(age, last)), here & (clock > age) & (clock <= last)
        frequency[seen] += 1
        recency[seen] = clock[seen]
        later[soon] += 1
        here = stays(seen | soon)
    return frequency, recency, age, later


def seen_of(columns: tuple[Floats, Floats, Floats, Floats]) -> Seen:
    return Seen(*columns[:3])
