"""Instants: aware datetimes, arrow columns and numpy arrays, all as microseconds since 1970 UTC."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.words import BadRows, aware

Instants: TypeAlias = NDArray[np.int64]

Column: TypeAlias = NDArray[Any] | Sequence[datetime | np.datetime64 | None]
"""A column of instants: numpy's datetime64 (which is UTC), aware datetimes, or an arrow column of timestamps with a zone."""

SINGLE = (datetime, np.datetime64)
"""What one instant may be."""

MISSING = int(np.iinfo(np.int64).min)
"""What numpy keeps for an instant that is not known (NaT)."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def instant(moment: datetime | np.datetime64) -> int:
    """Return an aware datetime, or numpy's own in UTC, as microseconds since 1970.

    >>> instant(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000

    Raises:
        BadSettings: it has no zone.
        BadRows: it is something else.
    """
    if isinstance(moment, np.datetime64):
        return int(moment.astype("datetime64[us]").view(np.int64))
    if not isinstance(moment, datetime):  # pyright: ignore[reportUnnecessaryIsInstance] - callers are not all typed
        raise _no_times(f"one is a {type(moment).__name__}")
    try:
        return (aware(moment) - EPOCH) // MICROSECOND
    except OverflowError:
        raise BadRows(
            "an instant lies before the year 1 or after 9999 in UTC", mend="leave out placeholders; an unknown end is missing"
        ) from None


def moment(at: int) -> datetime:
    """Return microseconds since 1970 as a datetime in UTC."""
    return EPOCH + timedelta(microseconds=at)


def instants(column: Column) -> Instants:
    """Return a column of instants as whole microseconds since 1970; missing ones as MISSING.

    Raises:
        BadRows: the column holds something else, or times without a zone.
    """
    if isinstance(column, np.ndarray) and np.issubdtype(column.dtype, np.datetime64):
        return _one_dimensional(column).astype("datetime64[us]").view(np.int64)
    if type(column).__module__.startswith("pyarrow"):
        return _by_arrow(column)
    if isinstance(column, str) or not isinstance(column, Iterable):  # pyright: ignore[reportUnnecessaryIsInstance]
        raise _no_times(f"a {type(column).__name__} is no column")
    return np.array([MISSING if one is None or one != one else instant(one) for one in column], dtype=np.int64)


def _one_dimensional(column: NDArray[Any]) -> NDArray[Any]:
    if column.ndim != 1:
        raise _no_times(f"they stand in {column.ndim} dimensions, not in one")
    return column


def _by_arrow(held: Any) -> Instants:  # noqa: ANN401 - an arrow column
    import pyarrow as pa

    if pa.types.is_null(held.type):
        return np.full(len(held), MISSING, dtype=np.int64)
    if not pa.types.is_timestamp(held.type) or held.type.tz is None:
        raise _no_times(f"they are {held.type}")
    whole = held.cast(pa.timestamp("us", "UTC"), safe=False)  # nanoseconds are cut off, as numpy does
    return whole.to_numpy(zero_copy_only=False).astype("datetime64[us]").view(np.int64)


def _no_times(why: str) -> BadRows:
    return BadRows(f"these are no instants: {why}", mend="give times with a zone, or numpy's datetime64, which is taken as UTC")


def as_datetime64(at: Instants) -> NDArray[np.datetime64]:
    """Return instants as numpy shows them, in UTC."""
    return at.view("datetime64[us]")
