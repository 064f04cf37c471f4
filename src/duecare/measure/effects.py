"""Effects: does better service cause anything? From those who were held out of it by lot.

First it is asked whether the comparison could find an effect worth having at all; where the chance
is below four in five there is no verdict, whatever the figures look like. Whoever looks every day
uses the interval that holds on all days at once (`sequence`), not the one that holds on one.

Source for the latter: I. Waudby-Smith, D. Arbour, R. Sinha, E. H. Kennedy, A. Ramdas (2024),
"Time-uniform central limit theory and asymptotic confidence sequences", The Annals of Statistics
52 (6), 2613-2640.
"""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from duecare.measure.intervals import SURE, z

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]

POWER = 0.8
"""With a smaller chance to find an effect worth having nothing is said."""

Verdict = Literal["helps", "harms", "no effect found", "not enough cases"]
NO_VERDICT: Verdict = "not enough cases"


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """What better service changed, in the outcome's own unit."""

    treated: int
    held_out: int
    power: float
    """The chance to find the smallest effect worth having, if there is one."""
    smallest_found: float
    """The smallest effect that would be found four times in five."""
    estimate: float | None
    """None where there is no verdict."""
    low: float | None
    high: float | None
    verdict: Verdict


def held_out_effect(outcome: Floats, treated: Flags, stratum: Ints, *, smallest: float, looks: bool = False, sure: float = SURE) -> Effect:
    """Compare who was served better with who was held out, within strata.

    Args:
        outcome: of n customers.
        treated: who was served better.
        stratum: in which of the strata, drawn apart, each is: whole numbers from 0 on.
        smallest: the smallest effect that would be worth having, above 0, in the outcome's unit.
        looks: whether this is looked at again and again while customers still come in.
        sure: how sure the interval is.
    """
    sizes = _sizes(treated, stratum)
    usable = np.flatnonzero((sizes > 1).all(axis=1))
    inside = np.isin(stratum, usable)
    outcome, treated, stratum = outcome[inside], treated[inside], stratum[inside]
    arms = {"treated": int(treated.sum()), "held_out": int((~treated).sum())}
    if not len(outcome):
        return Effect(**arms, power=0.0, smallest_found=float("inf"), estimate=None, low=None, high=None, verdict=NO_VERDICT)
    estimate, error = _difference(outcome, treated, stratum)
    blind = _blind_error(outcome, treated, stratum)
    power, found = chance_to_find(smallest, blind, sure), smallest_found(blind, sure)
    if power < POWER:
        return Effect(**arms, power=power, smallest_found=found, estimate=None, low=None, high=None, verdict=NO_VERDICT)
    half = sequence(error, min(arms.values()), sure=sure) if looks else z(sure) * error
    low, high = estimate - half, estimate + half
    return Effect(**arms, power=power, smallest_found=found, estimate=estimate, low=low, high=high, verdict=verdict(low, high))


def chance_to_find(smallest: float, error: float, sure: float) -> float:
    """Return the chance that an effect of this size is told from none.

    >>> round(chance_to_find(2.8, 1.0, 0.95), 2)
    0.8
    """
    return float(ndtr(smallest / error - z(sure)) + ndtr(-smallest / error - z(sure))) if error > 0 else 1.0


def smallest_found(error: float, sure: float) -> float:
    """Return the smallest effect that is told from none four times in five.

    >>> round(smallest_found(1.0, 0.95), 2)
    2.8
    """
    return (z(sure) + z(2 * POWER - 1)) * error


def verdict(low: float, high: float) -> Verdict:
    """Return what an interval says.

    >>> verdict(0.1, 2), verdict(-2, 0), verdict(-2, -0.1)
    ('helps', 'no effect found', 'harms')
    """
    return "helps" if low > 0 else "harms" if high < 0 else "no effect found"


def _sizes(treated: Flags, stratum: Ints) -> Ints:
    """How many of each stratum are held out and treated."""
    return np.bincount(2 * stratum + treated, minlength=2 * (int(stratum.max(initial=-1)) + 1)).reshape(-1, 2)


def _difference(outcome: Floats, treated: Flags, stratum: Ints) -> tuple[float, float]:
    """The difference of means and its standard error, strata weighted by their size."""
    cell = 2 * stratum + treated
    many = 2 * (int(stratum.max()) + 1)
    size = np.maximum(np.bincount(cell, minlength=many), 1)
    mean = np.bincount(cell, outcome, many) / size
    squares = np.bincount(cell, (outcome - mean[cell]) ** 2, many)
    variance = squares / np.maximum(size - 1, 1) / size
    weight = np.bincount(stratum) / len(stratum)
    gaps, errors = mean.reshape(-1, 2), variance.reshape(-1, 2).sum(axis=1)
    return float(weight @ (gaps[:, 1] - gaps[:, 0])), float(np.sqrt(weight**2 @ errors))


def _blind_error(outcome: Floats, treated: Flags, stratum: Ints) -> float:
    """The standard error as it would be without any effect: from strata as a whole, so that the power does not hang on what was found."""
    size = np.bincount(stratum)
    mean = np.bincount(stratum, outcome) / np.maximum(size, 1)
    variance = np.bincount(stratum, (outcome - mean[stratum]) ** 2) / np.maximum(size - 1, 1)
    arms = np.maximum(_sizes(treated, stratum), 1)
    weight = size / len(stratum)
    return float(np.sqrt(weight**2 @ (variance * (1 / arms).sum(axis=1))))


def sequence(error: float, cases: int, *, sure: float = SURE, expected: int = 1_000) -> float:
    """Return half the width of the interval that holds at all times at once.

    Args:
        error: the standard error now.
        cases: how many there are now, in the smaller arm.
        sure: how sure.
        expected: with about so many cases it is narrowest.

    >>> round(sequence(1.0, 1_000) / z(), 2)
    1.55
    """
    miss = 1 - sure
    rho_squared = (-2 * np.log(miss) + np.log(-2 * np.log(miss) + 1)) / expected
    grown = cases * rho_squared
    return float(error * np.sqrt(2 * (grown + 1) / grown * np.log(np.sqrt(grown + 1) / miss)))
