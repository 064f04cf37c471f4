"""Fairness: who gets which tier, how long who waits and what comes of it, by groups that no rule may look at.

Groups come from the customers' own lawful source and are read here alone. A plain gap between two
groups may have a reason that is fair (they bought more, their matters were graver): so each gap is
parted into what such a factor explains and what is left. Only what is left can stop a plan, and
only when chance does not explain it, all comparisons taken together (Holm).

Sources: A. S. Blinder (1973), "Wage Discrimination: Reduced Form and Structural Estimates", Journal of Human
Resources 8 (4), 436-455, and E. M. Kitagawa (1955), "Components of a Difference Between Two Rates", JASA 50 (272),
1168-1194 (the parting, here by strata); S. Holm (1979), "A Simple Sequentially Rejective Multiple Test Procedure",
Scandinavian Journal of Statistics 6 (2), 65-70.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from duecare.measure.log import Named
from duecare.measure.terms import LEAST_GROUP, Tolerance

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

ALPHA = 0.05
"""The chance of any false finding in one audit."""
STRATA = 10
"""Into so many parts the fair factor is cut."""


BORROWED = 4
"""A stratum's variance is drawn towards that of all by so many cases: with two cases it would be told from none."""


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
    owner: Ints | None = None
    """The customer of each case, where one may have several; they hang together, and chance is reckoned by customers."""
    scale: float = 1.0
    """What a gap is divided by before it is held against the tolerance; 1 for shares."""


def audit(questions: Sequence[Question], tolerance: Tolerance | None = None) -> list[Gap]:
    """Compare every group with all others in every question, with the whole audit's chance of a false finding at 5 %.

    Args:
        questions: what is compared.
        tolerance: what passes.

    Returns:
        The gaps, the least likely by chance first; groups that are too small, or have no stratum in common with the others, are left out.
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
    stops = bool(p < ALPHA and one.unexplained + half < -limit)
    return replace(one, p=float(p), low=one.unexplained - half, high=one.unexplained + half, stops=stops)


def _gap(question: Question, attribute: str, name: str, inside: NDArray[np.bool_], told: NDArray[np.bool_], least: int) -> Gap | None:
    """One group against all others who tell theirs; its interval is one standard error to each side."""
    told = told & ~np.isnan(question.outcome)
    ours, theirs = np.flatnonzero(inside & told), np.flatnonzero(~inside & told)
    if min(len(ours), len(theirs)) < least:
        return None
    mine, others = question.outcome[ours], question.outcome[theirs]
    if not np.intersect1d(question.factor[ours], question.factor[theirs]).size:
        return None  # nothing is alike in what may differ
    left, error, blind = _unexplained(mine, question.factor[ours], others, question.factor[theirs])
    if question.owner is not None:
        more = _hangs_together(question, question.owner, ours, theirs)
        error, blind = more * error, more * blind
    gap = float(mine.mean() - others.mean())
    p = float(2 * ndtr(-abs(left) / blind)) if blind > 0 else 1.0
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


def _unexplained(mine: Floats, my_stratum: Ints, others: Floats, their_stratum: Ints) -> tuple[float, float, float]:
    """The gap that is left within strata, its standard error, and what that would be without any gap; strata that one side lacks say nothing.

    Strata weigh as the group stands in them. Chance is reckoned without a gap: where every one of a group is denied what all
    others get, nothing differs on either side, and yet it is no chance.
    """
    many = int(max(my_stratum.max(), their_stratum.max())) + 1
    size, sizes = np.bincount(my_stratum, minlength=many), np.bincount(their_stratum, minlength=many)
    both = (size > 0) & (sizes > 0)
    weight = np.where(both, size, 0) / max(int(size[both].sum()), 1)
    mean, means = (np.bincount(s, y, many) / np.maximum(n, 1) for s, y, n in ((my_stratum, mine, size), (their_stratum, others, sizes)))
    within = _squares(mine, my_stratum, mean) + _squares(others, their_stratum, means)
    whole = (size * mean + sizes * means) / np.maximum(size + sizes, 1)
    blind = _squares(mine, my_stratum, whole) + _squares(others, their_stratum, whole)
    arms = np.where(both, 1 / np.maximum(size, 1) + 1 / np.maximum(sizes, 1), 0)
    errors = [
        float(np.sqrt((weight**2 * _variance(*spread) * arms).sum())) for spread in ((within, size + sizes - 2), (blind, size + sizes - 1))
    ]
    return float(weight @ (mean - means)), errors[0], errors[1]


def _squares(value: Floats, stratum: Ints, mean: Floats) -> Floats:
    return np.bincount(stratum, (value - mean[stratum]) ** 2, len(mean)).astype(np.float64)


def _variance(squares: Floats, free: Ints) -> Floats:
    """The variance in each stratum, drawn towards that of all."""
    free = np.maximum(free, 0)
    return (squares + BORROWED * squares.sum() / max(int(free.sum()), 1)) / (free + BORROWED)


def _hangs_together(question: Question, owner: Ints, ours: Ints, theirs: Ints) -> float:
    """By what the error grows because cases of one customer are alike: errors by customer over errors by case."""
    both = np.concatenate([ours, theirs])
    cell = 2 * question.factor[both] + np.repeat([0, 1], [len(ours), len(theirs)])
    size = np.bincount(cell)
    rest = question.outcome[both] - (np.bincount(cell, question.outcome[both]) / np.maximum(size, 1))[cell]
    mine = np.bincount(question.factor[ours], minlength=int(question.factor.max()) + 1)
    score = rest * mine[question.factor[both]] / np.maximum(size, 1)[cell]
    _, whose = np.unique(owner[both], return_inverse=True)
    alone = float((score**2).sum())
    return float(np.sqrt(max(1.0, (np.bincount(whose, score) ** 2).sum() / alone))) if alone > 0 else 1.0


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


def tier_odds(favoured: NDArray[np.bool_], groups: Named, least: int = LEAST_GROUP) -> dict[str, float]:
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
    counts = np.bincount(2 * groups.place[mine] + favoured[mine], minlength=2 * len(groups.names))
    cells = np.flatnonzero(counts)  # as many rows as there are groups, weighed: a million rows take fairlearn ten seconds
    hit, weight = cells % 2, {"sample_weight": counts[cells]}
    frame: Any = MetricFrame(metrics=selection_rate, y_true=hit, y_pred=hit, sensitive_features=cells // 2, sample_params=weight)
    rates = {groups.names[int(at)]: float(rate) for at, rate in frame.by_group.items()}
    return rates | {"difference": float(frame.difference()), "ratio": float(frame.ratio())}
