"""Doubting: how probable two customers whom a run left two are one person, read off invented worlds whose truth is known.

Average bits are cautious: a home counts as so many times likelier than it is, and what a guard
has denied is at times a slip of the pen. So they are not turned into a probability by themselves.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from duecare.identity.edges import IN_DOUBT, NEVER
from duecare.identity.pairing import Reals

BITS = (-5.0, -3.5, -2.5, -1.5, -0.5)
"""Average bits of the pairs between two customers, where what they say is too little."""

OF_TOO_LITTLE = (0.05, 0.14, 0.27, 0.40, 0.67)
"""Share of them who are one person: between that of worlds of 150,000 records, where it is a little more, and of a million."""

TORN_BITS = (0.0, 1.5, 6.0, 15.0)
OF_TORN = (0.47, 0.75, 0.78, 0.87)
"""The same where one of the two could as well be a third customer."""

HELD_BITS = (-5.0, -3.5, -2.5, -1.5, -0.5, 0.5, 1.5, 3.0, 12.0)
OF_BIRTH_DATES = (0.04, 0.04, 0.09, 0.25, 0.36, 0.60, 0.90, 0.95, 0.95)
OF_NAMES = (0.19, 0.34, 0.57, 0.67, 0.83, 0.90, 0.93, 0.94, 0.96)
"""The same where birth dates, or given names, tell them apart."""


def one_person(bits: Reals, apart: NDArray[Any]) -> Reals:
    """Return how probable two customers are one person.

    Args:
        bits: the average of the pairs between them.
        apart: the most that tells them apart, as `guard.Edges` has it.

    >>> one_person(np.array([-3.5, 3.0, 3.0]), np.array([0, 1, 2])).round(2).tolist()
    [0.14, 0.95, 0.94]
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
