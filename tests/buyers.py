"""Invented buyers whose truth is known: the purchase model's own story, played purchase by purchase."""

import numpy as np
from numpy.typing import NDArray

from duecare.value.models import mbg_nbd

Floats = NDArray[np.float64]
TRUE = mbg_nbd.Parameters(0.55, 60.0, 0.9, 1.6)


def invent(customers: int, seed: int, truth: mbg_nbd.Parameters = TRUE) -> tuple[Floats, Floats, Floats, Floats]:
    """Play the model's own story purchase by purchase: frequency, recency, age, and orders in the 180 days after."""
    chance = np.random.default_rng(seed)
    age = chance.integers(60, 700, customers).astype(float)
    rate, leaves = chance.gamma(truth.r, 1 / truth.alpha, customers), chance.beta(truth.a, truth.b, customers)
    frequency, recency, later, clock = (np.zeros(customers) for _ in range(4))
    here = chance.random(customers) > leaves
    while here.any():
        clock[here] += chance.exponential(1 / rate[here])
        seen, soon = here & (clock <= age), here & (clock > age) & (clock <= age + 180)
        frequency[seen] += 1
        recency[seen] = clock[seen]
        later[soon] += 1
        here = (seen | soon) & (chance.random(customers) > leaves)
    return frequency, recency, age, later
