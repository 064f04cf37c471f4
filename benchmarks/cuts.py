"""The comparison at the cut beside rdrobust, on the same drawn customers of whom the effect is known."""

import time
import warnings
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from duecare.measure.discontinuity import jump
from measure.worlds import cut

EFFECT, WORLDS, CUSTOMERS = 6.0, 60, 20_000
Floats = NDArray[np.float64]


def compare() -> Iterator[str]:
    """Yield a line for each: how far off, how often the interval has the truth, how wide it is, and how long it took."""
    chance = np.random.default_rng(11)
    drawn = [cut(chance, EFFECT, customers=CUSTOMERS, shape=at % 3) for at in range(WORLDS)]
    mine, mine_s = _timed(_ours, drawn)
    theirs, theirs_s = _timed(_rdrobust, drawn)
    yield f"{WORLDS} cuts of {CUSTOMERS:,} customers, effect {EFFECT:g} points"
    yield _line("duecare", mine, mine_s)
    yield f"{_line('rdrobust', theirs, theirs_s)}, ratio {theirs_s / mine_s:.1f}"


def _timed(estimate, drawn) -> tuple[Floats, float]:  # noqa: ANN001
    began = time.process_time()
    found = np.array([estimate(*one) for one in drawn])
    return found, (time.process_time() - began) / len(drawn)


def _ours(value: Floats, outcome: Floats, cut: float) -> tuple[float, float, float]:
    found = jump(value, outcome, cut, smallest=1e6)  # so large that there is always power to tell the figures
    return found.estimate or np.nan, found.low or np.nan, found.high or np.nan


def _rdrobust(value: Floats, outcome: Floats, cut: float) -> tuple[float, float, float]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from rdrobust import rdrobust

        found = rdrobust(outcome, value, c=cut)
    low, high = np.asarray(found.ci)[2]
    return float(np.asarray(found.coef)[1, 0]), float(low), float(high)


def _line(name: str, found: Floats, seconds: float) -> str:
    off, low, high = found[:, 0] - EFFECT, found[:, 1], found[:, 2]
    covered, width = 100 * ((low <= EFFECT) & (high >= EFFECT)).mean(), (high - low).mean()
    return f"{name}: bias {off.mean():+.2f}, root mean square {np.sqrt((off**2).mean()):.2f}, {covered:.0f} % covered, {width:.1f} wide, {seconds:.3f} s each"
