"""KPIs of cost and of work: what contacts cost, and how much of their time agents spent on them."""

import numpy as np

from duecare.measure.kpi import Sample, kpi, nobody
from duecare.measure.log import Log
from duecare.measure.periods import SECOND, local_days, midnight
from duecare.promises.clocks import ENDED
from duecare.promises.instants import MISSING

OPENED = "the opening of the contact; months of the books are those of UTC"


def _costs(log: Log) -> Sample:
    """What every contact cost, those set aside too: the money was spent."""
    contacts = log.contacts
    every = np.arange(len(contacts))
    return Sample(at=contacts.opened, amount=contacts.cost_cents, contact=every, tier=contacts.tier)


@kpi(
    title="Cost per contact",
    kind="ratio",
    unit="cents",
    numerator="cost of contacts by their minutes and fees, scaled to what the books have for service in their month",
    denominator="contacts",
    clock=OPENED,
    nulls="nothing: where no handle time is told, the minutes of the settings stand in",
    better="lower",
)
def cost_per_contact(log: Log) -> Sample:
    """What a contact costs, all included."""
    found = _costs(log)
    return _over(found, Sample(at=found.at, amount=np.ones(len(found.at), dtype=np.int64), contact=found.contact, tier=found.tier))


@kpi(
    title="Cost per resolution",
    kind="ratio",
    unit="cents",
    numerator="cost of all contacts, those that came to nothing too",
    denominator="contacts solved by a person, or without one",
    clock="cost: the opening of the contact; resolutions: the moment of the last solution",
    nulls="nothing; no figure without a solved contact",
    better="lower",
)
def cost_per_resolution(log: Log) -> Sample:
    """What it costs to get one matter solved."""
    at, how = log.ends("full_resolution")
    mine = np.flatnonzero(np.isin(how, (ENDED.index("done"), ENDED.index("bot"))) & (at != MISSING))
    solved = Sample(at=at[mine], amount=np.ones(len(mine), dtype=np.int64), contact=mine, tier=log.contacts.tier[mine])
    return _over(_costs(log), solved)


def _over(above: Sample, below: Sample) -> Sample:
    return Sample(at=above.at, amount=above.amount, contact=above.contact, tier=above.tier, over=below)


@kpi(
    title="Occupancy",
    kind="ratio",
    unit="percent",
    numerator="seconds of work on contacts that were answered while shifts are told",
    denominator="seconds in which agents were at work, ready or busy",
    clock="work: the first answer of its contact; shifts: the local day",
    nulls="contacts that tell no handle time; no figure where no shifts are told; by tier there is none",
    better="lower",
)
def occupancy(log: Log) -> Sample:
    """How much of their working time agents spend on contacts; more than 100 when they serve several at once."""
    begins, ends_ = _by_day(log)
    below = _nobodys(begins, (ends_ - begins) // SECOND)
    mine = log.of("first_response")
    mine = mine[(log.spans.ended[mine] == ENDED.index("done")) & (log.contacts.handle_s[log.spans.contact[mine]] >= 0)]
    answered = log.spans.end[mine]
    covered = np.isin(local_days(answered, log.zone), local_days(begins, log.zone))
    return _over(_nobodys(answered[covered], log.contacts.handle_s[log.spans.contact[mine[covered]]]), below)


def _by_day(log: Log) -> tuple[np.ndarray, np.ndarray]:
    """The shifts, cut at local midnights."""
    begins, ends_ = log.shifts.begins, log.shifts.ends
    if not len(begins):
        return begins, ends_
    first, last = local_days(begins, log.zone), local_days(ends_ - 1, log.zone)
    days = last - first + 1
    row = np.repeat(np.arange(len(begins)), days)
    day = np.repeat(first, days) + np.arange(len(row)) - np.repeat(np.cumsum(days) - days, days)
    at = np.array([midnight(number, log.zone) for number in range(int(first.min()), int(last.max()) + 2)])
    opens, closes = at[day - int(first.min())], at[day - int(first.min()) + 1]
    return np.maximum(begins[row], opens), np.minimum(ends_[row], closes)


def _nobodys(at: np.ndarray, amount: np.ndarray) -> Sample:
    """Cases that belong to no contact and no tier."""
    none = nobody(len(at))
    return Sample(at=at, amount=amount, contact=none, tier=none)


SPENDING = (cost_per_contact, cost_per_resolution, occupancy)
