"""The cast: who plays which planted story, by place in the first chunk, and what sets them apart.

Their records are written without slips, so that a story hangs on what it is about and not
on luck. `stories.py` looks up afterwards what became of them.
"""

from dataclasses import dataclass

import numpy as np

from duecare.demo.chunk import Chunk
from duecare.demo.columns import Flags, Ints

LAPSED = 0
"""Bought much and often, then stopped."""
REFERRER = 1
"""Buys little, brings customers who buy much."""
VULNERABLE = 2
"""Spends little, has a need that one desk knows."""
FORMER, LATTER = 3, 4
"""Two strangers who had the same mobile number one after the other."""
FAMILY = (5, 6, 7)
"""A couple and a grown child who bears a parent's name, with one telephone in the hall."""

CAST_HOMES = (1, 1, 1, 1, 1, 3)
"""Persons in each of the first households of the cast's chunk."""
CAST_SIZE = sum(CAST_HOMES)

RECYCLED_EVERY = 1_000
"""One in so many customers has a mobile number that someone else had before."""


@dataclass(frozen=True, slots=True)
class Recycled:
    """Who gave a mobile number up, and who got it; places in the chunk, pair by pair."""

    former: Ints
    latter: Ints


def recycled(chunk: Chunk) -> Recycled:
    """Return the pairs of strangers that share a mobile number over time."""
    former = np.arange(500, chunk.size - 250, RECYCLED_EVERY, dtype=np.int64)
    planted = [FORMER] if chunk.has_cast else []
    return Recycled(
        np.concatenate((planted, former)).astype(np.int64), np.concatenate(([LATTER] if planted else [], former + 200)).astype(np.int64)
    )


def cast_flags(chunk: Chunk) -> Flags:
    """Return who belongs to the cast."""
    return np.arange(chunk.size) < (CAST_SIZE if chunk.has_cast else 0)
