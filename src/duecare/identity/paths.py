"""Paths: by which pairs the records of one customer hang together, the strongest first."""

from collections.abc import Sequence


def strongest_path(a: Sequence[int], b: Sequence[int], bits: Sequence[float], start: int, end: int) -> list[int] | None:
    """Return the places of the pairs that connect two records most strongly: the weakest of them is as strong as can be.

    Args:
        a: one record of each pair.
        b: the other.
        bits: what the pair says for being one.
        start: where the path begins.
        end: where it ends.

    >>> strongest_path([1, 2, 1], [2, 3, 3], [9.0, 5.0, 1.0], 1, 3)
    [0, 1]
    >>> strongest_path([1], [2], [9.0], 1, 3) is None
    True
    """
    tree: dict[int, list[tuple[int, int]]] = {}
    for at in strongest_tree(a, b, bits):
        tree.setdefault(a[at], []).append((b[at], at))
        tree.setdefault(b[at], []).append((a[at], at))
    came: dict[int, tuple[int, int] | None] = {start: None}
    reach = [start]
    for here in reach:
        for there, at in tree.get(here, ()):
            if there not in came:
                came[there] = (here, at)
                reach.append(there)
    if end not in came:
        return None
    path: list[int] = []
    step = came[end]
    while step is not None:
        path.append(step[1])
        step = came[step[0]]
    return path[::-1]


def strongest_tree(a: Sequence[int], b: Sequence[int], bits: Sequence[float]) -> list[int]:
    """Return the places of the pairs of a maximum spanning tree, the strongest first; the lowest places of equals.

    >>> strongest_tree([1, 2, 1], [2, 3, 3], [9.0, 5.0, 1.0])
    [0, 1]
    """
    root: dict[int, int] = {}

    def top(one: int) -> int:
        while root.setdefault(one, one) != one:
            one = root[one]
        return one

    taken: list[int] = []
    for at in sorted(range(len(bits)), key=lambda at: (-bits[at], at)):
        left, right = top(a[at]), top(b[at])
        if left != right:
            root[right] = left
            taken.append(at)
    return taken
