"""What moves each customer: how often they buy, when they stop, how much they spend, how often they ask for help.

This is the truth that valuations are held against. Customers buy at a rate of their own until
they drop out, which they may do after any purchase; this is the process of the BG/NBD model.
The figures below, with the rates in `books.py` and the share of contacts in `purchases.py`, were found
by hand, one at a time, on seeds 1 to 5 at 20,000 customers: until the best tenth of customers made 40 %
of revenue and 17 % of them all of the profit.
"""

from dataclasses import dataclass

import numpy as np

from duecare.demo.cast import CAST_SIZE, LAPSED, REFERRER, VULNERABLE, recycled
from duecare.demo.chunk import Chunk
from duecare.demo.columns import Flags, Floats
from duecare.demo.days import Window
from duecare.demo.people import People

RATE_SHAPE, RATE_MEAN = 1.5, 1 / 38
"""Purchases per day of buying time: gamma with this shape and mean."""
DROPOUT = (1.3, 11.0)
"""Chance to stop after a purchase: beta with these two parameters."""
SPEND_MEDIAN, SPEND_SPREAD = 25.0, 0.51
"""Euro an order: log-normal with this median and sigma."""
CARE_SPREAD = 1.3
"""Sigma of the log-normal propensity to ask for help, whose median is 1."""
WOMEN_SPEND = 0.80
"""What women spend against men: the planted injustice that a proxy can carry into a tier."""
BEFORE, BEFORE_DAYS = 0.42, 900
"""Share of customers who came before the window, and how long before at most."""


@dataclass(frozen=True, slots=True)
class Habits:
    """One value a person."""

    acquired: Floats
    """Day on which they became customers; negative: before the window."""
    rate: Floats
    """Purchases per day of buying time, once the quiet days after the last one are over."""
    dropout: Floats
    """Chance to stop after a purchase that went well."""
    spend: Floats
    """Euro that an order comes to in the middle."""
    care: Floats
    """Propensity to ask for help, against the median customer."""
    leaves: Floats
    """Day on which they stop whatever happens; infinite for nearly all."""
    needs_care: Flags
    """Whether they have a need the service must meet."""


def make_habits(chunk: Chunk, people: People, span: Window) -> Habits:
    """Return what moves the persons of a chunk."""
    chances, n = chunk.chances("habits"), chunk.size
    before = chances.random(n) < BEFORE
    habits = Habits(
        acquired=np.where(before, -chances.random(n) * BEFORE_DAYS, chances.random(n) * span.length),
        rate=chances.gamma(RATE_SHAPE, RATE_MEAN / RATE_SHAPE, n),
        dropout=chances.beta(*DROPOUT, n),
        spend=SPEND_MEDIAN * np.exp(SPEND_SPREAD * chances.standard_normal(n)) * np.where(people.woman, WOMEN_SPEND, 1.0),
        care=np.exp(CARE_SPREAD * chances.standard_normal(n)),
        leaves=np.full(n, np.inf),
        needs_care=chances.random(n) < 0.01,
    )
    _plant(chunk, habits, span.length)
    return habits


def _plant(chunk: Chunk, habits: Habits, length: float) -> None:
    """Give the pairs with a recycled number, and the cast, the lives that their stories need."""
    pairs = recycled(chunk)
    habits.acquired[pairs.former], habits.leaves[pairs.former] = 0.02 * length, 0.35 * length
    habits.acquired[pairs.latter] = 0.55 * length
    if not chunk.has_cast:
        return
    habits.dropout[:CAST_SIZE] = 1e-9
    habits.acquired[:3], habits.rate[:CAST_SIZE] = 0.03 * length, 1 / 60
    habits.rate[LAPSED], habits.spend[LAPSED], habits.leaves[LAPSED] = 1 / 6, 260.0, 0.45 * length
    habits.rate[REFERRER], habits.spend[REFERRER], habits.care[REFERRER] = 1 / 400, 9.0, 0.1
    habits.rate[VULNERABLE], habits.spend[VULNERABLE], habits.care[VULNERABLE] = 1 / 280, 9.0, 110.0
    habits.needs_care[:CAST_SIZE] = False
    habits.needs_care[VULNERABLE] = True
