"""Calendar: when a place is open, how much open time lies between two instants, and when a promise falls due.

A step of time counts when its wall-clock time in the zone lies in an open stretch of the version
in force on that local date, the date is no holiday, and no break and no pause covers it.
Everything is exact to the microsecond; minutes are floats.
"""

import threading
from collections.abc import Sequence
from datetime import datetime
from typing import Any, overload
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import ArrayLike, NDArray

from duecare.promises.hours import DAYS, EARLIEST, LATEST, Schedule, never_open
from duecare.promises.instants import MISSING, SINGLE, Column, Instants, as_datetime64, instant, instants, moment
from duecare.promises.opening import BEGINNING, DAY, FAR, MANY, Opening, lay_out
from duecare.promises.pauses import Pair, Pauses
from duecare.words import BadRows, BadSettings, DuecareError

MINUTE = 60_000_000
EARLIEST_DAY, LATEST_DAY = ((day - BEGINNING).days for day in (EARLIEST, LATEST))
"""No service works outside of them, and a sentinel such as 9999 is a mistake to be told."""

SPARE_DAYS = 366

PausesLike = Sequence[Pair] | Sequence[Sequence[Pair]] | Pauses | None


class NeverDue(DuecareError):
    """The open time until the target never comes."""


class Calendar:
    """Opening hours in a zone, ready to be asked. Safe to share between threads."""

    def __init__(self, place: ZoneInfo, schedule: Schedule) -> None:
        closed = never_open(schedule)
        if closed is not None:
            raise BadSettings(
                f"the calendar has no open minute in the year from {closed.isoformat()} on", mend="give its weeks hours in that year"
            )
        self.place, self.schedule = place, schedule
        self._laid: Opening | None = None
        self._lock = threading.Lock()

    @classmethod
    def from_dict(cls, said: Any) -> "Calendar":  # noqa: ANN401 - what JSON or TOML holds
        """Read a calendar as JSON or TOML says it; see docs/promises.md.

        >>> Calendar.from_dict({"tz": "UTC", "weekly": {"mon": [["09:00", "17:00"]]}}).place.key
        'UTC'

        Raises:
            BadSettings: an unknown zone or key, a close before its open, overlapping hours, a year without an open minute.
        """
        from duecare.promises.reading import read_calendar

        return cls(*read_calendar(said))

    @overload
    def elapsed(self, start: datetime, end: datetime, pauses: PausesLike = ()) -> float: ...
    @overload
    def elapsed(self, start: Column, end: Column, pauses: PausesLike = ()) -> NDArray[np.float64]: ...
    def elapsed(self, start: datetime | Column, end: datetime | Column, pauses: PausesLike = ()) -> float | NDArray[np.float64]:
        """Return the open minutes from *start* to *end*, never less than 0.

        Args:
            start: an aware datetime, or a column of n instants (see `instants`).
            end: the same; a missing one gives NaN.
            pauses: pairs of start and end that hold for every interval, a sequence of them for
                each, or `Pauses`; they may overlap.

        >>> nine_to_five = Calendar.from_dict({"tz": "UTC", "weekly": {"mon": [["09:00", "17:00"]]}})
        >>> monday = datetime.fromisoformat("2026-11-23T16:30:00+00:00")
        >>> nine_to_five.elapsed(monday, monday.replace(hour=23))
        30.0
        """
        one = isinstance(start, SINGLE) and isinstance(end, SINGLE)
        starts, ends = _alike(_column(start), _column(end), "starts", "ends")
        minutes = self._elapsed(starts, ends, _pauses(pauses, len(starts)))
        return float(minutes[0]) if one else minutes

    @overload
    def due(self, start: datetime, minutes: float, pauses: PausesLike = ()) -> datetime: ...
    @overload
    def due(self, start: Column, minutes: ArrayLike, pauses: PausesLike = ()) -> NDArray[np.datetime64]: ...
    def due(self, start: datetime | Column, minutes: ArrayLike, pauses: PausesLike = ()) -> datetime | NDArray[np.datetime64]:
        """Return the earliest instant, in UTC, at which *minutes* of open time have elapsed since *start*.

        Args:
            start: an aware datetime, or a column of n instants.
            minutes: open minutes, one number or n of them; 0 is due at once, also outside hours.
            pauses: as in `elapsed`.

        >>> nine_to_five = Calendar.from_dict({"tz": "UTC", "weekly": {"mon": [["09:00", "17:00"]]}})
        >>> nine_to_five.due(datetime.fromisoformat("2026-11-23T16:30:00+00:00"), 45).isoformat()
        '2026-11-30T09:15:00+00:00'

        Raises:
            NeverDue: (one start and one target) it would not come before the year 2200. In a column it is NaT.
            BadRows: a target is below 0, or there are not as many as starts.
        """
        starts, open_time = _alike(_column(start), _open_time(minutes), "starts", "targets")
        found = self._due(starts, open_time, _pauses(pauses, len(starts)))
        if not isinstance(start, SINGLE) or np.ndim(minutes):
            return as_datetime64(found)
        if found[0] == MISSING:
            raise NeverDue(
                f"{float(np.asarray(minutes)):g} open minutes never pass before the year 2200",
                mend="take a shorter target, or look at the calendar's hours",
            )
        return moment(int(found[0]))

    def _elapsed(self, start: Instants, end: Instants, pauses: Pauses) -> NDArray[np.float64]:
        missing = (start == MISSING) | (end == MISSING) if len(start) and MISSING in (start.min(), end.min()) else None
        if missing is not None:
            start, end = np.where(missing, 0, start), np.where(missing, 0, end)
        laid = self._cover(start, end)
        minutes = _between(laid, start, end) if len(pauses.row) == 0 else _unpaused(laid, start, end, pauses) / MINUTE
        return minutes if missing is None else np.where(missing, np.nan, minutes)

    def _due(self, start: Instants, open_time: Instants, pauses: Pauses) -> Instants:
        missing = start == MISSING
        start = np.where(missing, 0, start)
        laid = self._cover(start)
        found = np.full(len(start), FAR)
        far = self._bounds(start)[1]
        while True:
            found = _reached(laid, start, open_time, pauses)
            if laid.last >= LATEST_DAY * DAY or not (found[~missing] == FAR).any():
                break
            far = min(LATEST_DAY, far + max(SPARE_DAYS, 2 * (far - laid.first // DAY)))
            laid = self._lay(laid.first // DAY, far)
        return np.where(missing | (found == FAR), MISSING, found)

    def _cover(self, *columns: Instants) -> Opening:
        """Return the table, laid out anew when these instants lie outside of it."""
        low, high = self._bounds(*columns)
        laid = self._laid
        if laid is None or low * DAY < laid.first or high * DAY > laid.last:
            return self._lay(low, high)
        return laid

    def _bounds(self, *columns: Instants) -> tuple[int, int]:
        """The first and last day of these instants, checked."""
        filled = [column for column in columns if len(column)]
        low = min((int(column.min()) for column in filled), default=0) // DAY
        high = max((int(column.max()) for column in filled), default=0) // DAY + 1
        if low < EARLIEST_DAY or high > LATEST_DAY:
            raise BadRows(
                "an instant lies before 1850 or after 2199", mend="leave out placeholders such as the year 9999; an unknown end is missing"
            )
        return low, high

    def _lay(self, low: int, high: int) -> Opening:
        with self._lock:
            laid = self._laid
            if laid is not None:
                low, high = min(low, laid.first // DAY), max(high, laid.last // DAY)
            if laid is None or low * DAY < laid.first or high * DAY > laid.last:
                low, high = max(EARLIEST_DAY, low - SPARE_DAYS), min(LATEST_DAY, high + SPARE_DAYS)
                self._laid = lay_out(self.schedule, self.place, low, high)
            return self._laid or lay_out(self.schedule, self.place, low, high)


def always() -> Calendar:
    """Return the calendar that is never closed."""
    return Calendar.from_dict({"tz": "UTC", "weekly": {day: [["00:00", "24:00"]] for day in DAYS}})


def _column(side: datetime | Column) -> Instants:
    return np.array([instant(side)]) if isinstance(side, SINGLE) else instants(side)


def _alike(one: Instants, other: Instants, ones: str, others: str) -> tuple[Instants, Instants]:
    """Two columns of the same length; a single value stands for every row."""
    if len(one) != len(other) and 1 not in (len(one), len(other)):
        raise BadRows(f"{len(one)} {ones} and {len(other)} {others} do not match", mend=f"give as many {others} as {ones}")
    first, second = np.broadcast_arrays(one, other)
    return first, second


def _pauses(pauses: PausesLike, rows: int) -> Pauses:
    return pauses.check_rows(rows) if isinstance(pauses, Pauses) else Pauses.of_pairs(pauses, rows)


def _open_time(minutes: ArrayLike) -> Instants:
    """Minutes as whole microseconds."""
    try:
        wanted = np.atleast_1d(np.asarray(minutes, dtype=np.float64))
    except (TypeError, ValueError):
        raise BadRows("a target is no number of minutes", mend="give open minutes, 0 or more") from None
    if wanted.ndim > 1 or np.isnan(wanted).any() or (wanted < 0).any():
        raise BadRows("a target is below 0 minutes or no number", mend="give open minutes, 0 or more")
    return np.minimum(np.rint(wanted * MINUTE), float(FAR // 4)).astype(np.int64)


def _between(laid: Opening, start: Instants, end: Instants) -> NDArray[np.float64]:
    """Open minutes between instants that the table covers."""
    if len(start) >= MANY:
        from duecare.promises.compiled import open_between

        return open_between(np.ascontiguousarray(start), np.ascontiguousarray(end), laid.first, laid.rows, laid.of_day, laid.steps)
    return np.maximum(laid.open_before(end) - laid.open_before(start), 0) / MINUTE


def _unpaused(laid: Opening, start: Instants, end: Instants, pauses: Pauses) -> Instants:
    """Open microseconds between instants, without those in a pause."""
    held = pauses.within(start, end).joined()
    paused = np.bincount(held.row, laid.open_before(held.end) - laid.open_before(held.start), len(start)).astype(np.int64)
    return np.maximum(laid.open_before(end) - laid.open_before(start), 0) - paused


def _reached(laid: Opening, start: Instants, open_time: Instants, pauses: Pauses) -> Instants:
    """The earliest instants with *open_time* after *start*; FAR where the table does not get there."""
    wanted = laid.open_before(start) + open_time
    if len(pauses.row):
        wanted = wanted + _paused_before(laid, start, open_time, pauses)
    return np.where(open_time == 0, start, laid.reach(wanted))


def _paused_before(laid: Opening, start: Instants, open_time: Instants, pauses: Pauses) -> Instants:
    """Open time inside the pauses that begin before the target is reached.

    A pause is passed when what had elapsed at its beginning fell short of the target; that
    only grows from pause to pause, so those passed are the first ones of each row.
    """
    held = pauses.within(start, np.full(len(start), laid.last - 1)).joined()
    begins, lengths = laid.open_before(held.start), laid.open_before(held.end) - laid.open_before(held.start)
    paused = np.cumsum(lengths) - lengths
    first = np.searchsorted(held.row, held.row, side="left")
    paused = paused - paused[first] if len(paused) else paused
    passed = begins - laid.open_before(start)[held.row] - paused < open_time[held.row]
    return np.bincount(held.row[passed], lengths[passed], len(start)).astype(np.int64)
