"""Promises as the settings file says them, and which one is in force for a contact.

A promise with a tier is the tier's; one without is the guarantee, which holds for everybody.
The most specific one of each kind is taken, and of the two the stricter: nobody is ever below
the guarantee, and a grave issue never waits because its customer's tier says less.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from duecare.words import BadSettings, nearest

CLOCKS = (
    "first_response",
    "next_reply",
    "requester_wait",
    "agent_work",
    "first_resolution",
    "full_resolution",
    "periodic_update",
    "pausable_update",
    "queue_wait",
    "handle_time",
    "unsolved",
)
"""Every clock, by its place in the engine."""

METRICS = tuple(clock for clock in CLOCKS if clock not in {"handle_time", "unsolved"})
"""Clocks that a promise can be about; handle time is never limited, and unsolved is there to be counted."""

SEVERITIES = ("low", "normal", "high", "critical")
ALWAYS = "always"
"""The calendar that is never closed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """One service-level objective."""

    metric: str
    """The clock it is about: one of METRICS."""
    target_minutes: float
    """Open minutes within which it is to come; exactly on the target is kept."""
    share_percent: float = 90.0
    """The share of contacts for which it is to be kept."""
    tier: str | None = None
    """Whose it is; everybody's when left out: the guarantee."""
    severity: str | None = None
    """low, normal, high or critical; any when left out."""
    channel: str | None = None
    """Any when left out."""
    calendar: str = ALWAYS
    """A name under [calendars]; never closed when left out."""

    @property
    def scope(self) -> tuple[str | None, str | None, str | None]:
        return self.tier, self.severity, self.channel

    def holds_for(self, tier: str | None, severity: str, channel: str) -> bool:
        """Tell whether it is about such a contact."""
        asked = (tier, severity, channel)
        return all(said is None or said == given for said, given in zip(self.scope, asked, strict=True))

    def told(self) -> str:
        """Say what is promised to whom, in words."""
        whose = f"tier {self.tier}" if self.tier else "the guarantee"
        about = " ".join(part for part in (self.severity, self.channel) if part)
        return f"{whose}: {self.metric}{f' ({about})' if about else ''} within {self.target_minutes:g} minutes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    """Who answers for a guarantee that is worse than what Standard got."""

    signed_by: str | None = None
    """The named person who answers for it."""
    reason: str | None = None
    """Why, in their words."""

    def __post_init__(self) -> None:
        if self.signed_by is not None and not self.signed_by.strip():
            raise BadSettings("the guarantee is signed by nobody", mend="write who answers for it as signed_by, or leave it out")


@dataclass(frozen=True, slots=True)
class Promises:
    """All promises of a service."""

    all: tuple[Promise, ...] = ()
    calendars: tuple[str, ...] = (ALWAYS,)
    """The names that a promise may use."""

    def __post_init__(self) -> None:
        for promise in self.all:
            _check(promise, self.calendars)
        _check_pairs(self.all)

    def in_force(self, metric: str, tier: str | None, severity: str, channel: str) -> Promise | None:
        """Return the promise that holds for a contact, None when none does."""
        fit = [promise for promise in self.all if promise.metric == metric and promise.holds_for(tier, severity, channel)]
        tiers_own = max((promise for promise in fit if promise.tier), key=_specific, default=None)
        everybodys = max((promise for promise in fit if not promise.tier), key=_specific, default=None)
        if tiers_own is None or everybodys is None:
            return tiers_own or everybodys
        return tiers_own if as_strict(tiers_own, everybodys) else everybodys

    @property
    def guarantee(self) -> tuple[Promise, ...]:
        return tuple(promise for promise in self.all if promise.tier is None)


def as_strict(one: Promise, other: Promise) -> bool:
    """Tell whether *one* surely falls due no later than *other*: no longer a target, on the same calendar or on none."""
    return one.target_minutes <= other.target_minutes and one.calendar in (other.calendar, ALWAYS)


def _specific(promise: Promise) -> tuple[bool, bool]:
    """The severity says more than the channel."""
    return promise.severity is not None, promise.channel is not None


def _check(promise: Promise, calendars: Sequence[str]) -> None:
    for word, known, what in (
        (promise.metric, METRICS, "metric"),
        (promise.severity, SEVERITIES, "severity"),
        (promise.calendar, calendars, "calendar"),
    ):
        if word is not None and word not in known:
            near = nearest(word, known)
            raise BadSettings(f"a promise names the {what} {word!r}, which there is not", mend=f"write {' or '.join(near or known)}")
    if not 0 < promise.target_minutes < float("inf") or not 0 < promise.share_percent <= 100:
        raise BadSettings(
            f"{promise.told()}, for {promise.share_percent:g} %: that cannot be",
            mend="write a target above 0 minutes and a share up to 100 %",
        )


def _check_pairs(promises: Sequence[Promise]) -> None:
    for one, other in combinations(promises, 2):
        if (one.metric, one.scope) == (other.metric, other.scope):
            raise BadSettings(f"{one.told()} is promised twice", mend="keep one of the two")
    for mine in (promise for promise in promises if promise.tier):
        for all_of_us in (promise for promise in promises if not promise.tier and promise.metric == mine.metric):
            if all_of_us.scope[1:] == mine.scope[1:] and not (as_strict(mine, all_of_us) and mine.share_percent >= all_of_us.share_percent):
                raise BadSettings(
                    f"{mine.told()} is less than {all_of_us.told()}",
                    mend="no tier may go below the guarantee: shorten its target, on the guarantee's calendar or on none, and keep its share",
                )


def table(promises: Promises, metric: str, tiers: Sequence[str], channels: Sequence[str]) -> Mapping[tuple[int, int, int], Promise]:
    """Return the promise in force for every tier, severity and channel, by their places."""
    made = {
        (t, s, c): promises.in_force(metric, tier, severity, channel)
        for t, tier in enumerate(tiers)
        for s, severity in enumerate(SEVERITIES)
        for c, channel in enumerate(channels)
    }
    return {place: promise for place, promise in made.items() if promise is not None}
