"""The promise: every customer who bought has one segment by the documents' definitions, and a transition loses nobody."""

from collections import Counter
from datetime import UTC, datetime
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from duecare.value.segments import DOCUMENTS, EQUALLY_OFTEN, OTHERS, PRESETS, TEN, Groups, counted, doubts, groups_of, segments
from duecare.value.transition import transition, year_before

Code = tuple[int, int, int]


def groups(*codes: Code) -> Groups:
    r, f, m = (np.array([code[at] for code in codes], dtype=np.int64) for at in range(3))
    return r, f, m


def named(code: str, parts: int = 4) -> str:
    r, f, m = (int(digit) for digit in code)
    return str(segments(groups((r, f, m)), PRESETS[parts])[0])


def every(parts: int) -> list[Code]:
    classes = range(1, parts + 1)
    return list(product(classes, classes, classes))


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("111", "Top"),
        ("112", "Loyal"),
        ("411", "Loyal"),
        ("214", "Loyal"),  # X14 is a small buyer's too, and loyal comes first
        ("121", "High Potentials"),
        ("441", "High Potentials"),  # XX1 comes before 44X
        ("442", "Dormant"),
        ("444", "Dormant"),  # 44X comes before 444
        ("344", OTHERS),
        ("434", OTHERS),
        ("222", OTHERS),
    ],
)
def test_the_first_definition_that_holds_gives_the_name(code: str, name: str) -> None:
    assert named(code) == name


def test_the_documents_definitions_hold_exactly_the_classes_they_name() -> None:
    held = {rule.name: {f"{r}{f}{m}" for (r, f, m) in every(4) if rule.holds(groups((r, f, m)))[0]} for rule in DOCUMENTS}
    assert held["Top"] == {"111"}
    assert held["Loyal"] == {f"{r}1{m}" for r in range(1, 5) for m in range(1, 5)}
    assert held["High Potentials"] == {f"{r}{f}1" for r in range(1, 5) for f in range(1, 5)}
    assert held["Small Buyers"] == {f"{r}1{m}" for r in range(1, 5) for m in (3, 4)}
    assert held["Dormant"] == {"441", "442", "443", "444"}
    assert held["Worst"] == {"444"}


def test_a_segment_that_others_go_before_is_counted_by_its_definition_too() -> None:
    counts = {one.segment: (one.customers, one.defined) for one in counted(groups((1, 1, 4), (4, 4, 4), (2, 2, 2)), np.ones(3), DOCUMENTS)}
    assert counts["Small Buyers"] == (0, 1)
    assert counts["Worst"] == (0, 1)
    assert counts[OTHERS] == (1, 1)


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("111", "Champions"),
        ("112", "Potential Loyalist"),
        ("333", "Potential Loyalist"),
        ("444", "Loyal Customers"),
        ("351", "Promising"),
        ("151", "New Customers"),
        ("431", "Can't Lose Them"),
        ("411", "At Risk"),
        ("533", "Need Attention"),
        ("455", "About To Sleep"),
        ("555", "Lost"),
    ],
)
def test_ten_segments_over_fifths_are_those_of_the_preset(code: str, name: str) -> None:
    assert named(code, 5) == name


def test_each_of_the_ten_takes_somebody() -> None:
    names = Counter(segments(groups(*every(5)), TEN).tolist())
    assert set(names) >= {rule.name for rule in TEN}


@given(st.lists(st.tuples(*[st.integers(1, 4)] * 3), max_size=50))
def test_segments_part_the_customers_and_their_revenue(codes: list[Code]) -> None:
    revenue = np.arange(len(codes), dtype=np.float64)
    counts = counted(groups(*codes), revenue, DOCUMENTS)
    assert sum(one.customers for one in counts) == len(codes)
    assert sum(one.revenue for one in counts) == revenue.sum()
    assert all(one.defined >= one.customers for one in counts)


@pytest.mark.parametrize("parts", [4, 5])
def test_classes_are_equal_parts_when_nobody_is_alike(parts: int) -> None:
    many = np.arange(100.0)
    r, f, m = groups_of(many, many, many, parts)
    assert np.bincount(f)[1:].tolist() == [100 // parts] * parts
    assert (r + f == parts + 1).all()  # few days since the last purchase are best, many orders are
    assert (f == m).all()


@pytest.mark.parametrize(("parts", "word"), [(4, "quarters"), (5, "fifths")])
def test_most_buying_once_is_said_with_the_classes_that_were_asked_for(parts: int, word: str) -> None:
    alike = groups_of(np.arange(100.0), np.array([1.0] * 90 + [2.0] * 10), np.arange(100.0), parts)
    assert doubts(alike, parts) == [f"{EQUALLY_OFTEN}, so the classes of frequency are not {word}"]
    assert doubts(groups_of(np.arange(100.0), np.arange(100.0), np.arange(100.0), parts), parts) == []


# between two days

CLASSES = st.one_of(st.none(), st.sampled_from(["1", "2", "3"]))


@given(st.lists(st.tuples(CLASSES, CLASSES), max_size=60))
def test_a_transition_counts_everybody_once_and_shares_of_a_class_are_a_whole(pairs: list[tuple[str | None, str | None]]) -> None:
    moves = transition([come for come, _ in pairs], [go for _, go in pairs])
    assert {(move.before, move.now): move.customers for move in moves} == dict(Counter(pair for pair in pairs if pair != (None, None)))
    for come in {move.before for move in moves}:
        assert sum(move.share for move in moves if move.before == come) == pytest.approx(1.0)


def test_who_is_new_and_who_left_are_told_apart() -> None:
    moves = {(move.before, move.now): (move.customers, move.share) for move in transition(["1", "1", None, None], ["1", None, "2", None])}
    assert moves == {("1", "1"): (1, 0.5), ("1", None): (1, 0.5), (None, "2"): (1, 1.0)}


def test_columns_of_other_customers_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        transition(["1"], ["1", "2"])


def test_a_year_before_is_the_same_day_of_the_year_before() -> None:
    assert year_before(datetime(2026, 3, 1, 5, tzinfo=UTC)) == datetime(2025, 3, 1, 5, tzinfo=UTC)
    assert year_before(datetime(2024, 2, 29, tzinfo=UTC)) == datetime(2023, 2, 28, tzinfo=UTC)
