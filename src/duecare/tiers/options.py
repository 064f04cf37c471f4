"""Options: what the perks and specialists of a policy cost and whether there are enough of them."""

from collections.abc import Mapping
from dataclasses import dataclass

from duecare.tiers.policy import Policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """An option, as far as a plan would give it."""

    option: str
    tiers: tuple[str, ...]
    customers: int
    cost_per_month: float
    """In the book's currency."""
    capacity_customers: int | None
    lacking: int
    """How many customers are beyond the capacity."""


def options_given(policy: Policy, customers: Mapping[str, int]) -> list[Given]:
    """Return what each option comes to when so many *customers* are in each tier.

    >>> from duecare.tiers.policy import Option, TierRule
    >>> line = Option(name="line", says="a direct line", cost_per_customer_month=2.5, capacity_customers=100)
    >>> tiers = (TierRule(name="Best", when="orders > 9", options=("line",)), TierRule(name="Rest"))
    >>> [(one.customers, one.cost_per_month, one.lacking) for one in options_given(Policy(tiers, options=(line,)), {"Best": 120, "Rest": 900})]
    [(120, 300.0, 20)]
    """
    made = list[Given]()
    for one in policy.options:
        tiers = tuple(tier.name for tier in policy.tiers if one.name in tier.options)
        many, most = sum(customers.get(name, 0) for name in tiers), one.capacity_customers
        cost, lacking = many * one.cost_per_customer_month, 0 if most is None else max(many - most, 0)
        made.append(Given(option=one.name, tiers=tiers, customers=many, cost_per_month=cost, capacity_customers=most, lacking=lacking))
    return made
