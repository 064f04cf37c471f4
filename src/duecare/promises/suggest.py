"""Suggesting promises from what customers lately got, and holding the guarantee to it.

A target is the round number of minutes within which nine in ten came (what a solution ended
tells no length); the share promised is what was kept within it. A better tier's draft is never
longer, nor kept less often, than that of the tier below. A guarantee is worse than what the lowest
tier got when that tier got it within the guarantee's target more often than the guarantee promises.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor

import numpy as np
from numpy.typing import NDArray

from duecare.promises.calendar import Calendar
from duecare.promises.clocks import ENDED, Spans
from duecare.promises.terms import ALWAYS, CLOCKS, METRICS, Promise, Promises
from duecare.promises.verdicts import BREACHED, KEPT, judge, verdicts

ROUND_MINUTES = (
    1,
    2,
    3,
    5,
    10,
    15,
    20,
    30,
    45,
    60,
    90,
    120,
    180,
    240,
    360,
    480,
    720,
    1080,
    1440,
    2160,
    2880,
    4320,
    7200,
    10_080,
    20_160,
    43_200,
)
"""Targets that people can remember, from a minute to 30 days."""

DAYS = 90
LEAST = 50
"""Fewer spans than this tell nothing."""

NINE_IN_TEN = 0.9
DAY_US = 86_400_000_000


@dataclass(frozen=True, slots=True)
class Groups:
    """Who each span's customer and contact are."""

    tier: NDArray[np.int64]
    """Place in `tiers`, one a span."""
    tiers: tuple[str, ...]
    """Best first."""
    channel: NDArray[np.int64]
    """Place in `channels`, one a contact."""
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A promise that the last days would bear."""

    promise: Promise
    kept_percent: float
    """How often it would have been kept."""
    spans: int
    """How many that rests on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worse:
    """A guarantee below what the lowest tier got."""

    promise: Promise
    got_percent: float
    """How often that tier got it within the guarantee's target."""
    spans: int

    def told(self) -> str:
        return (
            f"{self.promise.told()} for {self.promise.share_percent:g} %, but it came for {self.got_percent:g} % of {self.spans:,} lately"
        )


def drafts(spans: Spans, calendar: Calendar, groups: Groups, *, name: str = ALWAYS, days: int = DAYS) -> list[Draft]:
    """Draft the guarantee and each tier's promises, by metric and channel, from spans that began in the last days.

    Args:
        spans: n spans of m contacts.
        calendar: whose open minutes count.
        groups: tier and channel of each.
        name: the calendar's name under [calendars].
        days: how far back to look.
    """
    minutes = spans.minutes({0: calendar}, np.zeros(len(spans.contacts), dtype=np.int64), only=recent(spans, days))
    return [
        draft
        for metric in METRICS
        for place in range(len(groups.channels))
        for draft in _metric(spans, minutes, groups, metric, place, name, days)
    ]


def worse(spans: Spans, promises: Promises, calendars: Mapping[str, Calendar], groups: Groups, *, days: int = DAYS) -> list[Worse]:
    """Return the guarantees that are worse than what the lowest tier got in the last days."""
    lowest = recent(spans, days) & (groups.tier == len(groups.tiers) - 1)
    only_ours = Promises(promises.guarantee, promises.calendars)
    nobody = np.zeros(len(spans), dtype=np.int64)
    judged = judge(spans, only_ours, calendars, tier=nobody, tiers=("",), channel=groups.channel, channels=groups.channels)
    found = [(one, *_share(judged.verdict[lowest & (judged.promise == place)])) for place, one in enumerate(judged.promises)]
    return [Worse(promise=one, got_percent=got, spans=many) for one, got, many in found if many >= LEAST and one.share_percent < got]


def recent(spans: Spans, days: int) -> NDArray[np.bool_]:
    """Tell which spans began in the last days."""
    return spans.start > spans.as_of - days * DAY_US


def round_up(minutes: float) -> float:
    """Return the next target that people can remember.

    >>> round_up(16), round_up(30), round_up(100_000)
    (20.0, 30.0, 100800.0)
    """
    week = 10_080
    return float(next((target for target in ROUND_MINUTES if target >= minutes), -(-minutes // week) * week))


def _metric(spans: Spans, minutes: NDArray[np.float64], groups: Groups, metric: str, channel: int, name: str, days: int) -> Iterator[Draft]:
    """Draft from the lowest tier, whose promise is the guarantee, to the highest."""
    here = recent(spans, days) & (spans.clock == CLOCKS.index(metric)) & (groups.channel[spans.contact] == channel)
    longest, least = float("inf"), 0.0
    for place, tier in reversed(list(enumerate(groups.tiers))):
        mine = here & (groups.tier == place)
        target = _target(minutes[mine], spans.ended[mine])
        if target is None:
            continue
        longest = min(longest, target)
        kept, many = _share(verdicts(minutes[mine], np.full(int(mine.sum()), longest), spans.ended[mine]))
        if kept < least:
            continue  # no better than what the tier below is promised
        least = kept
        lowest = place == len(groups.tiers) - 1
        promise = Promise(
            metric=metric,
            target_minutes=longest,
            share_percent=max(kept, 0.1),
            tier=None if lowest else tier,
            channel=groups.channels[channel],
            calendar=name,
        )
        yield Draft(promise=promise, kept_percent=kept, spans=many)


def _target(minutes: NDArray[np.float64], ended: NDArray[np.uint8]) -> float | None:
    """The round number within which nine in ten came; None when too few did."""
    came = minutes[ended == ENDED.index("done")]
    if len(came) < LEAST:
        return None
    return round_up(float(np.quantile(came, NINE_IN_TEN, method="inverted_cdf")))


def _share(found: NDArray[np.uint8]) -> tuple[float, int]:
    """The share kept of those decided, in percent, rounded down to a tenth; and how many those are."""
    kept, breached = int((found == KEPT).sum()), int((found == BREACHED).sum())
    many = kept + breached
    return (floor(1000 * kept / many) / 10 if many else 0.0), many


def as_toml(drafts: Sequence[Draft], days: int = DAYS) -> str:
    """Write drafts as the settings file says promises."""
    return "\n".join(_block(draft, days) for draft in drafts)


def _block(draft: Draft, days: int) -> str:
    one = draft.promise
    words = {"metric": one.metric, "tier": one.tier, "severity": one.severity, "channel": one.channel}
    said = [f'{word} = "{value}"' for word, value in words.items() if value is not None]
    numbers = [f"target_minutes = {one.target_minutes:g}", f"share_percent = {one.share_percent:g}"]
    where = [] if one.calendar == ALWAYS else [f'calendar = "{one.calendar}"']
    why = f"# {'everybody: the guarantee; ' if one.tier is None else ''}kept for {draft.kept_percent:g} % of {draft.spans:,} in the last {days} days"
    return "\n".join(["[[promises]]", why, *said, *numbers, *where]) + "\n"
