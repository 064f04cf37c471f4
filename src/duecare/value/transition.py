"""Transition: who went from which class to which between two days."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """Customers who were in one class and are in another."""

    before: str | None
    """None: they had not bought yet; they are new."""
    now: str | None
    """None: they are no customer any more; they left."""
    customers: int
    share: float
    """Of all who were in *before*."""


def transition(before: Sequence[str | None], now: Sequence[str | None]) -> list[Move]:
    """Return how many customers made each move, by the class they come from and go to; new ones come last.

    Args:
        before: the class of each of n customers on the first day, None for who had none.
        now: the class of the same customers, in the same order, on the second day.

    Returns:
        One move for each pair that occurs; who has a class on neither day is in none.

    Raises:
        ValueError: the two are not of the same length, so they are not about the same customers.

    >>> [(move.before, move.now, move.customers, move.share) for move in transition(["1", "1", None], ["1", "2", "1"])]
    [('1', '1', 1, 0.5), ('1', '2', 1, 0.5), (None, '1', 1, 1.0)]
    """
    pairs = [pair for pair in zip(before, now, strict=True) if pair != (None, None)]
    counts = dict.fromkeys(sorted(set(pairs), key=_place), 0)
    for pair in pairs:
        counts[pair] += 1
    rows: dict[str | None, int] = {}
    for (come, _), many in counts.items():
        rows[come] = rows.get(come, 0) + many
    return [Move(before=come, now=go, customers=many, share=many / rows[come]) for (come, go), many in counts.items()]


def _place(pair: tuple[str | None, str | None]) -> tuple[bool, str, bool, str]:
    """Where a pair stands in the table: by class, who is new and who left last."""
    come, go = pair
    return come is None, come or "", go is None, go or ""


def year_before(moment: datetime) -> datetime:
    """Return the same moment a year before; the day before 1 March where that year has no 29 February.

    >>> from datetime import UTC
    >>> year_before(datetime(2024, 2, 29, 12, tzinfo=UTC)).isoformat()
    '2023-02-28T12:00:00+00:00'
    """
    leap = (moment.month, moment.day) == (2, 29)
    return moment.replace(year=moment.year - 1, day=28 if leap else moment.day)
