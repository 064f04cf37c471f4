"""Held: which tier every customer had at any moment."""

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Ints: TypeAlias = NDArray[np.int64]

ALWAYS = int(np.iinfo(np.int64).min)
"""From before everything."""
CHANGES = -2


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
    _for_good: Ints = field(init=False)
    """By customer: the place of a tier that was always theirs, CHANGES where it changed."""

    def __post_init__(self) -> None:
        moments = np.unique(self.at)
        keys = self.customer * (len(moments) + 1) + np.searchsorted(moments, self.at) + 1
        order = np.argsort(keys, kind="stable")
        many = int(self.customer.max(initial=-1)) + 1
        times = np.bincount(self.customer, minlength=many)
        steady = np.full(many + 1, len(self.tiers) - 1)  # the last one is nobody's
        steady[:many][times > 0] = CHANGES
        always = (self.at == ALWAYS) & (times[self.customer] == 1) if many else np.zeros(0, dtype=np.bool_)
        steady[self.customer[always]] = self.tier[always]
        for name, value in (("_moments", moments), ("_keys", keys[order]), ("_order", order), ("_for_good", steady)):
            object.__setattr__(self, name, value)

    def of(self, customer: Ints, at: Ints) -> Ints:
        """Return the place of each customer's tier at a moment of their own; -1 stands for nobody who is known.

        >>> held = Held(("Premium", "Standard"), np.array([7, 7]), np.array([10, 20]), np.array([0, 1]))
        >>> held.of(np.array([7, 7, 7, -1]), np.array([9, 10, 20, 15])).tolist()
        [1, 0, 1, 1]
        """
        found = self._for_good[np.where(customer < len(self._for_good) - 1, customer, -1)]
        which = np.flatnonzero(found == CHANGES)
        found[which] = self._changing(customer[which], at[which])
        return found

    def _changing(self, customer: Ints, at: Ints) -> Ints:
        """The same of those whose tier changed."""
        if not len(customer):
            return customer
        key = customer * (len(self._moments) + 1) + np.searchsorted(self._moments, at, side="right")
        row = self._order[np.maximum(np.searchsorted(self._keys, key, side="right") - 1, 0)]
        theirs = (self.customer[row] == customer) & (self.at[row] <= at)
        return np.where(theirs, self.tier[row], len(self.tiers) - 1)
