"""Groups: cases fall into groups by tier, channel, severity, reason, product, agent and period."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

import numpy as np
from numpy.typing import NDArray

from duecare.measure.kpi import Sample
from duecare.measure.log import Log, Named
from duecare.measure.periods import PERIODS, Period, local_days, period_of, said
from duecare.words import BadSettings, nearest

Ints: TypeAlias = NDArray[np.int64]

Dimension = Literal["tier", "channel", "severity", "reason", "product", "agent", "day", "week", "month"]
DIMENSIONS: tuple[str, ...] = get_args(Dimension)
NOT_TOLD = "not told"

FEW, DENSE = 1 << 12, 1 << 22
"""Up to so few possible groups all are kept, also those without a case; up to so many those that occur are found by counting."""


@dataclass(frozen=True, slots=True)
class Groups:
    """Into which group each case falls."""

    of: Ints
    """Number of the group of each case, -1 for none of the periods that are asked for."""
    key: Ints
    """The groups' keys, ascending: mixed digits of the places of their words."""
    sizes: tuple[int, ...]
    names: tuple[tuple[str, ...], ...]
    """The words of each dimension."""

    def words(self, place: int, rows: Ints | None = None) -> list[str]:
        """Return the word of each group, or of some of them, in a dimension."""
        below = int(np.prod(self.sizes[place + 1 :], dtype=np.int64)) if place + 1 < len(self.sizes) else 1
        names = self.names[place] or (NOT_TOLD,)  # no case, no period
        keys = self.key if rows is None else self.key[rows]
        return [names[digit] for digit in (keys // below % self.sizes[place]).tolist()]


def checked(by: Sequence[str]) -> tuple[Dimension, ...]:
    """Return the dimensions of a breakdown.

    Raises:
        BadSettings: there is no such dimension, or one is named twice, or two are periods.
    """
    for word in by:
        if word not in DIMENSIONS:
            raise BadSettings(f"there is no breakdown by {word!r}", mend=f"write {' or '.join(nearest(word, DIMENSIONS) or DIMENSIONS)}")
    if len(set(by)) < len(by) or len(set(by) & set(PERIODS)) > 1:
        raise BadSettings("a breakdown names one thing twice", mend="name each once, and one of day, week and month")
    return tuple(by)  # pyright: ignore[reportReturnType] - they are all among the known ones


@dataclass(slots=True)
class Columns:
    """The columns by which cases of a log are grouped, each made once."""

    log: Log
    _contacts: dict[str, Named] = field(default_factory=dict)
    _days: dict[int, tuple[Ints, Ints]] = field(default_factory=dict)
    _oldest: dict[int, tuple[Ints, Ints]] = field(default_factory=dict)

    def group(self, sample: Sample, by: tuple[Dimension, ...], at: Ints | None = None) -> Groups:
        """Tell into which group each case falls; *at* stands for the moments that complete them, where it is given."""
        columns = [self._column(sample, one, sample.at if at is None else at) for one in by]
        sizes = tuple(max(len(column.names), 1) for column in columns)
        key = columns[0].place if columns else np.zeros(len(sample.at), dtype=np.int64)
        for column, size in zip(columns[1:], sizes[1:], strict=True):
            key = key * size + column.place
        known, of = _numbered(key, int(np.prod(sizes, dtype=np.int64)) if sizes else 1)
        return Groups(of, known, sizes, tuple(column.names for column in columns))

    def _column(self, sample: Sample, dimension: Dimension, at: Ints) -> Named:
        if dimension in PERIODS:
            return self._periods(at, dimension)
        if dimension == "tier":
            return _told(Named(sample.tier, self.log.tiers))
        column = self._contacts.setdefault(dimension, _with_nobody(getattr(self.log.contacts, dimension)))
        return Named(column.place[sample.contact], column.names)

    def _periods(self, at: Ints, period: Period) -> Named:
        numbers = period_of(self._local_days(at), period)
        if not len(numbers):
            return Named(numbers, ())
        first = int(numbers.min())
        return Named(numbers - first, tuple(said(number, period) for number in range(first, int(numbers.max()) + 1)))

    def _local_days(self, at: Ints) -> Ints:
        """The local day of each moment; a column that was asked for is kept, so that its id stays its own."""
        if id(at) not in self._days:
            self._days[id(at)] = (at, local_days(at, self.log.zone))
        return self._days[id(at)][1]

    def oldest_first(self, began: Ints) -> Ints:
        """Return the order by which those that began first come first; kept like the days."""
        if id(began) not in self._oldest:
            self._oldest[id(began)] = (began, np.argsort(began, kind="stable"))
        return self._oldest[id(began)][1]


def _told(column: Named) -> Named:
    """The same with a word for what is not told."""
    return Named(np.where(column.place < 0, len(column.names), column.place), (*column.names, NOT_TOLD))


def _with_nobody(column: Named) -> Named:
    """The same with one row more, which stands for no contact: it is the last, so that -1 points to it."""
    told = _told(column)
    return Named(np.append(told.place, len(column.names)), told.names)


def _numbered(key: Ints, possible: int) -> tuple[Ints, Ints]:
    """The keys that occur, ascending, and which of them each one is."""
    if possible == 1:
        return np.zeros(1, dtype=np.int64), key
    if possible <= FEW:
        return np.arange(possible), key
    if possible <= FEW:
        return np.arange(possible), key
    if possible > DENSE:
        known, of = np.unique(key, return_inverse=True)
        return known, of.astype(np.int64)
    occurs = np.bincount(key, minlength=possible) > 0
    return np.flatnonzero(occurs), (np.cumsum(occurs) - 1)[key]
