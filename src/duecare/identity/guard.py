"""The guarded merge: which records are one customer, seen in the light of all that is known of each group.

Groups grow best pair first. Two groups become one when their records, on the average over all
pairs between them, are rather one person than not; so no third record chains two people, and no
group grows through one value. Never together are people whom birth dates or given names tell
apart, and whom somebody has told apart. A group that could as well be one as another of two
people who are told apart is left alone, for it would be a guess. And a family is not made one
person lightly: that two share a home counts as so many times likelier than it is.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from duecare.identity.agglomeration import agglomerate
from duecare.identity.comparing import BIRTH_DATE, GIVEN
from duecare.identity.model import Model
from duecare.identity.pairing import UNSAID, Integers, Levels, Pairs, Reals
from duecare.identity.weighing import ALIKE_LEVELS, Odds

Marks: TypeAlias = NDArray[np.bool_]

CAUTION_BITS = 4.0
"""To make two of a home one person is held to be sixteen times as bad as to leave one person two."""

MARGIN_BITS = 5.0
"""A group that could be of either of two people who are told apart joins one only if its best pair says so much more."""

MOST_BITS, LEAST_BITS = 20.0, -20.0
"""No pair says more for or against than this, so that one slip does not outweigh all else."""

TELLING_BITS = -3.0
"""Birth dates, and given names that many bear, tell two people apart when they differ, where to differ says so much against being one."""

BEYOND_DOUBT_BITS = 6.0
"""Groups whose birth dates differ, or who could be twins called alike, are one only from this average on."""

IN_DOUBT, NEVER = np.int8(1), np.int8(2)

OWN = ("email", "phone", "loyalty", "login_name")
"""Columns whose best level is an identifier of one person's own."""

MANY = 150
"""So many groups are looked at together at the most; a larger crowd is parted at its weakest pairs first."""

STEP_BITS = 2.0
SUREST_BITS = 60.0


@dataclass(frozen=True, slots=True)
class Edges:
    """Pairs of records with what they say: bits for being one person, and whether something tells the two apart."""

    a: Integers
    b: Integers
    bits: Reals
    apart: NDArray[np.int8]
    """Whether something tells the two apart: 0 nothing, `IN_DOUBT` unless all told they are one, `NEVER`."""

    def __len__(self) -> int:
        return len(self.a)

    @classmethod
    def none(cls) -> "Edges":
        return cls(np.empty(0, np.int64), np.empty(0, np.int64), np.empty(0), np.empty(0, np.int8))

    def where(self, chosen: NDArray[Any]) -> "Edges":
        return Edges(self.a[chosen], self.b[chosen], self.bits[chosen], self.apart[chosen])

    def and_(self, more: "Edges") -> "Edges":
        return Edges(*(np.concatenate(both) for both in zip(_parts(self), _parts(more), strict=True)))


def _parts(edges: Edges) -> tuple[NDArray[Any], ...]:
    return edges.a, edges.b, edges.bits, edges.apart


def edges(pairs: Pairs, odds: Odds, model: Model, known: Marks) -> Edges:
    """Return the pairs as the guard sees them.

    Args:
        pairs: compared.
        odds: how likely each is under each of the three.
        model: whose columns the patterns are of.
        known: of each record, whether its given name is one that many bear.
    """
    bits = odds.one - np.logaddexp2(odds.strangers, odds.home + CAUTION_BITS)
    apart = np.zeros(len(pairs), np.int8)
    given, born = _levels(pairs, model, "given"), _levels(pairs, model, "birth_date")
    own, named = _owned(pairs, model), known[pairs.a] & known[pairs.b]
    twins = (born == 0) & np.isin(given, ALIKE_LEVELS) & named
    apart[twins & (bits < BEYOND_DOUBT_BITS) & ~own] = IN_DOUBT
    if _telling(model, "birth_date"):
        apart[(born == len(BIRTH_DATE.levels) - 1) & (bits < 0) & ~own] = IN_DOUBT
    if _telling(model, "given"):
        apart[(given == len(GIVEN.levels) - 1) & named] = NEVER
    return Edges(pairs.a.astype(np.int64), pairs.b.astype(np.int64), np.clip(bits, LEAST_BITS, MOST_BITS), apart)


def _levels(pairs: Pairs, model: Model, column: str) -> Levels:
    """The level of a column; nothing to compare where the model does not know it."""
    columns = tuple(model.columns)
    return pairs.level(columns.index(column)) if column in columns else np.full(len(pairs), UNSAID, np.int8)


def _owned(pairs: Pairs, model: Model) -> Marks:
    """Whether two records share an identifier that is one person's own."""
    return np.logical_or.reduce([_levels(pairs, model, column) == 0 for column in OWN])


def _telling(model: Model, column: str) -> bool:
    """Whether two records that differ in a column are hardly one person."""
    return column in model.columns and model.columns[column].bits()[-1] < TELLING_BITS


Compare: TypeAlias = Callable[[Integers, Integers], Edges]
"""Compares pairs of records that no block has brought together."""


def group(
    found: Edges,
    records: int,
    *,
    threshold_bits: float = 0.0,
    compare: Compare | None = None,
    held: Integers | None = None,
    apart: tuple[Integers, Integers] | None = None,
) -> Integers:
    """Return for each record the number of its group, numbered by their first record.

    Args:
        found: pairs that blocks brought together.
        records: how many records there are, paired or not.
        threshold_bits: groups are one from this average on.
        compare: compares the pairs of a crowd that no block brought together; they say nothing when None.
        held: for each record the number of the group that it is in already and stays in, -1 for none.
        apart: pairs of records that somebody told apart.
    """
    node = _nodes(held, records)
    crowds = _crowds(found, node, threshold_bits)
    if compare is not None:
        found = found.and_(compare(*_missing(found, node, crowds)))
    label = _grown(found, node, crowds, threshold_bits, apart)
    return numbered(label[node])


def _nodes(held: Integers | None, records: int) -> Integers:
    """Number the groups that stand already, each record outside being one of its own."""
    if held is None:
        return np.arange(records, dtype=np.int64)
    alone = held < 0
    own = np.where(alone, np.arange(records) + held.max(initial=-1) + 1, held)
    return np.unique(own, return_inverse=True)[1].astype(np.int64)


def _crowds(found: Edges, node: Integers, threshold_bits: float) -> Integers:
    """Return the crowd of each node: those that pairs above the threshold connect, parted where there are too many."""
    many = int(node.max(initial=-1)) + 1
    crowd, fresh, least = np.arange(many), np.ones(many, np.bool_), threshold_bits
    a, b = node[found.a], node[found.b]
    while fresh.any() and least < SUREST_BITS:
        use = (found.bits > least) & fresh[a] & fresh[b] & (found.apart == 0)
        label = connected(a[use], b[use], many)
        small = np.bincount(label, minlength=many)[label] <= MANY
        done = fresh & small
        crowd[done] = label[done] + many * round((least - threshold_bits) / STEP_BITS)
        fresh, least = fresh & ~small, least + STEP_BITS
    crowd[fresh] = -1 - np.flatnonzero(fresh)
    return np.unique(crowd, return_inverse=True)[1].astype(np.int64)


def connected(a: Integers, b: Integers, many: int) -> Integers:
    """Return for each of *many* nodes the number of the component that edges a-b connect it to."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(many, many))
    return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)


def _missing(found: Edges, node: Integers, crowds: Integers) -> tuple[Integers, Integers]:
    """The pairs of records of one crowd and different nodes that are not among those *found*."""
    home = crowds[node]
    order = np.argsort(home, kind="stable")
    sizes = np.bincount(home)
    several = order[np.isin(home[order], np.flatnonzero((sizes > 2) & (sizes <= 4 * MANY)))]
    a, b = _within(several, home[several])
    a, b = np.minimum(a, b), np.maximum(a, b)
    fresh = (node[a] != node[b]) & ~_among(a << 32 | b, np.sort(found.a << 32 | found.b))
    return a[fresh], b[fresh]


def _among(keys: Integers, all_sorted: Integers) -> Marks:
    """Which of *keys* stand in a sorted array; numpy's own way builds a table of all and takes ten times as long."""
    if not len(all_sorted):
        return np.zeros(len(keys), np.bool_)
    at = np.minimum(np.searchsorted(all_sorted, keys), len(all_sorted) - 1)
    return all_sorted[at] == keys


def _within(items: Integers, group_of: Integers) -> tuple[Integers, Integers]:
    """Every pair of *items* that stand in one group; they come sorted by group."""
    if not len(items):
        return items, items
    starts = np.flatnonzero(np.r_[True, group_of[1:] != group_of[:-1]])
    ends = np.repeat(np.r_[starts[1:], len(items)], np.diff(np.r_[starts, len(items)]))
    after = ends - np.arange(len(items)) - 1
    first = np.repeat(np.arange(len(items)), after)
    second = np.arange(len(first)) - np.repeat(np.cumsum(after) - after, after) + first + 1
    return items[first], items[second]


def _grown(found: Edges, node: Integers, crowds: Integers, threshold_bits: float, told: tuple[Integers, Integers] | None) -> Integers:
    """Let the groups of each crowd grow; return the label of each node."""
    a, b = node[found.a], node[found.b]
    inside = (crowds[a] == crowds[b]) & (a != b)
    a, b, bits, apart = a[inside], b[inside], found.bits[inside], found.apart[inside]
    if told is not None:
        one, other = node[told[0]], node[told[1]]
        a, b = np.r_[a, one], np.r_[b, other]
        bits, apart = np.r_[bits, np.full(len(one), LEAST_BITS)], np.r_[apart, np.full(len(one), NEVER)]
        same = (crowds[a] == crowds[b]) & (a != b)
        a, b, bits, apart = a[same], b[same], bits[same], apart[same]
    order = np.argsort(crowds[a], kind="stable")
    starts = np.searchsorted(crowds[a][order], np.arange(crowds.max(initial=-1) + 2))
    return agglomerate(a[order], b[order], bits[order], apart[order], starts, len(crowds), threshold_bits, MARGIN_BITS, BEYOND_DOUBT_BITS)


def numbered(label: Integers) -> Integers:
    """Number labels by where they first stand.

    >>> numbered(np.array([7, 3, 7])).tolist()
    [0, 1, 0]
    """
    _, first, where = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[where]
