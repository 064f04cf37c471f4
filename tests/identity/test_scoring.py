"""Promise: a clustering is scored exactly; each figure equals the one worked out by hand, and the slow definition of it."""

from itertools import combinations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.demo.worlds import make_world
from identity.scoring import (
    Bin,
    Rating,
    Share,
    b_cubed,
    count_cells,
    households_merged,
    largest,
    merged,
    numbered,
    pair_rating,
    pairs_of,
    records_right,
    reliability,
    score,
)

CLUSTERS = np.array([1, 1, 1, 2, 2, 3])
PERSONS = np.array([10, 10, 20, 20, 20, 30])
"""Two persons and a third; one record of 20 lies with 10."""

FEW = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), max_size=14)


def arrays(rows: list[tuple[int, int]]) -> tuple[np.ndarray, np.ndarray]:
    both = np.array(rows, np.int64).reshape(-1, 2)
    return both[:, 0], both[:, 1]


def test_pairs_by_hand() -> None:
    rating = pair_rating(count_cells(CLUSTERS, PERSONS))
    assert rating == Rating(precision=2 / 4, recall=2 / 4)
    assert rating.f1 == 0.5


def test_b_cubed_by_hand() -> None:
    found = b_cubed(count_cells(CLUSTERS, PERSONS))
    assert found.precision == pytest.approx((2 / 3 + 2 / 3 + 1 / 3 + 1 + 1 + 1) / 6)
    assert found.recall == pytest.approx((1 + 1 + 1 / 3 + 2 / 3 + 2 / 3 + 1) / 6)


def test_the_truth_itself_is_all_right_and_singles_have_no_recall() -> None:
    assert pair_rating(count_cells(PERSONS, PERSONS)) == (1, 1)
    assert pair_rating(count_cells(np.arange(6), PERSONS)) == (1, 0)
    assert pair_rating(count_cells(np.arange(6), PERSONS)).f1 == 0


def test_all_in_one_by_hand() -> None:
    cells = count_cells(np.zeros(6, np.int64), PERSONS)
    assert pair_rating(cells) == (4 / 15, 1)
    assert b_cubed(cells) == (pytest.approx((4 + 9 + 1) / 36), 1)
    assert largest(cells) == 3


def test_nothing_at_all_is_no_fault() -> None:
    none = np.array([], np.int64)
    cells = count_cells(none, none)
    assert pair_rating(cells) == b_cubed(cells) == (1, 1)
    assert households_merged(cells, none, none) == merged(cells, none, none) == (0, 0)
    assert largest(cells) == 0
    assert reliability(np.array([]), np.array([], np.bool_)) == []


def test_households_by_hand() -> None:
    cells = count_cells(CLUSTERS, PERSONS)
    assert households_merged(cells, PERSONS, np.array([7, 7, 7, 7, 7, 8])) == Share(hits=1, of=1)
    assert households_merged(cells, PERSONS, np.array([7, 7, 8, 8, 8, 8])) == Share(hits=0, of=1)
    assert households_merged(cells, PERSONS, PERSONS) == Share(hits=0, of=0)


def test_pairs_of_persons_by_hand() -> None:
    cells = count_cells(CLUSTERS, PERSONS)
    assert merged(cells, np.array([10, 20, 10]), np.array([20, 30, 30])) == Share(hits=1, of=3)


@given(FEW)
def test_pairs_and_b_cubed_equal_their_slow_definitions(rows: list[tuple[int, int]]) -> None:
    cells = count_cells(*arrays(rows))
    said = {pair for pair in combinations(range(len(rows)), 2) if rows[pair[0]][0] == rows[pair[1]][0]}
    true = {pair for pair in combinations(range(len(rows)), 2) if rows[pair[0]][1] == rows[pair[1]][1]}
    right = len(said & true)
    assert pair_rating(cells) == (right / len(said) if said else 1, right / len(true) if true else 1)
    for side, found in enumerate(b_cubed(cells)):
        shares = [sum(a == b for b in rows) / sum(a[side] == b[side] for b in rows) for a in rows]
        assert found == pytest.approx(np.mean(shares) if rows else 1)


@given(FEW, st.lists(st.integers(0, 2), min_size=6, max_size=6))
def test_households_and_pairs_of_persons_equal_their_slow_definitions(rows: list[tuple[int, int]], home: list[int]) -> None:
    clusters, person = arrays(rows)
    cells = count_cells(clusters, person)
    held = [{p for c, p in rows if c == cluster} for cluster in {c for c, _ in rows}]
    present = sorted({p for _, p in rows})
    several = {h for h in home if sum(home[p] == h for p in present) > 1}
    wrong = {home[a] for persons in held for a, b in combinations(sorted(persons), 2) if home[a] == home[b]}
    assert households_merged(cells, person, np.array(home)[person]) == (len(wrong), len(several))
    both = list(combinations(present, 2))
    one, other = arrays(both)
    assert merged(cells, one, other) == (sum(any({a, b} <= persons for persons in held) for a, b in both), len(both))
    assert largest(cells) == max((len(persons) for persons in held), default=0)
    assert records_right(clusters, person).tolist() == [all(q == p for d, q in rows if d == c) for c, p in rows]


def test_reliability_by_hand() -> None:
    stated, true = np.array([0.9, 0.1, 0.2, 0.8]), np.array([True, False, True, True])
    assert reliability(stated, true, bins=2) == [Bin(2, (0.1 + 0.2) / 2, 0.5), Bin(2, (0.8 + 0.9) / 2, 1.0)]
    assert reliability(stated, true, bins=2)[0].gap == pytest.approx(0.35)


@given(st.lists(st.tuples(st.sampled_from([0.2, 0.5, 0.9, 1.0]), st.booleans()), max_size=40), st.randoms())
def test_reliability_has_equal_counts_keeps_the_whole_and_no_order_moves_it(rows: list[tuple[float, bool]], chance: object) -> None:
    found = reliability(np.array([s for s, _ in rows]), np.array([t for _, t in rows], np.bool_))
    assert sum(part.many for part in found) == len(rows)
    assert max((part.many for part in found), default=0) - min((part.many for part in found), default=0) <= 1
    assert sum(part.many * part.true for part in found) == pytest.approx(sum(t for _, t in rows))
    assert sum(part.many * part.stated for part in found) == pytest.approx(sum(s for s, _ in rows))
    chance.shuffle(rows)  # type: ignore[attr-defined]
    again = reliability(np.array([s for s, _ in rows]), np.array([t for _, t in rows], np.bool_))
    assert [tuple(part) for part in again] == [pytest.approx(tuple(part)) for part in found]


def test_ids_of_any_kind_become_numbers_and_each_null_is_one_of_its_own() -> None:
    codes = numbered(pa.array(["b", None, "a", "b", None]))
    assert codes[0] == codes[3]
    assert len(set(codes.tolist())) == 4


def test_a_world_is_scored_against_its_truth() -> None:
    people, truth = make_world(3_000, seed=4)
    dated = np.array([day is not None and day.year > 1900 for day in people["birth_date"].to_pylist()])
    person = np.array(truth["person_id"].to_pylist())
    perfect = score(person, truth, dated)
    assert perfect.pairs == perfect.b_cubed == (1, 1)
    assert perfect.households.hits == perfect.twins.hits == perfect.juniors.hits == 0
    assert (perfect.twins.of, perfect.largest_wrong) == (9, 1)
    assert 0 < perfect.juniors.of <= 12
    homes = score(np.array(truth["household_id"].to_pylist()), truth, dated)
    assert homes.households.share == homes.twins.share == homes.juniors.share == 1
    assert len(pairs_of(truth, "parent_id")[0]) == 12
    assert "pairs P" in str(homes)
