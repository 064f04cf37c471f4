"""Driving: what satisfaction and coming back go along with, contact by contact, for everybody and for each tier.

It is association and no cause; a driver that tells the outcome itself is marked as a leak.
"""

from dataclasses import dataclass

import numpy as np

from duecare.measure.drivers import Driver, Floats, drivers
from duecare.measure.following import AGAIN_DAYS, done_within
from duecare.measure.keeping import decided
from duecare.measure.log import Flags, Ints, Log
from duecare.measure.periods import DAY, SECOND
from duecare.promises.clocks import ENDED
from duecare.promises.instants import MISSING
from duecare.words import BadRows

LIVE = ("phone", "chat")
SATISFACTION, COMING_BACK = "satisfaction, points of 1 to 5", f"bought again within {AGAIN_DAYS} days, percent"
WORST = 60.0
"""Seconds; what is shorter counts as so long: seconds do not matter."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """The drivers of one outcome for one tier."""

    outcome: str
    tier: str | None
    """None for everybody."""
    cases: int
    drivers: tuple[Driver, ...]
    missing: str = ""
    """Why there are none."""


def driving(log: Log) -> list[Driven]:
    """Return the drivers of satisfaction and of coming back, for everybody and tier by tier."""
    columns, counts = _columns(log), log.contacts.aside < 0
    outcomes = {SATISFACTION: _satisfaction(log), COMING_BACK: _comes_back(log)}
    tiers: list[tuple[str | None, Flags]] = [
        (None, counts),
        *((name, counts & (log.contacts.tier == at)) for at, name in enumerate(log.tiers)),
    ]
    return [
        _driven(outcome, name, value, columns, np.flatnonzero(mine & ~np.isnan(value)), log.contacts.customer)
        for outcome, value in outcomes.items()
        for name, mine in tiers
    ]


def _driven(outcome: str, tier: str | None, value: Floats, columns: dict[str, Floats], rows: Ints, customer: Ints) -> Driven:
    strangers = np.arange(len(rows)) + int(customer.max(initial=0)) + 1  # each on their own
    owner = np.where(customer[rows] >= 0, customer[rows], strangers)
    mix = {name: column[rows] for name, column in columns.items()}
    known = {name: column for name, column in mix.items() if len(column) and np.isnan(column).mean() < 0.5}
    complete = int((~np.isnan(np.column_stack(list(known.values()))).any(axis=1)).sum()) if known else 0
    try:
        return Driven(outcome=outcome, tier=tier, cases=complete, drivers=tuple(drivers(value[rows], known, owner)))
    except BadRows as few:
        return Driven(outcome=outcome, tier=tier, cases=complete, drivers=(), missing=few.wrong)


def _columns(log: Log) -> dict[str, Floats]:
    """What may go along with it, one number a contact, NaN where it is not known."""
    told, (places, kept) = log.contacts, decided(log)
    first, last = log.ends("first_resolution")[0], log.ends("full_resolution")[0]
    broken = np.bincount(log.spans.contact[places[~kept]], minlength=len(told)) > 0
    promised = np.bincount(log.spans.contact[places], minlength=len(told)) > 0
    live = np.isin(told.channel.place, [at for at, name in enumerate(told.channel.names) if name in LIVE])
    return {
        "longer wait for the first answer": _length(log, "first_response"),
        "longer until it was solved": _length(log, "full_resolution"),
        "more answers": told.answers.astype(np.float64),
        "more often handed on": told.transfers.astype(np.float64),
        "solved too early at first": np.where(last == MISSING, np.nan, (first != last).astype(np.float64)),
        "a promise broken": np.where(promised, broken.astype(np.float64), np.nan),
        "more work on it": np.where(told.handle_s > 0, np.log(np.maximum(told.handle_s, WORST)), np.nan),
        "graver issue": told.severity.place.astype(np.float64),
        "by phone or chat": live.astype(np.float64),
    }


def _length(log: Log, clock: str) -> Floats:
    """How long each contact's one span of a clock took, as the logarithm of seconds."""
    end, how = log.ends(clock)
    seconds = np.maximum((end - log.contacts.opened) / SECOND, WORST)
    return np.where((end != MISSING) & (how == ENDED.index("done")), np.log(seconds), np.nan)


def _satisfaction(log: Log) -> Floats:
    """The mean rating of each contact."""
    mine = np.flatnonzero(log.surveys.kind.word("csat") & (log.surveys.contact >= 0))
    contact, many = log.surveys.contact[mine], len(log.contacts)
    times = np.bincount(contact, minlength=many)
    sums = np.bincount(contact, log.surveys.score[mine] / 100, many)
    return np.where(times > 0, sums / np.maximum(times, 1), np.nan)


def _comes_back(log: Log) -> Floats:
    """Whether the customer bought again after each contact; not known of strangers and of the last days."""
    customer, opened = log.contacts.customer, log.contacts.opened
    ripe = (customer >= 0) & (opened + AGAIN_DAYS * DAY <= log.as_of)
    ones: Ints = np.ones(len(log.orders.at), dtype=np.int64)
    again = done_within(log.orders.customer, log.orders.at, ones, np.maximum(customer, 0), opened, AGAIN_DAYS) > 0
    return np.where(ripe, np.where(again, 100.0, 0.0), np.nan)
