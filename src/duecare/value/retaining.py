"""Retaining: what it is worth that one customer stays, beside what winning another one costs.

Recruiting and keeping compete for the same money. What was paid to win a customer is past
and never enters their CLV; it only tells what it would cost to win the next one.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from duecare.value.costing import Won


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """What it is worth that one customer of a tier stays."""

    tier: str
    worth: float
    """Mean CLV of the tier's customers who have one, book's currency."""
    contacts: float | None
    """How many contacts of average cost that pays for; None when contacts cost nothing, 0 when it is worth nothing."""
    customers_won: float | None
    """How many new customers could be won for it; None when winning one costs nothing or is not known."""


def one_saved(tier: str, *, clv: float | None, valued: int, contact_cost: float | None, winning_cost: float | None) -> Saved | None:
    """Return what one saved customer of a tier is worth, and what that pays for; None where nobody of the tier has a CLV.

    Args:
        tier: its name.
        clv: CLV of all its customers together, book's currency.
        valued: how many of them have a CLV.
        contact_cost: what a contact costs on average, book's currency.
        winning_cost: what winning a customer costs on average, book's currency.

    >>> one_saved("Plus", clv=900.0, valued=10, contact_cost=6.0, winning_cost=30.0)
    Saved(tier='Plus', worth=90.0, contacts=15.0, customers_won=3.0)
    """
    if clv is None or valued == 0:
        return None
    worth = clv / valued
    return Saved(tier=tier, worth=worth, contacts=_pays(worth, contact_cost), customers_won=_pays(worth, winning_cost))


def _pays(worth: float, each: float | None) -> float | None:
    return max(worth, 0.0) / each if each is not None and each > 0.0 else None


def mean_winning_cost(won: Sequence[Won]) -> float | None:
    """Return what winning a customer costs over all channels with a rate, None without one.

    >>> mean_winning_cost([Won(channel="web", customers=3, cost_each=10.0), Won(channel="shop", customers=1, cost_each=30.0)])
    15.0
    """
    rated = [(one.customers, one.cost_each) for one in won if one.cost_each is not None]
    customers = sum(many for many, _ in rated)
    return sum(many * each for many, each in rated) / customers if customers else None
