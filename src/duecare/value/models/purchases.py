"""Purchases: who bought on which day for how much, and what was known of each customer on any day."""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.value.models.seen import Floats, Places, Seen

Marks: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Known:
    """What a book of purchases tells of each of n customers on one day."""

    customer: Places
    """The numbers of those who had bought by then, rising."""
    seen: Seen
    days: Floats
    """Days on which they bought."""
    spend: Floats
    """All they spent, in the book's currency."""

    @property
    def mean_spend(self) -> Floats:
        return self.spend / self.days

    def where(self, piece: slice) -> "Known":
        """Return what is known of some of them."""
        return Known(self.customer[piece], Seen(*(column[piece] for column in self.seen)), self.days[piece], self.spend[piece])


@dataclass(frozen=True, slots=True)
class Purchases:
    """A book of purchases: one row a customer and day, by customer and then by day."""

    customer: Places
    """Numbers from 0 on."""
    day: Places
    """Days since 1970."""
    spend: Floats
    """In the book's currency; below zero where more came back than was bought."""

    @classmethod
    def of(cls, customer: Places, day: Places, spend: Floats) -> "Purchases":
        """Return the book of single purchases in any order; those of one customer and day become one."""
        first = int(day.min(initial=0))
        width = int(day.max(initial=0)) - first + 1
        key, which = np.unique(customer * width + (day - first), return_inverse=True)
        return cls(key // width, key % width + first, np.bincount(which, weights=spend, minlength=len(key)).astype(np.float64))

    @property
    def first_day(self) -> int:
        return int(self.day.min())

    def until(self, day: int) -> Known:
        """Return what was known of everybody who had bought by the end of a day."""
        customer, days, spend = self._some(self.day <= day)
        starts = np.flatnonzero(np.r_[True, customer[1:] != customer[:-1]]) if len(customer) else np.zeros(0, np.int64)
        ends = np.r_[starts[1:], len(customer)].astype(np.int64)[: len(starts)]
        first, last = days[starts], days[ends - 1]
        seen = Seen((ends - starts - 1).astype(np.float64), (last - first).astype(np.float64), (day - first).astype(np.float64))
        return Known(customer[starts], seen, (ends - starts).astype(np.float64), np.add.reduceat(spend, starts) if len(starts) else spend)

    def within(self, known: Known, after: int, until: int) -> tuple[Floats, Floats]:
        """Return how much each of the *known* spent after one day and until another, and on how many days."""
        customer, _, spend = self._some((self.day > after) & (self.day <= until))
        place = np.searchsorted(known.customer, customer)
        here = place < len(known.customer)
        here[here] = known.customer[place[here]] == customer[here]
        many = len(known.customer)
        total, days = np.bincount(place[here], weights=spend[here], minlength=many), np.bincount(place[here], minlength=many)
        return total.astype(np.float64), days.astype(np.float64)

    def some(self, share: int) -> "Purchases":
        """Return the purchases of every *share*-th customer."""
        return self if share <= 1 else Purchases(*self._some(self.customer % share == 0))

    def between(self, customer: Places) -> "Purchases":
        """Return the purchases of the first to the last of some customers, whose numbers rise."""
        first, last = np.searchsorted(self.customer, [customer[0], customer[-1] + 1])
        return Purchases(self.customer[first:last], self.day[first:last], self.spend[first:last])

    def _some(self, chosen: Marks) -> tuple[Places, Places, Floats]:
        return self.customer[chosen], self.day[chosen], self.spend[chosen]
