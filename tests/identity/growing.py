"""The guarded merge once more, slow and plain: what is said between two groups is counted anew each time."""

from collections.abc import Sequence
from dataclasses import dataclass

from duecare.identity.edges import LEAST_BITS
from duecare.identity.guard import MARGIN_BITS, NAMESAKE_BITS, SETTLED_BITS

Pair = tuple[int, int, float, int, int]
"""Two records, bits, whether something tells them apart (0, 1 in doubt, 2 never), and how they are called (0, 1 either, 2 namesakes)."""


@dataclass(frozen=True)
class Between:
    """What all pairs between two groups say."""

    total: float
    count: int
    most: float
    apart: int


def grow(pairs: Sequence[Pair], records: int, threshold: float, held: Sequence[int], told: Sequence[tuple[int, int]]) -> list[set[int]]:
    """Return the groups of records that the guard should find."""
    groups = [[n for n in range(records) if held[n] == number] for number in sorted(set(held) - {-1})] + [
        [n] for n in range(records) if held[n] < 0
    ]
    crowds = crowd_of([set(group) for group in groups], pairs, threshold)
    grown: list[set[int]] = []
    for crowd in crowds:
        said = [*wary(crowd, pairs), *((a, b, LEAST_BITS, 2, 0) for a, b in told)]
        grown += grow_crowd([set(one) for one in groups if set(one) in crowd], said, threshold)
    return grown


def wary(crowd: list[set[int]], pairs: Sequence[Pair]) -> list[Pair]:
    """The pairs within a crowd; where two in it are called alike, what could be of either says less."""
    records = set[int]().union(*crowd)
    inside = [pair for pair in pairs if {pair[0], pair[1]} <= records]
    less = NAMESAKE_BITS if any(pair[4] == 2 for pair in inside) else 0.0
    return [(a, b, bits - less * (called > 0), apart, called) for a, b, bits, apart, called in inside]


def crowd_of(groups: list[set[int]], pairs: Sequence[Pair], threshold: float) -> list[list[set[int]]]:
    """Put groups that a pair above the threshold connects into one crowd."""
    crowds = [[group] for group in groups]
    for a, b, bits, apart, _ in pairs:
        if bits > threshold and not apart:
            one, other = (next(crowd for crowd in crowds if any(n in group for group in crowd)) for n in (a, b))
            if one is not other:
                crowds.remove(other)
                one.extend(other)
    return crowds


def grow_crowd(groups: list[set[int]], said: Sequence[Pair], threshold: float) -> list[set[int]]:
    """Join the best two groups again and again; those that stood come before records alone."""
    while (found := best(groups, said, threshold)) is not None:
        i, j = found
        groups[i] = groups[i] | groups.pop(j)
    return groups


def between(one: set[int], other: set[int], said: Sequence[Pair]) -> Between:
    """What is said between two groups."""
    heard = [pair for pair in said if (pair[0] in one and pair[1] in other) or (pair[0] in other and pair[1] in one)]
    bits = [pair[2] for pair in heard]
    return Between(sum(bits), len(bits), max(bits, default=float("-inf")), max((pair[3] for pair in heard), default=0))


def best(groups: list[set[int]], said: Sequence[Pair], threshold: float) -> tuple[int, int] | None:
    """The two groups that are one most surely, the first of equals."""
    found, least = None, threshold
    for i in range(len(groups)):
        for j in range(i + 1, len(groups)):
            now = between(groups[i], groups[j], said)
            if now.apart == 2 or now.total <= least * now.count:
                continue
            average = now.total / now.count
            if (now.apart == 0 or average > SETTLED_BITS) and not torn(groups, i, j, max(now.most - MARGIN_BITS, threshold), said):
                found, least = (i, j), average
    return found


def torn(groups: list[set[int]], i: int, j: int, rival: float, said: Sequence[Pair]) -> bool:
    """Whether one of two groups could as well be one with a third that is apart from the other."""
    for third in (group for k, group in enumerate(groups) if k not in (i, j)):
        both = [between(groups[one], third, said) for one in (i, j)]
        all_one = sum(now.total for now in both) > SETTLED_BITS * sum(now.count for now in both)
        for mine, other in (both, both[::-1]):
            if (other.apart == 2 or (other.apart == 1 and not all_one)) and mine.apart == 0 and mine.most > rival:
                return True
    return False
