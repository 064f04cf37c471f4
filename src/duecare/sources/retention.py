"""Retention: how long rows of an export are kept at all."""

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """How long rows are kept; for ever where nothing is said."""

    orders_months: int | None = None
    contacts_months: int | None = None

    def oldest(self, now: datetime) -> dict[str, datetime]:
        """Return the first moment that is kept of each table: the first of a month, in UTC, so that a day more changes nothing."""
        said = {"orders": self.orders_months, "contacts": self.contacts_months}
        return {table: _months_before(now, months) for table, months in said.items() if months is not None}


def _months_before(now: datetime, months: int) -> datetime:
    """The first moment of the month that lies so many months back.

    >>> _months_before(datetime(2026, 1, 31, tzinfo=UTC), 2).isoformat()
    '2025-11-01T00:00:00+00:00'
    """
    month = now.astimezone(UTC).year * 12 + now.astimezone(UTC).month - 1 - months
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=UTC)
