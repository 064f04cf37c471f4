"""Mishaps: orders that came late and waits that were longer than promised, as cases of a natural comparison."""

import numpy as np

from duecare.measure.following import done_within
from duecare.measure.keeping import decided
from duecare.measure.log import Flags, Ints, Log
from duecare.measure.natural import Cases, Floats
from duecare.measure.periods import DAY, local_days, period_of
from duecare.promises.instants import MISSING
from duecare.promises.terms import CLOCKS

RETURN_DAYS = 180
"""Within so many days after it is looked whether a customer bought again, and as long before whether they were like the others."""
WAITS = ("first_response", "queue_wait")
"""Promises that are about waiting for a person."""
HUNDRED = 100.0


def late_orders(log: Log) -> Cases:
    """Return the orders that were promised for a day and came, or should have come long ago: did they come late, and did the customer come back?"""
    orders = log.orders
    came, told = orders.delivered != MISSING, orders.promised != MISSING
    ripe = (orders.customer >= 0) & told & (came | (orders.promised < log.as_of)) & (orders.at + RETURN_DAYS * DAY <= log.as_of)
    mine = np.flatnonzero(ripe & (orders.cents > 0))
    late = ~came[mine] | (orders.delivered[mine] > orders.promised[mine])
    return _cases(log, late, orders.customer[mine], orders.at[mine], np.zeros(len(mine), dtype=np.int64))


def long_waits(log: Log) -> Cases:
    """Return the contacts of known customers for which a promise about waiting was kept or broken: was it broken, and did the customer come back?"""
    places, kept = decided(log)
    about = np.isin(log.spans.clock[places], [CLOCKS.index(name) for name in WAITS])
    contact, many = log.spans.contact[places[about]], len(log.contacts)
    waited, broken = (np.bincount(one, minlength=many) > 0 for one in (contact, contact[~kept[about]]))
    customer, opened = log.contacts.customer, log.contacts.opened
    mine = np.flatnonzero(waited & (customer >= 0) & (opened + RETURN_DAYS * DAY <= log.as_of))
    kind = log.contacts.channel.place[mine]
    return _cases(log, broken[mine], customer[mine], opened[mine], kind)


def _cases(log: Log, befell: Flags, customer: Ints, at: Ints, kind: Ints) -> Cases:
    """Cases, alike when they are of one week and kind: what befalls them by circumstance befalls them then."""
    ones = np.ones(len(log.orders.at), dtype=np.int64)
    after = done_within(log.orders.customer, log.orders.at, ones, customer, at, RETURN_DAYS)
    before = done_within(log.orders.customer, log.orders.at, ones, customer, at - 1, -RETURN_DAYS)  # the order itself is not before it
    alike = np.column_stack([period_of(local_days(at, log.zone), "week"), kind])
    _, stratum = np.unique(alike, axis=0, return_inverse=True)
    return Cases(befell=befell, outcome=_points(after), before=_points(before), stratum=stratum.reshape(-1), customer=customer)


def _points(deeds: Ints) -> Floats:
    return np.where(deeds > 0, HUNDRED, 0.0)
