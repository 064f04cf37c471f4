"""A chunk: the customers that are made together, so that memory stays bounded however many there are.

A chunk knows the seed, its place and its size and nothing of the others, so chunks come out
the same in any order. Only the last chunk of a shop can differ from that of a larger shop.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

PER_CHUNK = 100_000
"""Customers of a full chunk: about 1 GB while it is made."""

STEPS = (
    "people", "habits", "records", "opened", "forms", "purchases", "baskets", "delivery",
    "team", "shifts", "contacts", "waits", "ends", "events", "surveys", "referrals", "traits", "groups", "levels",
)  # fmt: skip
"""Each step draws from its own stream, so that a change in one leaves the others as they were."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some customers of the shop, numbered over the whole shop."""

    seed: int
    place: int
    first: int
    size: int

    def chances(self, step: str) -> np.random.Generator:
        """Return the stream of chances that belongs to one step of this chunk."""
        return np.random.default_rng([self.seed, self.place, STEPS.index(step)])

    @property
    def has_cast(self) -> bool:
        """Whether the planted stories play here: in the first chunk alone."""
        return self.place == 0


def chunks(customers: int, seed: int, per_chunk: int = PER_CHUNK) -> Iterator[Chunk]:
    """Part the customers into chunks; the last one may be smaller.

    >>> [(c.first, c.size) for c in chunks(25, seed=1, per_chunk=10)]
    [(0, 10), (10, 10), (20, 5)]
    """
    for place, first in enumerate(range(0, customers, per_chunk)):
        yield Chunk(seed, place, first, min(per_chunk, customers - first))
