"""Agglomeration: groups grow best pair first, by the average of what all pairs between them say; compiled."""

from typing import Any

import numba as nb
import numpy as np
from numpy.typing import NDArray


@nb.njit(cache=True)
def agglomerate(
    a: NDArray[np.int64],
    b: NDArray[np.int64],
    bits: NDArray[np.float64],
    apart: NDArray[np.int8],
    starts: NDArray[np.int64],
    many: int,
    threshold: float,
    margin: float,
    doubt: float,
) -> NDArray[np.int64]:
    """Return the label of each of *many* nodes, the lowest node of its group.

    Args:
        a: one node of each edge; edges come crowd by crowd.
        b: the other.
        bits: for or against being one; several edges between two nodes are averaged.
        apart: 2 when the two must never be one, 1 when only if their groups are one beyond doubt.
        starts: where the edges of each crowd begin, and where the last ones end.
        many: how many nodes there are.
        threshold: groups are one when their average is above it.
        doubt: the average beyond which there is none.
        margin: how much surer a group must be of one than of another that is apart from that one.
    """
    label = np.arange(many)
    place = np.full(many, -1, np.int64)
    for crowd in range(len(starts) - 1):
        low, high = starts[crowd], starts[crowd + 1]
        if low == high:
            continue
        nodes = np.unique(np.concatenate((a[low:high], b[low:high])))
        for at in range(len(nodes)):
            place[nodes[at]] = at
        total, count, most, never = _matrices(place, a[low:high], b[low:high], bits[low:high], apart[low:high], len(nodes))
        root = _grow(total, count, most, never, threshold, margin, doubt)
        for at in range(len(nodes)):
            label[nodes[at]] = nodes[root[at]]
    return label


@nb.njit(cache=True)
def _matrices(place: Any, a: Any, b: Any, bits: Any, apart: Any, many: int) -> Any:  # noqa: ANN401 - arrays, compiled
    """Between any two nodes: the sum of what is said, how often, and whether they must stay apart."""
    total, count, most = np.zeros((many, many)), np.zeros((many, many)), np.full((many, many), -np.inf)
    never = np.zeros((many, many), np.int8)
    for edge in range(len(a)):
        i, j = place[a[edge]], place[b[edge]]
        total[i, j] += bits[edge]
        total[j, i] += bits[edge]
        count[i, j] += 1
        count[j, i] += 1
        most[i, j] = max(most[i, j], bits[edge])
        most[j, i] = most[i, j]
        never[i, j] = max(never[i, j], apart[edge])
        never[j, i] = never[i, j]
    return total, count, most, never


@nb.njit(cache=True)
def _grow(total: Any, count: Any, most: Any, never: Any, threshold: float, margin: float, doubt: float) -> Any:  # noqa: ANN401
    """Join the best two groups again and again until none may be joined; return the group of each node."""
    root, alive = np.arange(len(total)), np.ones(len(total), np.bool_)
    while True:
        left, right = _best(total, count, most, never, alive, threshold, margin, doubt)
        if left < 0:
            return root
        alive[right] = False
        root[root == right] = left
        _join(total, count, most, never, left, right)


@nb.njit(cache=True)
def _best(total: Any, count: Any, most: Any, never: Any, alive: Any, threshold: float, margin: float, doubt: float) -> tuple[int, int]:  # noqa: ANN401
    """The two groups that are one most surely, -1 where none may be joined; the lowest numbers of equals."""
    best, left, right = threshold, -1, -1
    for i in range(len(total)):
        for j in range(i + 1, len(total)):
            if not (alive[i] and alive[j]) or never[i, j] == 2 or total[i, j] <= best * count[i, j]:
                continue
            average = total[i, j] / count[i, j]
            settled = never[i, j] == 0 or average > doubt
            if settled and not _torn(i, j, max(most[i, j] - margin, threshold), total, count, most, never, alive, doubt):
                best, left, right = average, i, j
    return left, right


@nb.njit(cache=True)
def _join(total: Any, count: Any, most: Any, never: Any, left: int, right: int) -> None:  # noqa: ANN401
    """Let what is said of *right* be said of *left*."""
    for k in range(len(total)):
        if k != left:
            total[left, k] += total[right, k]
            total[k, left] = total[left, k]
            count[left, k] += count[right, k]
            count[k, left] = count[left, k]
            most[left, k] = max(most[left, k], most[right, k])
            most[k, left] = most[left, k]
            never[left, k] = max(never[left, k], never[right, k])
            never[k, left] = never[left, k]


@nb.njit(cache=True)
def _torn(i: int, j: int, rival: float, total: Any, count: Any, most: Any, never: Any, alive: Any, doubt: float) -> bool:  # noqa: ANN401
    """Whether one of two groups could about as well be one with a third that is apart from the other, by their best pairs.

    A third that would be one with both, beyond doubt, tears nobody.
    """
    for k in range(len(most)):
        if alive[k] and k not in (i, j):
            all_one = total[i, k] + total[j, k] > doubt * (count[i, k] + count[j, k])
            for mine, other in ((i, j), (j, i)):
                apart = never[other, k] == 2 or (never[other, k] == 1 and not all_one)
                if apart and never[mine, k] == 0 and most[mine, k] > rival:
                    return True
    return False
