"""Discontinuity: what better service changes at the cut, where customers are alike on both sides.

Just above the cut of a tier and just below it customers differ by a hair in value and by a whole level in
service. A straight line is laid through each side, near customers counting more, and bent
once more to take out what a line gets wrong; the gap at the cut is the effect there, and says
nothing of customers far from it.

Sources: G. Imbens, K. Kalyanaraman (2012), "Optimal Bandwidth Choice for the Regression Discontinuity
Estimator", Review of Economic Studies 79 (3), 933-959 (the bandwidth); S. Calonico, M. Cattaneo, R. Titiunik
(2014), "Robust Nonparametric Confidence Intervals for Regression-Discontinuity Designs", Econometrica 82 (6),
2295-2326 (the correction: with one bandwidth for both, it is the local quadratic fit); J. McCrary (2008),
"Manipulation of the running variable in the regression discontinuity design: A density test", Journal of
Econometrics 142 (2), 698-714.
"""

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from duecare.measure.effects import NO_VERDICT, POWER, Verdict, chance_to_find, smallest_found, verdict
from duecare.measure.intervals import SURE, z

Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]

LEAST = 100
"""Fewer customers on one side within the bandwidth are too few for a curve."""
SUSPICIOUS = 0.01
"""A jump in how many customers there are, or in what was before the tier, as unlikely as this, spoils the comparison."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Jump:
    """The gap at the cut, in the outcome's own unit."""

    above: int
    below: int
    """Customers within the bandwidth."""
    bandwidth: float
    power: float
    smallest_found: float
    """The smallest effect that would be found four times in five."""
    estimate: float | None
    low: float | None
    high: float | None
    verdict: Verdict
    spoilt: tuple[str, ...] = ()
    """Why the comparison at the cut cannot be trusted; empty when nothing speaks against it."""


def jump(value: Floats, outcome: Floats, cut: float, *, smallest: float, before: Floats | None = None, sure: float = SURE) -> Jump:
    """Compare customers just above a cut with those just below.

    Args:
        value: by which n customers were placed: those from *cut* on have the better tier.
        outcome: of each.
        cut: where the tier begins.
        smallest: the smallest effect that would be worth having, above 0, in the outcome's unit.
        before: the same outcome before they had their tier; it must not jump.
        sure: how sure the interval is.
    """
    x = value - cut
    width = bandwidth(x, outcome)
    near = np.abs(x) < width
    above, below = int((near & (x >= 0)).sum()), int((near & (x < 0)).sum())
    if min(above, below) < LEAST:
        return Jump(
            above=above,
            below=below,
            bandwidth=width,
            power=0.0,
            smallest_found=float("inf"),
            estimate=None,
            low=None,
            high=None,
            verdict=NO_VERDICT,
        )
    estimate, error = gap(x, outcome, width)
    power, spoilt = chance_to_find(smallest, error, sure), _spoilt(x, outcome, before, width)
    low, high = estimate - z(sure) * error, estimate + z(sure) * error
    enough = power >= POWER
    return Jump(
        above=above,
        below=below,
        bandwidth=width,
        power=power,
        smallest_found=smallest_found(error, sure),
        estimate=estimate if enough else None,
        low=low if enough else None,
        high=high if enough else None,
        verdict=verdict(low, high) if enough else NO_VERDICT,
        spoilt=spoilt,
    )


def gap(x: Floats, outcome: Floats, width: float, degree: int = 2) -> tuple[float, float]:
    """Return the gap at 0 and its standard error, by polynomials on both sides, the nearer counting more (triangular kernel)."""
    sides = [_at_zero(x[side], outcome[side], width, degree) for side in (x >= 0, x < 0)]
    return sides[0][0] - sides[1][0], float(np.hypot(sides[0][1], sides[1][1]))


def _at_zero(x: Floats, outcome: Floats, width: float, degree: int) -> tuple[float, float]:
    """The value of a weighted polynomial at 0, with its standard error, robust to uneven noise (HC3)."""
    near = np.abs(x) < width
    scaled, weight = x[near] / width, 1 - np.abs(x[near]) / width
    columns = np.vander(scaled, degree + 1, increasing=True)
    bread = np.linalg.pinv((columns * weight[:, None]).T @ columns)
    fitted = bread @ ((columns * weight[:, None]).T @ outcome[near])
    leverage = weight * np.einsum("ij,jk,ik->i", columns, bread, columns)
    rest = (outcome[near] - columns @ fitted) / np.maximum(1 - leverage, 0.1)
    pull = (columns * weight[:, None]) @ bread[0]
    return float(fitted[0]), float(np.sqrt(((pull * rest) ** 2).sum()))


def bandwidth(x: Floats, outcome: Floats) -> float:
    """Return how far from the cut customers are compared: wider where noise is strong, narrower where curves bend (Imbens and Kalyanaraman).

    Args:
        x: value less the cut.
        outcome: of each.
    """
    many, spread = len(x), float(x.std())
    pilot = 1.84 * spread * many ** (-1 / 5)
    up, down = (x >= 0) & (x <= pilot), (x < 0) & (x >= -pilot)
    if min(up.sum(), down.sum()) < 2:
        return pilot
    density = (int(up.sum()) + int(down.sum())) / (2 * many * pilot)
    noise = float(outcome[up].var(ddof=1)), float(outcome[down].var(ddof=1))
    third = _third_derivative(x, outcome)
    bends, doubts = [], []
    for side, variance in ((x >= 0, noise[0]), (x < 0, noise[1])):
        wide = 3.56 * (variance / (density * max(third**2, 1e-300))) ** (1 / 7) * int(side.sum()) ** (-1 / 7)
        mine = side & (np.abs(x) <= max(wide, pilot))
        bends.append(2 * float(np.polynomial.polynomial.polyfit(x[mine], outcome[mine], 2)[2]))
        doubts.append(2160 * variance / (int(mine.sum()) * max(wide, pilot) ** 4))
    curve = (bends[0] - bends[1]) ** 2 + sum(doubts)
    found = TRIANGLE * ((noise[0] + noise[1]) / (density * max(curve, 1e-300))) ** (1 / 5) * many ** (-1 / 5)
    return float(min(found, np.abs(x).max()))


TRIANGLE = 3.4375
"""The constant of the triangular kernel."""


def _third_derivative(x: Floats, outcome: Floats) -> float:
    """Of a cubic with a jump, laid through what lies between the medians of both sides."""
    low, high = float(np.median(x[x < 0])), float(np.median(x[x >= 0]))
    mine = (x >= low) & (x <= high)
    columns = np.column_stack([np.vander(x[mine], 4, increasing=True), x[mine] >= 0])
    return 6 * float(np.linalg.lstsq(columns, outcome[mine], rcond=None)[0][3])


def _spoilt(x: Floats, outcome: Floats, before: Floats | None, width: float) -> tuple[str, ...]:
    """What speaks against the comparison: customers crowd on one side, they differed before, or there are jumps where no cut is."""
    said: list[str] = []
    if crowding(x) < SUSPICIOUS:
        said.append("customers crowd on one side of the cut")
    if before is not None and chance(*gap(x, before, width)) < SUSPICIOUS:
        said.append("customers on both sides differed already before they had their tier")
    for side, name in ((x >= 0, "above"), (x < 0, "below")):
        middle = float(np.median(x[side]))
        part = x[side] - middle
        near = min(width, float(np.abs(middle)))
        enough = min((np.abs(part[part >= 0]) < near).sum(), (np.abs(part[part < 0]) < near).sum()) >= LEAST
        if enough and chance(*gap(part, outcome[side], near)) < SUSPICIOUS:
            said.append(f"there is a jump {name} the cut, where no tier begins")
    return tuple(said)


def chance(estimate: float, error: float) -> float:
    """Return how likely so large an estimate is where there is nothing.

    >>> round(chance(1.96, 1.0), 2)
    0.05
    """
    return float(2 * ndtr(-abs(estimate) / error)) if error > 0 else 1.0


def crowding(x: Floats) -> float:
    """Return how likely so large a jump in the density of customers at 0 is by chance (McCrary).

    Args:
        x: value less the cut.
    """
    many = len(x)
    bin_width = 2 * float(x.std()) / np.sqrt(many)
    if bin_width <= 0:
        return 0.0
    places = np.floor(x / bin_width).astype(np.int64)
    first = int(places.min())
    height = np.bincount(places - first) / (many * bin_width)
    middle = (np.arange(len(height)) + first + 0.5) * bin_width
    width = _density_bandwidth(middle, height, bin_width)
    right, left = (_line_at_zero(middle[side], height[side], width) for side in (middle >= 0, middle < 0))
    if min(right, left) <= 0:
        return 0.0
    error = np.sqrt((24 / 5) / (many * width) * (1 / right + 1 / left))
    return chance(float(np.log(right) - np.log(left)), float(error))


def _density_bandwidth(middle: Floats, height: Floats, bin_width: float) -> float:
    """McCrary's rule of thumb: a quartic on each side; the mean of both widths, halved, so that the bias is small beside the noise."""
    widths = []
    for side in (middle >= 0, middle < 0):
        span = float(np.abs(middle[side]).max())
        fit = np.polynomial.polynomial.Polynomial.fit(middle[side], height[side], 4)
        bend = fit.deriv(2)(middle[side])
        noise = float(((height[side] - fit(middle[side])) ** 2).mean())
        widths.append(3.348 * (noise * span / max(float((bend**2).sum()), 1e-300)) ** (1 / 5))
    return max(float(np.mean(widths)) / 2, 5 * bin_width)


def _line_at_zero(x: Floats, y: Floats, width: float) -> float:
    """A weighted line at 0 (triangular kernel)."""
    weight = np.maximum(1 - np.abs(x) / width, 0)
    s0, s1, s2 = (float((weight * x**power).sum()) for power in (0, 1, 2))
    t0, t1 = float((weight * y).sum()), float((weight * x * y).sum())
    below = s0 * s2 - s1 * s1
    return (t0 * s2 - t1 * s1) / below if below > 0 else 0.0
