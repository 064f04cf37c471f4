"""Held: which tier every customer had at any moment."""

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]

ALWAYS = int(np.iinfo(np.int64).min)
"""From before everything."""


@dataclass(frozen=True, slots=True)
class Held:
    """Which tier was given to whom when; one value a change, in any order.

    Before the first change of theirs, and if they are nobody who is known, a customer has the last tier.
    """

    tiers: tuple[str, ...]
    """Best first."""
    customer: Ints
    """Numbers of customers."""
    at: Ints
    """From when on, microseconds since 1970; ALWAYS for from before everything."""
    tier: Ints
    """Place in `tiers`."""
    _moments: Ints = field(init=False)
    _keys: Ints = field(init=False)
    _order: Ints = field(init=False)

    def __post_init__(self) -> None:
        moments = np.unique(self.at)
        keys = self.customer * (len(moments) + 1) + np.searchsorted(moments, self.at) + 1
        order = np.argsort(keys, kind="stable")
        for name, value in (("_moments", moments), ("_keys", keys[order]), ("_order", order)):
            object.__setattr__(self, name, value)

    def of(self, customer: Ints, at: Ints) -> Ints:
        """Return the place of each customer's tier at a moment of their own; -1 stands for nobody who is known.

        >>> held = Held(("Premium", "Standard"), np.array([7, 7]), np.array([10, 20]), np.array([0, 1]))
        >>> held.of(np.array([7, 7, 7, -1]), np.array([9, 10, 20, 15])).tolist()
        [1, 0, 1, 1]
        """
        step = len(self._moments) + 1
        key = customer * step + np.searchsorted(self._moments, at, side="right")
        place = np.searchsorted(self._keys, key, side="right") - 1
        known = (place >= 0) & (customer >= 0)
        row = self._order[np.where(known, place, 0)] if len(self._order) else np.zeros(len(customer), dtype=np.int64)
        theirs = known & (self.customer[row] == customer) if len(self._order) else np.zeros(len(customer), dtype=np.bool_)
        last = len(self.tiers) - 1
        return np.where(theirs, self.tier[row], last) if len(self._order) else np.full(len(customer), last)
