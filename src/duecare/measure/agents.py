"""Agents: how experienced they are, and how well they do beside what their contacts would let anybody do.

Who gets the hard matters looks bad in any plain average, and who has had ten contacts looks very
good or very bad. So each agent's results are set against what the same kinds of matter came to
with everybody (case mix), and pulled towards the middle as far as chance explains them. What is
told is an interval and a probability of being among the best, never a rank.

Source: C. N. Morris (1983), "Parametric Empirical Bayes Inference: Theory and Applications",
Journal of the American Statistical Association 78 (381), 47-55.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from duecare.measure.intervals import z

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

Band = Literal["newer", "experienced", "senior", "unknown"]
NEWER_DAYS, SENIOR_DAYS = 180, 1095
"""Hired so lately is newer, hired so long ago may be senior."""
NEWER_CONTACTS, SENIOR_CONTACTS = 500, 5_000
"""Who handled fewer is newer, whoever handled more may be senior."""
TOP = 0.25
"""The share of agents that "the best" means."""
GRID = 400
"""Into so many steps the spread among agents is looked through."""
LEAST_AGENTS = 5
"""Among fewer there is no spread to be learnt, and everybody could be told apart."""


def band(hired: date | None, handled: int, today: date) -> Band:
    """Return how experienced an agent is, by both time and contacts; the lower of the two counts.

    >>> band(date(2020, 1, 1), 9_000, date(2026, 1, 1)), band(date(2020, 1, 1), 900, date(2026, 1, 1)), band(date(2025, 12, 1), 9_000, date(2026, 1, 1))
    ('senior', 'experienced', 'newer')
    """
    if hired is None:
        return "unknown"
    days = (today - hired).days
    if days < NEWER_DAYS or handled < NEWER_CONTACTS:
        return "newer"
    return "senior" if days >= SENIOR_DAYS and handled >= SENIOR_CONTACTS else "experienced"


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratings:
    """One value an agent that has contacts."""

    agent: Ints
    """Its place, as it was given."""
    contacts: Ints
    observed: Floats
    """Share of hits."""
    expected: Floats
    """What the same matters came to with everybody."""
    rating: Floats
    """How much better than expected, in points of percent, pulled towards 0 as far as chance explains it."""
    low: Floats
    high: Floats
    p_top: Floats
    """The probability of being among the best quarter."""
    spread: float
    """The standard deviation of agents' true ratings, in points of percent."""


def rate(agent: Ints, hit: NDArray[np.bool_], mix: Sequence[Ints], *, sure: float = 0.95) -> Ratings:
    """Rate agents by the share of their contacts that went well, matter for matter.

    Args:
        agent: whose each of n contacts was, 0 or more.
        hit: whether it went well.
        mix: what the contacts' kinds are: columns of whole numbers from 0 on, as reason, severity and channel.
        sure: how sure the intervals are.
    """
    who, of = np.unique(agent, return_inverse=True)
    expected, variance = _expected(of, hit, mix)
    many = np.bincount(of)
    gap = np.bincount(of, hit - expected) / many
    noise = np.bincount(of, variance) / many**2
    middle, width, spread, p_top = _shrunk(gap, np.maximum(noise, 1e-9))
    half = z(sure) * width
    return Ratings(
        agent=who,
        contacts=many,
        observed=np.bincount(of, hit) / many,
        expected=np.bincount(of, expected) / many,
        rating=100 * middle,
        low=100 * (middle - half),
        high=100 * (middle + half),
        p_top=p_top,
        spread=100 * spread,
    )


def _expected(of: Ints, hit: NDArray[np.bool_], mix: Sequence[Ints]) -> tuple[Floats, Floats]:
    """What each contact would come to with an agent in the middle, and its variance: a cell of the mix's mean with agents' own effects taken out."""
    cell = _cells(mix, len(of))
    effect = np.zeros(int(of.max(initial=0)) + 1)
    size, agents = np.bincount(cell), np.bincount(of)
    mean = np.zeros(len(size))
    for _ in range(ROUNDS):  # cells and agents in turn until they agree: least squares on both
        mean = np.bincount(cell, hit - effect[of], len(size)) / np.maximum(size, 1)
        effect = np.bincount(of, hit - mean[cell], len(effect)) / np.maximum(agents, 1)
        effect -= np.average(effect, weights=agents)
    expected = np.clip(mean[cell], 0.001, 0.999)
    return expected, expected * (1 - expected)


ROUNDS = 30


def _cells(mix: Sequence[Ints], many: int) -> Ints:
    """The kinds of contacts numbered; the rare ones, of which nothing can be learnt, in one."""
    key = np.zeros(many, dtype=np.int64)
    for column in mix:
        key = key * (int(column.max(initial=-1)) + 2) + column + 1
    _, cell = np.unique(key, return_inverse=True)
    rare = np.bincount(cell)[cell] < RARE
    _, cell = np.unique(np.where(rare, -1, cell), return_inverse=True)
    return cell


RARE = 30


def _shrunk(gap: Floats, noise: Floats) -> tuple[Floats, Floats, float, Floats]:
    """Each agent's true gap: its mean, its standard deviation, the spread among agents, and the chance to be among the best.

    The spread itself is not known: it is averaged over, with how likely each is by the data, so the
    intervals are as wide as they must be with few agents.
    """
    if len(gap) < LEAST_AGENTS:
        return gap, np.sqrt(noise), float("nan"), np.full(len(gap), np.nan)
    spreads = np.linspace(0, 3 * max(float(gap.std()), float(np.sqrt(noise).mean())), GRID + 1)[1:]
    total = spreads[:, None] ** 2 + noise
    centre = (gap / total).sum(axis=1) / (1 / total).sum(axis=1)
    log = -0.5 * (np.log(total).sum(axis=1) + np.log((1 / total).sum(axis=1)) + ((gap - centre[:, None]) ** 2 / total).sum(axis=1))
    weight = np.exp(log - log.max())
    weight /= weight.sum()
    kept = spreads[:, None] ** 2 / total
    middle = centre[:, None] + kept * (gap - centre[:, None])
    variance = kept * noise + (1 - kept) ** 2 / (1 / total).sum(axis=1)[:, None]
    mean = weight @ middle
    width = np.sqrt(weight @ (variance + (middle - mean) ** 2))
    spread = float(weight @ spreads)
    return mean, width, spread, _among_the_best(mean, width)


def _among_the_best(mean: Floats, width: Floats) -> Floats:
    """The chance that each agent's true rating is above the value that a quarter of all are expected to be above."""
    low, high = float((mean - 6 * width).min()), float((mean + 6 * width).max())
    for _ in range(60):
        cut = (low + high) / 2
        above = float(ndtr((mean - cut) / width).mean())
        low, high = (cut, high) if above > TOP else (low, cut)
    return ndtr((mean - (low + high) / 2) / width)
