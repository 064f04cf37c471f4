"""Opening hours as they are written: a week, holidays, overrides, breaks and versions.

Times of day are whole seconds since local midnight, as the wall clock shows them.
"""

from bisect import bisect_right
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import pairwise
from typing import TypeAlias

from duecare.words import BadSettings

Hours: TypeAlias = tuple[tuple[int, int], ...]
"""Half-open stretches of a day, in seconds since midnight: sorted, apart from each other."""

Week: TypeAlias = tuple[Hours, ...]
"""The hours of the seven weekdays, Monday first."""

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_SECONDS = 86_400
A_YEAR = timedelta(days=365)
EARLIEST, LATEST = date(1850, 1, 1), date(2200, 1, 1)
"""No calendar is asked about days before or from then on."""


@dataclass(frozen=True, slots=True)
class Version:
    """The week that holds from a local date on."""

    first: date
    week: Week


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """Which hours are open on which local date; knows no zone."""

    versions: tuple[Version, ...]
    """By date, the first one from the beginning of time."""
    holidays: frozenset[date] = frozenset()
    public: Container[date] = frozenset[date]()
    """Public holidays, worked out when asked."""
    overrides: Mapping[date, Hours] = field(default_factory=dict[date, Hours])
    breaks: Mapping[date, Hours] = field(default_factory=dict[date, Hours])

    def on(self, day: date) -> Hours:
        """Return the open hours of a local date: a holiday has none, an override replaces the week's, breaks are taken out.

        >>> nine_to_five = Schedule(versions=(Version(date.min, (((9 * 3600, 17 * 3600),),) * 7),))
        >>> nine_to_five.on(date(2026, 3, 3))
        ((32400, 61200),)
        """
        if day in self.holidays or day in self.public:
            return ()
        hours = self.overrides.get(day)
        hours = self.week_of(day)[day.weekday()] if hours is None else hours
        return without(hours, self.breaks[day]) if day in self.breaks else hours

    def week_of(self, day: date) -> Week:
        """Return the week of the version in force on a local date."""
        return self.versions[bisect_right(self._firsts, day) - 1].week

    @cached_property
    def _firsts(self) -> list[date]:
        return [version.first for version in self.versions]

    @property
    def special(self) -> list[date]:
        """Return the dates on which anything differs from the day a week before, sorted."""
        firsts = [version.first for version in self.versions[1:]]
        return sorted({*firsts, *self.holidays, *self.overrides, *self.breaks})


def read_hours(said: object, where: str, *, touching: bool = True) -> Hours:
    """Read `[["09:00", "12:00"], ...]`.

    Args:
        said: pairs of opening and closing time; "24:00" may close a day.
        where: what these hours are of, for the error.
        touching: whether they must not overlap; breaks may, and are joined.

    Raises:
        BadSettings: a time is none, a close is not after its open, or two stretches overlap.
    """
    if not isinstance(said, Sequence) or isinstance(said, str):
        raise BadSettings(f"the hours of {where} are no list: {said!r}", mend='write pairs, as in [["09:00", "17:00"]]')
    pairs = sorted(_pair(pair, where) for pair in said)
    for (_, close), (opens, _) in pairwise(pairs):
        if touching and opens < close:
            raise BadSettings(f"the hours of {where} overlap at {clock(opens)}", mend="join them to one stretch")
    return joined(pairs)


def _pair(said: object, where: str) -> tuple[int, int]:
    if not isinstance(said, Sequence) or isinstance(said, str) or len(said) != 2:
        raise BadSettings(
            f"the hours of {where} hold no pair: {said!r}", mend='write an opening and a closing time, as in ["09:00", "17:00"]'
        )
    opens, closes = _time(said[0], where), _time(said[1], where)
    if closes <= opens:
        raise BadSettings(
            f"the hours of {where} close at {said[1]}, which is not after their opening at {said[0]}",
            mend="hours past midnight are written as two days: until 24:00, and from 00:00",
        )
    return opens, closes


def _time(said: object, where: str) -> int:
    parts = str(said).split(":")
    if isinstance(said, str) and len(parts) in (2, 3) and all(part.isascii() and part.isdigit() and len(part) == 2 for part in parts):
        hour, minute, second = (*map(int, parts), 0)[:3]
        seconds = hour * 3600 + minute * 60 + second
        if minute < 60 and second < 60 and seconds <= DAY_SECONDS:
            return seconds
    raise BadSettings(f"{said!r} in the hours of {where} is no time of day", mend="write HH:MM, from 00:00 to 24:00")


def clock(seconds: int) -> str:
    """Write seconds since midnight as a time of day.

    >>> clock(9 * 3600 + 30 * 60)
    '09:30'
    """
    return f"{seconds // 3600:02}:{seconds % 3600 // 60:02}" + (f":{seconds % 60:02}" if seconds % 60 else "")


def joined(pairs: Iterable[tuple[int, int]]) -> Hours:
    """Join sorted stretches that touch or overlap.

    >>> joined([(0, 5), (5, 8), (9, 12), (10, 11)])
    ((0, 8), (9, 12))
    """
    made: list[tuple[int, int]] = []
    for opens, closes in pairs:
        if made and opens <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], closes))
        else:
            made.append((opens, closes))
    return tuple(made)


def without(hours: Hours, breaks: Hours) -> Hours:
    """Take breaks out of hours.

    >>> without(((9, 12), (13, 17)), ((11, 14), (15, 16)))
    ((9, 11), (14, 15), (16, 17))
    """
    for start, end in breaks:
        hours = tuple(
            (max(opens, low), min(closes, high))
            for opens, closes in hours
            for low, high in ((0, start), (end, DAY_SECONDS))
            if max(opens, low) < min(closes, high)
        )
    return tuple(sorted(hours))


def never_open(schedule: Schedule) -> date | None:
    """Return the first day of a year without an open minute, None when there is no such year.

    Only where something special stands can a year differ from the year before, so only around it is looked.
    """
    special = [min(max(day, EARLIEST), LATEST) for day in schedule.special]
    if not special:
        return None if any(schedule.versions[0].week) else EARLIEST
    day, last = special[0] - A_YEAR, special[-1] + A_YEAR
    opened = day - timedelta(days=1)
    while day <= last:
        if schedule.on(day):
            opened = day
        elif day - opened >= A_YEAR:
            return opened + timedelta(days=1)
        day += timedelta(days=1)
    return None
