"""Natural comparisons: what follows an order that came late, or a wait that was too long, beside what follows those of the same weeks that went well.

Nobody drew lots here. The comparison stands only as far as such mishaps befall customers by circumstance:
so it is made within strata of time and channel, and what the same customers did *before* is compared likewise. Where that
differs already, the comparison is spoilt and says so.

One customer may have many orders; what is said of them hangs together, so errors are by customer (J. Angrist, J.-S. Pischke
(2009), "Mostly Harmless Econometrics", Princeton University Press, section 8.2).
"""

from dataclasses import dataclass

import numpy as np

from duecare.measure.discontinuity import SUSPICIOUS, chance
from duecare.measure.effects import NO_VERDICT, POWER, Effect, Flags, Floats, Ints, chance_to_find, smallest_found, verdict
from duecare.measure.intervals import SURE, z

LEAST = 100
"""With fewer cases on a side nothing is said."""
BEFORE = "customers differed already before it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cases:
    """Orders or contacts that a mishap could befall; one value a case."""

    befell: Flags
    outcome: Floats
    """What came of it."""
    before: Floats
    """The same of the time before it."""
    stratum: Ints
    """Which cases are like it: whole numbers from 0 on."""
    customer: Ints
    """Number of the customer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Natural:
    """What a mishap changes; `treated` are those whom it befell."""

    effect: Effect
    spoilt: tuple[str, ...]
    """Why the comparison cannot be trusted; empty when nothing speaks against it."""


def compare(cases: Cases, *, smallest: float, sure: float = SURE) -> Natural:
    """Compare whom a mishap befell with whom it did not, within strata.

    Args:
        cases: who, and what came of it.
        smallest: the smallest effect that would matter, above 0, in the outcome's unit.
        sure: how sure the interval is.
    """
    arms = {"treated": int(cases.befell.sum()), "held_out": int((~cases.befell).sum())}
    if min(arms.values()) < LEAST:
        return Natural(effect=_unsaid(arms), spoilt=())
    estimate, error, blind = _within(cases, cases.outcome)
    earlier, earlier_error, _ = _within(cases, cases.before)
    spoilt = (BEFORE,) if chance(earlier, earlier_error) < SUSPICIOUS else ()
    power, found = chance_to_find(smallest, blind, sure), smallest_found(blind, sure)
    if power < POWER:
        return Natural(effect=_unsaid(arms, power, found), spoilt=spoilt)
    low, high = estimate - z(sure) * error, estimate + z(sure) * error
    told = Effect(**arms, power=power, smallest_found=found, estimate=estimate, low=low, high=high, verdict=verdict(low, high))
    return Natural(effect=told, spoilt=spoilt)


def _unsaid(arms: dict[str, int], power: float = 0.0, found: float = float("inf")) -> Effect:
    return Effect(**arms, power=power, smallest_found=found, estimate=None, low=None, high=None, verdict=NO_VERDICT)


def _within(cases: Cases, outcome: Floats) -> tuple[float, float, float]:
    """The difference within strata, its standard error by customer, and what that would be without any effect."""
    moved = _less_mean(cases.befell.astype(np.float64), cases.stratum)
    rest = _less_mean(outcome, cases.stratum)
    size = float(moved @ moved)
    if size == 0:
        return 0.0, float("inf"), float("inf")
    estimate = float(moved @ rest) / size
    return (
        estimate,
        _by_customer(moved * (rest - estimate * moved), cases.customer) / size,
        _by_customer(moved * rest, cases.customer) / size,
    )


def _by_customer(score: Floats, customer: Ints) -> float:
    return float(np.sqrt((np.bincount(customer, score) ** 2).sum()))


def _less_mean(value: Floats, stratum: Ints) -> Floats:
    """Each value less the mean of its stratum."""
    size = np.maximum(np.bincount(stratum), 1)
    return value - (np.bincount(stratum, value) / size)[stratum]
