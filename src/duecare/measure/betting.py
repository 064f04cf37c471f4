"""Alarms that may be looked at after every case, for ever, and still seldom cry wolf.

A stake is put on "more goes wrong than is allowed"; each case multiplies it by what the bet paid.
While what is allowed holds, the stake is fair game and hardly ever grows twentyfold, however often
one looks (Ville's inequality). For a change that comes at an unknown day, a small part of the
stake is put in on each day: so a long good past neither hides a bad week nor is punished for it.
No independence is asked for, only that each case, whatever went before, goes wrong no oftener
than allowed.

Source: I. Waudby-Smith, A. Ramdas (2024), "Estimating means of bounded random variables by
betting", Journal of the Royal Statistical Society B 86 (1), 1-27; J. Shin, A. Ramdas, A. Rinaldo
(2024), "E-detectors: a nonparametric framework for sequential change detection", The New England
Journal of Statistics in Data Science 2 (2), 229-260.
"""

from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

FALSE_ALARMS = 0.05
"""The chance of an alarm in a year although all is well."""
DAYS_A_YEAR = 366
TIMES = (1.25, 1.6, 2.0, 3.0, 4.0, 6.0)
"""The bets: that so many times as much goes wrong as is allowed; a part of the stake on each."""
MOST = 0.95
"""No bet expects that more than this goes wrong."""
MOST_LOG = 700.0
"""What grew beyond is an alarm in any case, and its power is still a number."""


def bets(allowed: float) -> Floats:
    """Return how much of the stake is put on the next case, one number a bet.

    Args:
        allowed: the share that may go wrong, above 0 and below 1.

    >>> bets(0.1)[2].round(4).item()
    1.1111
    """
    wrong = np.minimum(np.array(TIMES) * allowed, max(MOST, (1 + allowed) / 2))
    return (wrong - allowed) / (allowed * (1 - allowed))


@dataclass(slots=True)
class Detector:
    """Watches the cases of one promise, day by day, and says on which it was no longer kept."""

    allowed: float
    """The share that may go wrong."""
    false_alarms: float = FALSE_ALARMS
    stakes: Floats = field(init=False)
    days: int = 0

    def __post_init__(self) -> None:
        self.stakes = np.zeros(len(TIMES))

    def day(self, wrong: int, right: int) -> bool:
        """Take the cases of a day and tell whether there is an alarm; after one it begins anew, and so it does each year.

        >>> watch = Detector(allowed=0.05)
        >>> [watch.day(10, 40) for _ in range(3)]
        [False, True, False]
        """
        if self.days == DAYS_A_YEAR:
            self.stakes, self.days = np.zeros(len(TIMES)), 0
        self.days += 1
        grown = _grown(bets(self.allowed), wrong, right, self.allowed)
        self.stakes = (self.stakes + 1 / DAYS_A_YEAR) * np.exp(np.minimum(grown, MOST_LOG))
        if self.stakes.mean() < 1 / self.false_alarms:
            return False
        self.stakes, self.days = np.zeros(len(TIMES)), 0
        return True


def _grown(bet: Floats, wrong: Ints | int, right: Ints | int, allowed: float) -> Floats:
    """By how much stakes grow, as logarithms: powers of thousands of cases are no numbers any more."""
    return np.asarray(wrong * np.log1p(bet * (1 - allowed)) + right * np.log1p(-bet * allowed), dtype=np.float64)


def alarms(day: Ints, wrong: NDArray[np.bool_], allowed: float, false_alarms: float = FALSE_ALARMS) -> list[int]:
    """Return the days with an alarm.

    Args:
        day: of each case, whole numbers in any order.
        wrong: whether it went wrong.
        allowed: the share that may.
        false_alarms: the chance of an alarm in a year although all is well.
    """
    if not 0 < allowed < 1:
        return []
    watch = Detector(allowed, false_alarms)
    days, of = np.unique(day, return_inverse=True)
    bad, all_ = np.bincount(of, wrong, len(days)).astype(int), np.bincount(of, minlength=len(days))
    return [int(one) for one, w, n in zip(days, bad, all_, strict=True) if watch.day(int(w), int(n - w))]


def evidence(wrong: Ints, right: Ints, allowed: float) -> Floats:
    """Return after each step by how much a stake has grown that was put once on "more goes wrong than allowed".

    From 1 / a on there is an alarm that is false with a chance of a at most, whenever one looks.

    Args:
        wrong: how many cases went wrong in each step.
        right: how many went right.
        allowed: the share that may go wrong.
    """
    grown = np.cumsum(_grown(bets(allowed)[:, None], wrong, right, allowed), axis=1)
    top = grown.max(axis=0)
    return np.exp(np.minimum(top, MOST_LOG)) * np.exp(grown - top).mean(axis=0)
