"""Invented buyers whose truth is known: each purchase model's own story, played purchase by purchase."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from duecare.value.models import beta_geometric, pareto_nbd
from duecare.value.models.seen import Seen

Floats = NDArray[np.float64]
Marks = NDArray[np.bool_]
TRUE = beta_geometric.Parameters(0.55, 60.0, 0.9, 1.6)
PARETO = pareto_nbd.Parameters(0.6, 80.0, 0.7, 120.0)
AHEAD_DAYS = 180.0


def invent(customers: int, seed: int, truth: beta_geometric.Parameters = TRUE, *, first: int = 1) -> tuple[Floats, Floats, Floats, Floats]:
    """MBG/NBD, or BG/NBD where *first* is 0: frequency, recency, age, and orders in the 180 days after."""
    return invent_with_mean(customers, seed, truth, first=first)[:4]


def invent_with_mean(
    customers: int, seed: int, truth: beta_geometric.Parameters = TRUE, *, first: int = 1
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """The same, and how many orders were to be expected of each by who knew their rate, their chance to leave and whether they had left."""
    chance = np.random.default_rng(seed)
    age = chance.integers(60, 700, customers).astype(float)
    rate, leaves = chance.gamma(truth.r, 1 / truth.alpha, customers), chance.beta(truth.a, truth.b, customers)
    here = chance.random(customers) > leaves if first else np.ones(customers, np.bool_)
    *_, active = seen = _played(age, rate, here, chance, lambda still: still & (chance.random(customers) > leaves))
    chances = np.maximum(leaves, 1e-12)
    return (*seen[:4], np.where(active, -np.expm1(-rate * chances * AHEAD_DAYS) / chances, 0.0))


def invent_pareto(customers: int, seed: int, truth: pareto_nbd.Parameters = PARETO) -> tuple[Floats, Floats, Floats, Floats]:
    """Pareto/NBD: the same columns."""
    chance = np.random.default_rng(seed)
    age = chance.integers(60, 700, customers).astype(float)
    rate = chance.gamma(truth.r, 1 / truth.alpha, customers)
    gone = chance.exponential(1.0, customers) / chance.gamma(truth.s, 1 / truth.beta, customers)
    return _played(age, rate, np.ones(customers, np.bool_), chance, lambda still: still, gone)[:4]


def _played(
    age: Floats,
    rate: Floats,
    here: Marks,
    chance: np.random.Generator,
    stays: Callable[[Marks], Marks],
    gone: Floats | None = None,
) -> tuple[Floats, Floats, Floats, Floats, Marks]:
    frequency, recency, later, clock = (np.zeros(len(age)) for _ in range(4))
    active = np.zeros(len(age), np.bool_)
    last = age + AHEAD_DAYS if gone is None else np.minimum(age + AHEAD_DAYS, gone)
    while here.any():
        clock[here] += chance.exponential(1 / rate[here])
        active |= here & (clock > age)
        seen, soon = here & (clock <= np.minimum(age, last)), here & (clock > age) & (clock <= last)
        frequency[seen] += 1
        recency[seen] = clock[seen]
        later[soon] += 1
        here = stays(seen | soon)
    return frequency, recency, age, later, active


def seen_of(columns: tuple[Floats, Floats, Floats, Floats]) -> Seen:
    return Seen(*columns[:3])
