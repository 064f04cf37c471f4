"""The shop's calendar: the fixed window, the season of buying, and the open hours of the service.

Nothing here reads a clock: the data ends with October 2026 whenever it is made. A *day* is
a number of days since the window opened (fractions allowed), an *instant* whole seconds
since 1970 in UTC.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from duecare.demo.columns import DAY_S, Floats, Ints

AS_OF = datetime(2026, 10, 31, 23, 59, 59, tzinfo=UTC)
END = int(AS_OF.timestamp())
"""The last instant of the data."""

SEASON = (0.93, 0.91, 0.96, 0.98, 0.99, 0.96, 0.90, 0.91, 0.99, 1.04, 1.18, 1.25)
"""How much is bought in each month of the year against an average month, January first."""

LULL_DAYS = 60
"""How far the calendar reaches beyond the window, so that a reply after the end can still be dated."""

ZONE = ZoneInfo("Europe/Berlin")
OPEN_HOURS = {0: (9, 17), 1: (9, 17), 2: (9, 17), 3: (9, 17), 4: (9, 17), 5: (9, 13)}
"""Local opening and closing hour of the service by weekday, Monday 0; closed on Sunday."""


@dataclass(frozen=True, slots=True)
class Window:
    """The months that the exports cover."""

    first: date

    @property
    def start(self) -> int:
        """The first instant."""
        return (self.first - date(1970, 1, 1)).days * DAY_S

    @property
    def length(self) -> float:
        """Days from the first instant to the last."""
        return (END + 1 - self.start) / DAY_S

    def instant(self, day: Floats) -> Ints:
        """Return the instant of each day number, to the second."""
        return self.start + np.floor(day * DAY_S).astype(np.int64)


def window(months: int) -> Window:
    """Return the window of whole *months* that ends with AS_OF."""
    ordinal = AS_OF.year * 12 + AS_OF.month - months
    return Window(date(ordinal // 12, ordinal % 12 + 1, 1))


def month_of(instants: Ints) -> Ints:
    """Return the month of each instant, in months since January 1970."""
    return instants.astype("datetime64[s]").astype("datetime64[M]").astype(np.int64)


def month_name(month: int) -> str:
    """Return a month as the ledger writes it.

    >>> month_name(681)
    '2026-10'
    """
    return f"{1970 + month // 12}-{month % 12 + 1:02d}"


@dataclass(frozen=True, slots=True)
class Season:
    """Buying time against calendar time: before Christmas a day holds more of it than in August."""

    calendar: Floats
    buying: Floats

    def spent(self, day: Floats) -> Floats:
        """Return the buying time that has passed by each calendar day."""
        return np.interp(day, self.calendar, self.buying)

    def day(self, spent: Floats) -> Floats:
        """Return the calendar day by which so much buying time has passed; the calendar's last day when beyond it."""
        return np.interp(spent, self.buying, self.calendar)


def season(span: Window) -> Season:
    """Return the season of a window, level on average over a year."""
    calendar = np.arange(0.0, span.length + LULL_DAYS + 1)
    months = month_of(span.instant(calendar[:-1])) % 12
    pace = np.asarray(SEASON)[months] / np.mean(SEASON)
    return Season(calendar, np.concatenate(([0.0], np.cumsum(pace))))


@dataclass(frozen=True, slots=True)
class ServiceHours:
    """The stretches in which people serve; every promise about them runs on this clock."""

    opens: Ints
    closes: Ints

    @property
    def _worked(self) -> Ints:
        return np.cumsum(self.closes - self.opens)

    def open_s(self, instants: Ints) -> Ints:
        """Return the open seconds that have passed before each instant since the calendar began."""
        place = np.searchsorted(self.closes, instants, side="right")
        worked = np.concatenate(([0], self._worked))
        into = np.clip(instants - self.opens[np.minimum(place, len(self.opens) - 1)], 0, None)
        return worked[place] + np.where(place < len(self.opens), into, 0)

    def after(self, instants: Ints, open_s: Ints) -> Ints:
        """Return when so many open seconds have passed from each instant on; a closed moment counts as the next opening."""
        due = self.open_s(instants) + open_s
        place = np.minimum(np.searchsorted(self._worked, due, side="right"), len(self.opens) - 1)
        return self.closes[place] - (self._worked[place] - due)


def service_hours(span: Window) -> ServiceHours:
    """Return the open hours from the window's first day until well past its last."""
    last = AS_OF.date() + timedelta(days=LULL_DAYS)
    dates = [span.first + timedelta(days=n) for n in range((last - span.first).days)]
    both = [(_local(d, OPEN_HOURS[d.weekday()][0]), _local(d, OPEN_HOURS[d.weekday()][1])) for d in dates if d.weekday() in OPEN_HOURS]
    opens, closes = np.asarray(both, np.int64).T
    return ServiceHours(opens, closes)


def local_offset_s(days: Ints) -> Ints:
    """Return by how many seconds local time is ahead on each day, a day as days since 1970."""
    which, place = np.unique(days, return_inverse=True)
    noons = (datetime.fromtimestamp(day * DAY_S + DAY_S // 2, tz=ZONE) for day in which.tolist())
    return np.asarray([int((noon.utcoffset() or timedelta()).total_seconds()) for noon in noons], np.int64)[place]


def _local(day: date, hour: int) -> int:
    return int(datetime(day.year, day.month, day.day, hour, tzinfo=ZONE).timestamp())
