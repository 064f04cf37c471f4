"""The parts of a customer's value: future margin, minus future cost to serve, plus what they bring by referring others.

One's own rates lean on everybody's by as much as little is known of oneself.
"""

import numpy as np

from duecare.value.models.seen import Floats

PRIOR_PURCHASES = 3.0
"""How many purchases of the average customer are mixed into one's own margin and cost to serve."""

PRIOR_MONTHS = 12.0
"""How many months of the average contract are mixed into what serving one's own costs."""

PRIOR_YEARS = 3.0
"""How many years of the average customer are mixed into how often one refers others."""

YEAR_DAYS = 365.25


def margin_share(margin: Floats, revenue: Floats, purchases: Floats, *, alike: bool = False) -> Floats:
    """Return n customers' margin as a share of revenue, refunds taken off, pulled towards everybody's.

    (margin + k M) / (revenue + k), k the revenue of three purchases of the average customer, M everybody's share; M for all where
    customers are *alike*.

    >>> margin_share(np.array([40.0, 0.0]), np.array([100.0, 0.0]), np.array([1.0, 1.0])).round(3).tolist()
    [0.4, 0.4]
    """
    total = max(float(revenue.sum()), 1e-300)
    prior = PRIOR_PURCHASES * total / max(float(purchases.sum()), 1.0)
    if alike:
        return np.full(len(revenue), float(margin.sum()) / total)
    return (margin + prior * float(margin.sum()) / total) / (np.maximum(revenue, 0.0) + prior)


def service_cost_per_purchase(service_cost: Floats, purchases: Floats, *, alike: bool = False) -> Floats:
    """Return what serving each of n customers costs for each purchase, pulled towards everybody's, which holds for all who are *alike*.

    >>> service_cost_per_purchase(np.array([6.0, 0.0]), np.array([3.0, 3.0])).tolist()
    [1.5, 0.5]
    """
    everybody = float(service_cost.sum()) / max(float(purchases.sum()), 1.0)
    if alike:
        return np.full(len(purchases), everybody)
    return (service_cost + PRIOR_PURCHASES * everybody) / (purchases + PRIOR_PURCHASES)


def service_cost_per_month(service_cost: Floats, months: Floats) -> Floats:
    """Return what serving each of n customers costs for each month under contract, pulled towards everybody's.

    >>> service_cost_per_month(np.array([24.0, 0.0]), np.array([12.0, 12.0])).tolist()
    [1.5, 0.5]
    """
    everybody = float(service_cost.sum()) / max(float(months.sum()), 1.0)
    return (service_cost + PRIOR_MONTHS * everybody) / (months + PRIOR_MONTHS)


def referrals_per_year(referrals: Floats, age_days: Floats) -> Floats:
    """Return how many others each of n customers brings in a year, pulled towards everybody's rate.

    >>> referrals_per_year(np.array([2.0, 0.0]), np.array([365.25, 365.25])).round(3).tolist()
    [1.25, 0.75]
    """
    years = age_days / YEAR_DAYS
    everybody = float(referrals.sum()) / max(float(years.sum()), 1e-9) if referrals.sum() > 0 else 0.0
    return (referrals + PRIOR_YEARS * everybody) / (years + PRIOR_YEARS)


def referral_value(rate_per_year: Floats, active_years: Floats, value_of_new: float, own: Floats, cap_percent: float) -> Floats:
    """Return what n customers bring by those whom they will yet refer, in today's money.

    Only referrals to come count: whoever was referred already is a customer and has a value of their own, so nothing
    is counted twice. It counts at most *cap_percent* of what the customer is worth by their own purchases.

    Args:
        rate_per_year: referrals a year while active.
        active_years: discounted years that each is expected to be active within the horizon.
        value_of_new: what a customer is worth on the day of their first purchase; below zero counts as nothing.
        own: future margin minus future cost to serve of each.
        cap_percent: of *own*, from 0 on.
    """
    return np.minimum(rate_per_year * active_years * max(value_of_new, 0.0), np.maximum(own, 0.0) * cap_percent / 100.0)
