"""Open time between two instants, beside `businesstimedelta` and `business-duration`, on the same intervals."""

import datetime as dt
import time
import warnings
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from duecare.promises import Calendar
from duecare.promises.instants import Column

MANY, FEW = 10_000_000, 2_000
DAYS = ("mon", "tue", "wed", "thu", "fri")
OFFICE = {"tz": "UTC", "weekly": {day: [["09:00", "17:00"]] for day in DAYS}}


def compare() -> Iterator[str]:
    """Yield a line for each peer; all must find the same minutes on the intervals that they share."""
    office = Calendar.from_dict(OFFICE)
    start, end = intervals(MANY)
    office.elapsed(start[:300_000], end[:300_000])  # compiled once on a machine, and kept
    ours_s, wall_s, minutes = min((_timed(office, start, end) for _ in range(3)), key=lambda run: run[0])
    yield f"{MANY:,} intervals: duecare {ours_s:.2f} s of processor time, {wall_s:.2f} s by the clock"
    for name, peer in (("businesstimedelta", _businesstimedelta()), ("business-duration", _business_duration())):
        pairs = list(zip(start[:FEW].tolist(), end[:FEW].tolist(), strict=True))
        began = time.process_time()
        theirs = [peer(*pair) for pair in pairs]
        each_s = (time.process_time() - began) / FEW
        apart = float(np.abs(np.array(theirs) - minutes[:FEW]).max())
        ratio = each_s / (ours_s / MANY)
        yield f"{name}: {each_s * 1e6:,.0f} us an interval, ratio {ratio:,.0f}; furthest apart {apart:.3g} minutes"


def _timed(office: Calendar, start: Column, end: Column) -> tuple[float, float, NDArray[np.float64]]:
    began, wall = time.process_time(), time.perf_counter()
    minutes = office.elapsed(start, end)
    return time.process_time() - began, time.perf_counter() - wall, minutes


def intervals(many: int) -> tuple[Column, Column]:
    """Draw intervals of up to 14 days, in whole minutes, over four years."""
    chance = np.random.default_rng(7)
    start = chance.integers(27_867_840, 29_971_200, many)
    end = start + chance.integers(0, 14 * 1440, many)
    return (start * 60_000_000).view("datetime64[us]"), (end * 60_000_000).view("datetime64[us]")


def _businesstimedelta() -> Callable[[dt.datetime, dt.datetime], float]:
    import businesstimedelta

    rules = businesstimedelta.Rules(
        [businesstimedelta.WorkDayRule(start_time=dt.time(9), end_time=dt.time(17), working_days=[0, 1, 2, 3, 4])]
    )
    return lambda start, end: rules.difference(start, end).timedelta.total_seconds() / 60


def _business_duration() -> Callable[[dt.datetime, dt.datetime], float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from business_duration import businessDuration

    def minutes(start: dt.datetime, end: dt.datetime) -> float:
        return float(businessDuration(start, end, starttime=dt.time(9), endtime=dt.time(17), unit="min"))

    return minutes
