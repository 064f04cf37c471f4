"""Proxies: columns that tell who belongs to a group, and foretell value by that alone.

Source: W. Bergsma (2013), "A bias-correction for Cramer's V and Tschuprow's T", Journal of the Korean Statistical Society 42 (3), 323-328.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc

from duecare.measure.fairness import ALPHA, holm
from duecare.measure.log import Named
from duecare.measure.terms import LEAST_GROUP

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]

TELLS = 0.1
"""From this strength of association on (Cramer's V) a column tells who belongs to a group."""
LEFT, LEFT_BY_CHANCE = 0.25, 0.5
"""A column stands in for a group when less than this share of what it tells of value is left within the groups; the second where chance may explain all that is left."""
CLEARED = 0.001
"""Only when what is left is as unlikely by chance as this does a column tell something of its own: the customer has the benefit of the doubt."""


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
    made = [replace(one, stands_in=bool(f and _little_left(one, left))) for (one, _, _, left), f in zip(known, foretells, strict=True)]
    found = [one for one, t in zip(made, tells, strict=True) if t and one.strength >= TELLS]
    return sorted(found, key=lambda one: (not one.stands_in, -one.strength))


def _little_left(one: Proxy, chance: float) -> bool:
    """Tell whether the column tells little of value within the groups; what is left may be there by this chance."""
    return one.within < (LEFT if chance < CLEARED else LEFT_BY_CHANCE) * one.foretells


def _proxy(name: str, column: Named, attribute: str, groups: Named, ranks: Floats) -> tuple[Proxy, float, float, float] | None:
    """A column against a group: with the chance of such an association, of such a foretelling, and of what is left of it within the groups."""
    both = np.flatnonzero((column.place >= 0) & (groups.place >= 0))
    if len(both) < 2 * LEAST_GROUP:
        return None
    word, group = _numbered(column.place[both]), _numbered(groups.place[both])
    if word.max() == 0 or group.max() == 0:
        return None
    strength, p = cramers_v(word, group)
    valued = ~np.isnan(ranks[both])
    word, group, rank = word[valued], group[valued], ranks[both][valued]
    whole, p_whole = _told_by(word, rank, np.zeros(len(rank), dtype=np.int64))
    within, p_within = _told_by(word, rank, group)
    one = Proxy(column=name, attribute=attribute, strength=strength, foretells=whole, within=within, stands_in=False)
    return one, p, p_whole, p_within


def _numbered(places: Ints) -> Ints:
    """The places that occur, numbered from 0 on; counting takes a tenth of what sorting does."""
    occurs = np.bincount(places) > 0
    return (np.cumsum(occurs) - 1)[places]


def _kinds(places: Ints) -> int:
    return int(np.count_nonzero(np.bincount(places)))


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
    more, left = _kinds(cells) - _kinds(group), many - _kinds(cells)
    if more <= 0 or left <= 0 or rest <= 0 or base <= 0:
        return 0.0, 1.0
    statistic = ((base - rest) / more) / (rest / left)
    return max(0.0, 1 - (rest / left) / (base / (left + more))), float(fdtrc(more, left, statistic))


def _rest(value: Floats, cell: Ints) -> float:
    """What is left of the variance within cells."""
    size = np.maximum(np.bincount(cell), 1)
    mean = np.bincount(cell, value) / size
    return float(((value - mean[cell]) ** 2).sum())
