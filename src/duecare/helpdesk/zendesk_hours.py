"""Zendesk: opening hours. A calendar becomes a schedule, its week in minutes since Sunday, and its holidays of two years."""

from collections.abc import Iterator
from datetime import date

from duecare.helpdesk.objects import MARK, Wanted
from duecare.helpdesk.serving import closed_days
from duecare.promises import Calendar

DAY_MINUTES = 24 * 60


def hours(name: str, calendar: Calendar, zone: str | None, today: date) -> Iterator[Wanted]:
    """Yield a calendar's schedule, week and holidays.

    Args:
        name: of the calendar.
        calendar: whose week is the one in force today.
        zone: what the desk calls its zone; its city when None, which Zendesk knows most zones by.
        today: holidays of its year and the next are told.
    """
    title, key = MARK + name, f"schedule/{name}"
    place = zone or calendar.place.key.rpartition("/")[2].replace("_", " ")
    yield Wanted(key=key, kind="schedule", name=title, body={"name": title, "time_zone": place}, says=f"the hours of {name}")
    intervals = [{"start_time": start, "end_time": end} for start, end in sorted(_intervals(calendar, today))]
    yield Wanted(key=f"workweek/{name}", kind="workweek", name=title, body={"intervals": intervals}, under=key, says=f"the week of {name}")
    for day in closed_days(calendar, today):
        body = {"name": f"{MARK}{day}", "start_date": f"{day}", "end_date": f"{day}"}
        yield Wanted(
            key=f"holiday/{name}/{day}", kind="holiday", name=body["name"], body=body, under=key, says=f"{name} is closed on {day}"
        )


def _intervals(calendar: Calendar, today: date) -> Iterator[tuple[int, int]]:
    """Open minutes of the week since Sunday at midnight."""
    for weekday, stretches in enumerate(calendar.schedule.week_of(today)):
        start = (weekday + 1) % 7 * DAY_MINUTES
        for opens, closes in stretches:
            yield start + opens // 60, start + closes // 60
