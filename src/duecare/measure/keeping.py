"""KPIs of promises: how often they were kept, what is about to break, and what breaches put at stake."""

import numpy as np

from duecare.measure.kpi import Ints, Sample, kpi, nobody
from duecare.measure.log import Log
from duecare.promises.instants import MISSING
from duecare.promises.verdicts import BREACHED, HALF_A_MICROSECOND, KEPT, UNDECIDED

DECIDED = "the promise's calendar; the moment at which it was kept, or at which its target passed"
NOT_YET = "what is not due, and what something else ended before it was due"


def decided(log: Log) -> tuple[Ints, np.ndarray]:
    """Return the places of the spans whose promise was kept or broken, and which were kept."""
    verdict = log.promised.judged.verdict
    mine = np.isin(verdict, (KEPT, BREACHED)) & (log.promised.decided != MISSING) & (log.contacts.aside[log.spans.contact] < 0)
    places = np.flatnonzero(mine)
    return places, verdict[places] == KEPT


@kpi(
    title="Promises kept",
    kind="share",
    unit="percent",
    numerator="clocks that came within what was promised",
    denominator="clocks whose promise was kept or broken, also those that still run past it",
    clock=DECIDED,
    nulls=NOT_YET,
    better="higher",
)
def promises_kept(log: Log) -> Sample:
    """How many of the single promises were kept, clock by clock."""
    places, kept = decided(log)
    return Sample(
        at=log.promised.decided[places],
        amount=kept.astype(np.int64),
        contact=log.spans.contact[places],
        tier=log.promised.tier[places],
    )


@kpi(
    title="Contacts with every promise kept",
    kind="share",
    unit="percent",
    numerator="contacts of which no promise was broken",
    denominator="contacts of which at least one promise was kept or broken",
    clock="the promise's calendar; the last moment at which one of them was decided",
    nulls=NOT_YET,
    better="higher",
)
def contacts_kept(log: Log) -> Sample:
    """How many contacts went by without a broken promise."""
    places, kept = decided(log)
    contact, many = log.spans.contact[places], len(log.contacts)
    broken = np.bincount(contact[~kept], minlength=many) > 0
    at = np.full(many, MISSING)
    np.maximum.at(at, contact, log.promised.decided[places])
    mine = np.flatnonzero(at != MISSING)
    return Sample(at=at[mine], amount=(~broken[mine]).astype(np.int64), contact=mine, tier=log.contacts.tier[mine])


@kpi(
    title="Kept, as the desk says",
    kind="share",
    unit="percent",
    numerator="contacts of which the desk itself says that its service level was met",
    denominator="contacts of which it says yes or no",
    clock="the opening of the contact",
    nulls="contacts of which the desk says nothing",
    better="higher",
)
def sla_met(log: Log) -> Sample:
    """How often the help desk itself says that it kept its service-level agreement."""
    mine = np.flatnonzero((log.contacts.sla_met >= 0) & (log.contacts.aside < 0))
    return Sample(at=log.contacts.opened[mine], amount=log.contacts.sla_met[mine], contact=mine, tier=log.contacts.tier[mine])


@kpi(
    title="About to break",
    kind="share",
    unit="percent",
    numerator="running clocks with less than the share of their time left that the settings say",
    denominator="running clocks whose promise is not broken yet",
    clock="now, the as-of moment",
    nulls="everything that has ended",
    better="lower",
)
def about_to_break(log: Log) -> Sample:
    """How many promises will break soon unless somebody looks at them now."""
    running = (log.promised.judged.verdict == UNDECIDED) & (log.spans.end == MISSING) & (log.contacts.aside[log.spans.contact] < 0)
    mine = np.flatnonzero(running)
    targets = np.array([*(one.target_minutes for one in log.promised.judged.promises), np.nan])[log.promised.judged.promise[mine]]
    line = targets * (1 - log.rules.about_to_breach_percent / 100.0)
    near = log.promised.judged.minutes[mine] > line + HALF_A_MICROSECOND
    now = np.full(len(mine), log.as_of)
    return Sample(at=now, amount=near.astype(np.int64), contact=log.spans.contact[mine], tier=log.promised.tier[mine])


@kpi(
    title="Value at stake per breach",
    kind="ratio",
    unit="cents",
    numerator="CLV of the customers to whom a promise was broken, each once a contact",
    denominator="contacts of valued customers of which a promise was broken",
    clock="the promise's calendar; the first moment at which a target passed",
    nulls="customers without a value; no figure without a broken promise",
    better="lower",
)
def value_at_stake(log: Log) -> Sample:
    """What the customer is worth to whom a promise was broken, on the average."""
    (places, kept), many = decided(log), len(log.contacts)
    places = places[~kept]
    far = np.iinfo(np.int64).max
    first = np.full(many, far)
    np.minimum.at(first, log.spans.contact[places], log.promised.decided[places])
    customer = log.contacts.customer
    mine = np.flatnonzero((first != far) & (customer >= 0) & (customer < len(log.stake_cents)))
    stake = np.maximum(log.stake_cents[customer[mine]], 0) if len(mine) else np.empty(0, dtype=np.int64)
    ones = Sample(at=first[mine], amount=np.ones(len(mine), dtype=np.int64), contact=mine, tier=log.contacts.tier[mine])
    return Sample(at=first[mine], amount=stake, contact=mine, tier=log.contacts.tier[mine], over=ones)


@kpi(
    title="Orders that came as promised",
    kind="share",
    unit="percent",
    numerator="orders that came by the moment they were promised for",
    denominator="orders that came, or should have come by now",
    clock="the delivery, or the promised moment where it passed without one",
    nulls="orders that were promised for no day, and cancelled ones",
    better="higher",
    never_by_tier=True,
)
def orders_kept(log: Log) -> Sample:
    """How many orders came when they were promised; this must be the same for everybody."""
    orders = log.orders
    came, told = orders.delivered != MISSING, orders.promised != MISSING
    kept = came & told & (orders.delivered <= orders.promised)
    at = np.where(kept, orders.delivered, np.minimum(orders.promised, log.as_of))
    mine = np.flatnonzero(told & (came | (orders.promised < log.as_of)))
    none = nobody(len(mine))
    return Sample(at=at[mine], amount=kept[mine].astype(np.int64), contact=none, tier=orders.tier[mine])


KEEPING = (promises_kept, contacts_kept, sla_met, about_to_break, value_at_stake, orders_kept)
