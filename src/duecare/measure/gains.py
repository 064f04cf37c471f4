"""Gains: what customers themselves got out of it lately, beside what they brought: waits that they were spared, and promises kept."""

from dataclasses import dataclass

import numpy as np

from duecare.measure.keeping import contacts_kept
from duecare.measure.kpi import Ints, Sample
from duecare.measure.log import Log
from duecare.measure.periods import DAY
from duecare.measure.practice import LATELY_DAYS, alike, percent
from duecare.measure.speed import first_response


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """What customers of a tier gained in the last days against as many before."""

    tier: str
    contacts: int
    hours_saved: float | None
    """Waiting time that customers were spared, all contacts together: each against the mean of contacts like it before."""
    more_promises_kept: float | None
    """Points of percent."""


def gains(log: Log) -> list[Gain]:
    """Return what customers gained lately, best tier first; what they lost is below 0."""
    waited, kept = first_response.take(log), contacts_kept.take(log)
    answered = np.ones(len(waited.at), dtype=np.bool_) if waited.runs is None else ~waited.runs
    kind = alike(log, waited.contact)
    found: list[Gain] = []
    for place, name in enumerate(log.tiers):
        later, earlier = (np.flatnonzero(answered & (waited.tier == place) & part) for part in _parts(log, waited))
        now, before = (percent(kept.amount[(kept.tier == place) & part]) for part in _parts(log, kept))
        more = None if now is None or before is None else now - before
        saved = _saved(waited.amount, kind, later, earlier)
        found.append(Gain(tier=name, contacts=len(later), hours_saved=saved, more_promises_kept=more))
    return found


def _parts(log: Log, sample: Sample) -> "tuple[np.ndarray, np.ndarray]":
    """Which cases are of the last days, and which of as many before."""
    now = log.as_of - LATELY_DAYS * DAY
    return sample.at > now, (sample.at > now - LATELY_DAYS * DAY) & (sample.at <= now)


def _saved(seconds: Ints, kind: Ints, later: Ints, earlier: Ints) -> float | None:
    """Hours by which contacts waited less than those of their kind did before; kinds that were not there before say nothing."""
    many = int(kind.max(initial=-1)) + 1
    times = np.bincount(kind[earlier], minlength=many)
    mean = np.bincount(kind[earlier], seconds[earlier], many) / np.maximum(times, 1)
    known = later[times[kind[later]] > 0]
    return float((mean[kind[known]] - seconds[known]).sum() / 3_600) if len(known) else None
