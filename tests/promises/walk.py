"""A second walk over the same ground: one step of time after another, straight from the words of the contract.

Nothing of `duecare.promises` is used; the calendar is read as JSON says it, and the clock on
the wall is Python's own.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

MOMENTS = {
    "Pacific/Apia": "2011-12-30T10:00",  # a day left out
    "Australia/Lord_Howe": "2026-04-04T15:00",  # half an hour
    "Africa/Casablanca": "2026-02-15T02:00",  # Ramadan
    "Africa/El_Aaiun": "2026-03-22T02:00",
    "America/Sao_Paulo": "2018-11-04T03:00",  # a midnight that does not exist
    "Asia/Beirut": "2026-03-28T22:00",
    "Africa/Cairo": "2026-04-23T22:00",
    "America/Asuncion": "2024-10-06T04:00",
    "America/Havana": "2026-03-08T05:00",
    "Atlantic/Azores": "2026-03-29T01:00",
    "Europe/Paris": "2026-03-29T01:00",
    "Europe/London": "2026-10-25T01:00",
    "Europe/Berlin": "2026-10-25T01:00",
    "Europe/Dublin": "2026-03-29T01:00",
    "Europe/Moscow": "2014-10-25T22:00",
    "Europe/Istanbul": "2016-03-27T01:00",
    "America/New_York": "2026-11-01T06:00",
    "America/Chicago": "2026-03-08T08:00",
    "America/Los_Angeles": "2026-11-01T09:00",
    "America/St_Johns": "2006-10-29T02:30",  # changed at one past midnight
    "America/Caracas": "2016-05-01T07:00",  # half an hour for good
    "America/Scoresbysund": "2024-03-31T00:00",
    "Antarctica/Troll": "2026-03-29T01:00",  # two hours
    "Asia/Kolkata": "2026-01-26T00:00",
    "Asia/Kathmandu": "1985-12-31T18:30",
    "Asia/Pyongyang": "2018-05-04T15:00",
    "Asia/Tehran": "2022-03-21T20:30",
    "Asia/Tokyo": "2026-05-05T00:00",
    "Australia/Sydney": "2026-10-03T16:00",
    "Pacific/Auckland": "2026-09-26T14:00",
    "Pacific/Chatham": "2026-04-04T14:00",
    "Pacific/Kiritimati": "1994-12-31T10:00",
}
"""Zones, each with an instant near which something odd happens."""


@dataclass(frozen=True)
class Case:
    """One question: how long is this calendar open between two instants, pauses taken off?"""

    calendar: dict[str, Any]
    start: datetime
    end: datetime
    pauses: tuple[tuple[datetime, datetime], ...]


def is_open(calendar: dict[str, Any], at: datetime) -> bool:
    """Whether a step of time that begins at *at* counts."""
    local = at.astimezone(ZoneInfo(calendar["tz"]))
    day, wall = local.date().isoformat(), local.strftime("%H:%M:%S")
    if day in calendar.get("holidays", ()):
        return False
    if any(_from(opens) <= wall < _from(closes) for opens, closes in calendar.get("breaks", {}).get(day, ())):
        return False
    if day in calendar.get("overrides", {}):
        hours = calendar["overrides"][day]
    else:
        versions = [version for version in calendar.get("versions", ()) if version["from"] <= day]
        week = max(versions, key=lambda version: version["from"])["weekly"] if versions else calendar["weekly"]
        hours = week.get(DAYS[local.weekday()], ())
    return any(_from(opens) <= wall < _from(closes) for opens, closes in hours)


def _from(text: str) -> str:
    return f"{text}:00"


def steps(case: Case, step_s: int) -> Iterator[tuple[datetime, bool]]:
    """Yield each step of time between start and end, and whether it counts."""
    at, step = case.start.astimezone(UTC), timedelta(seconds=step_s)
    while at < case.end:
        yield at, is_open(case.calendar, at) and not any(start <= at < end for start, end in case.pauses)
        at += step


def elapsed(case: Case, step_s: int = 1) -> float:
    """Return the open minutes, by walking."""
    return sum(counts for _, counts in steps(case, step_s)) * step_s / 60


def due(case: Case, minutes: float, step_s: int = 1) -> datetime | None:
    """Return the earliest instant at which *minutes* have passed, by walking; None when the walk ends before."""
    left = round(minutes * 60) // step_s
    if left == 0:
        return case.start
    for at, counts in steps(case, step_s):
        left -= counts
        if left == 0:
            return at + timedelta(seconds=step_s)
    return None


def cases(seed: int, many: int, longest_s: int, step_s: int) -> Iterator[Case]:
    """Yield random cases, every zone in turn, each near the odd moment of its zone."""
    chance = random.Random(seed)
    zones = sorted(MOMENTS)
    for number in range(many):
        place = zones[number % len(zones)]
        near = datetime.fromisoformat(MOMENTS[place]).replace(tzinfo=UTC)
        start = near + timedelta(seconds=step_s * (chance.randint(-longest_s, longest_s // 2) // step_s))
        end = start + timedelta(seconds=step_s * (chance.randint(0, longest_s) // step_s))
        yield Case(random_calendar(chance, place, near.date()), start, end, _pauses(chance, start, longest_s, step_s))


def random_calendar(chance: random.Random, place: str, near: date) -> dict[str, Any]:
    """Invent a calendar with something special around *near*."""
    days = [(near + timedelta(days=n)).isoformat() for n in range(-2, 3)]
    calendar: dict[str, Any] = {"tz": place, "weekly": _week(chance)}
    if chance.random() < 0.3:
        calendar["holidays"] = chance.sample(days, chance.randint(1, 2))
    if chance.random() < 0.5:
        calendar["overrides"] = {day: _hours(chance) for day in chance.sample(days, chance.randint(1, 2))}
    if chance.random() < 0.5:
        calendar["breaks"] = {day: _hours(chance) for day in chance.sample(days, chance.randint(1, 2))}
    if chance.random() < 0.5:
        calendar["versions"] = [{"from": day, "weekly": _week(chance)} for day in chance.sample(days, chance.randint(1, 2))]
    return calendar


def _week(chance: random.Random) -> dict[str, list[list[str]]]:
    if chance.random() < 0.2:
        return {day: [["00:00", "24:00"]] for day in DAYS}
    week = {day: _hours(chance) for day in DAYS if chance.random() < 0.8}
    return week if any(week.values()) else {"mon": [["00:00", "24:00"]]}


def _hours(chance: random.Random) -> list[list[str]]:
    """Up to three stretches, some from or until midnight, some that touch."""
    marks = sorted(chance.sample(range(1441), 2 * chance.randint(0, 3)))
    if marks and chance.random() < 0.3:
        marks[0] = 0
    if marks and chance.random() < 0.3:
        marks[-1] = 1440
    if len(marks) > 2 and chance.random() < 0.2:
        marks[1] = marks[2] = max(marks[1], marks[0] + 1)
    pairs = [[_clock(opens), _clock(closes)] for opens, closes in zip(marks[::2], marks[1::2], strict=True)]
    return pairs if all(opens < closes for opens, closes in pairs) else []


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _pauses(chance: random.Random, start: datetime, longest_s: int, step_s: int) -> tuple[tuple[datetime, datetime], ...]:
    def moment(low: float, high: float) -> datetime:
        return start + timedelta(seconds=step_s * (int(chance.uniform(low, high) * longest_s) // step_s))

    made: Sequence[tuple[datetime, datetime]] = [
        tuple(sorted((moment(-0.1, 0.9), moment(0, 1)))) for _ in range(chance.choice((0, 0, 1, 2, 4)))
    ]  # pyright: ignore[reportAssignmentType]
    return tuple(made)
