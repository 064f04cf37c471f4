"""Sensitivity: what everybody would be worth under other terms, the models as they are.

Another horizon or discount changes what the purchases to come of each customer count for, as the purchase model has it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from duecare.value.future import Future
from duecare.value.models.buying import weighed_if_active
from duecare.value.models.seen import Floats
from duecare.value.npv import factors_at, month_ends_days
from duecare.value.pricing import Columns, priced, rate_per_year, times
from duecare.value.terms import Terms

OTHERWISE: Mapping[str, tuple[float, ...]] = {
    "horizon_months": (12, 24, 36, 60),
    "discount_percent_per_year": (5.0, 10.0, 15.0),
    "referral_cap_percent": (0.0, 25.0, 50.0, 100.0),
}
"""Each term, and what else it could be."""


Change: TypeAlias = tuple[str, float]
"""The name of a term, and what else it is to be."""


def changes(terms: Terms) -> list[Change]:
    """Return every term with what else it could be."""
    return [(name, value) for name, values in OTHERWISE.items() for value in values if value != getattr(terms, name)]


def changed(terms: Terms, change: Change) -> Terms:
    """Return the terms with one of them changed.

    >>> changed(Terms(), ("horizon_months", 12)).horizon_months
    12
    """
    return replace(terms, **{change[0]: change[1]})


def otherwise(seen: Columns, future: Future, terms: Terms) -> dict[Change, Floats]:
    """Return for each changed term the CLV of n customers, all other terms as they are."""
    return {change: _clv(seen, future, terms, changed(terms, change)) for change in changes(terms)}


def _clv(seen: Columns, future: Future, terms: Terms, other: Terms) -> Floats:
    now, then = (_weight(seen, future, each) for each in (terms, other))
    discounted = future.discounted * np.divide(then, now, out=np.ones(len(now)), where=now > 0)
    return priced(seen, future, discounted, month_ends_days(other.horizon_months), other)["clv"]


def _weight(seen: Columns, future: Future, terms: Terms) -> Floats:
    """What the purchases to come of a customer who is active count for."""
    ends = month_ends_days(int(terms.horizon_months))
    if future.alike:
        return np.full(len(future.orders), float(factors_at(ends, rate_per_year(terms)).sum()))
    return weighed_if_active(future.buying, times(seen), ends, factors_at(ends, rate_per_year(terms)))[1]
