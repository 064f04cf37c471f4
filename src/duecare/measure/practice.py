"""Promise against practice: was service really different for whom it was meant to be, by tier and by worth.

Service should rise with what a customer is worth, and nobody's should fall. The index is the rank correlation between worth
and quick service among contacts that are alike: 1 where who is worth more always waits less, 0 where worth makes no difference.

Source of the interval: E. C. Fieller, H. O. Hartley, E. S. Pearson (1957), "Tests for Rank Correlation Coefficients. I",
Biometrika 44 (3/4), 470-481.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Self

import numpy as np

from duecare.measure.fairness import Floats, strata
from duecare.measure.intervals import wilson, z
from duecare.measure.keeping import contacts_kept
from duecare.measure.kpi import Ints, Kpi, Sample
from duecare.measure.log import Log
from duecare.measure.natural import Cases, compare
from duecare.measure.periods import DAY
from duecare.measure.speed import first_response
from duecare.measure.survival import UNKNOWN, median
from duecare.measure.voices import csat
from duecare.promises.instants import instant
from duecare.promises.terms import SEVERITIES

LATELY_DAYS = 90
"""Practice is told of so many days, and gains against as many before."""
TENTHS = 10
LEAST = 30
"""With fewer contacts no index is told."""
LEAST_TOLD = 10
FIELLER = 1.06
SHORT_S = 60
"""Shorter waits count as so long: seconds do not matter."""
WORTH_TELLING = 20.0
"""Hundredths of the logarithm: about the smallest difference that customers would notice, a fifth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Practice:
    """What a group of customers got lately."""

    group: str
    contacts: int
    median_wait_s: int | None
    """Until the first answer, with those that still wait taken as waiting at least so long."""
    promises_kept_percent: float | None
    satisfied_percent: float | None
    experienced_percent: float | None
    """How many contacts were in the hands of an agent who is not new; None where no hiring date is told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """How service goes with worth."""

    contacts: int
    rho: float | None
    low: float | None
    high: float | None


def by_tier(log: Log, experienced: Floats) -> list[Practice]:
    """Return what each tier got lately, best first.

    Args:
        log: what was measured.
        experienced: of each contact, 1 where an agent had it who is not new, 0 where a new one had it, NaN where nobody can say.
    """
    seen = _Seen.of(log, experienced)
    return [_practice(seen, name, log.contacts.tier == place) for place, name in enumerate(log.tiers)]


def by_worth(log: Log, experienced: Floats) -> list[Practice]:
    """Return what each tenth of customers by worth got lately, the most worth first; those without a value are left out."""
    tenth, seen = _tenths(log), _Seen.of(log, experienced)
    names = [f"tenth {TENTHS - place}" for place in range(TENTHS)]
    return [_practice(seen, names[place], tenth == place) for place in range(TENTHS - 1, -1, -1) if (tenth == place).any()]


@dataclass(frozen=True, slots=True)
class Difference:
    """By how much a tier waited less than the next one, among contacts that are alike."""

    better: str
    worse: str
    percent_shorter: float | None
    """None where too few cases would show it."""
    low: float | None
    high: float | None
    said: str


def differences(log: Log) -> list[Difference]:
    """Return whether each tier waited less lately than the next one."""
    sample = first_response.take(log)
    answered = np.ones(len(sample.at), dtype=np.bool_) if sample.runs is None else ~sample.runs
    lately = answered & (sample.at > log.as_of - LATELY_DAYS * DAY)
    return [_difference(log, sample, lately, place) for place in range(len(log.tiers) - 1)]


def _difference(log: Log, sample: Sample, lately: "np.ndarray", place: int) -> Difference:
    mine = np.flatnonzero(lately & ((sample.tier == place) | (sample.tier == place + 1)))
    contact = sample.contact[mine]
    owner = log.contacts.customer[contact]
    cases = Cases(
        befell=sample.tier[mine] == place,
        outcome=-100 * np.log(np.maximum(sample.amount[mine], SHORT_S).astype(np.float64)),
        before=np.zeros(len(mine)),
        stratum=alike(log, contact),
        customer=np.where(owner >= 0, owner, owner.max(initial=0) + 1 + np.arange(len(mine))),
    )
    found, better, worse = compare(cases, smallest=WORTH_TELLING).effect, log.tiers[place], log.tiers[place + 1]
    if found.estimate is None or found.low is None or found.high is None:
        return Difference(better, worse, None, None, None, f"too few contacts to tell whether {better} waited less than {worse}")
    what = {"helps": "waited less than", "harms": "waited longer than"}.get(found.verdict, "waited as long as")
    shorter, low, high = (_shorter(one) for one in (found.estimate, found.low, found.high))
    return Difference(better, worse, shorter, low, high, f"{better} {what} {worse}")


def _shorter(log_points: float) -> float:
    """Percent by which a wait is shorter, of a difference of logarithms.

    >>> round(_shorter(100 * np.log(2)))
    50
    """
    return float(100 * (1 - np.exp(-log_points / 100)))


def alike(log: Log, contact: Ints) -> Ints:
    """Return the kind of each contact: those of one channel and severity are alike."""
    return log.contacts.channel.place[contact] * len(SEVERITIES) + log.contacts.severity.place[contact]


def uneven(log: Log, kpi: Kpi, since: str | None) -> str | None:
    """Say so when a share that must be the same for everybody differs between tiers since they were served by tier; None when not.

    Args:
        log: what was measured.
        kpi: a share.
        since: the moment from which on, as ISO 8601 has it; before it tiers say nothing of service. None for never.
    """
    if since is None:
        return None
    sample = kpi.take(log)
    mine = np.flatnonzero((sample.at >= instant(datetime.fromisoformat(since))) & (sample.tier >= 0))
    cases = np.bincount(sample.tier[mine], minlength=len(log.tiers))
    hits = np.bincount(sample.tier[mine], sample.amount[mine], len(log.tiers)).astype(np.int64)
    low, high = wilson(hits[cases > 0], cases[cases > 0])
    return "differs between tiers, and must not" if len(low) and low.max() > high.min() else None


def proportionality(log: Log) -> Index:
    """Return how quick first answers went with worth lately, among contacts of one channel and severity."""
    sample, worth = first_response.take(log), _worth(log)
    since = log.as_of - LATELY_DAYS * DAY
    answered = np.ones(len(sample.at), dtype=np.bool_) if sample.runs is None else ~sample.runs
    mine = np.flatnonzero(answered & (sample.at > since) & ~np.isnan(worth[sample.contact]))
    contact = sample.contact[mine]
    return correlated(worth[contact], -sample.amount[mine].astype(np.float64), alike(log, contact))


def correlated(value: Floats, other: Floats, kind: Ints) -> Index:
    """Return the rank correlation of two columns among cases of one kind, with its 95 % interval.

    >>> correlated(np.arange(100.0), np.arange(100.0) ** 3, np.zeros(100, dtype=np.int64)).rho
    1.0
    """
    one, two = (_ranks_within(column, kind) for column in (value, other))
    many = len(one)
    if many < LEAST or one.std() == 0 or two.std() == 0:
        return Index(contacts=many, rho=None, low=None, high=None)
    rho = float(np.corrcoef(one, two)[0, 1])
    half = z() * np.sqrt(FIELLER / (many - 3))
    middle = np.arctanh(np.clip(rho, -0.999999, 0.999999))
    return Index(contacts=many, rho=rho, low=float(np.tanh(middle - half)), high=float(np.tanh(middle + half)))


def _ranks_within(value: Floats, kind: Ints) -> Floats:
    """Ranks from -1 to 1 among cases of one kind; equal values share theirs."""
    from scipy.stats import rankdata

    found = np.zeros(len(value))
    for one in np.unique(kind):
        mine = np.flatnonzero(kind == one)
        found[mine] = 2 * (rankdata(value[mine]) - 0.5) / len(mine) - 1
    return found


def _tenths(log: Log) -> Ints:
    """In which tenth of customers by worth that of each contact stands, the least worth first; TENTHS of whom nothing is known."""
    of = np.append(strata(log.stake_cents.astype(np.float64), TENTHS), TENTHS)
    customer = log.contacts.customer
    return of[np.where((customer >= 0) & (customer < len(log.stake_cents)), customer, -1)]


def _worth(log: Log) -> Floats:
    """What the customer of each contact is worth, in cents, NaN where it is not known."""
    customer = log.contacts.customer
    known = (customer >= 0) & (customer < len(log.stake_cents))
    found = np.full(len(customer), np.nan)
    found[known] = log.stake_cents[customer[known]]
    return found


@dataclass(frozen=True, slots=True)
class _Seen:
    """What everybody's practice is told from, read once."""

    log: Log
    experienced: Floats
    waited: Sample
    kept: Sample
    rated: Sample

    @classmethod
    def of(cls, log: Log, experienced: Floats) -> Self:
        return cls(log, experienced, first_response.take(log), contacts_kept.take(log), csat.take(log))


def _practice(seen: _Seen, group: str, mine: "np.ndarray") -> Practice:
    log, waited, kept, rated = seen.log, seen.waited, seen.kept, seen.rated
    since, counts = log.as_of - LATELY_DAYS * DAY, mine & (log.contacts.aside < 0)
    ended = np.flatnonzero(counts[waited.contact] & (waited.at > since))
    runs = np.zeros(len(waited.at), dtype=np.bool_) if waited.runs is None else waited.runs
    middle = median(waited.amount[ended], runs[ended]) if len(ended) >= LEAST_TOLD else UNKNOWN
    opened = counts & (log.contacts.opened > since)
    hands = seen.experienced[opened]
    return Practice(
        group=group,
        contacts=int(opened.sum()),
        median_wait_s=None if middle == UNKNOWN else int(middle),
        promises_kept_percent=percent(kept.amount[counts[kept.contact] & (kept.at > since)]),
        satisfied_percent=percent(rated.amount[(rated.contact >= 0) & counts[rated.contact] & (rated.at > since)]),
        experienced_percent=percent(hands[~np.isnan(hands)]),
    )


def percent(hits: "np.ndarray") -> float | None:
    """Return the share of hits in percent; None of fewer than ten cases, which tell nothing, or too much of single persons."""
    return float(100 * hits.mean()) if len(hits) >= LEAST_TOLD else None
