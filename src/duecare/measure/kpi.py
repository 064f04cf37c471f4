"""What a KPI is: a name, a unit, what is counted over what, on which clock, what is left out, one sentence, and a pure function.

The function gives one case after another (`Sample`), each with the moment that completes it: that
moment says to which period it belongs. Adding up is the same for all KPIs and is not the
function's business (`figures`). Amounts are whole numbers (cases, seconds, cents, hundredths of a
point), so that tiers come to the total exactly, and SQL comes to the same.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.measure.log import Log

Ints: TypeAlias = NDArray[np.int64]

Kind = Literal["share", "length", "ratio", "mean", "balance"]
"""How cases add up: hits of all; a median of seconds; one sum over another; a mean; promoters less detractors of all."""

Unit = Literal["percent", "seconds", "cents", "points"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The cases of a KPI, one value each."""

    at: Ints
    """The moment that completes it, microseconds since 1970; of a length that still runs: now."""
    amount: Ints
    """1 for a hit and 0 for none, seconds, cents, hundredths of points; of a balance 1, 0 or -1."""
    contact: Ints
    """Its place among the contacts, -1 where it has none."""
    tier: Ints
    """Place among the tiers, -1 where it has none."""
    began: Ints | None = None
    """When a length began."""
    runs: NDArray[np.bool_] | None = None
    """Of lengths: those whose end is not known, because they still run or something else came first; they are censored."""
    over: "Sample | None" = None
    """What a ratio is divided by."""
    times: Ints | None = None
    """Of shares: how many cases each row stands for; one when None."""


Take: TypeAlias = Callable[[Log], Sample]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kpi:
    """One measure of service."""

    name: str
    title: str
    kind: Kind
    unit: Unit
    numerator: str
    denominator: str
    clock: str
    """Which time counts, and which moment completes a case."""
    nulls: str
    """What is left out, and when there is no figure at all."""
    better: Literal["higher", "lower"]
    sentence: str
    take: Take
    never_by_tier: bool = False
    """Whether it must not differ between tiers."""


def kpi(
    *,
    title: str,
    kind: Kind,
    unit: Unit,
    numerator: str,
    denominator: str,
    clock: str,
    nulls: str,
    better: Literal["higher", "lower"],
    never_by_tier: bool = False,
) -> Callable[[Take], Kpi]:
    """Make a KPI of a function: its name is the function's, its sentence the first line of the docstring."""

    def made(take: Take) -> Kpi:
        return Kpi(
            name=take.__name__,
            title=title,
            kind=kind,
            unit=unit,
            numerator=numerator,
            denominator=denominator,
            clock=clock,
            nulls=nulls,
            better=better,
            sentence=(take.__doc__ or "").splitlines()[0],
            take=take,
            never_by_tier=never_by_tier,
        )

    return made


def nobody(cases: int) -> Ints:
    """Return -1 for so many cases that belong to no contact; it takes no room.

    >>> nobody(3).tolist()
    [-1, -1, -1]
    """
    return np.broadcast_to(np.int64(-1), cases)
