"""Doubting: how probable two customers whom a run left two are one person, read off invented worlds whose truth is known.

Average bits are cautious: a home counts as so many times likelier than it is, and what a guard
has denied is at times a slip of the pen. So they are not turned into a probability by themselves.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from duecare.identity.edges import IN_DOUBT, NEVER
from duecare.identity.pairing import Reals

BITS = (-5.0, -3.6, -2.5, -1.5, -0.5)
"""Average bits of the pairs between two customers, where what they say is too little."""

OF_TOO_LITTLE = (0.03, 0.06, 0.19, 0.28, 0.51)
"""Share of them who are one person, in worlds of a million records."""

TORN_BITS = (0.3, 1.7, 5.5, 15.0)
OF_TORN = (0.31, 0.70, 0.85, 0.98)
"""The same where one of the two could as well be a third customer, or be taken for one who is called the same."""

HELD_BITS = (-5.0, -3.6, -2.5, -1.5, -0.5, 0.5, 1.5, 3.0, 7.0)
OF_BIRTH_DATES = (0.01, 0.02, 0.07, 0.33, 0.74, 0.91, 0.93, 0.93, 0.93)
OF_NAMES = (0.27, 0.38, 0.59, 0.63, 0.77, 0.86, 0.91, 0.93, 0.97)
"""The same where birth dates, or given names, tell them apart."""


def one_person(bits: Reals, apart: NDArray[Any]) -> Reals:
    """Return how probable two customers are one person.

    Args:
        bits: the average of the pairs between them.
        apart: the most that tells them apart, as `guard.Edges` has it.

    >>> one_person(np.array([-3.5, 3.0, 3.0]), np.array([0, 1, 2])).round(2).tolist()
    [0.07, 0.93, 0.93]
    """
    little, torn = np.interp(bits, BITS, OF_TOO_LITTLE), np.interp(bits, TORN_BITS, OF_TORN)
    free = np.where(bits > 0, torn, little)
    held = np.where(apart == NEVER, np.interp(bits, HELD_BITS, OF_NAMES), np.interp(bits, HELD_BITS, OF_BIRTH_DATES))
    return np.where((apart == NEVER) | (apart == IN_DOUBT), held, free)


def uncertainty(probability: Reals) -> Reals:
    """Return how uncertain it is that two customers are two: 1 from even odds on, for then it is more likely wrong than right.

    >>> uncertainty(np.array([0.1, 0.5, 0.9])).round(2).tolist()
    [0.36, 1.0, 1.0]
    """
    return np.where(probability > 0.5, 1.0, 4 * probability * (1 - probability))
