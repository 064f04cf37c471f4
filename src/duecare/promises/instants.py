"""Instants: aware datetimes, arrow columns and numpy arrays, all as microseconds since 1970 UTC."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.words import BadRows, aware

Instants: TypeAlias = NDArray[np.int64]

Column: TypeAlias = NDArray[Any] | Sequence[datetime | None]
"""A column of instants: numpy's datetime64 (which is UTC), aware datetimes, or an arrow column of timestamps with a zone."""

MISSING = int(np.iinfo(np.int64).min)
"""What numpy keeps for an instant that is not known (NaT)."""

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)


def instant(moment: datetime) -> int:
    """Return an aware datetime as microseconds since 1970.

    >>> instant(datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC))
    1000000
    """
    return (aware(moment) - EPOCH) // MICROSECOND


def moment(at: int) -> datetime:
    """Return microseconds since 1970 as a datetime in UTC."""
    return EPOCH + timedelta(microseconds=at)


def instants(column: Column) -> Instants:
    """Return a column of instants as whole microseconds since 1970; missing ones as MISSING.

    Raises:
        BadRows: the column holds something else, or times without a zone.
    """
    if isinstance(column, np.ndarray) and np.issubdtype(column.dtype, np.datetime64):
        return column.astype("datetime64[us]").view(np.int64)
    return _by_arrow(column)


def _by_arrow(column: Column) -> Instants:
    import pyarrow as pa

    try:
        held: Any = column if isinstance(column, pa.Array | pa.ChunkedArray) else pa.array(column)
    except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
        raise _no_times("they are of several kinds") from None
    if pa.types.is_null(held.type):
        return np.full(len(held), MISSING, dtype=np.int64)
    if not pa.types.is_timestamp(held.type) or held.type.tz is None:
        raise _no_times(f"they are {held.type}")
    return held.cast(pa.timestamp("us", "UTC")).to_numpy(zero_copy_only=False).astype("datetime64[us]").view(np.int64)


def _no_times(why: str) -> BadRows:
    return BadRows(f"these are no instants: {why}", mend="give times with a zone, or numpy's datetime64, which is taken as UTC")


def as_datetime64(at: Instants) -> NDArray[np.datetime64]:
    """Return instants as numpy shows them, in UTC."""
    return at.view("datetime64[us]")
