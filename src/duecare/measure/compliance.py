"""Compliance: which promises were kept for whom, what of the error budget is left, and since when one burns.

Of every promise a share may be broken: that is its budget. It is used up evenly when the burn rate
is 1; at 2 it is gone in half the time. Whether a promise is no longer kept is told by an alarm
that may be looked at after every contact (`betting`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from duecare.measure.betting import alarms
from duecare.measure.groups import Columns, Dimension, Groups, checked
from duecare.measure.intervals import wilson
from duecare.measure.keeping import decided, promises_kept
from duecare.measure.kpi import Ints, Sample
from duecare.measure.log import Log
from duecare.measure.periods import local_days, midnight, said
from duecare.promises.calendar import Calendar
from duecare.promises.terms import SEVERITIES, Promise

if TYPE_CHECKING:
    import pyarrow as pa

WINDOWS_DAYS = (1, 5, 20)
"""Over so many business days back the burn rate is told."""
BUSINESS_DAY_HOURS = 0.5
"""A day with at least so many open hours is a business day."""


def compliance(log: Log, by: Sequence[str] = ("tier",)) -> "pa.Table":
    """Tell for each promise and group how often it was kept, clock by clock and contact by contact.

    Args:
        log: what is measured.
        by: as in `figures.table`.

    Returns:
        One row a promise and group: promise, metric, target_minutes, promised_percent, the dimensions, decided, kept,
        broken, kept_percent with low and high (95 %), contacts, contacts_kept, state (kept, broken or open), budget and
        budget_left in cases, burn_rate.
    """
    import pyarrow as pa

    sample, columns, dimensions = promises_kept.take(log), Columns(log), checked(by)
    held = log.promised.judged.promise[decided(log)[0]]
    parts = [
        _of_promise(columns, _only(sample, np.flatnonzero(held == place)), one, dimensions)
        for place, one in enumerate(log.promised.judged.promises)
    ]
    kept = [part for part in parts if len(part)]
    return pa.concat_tables(kept) if kept else pa.table({})


def _of_promise(named: Columns, sample: Sample, promise: Promise, by: tuple[Dimension, ...]) -> "pa.Table":
    import pyarrow as pa

    groups = named.group(sample, by)
    columns = _counted(groups, sample, promise)
    rows = np.flatnonzero(columns["decided"] > 0)
    head = {"promise": promise.told(), "metric": promise.metric}
    told = {name: pa.array([value] * len(rows), pa.string()) for name, value in head.items()}
    told["target_minutes"] = pa.array([promise.target_minutes] * len(rows), pa.float64())
    told["promised_percent"] = pa.array([promise.share_percent] * len(rows), pa.float64())
    dims = {name: pa.array(groups.words(at, rows), pa.string()) for at, name in enumerate(by)}
    return pa.table({**told, **dims, **{name: pa.array(column[rows]) for name, column in columns.items()}})


def _only(sample: Sample, which: Ints) -> Sample:
    return Sample(at=sample.at[which], amount=sample.amount[which], contact=sample.contact[which], tier=sample.tier[which])


def _counted(groups: Groups, sample: Sample, promise: Promise) -> Mapping[str, "np.ndarray"]:
    many = len(groups.key)
    decided_, kept = np.bincount(groups.of, minlength=many), np.bincount(groups.of, sample.amount, many).astype(np.int64)
    share = promise.share_percent / 100.0
    low, high = wilson(kept, decided_)
    budget = (1 - share) * decided_
    contacts, whole = _by_contact(groups, sample, many)
    with np.errstate(divide="ignore", invalid="ignore"):
        kept_share = kept / decided_
        burn = np.where(share < 1, (1 - kept_share) / (1 - share), np.where(kept < decided_, np.inf, 0.0))
    return {
        "decided": decided_,
        "kept": kept,
        "broken": decided_ - kept,
        "kept_percent": 100 * kept_share,
        "low": 100 * low,
        "high": 100 * high,
        "contacts": contacts,
        "contacts_kept": whole,
        "state": np.where(low >= share, "kept", np.where(high < share, "broken", "open")),
        "budget": budget,
        "budget_left": budget - (decided_ - kept),
        "burn_rate": burn,
    }


def _by_contact(groups: Groups, sample: Sample, many: int) -> tuple[Ints, Ints]:
    """How many contacts each group has, and in how many of them this promise was never broken."""
    step = int(sample.contact.max(initial=0)) + 1
    pairs, of = np.unique(groups.of * step + sample.contact, return_inverse=True)
    broken = np.bincount(of, sample.amount == 0, len(pairs)) > 0
    return np.bincount(pairs // step, minlength=many), np.bincount(pairs[~broken] // step, minlength=many)


@dataclass(frozen=True, slots=True, kw_only=True)
class Burn:
    """A promise to a tier, and how fast its budget goes."""

    promise: Promise
    tier: str
    decided: int
    kept_percent: float
    rates: Mapping[int, float | None]
    """Burn rate over the last business days, by how many; None where nothing was decided in them."""
    alarm_days: tuple[str, ...]
    """On which days it was no longer kept as promised, oldest first."""

    @property
    def name(self) -> str:
        """A name that stays the same from day to day, so that an alert is sent once."""
        where = ":".join(word or "*" for word in (self.promise.severity, self.promise.channel))
        return f"burn:{self.tier}:{self.promise.metric}:{where}:{self.promise.target_minutes:g}"


def burns(log: Log, calendars: Mapping[str, Calendar]) -> list[Burn]:
    """Return how fast the budget of each promise goes, for each tier that it is in force for."""
    sample = promises_kept.take(log)
    held, day = log.promised.judged.promise[decided(log)[0]], local_days(sample.at, log.zone)
    made: list[Burn] = []
    for place, promise in enumerate(log.promised.judged.promises):
        for tier, name in enumerate(log.tiers):
            mine = np.flatnonzero((held == place) & (sample.tier == tier))
            if len(mine):
                made.append(_burn(log, promise, name, day[mine], sample.amount[mine] == 1, calendars[promise.calendar]))
    return made


def _burn(log: Log, promise: Promise, tier: str, day: Ints, kept: "np.ndarray", calendar: Calendar) -> Burn:
    allowed = 1 - promise.share_percent / 100.0
    business = business_days(calendar, log, int(day.min()))
    turn = np.searchsorted(business, day, side="right")  # what closed days bring counts with the business day before
    rates: dict[int, float | None] = {}
    for window in WINDOWS_DAYS:
        mine = turn > len(business) - window
        rates[window] = float((~kept[mine]).mean() / allowed) if mine.any() and allowed > 0 else None
    at = [int(business[max(one, 1) - 1]) for one in alarms(turn, ~kept, allowed)] if len(business) else []
    share = float(100 * kept.mean())
    return Burn(
        promise=promise, tier=tier, decided=len(kept), kept_percent=share, rates=rates, alarm_days=tuple(said(one, "day") for one in at)
    )


def business_days(calendar: Calendar, log: Log, first: int) -> Ints:
    """Return the local days, from one on until now, on which a calendar is open."""
    last = int(local_days(np.array([log.as_of]), log.zone)[0])
    starts = np.array([midnight(day, log.zone) for day in range(first, last + 2)])
    hours = calendar.elapsed(starts[:-1].view("datetime64[us]"), starts[1:].view("datetime64[us]")) / 60
    return np.arange(first, last + 1)[hours >= BUSINESS_DAY_HOURS]


def by_severity(log: Log) -> list[tuple[str, int, int]]:
    """Return what the desk itself says it kept, by severity, gravest first: severity, contacts, kept."""
    severity, met = log.contacts.severity.place, log.contacts.sla_met
    counted = (met >= 0) & (log.contacts.aside < 0)
    rows = [
        (name, int((counted & (severity == place)).sum()), int((counted & (severity == place) & (met == 1)).sum()))
        for place, name in enumerate(SEVERITIES)
    ]
    return [row for row in reversed(rows) if row[1]]


def inverted(rows: Sequence[tuple[str, int, int]]) -> str | None:
    """Say so when the graver an issue is, the less its promise is kept; None when it is not.

    >>> inverted([("critical", 270, 5), ("low", 774, 651)])
    'the graver the issue, the less the promise was kept: critical 1.9 % of 270, low 84.1 % of 774'
    """
    if len(rows) < 2:
        return None
    lows, highs = wilson(np.array([row[2] for row in rows]), np.array([row[1] for row in rows]))
    if highs[0] >= lows[-1]:
        return None
    shares = ", ".join(f"{name} {100 * kept / many:.1f} % of {many:,}" for name, many, kept in rows)
    return f"the graver the issue, the less the promise was kept: {shares}"
