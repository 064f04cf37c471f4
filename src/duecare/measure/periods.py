"""Periods: days, weeks and months as the clock on the wall shows them."""

from datetime import UTC, date, datetime, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from duecare.promises.zones import offsets

Ints: TypeAlias = NDArray[np.int64]
Period = Literal["day", "week", "month"]
PERIODS: tuple[Period, ...] = ("day", "week", "month")
SECOND, DAY = 1_000_000, 86_400_000_000
"""Microseconds."""
DAY_S = 86_400
EPOCH = date(1970, 1, 1)
THURSDAY = 3
"""The first of January 1970 was one; weeks begin on Monday, as ISO 8601 has them."""


def local_days(at: Ints, zone: ZoneInfo) -> Ints:
    """Return the local day of each instant, counted from 1970.

    >>> local_days(np.array([22 * 3600 * SECOND, 23 * 3600 * SECOND]), ZoneInfo("Europe/Berlin")).tolist()
    [0, 1]
    """
    if not len(at):
        return at
    seconds = at // SECOND
    kept = offsets(zone, int(seconds.min()), int(seconds.max()) + 1)
    starts, ahead = np.array([one.from_s for one in kept]), np.array([one.offset_s for one in kept])
    return (seconds + ahead[np.searchsorted(starts, seconds, side="right") - 1]) // DAY_S


def period_of(days: Ints, period: Period) -> Ints:
    """Return the number of the day, week or month that each local day lies in."""
    if period == "day":
        return days
    if period == "week":
        return (days + THURSDAY) // 7
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def said(number: int, period: Period) -> str:
    """Return a period as people write it.

    >>> said(0, "day"), said(1, "week"), said(10, "month")
    ('1970-01-01', '1970-W02', '1970-11')
    """
    if period == "day":
        return (EPOCH + timedelta(days=number)).isoformat()
    if period == "month":
        return str(np.datetime64(number, "M"))
    year, week, _ = (EPOCH + timedelta(days=number * 7 - THURSDAY)).isocalendar()
    return f"{year}-W{week:02d}"


def midnight(day: int, zone: ZoneInfo) -> int:
    """Return the instant at which a local day begins, microseconds since 1970.

    >>> midnight(0, ZoneInfo("Europe/Berlin")) // SECOND
    -3600
    """
    local = datetime.combine(EPOCH + timedelta(days=int(day)), datetime.min.time(), zone)
    return int(local.astimezone(UTC).timestamp()) * SECOND
