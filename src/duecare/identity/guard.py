"""The guarded merge: which records are one customer, seen in the light of all that is known of each group.

Groups grow best pair first. Two groups become one when their records, on the average over all
pairs between them, are rather one person than not; so no third record chains two people, and no
group grows through one value. Never together are people whom birth dates or given names tell
apart, and whom somebody has told apart. A group that could as well be one as another of two
people who are told apart is left alone, for it would be a guess. And where two of a home are
known to be called alike, as parent and child, what could be of either says that much less.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from duecare.identity.agglomeration import agglomerate
from duecare.identity.edges import LEAST_BITS, NAMESAKES, NEVER, Edges, Marks
from duecare.identity.pairing import Integers

MARGIN_BITS = 5.0
"""A group that could be of either of two people who are told apart joins one only if its best pair says so much more."""

SETTLED_BITS = 3.0
"""Groups whose birth dates differ, or who could be twins called alike, are one only from this average on."""

NAMESAKE_BITS = 10.0
"""So much less says a pair that could be of either of two who are known to be called alike."""

MANY = 150
"""So many groups are looked at together at the most; a larger crowd is parted at its weakest pairs first."""

STEP_BITS = 2.0
SUREST_BITS = 60.0

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
    found = _wary(found, node, crowds)
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


def _wary(found: Edges, node: Integers, crowds: Integers) -> Edges:
    """Let what could be of either of two who are called alike say less, in the crowds where two such are known."""
    crowd, other = crowds[node[found.a]], crowds[node[found.b]]
    called = np.zeros(int(crowds.max(initial=-1)) + 1, np.bool_)
    called[crowd[(found.called == NAMESAKES) & (crowd == other)]] = True
    less = (found.called > 0) & called[crowd] & (crowd == other)
    return replace(found, bits=np.where(less, found.bits - NAMESAKE_BITS, found.bits))


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
    return agglomerate(a[order], b[order], bits[order], apart[order], starts, len(crowds), threshold_bits, MARGIN_BITS, SETTLED_BITS)


def numbered(label: Integers) -> Integers:
    """Number labels by where they first stand.

    >>> numbered(np.array([7, 3, 7])).tolist()
    [0, 1, 0]
    """
    _, first, where = np.unique(label, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[where]
