"""What a desk is configured by, whichever desk it is."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from duecare.promises import Calendar, Promises


@dataclass(frozen=True, slots=True, kw_only=True)
class Serving:
    """Levels, promises and hours, and who serves whom."""

    tiers: tuple[str, ...]
    """The levels that have a label: all but the last."""
    past: tuple[str, ...] = ()
    """Levels that there were: profiles and tickets may still bear them, so their options stay."""
    promises: Promises = field(default_factory=Promises)
    calendars: Mapping[str, Calendar] = field(default_factory=dict[str, Calendar])
    zones: Mapping[str, str] = field(default_factory=dict[str, str])
    """The desk's own name of a calendar's zone, where it is another than its city."""
    groups: Mapping[str, str] = field(default_factory=dict[str, str])
    """Level -> the number of the group that is to serve it first."""
    agents: Mapping[str, str] = field(default_factory=dict[str, str])
    """Level -> the number of the agent who is to serve it first."""
    today: date
    """Holidays are told for this year and the next."""


def closed_days(calendar: Calendar, today: date) -> list[date]:
    """Return the days of this year and the next on which all is closed though the week says open."""
    days = (date(today.year, 1, 1) + timedelta(days=at) for at in range((date(today.year + 2, 1, 1) - date(today.year, 1, 1)).days))
    schedule = calendar.schedule
    return [day for day in days if schedule.week_of(day)[day.weekday()] and not schedule.on(day)]
