"""What comes of it: whether customers come back, what they bring and whom, after a promise was kept or broken.

Who was let down may have differed before; what is told here goes along with service and need not
come from it. What comes from it is asked in `effects` and `discontinuity`.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from duecare.measure.intervals import mean_interval, wilson
from duecare.measure.keeping import contacts_kept
from duecare.measure.kpi import Ints, Sample, kpi, nobody
from duecare.measure.log import Flags, Log
from duecare.measure.periods import DAY

AGAIN_DAYS = 90
REVENUE_DAYS = (30, 90)


@kpi(
    title="Bought again",
    kind="share",
    unit="percent",
    numerator="orders that the same customer followed by another within 90 days",
    denominator="orders of known customers that are at least 90 days old",
    clock="90 days after the order: only then it is known",
    nulls="orders of nobody who is known, cancelled ones, and those of the last 90 days",
    better="higher",
)
def bought_again(log: Log) -> Sample:
    """How many orders were followed by another one within 90 days."""
    orders = log.orders
    ripe = np.flatnonzero((orders.customer >= 0) & (orders.cents > 0) & (orders.at + AGAIN_DAYS * DAY <= log.as_of))
    at, none = orders.at[ripe] + AGAIN_DAYS * DAY, nobody(len(ripe))
    return Sample(at=at, amount=_followed(log)[ripe].astype(np.int64), contact=none, tier=orders.tier[ripe])


def _followed(log: Log) -> Flags:
    """Whether the next order of the same customer comes within the days."""
    orders = log.orders
    found = np.zeros(len(orders.at), dtype=np.bool_)
    found[:-1] = (orders.customer[1:] == orders.customer[:-1]) & (orders.at[1:] <= orders.at[:-1] + AGAIN_DAYS * DAY)
    return found


FOLLOWING = (bought_again,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """What came after contacts of one tier, kept or broken."""

    tier: str
    kept: bool
    """Whether every promise of the contact was kept."""
    contacts: int
    """Of known customers, at least 90 days old."""
    revenue_30_days: float
    """The mean of what the customer bought for in the days after, in money."""
    revenue_90_days: float
    revenue_90_low: float
    revenue_90_high: float
    bought_again_percent: float
    """How many bought anything in 90 days."""
    bought_again_low: float
    bought_again_high: float
    referrals_per_100: float
    """How many new customers a hundred of them brought in 90 days."""


def followed(log: Log) -> list[Followed]:
    """Tell what came after contacts, by tier and by whether promises were kept; best tier first."""
    sample = contacts_kept.take(log)
    customer = log.contacts.customer[sample.contact]
    ripe = np.flatnonzero((customer >= 0) & (sample.at + max(REVENUE_DAYS) * DAY <= log.as_of))
    customer, at, tier, kept = customer[ripe], sample.at[ripe], sample.tier[ripe], sample.amount[ripe] == 1
    sums = {
        days: done_within(log.orders.customer, log.orders.at, np.maximum(log.orders.cents, 0), customer, at, days) for days in REVENUE_DAYS
    }
    ones = np.ones(len(log.orders.at), dtype=np.int64)
    orders = done_within(log.orders.customer, log.orders.at, ones, customer, at, AGAIN_DAYS)
    brought = done_within(
        log.referrals.customer, log.referrals.at, np.ones(len(log.referrals.at), dtype=np.int64), customer, at, AGAIN_DAYS
    )
    made: list[Followed] = []
    for place, name in enumerate(log.tiers):
        for state in (True, False):
            mine = np.flatnonzero((tier == place) & (kept == state))
            if len(mine):
                made.append(_one(name, [sums[days][mine] for days in REVENUE_DAYS], orders[mine], brought[mine], kept=state))
    return made


def _one(tier: str, sums: Sequence[Ints], orders: Ints, brought: Ints, *, kept: bool) -> Followed:
    many = len(orders)
    money = sums[1] / 100.0
    low, high = mean_interval(np.array([money.sum()]), np.array([(money**2).sum()]), np.array([many]))
    again = int((orders > 0).sum())
    ends = wilson(np.array([again]), np.array([many]))
    return Followed(
        tier=tier,
        kept=kept,
        contacts=many,
        revenue_30_days=float(sums[0].mean() / 100.0),
        revenue_90_days=float(money.mean()),
        revenue_90_low=float(low[0]),
        revenue_90_high=float(high[0]),
        bought_again_percent=100.0 * again / many,
        bought_again_low=float(100 * ends[0][0]),
        bought_again_high=float(100 * ends[1][0]),
        referrals_per_100=float(100 * brought.mean()),
    )


def done_within(owner: Ints, when: Ints, amount: Ints, customer: Ints, at: Ints, days: int) -> Ints:
    """Return the sum of what each customer did within so many days after a moment, or before it and at it where days are below 0.

    Args:
        owner: whose each deed was, ascending, and by time within.
        when: the moments of the deeds, microseconds since 1970.
        amount: what is summed up.
        customer: whose deeds are asked for.
        at: around when.
        days: how many.
    """
    moments = np.sort(when)
    step = len(moments) + 1
    key = owner * step + np.searchsorted(moments, when)
    running = np.concatenate([[0], np.cumsum(amount)])
    ends = (at, at + days * DAY) if days >= 0 else (at + days * DAY, at)
    first, last = (np.searchsorted(key, customer * step + np.searchsorted(moments, end, side="right")) for end in ends)
    return running[last] - running[first]
