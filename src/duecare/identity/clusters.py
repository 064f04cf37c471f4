"""Clusters: which records links connect, and where a cluster is cut so that nobody who contradicts another is in it."""

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Integers: TypeAlias = NDArray[np.int64]


def clusters_of(links: "pa.Table", records: int) -> Integers:
    """Return for each of *records* the number of its cluster, numbered by their first record.

    *links* has 1-based record numbers in columns a and b.
    """
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    a, b = np.asarray(links["a"]) - 1, np.asarray(links["b"]) - 1
    graph = coo_array((np.ones(len(a), dtype=np.int8), (a, b)), shape=(records, records))
    labels = np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
    _, first, where = np.unique(labels, return_index=True, return_inverse=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[where]


def cut(links: "pa.Table", apart: "pa.Table", cluster: Integers) -> list[tuple[int, int]]:
    """Return the weakest links that must go so that no pair of *apart* stays connected.

    Args:
        links: pairs a and b with their probability.
        apart: pairs a and b who contradict each other.
        cluster: number of the cluster of each record under all *links*.
    """
    enemies = _ends(apart)
    enemies = enemies[cluster[enemies[:, 0] - 1] == cluster[enemies[:, 1] - 1]]
    if not len(enemies):
        return []
    ends, sure = _ends(links), np.asarray(links["probability"], dtype=np.float64)
    torn = np.isin(cluster[ends[:, 0] - 1], np.unique(cluster[enemies[:, 0] - 1]))
    ends, sure = ends[torn], sure[torn]
    group, members, foes = _alone(ends, enemies)
    strongest_first = ends[np.lexsort((ends[:, 1], ends[:, 0], -sure))].tolist()
    for a, b in strongest_first:
        into, from_ = sorted((group[a], group[b]), key=lambda at: (-len(members[at]), at))
        if into != from_ and foes[into].isdisjoint(members[from_]):
            for one in members[from_]:
                group[one] = into
            members[into] |= members.pop(from_)
            foes[into] |= foes.pop(from_)
    return [(a, b) for a, b in strongest_first if group[a] != group[b]]


def _ends(pairs: "pa.Table") -> Integers:
    return np.column_stack([np.asarray(pairs["a"], dtype=np.int64), np.asarray(pairs["b"], dtype=np.int64)])


def _alone(ends: Integers, enemies: Integers) -> tuple[dict[int, int], dict[int, set[int]], dict[int, set[int]]]:
    """Every record in a group of its own, the members of each group, and whom they contradict."""
    records: list[int] = np.unique(ends).tolist()
    foes: dict[int, set[int]] = {one: set() for one in records}
    for a, b in enemies.tolist():
        foes[a].add(b)
        foes[b].add(a)
    return {one: one for one in records}, {one: {one} for one in records}, foes
