"""Fairness: who gets which tier, how long who waits and what comes of it, by groups that no rule may look at.

Groups come from the customers' own lawful source and are read here alone. A plain gap between two
groups may have a reason that is fair (they bought more, their matters were graver): so each gap is
parted into what such a factor explains and what is left. Only what is left can stop a plan, and
only when chance does not explain it, all comparisons taken together (Holm).

Sources: A. S. Blinder (1973), "Wage Discrimination: Reduced Form and Structural Estimates", Journal of Human
Resources 8 (4), 436-455, and E. M. Kitagawa (1955), "Components of a Difference Between Two Rates", JASA 50 (272),
1168-1194 (the parting, here by strata); S. Holm (1979), "A Simple Sequentially Rejective Multiple Test Procedure",
Scandinavian Journal of Statistics 6 (2), 65-70; W. Bergsma (2013), "A bias-correction for Cramer's V and Tschuprow's
T", Journal of the Korean Statistical Society 42 (3), 323-328.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc, ndtr, ndtri

from duecare.measure.log import Named

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

LEAST = 30
"""Smaller groups are not told apart: chance alone would speak, and persons could be known by it."""
ALPHA = 0.05
"""The chance of any false finding in one audit."""
STRATA = 10
"""Into so many parts the fair factor is cut."""
TELLS = 0.1
"""From this strength of association on (Cramer's V) a column tells who belongs to a group."""
LEFT = 0.25
"""A column stands in for a group when less than this share of what it tells of value is left within the groups."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """What an audit lets pass."""

    points: float = 5.0
    """An unexplained gap of up to so many points of percent, or percent of the others' wait."""
    least_group: int = LEAST
    """Groups with fewer customers or contacts are not shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """How one group fares against all others."""

    measure: str
    attribute: str
    group: str
    cases: int
    others: int
    share: float
    """The group's mean: a share of 0 to 1, or a mean in the measure's unit."""
    others_share: float
    gap: float
    explained: float
    """What part of the gap the fair factor explains."""
    unexplained: float
    low: float
    high: float
    """Of what is not explained, 95 %, all comparisons of the audit taken together."""
    p: float
    """How likely so large an unexplained gap is by chance, likewise."""
    stops: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One thing that is compared between groups."""

    measure: str
    outcome: Floats
    """Of each of n cases; higher is better for the customer."""
    factor: Ints
    """The stratum of each by the fair factor: whole numbers from 0 on."""
    groups: Mapping[str, Named]
    """By attribute: the group of each case."""
    scale: float = 1.0
    """What a gap is divided by before it is held against the tolerance; 1 for shares."""


def audit(questions: Sequence[Question], tolerance: Tolerance | None = None) -> list[Gap]:
    """Compare every group with all others in every question, with the whole audit's chance of a false finding at 5 %.

    Args:
        questions: what is compared.
        tolerance: what passes.

    Returns:
        The gaps, the least likely by chance first; groups that are too small are left out.
    """
    allowed = tolerance or Tolerance()
    found = [
        (one, question)
        for question in questions
        for attribute, groups in question.groups.items()
        for place, name in enumerate(groups.names)
        if (one := _gap(question, attribute, name, groups.place == place, groups.place >= 0, allowed.least_group)) is not None
    ]
    sure = float(-ndtri(ALPHA / max(len(found), 1) / 2))
    adjusted = holm(np.array([one.p for one, _ in found]))
    whole = [_judged(one, question, p, sure, allowed) for (one, question), p in zip(found, adjusted, strict=True)]
    return sorted(whole, key=lambda one: one.p)


def _judged(one: Gap, question: Question, p: float, sure: float, allowed: Tolerance) -> Gap:
    half = (one.high - one.low) / 2 * sure
    limit = allowed.points / 100.0 * question.scale
    stops = p < ALPHA and one.unexplained < 0 and one.unexplained + half < -limit
    return replace(one, p=float(p), low=one.unexplained - half, high=one.unexplained + half, stops=stops)


def _gap(question: Question, attribute: str, name: str, inside: NDArray[np.bool_], told: NDArray[np.bool_], least: int) -> Gap | None:
    """One group against all others who tell theirs; its interval is one standard error to each side."""
    told = told & ~np.isnan(question.outcome)
    ours, theirs = np.flatnonzero(inside & told), np.flatnonzero(~inside & told)
    if min(len(ours), len(theirs)) < least:
        return None
    mine, others = question.outcome[ours], question.outcome[theirs]
    left, error = _unexplained(mine, question.factor[ours], others, question.factor[theirs])
    gap = float(mine.mean() - others.mean())
    p = float(2 * ndtr(-abs(left) / error)) if error > 0 else 1.0
    return Gap(
        measure=question.measure,
        attribute=attribute,
        group=name,
        cases=len(ours),
        others=len(theirs),
        share=float(mine.mean()),
        others_share=float(others.mean()),
        gap=gap,
        explained=gap - left,
        unexplained=left,
        low=left - error,
        high=left + error,
        p=p,
    )


def _unexplained(mine: Floats, my_stratum: Ints, others: Floats, their_stratum: Ints) -> tuple[float, float]:
    """The gap that is left within strata, weighted by where the group stands, and its standard error; strata that one side lacks say nothing."""
    many = int(max(my_stratum.max(), their_stratum.max())) + 1
    size, sizes = np.bincount(my_stratum, minlength=many), np.bincount(their_stratum, minlength=many)
    both = (size > 0) & (sizes > 0)
    weight = np.where(both, size, 0) / max(int(size[both].sum()), 1)
    mean, means = (np.bincount(s, y, many) / np.maximum(n, 1) for s, y, n in ((my_stratum, mine, size), (their_stratum, others, sizes)))
    pooled = np.bincount(my_stratum, (mine - mean[my_stratum]) ** 2, many) + np.bincount(
        their_stratum, (others - means[their_stratum]) ** 2, many
    )
    variance = pooled / np.maximum(size + sizes - 2, 1)
    error = np.sqrt((weight**2 * variance * np.where(both, 1 / np.maximum(size, 1) + 1 / np.maximum(sizes, 1), 0)).sum())
    return float(weight @ (mean - means)), float(error)


def holm(p: Floats) -> Floats:
    """Return chances adjusted so that any false finding among all has the chance that each one says.

    >>> holm(np.array([0.01, 0.04, 0.03])).tolist()
    [0.03, 0.06, 0.06]
    """
    order = np.argsort(p)
    stepped = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    found = np.empty(len(p))
    found[order] = np.minimum(stepped, 1.0)
    return found


def strata(value: Floats, parts: int = STRATA) -> Ints:
    """Return in which of equal parts by rank each value stands; equal values stand together, and those not known in a part of their own.

    >>> strata(np.array([5.0, 1.0, 9.0, np.nan]), 3).tolist()
    [1, 0, 2, 3]
    """
    known = ~np.isnan(value)
    cuts = np.quantile(value[known], np.linspace(0, 1, parts + 1)[1:-1], method="higher") if known.any() else np.empty(0)
    return np.where(known, np.searchsorted(cuts, value, side="right"), parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A column and what it tells of a group."""

    column: str
    attribute: str
    strength: float
    """Cramer's V, corrected for chance: 0 for nothing, 1 for all."""
    foretells: float
    """The share of value's variance that the column tells."""
    within: float
    """The same within the groups: what is left once the group is known."""
    stands_in: bool
    """Whether it tells value only by way of the group."""


def proxies(columns: Mapping[str, Named], attributes: Mapping[str, Named], value: Floats) -> list[Proxy]:
    """Return the columns that tell who belongs to a group, and whether they tell value by that alone.

    Args:
        columns: what customers could be valued by, one word a customer.
        attributes: their groups.
        value: what customers are worth, NaN where it is not known; it is ranked first.
    """
    pairs = [(name, column, attribute, groups) for name, column in columns.items() for attribute, groups in attributes.items()]
    ranks = _ranks(value)
    tested = [_proxy(name, column, attribute, groups, ranks) for name, column, attribute, groups in pairs]
    known = [one for one in tested if one is not None]
    if not known:
        return []
    tells = holm(np.array([one[1] for one in known])) < ALPHA
    foretells = holm(np.array([one[2] for one in known])) < ALPHA
    made = [replace(one, stands_in=bool(f and one.within < LEFT * one.foretells)) for (one, *_), f in zip(known, foretells, strict=True)]
    found = [one for one, t in zip(made, tells, strict=True) if t and one.strength >= TELLS]
    return sorted(found, key=lambda one: (not one.stands_in, -one.strength))


def _proxy(name: str, column: Named, attribute: str, groups: Named, ranks: Floats) -> tuple[Proxy, float, float] | None:
    """A column against a group: with the chance of such an association, and of such a foretelling."""
    both = np.flatnonzero((column.place >= 0) & (groups.place >= 0))
    if len(both) < 2 * LEAST:
        return None
    word, group = _numbered(column.place[both]), _numbered(groups.place[both])
    if word.max() == 0 or group.max() == 0:
        return None
    strength, p = cramers_v(word, group)
    valued = ~np.isnan(ranks[both])
    word, group, rank = word[valued], group[valued], ranks[both][valued]
    whole, p_whole = _told_by(word, rank, np.zeros(len(rank), dtype=np.int64))
    within, _ = _told_by(word, rank, group)
    one = Proxy(column=name, attribute=attribute, strength=strength, foretells=whole, within=within, stands_in=False)
    return one, p, p_whole


def _numbered(places: Ints) -> Ints:
    return np.unique(places, return_inverse=True)[1]


def cramers_v(one: Ints, other: Ints) -> tuple[float, float]:
    """Return how strongly two columns of whole numbers hang together, and how likely that is by chance.

    >>> strength, p = cramers_v(np.repeat([0, 1], 50), np.repeat([0, 1], 50))
    >>> round(strength, 2), p < 1e-9
    (1.0, True)
    """
    rows, columns, many = int(one.max()) + 1, int(other.max()) + 1, len(one)
    counts = np.bincount(one * columns + other, minlength=rows * columns).reshape(rows, columns).astype(np.float64)
    wanted = np.outer(counts.sum(axis=1), counts.sum(axis=0)) / many
    chi = float(((counts - wanted) ** 2 / np.maximum(wanted, 1e-12)).sum())
    free = (rows - 1) * (columns - 1)
    phi = max(0.0, chi / many - free / (many - 1))
    r, c = (k - (k - 1) ** 2 / (many - 1) for k in (rows, columns))
    return float(np.sqrt(phi / max(min(r, c) - 1, 1e-12))), float(chdtrc(free, chi))


def _ranks(value: Floats) -> Floats:
    """Ranks from 0 to 1, so that a few large values do not speak for all."""
    from scipy.stats import rankdata

    known = ~np.isnan(value)
    found = np.full(len(value), np.nan)
    found[known] = rankdata(value[known]) / max(int(known.sum()), 1)
    return found


def _told_by(word: Ints, value: Floats, group: Ints) -> tuple[float, float]:
    """The share of value's variance that words tell beside groups (one-way, within groups, corrected for chance), and how likely it is by chance."""
    cells = word + (int(word.max()) + 1) * group
    many, rest = len(value), _rest(value, cells)
    base = _rest(value, group)
    more = len(np.unique(cells)) - len(np.unique(group))
    left = many - len(np.unique(cells))
    if more <= 0 or left <= 0 or rest <= 0 or base <= 0:
        return 0.0, 1.0
    statistic = ((base - rest) / more) / (rest / left)
    return max(0.0, 1 - (rest / left) / (base / (left + more))), float(fdtrc(more, left, statistic))


def _rest(value: Floats, cell: Ints) -> float:
    """What is left of the variance within cells."""
    size = np.maximum(np.bincount(cell), 1)
    mean = np.bincount(cell, value) / size
    return float(((value - mean[cell]) ** 2).sum())


def tier_odds(favoured: NDArray[np.bool_], groups: Named, least: int = LEAST) -> dict[str, float]:
    """Return how often each group has a better tier than the last, with the largest difference and the smallest ratio between groups.

    Args:
        favoured: who has one.
        groups: of each customer.
        least: groups with fewer are left out.
    """
    from fairlearn.metrics import MetricFrame, selection_rate

    size = np.bincount(groups.place[groups.place >= 0], minlength=len(groups.names))
    mine = np.flatnonzero((groups.place >= 0) & (size[groups.place] >= least))
    if not len(mine):
        return {}
    names = np.array(groups.names)[groups.place[mine]]
    frame: Any = MetricFrame(metrics=selection_rate, y_true=favoured[mine], y_pred=favoured[mine], sensitive_features=names)
    rates = {str(name): float(rate) for name, rate in frame.by_group.items()}
    return rates | {"difference": float(frame.difference()), "ratio": float(frame.ratio())}
