"""Contracts: what running subscriptions will yet bring, by how long such contracts have lasted."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from duecare.records import Warehouse
from duecare.value.models import sbg
from duecare.value.models.seen import Floats
from duecare.value.npv import DAYS_PER_MONTH, discount_factors
from duecare.value.terms import Money, Terms

FEWEST_ENDED = 20
"""Fewer contracts than this that were ended cannot tell how long one lasts."""

SPANS = """
SELECT n.place, CAST(s.price_per_month AS DOUBLE) AS price,
       date_diff('day', CAST(s.from_at AS DATE),
                 CAST(CASE WHEN s.to_at <= CAST($as_of AS TIMESTAMPTZ) THEN s.to_at ELSE CAST($as_of AS TIMESTAMPTZ) END AS DATE)) AS days,
       CASE WHEN s.to_at <= CAST($as_of AS TIMESTAMPTZ) THEN 1 ELSE 0 END AS ended
FROM {subscriptions} s
JOIN {numbered} n ON n.source = s.source AND n.source_id = s.source_id
WHERE s.from_at <= CAST($as_of AS TIMESTAMPTZ) AND (s.to_at IS NULL OR s.to_at >= s.from_at)
"""


@dataclass(frozen=True, slots=True)
class Contracts:
    """What running contracts will yet bring of profit, one entry a customer by number; 0 where none runs."""

    value: Floats
    """In the book's currency, today's."""
    low: Floats
    high: Floats
    """What comes stays below the one with a probability of 5 %, below the other of 95 %."""
    notes: tuple[str, ...]


def contract_values(warehouse: Warehouse, *, customers: int, as_of: datetime, money: Money, terms: Terms) -> Contracts:
    """Return the value of running subscriptions; reads `subscriptions` and `numbered`.

    A month's price counts by the gross margin of the settings, at the end of the month, if the contract lasts until then.
    """
    spans = warehouse.arrow(SPANS, {"as_of": as_of}, subscriptions="subscriptions", numbered="numbered")
    place, price, days, ended = (spans[name].to_numpy().astype(np.float64) for name in ("place", "price", "days", "ended"))
    nothing = np.zeros(customers)
    runs = ended == 0
    if not runs.any():
        return Contracts(nothing, nothing, nothing, ())
    if (ended > 0).sum() < FEWEST_ENDED:
        return Contracts(nothing, nothing, nothing, _not_learnt(int(runs.sum()), int((ended > 0).sum())))
    months = np.where(runs, np.floor(days / DAYS_PER_MONTH), np.maximum(np.ceil(days / DAYS_PER_MONTH), 1.0))
    model = sbg.fit(months, ended)
    factors = discount_factors(terms.horizon_months, terms.discount_percent_per_year / 100.0)
    margin = price[runs] * money.gross_margin_percent / 100.0
    until = np.concatenate(([0.0], np.cumsum(factors)))
    parts = (
        model.to_come(months[runs], factors),
        *(until[model.quantile(months[runs], level, len(factors)).astype(np.int64)] for level in (0.05, 0.95)),
    )
    where = place[runs].astype(np.int64)
    value, low, high = (np.bincount(where, weights=margin * part, minlength=customers).astype(np.float64) for part in parts)
    return Contracts(value, low, high, ())


def _not_learnt(running: int, ended: int) -> tuple[str, ...]:
    return (f"{running:,} subscriptions run and {ended} were ended: how long one lasts cannot be learned, so what they bring is in no CLV",)
