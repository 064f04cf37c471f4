"""Pricing: purchases to come become money, part by part, each discounted once."""

from typing import TypeAlias

import numpy as np

from duecare.value.future import Future
from duecare.value.models.buying import orders_ahead
from duecare.value.models.seen import Floats, Seen
from duecare.value.npv import factors_at
from duecare.value.parts import YEAR_DAYS, margin_share, referral_value, referrals_per_year, service_cost_per_purchase
from duecare.value.terms import Terms

Columns: TypeAlias = dict[str, Floats]


def rate_per_year(terms: Terms) -> float:
    """Return the discount rate as a share of one year."""
    return terms.discount_percent_per_year / 100.0


def times(seen: Columns) -> Seen:
    """Return what a purchase model knows of customers who bought."""
    return Seen(seen["purchase_days"] - 1.0, seen["recency_days"], seen["age_days"])


def priced(seen: Columns, future: Future, discounted: Floats, ends_days: Floats, terms: Terms) -> Columns:
    """Return the parts of n customers' values; future_margin - future_service_cost + referral_value is clv.

    Args:
        seen: what is known of them; `bought_for` is what they paid, before returns.
        future: what is to come of them.
        discounted: their purchases to come, each at its discount.
        ends_days: the ends of the future that these come from.
        terms: what is supposed.
    """
    share = margin_share(seen["margin"], seen["bought_for"], seen["purchase_days"], alike=future.alike)
    service_cost = service_cost_per_purchase(seen["service_cost"], seen["purchase_days"], alike=future.alike)
    columns: Columns = {"margin_share": share, "service_cost_per_order": service_cost}
    columns["future_margin"] = discounted * future.spend_per_order * share
    columns["future_service_cost"] = discounted * service_cost
    own = columns["future_margin"] - columns["future_service_cost"]
    columns["referral_value"] = _referred(seen, future, own, discounted, ends_days, terms)
    return columns | {"clv": own + columns["referral_value"]}


def _referred(seen: Columns, future: Future, own: Floats, discounted: Floats, ends_days: Floats, terms: Terms) -> Floats:
    """What referrals to come are worth; nothing where nobody is known to have referred anybody."""
    if "referrals" not in seen or not seen["referrals"].any():
        return np.zeros(len(own))
    r, alpha = future.buying.parameters[0], future.buying.parameters[1]
    bought_a_year = (r + seen["purchase_days"] - 1.0) / (alpha + seen["age_days"]) * YEAR_DAYS
    years = discounted / np.maximum(bought_a_year, 1e-12)
    of_new = value_of_new(future, own, discounted, ends_days, terms)
    return referral_value(referrals_per_year(seen["referrals"], seen["age_days"]), years, of_new, own, terms.referral_cap_percent)


def value_of_new(future: Future, own: Floats, discounted: Floats, ends_days: Floats, terms: Terms) -> float:
    """Return what a customer is worth on the day of their first purchase, by purchases as good as everybody's on the average."""
    first = Seen(np.zeros(1), np.zeros(1), np.zeros(1))
    to_come = orders_ahead(future.buying, first, ends_days, factors_at(ends_days, rate_per_year(terms)))[1]
    return float(to_come[0]) * float(own.sum()) / max(float(discounted.sum()), 1e-300)
