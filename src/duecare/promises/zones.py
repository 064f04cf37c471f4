"""Zones: from when to when a place keeps which distance from UTC.

`zoneinfo` tells the offset of an instant but not when it changes, so the changes are looked
for: an instant every six hours, and bisection between two that differ. Seconds since 1970.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from duecare.words import BadSettings, nearest

STEP_S = 6 * 3600
"""No zone has ever changed its offset there and back within six hours."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Offset(NamedTuple):
    """A stretch of time in which the local clock is *offset_s* ahead of UTC."""

    from_s: int
    to_s: int
    offset_s: int


def zone(name: str) -> ZoneInfo:
    """Return the zone of a name of the tz database.

    Raises:
        BadSettings: there is no such zone; near names are told.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        near = nearest(name, sorted(available_timezones()))
        raise BadSettings(
            f"there is no zone {name!r}", mend=f"did you mean {', '.join(near)}" if near else "write it as Europe/Paris"
        ) from None


def offsets(place: ZoneInfo, from_s: int, to_s: int) -> list[Offset]:
    """Return the offsets that *place* keeps between two instants, in order and without a gap."""
    changes = [from_s]
    for at in range(from_s, to_s, STEP_S):
        until = min(at + STEP_S, to_s)
        if offset_at(place, at) != offset_at(place, until):
            changes.append(_change(place, at, until))
    ends = [*changes[1:], to_s]
    return [Offset(first, end, offset_at(place, first)) for first, end in zip(changes, ends, strict=True) if first < end]


@lru_cache(maxsize=100_000)
def offset_at(place: ZoneInfo, at_s: int) -> int:
    """Return how many seconds the local clock of *place* is ahead of UTC at an instant."""
    offset = (EPOCH + timedelta(seconds=at_s)).astimezone(place).utcoffset()
    return int(offset.total_seconds()) if offset is not None else 0


def _change(place: ZoneInfo, low_s: int, high_s: int) -> int:
    """Return the first second with the offset of *high_s*."""
    before = offset_at(place, low_s)
    while high_s - low_s > 1:
        middle = (low_s + high_s) // 2
        low_s, high_s = (middle, high_s) if offset_at(place, middle) == before else (low_s, middle)
    return high_s
