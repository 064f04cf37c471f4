"""Buying: what every model of purchases can be asked, whoever it is."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import numpy as np

from duecare.value.models.seen import Floats, Seen, distinct


class Buying(Protocol):
    """A fitted model of when customers buy and when they leave.

    In each of them what is known of a customer who is active now hangs on how often and for how long
    they bought alone, and not on when they bought last; that only tells whether they are active.
    """

    @property
    def parameters(self) -> NamedTuple: ...

    @property
    def log_likelihood(self) -> float: ...

    @property
    def on_bound(self) -> bool: ...

    def alive(self, seen: Seen, traits: Floats | None = None) -> Floats:
        """Return the probability that each of n customers is still active."""
        ...

    def if_active(self, frequency: Floats, age_days: Floats, ends_days: Floats, traits: Floats | None = None) -> Floats:
        """Return n x k expected purchases from now until each end, of who is active now."""
        ...

    def draw_if_active(
        self, frequency: Floats, age_days: Floats, days: float, draws: int, chance: np.random.Generator
    ) -> tuple[Floats, Floats]:
        """Draw n x draws purchases within so many days of who is active now, and how many were to be expected."""
        ...

    def others(self, count: int, chance: np.random.Generator) -> "Sequence[Buying]":
        """Return so many models that could as well be true; this one alone where there is no doubt."""
        ...


def expected_orders(model: Buying, seen: Seen, ends_days: Floats, traits: Floats | None = None) -> Floats:
    """Return how many purchases to expect of each of n customers from the as-of day until each of k ends: n x k, rising along k."""
    alive = model.alive(seen, traits)[:, None]
    if traits is not None and traits.shape[1]:
        return alive * model.if_active(seen.frequency, seen.age_days, ends_days, traits)
    (often, age), which, _ = distinct(seen.frequency, seen.age_days)
    return alive * model.if_active(often, age, ends_days)[which]


def orders_ahead(model: Buying, seen: Seen, ends_days: Floats, factors: Floats, traits: Floats | None = None) -> tuple[Floats, Floats]:
    """Return the purchases to expect of each of n customers until the last end, and the same with each piece of time at its factor.

    As `expected_orders`, without ever holding n x k numbers.

    Args:
        model: of purchases.
        seen: what is known.
        ends_days: k ends of the future, days from now, rising.
        factors: k factors, of what comes between an end and the one before.
        traits: n x traits, where the model was fitted with any.
    """
    alive = model.alive(seen, traits)
    last, each = weighed_if_active(model, seen, ends_days, factors, traits)
    return alive * last, alive * each


def weighed_if_active(model: Buying, seen: Seen, ends_days: Floats, factors: Floats, traits: Floats | None = None) -> tuple[Floats, Floats]:
    """Return the same of customers who are active now."""
    (often, age, *more), which, _ = distinct(seen.frequency, seen.age_days, *(traits.T if traits is not None else ()))
    until = model.if_active(often, age, ends_days, np.column_stack(more) if more else None)
    return until[:, -1][which], weighed(until, factors)[which]


def weighed(until: Floats, factors: Floats) -> Floats:
    """Return the sum of what comes in each piece of time at its factor.

    Args:
        until: n x k expected purchases from now until each of k ends.
        factors: of the k pieces.

    >>> weighed(np.array([[1.0, 3.0]]), np.array([1.0, 0.5])).tolist()
    [2.0]
    """
    total = np.zeros(len(until))
    for piece, factor in zip(np.diff(until, axis=1, prepend=0.0).T, factors, strict=True):  # a matrix product would round by a row's place
        total += piece * factor
    return total
