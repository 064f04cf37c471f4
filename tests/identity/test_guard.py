"""The promise: groups grow as they should, nobody who must not be together is, and what stands stays.

The compiled guard is held equal to a slow and plain one over any small graph.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.identity.edges import EITHER, IN_DOUBT, NAMESAKES, NEVER, Edges
from duecare.identity.guard import MANY, MARGIN_BITS, NAMESAKE_BITS, SETTLED_BITS, group
from duecare.identity.pairing import Integers
from identity.growing import Pair, grow

THRESHOLD = 1.0

Said = tuple[int, int, float] | tuple[int, int, float, int] | Pair
"""A pair, of which what is not said is 0."""


@dataclass(frozen=True)
class Graph:
    """Records and what is known of them."""

    records: int
    pairs: list[Pair]
    held: list[int]
    told: list[tuple[int, int]]


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    records = draw(st.integers(1, 7))
    every = [(a, b) for a in range(records) for b in range(a + 1, records)]
    some = draw(st.lists(st.sampled_from(every), unique=True)) if every else []
    said = st.tuples(st.integers(-20, 20).map(float), st.sampled_from([0, 0, 0, 1, 2]), st.sampled_from([0, 0, 1, 1, 2]))
    pairs = [(a, b, *draw(said)) for a, b in some]
    held = draw(st.lists(st.sampled_from([-1, -1, -1, 0, 1]), min_size=records, max_size=records))
    return Graph(records, pairs, held, draw(st.lists(st.sampled_from(every), max_size=2)) if every else [])


def edges(pairs: Sequence[Said]) -> Edges:
    a, b, bits, apart, called = (np.array([(*pair, 0, 0)[at] for pair in pairs], np.float64) for at in range(5))
    return Edges(a.astype(np.int64), b.astype(np.int64), bits, apart.astype(np.int8), called.astype(np.int8))


def found(graph: Graph) -> Integers:
    told = tuple(np.array([pair[side] for pair in graph.told], np.int64) for side in (0, 1))
    return group(edges(graph.pairs), graph.records, threshold_bits=THRESHOLD, held=np.array(graph.held, np.int64), apart=(told[0], told[1]))


def groups(number: Integers) -> set[frozenset[int]]:
    return {frozenset(np.flatnonzero(number == one).tolist()) for one in set(number.tolist())}


@given(graphs())
def test_the_compiled_guard_is_the_plain_one(graph: Graph) -> None:
    plain = grow(graph.pairs, graph.records, THRESHOLD, graph.held, graph.told)
    assert groups(found(graph)) == {frozenset(one) for one in plain}


@given(graphs())
def test_who_must_be_apart_is_never_together_and_what_stands_is_never_parted(graph: Graph) -> None:
    number = found(graph)
    for a, b in [*graph.told, *((a, b) for a, b, _, apart, _ in graph.pairs if apart == NEVER)]:
        assert number[a] != number[b] or (graph.held[a] == graph.held[b] >= 0)
    for one in {0, 1} & set(graph.held):
        assert len({int(number[at]) for at in range(graph.records) if graph.held[at] == one}) == 1


@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_of_pairs_does_not_matter(graph: Graph, chance: "np.random.Generator") -> None:
    pairs = list(graph.pairs)
    chance.shuffle(pairs)
    turned: list[Pair] = [(b, a, bits, apart, called) for a, b, bits, apart, called in pairs[::2]] + pairs[1::2]
    assert found(Graph(graph.records, turned, graph.held, graph.told)).tolist() == found(graph).tolist()


@given(graphs())
def test_numbers_go_by_the_first_record(graph: Graph) -> None:
    number = found(graph).tolist()
    assert [number.index(one) for one in sorted(set(number))] == sorted(number.index(one) for one in set(number))
    assert sorted(set(number)) == list(range(len(set(number))))


def one_group(*pairs: Said, held: Sequence[int] | None = None) -> bool:
    """Whether two records, 0 and 1, are one."""
    number = group(
        edges(pairs), 1 + max(max(a, b) for a, b, *_ in pairs), threshold_bits=THRESHOLD, held=None if held is None else np.array(held)
    )
    return bool(number[0] == number[1])


def test_groups_are_one_above_the_threshold_and_not_on_it() -> None:
    assert [one_group((0, 1, bits, 0)) for bits in (THRESHOLD, np.nextafter(THRESHOLD, 2))] == [False, True]


def test_who_is_in_doubt_is_one_beyond_doubt_and_not_on_its_line() -> None:
    """Two who are in doubt, and a third who holds them in one crowd: the average with it counts, or theirs alone."""
    third: list[Said] = [(0, 2, 12.0, 0), (1, 2, 12.0, 0)]
    assert [
        one_group((0, 1, bits, int(IN_DOUBT)), *third) for bits in (2 * SETTLED_BITS - 13, 2 * SETTLED_BITS - 12, 2 * SETTLED_BITS - 11)
    ] == [False, False, True]
    alone: list[Said] = [(0, 2, 2.0, 0), (1, 2, 2.0, 0)]
    assert [one_group((0, 1, bits, int(IN_DOUBT)), *alone) for bits in (SETTLED_BITS, 7.0)] == [False, True]


def test_a_record_that_could_be_of_either_of_two_is_left_alone() -> None:
    apart: Said = (1, 2, -9.0, int(NEVER))
    for more, joined in ((0.0, False), (MARGIN_BITS - 0.5, False), (MARGIN_BITS, True)):
        assert one_group((0, 1, 5.0 + more, 0), (0, 2, 5.0, 0), apart) is joined


def test_what_could_be_of_either_of_two_namesakes_says_less() -> None:
    """Parent and child, 1 and 2, are called alike; 0 is called so too, and has nothing that is its own but where it does."""
    namesakes: Said = (1, 2, -9.0, int(IN_DOUBT), int(NAMESAKES))
    third: Said = (0, 2, 3.0, 0, int(EITHER))
    line = NAMESAKE_BITS + THRESHOLD
    for bits, called, joined in ((line, EITHER, False), (line + 0.5, EITHER, True), (1.5, 0, True)):
        assert one_group((0, 1, bits, 0, int(called)), third, namesakes) is joined
    assert one_group((0, 1, 1.5, 0, int(EITHER)), third)


def test_no_third_record_chains_two_people() -> None:
    assert not one_group((0, 2, 9.0, 0), (1, 2, 9.0, 0), (0, 1, -20.0, 0))
    assert one_group((0, 2, 9.0, 0), (1, 2, 9.0, 0), (0, 1, -5.0, 0))


def test_what_stands_is_seen_as_one_and_stays_whatever_is_said() -> None:
    assert one_group((0, 1, -20.0, int(NEVER)), held=[4, 4])
    assert not one_group((0, 1, 3.0, 0), (0, 2, -9.0, 0), held=[-1, 7, 7])


def test_a_crowd_too_large_to_be_seen_at_once_is_parted_at_its_weakest_pairs() -> None:
    half = MANY - 10
    inside: list[Said] = [(start + a, start + b, 12.0, 0) for start in (0, half) for a in range(half) for b in range(a + 1, half)]
    number = group(edges([*inside, (0, half, 3.0, 0)]), 2 * half, threshold_bits=THRESHOLD)
    assert groups(number) == {frozenset(range(half)), frozenset(range(half, 2 * half))}


def test_what_no_block_brought_together_is_asked_of_crowds_alone() -> None:
    asked: list[tuple[int, int]] = []

    def compare(a: Integers, b: Integers) -> Edges:
        asked.extend(zip(a.tolist(), b.tolist(), strict=True))
        return edges([(0, 2, -20.0, int(NEVER))])

    number = group(edges([(0, 1, 9.0, 0), (1, 2, 8.0, 0), (3, 4, 9.0, 0)]), 6, threshold_bits=THRESHOLD, compare=compare)
    assert asked == [(0, 2)]
    assert number[0] != number[2]


@pytest.mark.parametrize("records", [0, 1, 5])
def test_records_without_pairs_are_each_a_group(records: int) -> None:
    assert group(Edges.none(), records).tolist() == list(range(records))
