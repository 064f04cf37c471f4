"""Staffing: how experienced those are who serve, told by bands; and ratings of single agents, for those who may see them.

Bands with few agents are told together, so that nobody is known by them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from duecare.measure.agents import LEAST_AGENTS, NEWER_DAYS, Band, Ratings, band, rate
from duecare.measure.fairness import Floats
from duecare.measure.keeping import contacts_kept
from duecare.measure.kpi import Ints
from duecare.measure.log import Log
from duecare.measure.periods import EPOCH, local_days
from duecare.measure.practice import percent
from duecare.measure.voices import csat
from duecare.records import Warehouse

BANDS: tuple[Band, ...] = ("newer", "experienced", "senior", "unknown")
HIRED = "SELECT agent_id, min(hired_at) AS hired_at FROM {agents} WHERE agent_id IS NOT NULL GROUP BY agent_id"
TOGETHER = "all bands"


@dataclass(frozen=True, slots=True, kw_only=True)
class Banded:
    """What agents of one band do."""

    band: str
    agents: int
    contacts: int
    promises_kept_percent: float | None
    satisfied_percent: float | None
    cost_per_contact: float | None
    """In money."""


def hired(warehouse: Warehouse) -> dict[str, date]:
    """Return when each agent was hired, of those whose source tells it."""
    rows = warehouse.arrow(HIRED, agents="agents").to_pylist()
    return {row["agent_id"]: row["hired_at"] for row in rows if row["hired_at"] is not None}


def experienced(log: Log, since: Mapping[str, date]) -> Floats:
    """Return for each contact 1 where it was in the hands of an agent hired long enough before, 0 where of a newer one, NaN where nobody can say."""
    days = np.array([*(float((since[name] - EPOCH).days) if name in since else np.nan for name in log.contacts.agent.names), np.nan])
    ago = local_days(log.contacts.opened, log.zone) - days[log.contacts.agent.place]
    return np.where(np.isnan(ago), np.nan, (ago >= NEWER_DAYS).astype(np.float64))


def by_band(log: Log, since: Mapping[str, date]) -> list[Banded]:
    """Return what agents do by how experienced they are now; all together where a band has too few."""
    bands = _bands(log, since)
    known = [(name, [place for place, one in enumerate(bands) if one == name]) for name in BANDS]
    filled = [(name, places) for name, places in known if places]
    if any(len(places) < LEAST_AGENTS for _, places in filled):
        filled = [(TOGETHER, list(range(len(bands))))] if len(bands) >= LEAST_AGENTS else []
    return [_banded(log, str(name), np.array(places)) for name, places in filled]


def _bands(log: Log, since: Mapping[str, date]) -> list[Band]:
    today = EPOCH + timedelta(days=int(local_days(np.array([log.as_of]), log.zone)[0]))
    place = log.contacts.agent.place
    handled = np.bincount(place[place >= 0], minlength=len(log.contacts.agent.names))
    return [band(since.get(name), int(many), today) for name, many in zip(log.contacts.agent.names, handled, strict=True)]


def _banded(log: Log, name: str, agents: Ints) -> Banded:
    mine = np.isin(log.contacts.agent.place, agents) & (log.contacts.aside < 0)
    kept, rated = contacts_kept.take(log), csat.take(log)
    return Banded(
        band=name,
        agents=len(agents),
        contacts=int(mine.sum()),
        promises_kept_percent=percent(kept.amount[mine[kept.contact]]),
        satisfied_percent=percent(rated.amount[(rated.contact >= 0) & mine[rated.contact]]),
        cost_per_contact=float(log.contacts.cost_cents[mine].mean() / 100) if mine.any() else None,
    )


def ratings(log: Log) -> Ratings:
    """Rate agents by how many customers were satisfied, each matter against its own kind: reason, severity and channel."""
    rated, told = csat.take(log), log.contacts
    mine = np.flatnonzero((rated.contact >= 0) & (told.agent.place[rated.contact] >= 0))
    contact = rated.contact[mine]
    mix = [told.reason.place[contact], told.severity.place[contact], told.channel.place[contact]]
    return rate(told.agent.place[contact], rated.amount[mine] == 1, mix)
