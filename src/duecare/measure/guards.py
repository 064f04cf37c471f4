"""Guard rails: what must not get worse by better service for some: satisfaction, complaints and staying of the lowest tier.

Each is held against the 90 days before, with what may be lost named beforehand, by an alarm that may be
looked at after every case (`betting`). Crossing one is exit code 3.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from duecare.measure.betting import evidence
from duecare.measure.intervals import wilson
from duecare.measure.kpi import Ints, Kpi
from duecare.measure.log import Log
from duecare.measure.periods import DAY
from duecare.measure.registry import kpis
from duecare.measure.terms import Guard
from duecare.words import BadSettings

BEFORE_DAYS = 90
FALSE_ALARMS = 0.05
"""The chance that any guard rail cries although all is as before, however often it is looked at."""
LEAST_BEFORE = 50
"""With fewer cases before there is nothing to hold against."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """What became of a guard rail."""

    guard: Guard
    tier: str
    title: str
    before_cases: int
    before_percent: float | None
    cases: int
    percent: float | None
    crossed: bool
    said: str

    @property
    def name(self) -> str:
        """A name that stays the same from day to day, so that an alert is sent once."""
        return f"guard:{self.tier}:{self.guard.kpi}"


def watch(log: Log, guards: Sequence[Guard], since: int) -> list[Watched]:
    """Hold every guard rail since a moment against the 90 days before it.

    Args:
        log: what is measured.
        guards: which ones.
        since: the moment from which on service differs, microseconds since 1970.

    Raises:
        BadSettings: a guard names a KPI that is no share, or a tier that there is not.
    """
    return [_watch(log, guard, kpis([guard.kpi])[0], since, FALSE_ALARMS / len(guards)) for guard in guards]


def _watch(log: Log, guard: Guard, measure: Kpi, since: int, false_alarms: float) -> Watched:
    tier = guard.tier or log.tiers[-1]
    if measure.kind != "share" or tier not in log.tiers:
        raise BadSettings(f"a guard rail names {guard.kpi!r} of {tier!r}", mend=f"name a KPI in percent, and one of {', '.join(log.tiers)}")
    sample = measure.take(log)
    mine = np.flatnonzero(sample.tier == log.tiers.index(tier))
    at, wrong = sample.at[mine], sample.amount[mine] == (0 if measure.better == "higher" else 1)
    earlier, later = (at >= since - BEFORE_DAYS * DAY) & (at < since), at >= since
    before = int(earlier.sum())
    why = f"only {before} cases lie before, so nothing can be held against them" if before < LEAST_BEFORE else ""
    if why or not later.any():
        return _told(
            guard, measure, tier, wrong[earlier], wrong[later], crossed=False, why=why or f"{measure.title} of {tier}: no case since"
        )
    allowed = min(float(wilson(np.array([int(wrong[earlier].sum())]), np.array([before]))[1][0]) + guard.points / 100, 0.99)
    crossed = _crossed(at[later], wrong[later], allowed, false_alarms)
    return _told(guard, measure, tier, wrong[earlier], wrong[later], crossed=crossed, why="")


def _crossed(at: Ints, wrong: "np.ndarray", allowed: float, false_alarms: float) -> bool:
    """Whether the stake ever grew so much that chance does not explain it, looked at day by day."""
    if not len(at):
        return False
    day = np.unique(at // DAY, return_inverse=True)[1]
    bad, many = np.bincount(day, wrong).astype(np.int64), np.bincount(day)
    return bool((evidence(bad, many - bad, allowed) >= 1 / false_alarms).any())


def _told(guard: Guard, measure: Kpi, tier: str, before: "np.ndarray", after: "np.ndarray", *, crossed: bool, why: str) -> Watched:
    higher = measure.better == "higher"
    then, now = ((None if not len(wrong) else float(100 * ((1 - wrong.mean()) if higher else wrong.mean()))) for wrong in (before, after))
    moved = "" if then is None or now is None else f": {then:.1f} % of {len(before):,} before, {now:.1f} % of {len(after):,} since"
    said = why or (
        f"{measure.title} of {tier} is worse by more than {guard.points:g} points{moved}"
        if crossed
        else f"{measure.title} of {tier} holds{moved}"
    )
    return Watched(
        guard=guard,
        tier=tier,
        title=measure.title,
        before_cases=len(before),
        before_percent=then,
        cases=len(after),
        percent=now,
        crossed=crossed,
        said=said,
    )
